#include "powers.h"

#include <errno.h>
#include <linux/capability.h>
#include <security/pam_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

enum { CAPABILITIES = 64, HALF = 32 };

static const char NAME[] = "pam_sekisho_powers";

struct powers {
	uint64_t mask;
	uint32_t uid; /* whose session it is */
};

struct sets {
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct half[2];
};

/* libcap would be one more library in sshd and sudo, for two calls. */
static bool
sets_read(struct sets *s)
{
	*s = (struct sets){.header = {.version = _LINUX_CAPABILITY_VERSION_3}};
	return syscall(SYS_capget, &s->header, s->half) == 0;
}

static bool
sets_write(struct sets *s)
{
	s->header = (struct __user_cap_header_struct){.version = _LINUX_CAPABILITY_VERSION_3};
	return syscall(SYS_capset, &s->header, s->half) == 0;
}

static bool
is_given(uint64_t mask, int capability)
{
	return (mask >> capability & 1) != 0;
}

/* ---- taking away ------------------------------------------------------------------------- */

static bool
drop(struct ask *a, uint64_t mask)
{
	for (int i = 0; i < CAPABILITIES; i++) {
		/* one that this kernel does not know cannot be had */
		if (!is_given(mask, i) || prctl(PR_CAPBSET_READ, i, 0, 0, 0) != 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) != 0) {
			pam_syslog(a->pamh, LOG_ERR,
			    "capability %d could not be dropped (%s): no session", i,
			    strerror(errno));
			return false;
		}
	}
	return true;
}

/* ---- giving ------------------------------------------------------------------------------ */

static bool
raise_ambient(uint64_t mask)
{
	struct sets s;

	if (!sets_read(&s))
		return false;
	/* Of all that root had kept until here, this stays. */
	for (int i = 0; i < 2; i++) {
		s.half[i].inheritable |= (uint32_t)(mask >> i * HALF);
		s.half[i].permitted &= (uint32_t)(mask >> i * HALF);
		s.half[i].effective = s.half[i].permitted;
	}
	if (!sets_write(&s))
		return false;
	for (int i = 0; i < CAPABILITIES; i++)
		if (is_given(mask, i) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) != 0)
			return false;
	return true;
}

/* The handle's end. In the process that has become the user: what was kept for it is raised.
 * The other one, root's, only lets go. */
static void
powers_end(pam_handle_t *pamh, void *data, int status)
{
	struct powers *p = data;

	(void)status;
	if (p->uid != 0 && getuid() == p->uid && geteuid() == p->uid &&
	    !raise_ambient(p->mask)) {
		struct sets none = {0};

		(void)sets_write(&none);
		pam_syslog(pamh, LOG_WARNING, "capabilities of a role could not be raised: %s",
		    strerror(errno));
	}
	free(p);
}

static bool
lets_go_as_user(const struct ask *a)
{
	const char *service = a->request.service;

	return strcmp(service, "su") == 0 || strcmp(service, "su-l") == 0 ||
	       strcmp(service, "login") == 0;
}

static bool
keep_for_user(struct ask *a, uint64_t mask)
{
	struct powers *p = malloc(sizeof(*p));

	if (p == NULL)
		return false;
	*p = (struct powers){.mask = mask, .uid = a->request.uid};
	if (pam_set_data(a->pamh, NAME, p, powers_end) != PAM_SUCCESS) {
		free(p);
		return false;
	}
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0;
}

static bool
give(struct ask *a, uint64_t mask)
{
	struct sets s;

	if (!sets_read(&s))
		return false;
	s.half[0].inheritable |= (uint32_t)mask;
	s.half[1].inheritable |= (uint32_t)(mask >> HALF);
	return sets_write(&s) && (!lets_go_as_user(a) || keep_for_user(a, mask));
}

bool
powers_apply(struct ask *a)
{
	const struct pam_reply *r = &a->reply;

	if (a->request.uid == 0 || !a->request.known)
		return true;
	if (!drop(a, r->drop))
		return false;
	if (r->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		pam_syslog(a->pamh, LOG_ERR, "no_new_privs: %s: no session", strerror(errno));
		return false;
	}
	if (r->inheritable != 0 && !give(a, r->inheritable))
		pam_syslog(a->pamh, LOG_WARNING,
		    "capabilities of a role could not be handed on: %s", strerror(errno));
	return true;
}
