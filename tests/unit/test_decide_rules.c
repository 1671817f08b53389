/*
 * What holds for every policy that a random test can write: the order of the rules does not
 * matter, nor that an index finds those that match; a refusal always wins, and administration from
 * another host needs a second factor whatever the rules say. What is asked is made up here too, and what must hold is worked out
 * from it by other means than the core's.
 */
#include "decide/decide.h"
#include "error.h"
#include "policy/floor.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* needs those before it */
#include <cmocka.h>

#define MINUTE   (60 * 1000LL)
#define YEAR_END INT64_C(1798761600000) /* 2027-01-01T00:00Z */

enum { POLICIES = 1000, CASES = 60, RULES = 10, TEXT = 16384, RULE = 512 };

static uint32_t seed = 20261122;

static uint32_t
pick(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static bool
one_in(uint32_t n)
{
	return pick(n) == 0;
}

/* ---- policies -------------------------------------------------------------------------------
 */

/* Keys of a rule; of each list one is picked, mostly none. */
static const char *const pieces[][6] = {
    {"", "", "account = alice", "account = alice-adm, @ops", "account = *", "account = root"},
    {"", "", "group = ops", "group = users, wheel", "class = admin", "class = person, shared"},
    {"", "", "service = sshd", "service = su, sudo", "service_class = remote",
	"service_class = elevation, console"},
    {"", "", "from = remote", "from = local", "from = 192.0.2.0/24", "from = 2001:db8::/32"},
    {"", "", "", "time = mon-fri 08:00-18:00", "time = 22:00-06:00",
	"time = sat-sun 00:00-24:00"},
    {"", "", "", "", "role = web", "role = *"},
    {"", "", "", "", "", "device = registered"},
    {"", "", "", "host = age > 30", "host = days-since-update > 30, age < 2",
	"host = days-since-update < 30"},
    {"require = mfa", "require = mfa within 15m", "require = mfa within 2h", "refuse = yes",
	"require = mfa", "require = mfa"},
};

static void
make_rule(char out[RULE], const char *name)
{
	int n = snprintf(out, RULE, "[rule %s]\n", name);
	bool device = false;

	for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
		const char *piece = pieces[k][pick(6)];

		/* a rule refuses or requires, not both: such a policy does not load */
		if (piece[0] == '\0' || (device && strncmp(piece, "refuse", 6) == 0))
			continue;
		device |= strncmp(piece, "device", 6) == 0;
		n += snprintf(out + n, (size_t)(RULE - n), "%s\n", piece);
	}
}

/* What stands beside the rules. lenient: something that may let in without a factor for a time.
 */
static const char *
make_rest(bool *lenient)
{
	static char text[2048];
	uint32_t what = pick(8);

	(void)snprintf(text, sizeof(text),
	    "[host]\n%s%s"
	    "[account alice-adm]\nclass = admin\nperson = alice\n"
	    "[account oracle]\nclass = shared\n"
	    "[account backup]\nclass = service\nfrom = 192.0.2.0/24\n"
	    "[host-attribute age]\nfile = /age\n"
	    "[device laptop]\nowner = alice\nkind = issued\naddress = 192.0.2.1\n"
	    "[role web]\nmembers = alice\nmax_members = 2\napprove = 1 from bob\n"
	    "max_duration = 1h\ncommands = /bin/true\nroot_equivalent = no\n"
	    "%s%s",
	    one_in(3) ? "rating = confidentiality-3\n" : "",
	    what == 0 ? "observe = until 2026-12-31\n" : "",
	    what == 1 ? "[group ops]\nobserve = until 2026-12-31\n" : "",
	    what == 2 ? "[group users]\ngrace = until 2026-12-31\n" : "");
	*lenient = what < 3;
	return text;
}

