/* Which items of a stretch of the log an auditor has to open: what many records tell together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/event.h"
#include "audit/record.h"
#include "error.h"
#include "report/risky.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct risky *risky;
static uint64_t seq;
static int64_t boot_ms;

static int
begin(void **state)
{
	(void)state;
	risky = risky_new();
	seq = 0;
	boot_ms = 1000;
	return risky == NULL;
}

static int
end(void **state)
{
	(void)state;
	risky_free(risky);
	return 0;
}

struct what {
	uint16_t action;
	const char *outcome, *reason, *user, *source, *service, *grants;
	int64_t uid, actor_id;
	const char *actor;
	bool suspended, deleted;
};

static uint64_t
put(struct what w)
{
	const uint8_t boot[16] = {1};
	struct log_row row = {.seq = ++seq};
	struct record r;
	struct instant now = {.wall_ms = boot_ms, .boot_ms = boot_ms};

	record_init(&r, event_by_action(w.action), now, boot, w.outcome, w.reason);
	record_put_str(&r, "user.name", w.user != NULL ? w.user : "");
	if (w.uid >= 0)
		record_put_int(&r, "user.id", w.uid);
	record_put_str(&r, "service.name", w.service != NULL ? w.service : "");
	record_put_str(&r, "source.ip", w.source != NULL ? w.source : "");
	if (w.actor != NULL)
		record_put_str(&r, "user.effective.name", w.actor);
	if (w.actor_id != 0)
		record_put_int(&r, "user.effective.id", w.actor_id);
	if (w.suspended)
		record_put_bool(&r, "sekisho.fact.suspended", true);
	if (w.grants != NULL)
		record_put_str(&r, "sekisho.grants", w.grants);
	assert_int_equal(record_finish(&r), SKS_OK);
	r.seq = seq;
	record_header_encode(&r, row.header);
	row.body = w.deleted ? NULL : r.body.data;
	row.body_len = w.deleted ? 0 : r.body.len;
	assert_int_equal(risky_take(risky, &row), SKS_OK);
	record_clear(&r);
	return seq;
}

static uint64_t
wrong(const char *user, const char *source)
{
	return put((struct what){.action = ACTION_FIRST_FACTOR,
	    .outcome = "failure",
	    .reason = "wrong-password",
	    .user = user,
	    .source = source,
	    .service = "sshd",
	    .uid = 1000});
}

static uint64_t
in(const char *user, const char *source)
{
	return put((struct what){.action = ACTION_CODE,
	    .outcome = "success",
	    .reason = "ok",
	    .user = user,
	    .source = source,
	    .service = "sshd",
	    .uid = 1000});
}

static uint64_t
as(const char *actor, int64_t actor_id, const char *user, int64_t uid, const char *grants)
{
	return put((struct what){.action = ACTION_SESSION_OPEN,
	    .outcome = "success",
	    .reason = "ok",
	    .user = user,
	    .uid = uid,
	    .service = "su",
	    .actor = actor,
	    .actor_id = actor_id,
	    .grants = grants});
}

static const struct risky_item *
items(size_t expected)
{
	const struct risky_item *item = NULL;
	size_t count = 0;

	assert_int_equal(risky_items(risky, &item, &count), SKS_OK);
	assert_int_equal(count, expected);
	return item;
}

static void
is_item(const struct risky_item *x, enum risk risk, uint64_t at, uint64_t first, uint32_t count)
{
	assert_int_equal(x->risk, risk);
	assert_int_equal(x->seq, at);
	assert_int_equal(x->first, first);
	assert_int_equal(x->count, count);
}

/* ---- guesses ----------------------------------------------------------------------------- */

static void
test_who_mistyped_and_got_in(void **state)
{
	(void)state;
	for (int n = 0; n < RISKY_MANY - 1; n++)
		wrong("alice", "192.0.2.1");
	in("alice", "192.0.2.1");
	wrong("bob", "192.0.2.2"); /* and went home */
	(void)items(0);
}

static void
test_guesses_from_one_place(void **state)
{
	uint64_t first = wrong("root", "203.0.113.1"), last;

	(void)state;
	wrong("alice", "192.0.2.1");
	wrong("admin", "203.0.113.1");
	in("alice", "192.0.2.1");
	in("bob", "203.0.113.1"); /* another one behind the same address got in */
	last = wrong("oracle", "203.0.113.1");
	is_item(items(1), RISK_GUESSES, last, first, 3);
}

static void
test_guesses_at_one_account(void **state)
{
	uint64_t last = 0;
	char source[32];

	(void)state;
	for (int n = 0; n < RISKY_MANY; n++) {
		(void)snprintf(source, sizeof(source), "203.0.113.%d", n + 1);
		last = wrong("alice", source);
	}
	is_item(items(1), RISK_GUESSES, last, 1, RISKY_MANY);
}

/* What a place is listed for is not listed again for the account. */
static void
test_guesses_once(void **state)
{
	uint64_t last = 0;

	(void)state;
	for (int n = 0; n < RISKY_MANY; n++)
		last = wrong("alice", "203.0.113.1");
	wrong("alice", "203.0.113.2");
	is_item(items(1), RISK_GUESSES, last, 1, RISKY_MANY);
}

