/* Logins that must not be let in, with everything else about them in order. */
#include "trial/trial.h"

#include <stdio.h>
#include <string.h>

#define ADDRESS "192.0.2.77" /* of documentation: nobody comes from there */

static const char *const logins[] = {"sshd", "login"};

/* Password and code were right, just now. */
static void
case_of(const struct trial *t, const char *user, uint32_t uid, const char *service,
    struct request *r, struct facts *f)
{
	*r = (struct request){.phase = PHASE_ACCOUNT,
	    .known = true,
	    .uid = uid,
	    .by_root = true,
	    .real_uid = uid,
	    .login_uid = uid,
	    .audit_session = NO_UID,
	    .actor_uid = uid};
	(void)snprintf(r->user, sizeof(r->user), "%s", user);
	(void)snprintf(r->actor, sizeof(r->actor), "%s", user);
	(void)snprintf(r->service, sizeof(r->service), "%s", service);
	if (strcmp(service, "sshd") == 0)
		(void)snprintf(r->source, sizeof(r->source), "%s", ADDRESS);
	memset(f, 0, sizeof(*f));
	f->wall_ms = f->date_ms = t->now_ms;
	f->groups_known = f->txn = f->txn_first_factor = true;
	f->txn_factor = FACTOR_TOTP;
	f->devices = 1;
	f->lane_age_ms = f->lane_window_age_ms = f->source_age_ms = AGE_NEVER;
	(void)snprintf(f->principal, sizeof(f->principal), "%s", user);
	f->principal_uid = uid;
}

/* su or sudo inside a login over the network, of TRIAL_PERSON. */
static void
case_inside(const struct trial *t, const char *user, uint32_t uid, const char *service,
    struct request *r, struct facts *f)
{
	case_of(t, user, uid, service, r, f);
	(void)snprintf(r->actor, sizeof(r->actor), "%s", TRIAL_PERSON);
	r->actor_uid = r->real_uid = r->login_uid = TRIAL_UID;
	f->session = true;
	f->session_uid = TRIAL_UID;
	(void)snprintf(f->session_user, sizeof(f->session_user), "%s", TRIAL_PERSON);
	(void)snprintf(f->session_source, sizeof(f->session_source), "%s", ADDRESS);
	(void)snprintf(f->session_service, sizeof(f->session_service), "sshd");
}

static bool
is_let_in(const struct policy *p, const struct request *r, const struct facts *f)
{
	struct decision d;

	decide(p, r, f, &d);
	return d.verdict == VERDICT_ALLOW;
}

static void
suspended_case(const struct policy *p, struct trial *t, const char *user, uint32_t uid)
{
	static struct request r;
	static struct facts f;

	for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
		case_of(t, user, uid, logins[i], &r, &f);
		f.suspended = true;
		trial_note(t, !is_let_in(p, &r, &f), logins[i], user);
	}
}

void
trial_suspended(const struct policy *p, struct trial *t)
{
	suspended_case(p, t, TRIAL_PERSON, TRIAL_UID);
	for (size_t i = 0; i < p->account_count; i++)
		if (strcmp(p->account[i].name, "root") != 0)
			suspended_case(p, t, p->account[i].name, TRIAL_UID);
}

/* Root at the console stays the last way in. */
void
trial_shared_direct(const struct policy *p, struct trial *t)
{
	static struct request r;
	static struct facts f;

	case_of(t, "root", 0, "sshd", &r, &f);
	trial_note(t, !is_let_in(p, &r, &f), "sshd", "root");
	for (size_t i = 0; i < p->account_count; i++) {
		const struct account *a = &p->account[i];

		if (a->class != CLASS_SHARED || strcmp(a->name, "root") == 0)
			continue;
		for (size_t k = 0; k < sizeof(logins) / sizeof(logins[0]); k++) {
			case_of(t, a->name, TRIAL_UID, logins[k], &r, &f);
			trial_note(t, !is_let_in(p, &r, &f), logins[k], a->name);
		}
	}
}

void
trial_other_person(const struct policy *p, struct trial *t)
{
	static struct request r;
	static struct facts f;

	case_inside(t, TRIAL_PERSON "-2", TRIAL_UID - 1, "su", &r, &f);
	trial_note(t, !is_let_in(p, &r, &f), "su", "");
	for (size_t i = 0; i < p->account_count; i++) {
		const struct account *a = &p->account[i];

		if (a->class != CLASS_PERSON && a->class != CLASS_ADMIN)
			continue;
		case_inside(t, a->name, TRIAL_UID - 1, "su", &r, &f);
		trial_note(t, !is_let_in(p, &r, &f), "su", a->name);
	}
}

/* The shipped services of everyday work, and those that the policy names. */
void
trial_everyday(const struct policy *p, struct trial *t)
{
	static const char *const shipped[] = {"gdm-password", "samba", "dovecot", "cups"};
	static struct request r;
	static struct facts f;

	for (size_t i = 0; i < p->account_count; i++) {
		const struct account *a = &p->account[i];

		for (size_t k = 0; a->class == CLASS_ADMIN && k < 4 + p->service_count; k++) {
			const char *service = k < 4 ? shipped[k] : p->service[k - 4].name;

			if (k >= 4 && !policy_service_is_everyday(p, service))
				continue;
			case_of(t, a->name, TRIAL_UID, service, &r, &f);
			trial_note(t, !is_let_in(p, &r, &f), service, a->name);
		}
	}
}

/* The password alone, and a key alone; then su to root in a login over the network. */
void
trial_remote_admin(const struct policy *p, struct trial *t)
{
	static struct request r;
	static struct facts f;

	for (size_t i = 0; i < p->account_count; i++) {
		const struct account *a = &p->account[i];

		for (int key = 0; a->class == CLASS_ADMIN && key < 2; key++) {
			case_of(t, a->name, TRIAL_UID, "sshd", &r, &f);
			f.txn = f.txn_first_factor = key == 0;
			f.txn_factor = FACTOR_NONE;
			trial_note(t, !is_let_in(p, &r, &f), "sshd", a->name);
		}
	}
	case_inside(t, "root", 0, "su", &r, &f);
	f.txn_factor = FACTOR_NONE;
	trial_note(t, !is_let_in(p, &r, &f), "su", "root");
}

/* A stranger who has failed a thousand times just now tries once more. */
void
trial_guessing(const struct policy *p, struct trial *t)
{
	static struct request r;
	static struct facts f;
	struct decision d;

	case_of(t, TRIAL_PERSON, TRIAL_UID, "sshd", &r, &f);
	r.phase = PHASE_CHARGE;
	f.lane = (uint32_t)lane_choose(p, &r, false, 0, f.lane_key);
	f.txn = f.txn_first_factor = false;
	f.txn_factor = FACTOR_NONE;
	f.lane_count = 1000;
	f.lane_age_ms = f.lane_window_age_ms = 0;
	decide(p, &r, &f, &d);
	trial_note(t, d.verdict == VERDICT_DENY, "sshd", "");
}

void
trial_without_permit(const struct policy *p, struct trial *t)
{
	static const char *const places[] = {
	    ADDRESS, "198.51.100.77", "203.0.113.77", "2001:db8:77::"};
	static struct request r;
	static struct facts f;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const struct role *permit = policy_permit_missing(p, places[i], "");

		if (permit == NULL)
			continue;
		case_of(t, TRIAL_PERSON, TRIAL_UID, "sshd", &r, &f);
		(void)snprintf(r.source, sizeof(r.source), "%s", places[i]);
		trial_note(t, !is_let_in(p, &r, &f), places[i], "");
	}
}
