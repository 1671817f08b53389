/* [alerts] and [alert NAME]: values, built-in rules and what the files may say about them. */
#include "policy/alert.h"

#include "audit/event.h"
#include "buf.h"
#include "error.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct policy_problems problems;

static struct policy *
parse(const char *text)
{
	struct policy *p = NULL;
	struct buf b;

	memset(&problems, 0, sizeof(problems));
	buf_init(&b, POLICY_BUNDLE_MAX);
	buf_printf(&b, "sekisho policy bundle 1\nfile a.conf %zu\n%s\n", strlen(text), text);
	(void)policy_parse(b.data, b.len, &p, &problems);
	buf_clear(&b);
	return p;
}

static const struct alert_rule *
rule_of(const struct policy *p, const char *name)
{
	assert_non_null(p);
	for (size_t i = 0; i < p->alert_count; i++)
		if (strcmp(p->alert[i].name, name) == 0)
			return &p->alert[i];
	fail_msg("no rule %s", name);
	return NULL;
}

static const char *
targets_of(const struct alert_rule *rule)
{
	static char text[1024];
	struct buf b;

	buf_init_fixed(&b, text, sizeof(text) - 1);
	alert_print_targets(&rule->to, &b);
	text[b.len] = '\0';
	return text;
}

static void
an_empty_policy_has_the_built_in_rules(void **state)
{
	struct policy *p = parse("");
	const struct alert_rule *rule = rule_of(p, "guessing-across-accounts");

	(void)state;
	assert_int_equal(p->alert_count, alert_builtin_count);
	assert_int_equal(rule->threshold, 4);
	assert_int_equal(rule->within_ms, 600000);
	assert_int_equal(rule->per, ALERT_PER_SOURCE);
	assert_int_equal(rule->count, ALERT_COUNT_USERS);
	assert_int_equal(rule->at_most, 5);
	assert_int_equal(rule->at_most_ms, 3600000);
	assert_false(rule->off);
	for (size_t i = 0; i < p->alert_count; i++) {
		assert_string_equal(targets_of(&p->alert[i]), "journal");
		assert_true(i == 0 || strcmp(p->alert[i - 1].name, p->alert[i].name) < 0);
	}
	policy_free(p);
}

static void
a_built_in_rule_can_be_redirected_and_switched_off(void **state)
{
	struct policy *p =
	    parse("[alerts]\nto = syslog, mail root\n"
		  "[alert break-glass]\nto = command /etc/sekisho/alert.d/page\n"
		  "[alert report]\nenabled = no\n"
		  "[alert guessing-across-accounts]\nthreshold = 10\nwithin = 1h\n"
		  "at_most = 2 per 30m\n");
	const struct alert_rule *rule;

	(void)state;
	rule = rule_of(p, "break-glass");
	assert_string_equal(targets_of(rule), "command /etc/sekisho/alert.d/page");
	assert_int_equal(rule->event.count, 1);
	assert_false(rule->off);
	assert_true(rule_of(p, "report")->off);
	rule = rule_of(p, "guessing-across-accounts");
	assert_string_equal(targets_of(rule), "syslog, mail root");
	assert_int_equal(rule->threshold, 10);
	assert_int_equal(rule->within_ms, 3600000);
	assert_int_equal(rule->at_most, 2);
	assert_int_equal(rule->at_most_ms, 1800000);
	assert_int_equal(rule->per, ALERT_PER_SOURCE);
	assert_int_equal(rule->reason.count, 3);
	assert_int_equal(p->alert_count, alert_builtin_count);
	policy_free(p);
}

static void
a_rule_of_ones_own(void **state)
{
	struct policy *p =
	    parse("[alert mine]\ntext = Look at this\nevent = lockout.start,\n  user.suspend\n"
		  "outcome = success\nreason = locked\naccount = a, b\nclass = admin\n"
		  "from = 192.0.2.0/24\nwhen = elsewhere\nthreshold = 3\nwithin = 90s\n"
		  "per = account\ncount = sources\n"
		  "to = mail root, mail a@b.c,\n  command /etc/sekisho/alert.d/x, nobody\n");
	const struct alert_rule *rule = rule_of(p, "mine");

	(void)state;
	assert_string_equal(rule->text, "Look at this");
	assert_int_equal(rule->event.count, 2);
	assert_string_equal(rule->event.item[1], "user.suspend");
	assert_int_equal(rule->outcome_mask, 1u << OUTCOME_SUCCESS);
	assert_int_equal(rule->class_mask, 1u << CLASS_ADMIN);
	assert_int_equal(rule->when, ALERT_WHEN_ELSEWHERE);
	assert_int_equal(rule->per, ALERT_PER_USER);
	assert_int_equal(rule->count, ALERT_COUNT_SOURCES);
	assert_int_equal(rule->threshold, 3);
	assert_int_equal(rule->within_ms, 90000);
	assert_int_equal(rule->account.count, 2);
	assert_string_equal(
	    targets_of(rule), "mail root, mail a@b.c, command /etc/sekisho/alert.d/x, nobody");
	assert_null(rule->what);
	policy_free(p);
}

