/* What decisions about people rest on, in the store: terms of grants, attributes, reviews, staff. */
#include "store_fixture.h"

#include "store/exceptions.h"
#include "store/grant.h"
#include "store/members.h"
#include "store/terms.h"
#include <sqlite3.h>

static void
test_terms(void **state)
{
	struct store_terms t = {.ticket = "CASE-7", .superior = "carol", .because = "away"};
	struct store_terms out;
	struct world *w = *state;

	world_begin(w);
	assert_int_equal(store_terms_get(w->store, 1, &out), SKS_OK);
	assert_string_equal(out.ticket, "");
	assert_int_equal(store_terms_report(w->store, 1, "done"), SKS_NOT_FOUND);
	assert_int_equal(store_terms_put(w->store, 1, &t), SKS_OK);
	assert_int_equal(store_terms_report(w->store, 1, "done"), SKS_OK);
	assert_int_equal(store_terms_get(w->store, 1, &out), SKS_OK);
	assert_string_equal(out.ticket, "CASE-7");
	assert_string_equal(out.superior, "carol");
	assert_string_equal(out.because, "away");
	assert_string_equal(out.report, "done");
	assert_true(out.reported_wall_ms > 0);
	assert_int_equal(out.chased_wall_ms, 0);
	assert_int_equal(store_terms_chased(w->store, 1), SKS_OK);
	assert_int_equal(store_terms_get(w->store, 1, &out), SKS_OK);
	assert_true(out.chased_wall_ms > 0);
	world_commit(w);
}

/* What is over and owes a report is found once, and until it is reported by who had it. */
static void
test_owed(void **state)
{
	struct store_terms t = {.reported_wall_ms = TERMS_OWED};
	struct store_grant g = {.uid = 1001, .for_ms = 1000, .role = "out", .user = "alice"};
	struct world *w = *state;
	uint64_t number[4];
	size_t n = 9;

	world_begin(w);
	for (g.number = 1; g.number <= 3; g.number++) {
		assert_int_equal(store_grant_ask(w->store, &g), SKS_OK);
		assert_int_equal(store_terms_put(w->store, g.number, &t), SKS_OK);
	}
	assert_int_equal(store_grant_start(w->store, 1), SKS_OK);
	assert_int_equal(store_grant_start(w->store, 2), SKS_OK);
	assert_int_equal(store_terms_owed(w->store, "alice", 1001, number, 4, &n), SKS_OK);
	assert_int_equal(n, 0);
	assert_int_equal(store_grant_end(w->store, 1, "", "expired"), SKS_OK);
	assert_int_equal(store_grant_end(w->store, 3, "", "declined"), SKS_OK);
	assert_int_equal(store_terms_owed(w->store, "alice", 1001, number, 4, &n), SKS_OK);
	assert_int_equal(n, 1);
	assert_int_equal(number[0], 1);
	assert_int_equal(store_terms_owed(w->store, "alice", 1002, number, 4, &n), SKS_OK);
	assert_int_equal(n, 0);
	assert_int_equal(
	    store_terms_overdue(w->store, w->now.wall_ms - 1, number, 4, &n), SKS_OK);
	assert_int_equal(n, 0);
	assert_int_equal(store_terms_overdue(w->store, w->now.wall_ms, number, 4, &n), SKS_OK);
	assert_int_equal(n, 1);
	assert_int_equal(store_terms_chased(w->store, 1), SKS_OK);
	assert_int_equal(store_terms_overdue(w->store, w->now.wall_ms, number, 4, &n), SKS_OK);
	assert_int_equal(n, 0);
	assert_int_equal(store_terms_report(w->store, 1, "back"), SKS_OK);
	assert_int_equal(store_terms_owed(w->store, "alice", 1001, number, 4, &n), SKS_OK);
	assert_int_equal(n, 0);
	world_commit(w);
}

static struct store_attribute
attribute(const char *person, const char *name, int64_t until_ms)
{
	struct store_attribute a = {.set_wall_ms = 1000, .until_wall_ms = until_ms, .by = "root"};

	(void)snprintf(a.person, sizeof(a.person), "%s", person);
	(void)snprintf(a.name, sizeof(a.name), "%s", name);
	(void)snprintf(a.evidence, sizeof(a.evidence), "sheet 12");
	return a;
}

