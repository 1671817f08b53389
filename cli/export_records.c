/*
 * The records of an export: the log is read page by page, and each record that is wanted is
 * written with the proof that leads from it to the signed head of its chain.
 */
#include "error.h"
#include "export.h"
#include "export_bundle.h"
#include <stdio.h>
#include <string.h>

/* ---- the signed head of a chain ---------------------------------------------------------- */

/* The signed head of the chain at hand, as a file of its own. */
int
export_put_head(struct export *x, const struct log_head *h)
{
	struct export_out out;
	char name[64];
	int r;

	(void)snprintf(name, sizeof(name), EXPORT_HEAD, (unsigned long long)h->chain.id);
	r = export_out_whole(&out, x->dir, name, &x->to, h->note.data, h->note.len);
	if (r == SKS_OK) {
		export_list_file(x, &out);
		json_array_append_new(x->heads,
		    json_pack("{s:I,s:s,s:s,s:I,s:I}", "chain", (json_int_t)h->chain.id,
			"origin", h->chain.origin, "vkey", h->chain.vkey, "first",
			(json_int_t)h->chain.first, "size", (json_int_t)h->checkpoint.size));
	}
	export_out_close(&out);
	return r;
}

static int
export_prove(struct export *x, const struct log_row *row)
{
	bool covered;
	int r = proving_line(&x->proving, row, &x->line, &covered);

	x->unproved += r == SKS_OK && !covered;
	return r == SKS_OK ? export_out_put(&x->proofs, x->line.data, x->line.len) : r;
}

/* ---- records ----------------------------------------------------------------------------- */

static int
export_record(struct export *x, const struct log_row *row)
{
	struct record header;
	int r = record_header_decode(row->header, &header);

	if (r == SKS_OK && row->body != NULL) {
		buf_reset(&x->line);
		x->format->put(&x->line, row, &header);
		r = buf_error(&x->line);
		if (r == SKS_OK)
			r = export_out_put(&x->records, x->line.data, x->line.len);
		x->count++;
	} else if (r == SKS_OK) {
		x->deleted++;
	}
	if (r == SKS_OK && x->bundle)
		r = evidence_record(x, row->seq, row->body, row->body_len);
	return r == SKS_OK ? export_prove(x, row) : r;
}

/* A record of another chain than the one before brings that chain's head with it. */
static int
export_enter(struct export *x, uint64_t seq)
{
	int r = proving_enter(&x->proving, seq);

	return r == 1 ? export_put_head(x, &x->proving.head) : r;
}

int
export_all(struct export *x)
{
	const struct command *q = &x->request;
	const struct log_filter filter = {.user = q->verified_by,
	    .source = q->source,
	    .event = q->event,
	    .outcome = q->outcome,
	    .reason = q->reason,
	    .since_wall_ms = q->since_ms,
	    .until_wall_ms = q->until_ms};
	struct log_cursor *cursor = NULL;
	struct log_row row;
	int r = store_log_open(x->store, &filter, 0, &cursor);

	x->proving.store = x->store;
	while (r == SKS_OK && (r = store_log_step(cursor, &row)) == 1) {
		r = export_enter(x, row.seq);
		if (r == SKS_OK)
			r = export_record(x, &row);
	}
	store_log_close(cursor);
	return export_say(r);
}
