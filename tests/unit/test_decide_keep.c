/* Who may hold records, and who may have one destroyed: each condition missing alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/event.h"
#include "decide/decide.h"
#include <string.h>

static struct decision
decided(const struct admin_request *r, const struct admin_facts *f)
{
	static const struct policy p;
	struct decision d;

	decide_command(&p, r, f, &d);
	assert_int_equal(d.event_count, 1);
	assert_int_equal(d.events[0].reason, d.reason);
	return d;
}

static struct admin_request
person(uint32_t verb)
{
	return (struct admin_request){.verb = verb,
	    .user = "alice",
	    .uid = 1001,
	    .by = "alice",
	    .by_uid = 1001,
	    .login_uid = 1001,
	    .text = "a secret",
	    .has_code = true};
}

static const struct admin_facts good = {
    .identified = true, .redactor = true, .code_ok = true, .found = true, .open = true};

/* What is missing, what is said of it, and for which verbs. */
enum { ASK = 1, ANSWER = 2 };
static const struct {
	const char *what;
	enum reason reason;
	int verbs;
} lacks[] = {
    {"identity", REASON_NOT_IDENTIFIED, ASK | ANSWER},
    {"root", REASON_NOT_IDENTIFIED, ASK | ANSWER},
    {"suspended", REASON_SUSPENDED, ASK | ANSWER},
    {"redactor", REASON_NOT_PERMITTED, ASK | ANSWER},
    {"wrong code", REASON_WRONG_CODE, ASK | ANSWER},
    {"code", REASON_PROOF_NEEDED, ASK | ANSWER},
    {"found", REASON_NOT_FOUND, ASK | ANSWER},
    {"text", REASON_INVALID_VALUE, ASK},
    {"exists", REASON_EXISTS, ASK},
    {"over", REASON_WRONG_STATE, ANSWER},
    {"same person", REASON_SAME_PERSON, ANSWER},
    {"for ever", REASON_KEPT_FOR_EVER, ASK | ANSWER},
    {"on hold", REASON_ON_HOLD, ASK | ANSWER},
};

static void
take(const char *what, struct admin_request *r, struct admin_facts *f)
{
	f->identified = strcmp(what, "identity") != 0;
	r->by_root = strcmp(what, "root") == 0;
	f->suspended = strcmp(what, "suspended") == 0;
	f->redactor = strcmp(what, "redactor") != 0;
	f->code_ok = strstr(what, "code") == NULL;
	r->has_code = strcmp(what, "code") != 0;
	f->found = strcmp(what, "found") != 0;
	f->exists = strcmp(what, "exists") == 0;
	f->open = strcmp(what, "over") != 0;
	f->same_person = strcmp(what, "same person") == 0;
	f->for_ever = strcmp(what, "for ever") == 0;
	f->on_hold = strcmp(what, "on hold") == 0;
	if (strcmp(what, "text") == 0)
		r->text[0] = '\0';
}

static void
test_each_condition_counts(void **state)
{
	static const struct {
		uint32_t verb;
		int bit;
		uint16_t action;
	} verbs[] = {
	    {VERB_REDACT, ASK, ACTION_REDACT_REQUEST},
	    {VERB_APPROVE, ANSWER, ACTION_REDACT},
	};

	(void)state;
	for (size_t v = 0; v < 2; v++) {
		struct admin_request r = person(verbs[v].verb);
		struct decision d = decided(&r, &good);

		assert_int_equal(d.verdict, VERDICT_ALLOW);
		assert_int_equal(d.events[0].action, verbs[v].action);
		assert_int_equal(d.events[0].outcome, OUTCOME_SUCCESS);
		for (size_t i = 0; i < sizeof(lacks) / sizeof(lacks[0]); i++) {
			struct admin_facts f = good;

			r = person(verbs[v].verb);
			take(lacks[i].what, &r, &f);
			d = decided(&r, &f);
			if ((lacks[i].verbs & verbs[v].bit) == 0) {
				assert_int_equal(d.verdict, VERDICT_ALLOW);
				continue;
			}
			assert_int_equal(d.verdict, VERDICT_DENY);
			assert_int_equal(d.reason, lacks[i].reason);
			assert_int_equal(d.events[0].action, verbs[v].action);
			assert_int_equal(d.events[0].outcome, OUTCOME_FAILURE);
		}
	}
}

