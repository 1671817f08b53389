#include "factor/purpose.h"

#include "error.h"
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <string.h>

int
purposes_fetch(struct purposes *p)
{
	p->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	return p->hmac != NULL ? SKS_OK : SKS_INTERNAL;
}

void
purposes_release(struct purposes *p)
{
	EVP_MAC_free(p->hmac);
	p->hmac = NULL;
}

/* HKDF-Expand with SHA-256 of the derivation key, info = the purpose. */
static int
purpose_derive(const uint8_t from[PURPOSE_KEY_SIZE], const char *purpose, uint8_t out[PURPOSE_KEY_SIZE])
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
	char digest[] = "SHA256", mode[] = "EXPAND_ONLY";
	char info[PURPOSE_NAME_SIZE];
	OSSL_PARAM params[5];
	int r = SKS_INTERNAL;

	memcpy(info, purpose, strlen(purpose) + 1);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	params[1] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MODE, mode, 0);
	params[2] = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)from, PURPOSE_KEY_SIZE);
	params[3] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, strlen(info));
	params[4] = OSSL_PARAM_construct_end();
	if (ctx != NULL && EVP_KDF_derive(ctx, out, PURPOSE_KEY_SIZE, params) == 1)
		r = SKS_OK;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return r;
}

/* The key for a purpose, derived at its first use. */
static int
purpose_key(struct purposes *p, const uint8_t from[PURPOSE_KEY_SIZE], const char *purpose,
    const uint8_t **key)
{
	size_t len = strlen(purpose);
	int r;

	for (size_t i = 0; i < p->count; i++) {
		if (strcmp(p->key[i].name, purpose) == 0) {
			*key = p->key[i].bytes;
			return SKS_OK;
		}
	}
	if (len == 0 || len >= PURPOSE_NAME_SIZE || p->count == PURPOSES_MAX)
		return SKS_INTERNAL; /* purposes are few and written in our own code */
	r = purpose_derive(from, purpose, p->key[p->count].bytes);
	if (r != SKS_OK)
		return r;
	memcpy(p->key[p->count].name, purpose, len + 1);
	*key = p->key[p->count].bytes;
	p->count++;
	return SKS_OK;
}

int
purpose_mac(struct purposes *p, const uint8_t from[PURPOSE_KEY_SIZE], const char *purpose,
    const void *data, size_t len, uint8_t out[PURPOSE_KEY_SIZE])
{
	EVP_MAC_CTX *ctx = NULL;
	const uint8_t *key;
	char digest[] = "SHA256";
	OSSL_PARAM params[2];
	size_t out_len = 0;
	int r;

	memset(out, 0, PURPOSE_KEY_SIZE);
	r = purpose_key(p, from, purpose, &key);
	if (r != SKS_OK)
		return r;
	r = SKS_INTERNAL;
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	params[1] = OSSL_PARAM_construct_end();
	ctx = EVP_MAC_CTX_new(p->hmac);
	if (ctx == NULL || EVP_MAC_init(ctx, key, PURPOSE_KEY_SIZE, params) != 1 ||
	    EVP_MAC_update(ctx, data, len) != 1 ||
	    EVP_MAC_final(ctx, out, &out_len, PURPOSE_KEY_SIZE) != 1)
		goto out;
	r = SKS_OK;
out:
	EVP_MAC_CTX_free(ctx);
	return r;
}