static void
test_attributes(void **state)
{
	struct store_attribute out[4], one = attribute("alice", "training", 5000);
	struct world *w = *state;
	size_t n = 9;

	world_begin(w);
	assert_int_equal(store_attributes(w->store, "alice", out, 4, &n), SKS_OK);
	assert_int_equal(n, 0);
	assert_int_equal(store_attribute_set(w->store, &one), SKS_OK);
	one = attribute("alice", "nda", 0);
	assert_int_equal(store_attribute_set(w->store, &one), SKS_OK);
	one = attribute("bob", "nda", 0);
	assert_int_equal(store_attribute_set(w->store, &one), SKS_OK);
	one = attribute("alice", "training", 9000); /* in the place of the first */
	assert_int_equal(store_attribute_set(w->store, &one), SKS_OK);
	assert_int_equal(store_attributes(w->store, "alice", out, 4, &n), SKS_OK);
	assert_int_equal(n, 2);
	assert_string_equal(out[0].name, "nda");
	assert_int_equal(out[1].until_wall_ms, 9000);
	assert_string_equal(out[1].evidence, "sheet 12");
	assert_int_equal(store_attributes_all(w->store, "alice", "nda", out, 4, &n), SKS_OK);
	assert_int_equal(n, 2);
	assert_string_equal(out[1].person, "bob");
	assert_int_equal(store_attribute_revoke(w->store, "alice", "nda"), SKS_OK);
	assert_int_equal(store_attribute_revoke(w->store, "alice", "nda"), SKS_NOT_FOUND);
	for (int i = 0; i < ATTRIBUTES_MAX + 1; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "a%d", i);
		one = attribute("carol", name, 0);
		assert_int_equal(store_attribute_set(w->store, &one),
		    i < ATTRIBUTES_MAX ? SKS_OK : SKS_FULL);
	}
	world_commit(w);
}

static void
test_reviews(void **state)
{
	struct store_review r = {
	    .role = "web", .by = "boss", .person = "boss", .policy = "d1", .text = "all needed"};
	struct store_review out;
	struct world *w = *state;

	world_begin(w);
	assert_int_equal(store_review_last(w->store, "web", &out), SKS_NOT_FOUND);
	assert_int_equal(store_review_add(w->store, &r), SKS_OK);
	assert_int_equal(store_review_last(w->store, "web", &out), SKS_OK);
	assert_string_equal(out.text, "all needed");
	assert_true(out.wall_ms > 0);
	assert_int_equal(store_review_last(w->store, "db", &out), SKS_NOT_FOUND);
	world_commit(w);
}

static void
test_staff(void **state)
{
	struct store_staff p = {.person = "alice", .name = "Alice", .unit = "A", .contact = "1"};
	struct store_staff out[2];
	struct world *w = *state;
	size_t n = 0;

	world_begin(w);
	assert_int_equal(store_staff_put(w->store, &p), SKS_OK);
	p.moved_wall_ms = 7;
	assert_int_equal(store_staff_put(w->store, &p), SKS_OK);
	(void)snprintf(p.person, sizeof(p.person), "bob");
	assert_int_equal(store_staff_put(w->store, &p), SKS_OK);
	assert_int_equal(store_staff_list(w->store, "", out, 2, &n), SKS_OK);
	assert_int_equal(n, 2);
	assert_int_equal(out[0].moved_wall_ms, 7);
	assert_int_equal(store_staff_list(w->store, "alice", out, 2, &n), SKS_OK);
	assert_int_equal(n, 1);
	assert_int_equal(store_staff_get(w->store, "bob", out), SKS_OK);
	assert_int_equal(store_staff_get(w->store, "carol", out), SKS_NOT_FOUND);
	world_commit(w);
}

