/*
 * A bundle for an auditor who is not root. That it is handed out is decided and recorded as any
 * export is; the worker reads the records and makes their proofs, and the peer that asked
 * fetches them. The manifest is put together and signed here: what the worker counted and
 * hashed as it stands, and the files that the auditor's command has written from it, which are
 * marked so.
 */
#include "audit/export.h"
#include "clock.h"
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "log.h"
#include "report/manifest.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IDLE_MAX_MS = 60000, BEGIN_WITHIN_MS = 8000, FILES_MAX = 400, NOTE_ROOM = 600000 };

/* The one that is under way: for whom, by the kernel's word, and what was asked for. */
static struct {
	uint32_t pid;
	uint64_t pid_start;
	int64_t until_ms; /* monotonic; 0: none */
	json_t *manifest; /* as far as it is known when the export is decided */
	struct command call;
} bundle;

static void
forget(void)
{
	bundle.until_ms = 0;
	json_decref(bundle.manifest);
	bundle.manifest = NULL;
}

static bool
is_maker(const struct job *job)
{
	return bundle.until_ms > clock_monotonic_ms() && bundle.pid == job->peer.pid &&
	       bundle.pid_start == job->peer.pid_start;
}

static void
begun(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	(void)ctx;
	(void)answer;
	(void)payload;
	(void)payload_len;
	if (error != SKS_OK)
		bundle.until_ms = 0;
}

/* After the record. */
static void
begin(struct server *s, struct job *job)
{
	bundle.pid = job->peer.pid;
	bundle.pid_start = job->peer.pid_start;
	bundle.until_ms = clock_monotonic_ms() + IDLE_MAX_MS;
	if (helper_send(s->worker, WORKER_BUNDLE, &command_fields, &bundle.call, NULL, 0, begun,
		NULL, clock_monotonic_ms() + BEGIN_WITHIN_MS) != SKS_OK)
		bundle.until_ms = 0;
}

/* ---- what is known of it
 * ---------------------------------------------------------------------- */

static void
keep_call(const struct command *c)
{
	bundle.call = (struct command){
	    .verb = VERB_AUDIT_BUNDLE, .since_ms = c->since_ms, .until_ms = c->until_ms};
	memcpy(bundle.call.verified_by, c->verified_by, sizeof(c->verified_by));
	memcpy(bundle.call.source, c->source, sizeof(c->source));
	memcpy(bundle.call.event, c->event, sizeof(c->event));
	memcpy(bundle.call.outcome, c->outcome, sizeof(c->outcome));
	memcpy(bundle.call.reason, c->reason, sizeof(c->reason));
}

/* Of the request as it came: the decision takes some of it away. */
static json_t *
manifest_of(const struct job *job)
{
	json_t *o = manifest_begin(&job->command, "json");

	if (o != NULL)
		(void)json_object_set_new(o, "by", json_string(job->who));
	return o;
}

static void
put_terms(json_t *manifest, const struct job *job)
{
	json_t *terms =
	    json_loadb((const char *)job->reply_payload.data, job->reply_payload.len, 0, NULL);

	(void)json_object_set(manifest, "rating", json_object_get(terms, "rating"));
	(void)json_object_set(manifest, "limits", json_object_get(terms, "limits"));
	(void)json_object_set(manifest, "record", json_object_get(terms, "record"));
	json_decref(terms);
}

/* ---- the verbs
 * -------------------------------------------------------------------------------- */

int
command_audit_bundle(struct server *s, struct job *job)
{
	json_t *manifest;
	int e;

	if (bundle.until_ms > clock_monotonic_ms() && !is_maker(job)) {
		command_say(job, STATUS_REFUSED, "%s",
		    _("Another bundle is being made. Try again in a moment."));
		return SKS_OK;
	}
	forget();
	(void)snprintf(job->command.service, sizeof(job->command.service), "json");
	keep_call(&job->command);
	if ((manifest = manifest_of(job)) == NULL)
		return SKS_INVALID;
	e = command_export(s, job);
	if (e == SKS_OK && job->command_reply.status == STATUS_DONE &&
	    job->reply_payload.len > 0) {
		put_terms(manifest, job);
		bundle.manifest = json_incref(manifest);
		job->after_commit = begin;
		/* a head over all that is committed, so that every record has its proof */
		e = s->chain != NULL ? chain_sign(s->chain, s->store, clock_now())
				     : SKS_INTERNAL;
	}
	json_decref(manifest);
	return e;
}

