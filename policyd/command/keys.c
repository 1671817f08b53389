/* Keys: the list, and a ring that the command has written. */
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "keeper/keeper.h"
#include "keeper/keys.h"
#include "log.h"
#include "origin.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

int
command_key_list(struct server *s, struct job *job)
{
	json_t *o;
	int e;

	/* Whoever waits asks often: the rest of it reads all devices. */
	if (job->command.number == 1)
		return command_json(job, json_pack("{s:b}", "resealing", (int)keys_busy(s)));
	e = keys_json(s, &o);
	if (e != SKS_OK) {
		json_decref(o);
		return e;
	}
	return command_json(job, o);
}

/* ---- a copy of the keys ------------------------------------------------------------------ */

int
command_key_backed_up(struct server *s, struct job *job)
{
	char path[256], digest[65];
	struct record r;

	(void)text_clean(path, sizeof(path), job->command.name);
	(void)snprintf(digest, sizeof(digest), "%.64s", job->command.text);
	keeper_record(s, &r, ACTION_KEY_BACKUP, OUTCOME_SUCCESS, "asked");
	record_put_str(&r, "file.path", path);
	record_put_int(&r, "file.size", (int64_t)job->command.number);
	record_put_str(&r, "file.hash.sha256", digest);
	return origin_append(s, job, &r);
}

/* ---- another ring ------------------------------------------------------------------------ */

static void
take_ring(struct server *s, struct job *job)
{
	uint8_t before[SEAL_HEAD_SIZE], now[SEAL_HEAD_SIZE];

	(void)job;
	seal_head(s->seal, before);
	seal_take(s->seal);
	seal_head(s->seal, now);
	if (memcmp(before, now, sizeof(now)) != 0)
		keys_begin(s);
}

static int
record_refused(struct server *s, struct job *job, const char *reason)
{
	struct record r;

	keeper_record(s, &r, ACTION_KEY_ROTATE, OUTCOME_FAILURE, reason);
	return origin_append(s, job, &r);
}

/* It was done when the warden answered; job->key_status says how that went. */
int
command_key_log(struct server *s, struct job *job)
{
	struct chain_status status;

	if (job->key_status != SKS_OK) {
		command_say(job, STATUS_REFUSED,
		    _("%s could not be taken over (%s). The log key in use stays."),
		    s->options.log_key, _(error_text(job->key_status)));
		return SKS_OK;
	}
	chain_status(s->chain, &status);
	/* the new key's first head covers the change itself; the old one's last does not */
	return command_json(job,
	    json_pack("{s:s,s:s,s:s,s:I}", "origin", status.origin, "vkey", status.vkey,
		"previous_vkey", job->command.text, "size", (json_int_t)status.head_size - 1));
}

/* The ring that was staged when the warden answered; job->key_status says how that went. */
int
command_key_load(struct server *s, struct job *job)
{
	const struct keyring *staged = seal_staged(s->seal);
	uint8_t head[SEAL_HEAD_SIZE];
	char id[2 * KEYRING_ID_SIZE + 1];
	int e;

	if (job->key_status == SKS_CONFLICT) {
		command_say(job, STATUS_REFUSED,
		    _("%s holds another derivation key than the one in use, under which no "
		      "recovery code would be known. The ring in use stays."),
		    s->options.key_file);
		return record_refused(s, job, "other-derivation-key");
	}
	if (job->key_status != SKS_OK || staged == NULL) {
		command_say(job, STATUS_REFUSED,
		    _("%s could not be taken over (%s). The ring in use stays."),
		    s->options.key_file, _(error_text(job->key_status)));
		return record_refused(s, job, "unreadable");
	}
	e = keys_check(s, staged, head);
	if (e == SKS_NOT_FOUND) {
		keyring_id_text(head + 1, id);
		command_say(job, STATUS_REFUSED,
		    _("Secrets are sealed under the key %s, which %s does not hold. The ring "
		      "in use stays; put the key back."),
		    id, s->options.key_file);
		return record_refused(s, job, "key-still-needed");
	}
	if (e == SKS_OK)
		e = keys_notice(s, staged, job);
	if (e != SKS_OK)
		return e;
	job->after_commit = take_ring;
	command_say(job, STATUS_DONE, "%s", _("The daemon uses the keys of the file now."));
	return SKS_OK;
}