static void
what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *says;
	} cases[] = {
	    {"[alert x]\nthreshold = 2\n", 1, "event"},
	    {"[alert x]\nevent = lockout.stat\n", 2, "lockout.start"},
	    {"[alert x]\nevent = *\n", 2, "catalogue"},
	    {"[alert x]\nevent = alert.raise\n", 2, "catalogue"},
	    {"[alert x]\nevent = alert.undelivered\n", 2, "catalogue"},
	    {"[alert report]\nevent = user.suspend\n", 1, "built in"},
	    {"[alert x]\nevent = user.suspend\nthreshold = 0\n", 3, "1 to 100"},
	    {"[alert x]\nevent = user.suspend\nthreshold = 101\n", 3, "1 to 100"},
	    {"[alert x]\nevent = user.suspend\nwithin = 2d\n", 3, "1d"},
	    {"[alert x]\nevent = user.suspend\nper = user\n", 3, "account"},
	    {"[alert x]\nevent = user.suspend\nper = source\ncount = sources\n", 1,
		"per, count"},
	    {"[alert x]\nevent = user.suspend\nper = account\ncount = accounts\n", 1,
		"per, count"},
	    {"[alert x]\nevent = user.suspend\nat_most = 0 per 1h\n", 3, "per 1h"},
	    {"[alert x]\nevent = user.suspend\nat_most = 5\n", 3, "per 1h"},
	    {"[alert x]\nevent = user.suspend\nat_most = 5 per 2d\n", 3, "per 1h"},
	    {"[alert x]\nevent = user.suspend\nat_most = 5 per 1h\n  more\n", 4, "one line"},
	    {"[alert x]\nevent = user.suspend\nto = jornal\n", 3, "journal"},
	    {"[alert x]\nevent = user.suspend\nto = mail\n", 3, "address"},
	    {"[alert x]\nevent = user.suspend\nto = mail -t\n", 3, "address"},
	    {"[alert x]\nevent = user.suspend\nto = mail \"a b\"\n", 3, "address"},
	    {"[alert x]\nevent = user.suspend\nto = command /bin/sh\n", 3, "alert.d"},
	    {"[alerts]\nto = command /etc/sekisho/alert.d/../x\n", 2, "alert.d"},
	    {"[alerts]\nto = journal journal journal journal journal journal journal journal"
	     " journal\n",
		2, "more than 8"},
	    {"[alert aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\nevent = user.suspend\n", 1,
		"longer than 39"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy *p = parse(cases[i].text);

		if (p != NULL || problems.count != 1)
			fail_msg("case %zu: %zu problems", i, problems.count);
		if (problems.item[0].line != cases[i].line ||
		    strstr(problems.item[0].text, cases[i].says) == NULL)
			fail_msg("case %zu, line %d: %s", i, problems.item[0].line,
			    problems.item[0].text);
	}
}

static void
rules_are_bounded(void **state)
{
	struct policy *p;
	struct buf b;

	(void)state;
	for (int more = 0; more < 2; more++) {
		buf_init(&b, POLICY_BUNDLE_MAX);
		for (size_t i = 0; i < ALERT_RULES_MAX - alert_builtin_count + (size_t)more;
		     i++)
			buf_printf(&b, "[alert x%zu]\nevent = user.suspend\n", i);
		buf_put_u8(&b, '\0');
		p = parse((const char *)b.data);
		if (more == 0)
			assert_non_null(p);
		else
			assert_null(p);
		policy_free(p);
		buf_clear(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_empty_policy_has_the_built_in_rules),
	    cmocka_unit_test(a_built_in_rule_can_be_redirected_and_switched_off),
	    cmocka_unit_test(a_rule_of_ones_own),
	    cmocka_unit_test(what_is_wrong_is_named),
	    cmocka_unit_test(rules_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
