/*
 * The epochs of a chain: which one is under way, remembered between two starts, and the seal that
 * closes it.
 */
#include "audit/chain_internal.h"
#include "base64.h"
#include "error.h"
#include "hex.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char meta_epoch[] = "chain.epoch";

/* ---- the epoch, between two starts ------------------------------------------------------- */

int
chain_keep_epoch(const struct chain_state *c, struct store *s, const uint8_t public[ED25519_KEY_SIZE])
{
	char text[256], boot_id[33], key[HASH_BASE64_SIZE];

	(void)base64_encode(public, ED25519_KEY_SIZE, key, sizeof(key));
	(void)hex_put(boot_id, c->from.boot_id, sizeof(c->from.boot_id));
	(void)snprintf(text, sizeof(text),
	    "%" PRIu64 " %s %" PRIu64 " %" PRId64 " %s %" PRId64, c->epoch, key, c->epoch_size,
	    c->from.wall_ms, boot_id, c->from.boot_ms);
	return store_meta_set(s, meta_epoch, text);
}

int
chain_recall_epoch(const struct chain *chain, struct chain_state *c, struct store *s)
{
	uint8_t public[ED25519_KEY_SIZE];
	char text[256], boot_id[33] = "", named[HASH_BASE64_SIZE] = "", own[HASH_BASE64_SIZE];
	int r = store_meta_get(s, meta_epoch, text, sizeof(text));

	if (r != SKS_OK)
		return r;
	if (sscanf(text, "%" SCNu64 " %44s %" SCNu64 " %" SCNd64 " %32s %" SCNd64, &c->epoch,
		named, &c->epoch_size, &c->from.wall_ms, boot_id, &c->from.boot_ms) != 6)
		return SKS_NOT_FOUND;
	if (!hex_read(boot_id, c->from.boot_id, sizeof(c->from.boot_id)))
		return SKS_NOT_FOUND;
	r = epoch_public(chain->seal_dir, c->row.id, c->epoch, public);
	if (r != SKS_OK)
		return r == SKS_NOMEM || r == SKS_INTERNAL ? r : SKS_NOT_FOUND;
	(void)base64_encode(public, ED25519_KEY_SIZE, own, sizeof(own));
	return strcmp(own, named) == 0 ? SKS_OK : SKS_NOT_FOUND;
}

/* ---- seals ------------------------------------------------------------------------------- */

bool
chain_seal_due(const struct chain *chain, struct instant now)
{
	const struct chain_state *c = &chain->kept;
	bool this_boot = memcmp(c->from.boot_id, chain->boot_id, 16) == 0;

	if (c->row.id == 0)
		return false;
	return !this_boot || now.boot_ms - c->from.boot_ms >= EPOCH_AGE_MS ||
	       c->head - c->epoch_size >= EPOCH_RECORDS;
}

static void
put_boot_id(struct record *r, const char *key, const uint8_t boot_id[16])
{
	char text[33];

	(void)hex_put(text, boot_id, 16);
	record_put_str(r, key, text);
}

static void
put_time(struct record *r, const char *word, const struct epoch_time *t)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "sekisho.seal.%s.wall", word);
	record_put_int(r, key, t->wall_ms);
	(void)snprintf(key, sizeof(key), "sekisho.seal.%s.boot_id", word);
	put_boot_id(r, key, t->boot_id);
	(void)snprintf(key, sizeof(key), "sekisho.seal.%s.boot", word);
	record_put_int(r, key, t->boot_ms);
}

static int
append_seal(struct chain *chain, struct store *s, struct instant now,
    const struct seal_statement *statement)
{
	uint8_t signature[ED25519_SIGNATURE_SIZE];
	struct record r;
	struct buf text;
	int e;

	buf_init(&text, CHAIN_TEXT_MAX);
	seal_text(statement, &text);
	if ((e = buf_error(&text)) == SKS_OK)
		e = epoch_sign(chain->seal_dir, chain->now.row.id, statement->epoch, text.data,
		    text.len, signature);
	buf_clear(&text);
	if (e != SKS_OK)
		return e;
	record_init(&r, event_by_action(ACTION_LOG_SEAL), now, chain->boot_id,
	    outcome_words[OUTCOME_SUCCESS], NULL);
	record_put_int(&r, "sekisho.seal.epoch", (int64_t)statement->epoch);
	record_put_int(&r, "sekisho.seal.size", (int64_t)statement->size);
	chain_put_base64(&r, "sekisho.seal.root", statement->root.bytes, MERKLE_HASH_SIZE);
	put_time(&r, "from", &statement->from);
	put_time(&r, "to", &statement->to);
	chain_put_base64(&r, "sekisho.seal.next", statement->next, ED25519_KEY_SIZE);
	chain_put_base64(&r, "sekisho.seal.signature", signature, sizeof(signature));
	return chain_append(s, &r);
}

int
chain_seal(struct chain *chain, struct store *s, struct instant now)
{
	struct chain_state *c = &chain->now;
	struct seal_statement statement = {.origin = c->row.origin,
	    .epoch = c->epoch,
	    .from = c->from,
	    .to = {.wall_ms = now.wall_ms, .boot_ms = now.boot_ms}};
	int r;

	memcpy(statement.to.boot_id, chain->boot_id, 16);
	chain->changed = true;
	if ((r = chain_sign(chain, s, now)) != SKS_OK ||
	    (r = store_head_sealed(s, c->row.id, c->head)) != SKS_OK ||
	    (r = tree_root(&c->tree, &statement.root)) != SKS_OK ||
	    (r = epoch_make(chain->seal_dir, c->row.id, c->epoch + 1, statement.next)) != SKS_OK)
		return r;
	statement.size = c->head;
	if ((r = append_seal(chain, s, now, &statement)) != SKS_OK)
		return r;
	c->epoch++;
	c->from = statement.to;
	c->epoch_size = statement.size;
	c->closed = true;
	if ((r = chain_keep_epoch(c, s, statement.next)) != SKS_OK)
		return r;
	return chain_sign(chain, s, now);
}
