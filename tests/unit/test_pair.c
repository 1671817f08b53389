/* name=value on one line: no value can be taken for two, or for another one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "pair.h"
#include <string.h>

static const struct {
	const char *value, *written;
} cases[] = {
    {"sshd", "sshd"},
    {"10.0.0.1", "10.0.0.1"},
    {"fe80::1%eth0", "fe80::1%eth0"},
    {"it's", "it's"},
    {"山田", "山田"},
    {"x by=root", "\"x by=root\""},
    {"by=root", "\"by=root\""},
    {"a\"b", "\"a\\\"b\""},
    {"a\\", "\"a\\\\\""},
    {"x\" by=\"root", "\"x\\\" by=\\\"root\""},
    {"a\nby=root", "\"a\\u000aby=root\""},
    {"a\tb", "\"a\\u0009b\""},
    {"\x1b[2Kroot", "\"\\u001b[2Kroot\""},
    {"\x7f", "\"\\u007f\""},
    {"a\xc2\x85z", "\"a\\u0085z\""},                  /* next line */
    {"a\xc2\xa0z", "\"a\xc2\xa0z\""},                 /* a blank that does not break */
    {"山\xe3\x80\x80田", "\"山\xe3\x80\x80田\""},     /* the wide blank */
    {"a\xe2\x80\x8bz", "\"a\\u200bz\""},              /* of no width */
    {"a\xe2\x80\xaetoor", "\"a\\u202etoor\""},        /* turned around */
    {"a\xf3\xa0\x81\x81z", "\"a\\udb40\\udc41z\""},   /* a tag: beyond U+FFFF */
    {"by\xef\xbc\x9droot", "\"by\xef\xbc\x9droot\""}, /* a wide '=' */
    {"by\xea\x9e\x8aroot", "\"by\xea\x9e\x8aroot\""},         /* a letter like '=' */
    {"by\xef\xb9\xa6root", "\"by\xef\xb9\xa6root\""},         /* a small '=' */
    {"a\xe2\x80\x9d", "\"a\xe2\x80\x9d\""},                 /* a quote */
    {"x\xe3\x85\xa4z", "\"x\\u3164z\""},                    /* a letter shown as a blank */
    {"x\xef\xbe\xa0z", "\"x\\uffa0z\""},
    {"x\xe1\x85\x9fz", "\"x\\u115fz\""},
    {"x\xcd\x8fz", "\"x\\u034fz\""},                        /* not shown at all */
    {"caf\xe9", "\"caf\xef\xbf\xbd\""},               /* Latin-1 */
    {"cut\xe9\x96", "\"cut\xef\xbf\xbd\""},
};

static void
values(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&b);
		pair_put_value(&b, cases[i].value);
		buf_put_u8(&b, '\0');
		assert_int_equal(buf_error(&b), SKS_OK);
		assert_string_equal((const char *)b.data, cases[i].written);
	}
	buf_clear(&b);
}

static void
pairs(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	pair_put(&b, "service", "sshd");
	pair_put(&b, "tty", "");
	pair_put(&b, "device", "x by=root");
	pair_put(&b, "by", "alice");
	buf_put_u8(&b, '\0');
	assert_string_equal((const char *)b.data, "service=sshd device=\"x by=root\" by=alice");
	buf_clear(&b);
}

/* Half a value would be another one, and would leave a quote open. */
static void
what_does_not_fit_is_left_out_whole(void **state)
{
	static const char full[] = "a=1234 c=\"6 8\"";
	char room[sizeof(full)];
	struct buf b;

	(void)state;
	buf_init_fixed(&b, room, sizeof(full) - 1);
	pair_put(&b, "a", "1234");
	pair_put(&b, "b", "too long for it");
	pair_put(&b, "c", "6 8");
	pair_put(&b, "d", "1");
	assert_int_equal(buf_error(&b), SKS_OK);
	assert_int_equal(b.len, sizeof(full) - 1);
	assert_memory_equal(b.data, full, sizeof(full) - 1);
}

/* A sentence keeps its quotes, and its line. */
static void
texts(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	pair_put_text(&b, "Say \"a=b\"\nTo: eve\xe2\x80\xae");
	buf_put_u8(&b, '\0');
	assert_string_equal((const char *)b.data, "Say \"a=b\"\\u000aTo: eve\\u202e");
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values),
	    cmocka_unit_test(pairs),
	    cmocka_unit_test(what_does_not_fit_is_left_out_whole),
	    cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
