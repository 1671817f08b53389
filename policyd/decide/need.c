/*
 * Is a second factor needed here, and is it there?
 *
 * Requirements add up: rules of the policy, and under them a floor that no rule switches off:
 * administration from a remote session needs a second factor, with SSH keys too.
 */
#include "decide/internal.h"
#include <string.h>

enum { FLOOR_FRESH_MS = 15 * 60 * 1000 };

enum service_class
need_service_class(const struct policy *policy, const struct request *r)
{
	enum service_class c = policy_service_class(policy, r->service);

	if (c == SERVICE_UNKNOWN && r->source[0] != '\0')
		return SERVICE_REMOTE;
	return c;
}

bool
need_is_root_caller(const struct policy *policy, const struct request *r)
{
	enum service_class c = need_service_class(policy, r);

	/* The scheduler is root for everybody's jobs; only root's own are meant. */
	return r->by_root && r->real_uid == 0 &&
	       (r->login_uid == NO_UID || r->login_uid == 0) && r->source[0] == '\0' &&
	       (c == SERVICE_ELEVATION || (c == SERVICE_SCHEDULED && r->uid == 0));
}

/*
 * Inside a login that began at a console of this host? What cron, a desktop over the network
 * or an earlier sudo opened has no address either, but nobody sits there.
 */
static bool
is_at_console(const struct policy *policy, const struct facts *f)
{
	return f->session && f->session_source[0] == '\0' &&
	       policy_service_class(policy, f->session_service) == SERVICE_CONSOLE;
}

struct rule_case
need_case(const struct policy *policy, const struct request *r, const struct facts *f)
{
	struct rule_case c = {
	    .account = r->user,
	    .groups = f->groups_known ? f->groups : NULL,
	    .class = policy_account_class(policy, r->user, r->uid),
	    .service = r->service,
	    .service_class = need_service_class(policy, r),
	    .source = r->source,
	    .weekday = f->weekday,
	    .minute_of_day = f->minute_of_day,
	    .host = f->host,
	};

	if (c.service_class == SERVICE_ELEVATION)
		c.roles = f->acting;
	/* su and sudo carry no address: they belong to the login they are run from. Where
	 * nobody saw that begin, it counts as remote and matches no network. */
	if (c.source[0] == '\0' && f->session)
		c.source = f->session_source;
	if (c.source[0] == '\0' && c.service_class == SERVICE_ELEVATION &&
	    !need_is_root_caller(policy, r) && !is_at_console(policy, f))
		c.source = "name:unobserved";
	return c;
}

void
need_match(const struct policy *policy, const struct request *r, const struct facts *f,
    struct matched *out)
{
	out->c = need_case(policy, r, f);
	policy_rules_match(policy, &out->c, &out->rules);
}

const struct machine *
decide_machine(const struct policy *policy, const struct request *r, const struct facts *f)
{
	enum service_class c = need_service_class(policy, r);

	if (policy->machine_count == 0)
		return NULL;
	if ((c == SERVICE_ELEVATION || c == SERVICE_REAUTHENTICATION) && r->source[0] == '\0')
		return f->session ? policy_machine(policy, f->session_key, f->session_source) : NULL;
	return policy_machine(policy, r->key, r->source);
}

/* Elevation anywhere but inside a login at a console. */
static bool
floor_applies(const struct policy *policy, const struct request *r, const struct facts *f,
    enum service_class c)
{
	if (need_is_root_caller(policy, r))
		return false;
	if (c == SERVICE_REMOTE)
		return r->uid == 0 || policy_rating_wants_factor(policy) ||
		       policy_account_class(policy, r->user, r->uid) == CLASS_ADMIN;
	if (c == SERVICE_ELEVATION)
		return r->source[0] != '\0' || !is_at_console(policy, f);
	return false;
}

static void
need_add(struct need *n, int64_t within_ms, const char *rule)
{
	if (!n->required ||
	    (within_ms != 0 && (n->within_ms == 0 || within_ms < n->within_ms))) {
		n->within_ms = within_ms;
		n->rule = rule;
	}
	n->required = true;
}

static void
need_lowered(struct need *n, uint64_t number)
{
	if (n->exception_count < DECISION_EXCEPTIONS)
		n->exception[n->exception_count++] = number;
}

/* What the rule asks for, but for what an exception from it lowers here. */
static void
need_add_rule(struct need *n, const struct policy *policy, const struct rule *rule,
    const struct facts *f, const struct rule_case *c)
{
	int64_t within_ms = rule->mfa_within_ms;
	uint64_t number = exception_lowers(policy, f, c, "require", rule->name);

	if (number != 0) {
		need_lowered(n, number);
		return;
	}
	if (within_ms != 0 && (number = exception_lowers(policy, f, c, "within", rule->name)) != 0) {
		need_lowered(n, number);
		within_ms = 0;
	}
	need_add(n, within_ms, rule->name);
}

/* A role can ask for a factor that is fresher than the rules do. */
static void
need_of_roles(const struct policy *policy, const struct facts *f, struct need *n)
{
	for (size_t i = 0; f->acting[0] != '\0' && i < policy->role_count; i++) {
		const struct role *role = &policy->role[i];

		if (role->mfa_within_ms != 0 && policy_names(f->acting, role->name))
			need_add(n, role->mfa_within_ms, role->name);
	}
}

