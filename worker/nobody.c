/*
 * cracklib asks name service who runs it, to compare a password with that account's name. Here
 * that would be the daemon's own user; and the worker can ask nobody, behind its confinement, so
 * that cracklib would take every password for a bad one. So it gets this answer. What a password
 * has to do with the person whose it is to be, password/judge.c knows.
 */
#include <pwd.h>
#include <sys/types.h>

__attribute__((visibility("default"))) int
getpwuid_r(uid_t uid, struct passwd *pw, char *room, size_t size, struct passwd **result)
{
	static char name[] = "-", none[] = "";

	(void)room;
	(void)size;
	*pw = (struct passwd){.pw_name = name,
	    .pw_passwd = none,
	    .pw_uid = uid,
	    .pw_gecos = none,
	    .pw_dir = none,
	    .pw_shell = none};
	*result = pw;
	return 0;
}
