#include "audit/chain_internal.h"

#include "audit/checkpoint.h"
#include "base64.h"
#include "error.h"
#include "log.h"
#include "secret.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- small things ------------------------------------------------------------------------ */

void
chain_put_base64(struct record *r, const char *key, const void *data, size_t len)
{
	char text[SIGNATURE_BASE64_SIZE];

	(void)base64_encode(data, len, text, sizeof(text));
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
chain_vouch(struct chain *chain, const void *text, size_t len, struct buf *note)
{
	struct note_skey key = {.vkey = chain->now.vkey};
	int r = ready_signer(chain, &chain->now);

	if (r != SKS_OK)
		return r;
	key.signer = chain->signer;
	return note_sign(&key, 0, text, len, note);
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
	if (r != SKS_OK || chain_leaves(c, last) == c->head)
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
	if ((r = store_log_size(s, &last)) != SKS_OK || chain_leaves(c, last) == c->head)
		return r;
	if (chain_leaves(c, last) - c->head >= HEAD_RECORDS)
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

/* ---- life -------------------------------------------------------------------------------- */

int
chain_new(const struct logkey *key, const char *seal_dir, const uint8_t boot_id[16],
    struct chain **out)
{
	struct chain *c = calloc(1, sizeof(*c));

	*out = NULL;
	if (c == NULL)
		return SKS_NOMEM;
	if (secret_keep(c->key, sizeof(c->key)) != SKS_OK) {
		log_error("the memory for the key of the log cannot be locked");
		chain_free(c);
		return SKS_NOMEM;
	}
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
	    .sealed_size = c->epoch_size,
	    .epoch_wall_ms = c->from.wall_ms,
	    .sealed = c->epoch > 0 && c->head == c->epoch_size + 1};
	(void)snprintf(out->origin, sizeof(out->origin), "%s", c->row.origin);
	(void)snprintf(out->vkey, sizeof(out->vkey), "%s", c->row.vkey);
}
