/* What the host says of itself: the number, the condition, and what does not load. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "hostvalue.h"
#include "policy/host.h"
#include "policy/policy.h"
#include <stdio.h>
#include <string.h>

#define RULE "[rule r]\nrefuse = yes\n"

static struct policy_problems problems;

static struct policy *
parse(const char *text)
{
	static char bundle[8192];
	struct policy *p = NULL;
	int n = snprintf(bundle, sizeof(bundle),
	    "sekisho policy bundle 1\nfile policy.conf %zu\n%s\n", strlen(text), text);

	memset(&problems, 0, sizeof(problems));
	return policy_parse(bundle, (size_t)n, &p, &problems) == SKS_OK ? p : NULL;
}

static void
test_number(void **state)
{
	static const struct {
		const char *text;
		bool good;
		int64_t value;
	} cases[] = {
	    {"0", true, 0},
	    {"31\n", true, 31},
	    {"-5\n", true, -5},
	    {"007", true, 7},
	    {"999999999999999", true, INT64_C(999999999999999)},
	    {"-999999999999999\n", true, -INT64_C(999999999999999)},
	    {"1000000000000000", false, 0},
	    {"", false, 0},
	    {"\n", false, 0},
	    {"-", false, 0},
	    {"-\n", false, 0},
	    {"--1", false, 0},
	    {"+1", false, 0},
	    {" 1", false, 0},
	    {"1 ", false, 0},
	    {"1\n\n", false, 0},
	    {"1\n2", false, 0},
	    {"1\r\n", false, 0},
	    {"1.5", false, 0},
	    {"0x1f", false, 0},
	    {"1d", false, 0},
	};
	int64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		value = 77;
		if (host_value_parse(cases[i].text, strlen(cases[i].text), &value) !=
		    cases[i].good)
			fail_msg("\"%s\"", cases[i].text);
		assert_int_equal(value, cases[i].good ? cases[i].value : 77);
	}
	assert_false(host_value_parse("1\0", 2, &value));
}

static void
test_condition(void **state)
{
	static const struct {
		const char *host, *said;
		bool match;
	} cases[] = {
	    {"age > 30", "age=31", true},
	    {"age > 30", "age=30", false},
	    {"age > 30", "age=-31", false},
	    {"age < 30", "age=29", true},
	    {"age < 30", "age=30", false},
	    {"age < -1", "age=-2", true},
	    {"age>30", "age=31", true},
	    {"age > 30, other < 5", "age=1,other=4", true},
	    {"age > 30, other < 5", "age=1,other=5", false},
	    {"age > 30\n  other < 5", "other=4,age=1", true},
	    /* what is not known counts as met */
	    {"age > 30", "age=?", true},
	    {"age > 30", "", true},
	    {"age > 30", NULL, true},
	    {"age > 30", "other=1", true},
	    {"age > 30, other < 5", "age=1,other=?", true},
	    /* a name is whole, a value too */
	    {"age > 30", "xage=1", true},
	    {"age > 30", "age2=1", true},
	    {"age > 30", "other=1,age=1", false},
	    {"age > 30", "age=1x", true},
	    {"age > 30", "age=", true},
	    {"age > 30", "age=1,age=31", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct rule_case c = {
		    .account = "alice", .service = "sshd", .source = "", .host = cases[i].said};
		char text[512];
		struct policy *p;

		(void)snprintf(text, sizeof(text),
		    RULE "host = %s\n[host-attribute age]\nfile = /f\n[host-attribute other]\n"
			 "file = /g\n",
		    cases[i].host);
		p = parse(text);
		if (p == NULL)
			fail_msg("%s: %s", cases[i].host, problems.item[0].text);
		assert_true(p->host_used);
		if (rule_matches(&p->rule[0], &c) != cases[i].match)
			fail_msg("%s where %s", cases[i].host, cases[i].said);
		policy_free(p);
	}
}

