/* Who could become root without a role, which shared accounts nobody answered for, and whether
 * the program that hands on the capabilities of roles is whole. */
#include "check.h"
#include "i18n.h"
#include "role_groups.h"
#include "policy/role.h"
#include "sudo_paths.h"
#include "user_power.h"
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/stat.h>

#define LAUNCHER SEKISHO_LIBEXEC "/sekisho-run"

enum { FIRST_PERSON = 1000, NOBODY = 65534, GROUPS_MAX = 256 };

/* ---- everyday accounts with power -------------------------------------------------------- */

/* An account of somebody's daily work, as far as the policy says. */
static bool
is_everyday(const struct check *c, const struct passwd *pw)
{
	return pw->pw_uid >= FIRST_PERSON && pw->pw_uid != NOBODY &&
	       policy_account_class(c->policy, pw->pw_name, pw->pw_uid) == CLASS_PERSON;
}

static bool
sudo_leads_to_root(const struct passwd *pw, char *const *group, size_t count)
{
	struct sudo_paths *paths = calloc(1, sizeof(*paths));
	bool root = false;

	if (paths == NULL)
		return true;
	sudo_paths_read(
	    paths, "/etc/sudoers", pw->pw_name, pw->pw_uid, (const char *const *)group, count);
	for (size_t i = 0; i < paths->count; i++)
		root |= paths->path[i].root;
	free(paths);
	return root;
}

/* Does it have more than a role gives? Groups of roles are left out: they are theirs for a
 * time. */
static bool
has_standing_power(const struct passwd *pw)
{
	char *group[GROUPS_MAX];
	size_t n = power_groups(pw, group, GROUPS_MAX), kept = 0;
	bool power = false;

	for (size_t i = 0; i < n; i++) {
		if (strncmp(group[i], ROLE_GROUP_PREFIX, strlen(ROLE_GROUP_PREFIX)) == 0) {
			free(group[i]);
			continue;
		}
		power |= power_group_leads_to_root(group[i]);
		group[kept++] = group[i];
	}
	power = power || sudo_leads_to_root(pw, group, kept);
	for (size_t i = 0; i < kept; i++)
		free(group[i]);
	return power;
}

static void
check_standing(struct check *c)
{
	char second_root[256] = "", powerful[256] = "";
	FILE *in = fopen("/etc/passwd", "re");
	const struct passwd *pw;

	while (in != NULL && (pw = fgetpwent(in)) != NULL) {
		if (pw->pw_uid == 0 && strcmp(pw->pw_name, "root") != 0)
			check_add_name(second_root, sizeof(second_root), pw->pw_name);
		else if (is_everyday(c, pw) && has_standing_power(pw))
			check_add_name(powerful, sizeof(powerful), pw->pw_name);
	}
	if (in != NULL)
		fclose(in);
	if (second_root[0] != '\0')
		check_failed(c, "standing-privilege",
		    _("Whoever logs in to it is root, and no rule about root's name holds for "
		      "it."),
		    _("Give it another uid, or remove it."),
		    _("accounts with uid 0 beside root: %s"), second_root);
	if (powerful[0] != '\0')
		check_failed(c, "standing-privilege",
		    _("An account for daily work that could become root at any time gives that "
		      "to "
		      "whoever takes it over."),
		    _("Take it out of sudoers and the group, and make it a member of a role; "
		      "or "
		      "give its person an account of class admin."),
		    _("everyday accounts that lead to root without a role: %s"), powerful);
	if (second_root[0] == '\0' && powerful[0] == '\0')
		check_ok(c, "standing-privilege", "%s",
		    _("no everyday account leads to root without a role"));
}

/* ---- shared accounts --------------------------------------------------------------------- */

static void
check_shared(struct check *c)
{
	char names[256] = "";
	size_t shared = 0;

	for (size_t i = 0; i < c->policy->account_count; i++) {
		const struct account *a = &c->policy->account[i];

		if (a->class != CLASS_SHARED || strcmp(a->name, "root") == 0)
			continue;
		shared++;
		if (a->reason == NULL || a->approved_by == NULL)
			check_add_name(names, sizeof(names), a->name);
	}
	if (names[0] != '\0')
		check_failed(c, "shared-accounts",
		    _("A shared account is there because somebody judged that it has to be, "
		      "and "
		      "that is to be known."),
		    _("Say in the policy why: reason and approved_by in its [account …], or "
		      "remove it."),
		    _("shared accounts without a reason or an approval: %s"), names);
	else
		check_ok(c, "shared-accounts", _("%zu shared accounts, each with its reason"),
		    shared);
}

