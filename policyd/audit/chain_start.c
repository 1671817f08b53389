/*
 * Finding the chain at a start, or beginning a new one that cites the old.
 */
#include "audit/chain_internal.h"
#include "error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char meta_machine[] = "chain.machine"; /* on which it was begun */
static const char meta_begin[] = "chain.begin"; /* set by a restore: why a new one is due */

/* ---- a new chain ------------------------------------------------------------------------- */

/* Under the same key two trees may not have one name. */
static int
new_origin(const struct chain *chain, bool first, char *out, size_t size)
{
	const char *name = chain->key[chain->now.key].vkey.name;
	uint32_t id = 0;
	int r = first ? SKS_OK : secret_random(&id, sizeof(id));
	int n;

	if (r != SKS_OK)
		return r;
	n = first ? snprintf(out, size, "%s", name) : snprintf(out, size, "%s/%08x", name, id);
	return n >= 0 && (size_t)n < size ? SKS_OK : SKS_TOO_BIG;
}

/* All that the old chain has, signed or not; where its tree cannot be made any more, nothing but
 * its name is cited, and verifying will say why. */
static void
cite(struct record *r, struct store *s, const struct store_chain *old, uint64_t last)
{
	struct merkle_hash root;
	struct tree *tree = calloc(1, sizeof(*tree));

	record_put_str(r, "sekisho.log.previous.origin", old->origin);
	if (tree != NULL && tree_load(tree, s, old, last + 1 - old->first) == SKS_OK &&
	    tree_root(tree, &root) == SKS_OK) {
		record_put_int(r, "sekisho.log.previous.size", (int64_t)tree->size);
		chain_put_base64(r, "sekisho.log.previous.root", root.bytes, MERKLE_HASH_SIZE);
	}
	free(tree);
}

static int
append_begin(const struct chain *chain, struct store *s, struct instant now, const char *reason,
    const struct store_chain *old, const uint8_t public[ED25519_KEY_SIZE])
{
	const struct chain_state *c = &chain->now;
	struct record r;

	record_init(&r, event_by_action(ACTION_LOG_BEGIN), now, chain->boot_id,
	    outcome_words[old->id == 0 ? OUTCOME_SUCCESS : OUTCOME_UNKNOWN], reason);
	record_put_str(&r, "sekisho.log.origin", c->row.origin);
	record_put_str(&r, "sekisho.log.vkey", c->row.vkey);
	chain_put_base64(&r, "sekisho.log.epoch_key", public, ED25519_KEY_SIZE);
	record_put_str(&r, "sekisho.log.auditor", chain->auditor);
	record_put_str(&r, "sekisho.log.machine", chain->machine);
	if (old->id != 0)
		cite(&r, s, old, c->row.first - 1);
	return chain_append(s, &r);
}

static int
chain_begin(struct chain *chain, struct store *s, struct instant now, const char *reason)
{
	struct chain_state *c = &chain->now;
	struct store_chain old = c->row;
	uint8_t public[ED25519_KEY_SIZE];
	bool own_name = chain->key_start != LOGKEY_FOREIGN &&
			(old.id == 0 || chain->key_start != LOGKEY_READ);
	uint64_t last;
	int r = store_log_size(s, &last);

	*c = (struct chain_state){.unsigned_since = -1,
	    .key = c->key,
	    .row = {.first = last + 1},
	    .from = {.wall_ms = now.wall_ms, .boot_ms = now.boot_ms},
	    .closed = true};
	memcpy(c->from.boot_id, chain->boot_id, 16);
	if (r != SKS_OK ||
	    (r = new_origin(chain, own_name, c->row.origin, sizeof(c->row.origin))) != SKS_OK ||
	    (r = chain_name(chain, c)) != SKS_OK)
		return r;
	note_vkey_format(&c->vkey, c->row.vkey);
	if ((r = store_chain_begin(s, &c->row)) != SKS_OK ||
	    (r = epoch_make(chain->seal_dir, c->row.id, 0, public)) != SKS_OK)
		return r;
	c->tree.chain = c->row.id;
	c->tree.first = c->row.first;
	if ((r = append_begin(chain, s, now, reason, &old, public)) != SKS_OK ||
	    (r = chain_keep_epoch(c, s, public)) != SKS_OK ||
	    (r = store_meta_set(s, meta_machine, chain->machine)) != SKS_OK ||
	    (r = store_meta_set(s, meta_begin, "")) != SKS_OK)
		return r;
	return chain_sign(chain, s, now);
}

