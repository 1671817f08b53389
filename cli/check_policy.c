/* Does the policy parse, is it the one in force, and what does it weaken? */
#include "buf.h"
#include "check.h"
#include "error.h"
#include "i18n.h"
#include "policy_problems.h"
#include "show.h"
#include <string.h>

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
	else
		check_ok(c, "policy-active",
		    _("the policy in force is that of /etc/sekisho (%.12s)"), active);
	if (c->policy->observe)
		check_failed(c, "policy-active",
		    _("Nobody is refused while a policy observes."),
		    _("Take \"observe\" out of [host] and apply the policy."), "%s",
		    _("the policy only observes"));
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
	char observed[256] = "";
	size_t n = 0;

	for (size_t i = 0; i < c->policy->rule_count; i++)
		n += c->policy->rule[i].require_mfa;
	for (size_t i = 0; i < c->policy->service_count; i++) {
		size_t used = strlen(observed);

		if (c->policy->service[i].observe)
			snprintf(observed + used, sizeof(observed) - used, "%s%s",
			    used == 0 ? "" : ", ", c->policy->service[i].name);
	}
	if (observed[0] != '\0')
		check_failed(c, "second-factor-required",
		    _("A service that only observes lets everybody in on the first factor."),
		    _("Take \"observe\" out of those [service …] and apply the policy."),
		    _("services that only observe: %s"), observed);
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
