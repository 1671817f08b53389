/*
 * Deciding recorded requests again: reading many tables from a body at once, what would end
 * otherwise under another policy, and what cannot be known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/record_index.h"
#include "error.h"
#include "replay/tally.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE (60 * 1000LL)

/* ---- bodies ------------------------------------------------------------------------------ */

static struct record_index *
index_of_login(void)
{
	static const struct fields *const tables[] = {&request_fields, &facts_fields};
	static struct record_index index;

	assert_int_equal(record_index_init(&index, tables, 2), SKS_OK);
	return &index;
}

/* Any value that a table can hold; the same for a seed. */
static void
fill(const struct fields *f, void *object, unsigned *seed)
{
	memset(object, 0, f->struct_size);
	for (size_t i = 0; i < f->count; i++) {
		const struct field *row = &f->row[i];
		char *at = (char *)object + row->offset;
		uint64_t number = (uint64_t)rand_r(seed) << 40 ^ (uint64_t)rand_r(seed);
		uint32_t small = (uint32_t)number % 3;
		bool truth = small == 1;

		if (rand_r(seed) % 4 == 0)
			continue;
		if (row->type == FIELD_BOOL)
			memcpy(at, &truth, sizeof(truth));
		else if (row->type == FIELD_U32)
			memcpy(at, &small, sizeof(small));
		else if (row->type == FIELD_U64 || row->type == FIELD_I64)
			memcpy(at, &number, sizeof(number));
		else
			(void)snprintf(
			    at, row->size, "%s%u", small == 0 ? "花 \"\\\n" : "x", small);
	}
}

static void
test_many_tables_at_once_read_as_one_by_one(void **state)
{
	static struct request r, r1, r2;
	static struct facts f, f1, f2;
	void *const objects[] = {&r2, &f2};
	static const uint8_t boot_id[16];
	unsigned seed = 7;

	(void)state;
	for (int round = 0; round < 500; round++) {
		struct record record;

		fill(&request_fields, &r, &seed);
		fill(&facts_fields, &f, &seed);
		record_init(&record, event_by_action(ACTION_CODE), (struct instant){0}, boot_id,
		    "success", "ok");
		record_put_fields(&record, &request_fields, &r);
		record_put_fields(&record, &facts_fields, &f);
		assert_int_equal(record_finish(&record), SKS_OK);
		assert_int_equal(
		    record_read_fields(record.body.data, record.body.len, &request_fields, &r1),
		    SKS_OK);
		assert_int_equal(
		    record_read_fields(record.body.data, record.body.len, &facts_fields, &f1),
		    SKS_OK);
		assert_int_equal(record_index_read(index_of_login(), record.body.data,
				     record.body.len, objects),
		    SKS_OK);
		assert_memory_equal(&r1, &r2, sizeof(r1));
		assert_memory_equal(&f1, &f2, sizeof(f1));
		record_clear(&record);
	}
}

static void
test_what_is_no_body_is_refused_and_leaves_nothing(void **state)
{
	static const struct {
		const char *body;
		int error;
	} cases[] = {
	    {"{\"user.name\":\"alice\",\"user.id\":7,\"other\":\"x\"}", SKS_OK},
	    {"{\"user.name\":\"alice\",\"sekisho.session\":\"18446744073709551615\"}", SKS_OK},
	    {"{\"user.name\":\"alice\",\"sekisho.session\":\"18446744073709551616\"}",
		SKS_INVALID},
	    {"{\"user.name\":\"alice\",\"user.id\":4294967296}", SKS_INVALID},
	    {"{\"user.name\":\"alice\",\"user.id\":-1}", SKS_INVALID},
	    {"{\"user.name\":\"alice\",\"user.id\":\"7x\"}", SKS_INVALID},
	    {"{\"user.name\":\"alice\",\"user.name\":\"bob\"}", SKS_INVALID},
	    {"{\"user.name\":\"alice\",\"sekisho.phase\":\"nonsense\"}", SKS_INVALID},
	    {"{\"user.name\":\"alice\",\"sekisho.phase\":3}", SKS_INVALID},
	    {"{\"user.name\":\"alice\",\"sekisho.user.known\":1}", SKS_INVALID},
	    {"{\"user.name\":\"alice\",\"sekisho.fact.wall\":\"1\"}", SKS_INVALID},
	    {"{\"user.name\":7}", SKS_INVALID},
	    {"{\"user.name\":\"alice\",\"process.tty\":"
	     "\"0123456789012345678901234567890123456789012345678901234567890123\"}",
		SKS_TOO_BIG},
	    {"{\"user.name\":\"alice\"", SKS_INVALID},
	    {"", SKS_INVALID},
	};
	static struct request r;
	static struct facts f;
	void *const objects[] = {&r, &f};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(record_index_read(index_of_login(), cases[i].body,
				     strlen(cases[i].body), objects),
		    cases[i].error);
		assert_string_equal(r.user, cases[i].error == SKS_OK ? "alice" : "");
	}
}

