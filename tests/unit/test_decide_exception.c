/*
 * The register of exceptions in the core: what an entry lowers and what it never lowers, whoever
 * wrote policy and entries; and each condition of asking, judging, ending and reporting alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/event.h"
#include "buf.h"
#include "decide/decide.h"
#include "error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct policy *
parse(const char *text)
{
	struct policy_problems problems = {.count = 0};
	struct policy *policy = NULL;
	struct buf bundle;

	buf_init(&bundle, POLICY_BUNDLE_MAX);
	buf_printf(&bundle, "sekisho policy bundle 1\nfile a.conf %zu\n%s\n", strlen(text), text);
	if (policy_parse(bundle.data, bundle.len, &policy, &problems) != SKS_OK)
		print_error("%s\n", problems.item[0].text);
	buf_clear(&bundle);
	assert_non_null(policy);
	return policy;
}

/* ---- a property: nothing but the named key of the named rule ---------------------------------- */

static uint64_t seed = 88172645463325252U;

static unsigned
pick(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % n);
}

enum { RULES = 6, ENTRIES = 5, POLICIES = 1000, CASES = 20 };

static const char *const accounts[] = {"alice", "bob", "carol", "adm"};
static const char *const services[] = {"sshd", "login", "su"};
static const char *const sources[] = {"", "192.0.2.7", "198.51.100.9"};
static const char *const groups[] = {"ops", "staff", "web"};

struct entry {
	bool within;
	const char *subject, *service, *source;
	unsigned rule;
};

/* The meaning of an entry, written down a second time and otherwise. */
static bool
applies(const struct entry *e, const char *account, const char *its_groups, const char *service,
    const char *source)
{
	char in[4100], group[64];

	(void)snprintf(in, sizeof(in), ",%s,", its_groups != NULL ? its_groups : "");
	if (e->subject[0] == '@') {
		(void)snprintf(group, sizeof(group), ",%s,", e->subject + 1);
		if (strstr(in, group) == NULL)
			return false;
	} else if (strcmp(e->subject, "*") != 0 && strcmp(e->subject, account) != 0) {
		return false;
	}
	if (strcmp(e->service, "*") != 0 && strcmp(e->service, service) != 0)
		return false;
	if (strcmp(e->source, "*") == 0)
		return true;
	if (strcmp(e->source, "local") == 0)
		return source[0] == '\0';
	if (strcmp(e->source, "remote") == 0)
		return source[0] != '\0';
	return strcmp(e->source, "192.0.2.0/24") == 0 && strcmp(source, "192.0.2.7") == 0;
}

static void
random_policy(char *text, size_t size, bool refuse[RULES])
{
	size_t used = (size_t)snprintf(text, size, "[account adm]\nclass = admin\n");

	for (unsigned i = 0; i < RULES; i++) {
		static const char *const needs[] = {
		    "require = mfa", "require = mfa within 5m", "refuse = yes"};
		unsigned need = pick(7) == 0 ? 2 : pick(2);

		refuse[i] = need == 2;
		used += (size_t)snprintf(text + used, size - used, "[rule r%u]\n%s\n", i, needs[need]);
		if (pick(2))
			used += (size_t)snprintf(text + used, size - used, "account = %s, @%s\n",
			    accounts[pick(4)], groups[pick(3)]);
		if (pick(2))
			used += (size_t)snprintf(
			    text + used, size - used, "service = %s\n", services[pick(3)]);
		if (pick(3) == 0)
			used += (size_t)snprintf(text + used, size - used, "from = remote\n");
	}
}

static void
random_entries(struct entry e[ENTRIES], char *lines, size_t size)
{
	static const char *const subjects[] = {"*", "alice", "bob", "adm", "@ops", "@staff"};
	static const char *const at[] = {"*", "sshd", "login", "su"};
	static const char *const from[] = {"*", "local", "remote", "192.0.2.0/24"};
	size_t used = 0;

	for (unsigned i = 0; i < ENTRIES; i++) {
		e[i] = (struct entry){pick(2) == 0, subjects[pick(6)], at[pick(4)], from[pick(4)],
		    pick(RULES)};
		used += (size_t)snprintf(lines + used, size - used, "%s%u\t%s\t%s\t%s\t%s\tr%u",
		    i > 0 ? "\n" : "", i + 1, e[i].within ? "within" : "require", e[i].subject,
		    e[i].service, e[i].source, e[i].rule);
	}
}