/* Since when, certified, taken out; a membership that the policy drops begins anew. */
static void
test_members(void **state)
{
	struct store_grant g = {.uid = 1001, .for_ms = 1000, .role = "web", .user = "alice"};
	struct store_member m, list[4];
	struct store_use use[4];
	struct world *w = *state;
	uint32_t owed = 9;
	size_t n = 9;

	world_begin(w);
	assert_int_equal(store_member_get(w->store, "web", "alice", &m), SKS_OK);
	assert_int_equal(m.since_wall_ms, 0);
	assert_int_equal(store_member_note(w->store, "web", "alice"), SKS_OK);
	world_commit(w);
	world_pass(w, 5000);
	world_begin(w);
	assert_int_equal(store_member_note(w->store, "web", "alice"), SKS_OK);
	assert_int_equal(store_member_get(w->store, "web", "alice", &m), SKS_OK);
	assert_int_equal(m.since_wall_ms, w->now.wall_ms - 5000);
	assert_int_equal(store_member_certify(w->store, "web", "alice", "carol", false), SKS_OK);
	assert_int_equal(store_member_certify(w->store, "web", "bob", "carol", true), SKS_OK);
	assert_int_equal(store_member_get(w->store, "web", "alice", &m), SKS_OK);
	assert_int_equal(m.out_wall_ms, w->now.wall_ms);
	assert_int_equal(m.certified_wall_ms, 0);
	assert_int_equal(m.since_wall_ms, w->now.wall_ms - 5000);
	assert_string_equal(m.by, "carol");
	assert_int_equal(store_member_certify(w->store, "web", "alice", "dora", true), SKS_OK);
	assert_int_equal(store_member_get(w->store, "web", "alice", &m), SKS_OK);
	assert_int_equal(m.out_wall_ms, 0);
	assert_int_equal(m.certified_wall_ms, w->now.wall_ms);
	assert_int_equal(store_member_list(w->store, "", "", list, 4, &n), SKS_OK);
	assert_int_equal(n, 2);
	assert_int_equal(store_member_list(w->store, "web", "alice", list, 4, &n), SKS_OK);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].account, "bob");
	assert_int_equal(store_member_forget(w->store, "web", "alice"), SKS_OK);
	assert_int_equal(store_member_get(w->store, "web", "alice", &m), SKS_OK);
	assert_int_equal(m.certified_wall_ms, 0);

	for (g.number = 1; g.number <= 3; g.number++)
		assert_int_equal(store_grant_ask(w->store, &g), SKS_OK);
	assert_int_equal(store_grant_start(w->store, 1), SKS_OK);
	assert_int_equal(store_grant_start(w->store, 2), SKS_OK);
	assert_int_equal(store_role_uses(w->store, "web", use, 4, &n), SKS_OK);
	assert_int_equal(n, 1);
	assert_string_equal(use[0].account, "alice");
	assert_int_equal(use[0].times, 2);
	assert_int_equal(use[0].last_wall_ms, w->now.wall_ms);
	assert_int_equal(store_role_owed(w->store, "web", "alice", &owed), SKS_OK);
	assert_int_equal(owed, 0);
	world_commit(w);
}

static struct store_request
asked(struct world *w, char kind, enum request_state state)
{
	struct store_request q = {.kind = kind, .by_uid = 1001};

	(void)snprintf(q.by, sizeof(q.by), "alice");
	(void)snprintf(q.person, sizeof(q.person), "alice");
	assert_int_equal(store_request_add(w->store, &q), SKS_OK);
	if (state == REQUEST_APPROVED)
		assert_int_equal(store_request_end(w->store, &q, state, "bob"), SKS_OK);
	return q;
}

static uint32_t
state_of(struct world *w, const struct store_request *q)
{
	struct store_request now;

	assert_int_equal(store_request_get(w->store, q->kind, q->number, &now), SKS_OK);
	return now.state;
}