/* ---- the program that hands on capabilities ---------------------------------------------- */

static bool
has_flags(cap_t caps, uint64_t wanted)
{
	for (int i = 0; i <= CAP_LAST_CAP; i++) {
		cap_flag_value_t gives = CAP_SET, may = CAP_CLEAR, effective = CAP_CLEAR;

		if (cap_get_flag(caps, i, CAP_PERMITTED, &gives) != 0)
			continue;
		/* none of its own, whoever starts it; and what roles give can be handed on */
		if (gives != CAP_CLEAR)
			return false;
		(void)cap_get_flag(caps, i, CAP_INHERITABLE, &may);
		(void)cap_get_flag(caps, i, CAP_EFFECTIVE, &effective);
		if ((wanted >> i & 1) != 0 && (may != CAP_SET || effective != CAP_SET))
			return false;
	}
	return true;
}

static bool
is_whole(uint64_t wanted)
{
	struct stat st;
	cap_t caps;
	bool whole;

	if (lstat(LAUNCHER, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != 0 ||
	    (st.st_mode & 022) != 0)
		return false;
	caps = cap_get_file(LAUNCHER);
	if (caps == NULL)
		return errno == ENODATA && wanted == 0;
	whole = has_flags(caps, wanted);
	(void)cap_free(caps);
	return whole;
}

static void
check_launcher(struct check *c)
{
	uint64_t wanted = 0;

	for (size_t i = 0; i < c->policy->role_count; i++)
		wanted |= c->policy->role[i].capabilities;
	if (is_whole(wanted))
		check_ok(c, "capabilities-whole", "%s",
		    wanted == 0
			? _("no role gives capabilities")
			: _("roles can hand on their capabilities, and nothing else does"));
	else
		check_failed(c, "capabilities-whole",
		    _("sekisho-run may have what a session may inherit, and nothing of its "
		      "own: "
		      "otherwise roles do not work, or everybody has them."),
		    _("As root: setcap all=ei on it, and the file root's, writable by nobody "
		      "else."),
		    _("%s does not have its file capabilities"), LAUNCHER);
}

/* ---- the groups of roles ----------------------------------------------------------------- */

/* What to type, in one line: the findings keep it until the program ends. */
static const char *
role_groups_next(struct role_groups *taken)
{
	static char next[sizeof(taken->fix) + 512];
	size_t used;

	(void)snprintf(next, sizeof(next), "%s",
	    _("As root, find once for each file system, for what keeps the old number: "));
	for (char *rest = taken->fix, *line; (line = strsep(&rest, "\n")) != NULL;) {
		used = strlen(next);
		(void)snprintf(next + used, sizeof(next) - used, "%s%s",
		    line[0] != '\0' ? line : "groupmod(8)", rest != NULL ? "; " : "");
	}
	return next;
}

static void
check_role_groups(struct check *c)
{
	static struct role_groups taken;

	if (!role_groups_taken(c->policy, "/etc/group", &taken))
		check_unknown(c, "role-groups", _("Repair it: grpck"), "%s",
		    _("/etc/group could not be read whole"));
	else if (taken.names[0] != '\0')
		check_failed(c, "role-groups",
		    _("Who has a role is then in that group too, or its members are in the role's."),
		    role_groups_next(&taken),
		    _("groups of /etc/group with a name or a number (65536 to 99999) that is kept for "
		      "roles: %s"),
		    taken.names);
	else
		check_ok(c, "role-groups", "%s",
		    _("no group of /etc/group has a name or a number that is kept for roles"));
}

void
check_privilege(struct check *c)
{
	static const char *const names[] = {
	    "standing-privilege", "shared-accounts", "capabilities-whole"};

	check_role_groups(c);
	if (c->policy != NULL && c->root) {
		check_standing(c);
		check_shared(c);
		check_launcher(c);
		return;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check_unknown(c, names[i],
		    c->root ? _("Repair the policy first.") : _("Run \"sekisho check\" as root."), "%s",
		    _("sudoers or the policy cannot be read"));
}
