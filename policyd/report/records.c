/* The chosen records, the signed heads of their chains, and one proof for each chain. */
#include "error.h"
#include "report/head.h"
#include "report/report.h"
#include "report/write.h"
#include <stdio.h>
#include <string.h>

struct carried { /* of one chain */
	struct log_head head;
	uint64_t index[REPORT_RECORDS_MAX];
	struct merkle_hash leaf[REPORT_RECORDS_MAX];
	size_t count;
};

/* ---- one record -------------------------------------------------------------------------- */

static bool
body_is_right(const struct record *header, const struct buf *body)
{
	uint8_t hash[32];

	return record_body_hash(body->data, body->len, hash) == SKS_OK &&
	       memcmp(hash, header->body_hash, sizeof(hash)) == 0;
}

static int
put_record(const struct report *r, struct write *w, struct carried *c, uint64_t seq)
{
	uint8_t header[RECORD_HEADER_SIZE];
	char user[NAME_SIZE];
	struct record decoded;
	struct buf body;
	int e;

	buf_init(&body, RECORD_BODY_MAX);
	e = store_record(r->store, seq, header, user, &body);
	if (e == SKS_OK)
		e = record_header_decode(header, &decoded);
	if (e == SKS_OK && body.len > 0 && !body_is_right(&decoded, &body))
		e = SKS_CORRUPT;
	if (e == SKS_OK)
		e = merkle_leaf(header, sizeof(header), &c->leaf[c->count]);
	if (e == SKS_OK) {
		c->index[c->count++] = seq - c->head.chain.first;
		write_open(w, '{');
		write_key_int(w, "seq", (int64_t)seq);
		write_key_int(w, "chain", (int64_t)c->head.chain.id);
		write_key(w, "header");
		write_base64(w, header, sizeof(header));
		write_key_str(w, "event", event_by_action(decoded.action)->name);
		write_key(w, "body");
		if (body.len > 0)
			write_text(w, (const char *)body.data, body.len);
		else
			write_null(w);
		write_close(w, '}');
	}
	buf_clear(&body);
	return e;
}

/* ---- one chain --------------------------------------------------------------------------- */

static int
put_chain(const struct report *r, struct write *w, const struct carried *c)
{
	const struct log_head *h = &c->head;
	static struct prove_tree tree;
	struct prove_nodes nodes = {0};
	struct merkle_hash root;
	int e;

	tree.store = r->store;
	tree.chain = h->chain;
	tree.size = h->checkpoint.size;
	tree.block = UINT64_MAX;
	e = prove_many(h->checkpoint.size, c->index, c->count, prove_subtree, &tree, &nodes);
	/* what does not lead to the signed root is not handed out as if it did */
	if (e == SKS_OK)
		e = prove_root(h->checkpoint.size, c->index, c->leaf, c->count, &nodes, &root);
	if (e == SKS_OK && !merkle_equal(&root, &h->checkpoint.root))
		e = SKS_CORRUPT;
	write_open(w, '{');
	write_key_int(w, "id", (int64_t)h->chain.id);
	write_key_str(w, "origin", h->chain.origin);
	write_key_str(w, "vkey", h->chain.vkey);
	write_key_int(w, "first", (int64_t)h->chain.first);
	write_key_int(w, "size", (int64_t)h->checkpoint.size);
	write_key_str(w, "note", (const char *)h->note.data);
	write_key(w, "nodes");
	write_open(w, '[');
	for (size_t i = 0; e == SKS_OK && i < nodes.count; i++)
		write_base64(w, nodes.hash[i].bytes, MERKLE_HASH_SIZE);
	write_close(w, ']');
	write_close(w, '}');
	prove_nodes_clear(&nodes);
	return e;
}

/* Records of this chain that its head covers; *next moves behind the chain's last. */
static int
put_records_of(
    struct report *r, struct write *w, struct carried *c, size_t *next, uint64_t behind)
{
	uint64_t covered = c->head.chain.first + c->head.checkpoint.size;
	int e = SKS_OK;

	for (; e == SKS_OK && *next < r->seq_count && r->seq[*next] < behind; (*next)++) {
		if (r->seq[*next] < covered)
			e = put_record(r, w, c, r->seq[*next]);
		else
			r->unproved++;
	}
	return e;
}

/* Chains that no chosen record is in are left out, but the newest: its head is always there. */
int
report_records(struct report *r, struct write *w)
{
	static struct carried c;
	struct store_chain newest, next_chain;
	struct buf chains;
	struct write cw = {.out = &chains};
	int e = store_chain(r->store, 0, &newest);
	size_t next = 0;

	if (e != SKS_OK)
		return e;
	buf_init(&chains, REPORT_DATA_MAX);
	write_key(w, "records");
	write_open(w, '[');
	for (uint64_t id = 1; e == SKS_OK && id <= newest.id; id++) {
		struct store_chain chain;
		uint64_t behind = UINT64_MAX;

		e = store_chain(r->store, id, &chain);
		if (e == SKS_OK && id < newest.id &&
		    (e = store_chain(r->store, id + 1, &next_chain)) == SKS_OK)
			behind = next_chain.first;
		if (e != SKS_OK ||
		    (id < newest.id && (next == r->seq_count || r->seq[next] >= behind)))
			continue;
		memset(&c, 0, sizeof(c));
		e = log_head_take(r->store, chain.first, &c.head);
		if (e == SKS_OK && (e = put_records_of(r, w, &c, &next, behind)) == SKS_OK)
			e = put_chain(r, &cw, &c);
		log_head_clear(&c.head);
	}
	write_close(w, ']');
	write_key(w, "chains");
	write_open(w, '[');
	buf_put_bytes(w->out, chains.data, chains.len);
	write_close(w, ']');
	if (e == SKS_OK)
		e = buf_error(&chains);
	buf_clear(&chains);
	return e;
}
