#include "trial/trial.h"

#include <stdio.h>
#include <string.h>

const struct trial_question trial_questions[] = {
    {"suspended", trial_suspended},
    {"shared-direct", trial_shared_direct},
    {"other-person", trial_other_person},
    {"everyday", trial_everyday},
    {"remote-admin", trial_remote_admin},
    {"guessing", trial_guessing},
    {"without-permit", trial_without_permit},
    {"bare-role", trial_bare_role},
    {"full-role", trial_full_role},
    {"unfit-superior", trial_unfit_superior},
    {"own-request", trial_own_request},
    {"contingency", trial_contingency},
    {"untrained", trial_untrained},
    {"enrolment", trial_enrolment},
    {"unverified", trial_unverified},
    {"report", trial_report},
    {"exception", trial_exception},
    {"export", trial_export},
    {"policy-alone", trial_policy_alone},
    {"below-floor", trial_below_floor},
    {"malformed", trial_malformed},
};
const size_t trial_question_count = sizeof(trial_questions) / sizeof(trial_questions[0]);

void
trial_note(struct trial *t, bool well, const char *what, const char *who)
{
	size_t used = strlen(t->passed);

	t->tried++;
	if (well)
		return;
	/* what does not fit is one of many: that there are some is said already */
	if (used + strlen(what) + strlen(who) + 4 < sizeof(t->passed))
		(void)snprintf(t->passed + used, sizeof(t->passed) - used, "%s%s%s%s",
		    used == 0 ? "" : ", ", what, who[0] == '\0' ? "" : " ", who);
}
