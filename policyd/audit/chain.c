#include "audit/chain_internal.h"

#include "audit/checkpoint.h"
#include "error.h"
#include "log.h"
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char meta_epoch[] = "chain.epoch";
static const char meta_machine[] = "chain.machine"; /* on which it was begun */
static const char meta_begin[] = "chain.begin"; /* set by a restore: why a new one is due */

/* ---- small things ------------------------------------------------------------------------ */

void
chain_put_base64(struct record *r, const char *key, const void *data, size_t len)
{
	char text[SIGNATURE_BASE64_SIZE];

	(void)EVP_EncodeBlock((unsigned char *)text, data, (int)len);
	record_put_str(r, key, text);
}

static void
put_boot_id(struct record *r, const char *key, const uint8_t boot_id[16])
{
	char text[33];

	for (size_t i = 0; i < 16; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", boot_id[i]);
	record_put_str(r, key, text);
}

int
chain_append(struct store *s, struct record *r)
{
	int e = record_finish(r);

	if (e == SKS_OK)
		e = store_append(s, r);
	record_clear(r);
	return e;
}

static uint64_t
leaves(const struct chain_state *c, uint64_t last)
{
	return chain_leaves(c, last);
}

/* ---- the epoch, between two starts ------------------------------------------------------- */

static int
epoch_keep(const struct chain_state *c, struct store *s, const uint8_t public[ED25519_KEY_SIZE])
{
	char text[256], boot_id[33], key[HASH_BASE64_SIZE];

	(void)EVP_EncodeBlock((unsigned char *)key, public, ED25519_KEY_SIZE);
	for (size_t i = 0; i < 16; i++)
		(void)snprintf(boot_id + 2 * i, 3, "%02x", c->from.boot_id[i]);
	(void)snprintf(text, sizeof(text),
	    "%" PRIu64 " %s %" PRIu64 " %" PRId64 " %s %" PRId64, c->epoch, key, c->epoch_size,
	    c->from.wall_ms, boot_id, c->from.boot_ms);
	return store_meta_set(s, meta_epoch, text);
}

/* SKS_NOT_FOUND when the epoch's key is not the one that the log names. */
static int
epoch_recall(const struct chain *chain, struct chain_state *c, struct store *s)
{
	uint8_t public[ED25519_KEY_SIZE];
	char text[256], boot_id[33] = "", named[HASH_BASE64_SIZE] = "", own[HASH_BASE64_SIZE];
	int r = store_meta_get(s, meta_epoch, text, sizeof(text));

	if (r != SKS_OK)
		return r;
	if (sscanf(text, "%" SCNu64 " %44s %" SCNu64 " %" SCNd64 " %32s %" SCNd64, &c->epoch,
		named, &c->epoch_size, &c->from.wall_ms, boot_id, &c->from.boot_ms) != 6)
		return SKS_NOT_FOUND;
	for (size_t i = 0; i < 16; i++)
		if (sscanf(boot_id + 2 * i, "%2hhx", &c->from.boot_id[i]) != 1)
			return SKS_NOT_FOUND;
	r = epoch_public(chain->seal_dir, c->row.id, c->epoch, public);
	if (r != SKS_OK)
		return r == SKS_NOMEM || r == SKS_INTERNAL ? r : SKS_NOT_FOUND;
	(void)EVP_EncodeBlock((unsigned char *)own, public, ED25519_KEY_SIZE);
	return strcmp(own, named) == 0 ? SKS_OK : SKS_NOT_FOUND;
}

/* ---- heads ------------------------------------------------------------------------------- */

/* The chain's key: the same Ed25519 key, under the chain's own name. */
int
chain_name(const struct chain *chain, struct chain_state *c)
{
	return note_vkey_make(
	    c->row.origin, NOTE_ED25519, chain->key[c->key].vkey.key, &c->vkey);
}

/* Most heads are signed by the same key: it is made ready once. */
static int
ready_signer(struct chain *chain, const struct chain_state *c)
{
	int r;

	if (chain->signer != NULL &&
	    memcmp(chain->signer_of, c->vkey.key, sizeof(chain->signer_of)) == 0)
		return SKS_OK;
	ed25519_signer_free(chain->signer);
	r = ed25519_signer_new(&chain->key[c->key].seed, &chain->signer);
	if (r == SKS_OK)
		memcpy(chain->signer_of, c->vkey.key, sizeof(chain->signer_of));
	return r;
}

static int
sign_note(struct chain *chain, const struct chain_state *c, const struct merkle_hash *root,
    struct buf *note)
{
	struct note_skey key = {.vkey = c->vkey};
	struct checkpoint head = {.size = c->tree.size, .root = *root};
	int r = ready_signer(chain, c);

	if (r != SKS_OK)
		return r;
	key.signer = chain->signer;
	(void)snprintf(head.origin, sizeof(head.origin), "%s", c->row.origin);
	return checkpoint_sign(&head, &key, note);
}

int
chain_sign(struct chain *chain, struct store *s, struct instant now)
{
	struct chain_state *c = &chain->now;
	struct merkle_hash root;
	struct buf note;
	uint64_t last;
	int r = store_log_size(s, &last);

	(void)now;
	if (r != SKS_OK || leaves(c, last) == c->head)
		return r;
	chain->changed = true;
	buf_init(&note, CHAIN_TEXT_MAX);
	if ((r = tree_grow(&c->tree, s, last)) == SKS_OK &&
	    (r = tree_root(&c->tree, &root)) == SKS_OK &&
	    (r = sign_note(chain, c, &root, &note)) == SKS_OK) {
		buf_put_u8(&note, 0);
		r = buf_error(&note);
	}
	if (r == SKS_OK)
		r = store_head_put(s, c->row.id, c->tree.size, (const char *)note.data);
	buf_clear(&note);
	if (r != SKS_OK)
		return r;
	c->head = c->tree.size;
	c->unsigned_since = -1;
	return SKS_OK;
}

int
chain_turn(struct chain *chain, struct store *s, struct instant now)
{
	struct chain_state *c = &chain->now;
	uint64_t last;
	int r;

	if (c->row.id == 0)
		return SKS_OK;
	if ((r = store_log_size(s, &last)) != SKS_OK || leaves(c, last) == c->head)
		return r;
	if (leaves(c, last) - c->head >= HEAD_RECORDS)
		return chain_sign(chain, s, now);
	if (c->unsigned_since < 0)
		c->unsigned_since = now.boot_ms;
	return SKS_OK;
}

bool
chain_head_due(const struct chain *chain, struct instant now)
{
	const struct chain_state *c = &chain->kept;

	return c->unsigned_since >= 0 && now.boot_ms - c->unsigned_since >= HEAD_AGE_MS;
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
	if ((r = epoch_keep(c, s, statement.next)) != SKS_OK)
		return r;
	return chain_sign(chain, s, now);
}

void
chain_committed(struct chain *chain)
{
	struct chain_state *c = &chain->now;
	int r;

	if (c->closed) {
		r = epoch_keep_only(chain->seal_dir, c->row.id, c->epoch);
		if (r != SKS_OK) /* tried again at the next seal and at every start */
			log_error("a sealing key that has served its time could not be destroyed "
				  "in %s: %s",
			    chain->seal_dir, error_text(r));
	}
	c->closed = false;
	if (c->key != chain->kept.key)
		note_skey_clear(&chain->key[chain->kept.key]);
	/* most turns sign nothing, and the tree is large */
	if (chain->changed)
		chain->kept = *c;
	chain->kept.unsigned_since = c->unsigned_since;
	chain->changed = false;
}

void
chain_undone(struct chain *chain)
{
	if (chain->changed)
		chain->now = chain->kept;
	chain->now.unsigned_since = chain->kept.unsigned_since;
	chain->changed = false;
	note_skey_clear(&chain->key[1 - chain->now.key]);
}

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
	    (r = epoch_keep(c, s, public)) != SKS_OK ||
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
	int r = epoch_recall(chain, c, s);

	if (r != SKS_OK)
		return r;
	if ((r = store_head_newest(s, c->row.id, &c->head, NULL)) != SKS_OK ||
	    (r = store_log_size(s, &last)) != SKS_OK)
		return r;
	if (c->head > leaves(c, last))
		return SKS_CORRUPT; /* records are gone: this is no crash */
	if ((r = tree_load(&c->tree, s, &c->row, c->head)) != SKS_OK)
		return r == SKS_NOT_FOUND ? SKS_CORRUPT : r;
	c->unsigned_since = leaves(c, last) > c->head ? now.boot_ms : -1;
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

/* ---- life -------------------------------------------------------------------------------- */

int
chain_new(const struct logkey *key, const char *seal_dir, const uint8_t boot_id[16],
    struct chain **out)
{
	struct chain *c = calloc(1, sizeof(*c));

	*out = NULL;
	if (c == NULL)
		return SKS_NOMEM;
	c->key[0] = key->key;
	if (key->has_next)
		c->key[1] = key->next;
	c->key_start = key->start;
	(void)snprintf(c->machine, sizeof(c->machine), "%s", key->machine);
	(void)snprintf(c->auditor, sizeof(c->auditor), "%s", key->auditor);
	memcpy(c->boot_id, boot_id, sizeof(c->boot_id));
	if (snprintf(c->seal_dir, sizeof(c->seal_dir), "%s", seal_dir) >=
		(int)sizeof(c->seal_dir) ||
	    (mkdir(seal_dir, 0700) != 0 && errno != EEXIST)) {
		log_error("cannot make %s: %s", seal_dir, strerror(errno));
		chain_free(c);
		return SKS_IO;
	}
	*out = c;
	return SKS_OK;
}

void
chain_free(struct chain *c)
{
	if (c == NULL)
		return;
	ed25519_signer_free(c->signer);
	note_skey_clear(&c->key[0]);
	note_skey_clear(&c->key[1]);
	free(c);
}

void
chain_status(const struct chain *chain, struct chain_status *out)
{
	const struct chain_state *c = &chain->now;

	*out = (struct chain_status){.id = c->row.id,
	    .first = c->row.first,
	    .head_size = c->head,
	    .epoch = c->epoch,
	    .epoch_wall_ms = c->from.wall_ms,
	    .sealed = c->epoch > 0 && c->head == c->epoch_size + 1};
	(void)snprintf(out->origin, sizeof(out->origin), "%s", c->row.origin);
	(void)snprintf(out->vkey, sizeof(out->vkey), "%s", c->row.vkey);
}
