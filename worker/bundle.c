/*
 * The records of a bundle for an auditor who is not root, each with its proof. A part is as
 * much as one answer holds, so that nobody else waits for long; what was handed out is counted
 * and hashed here, as the files that it becomes, so that the daemon can sign what it knows and
 * not what it was told.
 */
#include "audit/export.h"
#include "error.h"
#include "hex.h"
#include "i18n.h"
#include "log.h"
#include "report/proving.h"
#include "worker.h"
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 1 << 16, ENTRY_MAX = RECORD_BODY_MAX + 2 * LINE_MAX_BYTES };

/* A file as the auditor's command writes it. */
struct file {
	EVP_MD_CTX *hash;
	uint64_t bytes;
};

struct bundling {
	struct store *store;
	struct proving proving;
	char user[256], source[128], event[512], outcome[32], reason[64];
	int64_t since_ms, until_ms;
	uint64_t last;         /* the newest record that is in it */
	uint64_t done, number; /* the record and the part that came last */
	bool ended;
	struct file records, proofs;
	uint64_t count, deleted, unproved;
	json_t *heads, *files;
	struct buf line;
};

static bool
file_begin(struct file *f)
{
	f->hash = EVP_MD_CTX_new();
	return f->hash != NULL && EVP_DigestInit_ex(f->hash, EVP_sha256(), NULL) == 1;
}

static void
file_put(struct file *f, const void *data, size_t len)
{
	f->bytes += len;
	(void)EVP_DigestUpdate(f->hash, data, len);
}

static void
file_list(json_t *files, const char *name, struct file *f)
{
	uint8_t hash[EVP_MAX_MD_SIZE] = {0};
	char digest[65];

	(void)EVP_DigestFinal_ex(f->hash, hash, NULL);
	(void)hex_put(digest, hash, 32);
	(void)json_array_append_new(files, json_pack("{s:s,s:I,s:s}", "name", name, "bytes",
					       (json_int_t)f->bytes, "sha256", digest));
}

void
bundling_end(struct bundling **b)
{
	if (*b == NULL)
		return;
	proving_clear(&(*b)->proving);
	store_close((*b)->store);
	EVP_MD_CTX_free((*b)->records.hash);
	EVP_MD_CTX_free((*b)->proofs.hash);
	json_decref((*b)->heads);
	json_decref((*b)->files);
	buf_clear(&(*b)->line);
	free(*b);
	*b = NULL;
}

/* ---- what is asked for
 * ------------------------------------------------------------------------ */

/* Up to what is signed by now, so that each record has its proof. */
static int
take_end(struct bundling *b)
{
	struct log_head head = {0};
	int e = log_head_take(b->store, UINT64_MAX, &head);

	if (e == SKS_OK)
		b->last = head.chain.first + head.checkpoint.size - 1;
	log_head_clear(&head);
	return e;
}

static int
bundling_open(struct bundling *b, const char *dir, const struct command *c)
{
	const struct store_options options = {.dir = dir, .read_only = true};
	int e;

	(void)snprintf(b->user, sizeof(b->user), "%s", c->verified_by);
	(void)snprintf(b->source, sizeof(b->source), "%s", c->source);
	(void)snprintf(b->event, sizeof(b->event), "%s", c->event);
	(void)snprintf(b->outcome, sizeof(b->outcome), "%s", c->outcome);
	(void)snprintf(b->reason, sizeof(b->reason), "%s", c->reason);
	b->since_ms = c->since_ms;
	b->until_ms = c->until_ms;
	b->heads = json_array();
	b->files = json_array();
	buf_init(&b->line, LINE_MAX_BYTES);
	if (b->heads == NULL || b->files == NULL || !file_begin(&b->records) ||
	    !file_begin(&b->proofs))
		return SKS_NOMEM;
	e = store_open(&options, &b->store, NULL);
	b->proving.store = b->store;
	return e == SKS_OK ? take_end(b) : e;
}

int
bundling_begin(struct bundling **b, const char *dir, struct helper_message *message)
{
	static struct command command;
	struct command_reply reply = {.status = STATUS_DONE};
	int e = SKS_NOMEM;

	if (message->more || message->payload.len != 0 ||
	    fields_decode(&command_fields, &message->fields, &command) != SKS_OK ||
	    command.verb != VERB_AUDIT_BUNDLE)
		return SKS_PROTOCOL;
	bundling_end(b);
	*b = calloc(1, sizeof(**b));
	if (*b != NULL)
		e = bundling_open(*b, dir, &command);
	fields_clear(&command_fields, &command);
	if (e != SKS_OK) {
		log_error("a bundle: %s", error_text(e));
		bundling_end(b);
	}
	return helper_answer(
	    HELPER_FD, message->id, message->type, &command_reply_fields, &reply, NULL, 0);
}

/* ---- what is handed out
 * ----------------------------------------------------------------------- */

