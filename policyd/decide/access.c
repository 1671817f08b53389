/*
 * May this account use this service now? Strongest first: suspension, what the account's class
 * forbids, refusals, requirements. A refusal wins; the order of rules does not matter.
 */
#include "decide/elevation.h"
#include "decide/internal.h"
#include <string.h>

struct refusal {
	enum reason reason;
	enum text text;
	const char *rule;
};

static enum reason
role_unusable_now(const struct policy *policy, const struct role *role, const struct request *r,
    const struct facts *f)
{
	struct rule_case c = need_case(policy, r, f);

	return role_unusable(role, c.source, f->weekday, f->minute_of_day);
}

/* Of these roles, those that can be used here and now. */
static void
usable_roles(const struct policy *policy, const struct request *r, const struct facts *f,
    const char *names, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; names[0] != '\0' && i < policy->role_count; i++) {
		const struct role *role = &policy->role[i];
		size_t len = strlen(role->name);

		if (size - used < len + 2 || !policy_names(names, role->name) ||
		    role_unusable_now(policy, role, r, f) != REASON_NONE)
			continue;
		if (used > 0)
			out[used++] = ',';
		memcpy(out + used, role->name, len + 1);
		used += len;
	}
}

/* Has who acts a role that may run everything as this account? Which command su runs nobody
 * knows. */
static bool
is_reached_by_role(const struct policy *policy, const char *account, const struct request *r,
    const struct facts *f)
{
	char usable[sizeof(f->acting)];

	usable_roles(policy, r, f, f->acting, usable, sizeof(usable));
	for (size_t i = 0; usable[0] != '\0' && i < policy->role_count; i++) {
		const struct role *role = &policy->role[i];

		if (strcmp(role->run_as, account) == 0 && role->commands.count > 0 &&
		    strcmp(role->commands.item[0], "ALL") == 0 && !role_wants_plugin(role) &&
		    policy_names(usable, role->name))
			return true;
	}
	return false;
}

/* A shared account is used out of a person's own login, which this daemon saw begin, and by one
 * person at a time where the policy says so. */
static struct refusal
refused_shared(const struct policy *policy, const struct account *account,
    const struct request *r, const struct facts *f)
{
	enum account_class class = policy_account_class(policy, f->session_user, f->session_uid);

	if (!f->session || (class != CLASS_PERSON && class != CLASS_ADMIN))
		return (struct refusal){REASON_NOT_IDENTIFIED, TEXT_SHARED_UNOBSERVED, NULL};
	if (account != NULL && account->exclusive && f->held_by[0] != '\0' &&
	    strcmp(policy_person(policy, f->held_by), policy_person(policy, r->actor)) != 0)
		return (struct refusal){REASON_HELD, TEXT_HELD, NULL};
	if (account != NULL && account->by_role && !is_reached_by_role(policy, r->user, r, f))
		return (struct refusal){REASON_NO_GRANT, TEXT_SHARED_BY_ROLE, NULL};
	return (struct refusal){0};
}

static struct refusal
refused_by_class(const struct policy *policy, const struct request *r, const struct facts *f)
{
	enum account_class class = policy_account_class(policy, r->user, r->uid);
	enum service_class service = need_service_class(policy, r);
	const struct account *account = policy_account(policy, r->user);
	bool direct = service == SERVICE_REMOTE || service == SERVICE_CONSOLE;

	if (need_is_root_caller(policy, r))
		return (struct refusal){0};
	if (class == CLASS_ADMIN && policy_service_is_everyday(policy, r->service))
		return (struct refusal){REASON_EVERYDAY_SERVICE, TEXT_EVERYDAY_SERVICE, NULL};
	/* Root at the console is the last way in when all else fails; it stays open. */
	if (class == CLASS_SHARED && direct && !(r->uid == 0 && service == SERVICE_CONSOLE))
		return (struct refusal){REASON_SHARED_DIRECT, TEXT_SHARED_DIRECT, NULL};
	if (class == CLASS_SERVICE && service != SERVICE_SCHEDULED &&
	    service != SERVICE_NON_INTERACTIVE) {
		/* A key login reaches the account phase without authenticate. */
		if (service != SERVICE_REMOTE || f->txn_first_factor || f->txn_charged)
			return (struct refusal){
			    REASON_SERVICE_INTERACTIVE, TEXT_SERVICE_INTERACTIVE, NULL};
		if (account != NULL && !sources_match(&account->from, r->source))
			return (struct refusal){
			    REASON_REFUSED_BY_RULE, TEXT_REFUSED_BY_RULE, account->name};
	}
	if (service == SERVICE_ELEVATION && (class == CLASS_PERSON || class == CLASS_ADMIN) &&
	    strcmp(policy_person(policy, r->user), policy_person(policy, r->actor)) != 0)
		return (struct refusal){REASON_OTHER_PERSON, TEXT_OTHER_PERSON, NULL};
	if (service == SERVICE_ELEVATION && class == CLASS_SHARED && r->uid != 0)
		return refused_shared(policy, account, r, f);
	return (struct refusal){0};
}

