#include "container/crypt.h"

#include "error.h"
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <string.h>

static int
crypt_derive(const char *name, uint8_t out[CRYPT_KEY_SIZE], const OSSL_PARAM *params)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, name, NULL);
	EVP_KDF_CTX *ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
	int r = SKS_INTERNAL;

	if (ctx != NULL && EVP_KDF_derive(ctx, out, CRYPT_KEY_SIZE, params) == 1)
		r = SKS_OK;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return r;
}

/* OpenSSL's parameters are not const, and it does not write to them. */
static void *
crypt_param(const void *data)
{
	return (void *)(uintptr_t)data;
}

int
crypt_hkdf(const uint8_t *key, size_t key_len, const uint8_t *salt, size_t salt_len,
    const uint8_t *info, size_t info_len, uint8_t out[CRYPT_KEY_SIZE])
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, crypt_param(key), key_len),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, crypt_param(salt), salt_len),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, crypt_param(info), info_len),
	    OSSL_PARAM_construct_end(),
	};

	return crypt_derive("HKDF", out, params);
}

int
crypt_scrypt(const void *passphrase, size_t len, const uint8_t *salt, size_t salt_len,
    unsigned int log_n, uint8_t out[CRYPT_KEY_SIZE])
{
	uint64_t n = UINT64_C(1) << log_n, memory = n * 8 * 128 + (UINT64_C(1) << 20);
	uint32_t r = 8, p = 1;
	const OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_octet_string(
		OSSL_KDF_PARAM_PASSWORD, crypt_param(passphrase), len),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, crypt_param(salt), salt_len),
	    OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
	    OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
	    OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
	    OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
	    OSSL_PARAM_construct_end(),
	};

	return crypt_derive("SCRYPT", out, params);
}

int
crypt_x25519(const uint8_t private_key[32], const uint8_t public_key[32], uint8_t out[32])
{
	EVP_PKEY *own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, private_key, 32);
	EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, public_key, 32);
	EVP_PKEY_CTX *ctx = own == NULL ? NULL : EVP_PKEY_CTX_new(own, NULL);
	size_t len = 32;
	int r = SKS_INTERNAL;

	if (ctx != NULL && peer != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
	    EVP_PKEY_derive_set_peer(ctx, peer) == 1)
		/* refuses what gives all zeros, a point of small order */
		r = EVP_PKEY_derive(ctx, out, &len) == 1 && len == 32 ? SKS_OK : SKS_INVALID;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	EVP_PKEY_free(own);
	return r;
}

int
crypt_x25519_public(const uint8_t private_key[32], uint8_t out[32])
{
	EVP_PKEY *own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, private_key, 32);
	size_t len = 32;
	int r = SKS_INTERNAL;

	if (own != NULL && EVP_PKEY_get_raw_public_key(own, out, &len) == 1 && len == 32)
		r = SKS_OK;
	EVP_PKEY_free(own);
	return r;
}

int
crypt_seal(EVP_CIPHER_CTX *ctx, const uint8_t key[CRYPT_KEY_SIZE],
    const uint8_t nonce[CRYPT_NONCE_SIZE], const void *aad, size_t aad_len, const void *plain,
    size_t len, uint8_t *out)
{
	int n, rest, r = SKS_INTERNAL;

	if (EVP_CipherInit_ex2(ctx, EVP_aes_256_gcm(), key, nonce, 1, NULL) == 1 &&
	    (aad_len == 0 || EVP_CipherUpdate(ctx, NULL, &n, aad, (int)aad_len) == 1) &&
	    (len == 0 || EVP_CipherUpdate(ctx, out, &n, plain, (int)len) == 1) &&
	    EVP_CipherFinal_ex(ctx, out + len, &rest) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, CRYPT_TAG_SIZE, out + len) == 1)
		r = SKS_OK;
	EVP_CIPHER_CTX_reset(ctx);
	return r;
}

int
crypt_open(EVP_CIPHER_CTX *ctx, const uint8_t key[CRYPT_KEY_SIZE],
    const uint8_t nonce[CRYPT_NONCE_SIZE], const void *aad, size_t aad_len,
    const uint8_t *sealed, size_t len, void *out)
{
	uint8_t tag[CRYPT_TAG_SIZE], *text = out;
	int n, rest, r = SKS_CORRUPT;

	memcpy(tag, sealed + len, sizeof(tag));
	if (EVP_CipherInit_ex2(ctx, EVP_aes_256_gcm(), key, nonce, 0, NULL) == 1 &&
	    (aad_len == 0 || EVP_CipherUpdate(ctx, NULL, &n, aad, (int)aad_len) == 1) &&
	    (len == 0 || EVP_CipherUpdate(ctx, text, &n, sealed, (int)len) == 1) &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, CRYPT_TAG_SIZE, tag) == 1 &&
	    EVP_CipherFinal_ex(ctx, text + len, &rest) == 1)
		r = SKS_OK;
	EVP_CIPHER_CTX_reset(ctx);
	if (r != SKS_OK) /* what failed its tag is not shown to anybody */
		explicit_bzero(out, len);
	return r;
}
