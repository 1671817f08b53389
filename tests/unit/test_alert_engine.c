/* Which records raise which alerts, how they are counted, held back and forgotten. */
#include "alert/engine.h"

#include "audit/event.h"
#include "error.h"
#include "policy/alert.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };

static struct policy *policy;
static struct alert_engine *engine;
static struct alert_raise raised;
static uint64_t seq;
static int64_t now;

static void
use(const char *text)
{
	struct policy_problems problems = {.count = 0};
	char head[128];
	struct buf b;

	alert_engine_free(engine);
	policy_free(policy);
	buf_init(&b, POLICY_BUNDLE_MAX);
	snprintf(head, sizeof(head), "sekisho policy bundle 1\nfile policy.conf %zu\n",
	    strlen(text));
	buf_put_bytes(&b, head, strlen(head));
	buf_put_bytes(&b, text, strlen(text));
	buf_put_u8(&b, '\n');
	if (policy_parse(b.data, b.len, &policy, &problems) != SKS_OK)
		fail_msg("%s", problems.item[0].text);
	buf_clear(&b);
	engine = alert_engine_new(policy, 42);
	assert_non_null(engine);
	seq = 0;
	now = 1000;
}

static int
leave(void **state)
{
	(void)state;
	alert_engine_free(engine);
	policy_free(policy);
	engine = NULL;
	policy = NULL;
	return 0;
}

static struct alert_seen
seen(uint16_t action, enum outcome outcome, const char *reason, const char *user,
    const char *source)
{
	return (struct alert_seen){.seq = ++seq,
	    .action = action,
	    .outcome = outcome,
	    .reason = reason,
	    .user = user,
	    .source = source,
	    .has_class = user[0] != '\0',
	    .class = policy_account_class(policy, user, NO_UID),
	    .at_ms = now};
}

/* Feeds it; the name of the alert that it raises, "" for none. */
static const char *
feed(struct alert_seen s)
{
	assert_int_equal(alert_engine_feed(engine, &s), SKS_OK);
	return alert_engine_take(engine, &raised) ? policy->alert[raised.rule].name : "";
}

static const char *
wrong(const char *user, const char *source)
{
	return feed(seen(ACTION_FIRST_FACTOR, OUTCOME_FAILURE, "wrong-password", user, source));
}

/* ---- built-in rules ---------------------------------------------------------------------- */

