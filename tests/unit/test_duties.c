/* What is due once in a fiscal year: who may say what, what the store keeps, and the years. */
#include "store_fixture.h"

#include "audit/event.h"
#include "keeper/duties.h"
#include "store/duties.h"

#define DAY_MS (INT64_C(86400000))

static struct policy *policy;

static int
setup(void **state)
{
	static const char text[] = "[attribute training]\nfiscal_year = yes\n"
				   "[attribute badge]\nvalid = 30d\n"
				   "[plan audit]\ndate = 2026-10-31\n";
	struct policy_problems problems = {.count = 0};
	struct buf bundle;
	int r;

	(void)state;
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	buf_printf(&bundle, "sekisho policy bundle 1\nfile a.conf %zu\n%s\n", strlen(text), text);
	r = policy_parse(bundle.data, bundle.len, &policy, &problems);
	buf_clear(&bundle);
	return r;
}

static int
teardown(void **state)
{
	(void)state;
	policy_free(policy);
	return 0;
}

/* ---- who may ------------------------------------------------------------------------------ */

#define DECIDE(base, facts, event, change, expected)                                           \
	do {                                                                                   \
		struct admin_request r = base;                                                 \
		struct admin_facts f = facts;                                                  \
		struct decision d;                                                             \
		change;                                                                        \
		decide_command(policy, &r, &f, &d);                                            \
		assert_int_equal(d.reason, expected);                                          \
		assert_int_equal(d.verdict == VERDICT_ALLOW, (expected) == REASON_OK);         \
		assert_int_equal(d.event_count, 1);                                            \
		assert_int_equal(d.events[0].action, event);                                   \
	} while (0)

static void
test_excuse(void **state)
{
	static const struct admin_request excuse = {.verb = VERB_TRAINING_EXCUSE,
	    .by_root = true,
	    .user = "suzuki",
	    .attribute = "training",
	    .text = "on leave"};
	static const struct admin_facts none = {0};

	(void)state;
#define EXCUSE(change, expected)                                                               \
	DECIDE(excuse, none, ACTION_TRAINING_EXCUSE, change, expected)
	EXCUSE((void)0, REASON_OK);
	EXCUSE(r.by_root = false, REASON_ROOT_ONLY);
	EXCUSE(strcpy(r.attribute, "badge"), REASON_NOT_FOUND);
	EXCUSE(strcpy(r.attribute, "nothing"), REASON_NOT_FOUND);
	EXCUSE(r.text[0] = '\0', REASON_INVALID_VALUE);
	EXCUSE(r.user[0] = '\0', REASON_INVALID_VALUE);
}

static void
test_plan(void **state)
{
	static const struct admin_request done = {
	    .verb = VERB_PLAN_DONE, .by_root = true, .name = "audit", .text = "three findings"};
	static const struct admin_facts found = {.found = true};

	(void)state;
#define DONE(change, expected) DECIDE(done, found, ACTION_PLAN_DONE, change, expected)
	DONE((void)0, REASON_OK);
	DONE(r.by_root = false, REASON_NOT_PERMITTED);
	DONE((r.by_root = false, f.auditor = true), REASON_OK);
	DONE(f.found = false, REASON_NOT_FOUND);
	DONE(f.exists = true, REASON_WRONG_STATE);
	DONE(r.text[0] = '\0', REASON_INVALID_VALUE);
}

static void
test_self_check(void **state)
{
	static const struct admin_request sheet = {
	    .verb = VERB_SELF_CHECK, .by = "tanaka", .role = "office"};
	static const struct admin_facts good = {.identified = true, .found = true};

	(void)state;
#define SHEET(change, expected) DECIDE(sheet, good, ACTION_SELF_CHECK, change, expected)
	SHEET((void)0, REASON_OK);
	SHEET(r.by_root = true, REASON_NOT_IDENTIFIED);
	SHEET(f.identified = false, REASON_NOT_IDENTIFIED);
	SHEET(f.suspended = true, REASON_SUSPENDED);
	SHEET(f.found = false, REASON_INVALID_VALUE);
	SHEET(r.role[0] = '\0', REASON_INVALID_VALUE);
}

/* ---- years -------------------------------------------------------------------------------- */