static struct policy *
policy_of(const char *rest, char rules[][RULE], const size_t *order, size_t count)
{
	static struct policy_problems problems;
	static char text[TEXT], bundle[TEXT + 128];
	struct policy *p = NULL;
	int n = snprintf(text, sizeof(text), "%s", rest);

	for (size_t i = 0; i < count; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s", rules[order[i]]);
	n = snprintf(bundle, sizeof(bundle),
	    "sekisho policy bundle 1\nfile policy.conf %zu\n%s\n", strlen(text), text);
	memset(&problems, 0, sizeof(problems));
	if (policy_parse(bundle, (size_t)n, &p, &problems) != SKS_OK)
		fail_msg("line %d: %s", problems.item[0].line, problems.item[0].text);
	return p;
}

static void
shuffle(size_t *order, size_t count)
{
	for (size_t i = count - 1; i > 0; i--) {
		size_t j = pick((uint32_t)i + 1), kept = order[i];

		order[i] = order[j];
		order[j] = kept;
	}
}

/* ---- cases ----------------------------------------------------------------------------------
 */

static const struct who {
	const char *name, *class;
	uint32_t uid;
} people[] = {{"alice", "person", 1001}, {"alice-adm", "admin", 1002},
    {"oracle", "shared", 1003}, {"backup", "service", 1004}, {"root", "shared", 0},
    {"bob", "person", 1005}};

static void
put(char *to, size_t size, const char *from)
{
	(void)snprintf(to, size, "%s", from);
}

static const struct who *
make_case(const struct policy *p, struct request *r, struct facts *f)
{
	static const char *const services[] = {
	    "sshd", "sshd", "su", "sudo", "login", "crond", "odd"};
	static const char *const sources[] = {"", "192.0.2.1", "203.0.113.9", "2001:db8::/64"};
	static const char *const groups[] = {"", "ops", "users,adm", "wheel,ops"};
	static const char *const hosts[] = {"", "age=3,days-since-update=3",
	    "age=31,days-since-update=?", "age=1,days-since-update=31", "age=?"};
	static const int64_t ages[] = {
	    0, 5 * MINUTE, 14 * MINUTE, 16 * MINUTE, 600 * MINUTE, AGE_NEVER};
	const struct who *who = &people[pick(6)], *actor = one_in(2) ? who : &people[pick(6)];

	*r = (struct request){.phase = one_in(2) ? PHASE_ACCOUNT : PHASE_OPEN,
	    .known = true,
	    .uid = who->uid,
	    .by_root = true,
	    .real_uid = one_in(3) ? 0 : actor->uid,
	    .login_uid = one_in(4) ? NO_UID : actor->uid,
	    .actor_uid = actor->uid};
	put(r->user, sizeof(r->user), who->name);
	put(r->actor, sizeof(r->actor), actor->name);
	put(r->service, sizeof(r->service), services[pick(7)]);
	if (strcmp(r->service, "sshd") == 0 || one_in(8))
		put(r->source, sizeof(r->source), sources[1 + pick(3)]);
	*f = (struct facts){.wall_ms = YEAR_END - 1000000 - (int64_t)pick(1000) * MINUTE,
	    .weekday = pick(7),
	    .minute_of_day = pick(24 * 60),
	    .groups_known = !one_in(6),
	    .lane = LANE_STRANGER,
	    .devices = pick(2),
	    .txn = one_in(2),
	    .session = one_in(2),
	    .suspended = one_in(20)};
	put(f->groups, sizeof(f->groups), f->groups_known ? groups[pick(4)] : "");
	f->txn_first_factor = f->txn && one_in(2);
	f->txn_factor = f->txn && one_in(3) ? FACTOR_TOTP : FACTOR_NONE;
	f->txn_factor_age_ms = f->txn_factor != FACTOR_NONE ? ages[pick(6)] : AGE_NEVER;
	f->session_factor_age_ms = AGE_NEVER;
	principal_choose(p, r, f->principal, &f->principal_uid);
	if (f->session) {
		const struct who *owner = one_in(2) ? actor : &people[pick(6)];

		put(f->session_user, sizeof(f->session_user), owner->name);
		f->session_uid = owner->uid;
		put(f->session_service, sizeof(f->session_service),
		    one_in(2) ? "login" : "sshd");
		put(f->session_source, sizeof(f->session_source),
		    one_in(2) ? "" : "203.0.113.9");
		f->session_factor = one_in(2) ? FACTOR_TOTP : FACTOR_NONE;
		f->session_factor_age_ms =
		    f->session_factor != FACTOR_NONE ? ages[pick(6)] : AGE_NEVER;
	}
	if (one_in(3))
		put(f->acting, sizeof(f->acting), "web");
	put(f->host, sizeof(f->host), hosts[pick(5)]);
	return who;
}

static bool
is_elevation(const struct request *r)
{
	return strcmp(r->service, "su") == 0 || strcmp(r->service, "sudo") == 0;
}

static bool
is_remote(const struct request *r)
{
	return strcmp(r->service, "sshd") == 0 ||
	       (strcmp(r->service, "odd") == 0 && r->source[0] != '\0');
}

/* Root, by itself: nobody else's login, no address. */
static bool
is_root_itself(const struct request *r)
{
	return r->real_uid == 0 && (r->login_uid == NO_UID || r->login_uid == 0) &&
	       r->source[0] == '\0' && is_elevation(r);
}

/* A factor of this login; or, within, of the same person's, for a quarter of an hour. */
static bool
has_proved(const struct request *r, const struct facts *f)
{
	int64_t limit = is_elevation(r) ? 15 * MINUTE : AGE_NEVER - 1;

	if (f->txn && f->txn_factor != FACTOR_NONE && f->txn_factor_age_ms <= limit)
		return true;
	return is_elevation(r) && f->session && f->session_factor != FACTOR_NONE &&
	       f->session_factor_age_ms <= limit && f->session_uid == f->principal_uid &&
	       strcmp(f->session_user, f->principal) == 0;
}

/* AUTH-6 and what a rating adds: administration, from elsewhere than a console of this host. */
static bool
needs_factor(const struct policy *p, const struct request *r, const struct facts *f,
    const struct who *who)
{
	bool console = f->session && f->session_source[0] == '\0' &&
		       strcmp(f->session_service, "login") == 0;

	if (strcmp(who->class, "service") == 0 || is_root_itself(r))
		return false; /* decided by key and source; root itself */
	if (is_remote(r))
		return who->uid == 0 || strcmp(who->class, "admin") == 0 ||
		       policy_rating(p, RATING_CONFIDENTIALITY) >= 3;
	return is_elevation(r) && (r->source[0] != '\0' || !console);
}

/* ---- what holds -----------------------------------------------------------------------------
 */

struct seen {
	size_t allowed, denied, floored, lowered;
};

static void
same(const struct decision *a, const struct decision *b)
{
	assert_int_equal(a->verdict, b->verdict);
	assert_int_equal(a->reason, b->reason);
	assert_int_equal(a->need, b->need);
	assert_int_equal(a->text, b->text);
	assert_int_equal(a->floor, b->floor);
	assert_int_equal(a->observed, b->observed);
	assert_int_equal(a->event_count, b->event_count);
	assert_memory_equal(&a->changes, &b->changes, sizeof(a->changes));
}

/* The session phase of su and sudo decides nothing that their account phase has decided. */
static bool
is_decided_here(const struct request *r)
{
	return r->phase == PHASE_ACCOUNT || !is_elevation(r);
}

/* The rules asked one after the other: the same to the last byte, and by the same rule. */
static void
same_without_index(const struct policy *p, const struct request *r, const struct facts *f,
    const struct decision *d)
{
	struct policy plain = *p;
	struct decision e;

	plain.rule_index = NULL;
	decide(&plain, r, f, &e);
	same(d, &e);
	assert_ptr_equal(d->rule, e.rule);
	assert_int_equal(d->floor_suspended, e.floor_suspended);
	assert_memory_equal(d->events, e.events, sizeof(e.events));
}

static void
try_case(const struct policy *as_is, const struct policy *other_order,
    const struct policy *refusing, bool lenient, struct seen *seen)
{
	struct request r;
	struct facts f;
	struct decision d, e;
	const struct who *who = make_case(as_is, &r, &f);

	decide(as_is, &r, &f, &d);
	same_without_index(as_is, &r, &f, &d);
	decide(other_order, &r, &f, &e);
	same(&d, &e);
	seen->allowed += d.verdict == VERDICT_ALLOW;
	seen->denied += d.verdict == VERDICT_DENY;
	if (!is_decided_here(&r))
		return;
	decide(refusing, &r, &f, &e);
	assert_true(e.verdict == VERDICT_DENY || (lenient && e.observed));
	if (!needs_factor(as_is, &r, &f, who) || has_proved(&r, &f))
		return;
	seen->floored++;
	if (d.verdict == VERDICT_ALLOW) {
		if (!(lenient && (d.floor_suspended || d.observed)))
			fail_msg("%s (uid %u, class %s) by %s, %s from \"%s\" was let in "
				 "without a factor: %s",
			    r.user, r.uid, who->class, r.actor, r.service, r.source,
			    reason_words[d.reason]);
		seen->lowered++;
	}
}

static void
test_every_policy(void **state)
{
	static char rules[RULES + 1][RULE];
	struct seen seen = {0};

	(void)state;
	for (int n = 0; n < POLICIES; n++) {
		size_t order[RULES + 1];
		struct policy *as_is, *other, *refusing;
		bool lenient;
		const char *rest = make_rest(&lenient);

		for (size_t i = 0; i < RULES; i++) {
			char name[16];

			(void)snprintf(name, sizeof(name), "r%zu", i);
			make_rule(rules[i], name);
			order[i] = i;
		}
		(void)snprintf(rules[RULES], RULE, "[rule nobody]\nrefuse = yes\n");
		order[RULES] = RULES;
		as_is = policy_of(rest, rules, order, RULES);
		shuffle(order, RULES);
		other = policy_of(rest, rules, order, RULES);
		shuffle(order, RULES + 1); /* the refusal stands anywhere */
		refusing = policy_of(rest, rules, order, RULES + 1);
		for (int i = 0; i < CASES; i++)
			try_case(as_is, other, refusing, lenient, &seen);
		policy_free(as_is);
		policy_free(other);
		policy_free(refusing);
	}
	print_message(
	    "%d policies, %d cases: %zu let in, %zu refused; %zu had to prove something and "
	    "had not, %zu of these let in for a time\n",
	    POLICIES, POLICIES * CASES, seen.allowed, seen.denied, seen.floored, seen.lowered);
	/* or it compared nothing with nothing */
	assert_true(seen.allowed > 5000 && seen.denied > 5000 && seen.floored > 2000 &&
		    seen.lowered > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_policy)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