static struct refusal
refused_by_device(const struct policy *policy, const struct request *r, const struct facts *f,
    const struct matched *m)
{
	const struct machine *machine = decide_machine(policy, r, f);
	const struct rule *rule;

	/* Which key it was sshd says when the session opens. */
	if (r->phase == PHASE_ACCOUNT && m->c.service_class == SERVICE_REMOTE && r->key[0] == '\0' &&
	    !f->txn_first_factor && !f->txn_charged)
		return (struct refusal){0};
	for (size_t at = 0; (rule = policy_rules_next(policy, &m->rules, &at)) != NULL;)
		if (!policy_machine_fulfils(machine, rule->device) &&
		    exception_lowers(policy, f, &m->c, "device", rule->name) == 0)
			return (struct refusal){
			    REASON_DEVICE_REQUIRED, TEXT_DEVICE_REQUIRED, rule->name};
	return (struct refusal){0};
}

static struct refusal
refused_by_rule(const struct policy *policy, const struct matched *m)
{
	const struct rule *rule;

	for (size_t at = 0; (rule = policy_rules_next(policy, &m->rules, &at)) != NULL;)
		if (rule->refuse)
			return (struct refusal){
			    REASON_REFUSED_BY_RULE, TEXT_REFUSED_BY_RULE, rule->name};
	return (struct refusal){0};
}

/* sudo's own question: for which command nobody says. Its plugin does, and decides then; without
 * it, whoever has a role that cannot be used like this uses sudo for nothing. */
static struct refusal
refused_by_role(const struct policy *policy, const struct request *r, const struct facts *f)
{
	bool plugin = (r->flags & PAM_FLAG_SUDO_PLUGIN) != 0;

	if (plugin || f->acting[0] == '\0' || strncmp(r->service, "sudo", 4) != 0)
		return (struct refusal){0};
	for (size_t i = 0; i < policy->role_count; i++) {
		const struct role *role = &policy->role[i];
		enum reason why = REASON_NONE;

		if (role->commands.count == 0 || !policy_names(f->acting, role->name))
			continue;
		if (role_wants_plugin(role))
			return (struct refusal){
			    REASON_PLUGIN_MISSING, TEXT_PLUGIN_MISSING, role->name};
		if ((why = role_unusable_now(policy, role, r, f)) != REASON_NONE)
			return (struct refusal){why, TEXT_ROLE_ELSEWHERE, role->name};
	}
	return (struct refusal){0};
}

/* Work from outside takes a permit, of people; a service account is decided by its key. */
static struct refusal
refused_without_permit(
    const struct policy *policy, const struct request *r, const struct facts *f)
{
	enum account_class class = policy_account_class(policy, r->user, r->uid);
	const struct role *permit = NULL;
	char usable[sizeof(f->acting)];

	if (need_service_class(policy, r) == SERVICE_REMOTE &&
	    (class == CLASS_PERSON || class == CLASS_ADMIN)) {
		usable_roles(policy, r, f, f->acting, usable, sizeof(usable));
		permit = policy_permit_missing(policy, r->source, usable);
	}
	if (permit == NULL)
		return (struct refusal){0};
	return (struct refusal){REASON_PERMIT_MISSING, TEXT_PERMIT_MISSING, permit->name};
}