/* ---- finding the chain ------------------------------------------------------------------- */

/* Why the newest chain cannot go on; NULL: it can. */
static int
why_not(const struct chain *chain, struct store *s, enum store_start start, char *reason,
    size_t size)
{
	const struct chain_state *c = &chain->now;
	char vkey[NOTE_VKEY_SIZE], machine[LOGKEY_MACHINE_SIZE];
	int r;

	reason[0] = '\0';
	r = store_meta_get(s, meta_begin, reason, size);
	if ((r != SKS_OK && r != SKS_NOT_FOUND) || reason[0] != '\0')
		return r;
	r = store_meta_get(s, meta_machine, machine, sizeof(machine));
	if (r != SKS_OK && r != SKS_NOT_FOUND)
		return r;
	note_vkey_format(&c->vkey, vkey);
	if (strcmp(vkey, c->row.vkey) != 0)
		(void)snprintf(reason, size, "%s",
		    chain->key_start == LOGKEY_CLONED ? "cloned" : "key-lost");
	else if (chain->key_start == LOGKEY_FOREIGN && strcmp(machine, chain->machine) != 0)
		(void)snprintf(reason, size, "cloned");
	else if (start == STORE_REWOUND)
		(void)snprintf(reason, size, "rewound");
	return SKS_OK;
}

/* The tree at the newest head, and the epoch under way. */
static int
chain_resume(struct chain *chain, struct store *s, struct instant now)
{
	struct chain_state *c = &chain->now;
	uint64_t last;
	int r = chain_recall_epoch(chain, c, s);

	if (r != SKS_OK)
		return r;
	if ((r = store_head_newest(s, c->row.id, &c->head, NULL)) != SKS_OK ||
	    (r = store_log_size(s, &last)) != SKS_OK)
		return r;
	if (c->head > chain_leaves(c, last))
		return SKS_CORRUPT; /* records are gone: this is no crash */
	if ((r = tree_load(&c->tree, s, &c->row, c->head)) != SKS_OK)
		return r == SKS_NOT_FOUND ? SKS_CORRUPT : r;
	c->unsigned_since = chain_leaves(c, last) > c->head ? now.boot_ms : -1;
	c->closed = true; /* a key that a crash left is destroyed */
	return SKS_OK;
}

int
chain_start(struct chain *chain, struct store *s, struct instant now, enum store_start start,
    const char **reason)
{
	static char why[40];
	struct chain_state *c = &chain->now;
	int r;

	*reason = NULL;
	chain->changed = true;
	*c = (struct chain_state){.unsigned_since = -1};
	r = store_chain(s, 0, &c->row);
	if (r == SKS_NOT_FOUND) {
		(void)snprintf(why, sizeof(why), "first");
	} else if (r == SKS_OK) {
		if ((r = chain_choose_key(chain, c)) != SKS_OK ||
		    (r = why_not(chain, s, start, why, sizeof(why))) != SKS_OK)
			return r;
		if (why[0] == '\0') {
			r = chain_resume(chain, s, now);
			if (r != SKS_NOT_FOUND && r != SKS_CORRUPT)
				return r;
			(void)snprintf(why, sizeof(why), "%s",
			    r == SKS_CORRUPT ? "damaged" : "seal-lost");
		}
	} else {
		return r;
	}
	*reason = why;
	return chain_begin(chain, s, now, why);
}