/* Whatever becomes of it, a request that is declined destroyed nothing. */
static void
test_declining(void **state)
{
	static const struct {
		bool found, same_person, redactor, root, open;
		enum reason reason;
		bool allowed;
	} cases[] = {
	    {true, true, false, false, true, REASON_WITHDRAWN, true},
	    {true, true, true, false, true, REASON_WITHDRAWN, true},
	    {true, false, true, false, true, REASON_DECLINED, true},
	    {true, false, false, true, true, REASON_DECLINED, true},
	    {true, false, false, false, true, REASON_NOT_PERMITTED, false},
	    {true, true, true, true, false, REASON_WRONG_STATE, false},
	    {false, false, true, true, false, REASON_NOT_FOUND, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct admin_request r = person(VERB_DENY);
		struct admin_facts f = {.found = cases[i].found,
		    .same_person = cases[i].same_person,
		    .redactor = cases[i].redactor,
		    .open = cases[i].open};
		struct decision d;

		r.by_root = cases[i].root;
		d = decided(&r, &f);
		assert_int_equal(d.reason, cases[i].reason);
		assert_int_equal(d.verdict, cases[i].allowed ? VERDICT_ALLOW : VERDICT_DENY);
		assert_int_equal(d.events[0].action, ACTION_REDACT);
		assert_int_equal(d.events[0].outcome, OUTCOME_FAILURE);
	}
}

static void
test_holding(void **state)
{
	static const struct {
		uint32_t verb;
		bool root, found, open, text;
		enum reason reason;
	} cases[] = {
	    {VERB_HOLD_ADD, true, true, false, true, REASON_OK},
	    {VERB_HOLD_ADD, false, true, false, true, REASON_ROOT_ONLY},
	    {VERB_HOLD_ADD, true, false, false, true, REASON_INVALID_VALUE},
	    {VERB_HOLD_ADD, true, true, false, false, REASON_INVALID_VALUE},
	    {VERB_HOLD_RELEASE, true, true, true, true, REASON_OK},
	    {VERB_HOLD_RELEASE, false, true, true, true, REASON_ROOT_ONLY},
	    {VERB_HOLD_RELEASE, true, false, false, true, REASON_NOT_FOUND},
	    {VERB_HOLD_RELEASE, true, true, false, true, REASON_WRONG_STATE},
	    {VERB_HOLD_RELEASE, true, true, true, false, REASON_INVALID_VALUE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct admin_request r = person(cases[i].verb);
		struct admin_facts f = {.found = cases[i].found, .open = cases[i].open};
		struct decision d;

		r.by_root = cases[i].root;
		if (!cases[i].text)
			r.text[0] = '\0';
		d = decided(&r, &f);
		assert_int_equal(d.reason, cases[i].reason);
		assert_int_equal(
		    d.verdict, d.reason == REASON_OK ? VERDICT_ALLOW : VERDICT_DENY);
	}
}

/* Alone below the level; from it on by a request that a second person has approved. */
static void
test_exporting(void **state)
{
	struct admin_request r = {
	    .verb = VERB_EXPORT, .by = "root", .by_root = true, .text = "why"};
	struct admin_facts f = {.wall_ms = 1};

	(void)state;
	assert_int_equal(decided(&r, &f).verdict, VERDICT_ALLOW);
	assert_int_equal(decided(&r, &f).events[0].action, ACTION_EXPORT);
	r.by_root = false;
	assert_int_equal(decided(&r, &f).reason, REASON_ROOT_ONLY);
	r.by_root = true;
	r.text[0] = '\0';
	assert_int_equal(decided(&r, &f).reason, REASON_INVALID_VALUE);
	r.text[0] = 'w';
	f.must_approve = true;
	assert_int_equal(decided(&r, &f).reason, REASON_NOT_IDENTIFIED);
	f.identified = true;
	assert_int_equal(decided(&r, &f).verdict, VERDICT_ALLOW);
	assert_int_equal(decided(&r, &f).events[0].action, ACTION_EXPORT_REQUEST);
	f.exists = true;
	assert_int_equal(decided(&r, &f).reason, REASON_EXISTS);
	f.exists = false;
	strcpy(r.request, "D-1");
	assert_int_equal(decided(&r, &f).reason, REASON_NOT_FOUND);
	f.found = true;
	assert_int_equal(decided(&r, &f).reason, REASON_WRONG_STATE);
	f.open = true;
	assert_int_equal(decided(&r, &f).verdict, VERDICT_ALLOW);
	assert_int_equal(decided(&r, &f).events[0].action, ACTION_EXPORT);
}

/* The answer to a D is a record of its own, and takes the same two people. */
static void
test_approving_an_export(void **state)
{
	struct admin_request r = person(VERB_APPROVE);
	struct admin_facts f = good;

	(void)state;
	strcpy(r.request, "D-1");
	assert_int_equal(decided(&r, &f).events[0].action, ACTION_EXPORT_REQUEST);
	assert_int_equal(decided(&r, &f).verdict, VERDICT_ALLOW);
	f.same_person = true;
	assert_int_equal(decided(&r, &f).reason, REASON_SAME_PERSON);
	strcpy(r.request, "X-1");
	assert_int_equal(decided(&r, &f).events[0].action, ACTION_REDACT);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_condition_counts),
	    cmocka_unit_test(test_declining),
	    cmocka_unit_test(test_exporting),
	    cmocka_unit_test(test_approving_an_export),
	    cmocka_unit_test(test_holding),
	};

	return cmocka_run_group_tests_name("decide keep", tests, NULL, NULL);
}
