#include "bykey.h"

#include "decide/decide.h"
#include "error.h"
#include "from.h"
#include "i18n.h"
#include "plan.h"
#include "roles.h"
#include <grp.h>
#include <shadow.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	FIRST_PERSON_UID = 1000,
	NOBODY_UID = 65534,
	SHELLS_MAX = 64,
	GROUPS_MAX = 256,
	TOLD_MAX = 64
};

/* An address from elsewhere, of those that documentation may use. */
#define ELSEWHERE "192.0.2.1"

/* ---- what the policy would say
 * -------------------------------------------------------------------- */

static void
put_groups(const struct passwd *pw, struct facts *f)
{
	gid_t gid[GROUPS_MAX];
	int count = GROUPS_MAX;
	size_t used = 0;

	f->groups_known = true;
	if (getgrouplist(pw->pw_name, pw->pw_gid, gid, &count) < 0)
		count = GROUPS_MAX;
	for (int i = 0; i < count && used < sizeof(f->groups); i++) {
		const struct group *gr = getgrgid(gid[i]);

		if (gr != NULL)
			used += (size_t)snprintf(f->groups + used, sizeof(f->groups) - used,
			    "%s%s", used > 0 ? "," : "", gr->gr_name);
	}
}

/* A login from elsewhere with a key that sshd has verified, and nothing else. */
static bool
is_refused(const struct policy *policy, const struct passwd *pw)
{
	static struct facts f;
	static struct decision d;
	struct request r = {.phase = PHASE_ACCOUNT,
	    .known = true,
	    .uid = pw->pw_uid,
	    .by_root = true,
	    .real_uid = pw->pw_uid,
	    .login_uid = pw->pw_uid,
	    .audit_session = NO_UID,
	    .actor_uid = pw->pw_uid};

	(void)snprintf(r.user, sizeof(r.user), "%s", pw->pw_name);
	(void)snprintf(r.actor, sizeof(r.actor), "%s", pw->pw_name);
	(void)snprintf(r.service, sizeof(r.service), "sshd");
	(void)snprintf(r.source, sizeof(r.source), ELSEWHERE);
	memset(&f, 0, sizeof(f));
	(void)snprintf(f.principal, sizeof(f.principal), "%s", pw->pw_name);
	f.principal_uid = pw->pw_uid;
	put_groups(pw, &f);
	decide(policy, &r, &f, &d);
	return d.verdict != VERDICT_ALLOW && d.reason == REASON_KEY_ONLY;
}

/* ---- told
 * ------------------------------------------------------------------------------------------ */

static void
put_sign(char *out, size_t size, bool is, const char *text)
{
	size_t used = strlen(out);

	if (is && used < size)
		(void)snprintf(out + used, size - used, ", %s", text);
}

static void
tell_one(struct plan *p, const struct passwd *pw, const struct bykey_signs *s)
{
	char signs[640], text[160];

	(void)snprintf(text, sizeof(text), _("uid %u"), (unsigned)pw->pw_uid);
	(void)snprintf(signs, sizeof(signs), _("keys in %s"), s->keys);
	put_sign(signs, sizeof(signs), s->no_password, _("no password"));
	put_sign(signs, sizeof(signs), s->system, text);
	(void)snprintf(text, sizeof(text), _("shell %.100s"), pw->pw_shell);
	put_sign(signs, sizeof(signs), s->no_shell, text);
	put_sign(signs, sizeof(signs), s->crontab, _("a crontab"));
	plan_note(p, "  %s (%s):", pw->pw_name, signs);
	plan_note(p, "    [account %s]\n    class = service", pw->pw_name);
}

static void
tell_first(struct plan *p)
{
	plan_note(p, "%s",
	    _("These accounts log in with a key and look like service accounts. The policy "
	      "does not class "
	      "them so, and will refuse them over ssh: a key alone is not enough, and a "
	      "program can type "
	      "no code. Nothing is decided for you. Of each that a program uses, put the two "
	      "lines into "
	      "a file in /etc/sekisho/policy.d before this change, with \"from = ADDRESS\" "
	      "where it is "
	      "known, and run `sekisho policy apply`; with a person's, have them enrol "
	      "instead."));
}

static void
tell_more(struct plan *p, size_t more)
{
	if (more > 0)
		plan_note(p, _("  … and %zu more."), more);
}

/* ---- all of them
 * ------------------------------------------------------------------------------------ */

/* The words of /etc/shells; as many as there is room for. */
static void
read_shells(char *shell[SHELLS_MAX + 1])
{
	size_t n = 0;
	const char *next;

	setusershell();
	while (n < SHELLS_MAX && (next = getusershell()) != NULL &&
	       (shell[n] = strdup(next)) != NULL)
		n++;
	shell[n] = NULL;
	endusershell();
}

/* NULL where the host has no line for it; in "out" else. */
static const char *
read_shadow(const char *name, char out[256])
{
	const struct spwd *sp = getspnam(name);

	if (sp == NULL || sp->sp_pwdp == NULL)
		return NULL;
	(void)snprintf(out, 256, "%.2s", sp->sp_pwdp); /* enough to see that it is none */
	return out;
}

static void
tell_all(struct plan *p, const struct policy *policy, char *const *shell)
{
	FILE *in = fopen("/etc/passwd", "re");
	const struct passwd *pw;
	size_t told = 0, more = 0;

	while (in != NULL && (pw = fgetpwent(in)) != NULL) {
		struct bykey_signs signs;
		char shadow[256];

		bykey_look(pw, read_shadow(pw->pw_name, shadow), (const char *const *)shell, "",
		    &signs);
		if (!bykey_is_like_service(pw, &signs) ||
		    policy_account_class(policy, pw->pw_name, pw->pw_uid) == CLASS_SERVICE ||
		    !is_refused(policy, pw) || from_has_device(pw->pw_name))
			continue;
		if (told == 0)
			tell_first(p);
		if (told++ < TOLD_MAX)
			tell_one(p, pw, &signs);
		else
			more++;
	}
	tell_more(p, more);
	if (in != NULL)
		fclose(in);
}

void
bykey_plan(struct plan *p)
{
	char *shell[SHELLS_MAX + 1];
	struct policy *policy = NULL;

	if (!plan_has_service(p, "sshd") || roles_policy(p, false, &policy) != STATUS_DONE)
		return;
	read_shells(shell);
	tell_all(p, policy, shell);
	for (size_t i = 0; shell[i] != NULL; i++)
		free(shell[i]);
	policy_free(policy);
}
