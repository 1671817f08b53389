/* Does anything still run under an account that was suspended? */
#include "call.h"
#include "check.h"
#include "i18n.h"
#include "list.h"
#include "show.h"
#include <dirent.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool
runs_something(uid_t uid)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	bool runs = false;

	while (dir != NULL && !runs && (entry = readdir(dir)) != NULL) {
		char path[32 + sizeof(entry->d_name)];
		struct stat st;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s", entry->d_name);
		runs = stat(path, &st) == 0 && st.st_uid == uid;
	}
	if (dir != NULL)
		closedir(dir);
	return runs;
}

void
check_suspended(struct check *c)
{
	json_t *users = json_array();
	const json_t *user;
	char running[256] = "";
	size_t i;

	if (c->trial == NULL || list_users(users, NULL) != STATUS_DONE) {
		check_unknown(c, "suspension-holds",
		    _("Run \"sekisho check\" as root or as an auditor, with the daemon "
		      "running."),
		    "%s", _("the daemon does not tell who is suspended"));
		json_decref(users);
		return;
	}
	json_array_foreach(users, i, user)
	{
		const struct passwd *pw = getpwnam(show_text(user, "user"));

		if (json_is_true(json_object_get(user, "suspended")) && pw != NULL &&
		    pw->pw_uid != 0 && runs_something(pw->pw_uid))
			check_add_name(running, sizeof(running), pw->pw_name);
	}
	if (running[0] != '\0')
		check_failed(c, "suspension-holds",
		    _("Whoever has their credentials may still be at it."),
		    _("Look at it and end it: ps -u NAME, pkill -KILL -u NAME"),
		    _("suspended, and something of theirs runs: %s"), running);
	json_decref(users);
}