/* The policy without what the entries lower for this case, as text: rules left out or eased. */
static struct policy *
lowered_by_hand(const char *text, const struct entry e[ENTRIES], const char *account,
    const char *its_groups, const char *service, const char *source)
{
	static char out[8192];
	const char *at = text;
	size_t used = 0;

	out[0] = '\0';
	while (*at != '\0') {
		const char *end = strstr(at + 1, "[rule ");
		size_t len = end != NULL ? (size_t)(end - at) : strlen(at);
		bool drop = false, ease = false;
		unsigned number = 0;

		if (sscanf(at, "[rule r%u]", &number) == 1) {
			for (unsigned i = 0; i < ENTRIES; i++) {
				bool here = e[i].rule == number &&
					    applies(&e[i], account, its_groups, service, source);

				drop |= here && !e[i].within;
				ease |= here && e[i].within;
			}
			/* a refusal stays, whatever is written */
			drop &= strstr(at, "refuse") == NULL || strstr(at, "refuse") > at + len;
		}
		if (!drop)
			used += (size_t)snprintf(out + used, sizeof(out) - used, "%.*s", (int)len, at);
		if (!drop && ease) {
			char *within = strstr(out + used - len, " within 5m");

			if (within != NULL) {
				memmove(within, within + 10, strlen(within + 10) + 1);
				used -= 10;
			}
		}
		at += len;
	}
	return parse(out);
}

static void
random_case(struct request *r, struct facts *f)
{
	static const char *const memberships[] = {"", "ops", "staff,web", "ops,staff"};

	memset(r, 0, sizeof(*r));
	memset(f, 0, sizeof(*f));
	r->phase = PHASE_ACCOUNT;
	r->known = r->by_root = true;
	r->uid = r->login_uid = r->actor_uid = 1000 + pick(4);
	r->real_uid = 0;
	r->audit_session = 7;
	(void)snprintf(r->user, sizeof(r->user), "%s", accounts[r->uid - 1000]);
	(void)snprintf(r->actor, sizeof(r->actor), "%s", r->user);
	(void)snprintf(r->service, sizeof(r->service), "%s", services[pick(3)]);
	(void)snprintf(r->source, sizeof(r->source), "%s",
	    strcmp(r->service, "sshd") == 0 ? sources[pick(3)] : "");
	f->groups_known = pick(5) != 0;
	(void)snprintf(f->groups, sizeof(f->groups), "%s", memberships[pick(4)]);
	f->txn = f->txn_first_factor = true;
	f->devices = 1;
	f->txn_factor = pick(3) == 0 ? FACTOR_TOTP : FACTOR_NONE;
	f->txn_factor_age_ms = pick(2) ? 1000 : 3600 * 1000;
	f->session = pick(2) != 0;
	f->session_uid = r->uid;
	(void)snprintf(f->session_user, sizeof(f->session_user), "%s", r->user);
	(void)snprintf(f->session_service, sizeof(f->session_service), "login");
	(void)snprintf(f->principal, sizeof(f->principal), "%s", r->user);
	f->principal_uid = r->uid;
	f->suspended = pick(20) == 0;
}

