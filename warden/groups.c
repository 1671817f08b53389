/*
 * What the host's name services say about accounts: the name of a number, and the groups of a
 * user, by name, as a fact for rules.
 */
#include "accounts.h"
#include "buf.h"
#include "error.h"
#include "warden.h"
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_MAX = 1024 };

static int
groups_add(struct warden_answer *answer, gid_t gid)
{
	const struct group *gr = getgrgid(gid);
	size_t used = strlen(answer->text);
	int n;

	if (gr == NULL || !accounts_is_sound(gr->gr_name))
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

/* ---- who is in a group, and who has a number ------------------------------------------------- */

void
members_run(const struct warden_call *call, struct warden_answer *answer)
{
	static struct buf out;
	char text[sizeof(call->text)], *rest = NULL;

	buf_init(&out, HELPER_PAYLOAD_MAX);
	snprintf(text, sizeof(text), "%s", call->text);
	for (char *group = strtok_r(text, ",", &rest); group != NULL;
	     group = strtok_r(NULL, ",", &rest)) {
		if (accounts_is_sound(group) && strchr(group, ':') == NULL)
			accounts_put_members(&out, group);
	}
	answer->status = buf_error(&out);
	if (answer->status == SKS_OK)
		child_payload(out.data, out.len); /* the child's until it ends */
}

void
names_run(const struct warden_call *call, struct warden_answer *answer)
{
	static struct buf out;
	char text[sizeof(call->text)], *rest = NULL;

	buf_init(&out, HELPER_PAYLOAD_MAX);
	snprintf(text, sizeof(text), "%s", call->text);
	for (char *uid = strtok_r(text, ",", &rest); uid != NULL; uid = strtok_r(NULL, ",", &rest))
		accounts_put_name(&out, (uint32_t)strtoul(uid, NULL, 10));
	answer->status = buf_error(&out);
	if (answer->status == SKS_OK)
		child_payload(out.data, out.len);
}

/* The account behind a number: who is at the other end, as people call them. */
void
who_run(const struct warden_call *call, struct warden_answer *answer)
{
	const struct passwd *pw = NULL;

	if (call->number < UINT32_MAX) /* the last one means "none" */
		pw = getpwuid((uid_t)call->number);
	if (pw == NULL || !accounts_is_sound(pw->pw_name)) {
		answer->status = SKS_NOT_FOUND;
		return;
	}
	snprintf(answer->name, sizeof(answer->name), "%s", pw->pw_name);
	answer->status = SKS_OK;
}
