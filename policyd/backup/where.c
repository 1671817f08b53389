/* Where a backup may go: what the policy may name, and what the warden takes. */
#include "backup/make.h"

#include <string.h>

/* Who chooses the directory is not root, and some programs read every file of theirs there. */
bool
backup_may_be_in(const char *dir)
{
	static const char *const refused[] = {"/bin", "/boot", "/dev", "/etc", "/lib", "/lib32",
	    "/lib64", "/libx32", "/proc", "/run", "/sbin", "/sys", "/usr", "/var/spool"};

	if (dir[0] != '/' || dir[1] == '\0')
		return false;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		size_t len = strlen(refused[i]);

		if (strncmp(dir, refused[i], len) == 0 && (dir[len] == '/' || dir[len] == '\0'))
			return false;
	}
	return true;
}