static void
test_property(void **state)
{
	unsigned lowered = 0, kept = 0;

	(void)state;
	for (unsigned n = 0; n < POLICIES; n++) {
		static char text[4096];
		struct entry e[ENTRIES];
		bool refuse[RULES];
		char lines[1024];
		struct policy *p;

		random_policy(text, sizeof(text), refuse);
		random_entries(e, lines, sizeof(lines));
		p = parse(text);
		for (unsigned c = 0; c < CASES; c++) {
			static struct facts f;
			struct decision with, by_hand, without;
			struct explained x;
			struct request r;
			struct policy *easier;
			const char *in;

			random_case(&r, &f);
			decide(p, &r, &f, &without);
			explain(p, &r, &f, &x); /* for where su counts as coming from */
			in = f.groups_known ? f.groups : NULL;
			(void)snprintf(f.exceptions, sizeof(f.exceptions), "%s", lines);
			decide(p, &r, &f, &with);
			easier = lowered_by_hand(text, e, r.user, in, r.service, x.match.source);
			f.exceptions[0] = '\0';
			decide(easier, &r, &f, &by_hand);
			assert_int_equal(with.verdict, by_hand.verdict);
			assert_int_equal(with.reason, by_hand.reason);
			assert_int_equal(with.floor, by_hand.floor);
			/* a refusal and a suspension stand above every entry */
			if (without.reason == REASON_REFUSED_BY_RULE ||
			    without.reason == REASON_SUSPENDED) {
				assert_int_equal(with.verdict, VERDICT_DENY);
				assert_int_equal(with.reason, without.reason);
				kept++;
			}
			/* what was allowed without stays allowed; what is allowed only with names it */
			if (without.verdict == VERDICT_ALLOW)
				assert_int_equal(with.verdict, VERDICT_ALLOW);
			if (without.verdict != VERDICT_ALLOW && with.verdict == VERDICT_ALLOW) {
				assert_true(with.exception_count > 0);
				/* the floor was met, not lowered */
				assert_true(!with.floor || f.txn_factor != FACTOR_NONE);
				lowered++;
			}
			policy_free(easier);
		}
		policy_free(p);
	}
	assert_true(lowered > 100 && kept > 100); /* the property was tried */
}

/* Lines that are cut, crossed or made up lower nothing. */
static void
test_damaged_lines(void **state)
{
	static const char *const lines[] = {"", "1", "1\trequire", "1\trequire\t*\t*\t*",
	    "1\trequire\t*\t*\t*\t", "1\trequire\t*\t*\t*\tev", "1\trequire\t*\t*\t*\teveryone2",
	    "\trequire\t*\t*\t*\teveryone", "x\trequire\t*\t*\t*\teveryone",
	    "0\trequire\t*\t*\t*\teveryone", "1234567890123456789\trequire\t*\t*\t*\teveryone",
	    "1\trequires\t*\t*\t*\teveryone",
	    "1\trequire\t\t*\t*\teveryone", "1\trequire\t@\t*\t*\teveryone",
	    "1\trequire\t*\t*\t\teveryone", "1\trequire\t*\t*\t300.1.1.1\teveryone",
	    "1\trequire\t*\t*\t*\n\teveryone", "1\t*\t*\t*\t*\teveryone", "1\trequire\t*\t*\t*\t*"};
	struct policy *p = parse("[rule everyone]\nrequire = mfa\n");
	static struct facts f;
	struct request r;
	struct decision d;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		seed = 1;
		random_case(&r, &f);
		f.suspended = false;
		f.txn_factor = FACTOR_NONE;
		(void)snprintf(r.service, sizeof(r.service), "sshd");
		(void)snprintf(r.source, sizeof(r.source), "192.0.2.7");
		(void)snprintf(r.user, sizeof(r.user), "alice");
		(void)snprintf(f.exceptions, sizeof(f.exceptions), "%s", lines[i]);
		decide(p, &r, &f, &d);
		assert_int_equal(d.verdict, VERDICT_DENY);
		assert_int_equal(d.exception_count, 0);
	}
	(void)snprintf(f.exceptions, sizeof(f.exceptions), "12\trequire\talice\tsshd\t*\teveryone");
	decide(p, &r, &f, &d);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	assert_int_equal(d.exception_count, 1);
	assert_int_equal(d.exception[0], 12);
	policy_free(p);
}

/* What a rule asks of the device is lowered by itself: the code it asks for is not, and the other
 * way round. */