static void
test_too_many_tables_are_refused(void **state)
{
	static const struct fields *const tables[] = {&request_fields, &facts_fields,
	    &admin_request_fields, &admin_facts_fields, &request_fields};
	static struct record_index index;

	(void)state;
	assert_int_equal(record_index_init(&index, tables, 5), SKS_TOO_BIG);
	assert_int_equal(record_index_init(&index, tables, 4), SKS_OK);
}

/* ---- comparing --------------------------------------------------------------------------- */

static struct policy *
policy_of(const char *text)
{
	static struct policy_problems problems;
	char bundle[4096];
	struct policy *p = NULL;
	int n = snprintf(bundle, sizeof(bundle),
	    "sekisho policy bundle 1\nfile policy.conf %zu\n%s\n", strlen(text), text);

	memset(&problems, 0, sizeof(problems));
	if (policy_parse(bundle, (size_t)n, &p, &problems) != SKS_OK)
		fail_msg("line %d: %s", problems.item[0].line, problems.item[0].text);
	return p;
}

static struct recorded
login_of(enum phase phase)
{
	struct recorded r = {.request = {.phase = phase,
				 .known = true,
				 .uid = 1001,
				 .by_root = true,
				 .login_uid = NO_UID,
				 .audit_session = NO_UID,
				 .user = "alice",
				 .service = "sshd",
				 .source = "192.0.2.1",
				 .actor = "root"},
	    .facts = {.lane = LANE_STRANGER,
		.lane_age_ms = AGE_NEVER,
		.lane_window_age_ms = AGE_NEVER,
		.source_age_ms = AGE_NEVER,
		.txn = true,
		.txn_first_factor = true,
		.txn_factor_age_ms = AGE_NEVER,
		.session_factor_age_ms = AGE_NEVER,
		.principal = "alice",
		.principal_uid = 1001,
		.devices = 1}};

	if (phase == PHASE_CODE)
		r.request.flags = PAM_FLAG_FIRST_FACTOR;
	return r;
}

/* What its record would claim; false when it would be none. */
static bool
claim(struct recorded *r, const struct policy *p)
{
	struct decision d;

	recorded_decide(p, r, &d);
	(void)snprintf(r->claim.verdict, sizeof(r->claim.verdict), "%s",
	    d.verdict == VERDICT_ALLOW ? "allow" : "deny");
	(void)snprintf(r->claim.reason, sizeof(r->claim.reason), "%s", reason_words[d.reason]);
	(void)snprintf(
	    r->claim.rule, sizeof(r->claim.rule), "%s", d.rule != NULL ? d.rule : "");
	r->claim.observed = d.observed;
	return d.event_count > 0 && d.verdict != VERDICT_WAIT;
}

static const char *before_end, *after_end, *after_reason, *missing;

static bool
changes(const char *was_text, const char *would_text, struct recorded *r)
{
	struct policy *was = policy_of(was_text), *would = policy_of(would_text);
	struct replay_end before, after;
	bool changed;

	assert_true(claim(r, was));
	changed = replay_compare(was, would, r, &before, &after);
	before_end = replay_end_words[before.kind];
	after_end = replay_end_words[after.kind];
	after_reason = reason_words[after.reason];
	missing = replay_missing_words[after.missing];
	policy_free(was);
	policy_free(would);
	return changed;
}

#define CHANGES(was, would, r, before, after, reason)                                          \
	do {                                                                                   \
		assert_true(changes(was, would, r));                                           \
		assert_string_equal(before_end, before);                                       \
		assert_string_equal(after_end, after);                                         \
		assert_string_equal(after_reason, reason);                                     \
	} while (0)
