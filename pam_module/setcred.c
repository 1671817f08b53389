/*
 * pam_sm_setcred: no credentials of ours. It asks nobody: sudo, cron and sshd call it several
 * times for each command, some of them as another user.
 */
#include "module.h"

MODULE_ENTRY int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct options options;

	(void)flags;
	return module_begin(pamh, FACILITY_AUTH, argc, argv, &options) ? PAM_SUCCESS
								       : PAM_SERVICE_ERR;
}
