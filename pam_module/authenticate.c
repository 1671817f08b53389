/*
 * pam_sm_authenticate: which line of the stack is this? Also what all phases begin with.
 */
#include "ask.h"
#include "module.h"
#include "text.h"
#include <security/pam_ext.h>
#include <syslog.h>

bool
module_begin(pam_handle_t *pamh, enum facility facility, int argc, const char **argv,
    struct options *options)
{
	char why[256], clean[512];

	if (options_parse(options, facility, argc, argv, why, sizeof(why)) == 0)
		return true;
	text_clean(clean, sizeof(clean), why);
	pam_syslog(pamh, LOG_ERR,
	    "%s. Everything through this line is refused until it is corrected; see "
	    "pam_sekisho(8)",
	    clean);
	return false;
}

MODULE_ENTRY int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	static int (*const run[])(struct ask *) = {
	    [LINE_SUCCESS] = success_run,
	    [LINE_PREAUTH] = preauth_run,
	    [LINE_AUTHFAIL] = authfail_run,
	    [LINE_KEYPROOF] = keyproof_run,
	};
	struct options options;
	struct ask a;
	int rc;

	(void)flags; /* PAM_SILENT: see conversation.h */
	if (!module_begin(pamh, FACILITY_AUTH, argc, argv, &options))
		return PAM_SERVICE_ERR;
	rc = ask_begin(&a, pamh, &options);
	if (rc == PAM_SUCCESS) {
		a.txn->here = true;
		a.request.flags |= PAM_FLAG_INTERACTIVE; /* until a prompt proves otherwise */
		rc = run[options.line](&a);
	}
	ask_end(&a);
	return rc;
}
