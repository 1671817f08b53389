/*
 * The floor of the rating (PRIV-15) and AUTH-6: a policy below it does not load, and no policy that
 * a machine can write lets anybody in over the network without a second factor.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buf.h"
#include "decide/decide.h"
#include "error.h"
#include <stdio.h>
#include <string.h>

enum { POLICIES = 1500, CASES = 40 };

static struct policy_problems problems;

static struct policy *
parse(const char *text)
{
	struct policy *p = NULL;
	struct buf bundle;

	memset(&problems, 0, sizeof(problems));
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	buf_printf(
	    &bundle, "sekisho policy bundle 1\nfile a.conf %zu\n%s\n", strlen(text), text);
	(void)policy_parse(bundle.data, bundle.len, &p, &problems);
	buf_clear(&bundle);
	return p;
}

/* ---- levels ------------------------------------------------------------------------------ */

static void
test_levels(void **state)
{
	static const struct {
		const char *rating;
		uint32_t c, i, a;
	} cases[] = {
	    {"confidentiality-2 integrity-1 availability-3", 2, 1, 3},
	    {"機密性3 完全性２,可用性1", 3, 2, 1},
	    {"confidentiality-1, confidentiality-3", 3, 0, 0},
	    {"confidentiality-22 integrity- availability-x", 0, 0, 0},
	    {"internal", 0, 0, 0},
	    {"xconfidentiality-3 機密性 機密性三", 0, 0, 0},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy *p;

		(void)snprintf(text, sizeof(text), "[host]\nrating = %s\n", cases[i].rating);
		p = parse(text);
		if (p == NULL)
			fail_msg("%s: %s", text, problems.item[0].text);
		assert_int_equal(policy_rating(p, RATING_CONFIDENTIALITY), cases[i].c);
		assert_int_equal(policy_rating(p, RATING_INTEGRITY), cases[i].i);
		assert_int_equal(policy_rating(p, RATING_AVAILABILITY), cases[i].a);
		policy_free(p);
	}
}

/* ---- what does not load ------------------------------------------------------------------- */

static const char *const below[] = {
    "observe = yes\n",
    "[lockout]\ndeny = 0\n",
    "[lockout]\ndeny = 11\n",
    "[password]\nminlen = 9\n",
    "[service sshd]\nobserve = yes\n",
    "[group staff]\nobserve = yes\n",
    "[role all]\nmembers = alice\napprove = nobody\ncommands = ALL\nroot_equivalent = yes\n",
};

static const char *const ratings[] = {"confidentiality-2", "confidentiality-3", "integrity-2",
    "availability-2", "機密性2", "完全性２", "可用性2"};

static void
test_below(void **state)
{
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		struct policy *p;

		for (size_t j = 0; j < sizeof(ratings) / sizeof(ratings[0]); j++) {
			(void)snprintf(text, sizeof(text), "[host]\nrating = %s\n%s", ratings[j],
			    below[i]);
			p = parse(text);
			if (p != NULL)
				fail_msg("loads: %s", text);
			assert_int_equal(problems.total, 1);
		}
		(void)snprintf(text, sizeof(text),
		    "[host]\nrating = confidentiality-1 integrity-1 availability-1\n%s", below[i]);
		p = parse(text);
		if (p == NULL)
			fail_msg("does not load: %s%s", text, problems.item[0].text);
		policy_free(p);
	}
}

/* With an end it may be observed, and roles that lead nowhere need nobody. */
static void
test_above(void **state)
{
	struct policy *p = parse("[host]\nrating = confidentiality-3\nobserve = until 2030-01-01\n"
				 "[role look]\nmembers = alice\napprove = nobody\n");

	(void)state;
	if (p == NULL)
		fail_msg("%s", problems.item[0].text);
	policy_free(p);
}

/* ---- what a machine can write ------------------------------------------------------------- */

static uint64_t seed = 88172645463325252u;

static uint32_t
any(uint32_t below_this)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 20) % below_this;
}

static const char *
one_of(const char *const *words)
{
	size_t n = 0;

	while (words[n] != NULL)
		n++;
	return words[any((uint32_t)n)];
}

static void
put_rule(struct buf *b, int number)
{
	static const char *const conditions[] = {"account = alice\n", "account = *\n",
	    "group = staff\n", "service = sshd\n", "service = sudo, su\n", "class = person\n",
	    "class = admin, shared\n", "service_class = remote\n", "service_class = elevation\n",
	    "from = 192.0.2.0/24\n", "from = local\n", "from = remote\n",
	    "time = mon-fri 08:00-18:00\n", "role = *\n", "role = web\n", "", NULL};
	static const char *const demands[] = {"refuse = yes\n", "require = mfa\n",
	    "require = mfa within 1h\n", "require = mfa within 3650d\n",
	    "require_attribute = training\n", NULL};

	buf_printf(b, "[rule r%d]\n%s%s", number, one_of(conditions), one_of(demands));
}

