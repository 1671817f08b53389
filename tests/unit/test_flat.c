/* The reader of flat objects: what the writer of records makes, against jansson; and junk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/flat.h"
#include "audit/json.h"
#include "error.h"
#include <jansson.h>
#include <string.h>

static int
count(const char *text)
{
	struct flat_item item;
	struct flat f;
	int n = 0, r;

	flat_init(&f, text, strlen(text));
	while ((r = flat_next(&f, &item)) == 1)
		n++;
	return r == 0 ? n : r;
}

static void
test_members_and_types(void **state)
{
	static const char text[] =
	    "{\"a\":\"x\",\"b.c\":-42,\"t\":true,\"f\":false,"
	    "\"l\":[\"one\",\"two\"],\"e\":[],\"n\":9223372036854775807}";
	struct flat_item item;
	struct flat f;

	(void)state;
	flat_init(&f, text, strlen(text));
	assert_int_equal(flat_next(&f, &item), 1);
	assert_true(flat_is(&item, "a") && item.type == FLAT_STRING && item.len == 1);
	assert_int_equal(flat_next(&f, &item), 1);
	assert_true(flat_is(&item, "b.c") && item.type == FLAT_NUMBER && item.number == -42);
	assert_int_equal(flat_next(&f, &item), 1);
	assert_true(item.type == FLAT_BOOL && item.truth);
	assert_int_equal(flat_next(&f, &item), 1);
	assert_true(item.type == FLAT_BOOL && !item.truth);
	assert_int_equal(flat_next(&f, &item), 1);
	assert_true(flat_is(&item, "l") && item.type == FLAT_LIST);
	assert_int_equal(flat_next(&f, &item), 1);
	assert_true(item.type == FLAT_LIST && item.len == 0);
	assert_int_equal(flat_next(&f, &item), 1);
	assert_true(item.number == INT64_MAX);
	assert_int_equal(flat_next(&f, &item), 0);
}

static int
take(void *context, const struct flat_item *string)
{
	char *all = context, one[16];

	assert_true(flat_string(string, one, sizeof(one)));
	(void)strcat(strcat(all, one), ";");
	return strcmp(one, "stop") == 0 ? 7 : 0;
}

static void
test_lists(void **state)
{
	static const char text[] =
	    "{\"l\":[\"a\",\"b\\\"c\"],\"s\":[\"x\",\"stop\",\"y\"],\"n\":1}";
	char all[64] = "";
	struct flat_item item;
	struct flat f;

	(void)state;
	flat_init(&f, text, strlen(text));
	assert_int_equal(flat_next(&f, &item), 1);
	assert_int_equal(flat_list(&item, take, all), SKS_OK);
	assert_string_equal(all, "a;b\"c;");
	assert_int_equal(flat_next(&f, &item), 1);
	assert_int_equal(flat_list(&item, take, all), 7);
	assert_string_equal(all, "a;b\"c;x;stop;");
	assert_int_equal(flat_next(&f, &item), 1);
	assert_int_equal(flat_list(&item, take, all), SKS_INVALID);
}

/* Whatever text a record is given comes out as jansson reads it. */
static void
test_strings_agree_with_jansson(void **state)
{
	static const char *const texts[] = {"plain", "with \"quotes\" and \\backslashes\\",
	    "tab\tnewline\nbell\a", "\xe9\x96\xa2\xe6\x89\x80", "\xf0\x9f\x94\x91",
	    "bad \xff byte", "\xe2\x80\xae turned", "\xc2\x85", "/slash/", "\x7f"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct flat_item item;
		char mine[128];
		struct flat f;
		struct buf b;
		json_t *root;

		buf_init(&b, 1024);
		buf_put_u8(&b, '{');
		json_put_key(&b, "k");
		json_put_string(&b, texts[i]);
		buf_put_u8(&b, '}');
		root = json_loadb((const char *)b.data, b.len, 0, NULL);
		flat_init(&f, b.data, b.len);
		assert_int_equal(flat_next(&f, &item), 1);
		assert_true(flat_string(&item, mine, sizeof(mine)));
		assert_string_equal(mine, json_string_value(json_object_get(root, "k")));
		assert_int_equal(flat_next(&f, &item), 0);
		assert_false(flat_string(&item, mine, sizeof(mine)));
		json_decref(root);
		buf_clear(&b);
	}
}

static void
test_strings_are_cut_where_they_end(void **state)
{
	struct flat_item item;
	struct flat f;
	char small[4];

	(void)state;
	flat_init(&f, "{\"k\":\"abcdef\"}", 14);
	assert_int_equal(flat_next(&f, &item), 1);
	assert_false(flat_string(&item, small, sizeof(small)));
	assert_string_equal(small, "abc");
	flat_init(&f, "{\"k\":\"ab\\u2014\"}", 16);
	assert_int_equal(flat_next(&f, &item), 1);
	assert_false(flat_string(&item, small, sizeof(small)));
	assert_string_equal(small, "ab");
	flat_init(&f, "{\"k\":\"a\\u0000b\"}", 16);
	assert_int_equal(flat_next(&f, &item), 1);
	assert_false(flat_string(&item, small, sizeof(small)));
}

static void
test_junk_is_refused(void **state)
{
	static const char *const bad[] = {"", "{", "}", "[]", "{}x", "{\"a\"}", "{\"a\":}",
	    "{\"a\":1,}", "{,\"a\":1}", "{\"a\":1 }", "{ \"a\":1}", "{\"a\":01}", "{\"a\":-}",
	    "{\"a\":1.5}", "{\"a\":1e3}", "{\"a\":9223372036854775808}", "{\"a\":null}",
	    "{\"a\":{}}", "{\"a\":[1]}", "{\"a\":[\"x\",]}", "{\"a\":[\"x\"", "{\"a\":\"x}",
	    "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\ud800\"}",
	    "{\"a\":\"\\udc00\"}", "{\"a\":\"\\ud800\\u0041\"}", "{\"a\":\"\xff\"}",
	    "{\"a\":\"\n\"}", "{\"\\u0061\":1}", "{a:1}", "{\"a\":tru}", "{\"a\":1}{\"b\":2}",
	    "{\"a\":\"\\", "{\"a\":\"\\u"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(count(bad[i]), SKS_INVALID);
	assert_int_equal(count("{}"), 0);
	assert_int_equal(count("{\"a\":-9223372036854775808}"), 1);
	assert_int_equal(count("{\"a\":\"\\ud83d\\udd11\"}"), 1);
	assert_int_equal(count("{\"a\":0,\"a\":1}"), 2);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_members_and_types),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_strings_agree_with_jansson),
	    cmocka_unit_test(test_strings_are_cut_where_they_end),
	    cmocka_unit_test(test_junk_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
