/* otpauth URIs: ours come back as they were, other programs' are understood, junk is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base32.h"
#include "error.h"
#include "factor/totp.h"
#include <stdio.h>
#include <string.h>

/* "Hello!" and DE AD BE EF, as in the examples of the format */
static const char LETTERS[] = "JBSWY3DPEHPK3PXP";
static const uint8_t BYTES[] = {'H', 'e', 'l', 'l', 'o', '!', 0xde, 0xad, 0xbe, 0xef};

static void
test_make(void **state)
{
	struct totp_params p = {"SHA256", 8, 60};
	struct secret key, uri;

	(void)state;
	assert_int_equal(secret_set(&key, BYTES, sizeof(BYTES)), SKS_OK);
	assert_int_equal(totp_uri_make("ACME Co", "alice", &key, &p, &uri), SKS_OK);
	assert_string_equal((const char *)uri.bytes,
	    "otpauth://totp/ACME%20Co:alice?secret=JBSWY3DPEHPK3PXP&issuer=ACME%20Co"
	    "&algorithm=SHA256&digits=8&period=60");
	assert_int_equal(uri.len, strlen((const char *)uri.bytes));
	assert_int_equal(totp_uri_make("", "a:b&c?d#e%f", &key, &p, &uri), SKS_OK);
	assert_string_equal((const char *)uri.bytes,
	    "otpauth://totp/a%3Ab%26c%3Fd%23e%25f?secret=JBSWY3DPEHPK3PXP"
	    "&algorithm=SHA256&digits=8&period=60");
}