static void
put_policy(struct buf *b, bool rated)
{
	static const char *const pieces[] = {"[account alice]\nclass = admin\n",
	    "[account alice]\nperson = bob\n", "[account bob]\nclass = shared\n",
	    "[service sshd]\nclass = remote\n", "[service sudo]\nclass = elevation\n",
	    "[service strange]\nclass = console\n", "[factor]\nenrol = open\n",
	    "[attribute extra]\ngrace = 90d\n", "[lockout]\ndeny = 10\n", "", NULL};
	int rules = (int)any(6);

	if (rated)
		buf_printf(b, "[host]\nrating = confidentiality-3\n");
	buf_printf(b, "[attribute training]\nvalid = 365d\n[role web]\nmembers = alice\n"
		      "approve = 1 from carol\n%s", any(2) != 0 ? "mfa_within = 3650d\n" : "");
	buf_printf(b, "%s", one_of(pieces));
	for (int i = 0; i < rules; i++)
		put_rule(b, i);
}

static void
put_case(struct request *r, struct facts *f, bool inside)
{
	static const char *const services[] = {"sshd", "strange", "cockpit", NULL},
	    *const sources[] = {"192.0.2.1", "198.51.100.7", "name:x", NULL},
	    *const users[] = {"alice", "bob", "carol", NULL};

	*r = (struct request){.phase = any(2) != 0 ? PHASE_ACCOUNT : PHASE_OPEN,
	    .known = true,
	    .by_root = true,
	    .uid = 1000 + any(3),
	    .real_uid = inside ? 1000 : 0,
	    .login_uid = 1000,
	    .actor_uid = 1000,
	    .audit_session = 7};
	(void)snprintf(r->user, sizeof(r->user), "%s", one_of(users));
	(void)snprintf(r->actor, sizeof(r->actor), "%s", r->user);
	(void)snprintf(r->service, sizeof(r->service), "%s", inside ? "sudo" : one_of(services));
	*f = (struct facts){.wall_ms = INT64_C(1800000000000),
	    .date_ms = INT64_C(1800000000000),
	    .weekday = any(7),
	    .minute_of_day = any(1440),
	    .groups_known = any(2) != 0,
	    .groups = "staff",
	    .txn = any(2) != 0,
	    .txn_first_factor = any(2) != 0,
	    .devices = any(3),
	    .session = inside,
	    .session_uid = r->uid,
	    .attributes = "training=1799999999999:0",
	    .txn_factor_age_ms = AGE_NEVER,
	    .session_factor_age_ms = AGE_NEVER,
	    .acting = "web"};
	(void)snprintf(f->principal, sizeof(f->principal), "%s", r->user);
	f->principal_uid = r->uid;
	(void)snprintf(f->session_user, sizeof(f->session_user), "%s", r->user);
	(void)snprintf(inside ? f->session_source : r->source, SOURCE_SIZE, "%s", one_of(sources));
	(void)snprintf(f->session_service, sizeof(f->session_service), "sshd");
	if (inside) /* sudo decides in the account phase */
		r->phase = PHASE_ACCOUNT;
}

/* Nobody without a factor: at this rating over the network, and at any for administration. */
static void
try_policies(bool rated, bool inside)
{
	struct buf b;
	int loaded = 0, allowed_with = 0;

	buf_init(&b, 1 << 16);
	for (int i = 0; i < POLICIES; i++) {
		struct policy *p;

		buf_reset(&b);
		put_policy(&b, rated);
		buf_put_u8(&b, 0);
		p = parse((const char *)b.data);
		loaded += p != NULL;
		for (int j = 0; p != NULL && j < CASES; j++) {
			struct request r;
			struct decision d;
			struct facts f;

			put_case(&r, &f, inside);
			if (policy_service_class(p, r.service) == SERVICE_CONSOLE)
				continue; /* said to be one: nobody comes over the network there */
			decide(p, &r, &f, &d);
			if (d.verdict == VERDICT_ALLOW)
				fail_msg("%s as %s from %s without a factor under\n%s", r.service,
				    r.user, r.source, (const char *)b.data);
			f.txn = true;
			f.txn_factor = FACTOR_TOTP;
			f.txn_factor_age_ms = 1000;
			decide(p, &r, &f, &d);
			allowed_with += d.verdict == VERDICT_ALLOW;
		}
		policy_free(p);
	}
	buf_clear(&b);
	/* or it would prove nothing */
	assert_true(loaded > POLICIES / 2);
	assert_true(allowed_with > POLICIES);
}

static void
test_rated_hosts(void **state)
{
	(void)state;
	try_policies(true, false);
}

static void
test_administration(void **state)
{
	(void)state;
	try_policies(true, true);
	try_policies(false, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_levels),
	    cmocka_unit_test(test_below),
	    cmocka_unit_test(test_above),
	    cmocka_unit_test(test_rated_hosts),
	    cmocka_unit_test(test_administration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