static struct refusal
refused(const struct policy *policy, const struct request *r, const struct facts *f,
    const struct matched *m)
{
	struct refusal no = {0};

	if (!r->known)
		return (struct refusal){REASON_UNKNOWN_USER, TEXT_NONE, NULL};
	if (f->suspended && !need_is_root_caller(policy, r))
		return (struct refusal){REASON_SUSPENDED, TEXT_SUSPENDED, NULL};
	if (!need_is_root_caller(policy, r)) {
		if (first_use_account_is_over(r, f))
			return (struct refusal){REASON_ACCOUNT_ENDED, TEXT_ACCOUNT_ENDED, NULL};
		no.text = first_use_refusal(policy, r, f, &no.reason);
		if (no.text != TEXT_NONE)
			return no;
	}
	no = refused_by_class(policy, r, f);
	if (no.reason == REASON_NONE)
		no = refused_by_rule(policy, m);
	if (no.reason == REASON_NONE && !need_is_root_caller(policy, r))
		no = refused_by_device(policy, r, f, m);
	if (no.reason == REASON_NONE && !need_is_root_caller(policy, r))
		no = refused_by_role(policy, r, f);
	if (no.reason == REASON_NONE)
		no = refused_without_permit(policy, r, f);
	if (no.reason == REASON_NONE && need_attribute(policy, r, f, m, &no.rule) != NULL)
		no = (struct refusal){REASON_ATTRIBUTE_MISSING, TEXT_REFUSED_BY_RULE, no.rule};
	return no;
}

/* Why the needed factor is not there, and the next step for the person. */
static void
deny_unmet(const struct policy *policy, const struct request *r, const struct facts *f,
    uint16_t action, struct decision *out)
{
	enum service_class service = need_service_class(policy, r);
	bool inside = service == SERVICE_ELEVATION || service == SERVICE_REAUTHENTICATION;

	if (service == SERVICE_REMOTE && !f->txn_first_factor && f->txn_factor == FACTOR_NONE)
		outcome_deny(out, action, REASON_KEY_ONLY, TEXT_KEY_ONLY);
	else if (f->devices == 0 && f->recovery_codes == 0 && f->bypasses == 0)
		outcome_deny(out, action, REASON_NO_DEVICE, TEXT_NO_DEVICE);
	else if (inside && f->session_factor != FACTOR_NONE)
		outcome_deny(out, action, REASON_MFA_STALE, TEXT_MFA_STALE);
	else
		outcome_deny(out, action, REASON_MFA_REQUIRED, TEXT_MFA_REQUIRED);
}

/* One ladder for the account and the session phase: a program that skips the one meets it in
 * the other. */
static bool
may_enter(const struct policy *policy, const struct request *r, const struct facts *f,
    const struct matched *m, uint16_t action, struct decision *out)
{
	struct refusal no = refused(policy, r, f, m);
	struct need n = need_of(policy, r, f, m);

	if (no.reason != REASON_NONE) {
		out->rule = no.rule;
		outcome_deny(out, action, no.reason, no.text);
		return false;
	}
	out->rule = n.rule;
	out->floor = n.floor;
	exception_used_need(out, &n);
	exception_used_rules(policy, f, m, out);
	/* A service account is decided by key and source: there is no person to ask. */
	if (n.required && policy_account_class(policy, r->user, r->uid) == CLASS_SERVICE) {
		n.required = false;
		exception_used_kind(policy, r, f, "service-account", out);
	}
	if (!need_is_met(policy, r, f, &n) && first_use_is_for(f, r) &&
	    r->phase == PHASE_ACCOUNT) {
		out->floor = false;
		return true; /* to the dialogue, and no further */
	}
	if (!need_is_met(policy, r, f, &n) && need_grace_until(policy, r, f) != 0) {
		out->floor = false;
		out->floor_suspended = n.floor;
		exception_used_kind(policy, r, f, "grace", out);
		return true;
	}
	if (!need_is_met(policy, r, f, &n)) {
		deny_unmet(policy, r, f, action, out);
		return false;
	}
	return true;
}

static enum reason
allowed_because(const struct policy *policy, const struct request *r, const struct facts *f,
    const struct matched *m)
{
	struct need n = need_of(policy, r, f, m);

	if (need_is_root_caller(policy, r))
		return REASON_ROOT_CALLER;
	if (!n.required || policy_account_class(policy, r->user, r->uid) == CLASS_SERVICE)
		return REASON_NOT_REQUIRED;
	if (first_use_is_for(f, r))
		return REASON_INVITED;
	if (!need_is_met(policy, r, f, &n))
		return REASON_GRACE; /* or nobody would be here */
	return f->txn && f->txn_factor != FACTOR_NONE ? REASON_OK : REASON_FACTOR_FRESH;
}

