#include "user_power.h"

#include "grant.h"
#include "i18n.h"
#include "policy/role.h"
#include "show.h"
#include "sudo_paths.h"
#include "table.h"
#include "words.h"
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POWER_GROUPS_MAX = 1024, POWER_LINE = 640 };

/* Who is in one of these reads or writes what makes them root. */
bool
power_group_leads_to_root(const char *name)
{
	static const char *const groups[] = {"disk", "docker", "incus", "incus-admin", "kmem",
	    "libvirt", "lxd", "root", "shadow", "sudo", "wheel"};

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (strcmp(groups[i], name) == 0)
			return true;
	}
	return false;
}

static bool
is_of_a_role(const char *group)
{
	return strncmp(group, ROLE_GROUP_PREFIX, strlen(ROLE_GROUP_PREFIX)) == 0;
}

size_t
power_groups(const struct passwd *pw, char **name, size_t max)
{
	static gid_t gid[POWER_GROUPS_MAX];
	int count = POWER_GROUPS_MAX;
	size_t n = 0;

	if (getgrouplist(pw->pw_name, pw->pw_gid, gid, &count) < 0)
		count = POWER_GROUPS_MAX;
	for (int i = 0; i < count && n < max; i++) {
		const struct group *gr = getgrgid(gid[i]);

		if (gr != NULL && (name[n] = strdup(gr->gr_name)) != NULL)
			n++;
	}
	return n;
}

static bool
add_groups(json_t *user, char *const *name, size_t count)
{
	json_t *list = json_array();
	bool root = false;

	for (size_t i = 0; i < count; i++) {
		bool leads = power_group_leads_to_root(name[i]);

		root |= leads;
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:b,s:b}", "name", name[i], "root", (int)leads, "role",
			(int)is_of_a_role(name[i])));
	}
	(void)json_object_set_new(user, "groups", list);
	return root;
}

static bool
add_sudo(json_t *user, const struct passwd *pw, char *const *name, size_t count)
{
	struct sudo_paths *paths = calloc(1, sizeof(*paths));
	json_t *list = json_array();
	bool root = false;

	if (paths != NULL && geteuid() == 0)
		sudo_paths_read(paths, "/etc/sudoers", pw->pw_name, pw->pw_uid,
		    (const char *const *)name, count);
	for (size_t i = 0; paths != NULL && i < paths->count; i++) {
		const struct sudo_path *p = &paths->path[i];

		root |= p->root;
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:i,s:s,s:b}", "file", p->file, "line", p->line, "text",
			p->text, "root", (int)p->root));
	}
	(void)json_object_set_new(user, "sudo", list);
	(void)json_object_set_new(
	    user, "sudo_read", json_boolean(paths != NULL && paths->whole));
	free(paths);
	return root;
}

static bool
is_root_role(const json_t *one)
{
	return strcmp(show_text(one, "root_equivalent"), "yes") == 0;
}

static bool
has_root_role(const json_t *user)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(user, "grants"), i, one)
	{
		if (is_root_role(one) && strcmp(show_text(one, "state"), "active") == 0)
			return true;
	}
	return false;
}

void
user_power_add(json_t *user)
{
	const struct passwd *pw = getpwnam(show_text(user, "user"));
	struct passwd account;
	char *name[POWER_GROUPS_MAX], *user_name;
	size_t count;
	bool root;

	if (pw == NULL || (user_name = strdup(pw->pw_name)) == NULL)
		return;
	account = *pw; /* looking up groups may ask for it again */
	account.pw_name = user_name;
	count = power_groups(&account, name, POWER_GROUPS_MAX);
	root = add_groups(user, name, count);
	root |= add_sudo(user, &account, name, count);
	root |= has_root_role(user);
	(void)json_object_set_new(user, "root", json_boolean(root || account.pw_uid == 0));
	for (size_t i = 0; i < count; i++)
		free(name[i]);
	free(user_name);
}