#define UNKNOWN(was, would, r, what)                                                           \
	do {                                                                                   \
		assert_true(changes(was, would, r));                                           \
		assert_string_equal(after_end, "unknown");                                     \
		assert_string_equal(missing, what);                                            \
	} while (0)

static const char require[] = "[rule all]\nservice = sshd, sudo, su\nrequire = mfa\n";
static const char refuse[] = "[rule no]\nservice = sshd\nrefuse = yes\n";

/* Whatever was recorded: the policy that decided it changes nothing of it. */
static void
test_the_same_policy_changes_nothing(void **state)
{
	static const char *const texts[] = {"", require, refuse,
	    "[host]\nobserve = yes\n[rule all]\nservice = sshd\nrequire = mfa\n",
	    "[rule g]\ngroup = ops\nrefuse = yes\n", "[account alice]\nclass = service\n",
	    "[lockout]\ndeny = 3\n"};
	static const char *const services[] = {"sshd", "sudo", "login", "cron", "screen"};
	unsigned seed = 11, tried = 0;

	(void)state;
	for (int round = 0; round < 40000; round++) {
		struct policy *p = policy_of(texts[round % 7]);
		struct recorded r = login_of((enum phase)(1 + rand_r(&seed) % 7));
		struct replay_end before, after;

		(void)snprintf(r.request.service, sizeof(r.request.service), "%s",
		    services[rand_r(&seed) % 5]);
		r.request.flags = (uint32_t)(rand_r(&seed) % 64);
		r.request.has_code = rand_r(&seed) % 2;
		r.request.by_root = rand_r(&seed) % 8 != 0;
		r.request.real_uid = r.request.by_root ? 0 : 1001;
		r.request.known = rand_r(&seed) % 8 != 0;
		if (rand_r(&seed) % 2)
			r.request.source[0] = '\0';
		if (rand_r(&seed) % 4 == 0)
			(void)snprintf(r.request.key, sizeof(r.request.key), "SHA256:x");
		r.facts.suspended = rand_r(&seed) % 16 == 0;
		r.facts.groups_known = rand_r(&seed) % 2;
		r.facts.lane_count = (uint32_t)(rand_r(&seed) % 7);
		r.facts.lane_open = (uint32_t)(rand_r(&seed) % 2);
		r.facts.lane_age_ms = rand_r(&seed) % (60 * MINUTE);
		r.facts.txn = rand_r(&seed) % 2;
		r.facts.txn_charged = rand_r(&seed) % 2;
		r.facts.txn_first_factor = rand_r(&seed) % 2;
		r.facts.txn_factor = (uint32_t)(rand_r(&seed) % 3);
		r.facts.txn_factor_age_ms = rand_r(&seed) % (30 * MINUTE);
		r.facts.devices = (uint32_t)(rand_r(&seed) % 2);
		principal_choose(p, &r.request, r.facts.principal, &r.facts.principal_uid);
		if (decide_may_evaluate(p, &r.request, &r.facts))
			r.facts.code = (uint32_t)(CODE_MATCH + rand_r(&seed) % 6);
		if (claim(&r, p) && ++tried && replay_compare(p, p, &r, &before, &after))
			fail_msg("round %d: %s, %s of %s: %s to %s (%s), %s", round,
			    phase_words[r.request.phase], r.claim.reason, texts[round % 7],
			    replay_end_words[before.kind], replay_end_words[after.kind],
			    reason_words[after.reason], replay_missing_words[after.missing]);
		policy_free(p);
	}
	assert_true(tried > 10000);
}

static void
test_who_would_be_asked_and_who_refused(void **state)
{
	struct recorded r = login_of(PHASE_ACCOUNT);

	(void)state;
	CHANGES("", require, &r, "in", "asked", "mfa-required");
	CHANGES("", refuse, &r, "in", "refused", "refused-by-rule");
	r.facts.devices = 0;
	CHANGES("", require, &r, "in", "refused", "no-device");
	r = login_of(PHASE_ACCOUNT);
	r.facts.txn = r.facts.txn_first_factor = false;
	CHANGES("", require, &r, "in", "refused", "key-only");
	r.facts.txn = r.facts.txn_first_factor = true;
	r.facts.txn_factor = FACTOR_TOTP;
	r.facts.txn_factor_age_ms = 0;
	assert_false(changes("", require, &r));
	CHANGES(require, refuse, &r, "in", "refused", "refused-by-rule");
	r = login_of(PHASE_CODE);
	CHANGES("", require, &r, "in", "asked", "mfa-required");
}

