#include "role_groups.h"

#include "check.h"
#include "group_index.h"
#include "probe/place.h"
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>

static bool
is_number_kept(gid_t gid)
{
	return gid >= GROUP_INDEX_GID_MIN && gid <= GROUP_INDEX_GID_MAX;
}

/* The probe's account has a group of its name, nobody's role until one is called so. */
static bool
is_kept(const struct policy *p, const struct group *g)
{
	if (is_number_kept(g->gr_gid))
		return true;
	if (strncmp(g->gr_name, GROUP_INDEX_PREFIX, strlen(GROUP_INDEX_PREFIX)) != 0)
		return false;
	return strcmp(g->gr_name, PROBE_ACCOUNT) != 0 ||
	       (p != NULL && policy_role(p, g->gr_name + strlen(GROUP_INDEX_PREFIX)) != NULL);
}

/* ---- what to type
 * -------------------------------------------------------------------------------- */

/* Where people's groups are (GID_MIN to GID_MAX of login.defs as Debian ships it). */
enum { FREE_FROM = 1000, FREE_TO = 59999, LOOKUPS_MAX = 1000 };

static bool
is_for_a_shell(const char *name)
{
	return name[0] != '-' && name[0] != '\0' &&
	       name[strspn(name,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] ==
		   '\0';
}

/* A number behind *last that no group has, 0 for none; it is then *last. */
static gid_t
free_number(gid_t *last)
{
	gid_t gid = *last + 1;

	for (int i = 0; i < LOOKUPS_MAX && gid <= FREE_TO; i++, gid++) {
		if (getgrgid(gid) == NULL) {
			*last = gid;
			return gid;
		}
	}
	return 0;
}

/* "look" of "sekisho-look", or with another beginning where that is taken. */
static void
other_name(const char *name, char *out, size_t size)
{
	const char *rest = name + strlen(GROUP_INDEX_PREFIX);

	(void)snprintf(out, size, "%s", rest);
	if (rest[0] == '\0' || rest[0] == '-' || getgrnam(out) != NULL)
		(void)snprintf(out, size, "site-%s", rest);
}

/* The number first: what belongs to the group is found by its old one. */
static void
put_fix(const struct group *g, gid_t *last, struct role_groups *out)
{
	char line[512] = "", name[128];
	bool named = strncmp(g->gr_name, GROUP_INDEX_PREFIX, strlen(GROUP_INDEX_PREFIX)) == 0;
	size_t used = strlen(out->fix), len;
	gid_t gid;

	if (!is_for_a_shell(g->gr_name) || strlen(g->gr_name) > 64)
		return;
	if (is_number_kept(g->gr_gid) && (gid = free_number(last)) != 0)
		(void)snprintf(line, sizeof(line),
		    "groupmod -g %u %s && find / -xdev -gid %u -exec chgrp -h %s {} +",
		    (unsigned)gid, g->gr_name, (unsigned)g->gr_gid, g->gr_name);
	len = strlen(line);
	if (named) {
		other_name(g->gr_name, name, sizeof(name));
		(void)snprintf(line + len, sizeof(line) - len, "%sgroupmod -n %s %s",
		    len > 0 ? " && " : "", name, g->gr_name);
	}
	if (line[0] != '\0' && used + strlen(line) + 1 < sizeof(out->fix))
		(void)snprintf(out->fix + used, sizeof(out->fix) - used, "%s%s",
		    used > 0 ? "\n" : "", line);
}

/* ---- the file
 * ---------------------------------------------------------------------------------------- */

/* Calls take() for each group. False: it was not read to its end. */
static bool
each_group(const char *path, void (*take)(void *context, const struct group *g), void *context)
{
	FILE *f = fopen(path, "re");
	const struct group *g;
	bool whole;

	if (f == NULL)
		return false;
	errno = 0;
	while ((g = fgetgrent(f)) != NULL) {
		take(context, g);
		errno = 0;
	}
	whole = errno == 0 || errno == ENOENT;
	(void)fclose(f);
	return whole;
}

struct looking {
	const struct policy *policy;
	struct role_groups *out;
	gid_t last; /* the highest of people's groups, then of those that were given */
};

static void
take_last(void *context, const struct group *g)
{
	struct looking *l = context;

	if (g->gr_gid > l->last && g->gr_gid < FREE_TO)
		l->last = g->gr_gid;
}

static void
take_taken(void *context, const struct group *g)
{
	struct looking *l = context;
	char text[96];

	if (!is_kept(l->policy, g))
		return;
	(void)snprintf(text, sizeof(text), "%.64s (%u)", g->gr_name, (unsigned)g->gr_gid);
	check_add_name(l->out->names, sizeof(l->out->names), text);
	put_fix(g, &l->last, l->out);
}

bool
role_groups_taken(const struct policy *p, const char *path, struct role_groups *out)
{
	struct looking l = {.policy = p, .out = out, .last = FREE_FROM - 1};

	*out = (struct role_groups){0};
	return each_group(path, take_last, &l) && each_group(path, take_taken, &l);
}