/* ---- shown ------------------------------------------------------------------------------- */

static void
power_row(struct table *t, const char *what, const char *by, const char *since,
    const char *until, const char *why)
{
	table_add(t, what);
	table_add(t, by);
	table_add(t, since);
	table_add(t, until);
	table_add(t, why);
}

static void
power_approvers(const json_t *grant, char *out, size_t size)
{
	const json_t *approval;
	size_t i;

	snprintf(out, size, "%s", show_text(grant, "id"));
	json_array_foreach(json_object_get(grant, "approvals"), i, approval)
	{
		size_t used = strlen(out);

		snprintf(out + used, size - used, ", %s", show_text(approval, "account"));
	}
}

static void
power_roles(struct table *t, const json_t *user)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(user, "grants"), i, one)
	{
		bool active = strcmp(show_text(one, "state"), "active") == 0;
		char what[POWER_LINE], by[POWER_LINE], since[SHOW_TIME_SIZE],
		    until[SHOW_TIME_SIZE];

		snprintf(what, sizeof(what),
		    is_root_role(one) ? _("role %s, which leads to root: %s") : _("role %s: %s"),
		    show_text(one, "role"), grant_state(one));
		power_approvers(one, by, sizeof(by));
		power_row(t, what, by, active ? show_time_of(one, "from", since) : "",
		    active ? show_time_of(one, "until", until) : "", show_text(one, "why"));
	}
	json_array_foreach(json_object_get(user, "roles"), i, one)
	{
		const char *standing = role_standing(show_text(one, "standing"));
		char what[POWER_LINE], by[POWER_LINE], day[SHOW_TIME_SIZE];

		if (standing[0] == '\0')
			standing = _("may ask for it");
		snprintf(what, sizeof(what), _("role %s: %s"), show_text(one, "name"), standing);
		snprintf(by, sizeof(by), "%s:%lld", show_text(one, "file"),
		    (long long)show_number(one, "line"));
		power_row(t, what, by, "",
		    show_number(one, "until") == 0 ? ""
						   : show_last_day(show_number(one, "until"), day),
		    "");
	}
}

static void
power_standing(struct table *t, const json_t *user)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(user, "groups"), i, one)
	{
		bool root = json_is_true(json_object_get(one, "root"));
		char what[POWER_LINE];

		snprintf(what, sizeof(what),
		    root ? _("group %s, which leads to root") : _("group %s"),
		    show_text(one, "name"));
		power_row(t, what, "/etc/group", "",
		    json_is_true(json_object_get(one, "role")) ? _("with the role") : _("no end"),
		    "");
	}
	json_array_foreach(json_object_get(user, "sudo"), i, one)
	{
		bool root = json_is_true(json_object_get(one, "root"));
		char what[POWER_LINE], by[POWER_LINE];

		snprintf(what, sizeof(what),
		    root ? _("sudo, which leads to root: %s") : _("sudo: %s"),
		    show_text(one, "text"));
		snprintf(by, sizeof(by), "%s:%lld", show_text(one, "file"),
		    (long long)show_number(one, "line"));
		power_row(t, what, by, "",
		    strstr(show_text(one, "text"), ROLE_GROUP_PREFIX) != NULL ? _("with the role")
									      : _("no end"),
		    "");
	}
}

void
user_power_print(const json_t *user)
{
	struct table t;

	table_print_pair(stdout, _("Could become root:"),
	    json_is_true(json_object_get(user, "root"))
		? _("YES, by what is marked below")
		: json_is_true(json_object_get(user, "sudo_read"))
		? _("not by groups or sudoers")
		: _("not by groups; only root can read all of sudoers"));
	fputc('\n', stdout);
	table_init(&t, 5, _("CAN USE"), _("BY"), _("SINCE"), _("UNTIL"), _("WHY"));
	power_roles(&t, user);
	power_standing(&t, user);
	table_print(&t, stdout);
	table_clear(&t);
}
