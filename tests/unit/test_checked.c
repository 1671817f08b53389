/* What root's command sends about the host is data all the same: read strictly, kept short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../policyd/keeper/checked.c"

static int
count_text(const char *text, struct tally *t)
{
	json_t *list = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	int e;

	*t = (struct tally){0};
	e = count_findings(list, t);
	json_decref(list);
	return e;
}

#define FINDING(name, state)                                                                   \
	"{\"check\":\"" name "\",\"state\":\"" state "\",\"severity\":\"high\",\"what\":"      \
						     "\"x\"}"

static void
test_counted(void **state)
{
	struct tally t;

	(void)state;
	assert_int_equal(
	    count_text("[" FINDING("a", "ok") "," FINDING("b-c", "failed") "," FINDING(
			   "c", "failed") "," FINDING("b-c", "failed") "," FINDING("d",
			   "advice") "," FINDING("e", "unknown") "]",
		&t),
	    SKS_OK);
	assert_int_equal(t.ok, 1);
	assert_int_equal(t.failed, 3);
	assert_int_equal(t.advice, 1);
	assert_int_equal(t.unknown, 1);
	/* "c" is no part of "b-c" */
	assert_string_equal(t.failing, "b-c, c");
}

static void
test_malformed(void **state)
{
	static const char *const cases[] = {
	    "[]",
	    "{}",
	    "[1]",
	    "[{}]",
	    "[" FINDING("", "ok") "]",
	    "[" FINDING("Upper", "ok") "]",
	    "[" FINDING("a b", "ok") "]",
	    "[" FINDING("a", "fine") "]",
	    "[{\"check\":\"a\",\"state\":\"ok\"}]",
	    "[{\"check\":\"a\",\"state\":\"ok\",\"what\":1}]",
	    "[{\"check\":\"a\",\"state\":\"ok\",\"what\":\"x\",\"severity\":\"\"}]",
	    "[{\"check\":[\"a\"],\"state\":\"ok\",\"what\":\"x\"}]",
	};
	struct tally t;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (count_text(cases[i], &t) != SKS_INVALID)
			fail_msg("taken: %s", cases[i]);
	assert_int_equal(count_findings(NULL, &t), SKS_INVALID);
}

static void
test_too_many(void **state)
{
	json_t *list = json_array();
	char name[64];
	struct tally t = {0};

	(void)state;
	for (int i = 0; i < CHECKED_FINDINGS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "a-test-with-a-long-name-%c%c",
		    'a' + i / 26 % 26, 'a' + i % 26);
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:s,s:s}", "check", name, "state", "failed", "what", ""));
	}
	assert_int_equal(count_findings(list, &t), SKS_OK);
	assert_int_equal(t.failed, CHECKED_FINDINGS_MAX);
	assert_true(strlen(t.failing) < CHECKED_NAMES_MAX);
	assert_non_null(strstr(t.failing, ", …"));
	(void)json_array_append_new(
	    list, json_pack("{s:s,s:s,s:s}", "check", "one", "state", "failed", "what", ""));
	assert_int_equal(count_findings(list, &t), SKS_INVALID);
	json_decref(list);
}

static bool
is_list(const char *text)
{
	json_t *list = json_loads(text, 0, NULL);
	bool is = is_list_of_names(list);

	json_decref(list);
	return is;
}

static void
test_names(void **state)
{
	(void)state;
	assert_true(is_list("[]"));
	assert_true(is_list("[\"chsh\",\"group:docker\"]"));
	assert_false(is_list("{}"));
	assert_false(is_list("[1]"));
	assert_false(is_list("[\"\"]"));
	assert_false(is_list("[\"two\\nlines\"]"));
	assert_false(is_list("[\"\\u001b[2J\"]"));
	assert_false(
	    is_list("[\"0123456789012345678901234567890123456789012345678901234567890123"
		    "4\"]"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_counted),
	    cmocka_unit_test(test_malformed),
	    cmocka_unit_test(test_too_many),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
