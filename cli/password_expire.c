/*
 * sekisho password expire: other people may know these passwords, so they are changed before
 * anything else is done with them. What /etc/shadow says stays as it is: jobs go on, and only
 * logins wait for the change.
 */
#include "call.h"
#include "cli.h"
#include "clock.h"
#include "i18n.h"
#include "mark.h"
#include "root.h"
#include "show.h"
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

enum { EXPIRE_MAX = 4096, EXPIRE_NAME = 256 };

struct expiring {
	char (*name)[EXPIRE_NAME];
	size_t count;
};

static void
expiring_add(struct expiring *x, const char *name)
{
	for (size_t i = 0; i < x->count; i++)
		if (strcmp(x->name[i], name) == 0)
			return;
	if (x->count < EXPIRE_MAX && strlen(name) < EXPIRE_NAME)
		memcpy(x->name[x->count++], name, strlen(name) + 1);
}

static void
expiring_add_everybody(struct expiring *x, bool one_group, gid_t gid)
{
	FILE *in = fopen("/etc/passwd", "re");
	const struct passwd *pw;

	while (in != NULL && (pw = fgetpwent(in)) != NULL)
		if (!one_group || pw->pw_gid == gid)
			expiring_add(x, pw->pw_name);
	if (in != NULL)
		fclose(in);
}

static void
expiring_add_group(struct expiring *x, const char *name)
{
	const struct group *gr = getgrnam(name);

	if (gr == NULL)
		return;
	for (char **member = gr->gr_mem; *member != NULL; member++)
		expiring_add(x, *member);
	expiring_add_everybody(x, true, gr->gr_gid);
}

static int
expiring_add_role(const struct args *args, struct expiring *x, const char *name)
{
	const json_t *role, *member;
	json_t *roles = NULL;
	struct call call;
	bool found = false;
	size_t i, k;
	int r;

	call_init(&call, VERB_ROLE_LIST);
	r = call_run_json(&call, args, &roles);
	json_array_foreach(roles, i, role)
	{
		if (strcmp(show_text(role, "name"), name) != 0)
			continue;
		found = true;
		json_array_foreach(json_object_get(role, "members"), k, member)
		{
			const char *who = json_string_value(member);

			if (who != NULL && who[0] == '@')
				expiring_add_group(x, who + 1);
			else if (who != NULL)
				expiring_add(x, who);
		}
	}
	json_decref(roles);
	call_clear(&call);
	if (r == STATUS_DONE && !found) {
		fprintf(stderr, _("sekisho: \"%s\" is neither an account nor a role.\n"), name);
		r = STATUS_REFUSED;
	}
	return r;
}

/* The host's own least age stands in the way of the change that is asked for. */
static void
expire_warn(const char *name, const struct mark *mark)
{
	int64_t today = clock_now().wall_ms / SHOW_DAY_MS;

	if (mark->set_day > 0 && mark->least_days > 0 &&
	    today < mark->set_day + mark->least_days)
		fprintf(stderr,
		    _("Note: /etc/shadow does not let %s change the password for %lld days yet. "
		      "Until then %s gets in nowhere; `chage -m 0 %s` lets it be changed now.\n"),
		    name, (long long)(mark->set_day + mark->least_days - today), name, name);
}

static int
expire_one(const struct args *args, const char *name, bool named)
{
	struct mark mark;
	struct call call;
	int r;

	if (mark_read(name, &mark) && mark.text[0] == '\0') {
		if (named)
			fprintf(stdout, _("%s has no password that could be used.\n"), name);
		return STATUS_DONE;
	}
	call_init(&call, VERB_PASSWORD_EXPIRE);
	memcpy(call.request.source, mark.text, sizeof(mark.text));
	r = call_set_user(&call, name);
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_REASON), "--reason");
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	if (r == STATUS_DONE)
		expire_warn(name, &mark);
	return r;
}

int
run_password_expire(const struct args *args)
{
	const char *name = args_word(args, 0);
	struct expiring x = {.name = calloc(EXPIRE_MAX, sizeof(*x.name))};
	int r = STATUS_DONE;

	if (x.name == NULL || (name == NULL) != args_has(args, OPT_ALL) ||
	    args_text(args, OPT_REASON)[0] == '\0') {
		fputs(_("sekisho: password expire takes an account, a role or --all, and a "
			"--reason.\n"),
		    stderr);
		r = STATUS_USAGE;
	} else if ((r = root_need()) != STATUS_DONE) {
		/* said */
	} else if (name == NULL) {
		expiring_add_everybody(&x, false, 0);
	} else if (getpwnam(name) != NULL) {
		expiring_add(&x, name);
	} else {
		r = expiring_add_role(args, &x, name);
	}
	for (size_t i = 0; i < x.count && r == STATUS_DONE; i++)
		r = expire_one(args, x.name[i], x.count == 1);
	free(x.name);
	return r;
}
