/*
 * A change of the login stack is announced, applied, confirmed or taken back by root's command,
 * and a policy that was applied is confirmed the same way.
 */
#include "keeper/change.h"

#include "command/command.h"
#include "decide/change.h"
#include "error.h"
#include "i18n.h"
#include "origin.h"
#include <stdio.h>
#include <string.h>

/* ---- who asks ------------------------------------------------------------------------------
 */

static int
name_changer(struct server *s, struct job *job, struct change *c)
{
	struct session login;
	int e = origin_session(s, &job->peer, &login);

	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	(void)snprintf(c->user, sizeof(c->user), "%s", e == SKS_OK ? login.user : job->who);
	(void)snprintf(c->person, sizeof(c->person), "%s", policy_person(s->policy, c->user));
	return SKS_OK;
}

static int
record_step(struct server *s, struct job *job, const struct change *c, uint16_t action,
    enum outcome outcome, const char *reason)
{
	struct record r;

	change_record(s, &r, action, outcome, reason, c);
	return origin_append(s, job, &r);
}

/* ---- armed, applied ------------------------------------------------------------------------
 */

static int
change_arm(struct server *s, struct job *job, struct change *c)
{
	int e;

	if (c->any) {
		command_say(job, STATUS_REFUSED, "%s",
		    _("Another change waits for its confirmation. Confirm it (sekisho policy "
		      "confirm), or let its time pass."));
		return SKS_OK;
	}
	change_begin(s, c);
	c->id = job->command.number;
	c->deadline = (struct instant){job->command.until_ms, job->command.at_ms};
	(void)snprintf(c->services, sizeof(c->services), "%.511s", job->command.text);
	if ((e = name_changer(s, job, c)) != SKS_OK || (e = change_keep(s, c)) != SKS_OK)
		return e;
	return record_step(s, job, c, ACTION_CHANGE_PENDING, OUTCOME_SUCCESS, "setup");
}

static int
change_applied(struct server *s, struct job *job, struct change *c)
{
	if (!c->any || c->id != job->command.number) {
		command_say(job, STATUS_REFUSED, "%s",
		    _("No such change was announced to the daemon."));
		return SKS_OK;
	}
	c->applied = true;
	c->applied_boot_ms = clock_now().boot_ms;
	c->session_count = 0;
	return change_keep(s, c);
}

/* ---- confirmed -----------------------------------------------------------------------------
 */

/* Is name one of a list with commas? */
static bool
is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = list; *at != '\0'; at += strcspn(at, ",")) {
		at += *at == ',';
		if (strcspn(at, ",") == len && strncmp(at, name, len) == 0)
			return true;
	}
	return false;
}

static bool
lists_class(
    const struct policy *p, const char *list, enum service_class a, enum service_class b)
{
	char name[64];

	for (const char *at = list; *at != '\0'; at += strcspn(at, ",")) {
		enum service_class class;

		at += *at == ',';
		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, ","), at);
		class = policy_service_class(p, name);
		if (class == a || class == b)
			return true;
	}
	return false;
}

static bool
is_of_class(
    const struct policy *p, const char *service, enum service_class a, enum service_class b)
{
	enum service_class class = policy_service_class(p, service);

	return class == a || class == b;
}

/* Of the sessions that read their stack after the change: the login of this audit session, and
 * what was opened in it to become root. A list that is empty means all services. */
static void
find_sessions(struct server *s, const struct change *c, const struct session *login,
    struct change_facts *f)
{
	bool logins = c->services[0] == '\0' ||
		      lists_class(s->policy, c->services, SERVICE_REMOTE, SERVICE_CONSOLE);
	bool elevations = c->services[0] == '\0' ? false
						 : lists_class(s->policy, c->services,
						       SERVICE_ELEVATION, SERVICE_ELEVATION);

	/* who logs in as root is there already; else the kernel says that somebody else became
	 * root, unless it is the way to become root that was changed */
	f->elevated = login->uid == 0 || !elevations;
	for (size_t i = 0; i < c->session_count; i++) {
		const struct change_session *n = &c->session[i];
		bool changed = c->services[0] == '\0' || is_listed(c->services, n->service);
		bool is_login = n->pid == login->pid && n->pid_start == login->pid_start;
		bool elevation =
		    is_of_class(s->policy, n->service, SERVICE_ELEVATION, SERVICE_ELEVATION);

		if (n->audit_session != login->audit_session)
			continue;
		f->after = f->after || is_login || (!logins && elevation);
		f->through = f->through || (changed && (is_login || (!logins && elevation)));
		f->elevated = f->elevated || (changed && elevation && n->tty[0] != '\0');
	}
}

static int
confirm_facts(struct server *s, struct job *job, const struct change *c, struct change_facts *f)
{
	struct session login;
	int e = origin_session(s, &job->peer, &login);

	*f = (struct change_facts){.pending = c->any, .whole = c->applied};
	if (e == SKS_NOT_FOUND)
		return SKS_OK;
	if (e != SKS_OK)
		return e;
	f->known = login.uid == job->peer.login_uid;
	find_sessions(s, c, &login, f);
	f->interactive = peer_has_terminal(job->peer.pid, job->peer.pid_start) &&
			 is_of_class(s->policy, login.service, SERVICE_REMOTE, SERVICE_CONSOLE);
	f->permitted = strcmp(policy_person(s->policy, login.user), c->person) == 0 ||
		       policy_is_administrator(s->policy, login.user, login.uid);
	return SKS_OK;
}

