/*
 * A PAM module that answers what it is told: the program that called libpam hands in a struct
 * told as the data of its conversation. The argument id=N says which line asks.
 */
#include "told.h"
#include <security/pam_modules.h>
#include <stdlib.h>
#include <string.h>

static int
told(pam_handle_t *pamh, enum told_call call, int argc, const char **argv)
{
	const void *item = NULL;
	const struct pam_conv *conv;
	struct told *t;
	int id = 0;

	if (pam_get_item(pamh, PAM_CONV, &item) != PAM_SUCCESS || item == NULL)
		return PAM_SYSTEM_ERR;
	conv = item;
	t = conv->appdata_ptr;
	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "id=", 3) == 0)
			id = atoi(argv[i] + 3) % TOLD_IDS;
	}
	if (t->count < TOLD_ASKED)
		t->asked[t->count++] = id;
	return t->value[call][id];
}

#define TOLD(function, call)                                                                   \
	int function(pam_handle_t *pamh, int flags, int argc, const char **argv)               \
	{                                                                                      \
		(void)flags;                                                                   \
		return told(pamh, call, argc, argv);                                           \
	}

TOLD(pam_sm_authenticate, TOLD_AUTH)
TOLD(pam_sm_setcred, TOLD_SETCRED)
TOLD(pam_sm_acct_mgmt, TOLD_ACCOUNT)
TOLD(pam_sm_open_session, TOLD_OPEN)
TOLD(pam_sm_close_session, TOLD_CLOSE)
TOLD(pam_sm_chauthtok, TOLD_PASSWORD)