static void
test_sudo_without_a_terminal_cannot_be_asked(void **state)
{
	struct recorded r = login_of(PHASE_ACCOUNT);

	(void)state;
	(void)snprintf(r.request.service, sizeof(r.request.service), "sudo");
	(void)snprintf(r.request.actor, sizeof(r.request.actor), "alice");
	r.request.source[0] = '\0';
	r.request.real_uid = r.request.login_uid = r.request.actor_uid = 1001;
	r.facts.session = true;
	(void)snprintf(r.facts.session_service, sizeof(r.facts.session_service), "login");
	CHANGES("", require, &r, "in", "refused", "mfa-required");
	r.request.flags = PAM_FLAG_INTERACTIVE;
	CHANGES("", require, &r, "in", "asked", "mfa-required");
}

static void
test_a_code_that_nobody_would_have_asked_for(void **state)
{
	struct recorded r = login_of(PHASE_CODE);

	(void)state;
	r.request.has_code = true;
	r.facts.code = CODE_WRONG;
	CHANGES(require, "", &r, "refused", "in", "not-required");
	/* and then the door is shut all the same */
	assert_false(changes(require, refuse, &r));
	r.facts.code = CODE_REPLAYED;
	CHANGES(require, "", &r, "refused", "in", "not-required");
	assert_false(changes(require, require, &r));
}

static void
test_groups_that_nobody_looked_up(void **state)
{
	static const char group[] = "[rule g]\ngroup = ops\nrefuse = yes\n";
	struct recorded r = login_of(PHASE_ACCOUNT);

	(void)state;
	UNKNOWN("", group, &r, "groups");
	/* where the end is the same either way, it is known */
	CHANGES("",
	    "[rule g]\ngroup = ops\nrefuse = yes\n[rule n]\nservice = sshd\nrefuse = yes\n", &r,
	    "in", "refused", "refused-by-rule");
	r.facts.groups_known = true;
	assert_false(changes("", group, &r));
	(void)snprintf(r.facts.groups, sizeof(r.facts.groups), "alice,ops");
	CHANGES("", group, &r, "in", "refused", "refused-by-rule");
}

static void
test_what_the_host_was_not_asked(void **state)
{
	static const char old[] = "[rule h]\nhost = days-since-update > 30\nrefuse = yes\n";
	struct recorded r = login_of(PHASE_ACCOUNT);

	(void)state;
	UNKNOWN("", old, &r, "host");
	/* where the end is the same either way, it is known */
	CHANGES("",
	    "[rule h]\nhost = days-since-update > 30\nrefuse = yes\n"
	    "[rule n]\nservice = sshd\nrefuse = yes\n",
	    &r, "in", "refused", "refused-by-rule");
	(void)snprintf(r.facts.host, sizeof(r.facts.host), "days-since-update=31");
	CHANGES("", old, &r, "in", "refused", "refused-by-rule");
	(void)snprintf(r.facts.host, sizeof(r.facts.host), "days-since-update=3");
	assert_false(changes("", old, &r));
	/* it was asked, and did not know */
	(void)snprintf(r.facts.host, sizeof(r.facts.host), "days-since-update=?");
	CHANGES("", old, &r, "in", "refused", "refused-by-rule");
}

static void
test_whose_device_nobody_looked_at(void **state)
{
	struct recorded r = login_of(PHASE_ACCOUNT);

	(void)state;
	(void)snprintf(r.request.service, sizeof(r.request.service), "su");
	(void)snprintf(r.request.actor, sizeof(r.request.actor), "alice");
	r.request.source[0] = '\0';
	r.request.actor_uid = r.request.real_uid = r.request.login_uid = 1001;
	(void)snprintf(r.request.user, sizeof(r.request.user), "oracle");
	r.request.uid = 1002;
	(void)snprintf(r.facts.principal, sizeof(r.facts.principal), "oracle");
	r.facts.txn_factor = FACTOR_TOTP;
	r.facts.txn_factor_age_ms = 0;
	r.facts.session = true;
	r.facts.session_uid = 1001;
	(void)snprintf(r.facts.session_user, sizeof(r.facts.session_user), "alice");
	/* oracle's own phone, once; as a shared account it would be the caller's */
	UNKNOWN("[account oracle]\nperson = alice\n", "[account oracle]\nclass = shared\n", &r,
	    "device");
}