static void
test_device_and_attribute(void **state)
{
	static const struct {
		const char *key;
		enum reason reason;
	} cases[] = {{"none", REASON_DEVICE_REQUIRED}, {"require", REASON_DEVICE_REQUIRED},
	    {"device", REASON_ATTRIBUTE_MISSING}, {"attribute", REASON_DEVICE_REQUIRED}};
	struct policy *p = parse("[attribute training]\nvalid = 365d\n[rule all]\nrequire = mfa\n"
				 "device = registered\nrequire_attribute = training\n");
	static struct facts f;
	struct request r;
	struct decision d;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		seed = 1;
		random_case(&r, &f);
		f.suspended = false;
		f.txn_factor = FACTOR_TOTP;
		f.txn_factor_age_ms = 0;
		(void)snprintf(r.service, sizeof(r.service), "sshd");
		(void)snprintf(r.source, sizeof(r.source), "192.0.2.7");
		(void)snprintf(f.exceptions, sizeof(f.exceptions), "3\t%s\t*\t*\t*\tall",
		    cases[i].key);
		decide(p, &r, &f, &d);
		assert_int_equal(d.verdict, VERDICT_DENY);
		assert_int_equal(d.reason, cases[i].reason);
	}
	(void)snprintf(f.exceptions, sizeof(f.exceptions),
	    "3\tdevice\t*\t*\t*\tall\n4\tattribute\t*\t*\t*\tall");
	decide(p, &r, &f, &d);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	assert_int_equal(d.exception_count, 2);
	f.txn_factor = FACTOR_NONE;
	decide(p, &r, &f, &d);
	assert_int_equal(d.verdict, VERDICT_DENY);
	policy_free(p);
}

/* A contingency policy lowers what it names, of the policy that is in force, and neither the floor
 * nor a refusal; its line is no exception from a rule of its name. */
static void
test_contingency(void **state)
{
	static const struct {
		const char *line, *user;
		enum verdict verdict;
		enum reason reason;
	} cases[] = {
	    {"", "bob", VERDICT_DENY, REASON_DEVICE_REQUIRED},
	    {"7\tcontingency\t*\t*\t*\tflood", "bob", VERDICT_ALLOW, REASON_OK},
	    {"7\tcontingency\t*\t*\t*\tquake", "bob", VERDICT_DENY, REASON_DEVICE_REQUIRED},
	    {"7\tcontingency\t*\t*\t*\tnone", "bob", VERDICT_DENY, REASON_DEVICE_REQUIRED},
	    {"7\tcontingency\t*\t*\t*\tall", "bob", VERDICT_DENY, REASON_DEVICE_REQUIRED},
	    {"7\trequire\t*\t*\t*\tflood", "bob", VERDICT_DENY, REASON_DEVICE_REQUIRED},
	    {"7\tcontingency\tcarol\t*\t*\tflood", "bob", VERDICT_DENY, REASON_DEVICE_REQUIRED},
	    {"7\tcontingency\t*\t*\t*\tflood", "adm", VERDICT_DENY, REASON_MFA_REQUIRED},
	    {"7\tcontingency\t*\t*\t*\tflood", "eve", VERDICT_DENY, REASON_REFUSED_BY_RULE},
	};
	struct policy *p = parse("[account adm]\nclass = admin\n[rule all]\nrequire = mfa\n"
				 "device = registered\n[rule no]\naccount = eve\nrefuse = yes\n"
				 "[contingency flood]\napprovers = 2 from @c\nfor = 1h\n"
				 "lower = all:require all:device\n"
				 "[contingency quake]\napprovers = 2 from @c\nfor = 1h\n"
				 "lower = all:require\n");
	static struct facts f;
	struct request r;
	struct decision d;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		seed = 1;
		random_case(&r, &f);
		f.suspended = false;
		f.txn_factor = FACTOR_NONE;
		(void)snprintf(r.service, sizeof(r.service), "sshd");
		(void)snprintf(r.source, sizeof(r.source), "192.0.2.7");
		(void)snprintf(r.user, sizeof(r.user), "%s", cases[i].user);
		(void)snprintf(f.exceptions, sizeof(f.exceptions), "%s", cases[i].line);
		decide(p, &r, &f, &d);
		if (d.verdict != (uint32_t)cases[i].verdict)
			fail_msg("case %zu: verdict %u, reason %u", i, d.verdict, d.reason);
		if (cases[i].verdict == VERDICT_DENY)
			assert_int_equal(d.reason, cases[i].reason);
		else
			assert_int_equal(d.exception[0], 7);
	}
	policy_free(p);
}

