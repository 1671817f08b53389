/*
 * The log key changes hands, and an auditor vouches for a chain that was begun anew.
 */
#include "audit/chain_internal.h"
#include "audit/checkpoint.h"
#include "base64.h"
#include "error.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int
chain_choose_key(struct chain *chain, struct chain_state *c)
{
	char vkey[NOTE_VKEY_SIZE];
	int r = SKS_OK;

	for (c->key = 1; c->key >= 0; c->key--) {
		if (chain->key[c->key].seed.len == 0)
			continue;
		if ((r = chain_name(chain, c)) != SKS_OK)
			return r;
		note_vkey_format(&c->vkey, vkey);
		if (strcmp(vkey, c->row.vkey) == 0)
			break;
	}
	if (c->key < 0)
		c->key = 0;
	note_skey_clear(&chain->key[1 - c->key]);
	chain->kept.key = c->key;
	return chain_name(chain, c);
}

/* ---- another log key --------------------------------------------------------------------- */

/* What the old key signs: this chain, at this size, goes on under that key. */
static void
statement(const struct chain_state *c, uint64_t size, const char *vkey, struct buf *out)
{
	buf_printf(out, "sekisho/log-key/v1\n%s\n%" PRIu64 "\n%s\n", c->row.origin, size, vkey);
}

static int
append_key(struct chain *chain, struct store *s, struct instant now, const char *vkey,
    const struct note_skey *old)
{
	struct chain_state *c = &chain->now;
	uint8_t signature[ED25519_SIGNATURE_SIZE];
	struct record r;
	struct buf text;
	int e;

	buf_init(&text, CHAIN_TEXT_MAX);
	statement(c, c->head, vkey, &text);
	if ((e = buf_error(&text)) == SKS_OK)
		e = ed25519_sign(&old->seed, text.data, text.len, signature);
	buf_clear(&text);
	if (e != SKS_OK)
		return e;
	record_init(&r, event_by_action(ACTION_LOG_KEY), now, chain->boot_id,
	    outcome_words[OUTCOME_SUCCESS], NULL);
	record_put_str(&r, "sekisho.log.vkey", vkey);
	record_put_str(&r, "sekisho.log.previous_vkey", c->row.vkey);
	record_put_int(&r, "sekisho.log.size", (int64_t)c->head);
	chain_put_base64(&r, "sekisho.log.signature", signature, sizeof(signature));
	return chain_append(s, &r);
}

/*
 * The old key's last head covers all before the record; the record is the next leaf; the new
 * key's first head covers it. So whoever knows the old key can follow to the new one.
 */
int
chain_rotate(
    struct chain *chain, struct store *s, struct instant now, const struct note_skey *next)
{
	struct chain_state *c = &chain->now;
	const struct note_skey *old = &chain->key[c->key];
	char vkey[NOTE_VKEY_SIZE];
	struct note_vkey named;
	int r;

	if (strcmp(next->vkey.name, old->vkey.name) != 0 ||
	    memcmp(next->vkey.key, old->vkey.key, ED25519_KEY_SIZE) == 0)
		return SKS_INVALID;
	chain->changed = true;
	if ((r = chain_sign(chain, s, now)) != SKS_OK ||
	    (r = note_vkey_make(c->row.origin, NOTE_ED25519, next->vkey.key, &named)) != SKS_OK)
		return r;
	note_vkey_format(&named, vkey);
	if ((r = append_key(chain, s, now, vkey, old)) != SKS_OK ||
	    (r = store_chain_vkey(s, c->row.id, vkey)) != SKS_OK)
		return r;
	chain->key[1 - c->key] = *next;
	c->key = 1 - c->key;
	c->vkey = named;
	(void)snprintf(c->row.vkey, sizeof(c->row.vkey), "%s", vkey);
	return chain_sign(chain, s, now);
}

bool
chain_has_key(const struct chain *chain, const struct note_skey *key)
{
	return memcmp(chain->key[chain->kept.key].vkey.key, key->vkey.key, ED25519_KEY_SIZE) ==
	       0;
}