static void
test_make_too_big(void **state)
{
	struct totp_params p = {"SHA1", 6, 30};
	struct secret key, uri;
	char name[NAME_SIZE];
	uint8_t big[TOTP_KEY_MAX + 1] = {1};

	(void)state;
	assert_int_equal(secret_set(&key, BYTES, sizeof(BYTES)), SKS_OK);
	memset(name, ' ', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(totp_uri_make("x", name, &key, &p, &uri), SKS_TOO_BIG);
	for (size_t i = 0; i < sizeof(uri.bytes); i++)
		assert_int_equal(uri.bytes[i], 0);
	assert_int_equal(secret_set(&key, big, sizeof(big)), SKS_OK);
	assert_int_equal(totp_uri_make("x", "y", &key, &p, &uri), SKS_INVALID);
	assert_int_equal(secret_set(&key, big, TOTP_KEY_MIN - 1), SKS_OK);
	assert_int_equal(totp_uri_make("x", "y", &key, &p, &uri), SKS_INVALID);
}

static void
test_both_ways(void **state)
{
	static const struct totp_params modes[] = {
	    {"SHA1", 6, 30},
	    {"SHA1", 8, 60},
	    {"SHA256", 6, 60},
	    {"SHA512", 8, 30},
	};
	static const char *const names[] = {
	    "alice",
	    "alice@example.co.jp",
	    "関所",
	    "a b+c/d",
	    "100%41",
	    "x=y&z:",
	};
	static const size_t sizes[] = {10, 16, 20, 32, 64, TOTP_KEY_MAX};
	uint8_t bytes[TOTP_KEY_MAX];

	(void)state;
	for (size_t i = 0; i < 4 * 6 * 6; i++) {
		const struct totp_params *p = &modes[i % 4];
		const char *name = names[i / 4 % 6];
		struct totp_params back_p;
		struct secret key, back, uri;
		char label[NAME_SIZE], why[128];

		assert_int_equal(secret_random(bytes, sizeof(bytes)), SKS_OK);
		assert_int_equal(secret_set(&key, bytes, sizes[i / 24]), SKS_OK);
		assert_int_equal(totp_uri_make("関所 host:1", name, &key, p, &uri), SKS_OK);
		assert_int_equal(totp_uri_parse((const char *)uri.bytes, &back, &back_p, label,
				     sizeof(label), why, sizeof(why)),
		    SKS_OK);
		assert_true(secret_equal(&key, &back));
		assert_string_equal(back_p.algorithm, p->algorithm);
		assert_int_equal(back_p.digits, p->digits);
		assert_int_equal(back_p.period_s, p->period_s);
		assert_string_equal(why, "");
		assert_string_equal(label, name);
	}
}

static void
test_of_other_programs(void **state)
{
	static const struct {
		const char *uri, *label, *algorithm;
		uint32_t digits, period_s;
	} cases[] = {
	    {"otpauth://totp/Example:alice@google.com?secret=JBSWY3DPEHPK3PXP&issuer=Example",
		"alice@google.com", "SHA1", 6, 30},
	    {"otpauth://totp/ACME%20Co:john?secret=JBSWY3DPEHPK3PXP&issuer=ACME%20Co"
	     "&algorithm=SHA1&digits=6&period=30",
		"john", "SHA1", 6, 30},
	    {"otpauth://totp/bob?secret=jbswy3dpehpk3pxp", "bob", "SHA1", 6, 30},
	    {"OTPAUTH://TOTP/bob?SECRET=JBSW-Y3DP%20EHPK-3PXP", "bob", "SHA1", 6, 30},
	    {"otpauth://totp/Big%3A%20bob?secret=JBSWY3DPEHPK3PXP%3D%3D%3D%3D%3D%3D", NULL, "",
		0, 0}, /* 16 letters take no padding */
	    {"otpauth://totp/Big%3A%20bob?period=60&digits=8&algorithm=sha512&image=https%3A//x"
	     "&secret=JBSWY3DPEHPK3PXP",
		"bob", "SHA512", 8, 60},
	    {"otpauth://totp/bob?algorithm=HMAC-SHA256&secret=JBSWY3DPEHPK3PXP", NULL, "", 0,
		0},
	    {"otpauth://totp/bob?algorithm=HmacSHA256&secret=JBSWY3DPEHPK3PXP", "bob", "SHA256",
		6, 30},
	    {"otpauth://totp/bob?&lock&=&x=%zz&secret=JBSWY3DPEHPK3PXP&", "bob", "SHA1", 6, 30},
	    {"otpauth://totp/?secret=JBSWY3DPEHPK3PXP", "", "SHA1", 6, 30},
	    {"otpauth://totp/Big:?secret=JBSWY3DPEHPK3PXP", "", "SHA1", 6, 30},
	    {"otpauth://totp/Big%3A%20One:?secret=JBSWY3DPEHPK3PXP", "", "SHA1", 6, 30},
	    {"otpauth://totp/bob?secret=JBSWY3DPEHPK3PXP#&digits=8", "bob", "SHA1", 6, 30},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct totp_params p;
		struct secret key;
		char label[NAME_SIZE], why[128];
		int r = totp_uri_parse(
		    cases[i].uri, &key, &p, label, sizeof(label), why, sizeof(why));

		if (r != (cases[i].label == NULL ? SKS_INVALID : SKS_OK))
			fail_msg("case %zu: %d %s", i, r, why);
		if (r != SKS_OK)
			continue;
		assert_int_equal(key.len, sizeof(BYTES));
		assert_memory_equal(key.bytes, BYTES, sizeof(BYTES));
		assert_string_equal(label, cases[i].label);
		assert_string_equal(p.algorithm, cases[i].algorithm);
		assert_int_equal(p.digits, cases[i].digits);
		assert_int_equal(p.period_s, cases[i].period_s);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *uri, *why; /* part of it */
	} cases[] = {
	    {"", "otpauth://"},
	    {"otpauth:", "otpauth://"},
	    {"https://totp/a?secret=JBSWY3DPEHPK3PXP", "otpauth://"},
	    {"otpauth://hotp/a?secret=JBSWY3DPEHPK3PXP&counter=1", "counter-based"},
	    {"otpauth://motp/a?secret=JBSWY3DPEHPK3PXP", "type"},
	    {"otpauth://?secret=JBSWY3DPEHPK3PXP", "type"},
	    {"otpauth://totp", "no secret"},
	    {"otpauth://totp/a", "no secret"},
	    {"otpauth://totp/a?", "no secret"},
	    {"otpauth://totp/a?secret", "80 bits"},
	    {"otpauth://totp/a?secret=", "80 bits"},
	    {"otpauth://totp/a?issuer=JBSWY3DPEHPK3PXP", "no secret"},
	    {"otpauth://totp/a#?secret=JBSWY3DPEHPK3PXP", "no secret"},
	    {"otpauth://totp/a?secret=JBSWY3DPEHPK3PX!", "base32"},
	    {"otpauth://totp/a?secret=JBSWY3DPEHPK3PX1", "base32"},
	    {"otpauth://totp/a?secret=JBSWY3DPEHPK3P", "base32"},
	    {"otpauth://totp/a?secret=JBSWY3DP", "80 bits"},
	    {"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&secret=JBSWY3DPEHPK3PXP", "twice"},
	    {"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP%4", "percent"},
	    {"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP%00", "percent"},
	    {"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP%g1", "percent"},
	    {"otpauth://totp/a%?secret=JBSWY3DPEHPK3PXP", "percent"},
	    {"otpauth://totp/a%0Ab?secret=JBSWY3DPEHPK3PXP", "control"},
	    {"otpauth://totp/a%C2%85b?secret=JBSWY3DPEHPK3PXP", "control"},
	    {"otpauth://totp/a%FF?secret=JBSWY3DPEHPK3PXP", "UTF-8"},
	    {"otpauth://totp/%E2%80%AEa?secret=JBSWY3DPEHPK3PXP", "control"},
	    {"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&digits=7", "digits"},
	    {"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&digits=06", "digits"},
	    {"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&digits=", "digits"},
	    {"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&digits=8&digits=8", "twice"},
	    {"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&period=45", "seconds"},
	    {"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&algorithm=MD5", "algorithm"},
	    {"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP&algorithm=", "algorithm"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct totp_params p;
		struct secret key;
		char label[16] = "old", why[128] = "";
		int r = totp_uri_parse(
		    cases[i].uri, &key, &p, label, sizeof(label), why, sizeof(why));

		if (r != SKS_INVALID || strstr(why, cases[i].why) == NULL)
			fail_msg("case %zu: %d \"%s\"", i, r, why);
		assert_null(strstr(why, "JBSW"));
		assert_string_equal(label, "");
		assert_int_equal(key.len, 0);
		for (size_t b = 0; b < sizeof(key.bytes); b++)
			assert_int_equal(key.bytes[b], 0);
	}
}

static void
test_too_long(void **state)
{
	struct totp_params p;
	struct secret key;
	char uri[2048], label[8], why[128];
	size_t n;

	(void)state;
	snprintf(uri, sizeof(uri), "otpauth://totp/abcdefg?secret=%s", LETTERS);
	assert_int_equal(
	    totp_uri_parse(uri, &key, &p, label, sizeof(label), why, sizeof(why)), SKS_OK);
	assert_string_equal(label, "abcdefg");
	snprintf(uri, sizeof(uri), "otpauth://totp/abcdefgh?secret=%s", LETTERS);
	assert_int_equal(
	    totp_uri_parse(uri, &key, &p, label, sizeof(label), why, sizeof(why)), SKS_INVALID);
	n = (size_t)snprintf(uri, sizeof(uri), "otpauth://totp/a?secret=");
	memset(uri + n, 'A', sizeof(uri) - n - 1);
	uri[sizeof(uri) - 1] = '\0';
	assert_int_equal(
	    totp_uri_parse(uri, &key, &p, label, sizeof(label), why, sizeof(why)), SKS_INVALID);
	uri[n + BASE32_LEN(TOTP_KEY_MAX)] = '\0';
	assert_int_equal(
	    totp_uri_parse(uri, &key, &p, label, sizeof(label), why, sizeof(why)), SKS_OK);
	assert_int_equal(key.len, TOTP_KEY_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_make),
	    cmocka_unit_test(test_make_too_big),
	    cmocka_unit_test(test_both_ways),
	    cmocka_unit_test(test_of_other_programs),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
