/*
 * What the host's name services say about accounts: the name of a number, and the groups of a
 * user, by name, as a fact for rules.
 */
#include "buf.h"
#include "error.h"
#include "warden.h"
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_MAX = 1024 };

/* A name that could be taken for two is no fact. */
static bool
groups_is_sound(const char *name)
{
	if (name[0] == '\0' || strchr(name, ',') != NULL)
		return false;
	for (; *name != '\0'; name++) {
		if ((unsigned char)*name < 0x20 || *name == 0x7f)
			return false;
	}
	return true;
}

static int
groups_add(struct warden_answer *answer, gid_t gid)
{
	const struct group *gr = getgrgid(gid);
	size_t used = strlen(answer->text);
	int n;

	if (gr == NULL || !groups_is_sound(gr->gr_name))
		return SKS_OK; /* a number without a name: no rule can mean it */
	n = snprintf(answer->text + used, sizeof(answer->text) - used, "%s%s",
	    used > 0 ? "," : "", gr->gr_name);
	/* Half the groups would be worse than none: a rule that refuses might not match. */
	return n < 0 || (size_t)n >= sizeof(answer->text) - used ? SKS_TOO_BIG : SKS_OK;
}

void
groups_run(const struct warden_call *call, struct warden_answer *answer)
{
	static gid_t gid[GROUPS_MAX];
	const struct passwd *pw = getpwnam(call->user);
	int count = GROUPS_MAX, r = SKS_OK;

	if (pw == NULL) {
		answer->status = SKS_NOT_FOUND;
		return;
	}
	snprintf(answer->name, sizeof(answer->name), "%s", pw->pw_name);
	if (getgrouplist(pw->pw_name, pw->pw_gid, gid, &count) < 0)
		r = SKS_TOO_BIG;
	for (int i = 0; i < count && r == SKS_OK; i++)
		r = groups_add(answer, gid[i]);
	if (r != SKS_OK)
		answer->text[0] = '\0';
	answer->status = r;
}

/* ---- who is in a group ------------------------------------------------------------------ */

static void
members_add(struct buf *out, bool *any, const char *name)
{
	if (!groups_is_sound(name) || strchr(name, ':') != NULL)
		return;
	buf_printf(out, "%s%s", *any ? "," : "", name);
	*any = true;
}

/* Those that the group names, and those whose own group it is. */
static void
members_put(struct buf *out, const char *group)
{
	const struct group *gr = getgrnam(group);
	const struct passwd *pw;
	bool any = false;
	gid_t gid;

	if (gr == NULL)
		return;
	gid = gr->gr_gid;
	buf_printf(out, "%s:", group);
	for (char **m = gr->gr_mem; *m != NULL; m++)
		members_add(out, &any, *m);
	setpwent();
	while ((pw = getpwent()) != NULL) {
		if (pw->pw_gid == gid)
			members_add(out, &any, pw->pw_name);
	}
	endpwent();
	buf_printf(out, "\n");
}

void
members_run(const struct warden_call *call, struct warden_answer *answer)
{
	static struct buf out;
	char text[sizeof(call->text)], *rest = NULL;

	buf_init(&out, HELPER_PAYLOAD_MAX);
	snprintf(text, sizeof(text), "%s", call->text);
	for (char *group = strtok_r(text, ",", &rest); group != NULL;
	     group = strtok_r(NULL, ",", &rest)) {
		if (groups_is_sound(group) && strchr(group, ':') == NULL)
			members_put(&out, group);
	}
	answer->status = buf_error(&out);
	if (answer->status == SKS_OK)
		child_payload(out.data, out.len); /* the child's until it ends */
}

/* The account behind a number: who is at the other end, as people call them. */
void
who_run(const struct warden_call *call, struct warden_answer *answer)
{
	const struct passwd *pw = NULL;

	if (call->number < UINT32_MAX) /* the last one means "none" */
		pw = getpwuid((uid_t)call->number);
	if (pw == NULL || !groups_is_sound(pw->pw_name)) {
		answer->status = SKS_NOT_FOUND;
		return;
	}
	snprintf(answer->name, sizeof(answer->name), "%s", pw->pw_name);
	answer->status = SKS_OK;
}
