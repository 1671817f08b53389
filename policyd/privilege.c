#include "privilege.h"

#include "error.h"
#include "log.h"
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* The leak checker traces its own process at the end, which needs it dumpable. */
#if defined(__SANITIZE_ADDRESS__)
#define PRIVILEGE_DUMPABLE 1
#else
#define PRIVILEGE_DUMPABLE 0
#endif

struct reason {
	char *text;
	size_t size;
};

static int __attribute__((format(printf, 3, 4)))
privilege_fail(struct reason why, int error, const char *fmt, ...)
{
	va_list args;

	if (why.text != NULL && why.size != 0) {
		va_start(args, fmt);
		vsnprintf(why.text, why.size, fmt, args);
		va_end(args);
	}
	return error;
}

static bool
privilege_keeps(const int *keep, size_t count, cap_value_t cap)
{
	for (size_t i = 0; i < count; i++) {
		if (keep[i] == cap)
			return true;
	}
	return false;
}

/* Needs CAP_SETPCAP, so while we still have all. */
static int
privilege_drop_bounding(const int *keep, size_t count, struct reason why)
{
	for (cap_value_t cap = 0; CAP_IS_SUPPORTED(cap); cap++) {
		if (privilege_keeps(keep, count, cap) || cap_get_bound(cap) == 0)
			continue;
		if (cap_drop_bound(cap) != 0)
			return privilege_fail(why, SKS_IO,
			    "capability %d stays in the bounding set: %s", cap,
			    strerror(errno));
	}
	return SKS_OK;
}

static bool privilege_caps_are(const int *keep, size_t count);

/* Lowering is always allowed, unless a filter of the service manager's refuses the call: where
 * there is nothing to lower it is not made. Ambient ones go with the permitted; they are cleared
 * by name too. */
static int
privilege_set_caps(const int *keep, size_t count, struct reason why)
{
	cap_t caps;
	int r = SKS_IO;

	if (privilege_caps_are(keep, count))
		return SKS_OK;
	caps = cap_init();
	if (caps == NULL)
		return privilege_fail(why, SKS_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		cap_value_t cap = keep[i];

		if (cap_set_flag(caps, CAP_PERMITTED, 1, &cap, CAP_SET) != 0 ||
		    cap_set_flag(caps, CAP_EFFECTIVE, 1, &cap, CAP_SET) != 0)
			goto out;
	}
	if (cap_reset_ambient() != 0 || cap_set_proc(caps) != 0)
		goto out;
	r = SKS_OK;
out:
	if (r != SKS_OK)
		(void)privilege_fail(why, r, "setting capabilities: %s", strerror(errno));
	cap_free(caps);
	return r;
}

/* What nobody needs privilege for. Comes last: changing ids makes some of it undone. */
static int
privilege_seal(struct reason why)
{
	const struct rlimit none = {0, 0};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return privilege_fail(why, SKS_IO, "no_new_privs: %s", strerror(errno));
	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return privilege_fail(why, SKS_IO, "core limit: %s", strerror(errno));
	if (prctl(PR_SET_DUMPABLE, PRIVILEGE_DUMPABLE, 0, 0, 0) != 0)
		return privilege_fail(why, SKS_IO, "dumpable: %s", strerror(errno));
	return SKS_OK;
}

/* ---- the proof --------------------------------------------------------------------------- */

static void __attribute__((noreturn)) privilege_end(const char *way)
{
	log_error("privileges were given up, but %s gives them back: ending", way);
	_exit(EXIT_FAILURE);
}

static bool
privilege_caps_are(const int *keep, size_t count)
{
	cap_t caps = cap_get_proc();
	bool same = caps != NULL;

	for (cap_value_t cap = 0; same && CAP_IS_SUPPORTED(cap); cap++) {
		bool want = privilege_keeps(keep, count, cap);
		cap_flag_value_t permitted, effective, inheritable;

		same = cap_get_flag(caps, cap, CAP_PERMITTED, &permitted) == 0 &&
		       cap_get_flag(caps, cap, CAP_EFFECTIVE, &effective) == 0 &&
		       cap_get_flag(caps, cap, CAP_INHERITABLE, &inheritable) == 0 &&
		       (permitted == CAP_SET) == want && (effective == CAP_SET) == want &&
		       inheritable == CAP_CLEAR && cap_get_ambient(cap) == 0;
	}
	if (caps != NULL)
		cap_free(caps);
	return same;
}

/* One that the kernel knows and that is not kept must not come back. */
static void
privilege_prove_caps(const int *keep, size_t count)
{
	cap_t caps;

	if (!privilege_caps_are(keep, count))
		privilege_end("a capability set that is not empty");
	for (cap_value_t cap = 0; CAP_IS_SUPPORTED(cap); cap++) {
		if (privilege_keeps(keep, count, cap))
			continue;
		caps = cap_get_proc();
		if (caps == NULL || cap_set_flag(caps, CAP_PERMITTED, 1, &cap, CAP_SET) != 0 ||
		    cap_set_flag(caps, CAP_EFFECTIVE, 1, &cap, CAP_SET) != 0 ||
		    cap_set_proc(caps) == 0)
			privilege_end("raising a capability");
		cap_free(caps);
	}
}