static void
test_codes_in_another_window(void **state)
{
	static const char narrow[] =
	    "[factor]\nwindow = 1\n[rule all]\nservice = sshd\nrequire = mfa\n";
	static const char wide[] =
	    "[factor]\nwindow = 3\n[rule all]\nservice = sshd\nrequire = mfa\n";
	struct recorded r = login_of(PHASE_CODE);

	(void)state;
	r.request.has_code = true;
	r.facts.code = CODE_WRONG;
	UNKNOWN(narrow, wide, &r, "code");
	assert_false(changes(wide, narrow, &r));
	r.facts.code = CODE_MATCH;
	UNKNOWN(wide, narrow, &r, "code");
	assert_false(changes(narrow, wide, &r));
}

static void
test_locks(void **state)
{
	struct recorded r = login_of(PHASE_CHARGE);

	(void)state;
	r.facts.lane_count = 5;
	r.facts.lane_age_ms = MINUTE;
	CHANGES("[lockout]\ndeny = 5\n", "[lockout]\ndeny = 8\n", &r, "refused", "tried",
	    "charged");
	r = login_of(PHASE_CODE);
	r.facts.lane_count = 4;
	r.facts.lane_age_ms = r.facts.lane_window_age_ms = MINUTE;
	UNKNOWN("[lockout]\ndeny = 5\n", "[lockout]\ndeny = 3\n", &r, "lock");
	r.facts.lane_count = 2;
	assert_false(changes("[lockout]\ndeny = 5\n", "[lockout]\ndeny = 3\n", &r));
	/* a code that was not looked at */
	r.request.has_code = true;
	r.facts.lane_count = 5;
	CHANGES("[lockout]\ndeny = 5\n[rule a]\nservice = sshd\nrequire = mfa\n",
	    "[lockout]\ndeny = 8\n[rule a]\nservice = sshd\nrequire = mfa\n", &r, "refused",
	    "tried", "charged");
}

static void
test_a_policy_that_is_lost(void **state)
{
	struct policy *was = policy_of(require), *would = policy_of("");
	struct recorded r = login_of(PHASE_CODE);
	struct replay_end before, after;

	(void)state;
	r.request.has_code = true;
	r.facts.code = CODE_WRONG;
	assert_true(claim(&r, was));
	assert_true(replay_compare(NULL, would, &r, &before, &after));
	assert_int_equal(after.kind, REPLAY_UNKNOWN);
	assert_int_equal(after.missing, REPLAY_POLICY);
	policy_free(was);
	policy_free(would);
}

static void
test_what_was_observed_would_be_refused(void **state)
{
	struct recorded r = login_of(PHASE_ACCOUNT);

	(void)state;
	CHANGES("[host]\nobserve = yes\n[rule no]\nservice = sshd\nrefuse = yes\n", refuse, &r,
	    "in", "refused", "refused-by-rule");
	CHANGES(refuse, "[host]\nobserve = yes\n[rule no]\nservice = sshd\nrefuse = yes\n", &r,
	    "refused", "in", "refused-by-rule");
}

static void
test_commands_too(void **state)
{
	struct recorded r = {.is_command = true,
	    .command = {.verb = VERB_ENROLL,
		.user = "alice",
		.by = "alice",
		.uid = 1001,
		.by_uid = 1001,
		.digits = 6,
		.period_s = 30,
		.algorithm = "SHA1",
		.name = "phone",
		.has_password = true},
	    .known = {.password_ok = true}};
	static const char open[] = "[factor]\nenrol = open\npurpose_version = 1\n";
	static const char closed[] = "[factor]\nenrol = closed\npurpose_version = 1\n";

	(void)state;
	(void)snprintf(r.command.purpose_version, sizeof(r.command.purpose_version), "1");
	(void)snprintf(r.claim.verb, sizeof(r.claim.verb), "enroll");
	CHANGES(closed, open, &r, "refused", "in", "ok");
	CHANGES(open, closed, &r, "in", "refused", "enrolment-closed");
	r.command.verb = VERB_REDACT;
	UNKNOWN(
	    "[retention]\nredactors = alice\n", "[retention]\nredactors = bob\n", &r, "person");
	assert_false(changes(
	    "[retention]\nredactors = alice\n", "[retention]\nredactors = alice, bob\n", &r));
}