/* What an older store says of attributes, and of what waited or was approved, counts no more. */
static void
test_doubt(void **state)
{
	struct store_attribute out[4], one = attribute("alice", "training", 0);
	struct store_request waits, policy, records, done, exception;
	struct world *w = *state;
	uint32_t count = 9;
	size_t n = 9;

	world_begin(w);
	assert_int_equal(store_attribute_set(w->store, &one), SKS_OK);
	waits = asked(w, 'P', REQUEST_OPEN);
	policy = asked(w, 'P', REQUEST_APPROVED);
	records = asked(w, 'D', REQUEST_APPROVED);
	done = asked(w, 'X', REQUEST_APPROVED);
	exception = asked(w, 'E', REQUEST_OPEN);
	assert_int_equal(store_doubt(w->store, &count), SKS_OK);
	assert_int_equal(count, 1);
	assert_int_equal(store_attributes(w->store, "alice", out, 4, &n), SKS_OK);
	assert_int_equal(n, 1);
	assert_true(out[0].set_wall_ms < 0);
	assert_int_equal(state_of(w, &waits), REQUEST_EXPIRED);
	assert_int_equal(state_of(w, &policy), REQUEST_EXPIRED);
	assert_int_equal(state_of(w, &records), REQUEST_EXPIRED);
	assert_int_equal(state_of(w, &done), REQUEST_APPROVED);
	assert_int_equal(state_of(w, &exception), REQUEST_OPEN); /* the keeper ends it */
	/* twice is once: it does not come back by that */
	assert_int_equal(store_doubt(w->store, &count), SKS_OK);
	assert_int_equal(count, 0);
	assert_int_equal(store_attributes(w->store, "alice", out, 4, &n), SKS_OK);
	assert_true(out[0].set_wall_ms < 0);
	assert_int_equal(store_attribute_set(w->store, &one), SKS_OK);
	assert_int_equal(store_attributes(w->store, "alice", out, 4, &n), SKS_OK);
	assert_int_equal(n, 1);
	assert_true(out[0].set_wall_ms > 0);
	world_commit(w);
}

/* Who approved what still waits or holds, of each kind; and not of what is over. */
static void
test_approved_for(void **state)
{
	struct store_exception x = {.kind = "contingency", .rule = "flood", .for_ms = 1000};
	struct store_grant g = {.uid = 1001, .for_ms = 1000, .role = "web", .user = "alice"};
	struct store_approval a = {.account = "carol", .person = "carol", .uid = 1003};
	struct store_approver out[8];
	struct store_request role, policy;
	struct world *w = *state;
	size_t n = 9;

	world_begin(w);
	assert_int_equal(store_approved_for(w->store, "alice", out, 8, &n), SKS_OK);
	assert_int_equal(n, 0);
	role = asked(w, 'R', REQUEST_OPEN);
	g.number = role.number;
	assert_int_equal(store_grant_ask(w->store, &g), SKS_OK);
	assert_int_equal(store_approval_add(w->store, role.number, &a), SKS_OK);
	policy = asked(w, 'P', REQUEST_APPROVED);
	x.number = asked(w, 'E', REQUEST_OPEN).number;
	(void)snprintf(x.paper, sizeof(x.paper),
	    "{\"approvals\":[{\"account\":\"dave\"},{\"account\":\"erin\"}]}");
	assert_int_equal(store_exception_add(w->store, &x), SKS_OK);
	assert_int_equal(store_approved_for(w->store, "alice", out, 8, &n), SKS_OK);
	assert_int_equal(n, 4);
	assert_string_equal(out[0].account, "carol");
	assert_string_equal(out[1].account, "dave");
	assert_string_equal(out[2].account, "erin");
	assert_string_equal(out[3].account, "bob");
	assert_int_equal(store_approved_for(w->store, "bob", out, 8, &n), SKS_OK);
	assert_int_equal(n, 0);
	assert_int_equal(store_grant_end(w->store, role.number, "alice", "withdrawn"), SKS_OK);
	assert_int_equal(store_exception_end(w->store, x.number, "", "expired", 0), SKS_OK);
	assert_int_equal(store_request_use(w->store, &policy), SKS_OK);
	assert_int_equal(store_approved_for(w->store, "alice", out, 8, &n), SKS_OK);
	assert_int_equal(n, 0);
	world_commit(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_members, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(test_terms, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(test_owed, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(test_attributes, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(test_doubt, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(test_approved_for, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(test_reviews, world_setup, world_teardown),
	    cmocka_unit_test_setup_teardown(test_staff, world_setup, world_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