static void
every_built_in_rule_is_raised_by_its_record(void **state)
{
	static const struct {
		const char *alert;
		uint16_t action;
		enum outcome outcome;
		const char *reason, *user;
		bool new_source, new_device, elsewhere;
	} cases[] = {
	    {"administrator-new-source", ACTION_ACCOUNT, OUTCOME_SUCCESS, "ok", "adm", true,
		false, false},
	    {"", ACTION_ACCOUNT, OUTCOME_SUCCESS, "ok", "adm", false, true, true},
	    {"", ACTION_ACCOUNT, OUTCOME_FAILURE, "locked", "adm", true, false, false},
	    {"", ACTION_ACCOUNT, OUTCOME_SUCCESS, "ok", "bob", true, false, false},
	    {"administrator-new-device", ACTION_CODE, OUTCOME_SUCCESS, "ok", "adm", false, true,
		false},
	    {"", ACTION_CODE, OUTCOME_SUCCESS, "ok", "adm", true, false, true},
	    {"", ACTION_CODE, OUTCOME_SUCCESS, "ok", "bob", false, true, false},
	    {"break-glass", ACTION_BREAK_GLASS, OUTCOME_SUCCESS, "break-glass", "root", false,
		false, false},
	    {"break-glass", ACTION_BREAK_GLASS, OUTCOME_FAILURE, "break-glass-wrong", "root",
		false, false, false},
	    {"gap-in-log", ACTION_DAEMON_START, OUTCOME_SUCCESS, "unclean", "", false, false,
		false},
	    {"", ACTION_DAEMON_START, OUTCOME_SUCCESS, "clean", "", false, false, false},
	    {"", ACTION_DAEMON_START, OUTCOME_SUCCESS, "new", "", false, false, false},
	    {"gap-in-log", ACTION_REWOUND, OUTCOME_UNKNOWN, "rewound", "", false, false, false},
	    {"gap-in-log", ACTION_SPOOL, OUTCOME_UNKNOWN, "lost", "", false, false, false},
	    {"", ACTION_SPOOL, OUTCOME_SUCCESS, "opened", "", false, false, false},
	    {"forged-report", ACTION_SPOOL_REFUSED, OUTCOME_FAILURE, "forged", "", false, false,
		false},
	    {"clock-step", ACTION_CLOCK_STEP, OUTCOME_UNKNOWN, "wall-clock-jump", "", false,
		false, false},
	    {"disk-nearly-full", ACTION_DISK, OUTCOME_FAILURE, "low", "", false, false, false},
	    {"", ACTION_DISK, OUTCOME_SUCCESS, "ok", "", false, false, false},
	    {"two-sources-at-once", ACTION_SESSION_OPEN, OUTCOME_SUCCESS, "ok", "bob", false,
		false, true},
	    {"", ACTION_SESSION_OPEN, OUTCOME_SUCCESS, "ok", "svc", false, false, true},
	    {"", ACTION_SESSION_OPEN, OUTCOME_SUCCESS, "ok", "bob", true, true, false},
	    {"report", ACTION_USER_REPORT, OUTCOME_SUCCESS, "ok", "bob", false, false, false},
	    {"", ACTION_USER_REPORT, OUTCOME_FAILURE, "invalid-value", "bob", false, false,
		false},
	    {"", ACTION_ALERT_RAISE, OUTCOME_SUCCESS, "report", "", true, true, true},
	    {"", ACTION_NONE, OUTCOME_SUCCESS, "", "", true, true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct alert_seen s;

		use("[account adm]\nclass = admin\n[account svc]\nclass = service\n");
		s = seen(cases[i].action, cases[i].outcome, cases[i].reason, cases[i].user,
		    "192.0.2.1");
		s.new_source = cases[i].new_source;
		s.new_device = cases[i].new_device;
		s.elsewhere = cases[i].elsewhere;
		if (strcmp(feed(s), cases[i].alert) != 0)
			fail_msg("case %zu: not %s", i, cases[i].alert);
	}
}

/* The names stand as text in the table: one mistyped would never be raised. */
static void
every_event_of_a_built_in_rule_exists(void **state)
{
	(void)state;
	for (size_t i = 0; i < alert_builtin_count; i++) {
		assert_true(strlen(alert_builtins[i].name) <= ALERT_NAME_MAX);
		for (size_t e = 0; e < 4 && alert_builtins[i].event[e] != NULL; e++) {
			const char *name = alert_builtins[i].event[e];

			if (event_by_name(name) == NULL)
				fail_msg("%s: no event %s", alert_builtins[i].name, name);
		}
	}
}

static void
what_a_rule_needs_is_asked_for_it_alone(void **state)
{
	struct alert_seen s;

	(void)state;
	use("[account adm]\nclass = admin\n");
	s = seen(ACTION_ACCOUNT, OUTCOME_SUCCESS, "ok", "adm", "192.0.2.1");
	assert_int_equal(alert_engine_needs(engine, &s), 1u << ALERT_WHEN_NEW_SOURCE);
	s = seen(ACTION_ACCOUNT, OUTCOME_SUCCESS, "ok", "bob", "192.0.2.1");
	assert_int_equal(alert_engine_needs(engine, &s), 0);
	s = seen(ACTION_SESSION_OPEN, OUTCOME_SUCCESS, "ok", "bob", "192.0.2.1");
	assert_int_equal(alert_engine_needs(engine, &s), 1u << ALERT_WHEN_ELSEWHERE);
}

/* ---- counting ---------------------------------------------------------------------------- */

static void
guessing_counts_accounts_of_one_source(void **state)
{
	(void)state;
	use("");
	for (int i = 0; i < 10; i++) /* one account, however often */
		assert_string_equal(wrong("a", "192.0.2.1"), "");
	assert_string_equal(wrong("b", "192.0.2.1"), "");
	assert_string_equal(wrong("c", "192.0.2.1"), "");
	assert_string_equal(wrong("d", "192.0.2.2"), ""); /* another source */
	assert_string_equal(wrong("d", "192.0.2.1"), "guessing-across-accounts");
	assert_int_equal(raised.count, 4);
	assert_string_equal(raised.user, "d");
	assert_string_equal(raised.source, "192.0.2.1");
	assert_int_equal(raised.seq_count, 4);
	assert_int_equal(raised.seq[0], 10); /* the last of each account */
	assert_int_equal(raised.seq[3], 14);
	assert_int_equal(raised.last_seq, 14);
	/* it begins anew */
	assert_string_equal(wrong("e", "192.0.2.1"), "");
}

static void
what_lies_outside_the_window_does_not_count(void **state)
{
	(void)state;
	use("[alert mine]\nevent = lockout.start\nthreshold = 3\nwithin = 10m\n");
	for (int i = 0; i < 8; i++) { /* never three in ten minutes */
		assert_string_equal(
		    feed(seen(ACTION_LOCKOUT_START, OUTCOME_SUCCESS, "locked", "a", "")), "");
		now += 5 * MINUTE + 1;
	}
	now -= 1;
	assert_string_equal(
	    feed(seen(ACTION_LOCKOUT_START, OUTCOME_SUCCESS, "locked", "a", "")), "");
	now -= MINUTE; /* a clock that runs backwards brings nothing back */
	assert_string_equal(
	    feed(seen(ACTION_LOCKOUT_START, OUTCOME_SUCCESS, "locked", "a", "")), "mine");
}

static void
sources_are_counted_for_an_account(void **state)
{
	(void)state;
	use("[alert mine]\nevent = authentication.first-factor\nper = account\n"
	    "count = sources\nthreshold = 3\n[alert guessing-across-accounts]\nenabled = no\n");
	assert_string_equal(wrong("a", "192.0.2.1"), "");
	assert_string_equal(wrong("a", ""), ""); /* no source: nothing to count */
	assert_string_equal(wrong("a", "192.0.2.2"), "");
	assert_string_equal(wrong("b", "192.0.2.3"), "");
	assert_string_equal(wrong("a", "192.0.2.3"), "mine");
}

static void
filters_hold_together(void **state)
{
	(void)state;
	use("[account adm]\nclass = admin\n[alert mine]\nevent = access.account\n"
	    "outcome = failure\nreason = locked, suspended\naccount = adm, bob\n"
	    "class = admin\nfrom = 192.0.2.0/24\n");
	struct alert_seen s =
	    seen(ACTION_ACCOUNT, OUTCOME_FAILURE, "locked", "adm", "192.0.2.7");
	struct alert_seen x;

	assert_string_equal(feed(s), "mine");
	x = s, x.outcome = OUTCOME_SUCCESS;
	assert_string_equal(feed(x), "");
	x = s, x.reason = "no-code";
	assert_string_equal(feed(x), "");
	x = s, x.user = "eve";
	assert_string_equal(feed(x), "");
	x = s, x.class = CLASS_PERSON;
	assert_string_equal(feed(x), "");
	x = s, x.has_class = false;
	assert_string_equal(feed(x), "");
	x = s, x.source = "198.51.100.7";
	assert_string_equal(feed(x), "");
	x = s, x.action = ACTION_SESSION_OPEN;
	assert_string_equal(feed(x), "");
}

/* A flood of sources forgets the quietest, never the one that is being counted. */
static void
tables_are_bounded(void **state)
{
	char source[32];
	int alerts = 0;

	(void)state;
	use("[alert guessing-across-accounts]\nat_most = 1000 per 1d\n");
	for (int i = 0; i < 3 * ALERT_GROUPS_MAX; i++) {
		snprintf(source, sizeof(source), "10.%d.%d.1", i / 250, i % 250);
		alerts += wrong("a", source)[0] != '\0';
		now++;
	}
	assert_int_equal(alerts, 0);
	assert_string_equal(wrong("a", "192.0.2.1"), "");
	for (int i = 0; i < 10; i++) {
		now++;
		snprintf(source, sizeof(source), "10.99.%d.1", i);
		assert_string_equal(wrong("a", source), "");
	}
	assert_string_equal(wrong("b", "192.0.2.1"), "");
	assert_string_equal(wrong("c", "192.0.2.1"), "");
	assert_string_equal(wrong("d", "192.0.2.1"), "guessing-across-accounts");
}

/* ---- how often --------------------------------------------------------------------------- */

static struct alert_seen
report(void)
{
	return seen(ACTION_USER_REPORT, OUTCOME_SUCCESS, "ok", "bob", "");
}

static void
the_rest_is_held_back_and_counted(void **state)
{
	(void)state;
	use("[alert report]\nat_most = 2 per 1h\n");
	assert_string_equal(feed(report()), "report");
	assert_string_equal(feed(report()), "report");
	for (int i = 0; i < 7; i++)
		assert_string_equal(feed(report()), "");
	now += HOUR - 1;
	assert_string_equal(feed(report()), "");
	now += 1;
	assert_string_equal(feed(report()), "report");
	assert_int_equal(raised.held, 8);
	assert_int_equal(raised.count, 1);
	assert_string_equal(feed(report()), "report");
	assert_int_equal(raised.held, 0);
}

static void
what_was_held_back_is_told_when_nothing_more_comes(void **state)
{
	(void)state;
	use("[alert report]\nat_most = 1 per 1h\n");
	assert_string_equal(feed(report()), "report");
	assert_string_equal(feed(report()), "");
	alert_engine_tick(engine, now + HOUR - 1);
	assert_false(alert_engine_take(engine, &raised));
	alert_engine_tick(engine, now + HOUR);
	assert_true(alert_engine_take(engine, &raised));
	assert_string_equal(policy->alert[raised.rule].name, "report");
	assert_int_equal(raised.count, 0);
	assert_int_equal(raised.held, 1);
	assert_false(alert_engine_take(engine, &raised));
	alert_engine_tick(engine, now + 3 * HOUR);
	assert_false(alert_engine_take(engine, &raised));
}

static void
one_alert_for_what_comes_at_once(void **state)
{
	struct alert_seen a, b, c;

	(void)state;
	use("[alert report]\nat_most = 2 per 1h\n");
	a = report();
	b = report();
	c = report();
	c.user = "eve"; /* counted for each account */
	assert_int_equal(alert_engine_feed(engine, &a), SKS_OK);
	assert_int_equal(alert_engine_feed(engine, &b), SKS_OK);
	assert_int_equal(alert_engine_feed(engine, &c), SKS_OK);
	assert_true(alert_engine_take(engine, &raised));
	assert_int_equal(raised.count, 2);
	assert_int_equal(raised.seq_count, 2);
	assert_int_equal(raised.last_seq, 2);
	assert_true(alert_engine_take(engine, &raised));
	assert_string_equal(raised.user, "eve");
	assert_false(alert_engine_take(engine, &raised));
}

static void
more_than_anybody_takes_is_held_back(void **state)
{
	char user[16];

	(void)state;
	use("[alert report]\nat_most = 1000 per 1h\n");
	for (int i = 0; i < ALERT_PENDING_MAX + 5; i++) {
		struct alert_seen s = report();

		snprintf(user, sizeof(user), "u%d", i);
		s.user = user;
		assert_int_equal(alert_engine_feed(engine, &s), SKS_OK);
	}
	for (int i = 0; i < ALERT_PENDING_MAX; i++)
		assert_true(alert_engine_take(engine, &raised));
	assert_false(alert_engine_take(engine, &raised));
	assert_string_equal(feed(report()), "report");
	assert_int_equal(raised.held, 5);
}

/* After a restart: the same records again raise nothing, and count. */
static void
records_of_before_count_quietly(void **state)
{
	struct alert_seen s;

	(void)state;
	use("[alert report]\nat_most = 2 per 1h\n");
	for (int i = 0; i < 3; i++) {
		char user[2] = {(char)('a' + i), '\0'};

		s = seen(ACTION_FIRST_FACTOR, OUTCOME_FAILURE, "wrong-code", user, "192.0.2.1");
		s.quiet = true;
		assert_string_equal(feed(s), "");
	}
	assert_string_equal(wrong("d", "192.0.2.1"), "guessing-across-accounts");
	s = report();
	s.quiet = true;
	assert_string_equal(feed(s), "");
	assert_string_equal(feed(report()), "report"); /* the second in this hour */
	assert_string_equal(feed(report()), "");
}

static void
a_rule_that_is_off_raises_nothing(void **state)
{
	(void)state;
	use("[alert report]\nenabled = no\n");
	assert_string_equal(feed(report()), "");
	assert_string_equal(
	    feed(seen(ACTION_CLOCK_STEP, OUTCOME_UNKNOWN, "wall-clock-jump", "", "")),
	    "clock-step");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, leave)
	const struct CMUnitTest tests[] = {
	    TEST(every_built_in_rule_is_raised_by_its_record),
	    TEST(every_event_of_a_built_in_rule_exists),
	    TEST(what_a_rule_needs_is_asked_for_it_alone),
	    TEST(guessing_counts_accounts_of_one_source),
	    TEST(what_lies_outside_the_window_does_not_count),
	    TEST(sources_are_counted_for_an_account),
	    TEST(filters_hold_together),
	    TEST(tables_are_bounded),
	    TEST(the_rest_is_held_back_and_counted),
	    TEST(what_was_held_back_is_told_when_nothing_more_comes),
	    TEST(one_alert_for_what_comes_at_once),
	    TEST(more_than_anybody_takes_is_held_back),
	    TEST(records_of_before_count_quietly),
	    TEST(a_rule_that_is_off_raises_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
