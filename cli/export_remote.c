/*
 * A bundle for an auditor who is not root: what root's command reads in the store comes from
 * the daemon, proved, in parts; what it signs with the log's key the daemon signs. The files
 * are the same.
 */
#include "call.h"
#include "error.h"
#include "export.h"
#include "export_bundle.h"
#include "i18n.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- parts
 * ------------------------------------------------------------------------------------ */

static int
take_head(struct export *x, struct buf *in)
{
	struct log_head *h = &x->proving.head;
	const uint8_t *note;
	uint32_t len;
	int r;

	proving_clear(&x->proving);
	x->proving.have_head = true;
	buf_init(&h->note, EXPORT_LINE_MAX);
	h->chain.id = buf_get_u64(in);
	h->chain.first = buf_get_u64(in);
	buf_get_str(in, h->chain.origin, sizeof(h->chain.origin));
	buf_get_str(in, h->chain.vkey, sizeof(h->chain.vkey));
	len = buf_get_u32(in);
	note = buf_get_ptr(in, len);
	if ((r = buf_error(in)) != SKS_OK)
		return r;
	buf_put_bytes(&h->note, note, len);
	if (note_vkey_parse(h->chain.vkey, &h->vkey) != SKS_OK ||
	    checkpoint_open(note, len, &h->vkey, &h->checkpoint) != SKS_OK)
		return SKS_CORRUPT;
	return export_put_head(x, h);
}

static int
take_record(struct export *x, struct buf *in)
{
	uint64_t seq = buf_get_u64(in);
	uint32_t len = buf_get_u32(in), line_len;
	const uint8_t *body = buf_get_ptr(in, len), *line;
	int r;

	line_len = buf_get_u32(in);
	line = buf_get_ptr(in, line_len);
	if ((r = buf_error(in)) != SKS_OK)
		return r;
	if (len > 0) {
		x->count++;
		r = export_out_put(&x->records, body, len);
		if (r == SKS_OK)
			r = export_out_text(&x->records, "\n");
	} else {
		x->deleted++;
	}
	if (r == SKS_OK)
		r = evidence_record(x, seq, len > 0 ? body : NULL, len);
	return r == SKS_OK ? export_out_put(&x->proofs, line, line_len) : r;
}

static int
take_part(struct export *x, struct buf *payload)
{
	struct buf in;
	int r = SKS_OK;

	buf_init_read(&in, payload->data, payload->len);
	while (r == SKS_OK && buf_left(&in) > 0) {
		switch (buf_get_u8(&in)) {
		case BUNDLE_HEAD:
			r = take_head(x, &in);
			break;
		case BUNDLE_RECORD:
			r = take_record(x, &in);
			break;
		default:
			r = SKS_PROTOCOL;
		}
	}
	return r;
}

int
export_fetch(struct export *x)
{
	uint64_t next = 1;
	int status;

	do {
		struct call call;

		call_init(&call, VERB_AUDIT_BUNDLE_PART);
		call.request.number = next;
		status = call_run(&call, x->args);
		if (status == STATUS_DONE) {
			next = call.reply.next;
			status = export_say(take_part(x, &call.payload));
		}
		call_clear(&call);
	} while (status == STATUS_DONE && next != 0);
	return status;
}

/* ---- the manifest
 * ----------------------------------------------------------------------------- */

/* The daemon has its own word for records, proofs and heads. */
static json_t *
written_files(const struct export *x)
{
	json_t *list = json_array(), *f;
	size_t i;

	json_array_foreach(x->files, i, f)
	{
		const char *name = json_string_value(json_object_get(f, "name"));

		if (name != NULL && strncmp(name, "head-", 5) != 0)
			(void)json_array_append(list, f);
	}
	return list;
}

static int
sign_there(struct export *x, struct buf *note)
{
	json_t *files = written_files(x);
	char *text = json_dumps(files, JSON_COMPACT);
	int status = STATUS_INCOMPLETE;
	struct call call;

	if (text != NULL) {
		call_init(&call, VERB_AUDIT_BUNDLE_SIGN);
		status = call_run_with(&call, x->args, text, strlen(text));
		if (status == STATUS_DONE)
			buf_put_bytes(note, call.payload.data, call.payload.len);
		call_clear(&call);
	}
	free(text);
	json_decref(files);
	return status;
}

int
export_finish_remote(struct export *x)
{
	struct export_out out;
	struct buf note;
	int status, r = export_out_finish(&x->records);

	if (r == SKS_OK)
		r = export_out_finish(&x->proofs);
	if (r != SKS_OK)
		return export_say(r);
	buf_init(&note, EXPORT_LINE_MAX);
	status = sign_there(x, &note);
	if (status == STATUS_DONE) {
		r = export_out_whole(
		    &out, x->dir, EXPORT_MANIFEST, &x->to, note.data, note.len);
		export_out_close(&out);
		status = export_say(r);
	}
	buf_clear(&note);
	return status;
}