/* ---- asking ----------------------------------------------------------------------------------- */

static struct policy *policy;

static int
setup(void **state)
{
	(void)state;
	policy = parse("[rule office]\nrequire = mfa within 5m\n[rule plain]\nrequire = mfa\n"
		       "[rule night]\nrefuse = yes\n[exceptions]\nmax_duration = 1d\n"
		       "emergency = 1h\n[bypass]\nmax_duration = 30m\n[account job]\n"
		       "class = service\n");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	policy_free(policy);
	return 0;
}

static struct admin_request
asks(uint32_t verb)
{
	return (struct admin_request){.verb = verb,
	    .by = "alice",
	    .by_uid = 1001,
	    .has_code = true,
	    .text = "case 7",
	    .rule = "office",
	    .key = "require",
	    .subject = "bob",
	    .subject_uid = 1002,
	    .scope_service = "*",
	    .scope_source = "*",
	    .clause = "2.2.1",
	    .measure = "office only",
	    .report = "by mail",
	    .verified_by = "carol",
	    .verified_how = "card",
	    .for_ms = 1800000};
}

static const struct admin_facts good = {
    .identified = true, .code_ok = true, .found = true, .open = true, .redactor = true};

#define CASE(verb_, change, expected)                                                           \
	do {                                                                                   \
		struct admin_request r = asks(verb_);                                          \
		struct admin_facts f = good;                                                   \
		struct decision d;                                                             \
		change;                                                                        \
		decide_command(policy, &r, &f, &d);                                            \
		assert_int_equal(d.reason, expected);                                          \
		assert_int_equal(d.verdict == VERDICT_ALLOW,                                   \
		    expected == REASON_OK || expected == REASON_WITHDRAWN ||                   \
			expected == REASON_REVOKED);                                           \
		assert_int_equal(d.event_count, 1);                                            \
	} while (0)

static void
test_asking(void **state)
{
	(void)state;
	CASE(VERB_EXCEPTION_REQUEST, (void)0, REASON_OK);
	CASE(VERB_EXCEPTION_REQUEST, strcpy(r.key, "within"), REASON_OK);
	CASE(VERB_EXCEPTION_REQUEST, r.by_root = true, REASON_NOT_IDENTIFIED);
	CASE(VERB_EXCEPTION_REQUEST, f.identified = false, REASON_NOT_IDENTIFIED);
	CASE(VERB_EXCEPTION_REQUEST, f.suspended = true, REASON_SUSPENDED);
	CASE(VERB_EXCEPTION_REQUEST, f.code_ok = false, REASON_WRONG_CODE);
	CASE(VERB_EXCEPTION_REQUEST, f.code_ok = r.has_code = false, REASON_PROOF_NEEDED);
	CASE(VERB_EXCEPTION_REQUEST, strcpy(r.rule, "none"), REASON_NOT_FOUND);
	CASE(VERB_EXCEPTION_REQUEST, strcpy(r.rule, "night"), REASON_NOT_LOWERABLE);
	CASE(VERB_EXCEPTION_REQUEST, strcpy(r.key, "refuse"), REASON_NOT_LOWERABLE);
	CASE(VERB_EXCEPTION_REQUEST, (strcpy(r.rule, "plain"), strcpy(r.key, "within")),
	    REASON_NOT_LOWERABLE);
	CASE(VERB_EXCEPTION_REQUEST, r.text[0] = '\0', REASON_INVALID_VALUE);
	CASE(VERB_EXCEPTION_REQUEST, r.subject[0] = '\0', REASON_INVALID_VALUE);
	CASE(VERB_EXCEPTION_REQUEST, strcpy(r.subject, "a\tb"), REASON_INVALID_VALUE);
	CASE(VERB_EXCEPTION_REQUEST, r.clause[0] = '\0', REASON_INVALID_VALUE);
	CASE(VERB_EXCEPTION_REQUEST, r.measure[0] = '\0', REASON_INVALID_VALUE);
	CASE(VERB_EXCEPTION_REQUEST, r.report[0] = '\0', REASON_INVALID_VALUE);
	CASE(VERB_EXCEPTION_REQUEST, r.for_ms = 0, REASON_INVALID_VALUE);
	CASE(VERB_EXCEPTION_REQUEST, r.for_ms = 25 * 3600000, REASON_TOO_LONG);
	CASE(VERB_EXCEPTION_REQUEST, (r.emergency = true, r.for_ms = 2 * 3600000), REASON_TOO_LONG);
	CASE(VERB_EXCEPTION_REQUEST, (r.emergency = true, f.redactor = false),
	    REASON_NOT_PERMITTED);
	CASE(VERB_EXCEPTION_REQUEST, r.emergency = true, REASON_OK);
}