static void
privilege_prove_seal(void)
{
	struct rlimit core;

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		privilege_end("running a setuid program");
	if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0 ||
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != PRIVILEGE_DUMPABLE)
		privilege_end("a core file");
}

/* (uid_t)-1 changes nothing and returns the present one: the only way to ask. Where a filter of
 * the service manager's refuses the call it is no way to set one either, and the answer is -1. */
static bool
privilege_file_id_is(int answer, unsigned int wanted)
{
	return (unsigned int)answer == wanted || answer == -1;
}

static void
privilege_prove_ids(uid_t uid, gid_t gid)
{
	const uid_t keep_uid = (uid_t)-1;
	const gid_t keep_gid = (gid_t)-1, root_group = 0;
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (setuid(0) == 0 || seteuid(0) == 0 || setreuid(0, keep_uid) == 0 ||
	    setresuid(keep_uid, keep_uid, 0) == 0)
		privilege_end("setting the user id");
	if (setgid(0) == 0 || setegid(0) == 0 || setregid(0, keep_gid) == 0 ||
	    setresgid(keep_gid, keep_gid, 0) == 0)
		privilege_end("setting the group id");
	if (setgroups(1, &root_group) == 0)
		privilege_end("setting the groups");
	(void)setfsuid(0);
	(void)setfsgid(0);
	if (!privilege_file_id_is(setfsuid(keep_uid), uid) ||
	    !privilege_file_id_is(setfsgid(keep_gid), gid))
		privilege_end("setting the file system ids");
	if (getresuid(&ruid, &euid, &suid) != 0 || ruid != uid || euid != uid || suid != uid ||
	    getresgid(&rgid, &egid, &sgid) != 0 || rgid != gid || egid != gid || sgid != gid)
		privilege_end("a user or group id left over");
}

/* ---- the two ways ------------------------------------------------------------------------ */

static int
privilege_find(const char *user, uid_t *uid, gid_t *gid, struct reason why)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(user);
	if (pw == NULL)
		return privilege_fail(why, SKS_NOT_FOUND, "there is no user \"%s\"", user);
	if (pw->pw_uid == 0 || pw->pw_gid == 0)
		return privilege_fail(
		    why, SKS_INVALID, "user \"%s\" is root, or in its group", user);
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return SKS_OK;
}

/* Groups first: without the uid the right to change them is gone. */
static int
privilege_become(const char *user, struct reason why)
{
	uid_t uid = 0;
	gid_t gid = 0;
	int r = privilege_find(user, &uid, &gid, why);

	if (r == SKS_OK)
		r = privilege_drop_bounding(NULL, 0, why);
	if (r != SKS_OK)
		return r;
	if (setgroups(0, NULL) != 0)
		return privilege_fail(why, SKS_IO, "clearing groups: %s", strerror(errno));
	if (setresgid(gid, gid, gid) != 0)
		return privilege_fail(
		    why, SKS_IO, "group id of \"%s\": %s", user, strerror(errno));
	if (setresuid(uid, uid, uid) != 0)
		return privilege_fail(
		    why, SKS_IO, "user id of \"%s\": %s", user, strerror(errno));
	if (getuid() != uid || getgid() != gid || getgroups(0, NULL) != 0)
		privilege_end("an id that did not change");
	return SKS_OK;
}

int
privilege_drop(const char *user, char *why_text, size_t why_size)
{
	struct reason why = {why_text, why_size};
	bool root = geteuid() == 0 || getuid() == 0;
	int r;

	(void)privilege_fail(why, SKS_OK, "%s", "");
	if (root)
		r = privilege_become(user, why);
	else if (getuid() != geteuid() || getgid() != getegid())
		r = privilege_fail(why, SKS_INVALID, "started with two user or group ids");
	else
		r = SKS_OK;
	if (r == SKS_OK)
		r = privilege_set_caps(NULL, 0, why);
	if (r == SKS_OK)
		r = privilege_seal(why);
	if (r != SKS_OK)
		return r;
	privilege_prove_caps(NULL, 0);
	privilege_prove_seal();
	privilege_prove_ids(getuid(), getgid());
	for (cap_value_t cap = 0; root && CAP_IS_SUPPORTED(cap); cap++) {
		if (cap_get_bound(cap) != 0)
			privilege_end("the bounding set");
	}
	return SKS_OK;
}

int
privilege_limit(const int *keep, size_t count, char *why_text, size_t why_size)
{
	struct reason why = {why_text, why_size};
	int r;

	(void)privilege_fail(why, SKS_OK, "%s", "");
	if (geteuid() != 0 || getuid() != 0)
		return privilege_fail(why, SKS_DENIED, "not started as root");
	if (setgroups(0, NULL) != 0)
		return privilege_fail(why, SKS_IO, "clearing groups: %s", strerror(errno));
	r = privilege_drop_bounding(keep, count, why);
	if (r == SKS_OK)
		r = privilege_set_caps(keep, count, why);
	if (r == SKS_OK)
		r = privilege_seal(why);
	if (r != SKS_OK)
		return r;
	privilege_prove_caps(keep, count);
	privilege_prove_seal();
	return SKS_OK;
}