void
decide_account(const struct policy *policy, const struct request *r, const struct facts *f,
    struct decision *out)
{
	enum service_class service = need_service_class(policy, r);
	struct matched m;

	need_match(policy, r, f, &m);
	if (!may_enter(policy, r, f, &m, ACTION_ACCOUNT, out)) {
		/* su and sudo can ask now, even with a cached ticket; sshd and cron cannot. */
		if ((out->reason == REASON_MFA_STALE || out->reason == REASON_MFA_REQUIRED) &&
		    (r->flags & PAM_FLAG_INTERACTIVE) && service == SERVICE_ELEVATION &&
		    !f->txn_factor) {
			out->need = PAM_NEED_CODE;
			out->text = TEXT_PROMPT_CODE;
			out->event_count = 0; /* not decided yet: the code is on its way */
		}
		return;
	}
	if (f->txn && f->txn_charged)
		attempt_refund(policy, f, &out->changes);
	out->changes.txn_put = f->txn;
	out->changes.txn_charged = false;
	out->changes.txn_first_factor = f->txn_first_factor;
	out->changes.txn_factor = f->txn_factor;
	out->changes.txn_accounted = true;
	out->changes.source_learn =
	    r->by_root && r->source[0] != '\0' && service == SERVICE_REMOTE;
	outcome_allow(out, ACTION_ACCOUNT, allowed_because(policy, r, f, &m));
	if (out->reason == REASON_GRACE)
		out->text = TEXT_GRACE;
	first_use_account(policy, r, f, out);
}

static bool
is_held(const struct policy *policy, const struct request *r, const struct facts *f)
{
	const struct account *account = policy_account(policy, r->user);

	return r->uid != 0 && !need_is_root_caller(policy, r) &&
	       policy_account_class(policy, r->user, r->uid) == CLASS_SHARED &&
	       refused_shared(policy, account, r, f).reason == REASON_HELD;
}

/* What the session may have beyond its user, or loses. sudo makes a session of its own for each
 * command, out of what the policy of sudo gives: there nothing is changed. */
static void
session_powers(const struct policy *policy, const struct request *r, const struct facts *f,
    struct decision *out)
{
	char usable[sizeof(f->roles)];
	bool idle = false; /* has a role of this policy, and may not be able to use it */

	if (r->uid == 0 || strncmp(r->service, "sudo", 4) == 0 ||
	    policy_account_class(policy, r->user, r->uid) == CLASS_SERVICE)
		return;
	usable_roles(policy, r, f, f->roles, usable, sizeof(usable));
	for (size_t i = 0; f->roles[0] != '\0' && i < policy->role_count; i++) {
		out->inheritable |= policy_names(usable, policy->role[i].name)
					? policy->role[i].capabilities
					: 0;
		idle |= policy_names(f->roles, policy->role[i].name);
	}
	if (f->roles[0] == '\0' || (idle && usable[0] == '\0')) {
		out->drop = policy->session_drop;
		out->no_new_privs = policy->session_no_new_privs;
	}
}

void
decide_open(const struct policy *policy, const struct request *r, const struct facts *f,
    struct decision *out)
{
	bool inside = need_service_class(policy, r) == SERVICE_ELEVATION;
	struct matched m;

	need_match(policy, r, f, &m);
	/* sudo opens the session as the target and ignores a refusal: there, and in su, the
	 * account phase of the same process has decided; but who was first only shows here. */
	if (!inside && !may_enter(policy, r, f, &m, ACTION_SESSION_OPEN, out))
		return;
	if (inside && is_held(policy, r, f)) {
		outcome_deny(out, ACTION_SESSION_OPEN, REASON_HELD, TEXT_HELD);
		return;
	}
	out->changes.session_open = true;
	out->changes.session_inside = need_service_class(policy, r) == SERVICE_ELEVATION;
	out->changes.txn_delete = f->txn;
	outcome_allow(out, ACTION_SESSION_OPEN, allowed_because(policy, r, f, &m));
	if (f->elsewhere[0] != '\0')
		outcome_event(out, ACTION_TWO_DEVICES, OUTCOME_UNKNOWN, REASON_OK);
	session_powers(policy, r, f, out);
}

void
decide_close(const struct policy *policy, const struct request *r, const struct facts *f,
    struct decision *out)
{
	(void)policy;
	(void)r;
	(void)f;
	out->changes.session_close = true;
	outcome_allow(out, ACTION_SESSION_CLOSE, REASON_OK);
}