static void
test_guesses_and_then_in(void **state)
{
	uint64_t at;

	(void)state;
	for (int n = 0; n < RISKY_MANY; n++)
		wrong("alice", "203.0.113.1");
	at = in("alice", "203.0.113.1");
	in("alice", "203.0.113.1");
	wrong("alice", "203.0.113.1"); /* of which more are no news */
	is_item(items(1), RISK_GUESSED, at, 1, RISKY_MANY);
}

/* Names without end take no memory without end, and are not lost. */
static void
test_more_names_than_there_is_room(void **state)
{
	const struct risky_item *x;
	uint64_t names = (1 << 15) + 5;
	char source[32];

	(void)state;
	for (uint64_t n = 0; n < names; n++) {
		(void)snprintf(source, sizeof(source), "2001:db8::%x:%x", (unsigned)(n >> 16),
		    (unsigned)(n & 0xffff));
		wrong("alice", source);
	}
	x = items(2); /* the account, and those that found no room */
	is_item(&x[0], RISK_GUESSES, names - 5, 1, 1 << 15);
	is_item(&x[1], RISK_GUESSES, names, names - 4, 5);
}

/* ---- accounts and power ------------------------------------------------------------------ */

static void
test_closed_account(void **state)
{
	uint64_t last;

	(void)state;
	put((struct what){.action = ACTION_CODE,
	    .outcome = "failure",
	    .reason = "no-device",
	    .user = "gone",
	    .source = "192.0.2.9",
	    .uid = 1001,
	    .suspended = true});
	last = put((struct what){.action = ACTION_ACCOUNT,
	    .outcome = "failure",
	    .reason = "account-ended",
	    .user = "gone",
	    .source = "192.0.2.8",
	    .uid = 1001});
	is_item(items(1), RISK_CLOSED, last, 1, 2);
}

static void
test_power(void **state)
{
	const struct risky_item *x;

	(void)state;
	as("alice", 1000, "root", 0, "R-1"); /* given */
	as("root", 0, "postgres", 70, NULL); /* root has it already */
	as("uid:1000", 1000, "alice", 1000, NULL);
	as("carol", 1002, "root", 0, NULL);
	as("carol", 1002, "root", 0, NULL);
	as("carol", 1002, "oracle", 1005, NULL);
	put((struct what){.action = ACTION_SESSION_OPEN,
	    .outcome = "success",
	    .user = "root",
	    .source = "192.0.2.7",
	    .service = "sshd"});
	put((struct what){
	    .action = ACTION_SESSION_OPEN, .outcome = "success", .user = "root", .service = "cron"});
	x = items(3);
	is_item(&x[0], RISK_UNEXPLAINED, 5, 4, 2);
	assert_string_equal(x[0].actor, "carol");
	is_item(&x[1], RISK_UNEXPLAINED, 6, 6, 1);
	is_item(&x[2], RISK_UNEXPLAINED, 7, 7, 1);
	assert_string_equal(x[2].actor, "root");
}

/* ---- the recording ----------------------------------------------------------------------- */

static void
test_gap(void **state)
{
	uint64_t at;

	(void)state;
	put((struct what){.action = ACTION_LOG_SEAL, .outcome = "success"});
	boot_ms += 15 * 60 * 1000;
	put((struct what){.action = ACTION_LOG_SEAL, .outcome = "success"});
	boot_ms += 17 * 60 * 1000;
	put((struct what){.action = ACTION_DAEMON_START, .outcome = "success"}); /* it was off */
	put((struct what){.action = ACTION_LOG_SEAL, .outcome = "success"});
	boot_ms += 17 * 60 * 1000;
	at = put((struct what){.action = ACTION_LOG_SEAL, .outcome = "success"});
	boot_ms += 5 * 60 * 1000;
	put((struct what){.action = ACTION_LOG_SEAL, .outcome = "success"});
	is_item(items(1), RISK_GAP, at, at, 1);
}

static void
test_deleted_bodies(void **state)
{
	(void)state;
	put((struct what){.action = ACTION_ROLE_ANSWER, .outcome = "success", .deleted = true});
	put((struct what){.action = ACTION_ROLE_ANSWER, .outcome = "success"});
	put((struct what){.action = ACTION_CODE, .outcome = "failure", .deleted = true});
	is_item(items(1), RISK_REFUSED, 1, 1, 1);
}

static void
test_a_header_that_is_none(void **state)
{
	struct log_row row = {.seq = 1};

	(void)state;
	assert_int_equal(risky_take(risky, &row), SKS_INVALID);
	(void)items(0);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
	    T(test_who_mistyped_and_got_in),
	    T(test_guesses_from_one_place),
	    T(test_guesses_at_one_account),
	    T(test_guesses_once),
	    T(test_guesses_and_then_in),
	    T(test_more_names_than_there_is_room),
	    T(test_closed_account),
	    T(test_power),
	    T(test_gap),
	    T(test_deleted_bodies),
	    T(test_a_header_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
