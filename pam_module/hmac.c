/*
 * Stands in the place of lib/hmac.c: see lib/hmac.h.
 */
#include "hmac.h"

#include "error.h"
#include <dlfcn.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

/* By the name that carries the interface's version: another one would be another interface. */
#define LIBCRYPTO "libcrypto.so.3"

_Static_assert(OPENSSL_VERSION_MAJOR == 3, "LIBCRYPTO is that of another version");

struct libcrypto {
	void *handle;
	__typeof__(&HMAC) hmac;
	__typeof__(&EVP_sha256) sha256;
};

/* The pointers that dlsym gives are data pointers: C converts them only byte by byte. */
static int
hmac_symbol(void *handle, const char *name, void *function, size_t size)
{
	void *symbol = dlsym(handle, name);

	_Static_assert(sizeof(void *) == sizeof(void (*)(void)), "as POSIX demands");
	memcpy(function, &symbol, size);
	return symbol != NULL ? SKS_OK : SKS_INTERNAL;
}

static int
hmac_load(struct libcrypto *out)
{
	out->handle = dlopen(LIBCRYPTO, RTLD_NOW | RTLD_LOCAL);
	if (out->handle == NULL)
		return SKS_INTERNAL;
	if (hmac_symbol(out->handle, "HMAC", &out->hmac, sizeof(out->hmac)) == SKS_OK &&
	    hmac_symbol(out->handle, "EVP_sha256", &out->sha256, sizeof(out->sha256)) == SKS_OK)
		return SKS_OK;
	(void)dlclose(out->handle);
	return SKS_INTERNAL;
}

int
hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
    uint8_t out[HMAC_SHA256_SIZE])
{
	struct libcrypto crypto;
	unsigned int out_len = 0;
	int r = SKS_INTERNAL;

	if (key_len > INT_MAX || hmac_load(&crypto) != SKS_OK)
		return SKS_INTERNAL;
	if (crypto.hmac(crypto.sha256(), key, (int)key_len, data, len, out, &out_len) != NULL &&
	    out_len == HMAC_SHA256_SIZE)
		r = SKS_OK;
	(void)dlclose(crypto.handle);
	return r;
}