bool
command_audit_bundle_is_theirs(struct job *job)
{
	if (is_maker(job))
		return true;
	buf_reset(&job->reply_payload);
	job->command_reply = (struct command_reply){.status = STATUS_REFUSED};
	command_say(job, STATUS_REFUSED, "%s",
	    _("There is no bundle that was begun for you. `sekisho audit bundle` begins one."));
	return false;
}

int
command_audit_bundle_part(struct server *s, struct job *job)
{
	(void)s;
	if (!command_audit_bundle_is_theirs(job))
		return SKS_OK;
	if (job->command_reply.status != STATUS_DONE)
		forget();
	else
		bundle.until_ms = clock_monotonic_ms() + IDLE_MAX_MS;
	return SKS_OK;
}

static bool
is_file_name(const char *name)
{
	return name != NULL && name[0] != '.' && name[0] != '\0' && strlen(name) < 64 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen(name) &&
	       strncmp(name, "head-", 5) != 0 && strcmp(name, EXPORT_MANIFEST) != 0 &&
	       strncmp(name, "records.", 8) != 0 && strcmp(name, EXPORT_PROOFS) != 0;
}

/* What the auditor's command wrote: whatever it says of those files, it says of no other. */
static int
add_written(json_t *files, const struct buf *told)
{
	json_t *list = json_loadb((const char *)told->data, told->len, 0, NULL), *f;
	int e =
	    json_is_array(list) && json_array_size(list) <= FILES_MAX ? SKS_OK : SKS_INVALID;
	size_t i;

	json_array_foreach(list, i, f)
	{
		const char *name = json_string_value(json_object_get(f, "name"));
		const char *digest = json_string_value(json_object_get(f, "sha256"));
		json_t *bytes = json_object_get(f, "bytes");

		if (e != SKS_OK || !is_file_name(name) || digest == NULL ||
		    strlen(digest) != 64 || strspn(digest, "0123456789abcdef") != 64 ||
		    !json_is_integer(bytes)) {
			e = SKS_INVALID;
			break;
		}
		(void)json_array_append_new(
		    files, json_pack("{s:s,s:O,s:s,s:b}", "name", name, "bytes", bytes,
			       "sha256", digest, "derived", 1));
	}
	json_decref(list);
	return e;
}

static int
sign(struct server *s, json_t *manifest, struct buf *note)
{
	char *text = json_dumps(manifest, JSON_COMPACT);
	struct buf all;
	int e = text != NULL ? SKS_OK : SKS_NOMEM;

	buf_init(&all, NOTE_ROOM);
	if (e == SKS_OK) {
		buf_printf(&all, EXPORT_FIRST_LINE "\n%s\n", text);
		e = buf_error(&all);
	}
	if (e == SKS_OK)
		e = s->chain != NULL ? chain_vouch(s->chain, all.data, all.len, note)
				     : SKS_INTERNAL;
	buf_clear(&all);
	free(text);
	return e == SKS_OK ? buf_error(note) : e;
}

int
command_audit_bundle_sign(struct server *s, struct job *job)
{
	json_t *made = NULL;
	struct buf note;
	int e = SKS_OK;

	if (!command_audit_bundle_is_theirs(job) || job->command_reply.status != STATUS_DONE)
		return SKS_OK;
	made =
	    json_loadb((const char *)job->reply_payload.data, job->reply_payload.len, 0, NULL);
	buf_reset(&job->reply_payload);
	buf_init(&note, NOTE_ROOM);
	if (json_object_update(bundle.manifest, made) != 0)
		e = SKS_INTERNAL;
	if (e == SKS_OK)
		e = add_written(json_object_get(bundle.manifest, "files"), &job->payload);
	if (e == SKS_OK)
		e = sign(s, bundle.manifest, &note);
	if (e == SKS_OK) {
		buf_put_bytes(&job->reply_payload, note.data, note.len);
	} else {
		log_error("signing a bundle: %s", error_text(e));
		command_say(job, STATUS_REFUSED, "%s",
		    _("The bundle is not signed, because what was said of its files is not "
		      "understood."));
	}
	json_decref(made);
	buf_clear(&note);
	forget();
	return SKS_OK;
}
