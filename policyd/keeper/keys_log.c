/* The log key: another one takes over. */
#include "error.h"
#include "keeper/keeper.h"
#include "keeper/keys.h"
#include "origin.h"
#include <stdio.h>
#include <string.h>

struct change {
	struct job *job;
	const struct logkey *file;
};

static int
record_change(struct server *s, struct job *job, uint16_t action, const char *vkey)
{
	struct record r;

	keeper_record(s, &r, action, OUTCOME_SUCCESS, "asked");
	record_put_str(&r, "sekisho.key.purpose", "log");
	record_put_str(&r, "sekisho.key.algorithm", "ed25519");
	record_put_str(&r, "sekisho.log.vkey", vkey);
	return origin_append(s, job, &r);
}

/* What happened first, so that the old key's last head covers it; then the change itself. */
static int
rotate(struct server *s, void *context)
{
	const struct change *c = context;
	struct chain_status status;
	struct note_vkey next;
	char vkey[NOTE_VKEY_SIZE];
	int e;

	chain_status(s->chain, &status);
	e = note_vkey_make(status.origin, NOTE_ED25519, c->file->next.vkey.key, &next);
	if (e != SKS_OK)
		return e;
	note_vkey_format(&next, vkey);
	(void)snprintf(c->job->command.text, sizeof(c->job->command.text), "%s", status.vkey);
	if (strcmp(c->job->command.name, "exposed") == 0)
		e = record_change(s, c->job, ACTION_KEY_EXPOSED, status.vkey);
	if (e == SKS_OK)
		e = record_change(s, c->job, ACTION_KEY_MAKE, vkey);
	if (e == SKS_OK)
		e = record_change(s, c->job, ACTION_KEY_ROTATE, vkey);
	return e == SKS_OK ? chain_rotate(s->chain, s->store, clock_now(), &c->file->next) : e;
}

int
keys_take_log_key(struct server *s, struct job *job, const void *file, size_t len)
{
	struct logkey k;
	char machine[LOGKEY_MACHINE_SIZE];
	struct change c = {job, &k};
	int e = logkey_parse(file, len, &k, machine);

	if (e != SKS_OK)
		return e;
	if (s->chain == NULL)
		e = SKS_CONFLICT;
	else if (k.has_next && chain_has_key(s->chain, &k.next))
		s->log_made_ms = k.next_made_ms; /* it did, and the command was killed */
	else if (!chain_has_key(s->chain, &k.key))
		e = SKS_CONFLICT;
	else if (k.has_next && (e = turn_own(s, rotate, &c)) == SKS_OK)
		s->log_made_ms = k.next_made_ms;
	logkey_clear(&k);
	return e;
}

void
keys_settle_log(struct server *s)
{
	struct note_skey next = {.vkey = s->log_next};

	if (s->chain != NULL && s->log_next.name[0] != '\0' && chain_has_key(s->chain, &next))
		s->log_made_ms = s->log_next_made_ms;
}
