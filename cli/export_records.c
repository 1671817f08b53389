/*
 * The records of an export: the log is read page by page, and each record that is wanted is
 * written with the proof that leads from it to the signed head of its chain.
 */
#include "error.h"
#include "export.h"
#include "export_bundle.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK_BITS = 8 }; /* 1 << BLOCK_BITS is BLOCK_LEAVES */

/* ---- the signed head of a chain ---------------------------------------------------------- */

/* The signed head of the chain at hand, as a file of its own. */
static int
export_put_head(struct export *x)
{
	const struct log_head *h = &x->head;
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

/* The head of the chain that the record is in. */
static int
export_begin_chain(struct export *x, uint64_t seq)
{
	struct store_chain next;
	int status, r;

	if (x->have_head)
		log_head_clear(&x->head);
	memset(&x->head, 0, sizeof(x->head));
	x->have_head = true;
	status = log_head_read(x->store, seq, &x->head);
	if (status != STATUS_DONE)
		return status;
	r = store_chain(x->store, x->head.chain.id + 1, &next);
	if (r != SKS_OK && r != SKS_NOT_FOUND)
		return export_say(r);
	x->chain_end = r == SKS_OK ? next.first : UINT64_MAX;
	x->block.source = (struct tree_source){.store = x->store, .chain = x->head.chain};
	x->block.number = UINT64_MAX;
	return export_say(export_put_head(x));
}

/* ---- proofs ------------------------------------------------------------------------------ */

static int
block_take(void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE])
{
	struct export_block *b = context;

	(void)seq;
	return merkle_leaf(header, RECORD_HEADER_SIZE, &b->leaf[b->count++]);
}

static int
block_load(struct export *x, uint64_t number)
{
	struct export_block *b = &x->block;
	uint64_t from = number << BLOCK_BITS, left = x->head.checkpoint.size - from;
	uint64_t count = left < BLOCK_LEAVES ? left : BLOCK_LEAVES;
	uint64_t first = b->source.chain.first + from;

	b->number = number;
	b->count = 0;
	return store_headers(b->source.store, first, first + count - 1, block_take, b);
}

/* merkle_subtree: small ones from the block at hand, large ones from the stored nodes. */
static int
block_subtree(void *arg, unsigned level, uint64_t index, struct merkle_hash *out)
{
	struct export *x = arg;
	struct merkle_frontier f = {.size = 0};
	uint64_t from = index << level, number = from >> BLOCK_BITS;
	int r = SKS_OK;

	if (level >= BLOCK_BITS)
		return tree_subtree(&x->block.source, level, index, out);
	if (x->block.number != number)
		r = block_load(x, number);
	from &= BLOCK_LEAVES - 1;
	for (uint64_t i = 0; r == SKS_OK && i < (UINT64_C(1) << level); i++)
		r = from + i < x->block.count ? merkle_push(&f, &x->block.leaf[from + i])
					      : SKS_CORRUPT;
	return r == SKS_OK ? merkle_root(&f, out) : r;
}

static void
export_put_base64(struct buf *out, const uint8_t *data, size_t len)
{
	uint8_t text[4 * ((RECORD_HEADER_SIZE + 2) / 3) + 1];

	(void)EVP_EncodeBlock(text, data, (int)len);
	buf_printf(out, "\"%s\"", (const char *)text);
}

static int
export_prove(struct export *x, const struct log_row *row)
{
	const struct log_head *h = &x->head;
	uint64_t index = row->seq - h->chain.first;
	struct merkle_proof path = {.count = 0};
	struct merkle_hash leaf;
	bool covered = index < h->checkpoint.size;
	int r = merkle_leaf(row->header, RECORD_HEADER_SIZE, &leaf);

	if (r == SKS_OK && covered)
		r = merkle_prove_inclusion(h->checkpoint.size, index, block_subtree, x, &path);
	/* what does not lead to the signed root is not handed out as if it did */
	if (r == SKS_OK && covered)
		r = merkle_verify_inclusion(
			&path, h->checkpoint.size, index, &leaf, &h->checkpoint.root) == SKS_OK
			? SKS_OK
			: SKS_CORRUPT;
	if (r != SKS_OK)
		return r;
	x->unproved += !covered;
	buf_reset(&x->line);
	buf_printf(&x->line,
	    "{\"seq\":%llu,\"chain\":%llu,\"index\":%llu,\"body\":%s,\"header\":",
	    (unsigned long long)row->seq, (unsigned long long)h->chain.id,
	    (unsigned long long)index, row->body != NULL ? "true" : "false");
	export_put_base64(&x->line, row->header, RECORD_HEADER_SIZE);
	if (covered)
		buf_printf(&x->line, ",\"path\":[");
	for (size_t i = 0; i < path.count; i++) {
		if (i > 0)
			buf_put_u8(&x->line, ',');
		export_put_base64(&x->line, path.hash[i].bytes, MERKLE_HASH_SIZE);
	}
	buf_printf(&x->line, covered ? "]}\n" : "}\n");
	r = buf_error(&x->line);
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

static bool
export_is_in_chain(const struct export *x, uint64_t seq)
{
	return x->have_head && seq >= x->head.chain.first && seq < x->chain_end;
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
	int r = store_log_open(x->store, &filter, 0, &cursor), status = STATUS_DONE;

	while (
	    r == SKS_OK && status == STATUS_DONE && (r = store_log_step(cursor, &row)) == 1) {
		r = SKS_OK;
		if (!export_is_in_chain(x, row.seq))
			status = export_begin_chain(x, row.seq);
		if (status == STATUS_DONE)
			r = export_record(x, &row);
	}
	store_log_close(cursor);
	return r != SKS_OK ? export_say(r) : status;
}