static void
test_years(void **state)
{
	/* 2026-04-01 and 2028-04-01 (a leap year), UTC */
	static const int64_t april_2026 = INT64_C(1775001600000),
			     april_2028 = INT64_C(1838160000000);

	(void)state;
	assert_int_equal(duties_year_start(policy, 2026), april_2026);
	assert_int_equal(duties_year_start(policy, 2028), april_2028);
	assert_int_equal(duties_year(policy, april_2026), 2026);
	assert_int_equal(duties_year(policy, april_2026 - 1), 2025);
	assert_int_equal(duties_year(policy, april_2028 - 1), 2027);
	for (int64_t year = 1990; year < 2200; year++) {
		int64_t start = duties_year_start(policy, year);

		assert_int_equal(duties_year(policy, start), year);
		assert_int_equal(duties_year(policy, start - 1), year - 1);
		assert_in_range(
		    duties_year_start(policy, year + 1) - start, 365 * DAY_MS, 366 * DAY_MS);
	}
	/* years that begin at another day: each in its calendar year */
	for (uint32_t day = 101; day <= 1231; day += 1130) {
		struct policy other = {.fiscal_start = day};

		for (int64_t year = 1990; year < 2200; year++) {
			int64_t start = duties_year_start(&other, year);

			assert_int_equal(duties_year(&other, start), year);
			assert_int_equal(duties_year(&other, start - 1), year - 1);
		}
	}
}

/* ---- the store ---------------------------------------------------------------------------- */

static void
put(struct world *w, const char *kind, const char *name, const char *person, int64_t year)
{
	static struct store_duty d;

	memset(&d, 0, sizeof(d));
	(void)snprintf(d.kind, sizeof(d.kind), "%s", kind);
	(void)snprintf(d.name, sizeof(d.name), "%s", name);
	(void)snprintf(d.person, sizeof(d.person), "%s", person);
	(void)snprintf(d.text, sizeof(d.text), "%s of %s", name, person);
	d.year = year;
	assert_int_equal(store_duty_put(w->store, &d), SKS_OK);
}

static void
test_store(void **state)
{
	static struct store_duty out;
	struct world *w = *state;

	world_begin(w);
	put(w, DUTY_EXCUSED, "training", "suzuki", 2026);
	put(w, DUTY_URGED, "training", "tanaka", 2026);
	put(w, DUTY_SELF_CHECK, "office", "tanaka", 2026);
	put(w, DUTY_SELF_CHECK, "office", "sato", 2026);
	put(w, DUTY_SELF_CHECK, "office", "sato", 2025);
	world_commit(w);
	world_begin(w);
	assert_int_equal(
	    store_duty_get(w->store, DUTY_EXCUSED, "training", "suzuki", 2026, &out), SKS_OK);
	assert_string_equal(out.text, "training of suzuki");
	assert_true(out.wall_ms > 0);
	assert_int_equal(store_duty_get(w->store, DUTY_EXCUSED, "training", "suzuki", 2025, &out),
	    SKS_NOT_FOUND);
	assert_int_equal(store_duty_get(w->store, DUTY_EXCUSED, "training", "tanaka", 2026, &out),
	    SKS_NOT_FOUND);
	assert_int_equal(
	    store_duty_next(w->store, DUTY_SELF_CHECK, 2026, "", "", &out), SKS_OK);
	assert_string_equal(out.person, "sato");
	assert_int_equal(
	    store_duty_next(w->store, DUTY_SELF_CHECK, 2026, "office", "sato", &out), SKS_OK);
	assert_string_equal(out.person, "tanaka");
	assert_int_equal(
	    store_duty_next(w->store, DUTY_SELF_CHECK, 2026, "office", "tanaka", &out),
	    SKS_NOT_FOUND);
	put(w, DUTY_SELF_CHECK, "office", "sato", 2026); /* answered again: in its place */
	assert_int_equal(
	    store_duty_next(w->store, DUTY_SELF_CHECK, 2026, "office", "sato", &out), SKS_OK);
	assert_string_equal(out.person, "tanaka");
	world_commit(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_excuse),
	    cmocka_unit_test(test_plan),
	    cmocka_unit_test(test_self_check),
	    cmocka_unit_test(test_years),
	    cmocka_unit_test_setup_teardown(test_store, world_setup, world_teardown),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
