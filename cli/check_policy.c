/* Does the policy parse, is it the one in force, and what does it weaken? */
#include "buf.h"
#include "clock.h"
#include "check.h"
#include "error.h"
#include "i18n.h"
#include "policy_problems.h"
#include "show.h"
#include <string.h>

enum { POLICY_NAME_SHOWN = 300 };

/* Is a contingency policy in force beside it? */
static bool
check_policy_is_relaxed(struct check *c)
{
	const json_t *one, *list = json_object_get(c->status, "contingency");
	char when[SHOW_TIME_SIZE];
	size_t i;

	json_array_foreach(list, i, one) check_failed(c, "policy-active",
	    _("What it names is not asked for meanwhile."),
	    _("It ends by itself; earlier: sekisho contingency end NAME."),
	    _("The contingency policy \"%s\" is in force until %s."), show_text(one, "name"),
	    show_time_of(one, "until", when));
	return json_array_size(list) > 0;
}

static void
check_policy_is_active(struct check *c)
{
	const char *active = show_text(c->status, "policy");

	if (c->status == NULL)
		check_unknown(c, "policy-active", _("Start the daemon, then check again."),
		    _("the policy parses; whether it is in force, only the daemon knows"));
	else if (strcmp(active, c->policy->digest) != 0)
		check_failed(c, "policy-active",
		    _("What the files say does not hold until it is applied."),
		    _("Look at \"sekisho policy check\", then: sekisho policy apply"),
		    _("the files of /etc/sekisho (%.12s) are not the policy in force (%.12s)"),
		    c->policy->digest, active);
	else if (!check_policy_is_relaxed(c))
		check_ok(c, "policy-active",
		    _("the policy in force is that of /etc/sekisho (%.12s)"), active);
}

static void
check_policy_lockout(struct check *c)
{
	if (c->policy->deny == 0)
		check_failed(c, "lockout-active",
		    _("Passwords and codes can be guessed without limit."),
		    _("Set deny in [lockout]; 5 is what is shipped."), "%s",
		    _("deny = 0: nothing is locked"));
	else
		check_ok(c, "lockout-active", _("%u failures lock for %lld min"),
		    (unsigned int)c->policy->deny,
		    (long long)(c->policy->unlock_time_ms / 60000));
}

static void
check_policy_mfa(struct check *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->policy->rule_count; i++)
		n += c->policy->rule[i].require_mfa;
	if (n == 0)
		check_failed(c, "second-factor-required",
		    _("Beyond the floor for remote administration nothing asks for a second "
		      "factor."),
		    _("Write a [rule …] with require = mfa."), "%s",
		    _("no rule requires a second factor"));
	else
		check_ok(
		    c, "second-factor-required", _("%zu rules require a second factor"), n);
}

/*
 * Observing and grace suspend the floor as well: each finding is "AUTH-6 not in force" for its
 * scope, until its end. What has ended is no finding.
 */
static void
check_until(struct check *c, const struct until *u, const char *scope, const char *what)
{
	int64_t now_ms = clock_now().wall_ms;
	char day[SHOW_TIME_SIZE];

	if (c->status != NULL && show_number(c->status, "date") > now_ms)
		now_ms = show_number(c->status, "date");
	if (!until_holds(u, now_ms))
		return;
	if (u->end_wall_ms == 0)
		check_failed(c, "mfa-remote-admin",
		    _("Without an end date it is forgotten, and nobody is ever refused."),
		    _("Write \"until YYYY-MM-DD\" instead of \"yes\", or take it out, and apply "
		      "the policy."),
		    _("%s: %s, without an end date; AUTH-6 is not in force there"), scope,
		    what);
	else if (u->end_wall_ms - now_ms <= SHOW_SOON_MS)
		check_failed(c, "mfa-remote-admin",
		    _("It ends in a few days: who has no second factor by then is refused."),
		    _("See whom that concerns: sekisho status --observe. Have them enrol, or "
		      "set another date and apply the policy."),
		    _("%s: %s, only until the end of %s (UTC); AUTH-6 is not in force there"),
		    scope, what, show_last_day(u->end_wall_ms, day));
	else
		check_failed(c, "mfa-remote-admin",
		    _("For this time the first factor alone is enough there."),
		    _("It ends by itself. Until then \"sekisho status --observe\" shows whom "
		      "it concerns."),
		    _("%s: %s, until the end of %s (UTC); AUTH-6 is not in force there"), scope,
		    what, show_last_day(u->end_wall_ms, day));
}

static void
check_policy_for_a_time(struct check *c)
{
	const struct policy *p = c->policy;
	char scope[POLICY_NAME_SHOWN];

	check_until(c, &p->observe, "[host]", _("it only observes"));
	for (size_t i = 0; i < p->service_count; i++) {
		snprintf(scope, sizeof(scope), "[service %s]", p->service[i].name);
		check_until(c, &p->service[i].observe, scope, _("it only observes"));
	}
	for (size_t i = 0; i < p->group_count; i++) {
		snprintf(scope, sizeof(scope), "[group %s]", p->group[i].name);
		check_until(c, &p->group[i].observe, scope, _("it only observes"));
		check_until(c, &p->group[i].grace, scope, _("enrolment grace"));
	}
	if (check_is_sound(c, "mfa-remote-admin"))
		check_ok(c, "mfa-remote-admin", "%s",
		    _("remote administration needs a second factor (AUTH-6)"));
}

void
check_policy_files(struct check *c)
{
	struct policy_problems problems = {0};
	struct buf bundle;
	int r;

	buf_init(&bundle, POLICY_BUNDLE_MAX);
	r = policy_bundle_read(POLICY_FILE, POLICY_DROPIN, true, &bundle, &problems);
	if (r == SKS_OK)
		r = policy_parse(bundle.data, bundle.len, &c->policy, &problems);
	buf_clear(&bundle);
	if (r == SKS_OK) {
		check_policy_is_active(c);
		check_policy_lockout(c);
		check_policy_mfa(c);
		check_policy_for_a_time(c);
		return;
	}
	problems_locate(&problems, NULL, 0);
	check_failed(c, "policy-active",
	    _("A policy that does not parse cannot be applied, not even after a new start."),
	    _("\"sekisho policy check\" names every problem with its line."), "%s%s%s",
	    problems.count == 0 ? POLICY_FILE : problems.item[0].file, ": ",
	    problems.count == 0 ? _(error_text(r)) : problems.item[0].text);
	check_unknown(c, "lockout-active", _("Repair the policy first."), "%s",
	    _("the policy cannot be read"));
	check_unknown(c, "second-factor-required", _("Repair the policy first."), "%s",
	    _("the policy cannot be read"));
}
