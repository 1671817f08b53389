/* Is everybody trained in time, and the yearly plan kept? */
#include "check.h"
#include "i18n.h"
#include "show.h"
#include "status_verdict.h"

static void
check_trainings(struct check *c, const json_t *duties)
{
	int64_t late = show_number(duties, "training_overdue");

	if (late != 0)
		check_failed(c, "training-current",
		    _("Who does not know the rules breaks them without knowing."),
		    _("sekisho training status shows whose; sekisho attribute set keeps the evidence"),
		    _("trainings that were not attended in time: %lld"), (long long)late);
	else
		check_ok(c, "training-current",
		    _("no training of this fiscal year is overdue, %lld are due"),
		    (long long)show_number(duties, "training_due"));
}

void
check_duties(struct check *c)
{
	const json_t *duties = json_object_get(c->status, "duties");
	char names[256];

	if (duties == NULL) {
		check_unknown(c, "training-current",
		    _("Run \"sekisho check\" as root, with the daemon running."), "%s",
		    _("whether trainings were attended is not known"));
		check_unknown(c, "plan-kept",
		    _("Run \"sekisho check\" as root, with the daemon running."), "%s",
		    _("whether the yearly plan is kept is not known"));
		return;
	}
	check_trainings(c, duties);
	if (status_late_plan(c->status, names, sizeof(names))[0] != '\0')
		check_failed(c, "plan-kept",
		    _("Self-checks and audits that are put off find nothing."),
		    _("Do it, then: sekisho plan done NAME --text WHAT-CAME-OF-IT"),
		    _("not done in time, of the yearly plan: %s"), names);
	else if (c->in_force != NULL && c->in_force->plan_count == 0)
		check_left_out(c, "plan-kept",
		    _("Self-checks and audits that are put off find nothing."),
		    _("Write a section [plan NAME] for each into the policy."), "%s",
		    _("the policy has no yearly plan"));
	else
		check_ok(c, "plan-kept", "%s", _("nothing of the yearly plan is late"));
}
