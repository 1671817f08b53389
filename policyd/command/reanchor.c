/* An auditor vouches for a chain that was begun anew: what is to be signed, and the signed
 * note. */
#include "audit/reanchor.h"
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "keeper/keeper.h"
#include "origin.h"
#include <stdio.h>
#include <string.h>

static int
record_note(struct server *s, struct job *job, const struct reanchor *wanted)
{
	char note[NOTE_SIGNATURE_MAX + REANCHOR_TEXT_MAX];
	struct record r;
	int e;

	if (job->payload.len >= sizeof(note))
		return SKS_TOO_BIG;
	memcpy(note, job->payload.data, job->payload.len);
	note[job->payload.len] = '\0';
	keeper_record(s, &r, ACTION_REANCHOR, OUTCOME_SUCCESS, "signed");
	record_put_str(&r, "sekisho.log.auditor", wanted->auditor);
	record_put_str(&r, "sekisho.log.note", note);
	e = origin_append(s, job, &r);
	return e == SKS_OK ? reanchor_done(s->store, wanted) : e;
}

static int
accept_note(struct server *s, struct job *job, const struct reanchor *wanted)
{
	int e = reanchor_check(wanted, job->payload.data, job->payload.len);

	if (e == SKS_INVALID)
		command_say(job, STATUS_REFUSED, "%s",
		    _("That is no signed note over what waits to be signed. `sekisho key "
		      "reanchor` prints that."));
	else if (e == SKS_DENIED)
		command_say(job, STATUS_REFUSED,
		    _("It is not signed by the auditor whom the first record of the log names: "
		      "%s"),
		    wanted->auditor);
	if (e == SKS_INVALID || e == SKS_DENIED)
		return SKS_OK;
	if (e == SKS_OK && (e = record_note(s, job, wanted)) == SKS_OK)
		command_say(job, STATUS_DONE, "%s",
		    _("The chain is anchored: verifying follows the auditor's signature."));
	return e;
}

int
command_key_reanchor(struct server *s, struct job *job)
{
	static struct reanchor wanted;
	int e = reanchor_find(s->store, &wanted);

	if (e == SKS_NOT_FOUND) {
		command_say(job, STATUS_REFUSED, "%s",
		    _("Nothing waits for an auditor: the log has one chain, or every later one "
		      "is signed for."));
		return SKS_OK;
	}
	if (e != SKS_OK)
		return e;
	if (wanted.auditor[0] == '\0') {
		command_say(job, STATUS_REFUSED, "%s",
		    _("The first record of the log names no auditor, so nobody can sign for "
		      "this chain: verifying will go on saying that there is no anchor outside "
		      "of this host. Compare with heads that left the host, and keep what you "
		      "find."));
		return SKS_OK;
	}
	if (job->payload.len > 0)
		return accept_note(s, job, &wanted);
	return command_json(job, json_pack("{s:s,s:s,s:I}", "text", wanted.text, "auditor",
				     wanted.auditor, "chain", (json_int_t)wanted.chain));
}