static void
put_head(struct bundling *b, struct buf *out)
{
	const struct log_head *h = &b->proving.head;
	struct file file = {0};
	char name[64];

	buf_put_u8(out, BUNDLE_HEAD);
	buf_put_u64(out, h->chain.id);
	buf_put_u64(out, h->chain.first);
	buf_put_str(out, h->chain.origin);
	buf_put_str(out, h->chain.vkey);
	buf_put_u32(out, (uint32_t)h->note.len);
	buf_put_bytes(out, h->note.data, h->note.len);
	(void)json_array_append_new(
	    b->heads, json_pack("{s:I,s:s,s:s,s:I,s:I}", "chain", (json_int_t)h->chain.id,
			  "origin", h->chain.origin, "vkey", h->chain.vkey, "first",
			  (json_int_t)h->chain.first, "size", (json_int_t)h->checkpoint.size));
	(void)snprintf(name, sizeof(name), EXPORT_HEAD, (unsigned long long)h->chain.id);
	if (file_begin(&file)) {
		file_put(&file, h->note.data, h->note.len);
		file_list(b->files, name, &file);
	}
	EVP_MD_CTX_free(file.hash);
}

static int
put_record(struct bundling *b, const struct log_row *row, struct buf *out)
{
	size_t len = row->body != NULL ? row->body_len : 0;
	bool covered;
	int r = proving_enter(&b->proving, row->seq);

	if (r == 1)
		put_head(b, out);
	if (r >= 0)
		r = proving_line(&b->proving, row, &b->line, &covered);
	if (r != SKS_OK)
		return r;
	buf_put_u8(out, BUNDLE_RECORD);
	buf_put_u64(out, row->seq);
	buf_put_u32(out, (uint32_t)len);
	buf_put_bytes(out, row->body, len);
	buf_put_u32(out, (uint32_t)b->line.len);
	buf_put_bytes(out, b->line.data, b->line.len);
	file_put(&b->proofs, b->line.data, b->line.len);
	if (len > 0) {
		file_put(&b->records, row->body, len);
		file_put(&b->records, "\n", 1);
	}
	b->count += len > 0;
	b->deleted += len == 0;
	b->unproved += !covered;
	b->done = row->seq;
	return buf_error(out);
}

static int
put_part(struct bundling *b, struct buf *out)
{
	const struct log_filter filter = {.user = b->user,
	    .source = b->source,
	    .event = b->event,
	    .outcome = b->outcome,
	    .reason = b->reason,
	    .since_wall_ms = b->since_ms,
	    .until_wall_ms = b->until_ms};
	struct log_cursor *cursor = NULL;
	struct log_row row;
	int r = store_log_open(b->store, &filter, b->done, &cursor);

	while (r == SKS_OK && out->max - out->len > ENTRY_MAX) {
		r = store_log_step(cursor, &row);
		if (r == 0 || (r == 1 && row.seq > b->last)) {
			b->ended = true;
			r = SKS_OK;
			break;
		}
		if (r == 1)
			r = put_record(b, &row, out);
	}
	store_log_close(cursor);
	return r;
}

static void
say_failed(struct bundling **b, int error, struct command_reply *reply, struct buf *payload)
{
	bool tampered = error == SKS_CORRUPT;

	log_error("a bundle: %s", error_text(error));
	bundling_end(b);
	buf_reset(payload);
	reply->status = tampered ? STATUS_TAMPERED : STATUS_UNREADABLE;
	(void)snprintf(reply->text, sizeof(reply->text), "%s",
	    tampered ? N_("A record does not lead to the signed head: something in the log was "
			  "changed "
			  "or is damaged. No bundle was made. The system log says more.")
		     : N_("The log could not be read. The system log says why."));
}

void
bundling_part(
    struct bundling **b, uint64_t number, struct command_reply *reply, struct buf *payload)
{
	int e =
	    *b != NULL && !(*b)->ended && number == (*b)->number + 1 ? SKS_OK : SKS_NOT_FOUND;

	*reply = (struct command_reply){.status = STATUS_DONE};
	if (e == SKS_OK)
		e = put_part(*b, payload);
	if (e != SKS_OK) {
		say_failed(b, e, reply, payload);
		return;
	}
	(*b)->number = number;
	reply->next = (*b)->ended ? 0 : number + 1;
}

void
bundling_sum(struct bundling **b, struct command_reply *reply, struct buf *payload)
{
	json_t *o;
	char *text;

	*reply = (struct command_reply){.status = STATUS_DONE};
	if (*b == NULL || !(*b)->ended) {
		say_failed(b, SKS_NOT_FOUND, reply, payload);
		return;
	}
	file_list((*b)->files, "records.jsonl", &(*b)->records);
	file_list((*b)->files, EXPORT_PROOFS, &(*b)->proofs);
	o = json_pack("{s:I,s:I,s:I,s:O,s:O}", "records", (json_int_t)(*b)->count, "deleted",
	    (json_int_t)(*b)->deleted, "unproved", (json_int_t)(*b)->unproved, "heads",
	    (*b)->heads, "files", (*b)->files);
	text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
	if (text != NULL)
		buf_put_bytes(payload, text, strlen(text));
	json_decref(o);
	free(text);
	if (payload->len == 0)
		say_failed(b, SKS_NOMEM, reply, payload);
	else
		bundling_end(b);
}
