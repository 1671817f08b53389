/* How accounts begin and end: invitations, the day of the end, passwords that have to be changed. */
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "policy/password.h"
#include "store/invite.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

struct terms_told {
	const struct command *command;
	const struct invitation *invitation; /* NULL: none was made */
};

static void
put_terms(struct record *record, void *context)
{
	const struct terms_told *told = context;
	const struct command *c = told->command;

	if (told->invitation != NULL) {
		record_put_int(record, "sekisho.invitation.number",
		    (int64_t)told->invitation->number);
		record_put_int(record, "sekisho.invitation.duration", c->for_ms);
	}
	if (c->until_ms != 0)
		record_put_int(record, "sekisho.account.until", c->until_ms);
}

static int
keep_end(struct server *s, const struct admin_request *r, int64_t until_ms)
{
	struct account_terms t;
	int e = store_account_terms(s->store, r->user, r->uid, &t);

	if (e != SKS_OK || t.until_wall_ms == until_ms)
		return e;
	t.until_wall_ms = until_ms;
	return store_account_terms_put(s->store, r->user, r->uid, &t);
}

int
command_user_add(struct server *s, struct job *job)
{
	const struct command *c = &job->command;
	bool invites = c->source[0] != '\0';
	struct invitation i = {.lasts_ms = c->for_ms};
	struct terms_told told = {c, invites ? &i : NULL};
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	if (invites && (c->for_ms <= 0 || strlen(c->source) >= sizeof(i.mark))) {
		command_say(job, STATUS_USAGE, "%s",
		    _("A value is not one of those allowed. See the --help of the command."));
		return SKS_OK;
	}
	if ((e = command_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	f.found = c->uid_known;
	r.for_ms = invites ? c->for_ms : 0;
	(void)text_clean(i.mark, sizeof(i.mark), c->source);
	(void)snprintf(i.by, sizeof(i.by), "%s", r.by);
	(void)snprintf(i.verified_by, sizeof(i.verified_by), "%s", r.verified_by);
	(void)snprintf(i.verified_how, sizeof(i.verified_how), "%s", r.verified_how);
	/* before the record, which names its number; a refusal leaves a turn without it */
	decide_command(s->policy, &r, &f, &d);
	if (d.verdict == VERDICT_ALLOW && invites &&
	    (e = store_invitation_add(s->store, r.user, r.uid, &i)) != SKS_OK)
		return e;
	if ((e = command_decide(s, job, &r, &f, put_terms, &told, &d)) != SKS_OK ||
	    d.verdict != VERDICT_ALLOW)
		return e;
	if ((e = keep_end(s, &r, c->until_ms)) != SKS_OK)
		return e;
	command_say(job, STATUS_DONE,
	    invites ? _("The invitation of %s is recorded.") : _("The end of %s is recorded."),
	    r.user);
	return SKS_OK;
}

int
command_password_expire(struct server *s, struct job *job)
{
	const struct command *c = &job->command;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	struct account_terms t;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	f.found = c->uid_known && strlen(c->source) < sizeof(t.must_mark);
	if ((e = command_decide(s, job, &r, &f, NULL, NULL, &d)) != SKS_OK ||
	    d.verdict != VERDICT_ALLOW)
		return e;
	if ((e = store_account_terms(s->store, r.user, r.uid, &t)) != SKS_OK)
		return e;
	t.must = MUST_CHANGE;
	t.must_wall_ms = f.wall_ms;
	(void)text_clean(t.must_mark, sizeof(t.must_mark), c->source);
	(void)snprintf(t.must_by, sizeof(t.must_by), "%s", r.by);
	(void)text_clean(t.must_why, sizeof(t.must_why), r.text);
	if ((e = store_account_terms_put(s->store, r.user, r.uid, &t)) != SKS_OK)
		return e;
	command_say(
	    job, STATUS_DONE, _("%s has to choose another password at the next login."), r.user);
	return SKS_OK;
}

/* Which password stands there now only the host knows, so what is shown is what was said last:
 * root's command compares the marks. */
int
command_put_terms(struct server *s, const char *user, uint32_t uid, json_t *o)
{
	struct invitation i;
	struct account_terms t;
	int64_t max_ms;
	int e = store_invitation(s->store, user, uid, &i);

	if (e == SKS_OK)
		(void)json_object_set_new(o, "invitation",
		    json_pack("{s:s,s:I,s:I,s:s,s:s,s:s}", "state", invitation_words[i.state],
			"at", (json_int_t)i.made_wall_ms, "until",
			(json_int_t)(i.made_wall_ms + i.lasts_ms), "by", i.by, "verified_by",
			i.verified_by, "verified_how", i.verified_how));
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	if ((e = store_account_terms(s->store, user, uid, &t)) != SKS_OK)
		return e;
	if ((max_ms = policy_password_max_age(
		 s->policy, policy_account_class(s->policy, user, uid))) != 0)
		(void)json_object_set_new(o, "password_max_age", json_integer((json_int_t)max_ms));
	if (t.until_wall_ms != 0)
		(void)json_object_set_new(o, "until", json_integer((json_int_t)t.until_wall_ms));
	if (t.must != MUST_NOT)
		(void)json_object_set_new(o, "password_must",
		    json_pack("{s:I,s:s,s:s,s:s}", "at", (json_int_t)t.must_wall_ms, "by",
			t.must_by, "why", t.must_why, "mark",
			t.must == MUST_CHANGE ? t.must_mark : ""));
	return SKS_OK;
}
