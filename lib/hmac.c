#include "hmac.h"

#include "error.h"
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

int
hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
    uint8_t out[HMAC_SHA256_SIZE])
{
	unsigned int out_len = 0;

	if (key_len > INT_MAX)
		return SKS_INTERNAL;
	if (HMAC(EVP_sha256(), key, (int)key_len, data, len, out, &out_len) == NULL)
		return SKS_INTERNAL;
	return out_len == HMAC_SHA256_SIZE ? SKS_OK : SKS_INTERNAL;
}
