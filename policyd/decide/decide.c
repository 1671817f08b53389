/* The door of the core: which question is asked. */
#include "decide/internal.h"

void
decide(const struct policy *policy, const struct request *r, const struct facts *f,
    struct decision *out)
{
	static void (*const by_phase[])(const struct policy *, const struct request *,
	    const struct facts *, struct decision *) = {
	    [PHASE_CHARGE] = decide_charge,
	    [PHASE_FAILED] = decide_failed,
	    [PHASE_NEED] = decide_need,
	    [PHASE_CODE] = decide_code,
	    [PHASE_ACCOUNT] = decide_account,
	    [PHASE_OPEN] = decide_open,
	    [PHASE_CLOSE] = decide_close,
	    [PHASE_PASSWORD_BEGIN] = decide_password_begin,
	    [PHASE_PASSWORD] = decide_password,
	    [PHASE_FIRST_USE] = decide_first_use,
	    [PHASE_ENROL] = decide_enrol,
	    [PHASE_ENROL_CODE] = decide_enrol_code,
	};

	*out = (struct decision){.noticed = r->notice[0] != '\0'};
	if (r->phase >= sizeof(by_phase) / sizeof(by_phase[0]) || by_phase[r->phase] == NULL) {
		out->reason = REASON_NOT_PERMITTED;
		return;
	}
	/* A process of the user may authenticate that user, nothing more. */
	if (!r->by_root && (r->phase > PHASE_CODE || r->uid != r->real_uid)) {
		out->reason = REASON_NOT_PERMITTED;
		return;
	}
	by_phase[r->phase](policy, r, f, out);
	outcome_observe(policy, r, f, out);
}
