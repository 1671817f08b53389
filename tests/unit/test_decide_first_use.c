/* First logins by invitation, passwords that are due, accounts that end: each condition alone. */
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
#include <string.h>

#define DAY_MS INT64_C(86400000)
#define NOW    (20000 * DAY_MS)

static struct policy *policy;

static int
setup(void **state)
{
	static const char text[] = "[password]\nmax_age = 90d\nmax_age_admin = 30d\n"
				   "warn_before = 7d\n"
				   "[account svc]\nclass = service\n"
				   "[account adm]\nclass = admin\n"
				   "[rule all]\nservice = sshd, login\nrequire = mfa\n";
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

static struct request
asks(uint32_t phase, const char *user, const char *service)
{
	struct request r = {.phase = phase,
	    .known = true,
	    .uid = 1001,
	    .by_root = true,
	    .login_uid = NO_UID,
	    .audit_session = NO_UID,
	    .flags = phase >= PHASE_PASSWORD_BEGIN ? PAM_FLAG_EXPIRED : PAM_FLAG_FIRST_FACTOR};

	(void)snprintf(r.user, sizeof(r.user), "%s", user);
	(void)snprintf(r.service, sizeof(r.service), "%s", service);
	(void)snprintf(r.source, sizeof(r.source), "192.0.2.1");
	(void)snprintf(r.purpose, sizeof(r.purpose), "%s", policy->purpose_version);
	return r;
}

/* Behind the first password of an open invitation. */
static struct facts
invited(void)
{
	struct facts f = {.wall_ms = NOW,
	    .date_ms = NOW,
	    .groups_known = true,
	    .txn = true,
	    .txn_charged = true,
	    .txn_first_factor = true,
	    .txn_factor_age_ms = AGE_NEVER,
	    .session_factor_age_ms = AGE_NEVER,
	    .principal = "hanako",
	    .principal_uid = 1001,
	    .invitation = INVITATION_OPEN};

	return f;
}

static struct decision
decided(uint32_t phase, const struct facts *f)
{
	struct request r = asks(phase, "hanako", "sshd");
	struct decision d;

	decide(policy, &r, f, &d);
	return d;
}

static void
refused(struct decision d, enum reason expected)
{
	assert_int_equal(d.verdict, VERDICT_DENY);
	assert_int_equal(d.reason, expected);
}

#define REFUSED(phase, change, expected)                                                       \
	do {                                                                                   \
		struct facts f = invited();                                                    \
		change;                                                                        \
		refused(decided(phase, &f), expected);                                         \
	} while (0)

static void
test_the_dialogue(void **state)
{
	struct facts f = invited();
	struct decision d;

	(void)state;
	d = decided(PHASE_NEED, &f);
	assert_int_equal(d.need, PAM_NEED_NONE);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	d = decided(PHASE_CODE, &f);
	assert_int_equal(d.reason, REASON_INVITED);
	d = decided(PHASE_ACCOUNT, &f);
	assert_int_equal(d.reason, REASON_INVITED);
	assert_int_equal(d.need, PAM_NEED_PASSWORD);
	d = decided(PHASE_FIRST_USE, &f);
	assert_int_equal(d.need, PAM_NEED_ENROL);
	d = decided(PHASE_ENROL, &f);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	f.code = CODE_MATCH;
	d = decided(PHASE_ENROL_CODE, &f);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	assert_int_equal(d.changes.txn_factor, FACTOR_TOTP);
	f.devices = 1;
	f.txn_factor = FACTOR_TOTP;
	f.txn_factor_age_ms = 0;
	d = decided(PHASE_PASSWORD, &f);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	assert_true(d.changes.invitation_spend);
	assert_int_equal(d.event_count, 2);
	assert_int_equal(d.events[1].action, ACTION_INVITATION_SPENT);
}

/* No session before the password is chosen, whatever the program makes of the account phase. */
static void
test_no_session_before(void **state)
{
	(void)state;
	REFUSED(PHASE_OPEN, (void)0, REASON_INVITED);
	REFUSED(PHASE_OPEN, f.invitation = INVITATION_SPENT, REASON_INVITATION_OVER);
	REFUSED(PHASE_ACCOUNT, f.txn_first_factor = f.txn_charged = false, REASON_INVITED);
	REFUSED(PHASE_ACCOUNT, f.invitation = INVITATION_EXPIRED, REASON_INVITATION_OVER);
	REFUSED(PHASE_ACCOUNT, f.invitation = INVITATION_VOID, REASON_INVITATION_OVER);
	REFUSED(PHASE_ACCOUNT, f.invitation = INVITATION_SPENT, REASON_INVITATION_OVER);
	REFUSED(PHASE_ACCOUNT, f.suspended = true, REASON_SUSPENDED);
}

/* With a device the first password alone is not enough any more. */
static void
test_begun_before(void **state)
{
	struct request r = asks(PHASE_NEED, "hanako", "gdm-password");
	struct facts x = invited();
	struct decision d;

	(void)state;
	x.devices = 1;
	d = decided(PHASE_NEED, &x);
	assert_int_equal(d.need, PAM_NEED_CODE);
	d = decided(PHASE_ACCOUNT, &x);
	assert_int_equal(d.verdict, VERDICT_DENY);
	/* also where no rule asks for a second factor */
	decide(policy, &r, &x, &d);
	assert_int_equal(d.need, PAM_NEED_CODE);
	REFUSED(PHASE_PASSWORD, f.devices = 1, REASON_INVITATION_OVER);
	REFUSED(PHASE_ENROL, f.devices = 1, REASON_INVITATION_OVER);
	REFUSED(PHASE_ENROL_CODE, f.devices = 1; f.code = CODE_MATCH, REASON_INVITATION_OVER);
}

static void
test_each_step_refused(void **state)
{
	struct request r = asks(PHASE_ENROL, "hanako", "sshd");
	struct facts x = invited();
	struct decision d;

	(void)state;
	REFUSED(PHASE_PASSWORD, (void)0, REASON_NO_DEVICE);
	REFUSED(PHASE_PASSWORD, f.invitation = INVITATION_SPENT, REASON_INVITATION_OVER);
	REFUSED(PHASE_PASSWORD, f.invitation = INVITATION_VOID, REASON_INVITATION_OVER);
	REFUSED(PHASE_PASSWORD_BEGIN, f.txn_first_factor = false, REASON_INVITED);
	REFUSED(PHASE_ENROL, f.invitation = INVITATION_NONE, REASON_NOT_PERMITTED);
	REFUSED(PHASE_ENROL, f.suspended = true, REASON_SUSPENDED);
	REFUSED(PHASE_ENROL_CODE, f.code = CODE_WRONG, REASON_WRONG_CODE);
	REFUSED(PHASE_ENROL_CODE, f.code = CODE_MATCH;
		f.invitation = INVITATION_NONE, REASON_NOT_PERMITTED);
	(void)snprintf(r.purpose, sizeof(r.purpose), "of yesterday");
	decide(policy, &r, &x, &d);
	assert_int_equal(d.reason, REASON_PURPOSE_NOT_ACCEPTED);
	/* typed differently the second time: the same process may go on, no other */
	x.invitation = INVITATION_SPENT;
	x.invitation_own = true;
	d = decided(PHASE_PASSWORD, &x);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	assert_false(d.changes.invitation_spend);
}

/* Root is not held up by an invitation that somebody has: it gives them another password. */
static void
test_root_sets(void **state)
{
	struct request r = asks(PHASE_PASSWORD, "hanako", "chpasswd");
	struct facts f = invited();
	struct decision d;

	(void)state;
	r.flags = 0;
	decide(policy, &r, &f, &d);
	assert_int_equal(d.verdict, VERDICT_ALLOW);
	assert_false(d.changes.invitation_spend);
}

/* ---- what is due ------------------------------------------------------------------------- */

static struct decision
account(const char *user, const char *service, const struct facts *f)
{
	struct request r = asks(PHASE_ACCOUNT, user, service);
	struct decision d;

	decide(policy, &r, f, &d);
	return d;
}

static struct facts
aged(int64_t days)
{
	struct facts f = invited();

	f.invitation = INVITATION_NONE;
	f.devices = 1;
	f.txn_factor = FACTOR_TOTP;
	f.txn_factor_age_ms = 0;
	f.password_at_ms = NOW - days * DAY_MS;
	return f;
}

static void
test_age(void **state)
{
	struct facts f = aged(89);

	(void)state;
	assert_int_equal(account("hanako", "sshd", &f).text, TEXT_PASSWORD_SOON);
	f = aged(82);
	assert_int_equal(account("hanako", "sshd", &f).text, TEXT_NONE);
	f = aged(90);
	assert_int_equal(account("hanako", "sshd", &f).need, PAM_NEED_PASSWORD);
	assert_int_equal(account("hanako", "login", &f).need, PAM_NEED_PASSWORD);
	assert_int_equal(account("hanako", "cron", &f).need, PAM_NEED_NONE);
	assert_int_equal(account("svc", "sshd", &f).need, PAM_NEED_NONE);
	f = aged(30);
	assert_int_equal(account("hanako", "sshd", &f).need, PAM_NEED_NONE);
	assert_int_equal(account("adm", "sshd", &f).need, PAM_NEED_PASSWORD);
	f.password_at_ms = 0; /* nobody knows */
	assert_int_equal(account("adm", "sshd", &f).need, PAM_NEED_NONE);
	f = aged(1);
	f.password_must = true;
	assert_int_equal(account("hanako", "sshd", &f).need, PAM_NEED_PASSWORD);
	assert_int_equal(account("hanako", "cron", &f).need, PAM_NEED_NONE);
}

/* Where the host's own limit comes first, its own line warns. */
static void
test_host_is_earlier(void **state)
{
	struct facts f = aged(88);

	(void)state;
	f.shadow_max_days = 90;
	assert_int_equal(account("hanako", "sshd", &f).text, TEXT_NONE);
	f.shadow_max_days = 91;
	assert_int_equal(account("hanako", "sshd", &f).text, TEXT_PASSWORD_SOON);
}

static void
test_end(void **state)
{
	struct facts f = aged(1);
	struct decision d;

	(void)state;
	f.account_until_ms = NOW + 1;
	assert_int_equal(account("hanako", "sshd", &f).verdict, VERDICT_ALLOW);
	f.account_until_ms = NOW;
	d = account("hanako", "sshd", &f);
	assert_int_equal(d.reason, REASON_ACCOUNT_ENDED);
	assert_int_equal(d.text, TEXT_ACCOUNT_ENDED);
	assert_int_equal(account("hanako", "cron", &f).verdict, VERDICT_DENY);
	/* a clock that was put back does not bring it back */
	f.wall_ms = NOW - 10 * DAY_MS;
	assert_int_equal(account("hanako", "sshd", &f).reason, REASON_ACCOUNT_ENDED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_dialogue),
	    cmocka_unit_test(test_no_session_before),
	    cmocka_unit_test(test_begun_before),
	    cmocka_unit_test(test_each_step_refused),
	    cmocka_unit_test(test_root_sets),
	    cmocka_unit_test(test_age),
	    cmocka_unit_test(test_host_is_earlier),
	    cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
