/* Files that decide who gets in: root's alone to change, to the root of each path. */
#include "check.h"
#include "error.h"
#include "i18n.h"
#include "safeopen.h"
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const trusted[] = {
    "/usr/sbin/sekisho-policyd",
    SEKISHO_LIBEXEC "/*",
    "/usr/bin/sekisho",
    "/lib/*/security/*.so",
    "/lib/security/*.so",
    "/etc/pam.conf",
    "/etc/pam.d",
    "/etc/pam.d/*",
    "/etc/security/*",
    "/etc/sekisho/policy.conf",
    "/etc/sekisho/policy.d",
    "/etc/sekisho/policy.d/*",
    "/etc/sekisho/alert.d",
    "/etc/sekisho/alert.d/*",
    "/etc/sekisho/host.d",
    "/etc/sekisho/host.d/*",
    "/etc/nsswitch.conf",
    "/etc/ld.so.preload",
    "/etc/passwd",
    "/etc/group",
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/sudo.conf",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/sudoers.d/*",
    "/etc/ssh/sshd_config",
    "/etc/ssh/sshd_config.d",
    "/etc/ssh/sshd_config.d/*",
    "/usr/sbin/sshd",
    "/usr/bin/sudo",
    "/usr/bin/su",
};

/* "" when only root can change it. */
static void
trusted_why(const char *path, char *why, size_t size)
{
	struct stat st;

	why[0] = '\0';
	if (stat(path, &st) != 0) /* a link into nothing changes nobody's login */
		return;
	if (st.st_uid != 0)
		snprintf(why, size, _("%s belongs to uid %u, not to root"), path,
		    (unsigned int)st.st_uid);
	else if ((st.st_mode & 0022) != 0)
		snprintf(why, size, _("%s can be written by others (mode %04o)"), path,
		    (unsigned int)(st.st_mode & 07777));
	else if (safeopen_path_is_secure(path, 0, why, size) == SKS_OK)
		why[0] = '\0';
}

void
check_trusted(struct check *c)
{
	size_t looked = 0, bad = 0;
	char why[512];
	glob_t found;

	for (size_t i = 0; i < sizeof(trusted) / sizeof(trusted[0]); i++) {
		if (glob(trusted[i], 0, NULL, &found) != 0)
			continue;
		for (size_t k = 0; k < found.gl_pathc; k++) {
			looked++;
			trusted_why(found.gl_pathv[k], why, sizeof(why));
			if (why[0] == '\0' || bad++ >= 10)
				continue;
			check_failed(c, "files-trusted",
			    _("Who can change it decides who gets in."),
			    _("Give it to root without write permission for others, after "
			      "comparing its content with what it should be: it may have been "
			      "changed already."),
			    "%s", why);
		}
		globfree(&found);
	}
	if (bad == 0)
		check_ok(c, "files-trusted", _("%zu files are root's alone to change"), looked);
}