static void
test_built_in(void **state)
{
	struct policy *p = parse(RULE "host = days-since-update > 30\n");
	const struct host_attribute *a;

	(void)state;
	assert_non_null(p);
	a = policy_host_attribute(p, "days-since-update");
	assert_non_null(a);
	assert_true(a->used && a->file == NULL && a->command == NULL);
	assert_int_equal(a->every_ms, 3600000);
	assert_int_equal(a->stale_ms, 86400000);
	policy_free(p);
	/* once, however often it is named, and with the times that its section says */
	p = parse(RULE "host = days-since-update > 30, days-since-update < 0\n"
		       "[host-attribute days-since-update]\nevery = 2h\n");
	assert_non_null(p);
	assert_int_equal(p->host_attribute_count, 1);
	assert_int_equal(p->host_attribute[0].every_ms, 7200000);
	policy_free(p);
	/* no rule asks for it: nothing is looked up in a login */
	p = parse("[host-attribute age]\nfile = /f\n");
	assert_non_null(p);
	assert_false(p->host_used);
	policy_free(p);
}

static void
test_problems(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *says;
	} cases[] = {
	    {RULE "host = days-since-updates > 30\n", 3, "did you mean \"days-since-update\"?"},
	    {RULE "host = zz > 30\n", 3, "[host-attribute zz]"},
	    {RULE "host = age\n", 3, "expected names and limits"},
	    {RULE "host = age = 3\n", 3, "expected names and limits"},
	    {RULE "host = age >= 3\n", 3, "expected names and limits"},
	    {RULE "host = > 3\n", 3, "expected names and limits"},
	    {RULE "host = age > 3d\n", 3, "expected names and limits"},
	    {RULE "host = age > 1000000000000000\n", 3, "expected names and limits"},
	    {RULE "hots = age > 3\n", 3, "did you mean \"host\"?"},
	    {"[host-attribute age]\n", 1, "expected one of them"},
	    {"[host-attribute age]\nfile = /f\ncommand = /etc/sekisho/host.d/f\n", 1,
		"not both"},
	    {"[host-attribute age]\nfile = f\n", 2, "absolute path"},
	    {"[host-attribute age]\ncommand = /bin/sh\n", 2,
		"a program in /etc/sekisho/host.d"},
	    {"[host-attribute age]\ncommand = /etc/sekisho/host.d/../x\n", 2, "a program in"},
	    {"[host-attribute age]\ncommand = /etc/sekisho/host.d/x -v\n", 2, "a program in"},
	    {"[host-attribute Age]\nfile = /f\n", 1, "small letters"},
	    {"[host-attribute a b]\nfile = /f\n", 1, "small letters"},
	    {"[host-attribute age]\nfile = /f\nevery = 1s\n", 3, "every"},
	    {"[host-attribute age]\nfile = /f\nevery = 2d\n", 1, "stale: expected not less"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_null(parse(cases[i].text));
		if (strstr(problems.item[0].text, cases[i].says) == NULL ||
		    problems.item[0].line != cases[i].line)
			fail_msg("%s\ngot line %d: %s", cases[i].text, problems.item[0].line,
			    problems.item[0].text);
	}
}

static void
test_not_too_many(void **state)
{
	char text[4096] = "";
	size_t n = 0;

	(void)state;
	for (int i = 0; i < HOST_ATTRIBUTES_MAX; i++)
		n += (size_t)snprintf(
		    text + n, sizeof(text) - n, "[host-attribute a%d]\nfile = /f\n", i);
	policy_free(parse(text));
	assert_int_equal(problems.count, 0);
	(void)snprintf(text + n, sizeof(text) - n, "[host-attribute z]\nfile = /f\n");
	assert_null(parse(text));
	assert_non_null(strstr(problems.item[0].text, "more than 8"));
	/* the built-in one takes a place too, whoever adds it */
	(void)snprintf(text + n, sizeof(text) - n, RULE "host = days-since-update > 3\n");
	assert_null(parse(text));
	assert_non_null(strstr(problems.item[0].text, "more than 8"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_number),
	    cmocka_unit_test(test_condition),
	    cmocka_unit_test(test_built_in),
	    cmocka_unit_test(test_problems),
	    cmocka_unit_test(test_not_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
