/* HMAC-SHA-256 against RFC 4231, in both forms: linked, and loaded when it is called. */
#include "../../lib/hmac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* The module's form under another name. */
#define hmac_sha256 lazy_hmac_sha256
int lazy_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
    uint8_t out[HMAC_SHA256_SIZE]);
#include "../../pam_module/hmac.c"
#undef hmac_sha256

typedef int hmac_function(const void *, size_t, const void *, size_t, uint8_t *);

static const struct vector {
	uint8_t key[131];
	size_t key_len;
	const char *data;
	uint8_t mac[HMAC_SHA256_SIZE];
} vectors[] = {
    /* 4.2 */
    {.key = {[0 ... 19] = 0x0b},
	.key_len = 20,
	.data = "Hi There",
	.mac = {0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53, 0x5c, 0xa8, 0xaf, 0xce, 0xaf,
	    0x0b, 0xf1, 0x2b, 0x88, 0x1d, 0xc2, 0x00, 0xc9, 0x83, 0x3d, 0xa7, 0x26, 0xe9, 0x37,
	    0x6c, 0x2e, 0x32, 0xcf, 0xf7}},
    /* 4.3: a key shorter than the hash */
    {.key = "Jefe",
	.key_len = 4,
	.data = "what do ya want for nothing?",
	.mac = {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08,
	    0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83, 0x9d, 0xec, 0x58,
	    0xb9, 0x64, 0xec, 0x38, 0x43}},
    /* 4.7: a key longer than a block */
    {.key = {[0 ... 130] = 0xaa},
	.key_len = 131,
	.data = "Test Using Larger Than Block-Size Key - Hash Key First",
	.mac = {0x60, 0xe4, 0x31, 0x59, 0x1e, 0xe0, 0xb6, 0x7f, 0x0d, 0x8a, 0x26, 0xaa, 0xcb,
	    0xf5, 0xb7, 0x7f, 0x8e, 0x0b, 0xc6, 0x21, 0x37, 0x28, 0xc5, 0x14, 0x05, 0x46, 0x04,
	    0x0f, 0x0e, 0xe3, 0x7f, 0x54}},
};

static void
assert_vectors(hmac_function *hmac)
{
	uint8_t mac[HMAC_SHA256_SIZE];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const struct vector *v = &vectors[i];

		memset(mac, 0, sizeof(mac));
		assert_int_equal(hmac(v->key, v->key_len, v->data, strlen(v->data), mac), 0);
		assert_memory_equal(mac, v->mac, sizeof(mac));
	}
}

static void
test_linked(void **state)
{
	(void)state;
	assert_vectors(hmac_sha256);
}

static void
test_loaded(void **state)
{
	(void)state;
	assert_vectors(lazy_hmac_sha256);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_linked),
	    cmocka_unit_test(test_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
