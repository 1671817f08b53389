#include "report/proving.h"

#include "error.h"
#include <openssl/evp.h>
#include <string.h>

enum { BLOCK_BITS = 8 }; /* 1 << BLOCK_BITS is PROVING_BLOCK */

int
proving_enter(struct proving *p, uint64_t seq)
{
	struct store_chain next;
	int r;

	if (p->have_head && seq >= p->head.chain.first && seq < p->chain_end)
		return 0;
	proving_clear(p);
	p->have_head = true;
	r = log_head_take(p->store, seq, &p->head);
	if (r != SKS_OK)
		return r;
	r = store_chain(p->store, p->head.chain.id + 1, &next);
	if (r != SKS_OK && r != SKS_NOT_FOUND)
		return r;
	p->chain_end = r == SKS_OK ? next.first : UINT64_MAX;
	p->source = (struct tree_source){.store = p->store, .chain = p->head.chain};
	p->number = UINT64_MAX;
	return 1;
}

void
proving_clear(struct proving *p)
{
	if (p->have_head)
		log_head_clear(&p->head);
	memset(&p->head, 0, sizeof(p->head));
	p->have_head = false;
}

/* ---- proofs ------------------------------------------------------------------------------ */

static int
block_take(void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE])
{
	struct proving *b = context;

	(void)seq;
	return merkle_leaf(header, RECORD_HEADER_SIZE, &b->leaf[b->count++]);
}

static int
block_load(struct proving *b, uint64_t number)
{
	uint64_t from = number << BLOCK_BITS, left = b->head.checkpoint.size - from;
	uint64_t count = left < PROVING_BLOCK ? left : PROVING_BLOCK;
	uint64_t first = b->source.chain.first + from;

	b->number = number;
	b->count = 0;
	return store_headers(b->source.store, first, first + count - 1, block_take, b);
}

/* merkle_subtree: small ones from the block at hand, large ones from the stored nodes. */
static int
block_subtree(void *arg, unsigned level, uint64_t index, struct merkle_hash *out)
{
	struct proving *p = arg;
	struct merkle_frontier f = {.size = 0};
	uint64_t from = index << level, number = from >> BLOCK_BITS;
	int r = SKS_OK;

	if (level >= BLOCK_BITS)
		return tree_subtree(&p->source, level, index, out);
	if (p->number != number)
		r = block_load(p, number);
	from &= PROVING_BLOCK - 1;
	for (uint64_t i = 0; r == SKS_OK && i < (UINT64_C(1) << level); i++)
		r = from + i < p->count ? merkle_push(&f, &p->leaf[from + i]) : SKS_CORRUPT;
	return r == SKS_OK ? merkle_root(&f, out) : r;
}

static void
put_base64(struct buf *out, const uint8_t *data, size_t len)
{
	uint8_t text[4 * ((RECORD_HEADER_SIZE + 2) / 3) + 1];

	(void)EVP_EncodeBlock(text, data, (int)len);
	buf_printf(out, "\"%s\"", (const char *)text);
}

/* Its place in the tree; what does not lead to the signed root is not handed out as if it did.
 */
static int
path_of(struct proving *p, const struct log_row *row, uint64_t index, struct merkle_proof *path)
{
	const struct checkpoint *c = &p->head.checkpoint;
	struct merkle_hash leaf;
	int r = merkle_leaf(row->header, RECORD_HEADER_SIZE, &leaf);

	if (r == SKS_OK)
		r = merkle_prove_inclusion(c->size, index, block_subtree, p, path);
	if (r == SKS_OK &&
	    merkle_verify_inclusion(path, c->size, index, &leaf, &c->root) != SKS_OK)
		r = SKS_CORRUPT;
	return r;
}

int
proving_line(struct proving *p, const struct log_row *row, struct buf *line, bool *covered)
{
	uint64_t index = row->seq - p->head.chain.first;
	struct merkle_proof path = {.count = 0};
	int r = SKS_OK;

	*covered = index < p->head.checkpoint.size;
	if (*covered && (r = path_of(p, row, index, &path)) != SKS_OK)
		return r;
	buf_reset(line);
	buf_printf(line, "{\"seq\":%llu,\"chain\":%llu,\"index\":%llu,\"body\":%s,\"header\":",
	    (unsigned long long)row->seq, (unsigned long long)p->head.chain.id,
	    (unsigned long long)index, row->body != NULL ? "true" : "false");
	put_base64(line, row->header, RECORD_HEADER_SIZE);
	if (*covered)
		buf_printf(line, ",\"path\":[");
	for (size_t i = 0; i < path.count; i++) {
		if (i > 0)
			buf_put_u8(line, ',');
		put_base64(line, path.hash[i].bytes, MERKLE_HASH_SIZE);
	}
	buf_printf(line, *covered ? "]}\n" : "}\n");
	return buf_error(line);
}