const char *
need_attribute(const struct policy *policy, const struct request *r, const struct facts *f,
    const struct matched *m, const char **rule)
{
	const struct rule *one;
	const char *missing;

	if (m->c.service_class == SERVICE_SCHEDULED ||
	    m->c.service_class == SERVICE_NON_INTERACTIVE || need_is_root_caller(policy, r))
		return NULL;
	for (size_t at = 0; (one = policy_rules_next(policy, &m->rules, &at)) != NULL;) {
		if (one->require_attribute.count == 0 ||
		    exception_lowers(policy, f, &m->c, "attribute", one->name) != 0)
			continue;
		missing = policy_attribute_missing(policy, &one->require_attribute,
		    policy_person(policy, f->principal), f->attributes, need_date(f));
		if (missing != NULL) {
			*rule = one->name;
			return missing;
		}
	}
	return NULL;
}

struct need
need_of(const struct policy *policy, const struct request *r, const struct facts *f,
    const struct matched *m)
{
	enum service_class class = m->c.service_class;
	const struct rule *rule;
	struct need n = {0};

	/* Nobody is there to type a code; what runs there is decided by refusals alone. */
	if (class == SERVICE_SCHEDULED || class == SERVICE_NON_INTERACTIVE)
		return n;
	if (need_is_root_caller(policy, r))
		return n;
	for (size_t at = 0; (rule = policy_rules_next(policy, &m->rules, &at)) != NULL;) {
		if (rule->require_mfa)
			need_add_rule(&n, policy, rule, f, &m->c);
	}
	/* An invitation whose device is enrolled already: it is not enough any more. */
	if (f->invitation == INVITATION_OPEN && f->devices > 0 && class != SERVICE_ELEVATION)
		need_add(&n, 0, NULL);
	if (class == SERVICE_ELEVATION)
		need_of_roles(policy, f, &n);
	if (floor_applies(policy, r, f, class)) {
		n.floor = true;
		need_add(&n, class == SERVICE_ELEVATION ? FLOOR_FRESH_MS : 0, NULL);
	}
	return n;
}

int64_t
need_date(const struct facts *f)
{
	return f->date_ms > f->wall_ms ? f->date_ms : f->wall_ms;
}

int64_t
need_grace_until(const struct policy *policy, const struct request *r, const struct facts *f)
{
	if (f->devices != 0 || f->recovery_codes != 0 || !f->groups_known ||
	    f->principal_uid != r->uid || strcmp(f->principal, r->user) != 0)
		return 0;
	return policy_grace_until(policy, f->groups, need_date(f));
}

static bool
is_fresh(uint32_t factor, int64_t age_ms, int64_t within_ms)
{
	return factor != FACTOR_NONE && age_ms != AGE_NEVER && age_ms >= 0 &&
	       (within_ms == 0 || age_ms <= within_ms);
}

bool
need_is_met(const struct policy *policy, const struct request *r, const struct facts *f,
    const struct need *n)
{
	enum service_class c = need_service_class(policy, r);

	if (!n->required)
		return true;
	if (f->txn && is_fresh(f->txn_factor, f->txn_factor_age_ms, n->within_ms))
		return true;
	/* A new login proves itself; only what happens inside a login may lean on its factor.
	 */
	if (c != SERVICE_ELEVATION && c != SERVICE_REAUTHENTICATION)
		return false;
	return r->by_root && f->session && f->session_uid == f->principal_uid &&
	       strcmp(f->session_user, f->principal) == 0 &&
	       is_fresh(f->session_factor, f->session_factor_age_ms, n->within_ms);
}

void
principal_choose(
    const struct policy *policy, const struct request *r, char name[NAME_SIZE], uint32_t *uid)
{
	const char *who = r->user;
	enum account_class class = policy_account_class(policy, r->user, r->uid);

	*uid = r->uid;
	if (need_service_class(policy, r) == SERVICE_ELEVATION &&
	    (class == CLASS_SHARED || class == CLASS_SERVICE || r->uid == 0) &&
	    r->actor[0] != '\0') {
		who = r->actor; /* nobody owns root's or a shared account's phone */
		*uid = r->actor_uid;
	} else if (!r->known) {
		who = "";
		*uid = NO_UID;
	}
	(void)strncpy(name, who, NAME_SIZE - 1);
	name[NAME_SIZE - 1] = '\0';
}

void
explain(const struct policy *policy, const struct request *r, const struct facts *f,
    struct explained *out)
{
	struct matched m;
	struct need n;
	const char *rule;

	need_match(policy, r, f, &m);
	n = need_of(policy, r, f, &m);
	*out = (struct explained){.required = n.required,
	    .attribute = need_attribute(policy, r, f, &m, &rule),
	    .floor = n.floor,
	    .within_ms = n.within_ms,
	    .grace_until_ms = n.required ? need_grace_until(policy, r, f) : 0,
	    .observed = outcome_is_observed(policy, r, f),
	    .service_class = need_service_class(policy, r),
	    .match = m.c};
}