static void
test_bypass(void **state)
{
	(void)state;
	CASE(VERB_BYPASS_REQUEST, (void)0, REASON_OK);
	CASE(VERB_BYPASS_REQUEST, f.identified = false, REASON_NOT_IDENTIFIED);
	CASE(VERB_BYPASS_REQUEST, f.same_person = true, REASON_SAME_PERSON);
	CASE(VERB_BYPASS_REQUEST, f.redactor = false, REASON_NOT_PERMITTED);
	CASE(VERB_BYPASS_REQUEST, f.found = false, REASON_NOT_FOUND);
	CASE(VERB_BYPASS_REQUEST, r.subject_uid = 0, REASON_NOT_LOWERABLE);
	CASE(VERB_BYPASS_REQUEST, strcpy(r.subject, "job"), REASON_NOT_LOWERABLE);
	CASE(VERB_BYPASS_REQUEST, r.verified_by[0] = '\0', REASON_INVALID_VALUE);
	CASE(VERB_BYPASS_REQUEST, r.verified_how[0] = '\0', REASON_INVALID_VALUE);
	CASE(VERB_BYPASS_REQUEST, r.text[0] = '\0', REASON_INVALID_VALUE);
	CASE(VERB_BYPASS_REQUEST, r.for_ms = 31 * 60000, REASON_TOO_LONG);
	CASE(VERB_BYPASS_REQUEST, f.exists = true, REASON_EXISTS);
	CASE(VERB_BYPASS_REQUEST, f.code_ok = false, REASON_WRONG_CODE);
}

static void
test_answer(void **state)
{
	static const char *const ids[] = {"E-1", "B-1", "P-1"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
#define ANSWER(change, expected)                                                                \
	CASE(VERB_APPROVE, (strcpy(r.request, ids[i]), f.asked_ms = 1800000, change), expected)
		ANSWER((void)0, REASON_OK);
		ANSWER(r.by_root = true, REASON_NOT_IDENTIFIED);
		ANSWER(f.identified = false, REASON_NOT_IDENTIFIED);
		ANSWER(f.suspended = true, REASON_SUSPENDED);
		ANSWER(f.redactor = false, REASON_NOT_PERMITTED);
		ANSWER(f.same_person = true, REASON_SAME_PERSON);
		ANSWER(f.crossed = true, REASON_CROSSED);
		ANSWER((f.same_person = true, f.redactor = false), REASON_SAME_PERSON);
		ANSWER(f.code_ok = false, REASON_WRONG_CODE);
		ANSWER(f.found = false, REASON_NOT_FOUND);
		ANSWER(f.open = false, REASON_WRONG_STATE);
	}
	CASE(VERB_APPROVE, (strcpy(r.request, "E-1"), f.asked_ms = 1800000, r.text[0] = '\0'),
	    REASON_INVALID_VALUE);
	CASE(VERB_APPROVE, (strcpy(r.request, "E-1"), f.asked_ms = 60000), REASON_TOO_LONG);
	CASE(VERB_DENY, (strcpy(r.request, "E-1"), r.text[0] = '\0'), REASON_INVALID_VALUE);
	CASE(VERB_DENY, (strcpy(r.request, "E-1"), r.text[0] = '\0', f.same_person = true),
	    REASON_WITHDRAWN);
}