/* ---- counting ---------------------------------------------------------------------------- */

static struct replay_result one, two;
static struct tally tally_one, tally_two;

static void
count(struct tally *t, const char *user, uint32_t pid, uint64_t seq, uint32_t kind)
{
	struct recorded r = login_of(PHASE_ACCOUNT);
	struct record header = {.seq = seq, .wall_ms = (int64_t)seq};
	struct replay_end before = {
	    .kind = REPLAY_IN, .reason = REASON_NOT_REQUIRED, .rule = ""};
	struct replay_end after = {.kind = kind, .reason = REASON_KEY_ONLY, .rule = "x"};

	(void)snprintf(r.request.user, sizeof(r.request.user), "%s", user);
	r.request.pid = pid;
	assert_false(tally_is_known(t, &r));
	tally_add(t, &r, &header, &before, &after);
	assert_true(tally_is_known(t, &r));
	r.request.pid++;
	assert_false(tally_is_known(t, &r));
}

static void
test_equal_changes_are_counted_together(void **state)
{
	(void)state;
	tally_init(&tally_one, &one);
	tally_init(&tally_two, &two);
	count(&tally_one, "alice", 10, 100, REPLAY_REFUSED);
	count(&tally_one, "bob", 20, 101, REPLAY_ASKED);
	count(&tally_two, "alice", 30, 202, REPLAY_REFUSED);
	count(&tally_two, "bob", 40, 203, REPLAY_ASKED);
	count(&tally_two, "bob", 50, 204, REPLAY_ASKED);
	tally_merge(&tally_one, &two);
	tally_sort(&one);
	assert_int_equal(one.group_count, 2);
	assert_string_equal(one.group[0].account, "alice"); /* refused comes first */
	assert_int_equal(one.group[0].times, 2);
	assert_int_equal(one.group[0].last_seq, 202);
	assert_string_equal(one.group[1].account, "bob");
	assert_int_equal(one.group[1].times, 3);
	assert_int_equal(one.changed[REPLAY_REFUSED], 2);
	assert_int_equal(one.changed[REPLAY_ASKED], 3);
}

static void
test_the_list_is_bounded_and_says_so(void **state)
{
	char user[32];

	(void)state;
	tally_init(&tally_one, &one);
	for (uint32_t i = 0; i < REPLAY_GROUPS_MAX + 10; i++) {
		(void)snprintf(user, sizeof(user), "user%u", i);
		count(&tally_one, user, 10 * i, i + 1, REPLAY_REFUSED);
	}
	assert_int_equal(one.group_count, REPLAY_GROUPS_MAX);
	assert_int_equal(one.unlisted, 10);
	assert_int_equal(one.changed[REPLAY_REFUSED], REPLAY_GROUPS_MAX + 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_many_tables_at_once_read_as_one_by_one),
	    cmocka_unit_test(test_what_is_no_body_is_refused_and_leaves_nothing),
	    cmocka_unit_test(test_too_many_tables_are_refused),
	    cmocka_unit_test(test_the_same_policy_changes_nothing),
	    cmocka_unit_test(test_who_would_be_asked_and_who_refused),
	    cmocka_unit_test(test_sudo_without_a_terminal_cannot_be_asked),
	    cmocka_unit_test(test_a_code_that_nobody_would_have_asked_for),
	    cmocka_unit_test(test_groups_that_nobody_looked_up),
	    cmocka_unit_test(test_what_the_host_was_not_asked),
	    cmocka_unit_test(test_whose_device_nobody_looked_at),
	    cmocka_unit_test(test_codes_in_another_window),
	    cmocka_unit_test(test_locks),
	    cmocka_unit_test(test_a_policy_that_is_lost),
	    cmocka_unit_test(test_what_was_observed_would_be_refused),
	    cmocka_unit_test(test_commands_too),
	    cmocka_unit_test(test_equal_changes_are_counted_together),
	    cmocka_unit_test(test_the_list_is_bounded_and_says_so),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
