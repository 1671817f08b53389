/*
 * A PAM module that stores passwords elsewhere than in /etc/shadow, as a directory's does: it takes
 * what the lines before it left (use_authtok) and writes it to /run/stored, a line each.
 */
#include <security/pam_modules.h>
#include <stdio.h>

__attribute__((visibility("default"))) int
pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const void *new = NULL;
	FILE *f;

	(void)argc;
	(void)argv;
	if ((flags & PAM_PRELIM_CHECK) != 0)
		return PAM_SUCCESS;
	if (pam_get_item(pamh, PAM_AUTHTOK, &new) != PAM_SUCCESS || new == NULL)
		return PAM_AUTHTOK_ERR;
	f = fopen("/run/stored", "ae");
	if (f == NULL)
		return PAM_AUTHTOK_ERR;
	fprintf(f, "%s\n", (const char *)new);
	return fclose(f) == 0 ? PAM_SUCCESS : PAM_AUTHTOK_ERR;
}