static void
test_end_report_review(void **state)
{
	(void)state;
	CASE(VERB_EXCEPTION_END, (void)0, REASON_REVOKED);
	CASE(VERB_EXCEPTION_END, f.same_person = true, REASON_WITHDRAWN);
	CASE(VERB_EXCEPTION_END, f.found = false, REASON_NOT_FOUND);
	CASE(VERB_EXCEPTION_END, f.redactor = false, REASON_NOT_PERMITTED);
	CASE(VERB_EXCEPTION_END, f.open = false, REASON_WRONG_STATE);
	CASE(VERB_EXCEPTION_END, f.for_ever = true, REASON_WRONG_STATE);
	CASE(VERB_EXCEPTION_REPORT, (void)0, REASON_OK);
	CASE(VERB_EXCEPTION_REPORT, f.found = false, REASON_NOT_FOUND);
	CASE(VERB_EXCEPTION_REPORT, f.redactor = false, REASON_NOT_PERMITTED);
	CASE(VERB_EXCEPTION_REPORT, f.identified = false, REASON_NOT_IDENTIFIED);
	CASE(VERB_EXCEPTION_REPORT, f.open = false, REASON_WRONG_STATE);
	CASE(VERB_EXCEPTION_REPORT, r.text[0] = '\0', REASON_INVALID_VALUE);
	CASE(VERB_CONTINGENCY_ACTIVATE, (void)0, REASON_OK);
	CASE(VERB_CONTINGENCY_ACTIVATE, r.by_root = true, REASON_NOT_IDENTIFIED);
	CASE(VERB_CONTINGENCY_ACTIVATE, f.identified = false, REASON_NOT_IDENTIFIED);
	CASE(VERB_CONTINGENCY_ACTIVATE, f.suspended = true, REASON_SUSPENDED);
	CASE(VERB_CONTINGENCY_ACTIVATE, f.redactor = false, REASON_NOT_PERMITTED);
	CASE(VERB_CONTINGENCY_ACTIVATE, f.code_ok = false, REASON_WRONG_CODE);
	CASE(VERB_CONTINGENCY_ACTIVATE, f.found = false, REASON_NOT_FOUND);
	CASE(VERB_CONTINGENCY_ACTIVATE, f.exists = true, REASON_EXISTS);
	CASE(VERB_CONTINGENCY_ACTIVATE, r.text[0] = '\0', REASON_INVALID_VALUE);
	CASE(VERB_BREAK_GLASS_REVIEW, (void)0, REASON_OK);
	CASE(VERB_BREAK_GLASS_REVIEW, f.same_person = true, REASON_SAME_PERSON);
	CASE(VERB_BREAK_GLASS_REVIEW, f.redactor = false, REASON_NOT_PERMITTED);
	CASE(VERB_BREAK_GLASS_REVIEW, f.identified = false, REASON_NOT_IDENTIFIED);
	CASE(VERB_BREAK_GLASS_REVIEW, f.code_ok = false, REASON_WRONG_CODE);
	CASE(VERB_BREAK_GLASS_REVIEW, f.open = false, REASON_WRONG_STATE);
	CASE(VERB_BREAK_GLASS_REVIEW, r.text[0] = '\0', REASON_INVALID_VALUE);
	CASE(VERB_BREAK_GLASS_MADE, (r.by_root = true, f.open = true), REASON_NOT_REVIEWED);
	CASE(VERB_BREAK_GLASS_MADE, (r.by_root = true, f.open = false), REASON_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_property),
	    cmocka_unit_test(test_damaged_lines),
	    cmocka_unit_test(test_contingency),
	    cmocka_unit_test(test_device_and_attribute),
	    cmocka_unit_test(test_asking),
	    cmocka_unit_test(test_bypass),
	    cmocka_unit_test(test_answer),
	    cmocka_unit_test(test_end_report_review),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
