#include "audit/ed25519.h"

#include "error.h"
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

int
ed25519_generate(struct secret *seed)
{
	int r = secret_random(seed->bytes, ED25519_SEED_SIZE);

	seed->bytes[ED25519_SEED_SIZE] = 0;
	seed->len = r == SKS_OK ? ED25519_SEED_SIZE : 0;
	return r;
}

static EVP_PKEY *
ed25519_load(const struct secret *seed)
{
	return seed->len == ED25519_SEED_SIZE ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519,
						    NULL, seed->bytes, seed->len)
					      : NULL;
}

int
ed25519_public(const struct secret *seed, uint8_t key[ED25519_KEY_SIZE])
{
	EVP_PKEY *pair = ed25519_load(seed);
	size_t len = ED25519_KEY_SIZE;
	int r = seed->len == ED25519_SEED_SIZE ? SKS_INTERNAL : SKS_INVALID;

	memset(key, 0, ED25519_KEY_SIZE);
	if (pair != NULL && EVP_PKEY_get_raw_public_key(pair, key, &len) == 1 &&
	    len == ED25519_KEY_SIZE)
		r = SKS_OK;
	EVP_PKEY_free(pair);
	return r;
}

static int
sign_with(EVP_PKEY *pair, const void *data, size_t len, uint8_t signature[ED25519_SIGNATURE_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t signed_len = ED25519_SIGNATURE_SIZE;
	int r = SKS_INTERNAL;

	if (pair != NULL && context != NULL &&
	    EVP_DigestSignInit(context, NULL, NULL, NULL, pair) == 1 &&
	    EVP_DigestSign(context, signature, &signed_len, data, len) == 1 &&
	    signed_len == ED25519_SIGNATURE_SIZE)
		r = SKS_OK;
	if (r != SKS_OK)
		memset(signature, 0, ED25519_SIGNATURE_SIZE);
	EVP_MD_CTX_free(context);
	return r;
}

int
ed25519_sign(const struct secret *seed, const void *data, size_t len,
    uint8_t signature[ED25519_SIGNATURE_SIZE])
{
	EVP_PKEY *pair = ed25519_load(seed);
	int r = sign_with(pair, data, len, signature);

	EVP_PKEY_free(pair);
	return seed->len == ED25519_SEED_SIZE ? r : SKS_INVALID;
}

struct ed25519_signer {
	EVP_PKEY *pair;
};

int
ed25519_signer_new(const struct secret *seed, struct ed25519_signer **out)
{
	struct ed25519_signer *s = calloc(1, sizeof(*s));

	*out = s;
	if (s == NULL)
		return SKS_NOMEM;
	s->pair = ed25519_load(seed);
	if (s->pair != NULL)
		return SKS_OK;
	free(s);
	*out = NULL;
	return seed->len == ED25519_SEED_SIZE ? SKS_INTERNAL : SKS_INVALID;
}

void
ed25519_signer_free(struct ed25519_signer *s)
{
	if (s == NULL)
		return;
	EVP_PKEY_free(s->pair);
	free(s);
}

int
ed25519_signer_sign(const struct ed25519_signer *s, const void *data, size_t len,
    uint8_t signature[ED25519_SIGNATURE_SIZE])
{
	return sign_with(s->pair, data, len, signature);
}

int
ed25519_verify(const uint8_t key[ED25519_KEY_SIZE], const void *data, size_t len,
    const uint8_t signature[ED25519_SIGNATURE_SIZE])
{
	EVP_PKEY *public =
	    EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, ED25519_KEY_SIZE);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int r = SKS_INTERNAL;

	if (public != NULL && context != NULL &&
	    EVP_DigestVerifyInit(context, NULL, NULL, NULL, public) == 1)
		r = EVP_DigestVerify(context, signature, ED25519_SIGNATURE_SIZE, data, len) == 1
			? SKS_OK
			: SKS_CORRUPT;
	ERR_clear_error(); /* a wrong signature is an answer, no failure of the library */
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(public);
	return r;
}