static const char *
confirm_sentence(enum change_word word)
{
	switch (word) {
	case CHANGE_OK:
		return N_("Confirmed: the change stays.");
	case CHANGE_NOTHING_PENDING:
		return N_("Nothing waits for a confirmation.");
	case CHANGE_NOT_WHOLE:
		return N_("The change is not applied yet. Try again when it is.");
	case CHANGE_NOT_KNOWN:
		return N_("This is done in a login of your own that Sekisho recorded: log in "
			  "anew, become root there with su or sudo, and confirm.");
	case CHANGE_BEFORE:
		return N_("This login is older than the change, so it proves nothing about it. "
			  "Log in anew, become root there and confirm. A further channel of an "
			  "old connection is no new login.");
	case CHANGE_OTHER_SERVICE:
		return N_("This login came through a service that was not changed. Log in "
			  "through one that was.");
	case CHANGE_NOT_INTERACTIVE:
		return N_("Only a person at a terminal confirms. Log in with one (ssh -t).");
	case CHANGE_NOT_ELEVATED:
		return N_("Become root in this login through a service that was changed, such "
			  "as sudo, and confirm there.");
	default:
		return N_("Only the person who made the change, or an administrator whom the "
			  "policy names, confirms it.");
	}
}

static int
change_confirm(struct server *s, struct job *job, struct change *c)
{
	struct change_facts f;
	enum change_word word;
	int e;

	if ((e = confirm_facts(s, job, c, &f)) != SKS_OK)
		return e;
	word = decide_change_confirm(&f);
	/* a policy alone may have brought a file, under a number that only the command knows */
	if (word == CHANGE_OK && c->id != 0 && c->id != job->command.number)
		word = CHANGE_NOT_WHOLE;
	command_say(job, word == CHANGE_OK ? STATUS_DONE : STATUS_REFUSED, "%s",
	    _(confirm_sentence(word)));
	if ((e = record_step(s, job, c, ACTION_CHANGE_CONFIRM,
		 word == CHANGE_OK ? OUTCOME_SUCCESS : OUTCOME_FAILURE, change_words[word])) !=
		SKS_OK ||
	    word != CHANGE_OK)
		return e;
	/* Of setup's, the rename of its "pending" is what counts; until then it is pending. */
	c->confirmed = true;
	c->any = c->id != 0;
	return change_keep(s, c);
}

/* ---- taken back ----------------------------------------------------------------------------
 */

/* A change that is not pending any more was confirmed once. */
static int
change_taken_back(struct server *s, struct job *job, struct change *c)
{
	if (c->any)
		return SKS_OK;
	c->id = job->command.number;
	return change_record_undo(s, c, "asked", job);
}

/* ---- the verb ------------------------------------------------------------------------------
 */

static void
policy_back(struct server *s, struct job *job)
{
	change_back(s, job->new_policy);
	job->new_policy = NULL;
}

int
command_change(struct server *s, struct job *job)
{
	static const struct {
		const char *name;
		int (*run)(struct server *s, struct job *job, struct change *c);
	} steps[] = {{"arm", change_arm}, {"applied", change_applied},
	    {"confirm", change_confirm}, {"taken-back", change_taken_back}};
	static struct change c;
	bool was_pending = s->change_pending;
	int e;

	/* What became of the one before: its files say it. */
	policy_free(job->new_policy); /* of an attempt before */
	if ((e = change_look(s, &job->new_policy)) != SKS_OK ||
	    (e = change_load(s, &c)) != SKS_OK)
		return e;
	if (job->new_policy != NULL)
		job->after_commit = policy_back;
	if (was_pending && !c.any && strcmp(job->command.name, "taken-back") == 0)
		return SKS_OK; /* recorded just now */
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (strcmp(job->command.name, steps[i].name) == 0)
			return steps[i].run(s, job, &c);
	}
	command_say(job, STATUS_USAGE, "%s", _("There is no such step of a change."));
	return SKS_OK;
}

/* ---- a policy ------------------------------------------------------------------------------
 */

int
command_change_of_policy(struct server *s, struct job *job, const char *to)
{
	static struct change c;
	int64_t within_ms = job->command.limit == UINT32_MAX ? 0
			    : job->command.limit == 0        ? s->policy->confirm_within_ms
						      : (int64_t)job->command.limit * 1000;
	struct instant now = clock_now();
	uint64_t sessions;
	int e;

	if ((e = change_load_open(s, &c)) != SKS_OK ||
	    (e = store_sessions_ever(s->store, &sessions)) != SKS_OK)
		return e;
	if (!c.any && (within_ms == 0 || sessions == 0))
		return SKS_OK; /* no service asks yet: nobody could confirm it, nobody is shut
				  out */
	if (c.any && c.id == 0 && (within_ms == 0 || strcmp(c.from, to) == 0))
		return change_keep(s, &(struct change){.any = false});
	if (!c.any) {
		change_begin(s, &c);
		if ((e = name_changer(s, job, &c)) != SKS_OK)
			return e;
	}
	if (c.id == 0) {
		c.applied = true;
		c.deadline = (struct instant){now.wall_ms + within_ms, now.boot_ms + within_ms};
	}
	if (c.from[0] == '\0')
		(void)snprintf(c.from, sizeof(c.from), "%s", s->policy->digest);
	(void)snprintf(c.to, sizeof(c.to), "%s", to);
	c.applied_boot_ms = now.boot_ms;
	c.session_count = 0;
	if ((e = change_keep(s, &c)) != SKS_OK)
		return e;
	job->command_reply.next = c.id == 0 ? (uint64_t)c.deadline.wall_ms : 0;
	return c.id == 0
		   ? record_step(s, job, &c, ACTION_CHANGE_PENDING, OUTCOME_SUCCESS, "policy")
		   : SKS_OK;
}
