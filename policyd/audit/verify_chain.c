/* Chains: where they begin, what they cite, whose key they have, who vouches for a new one. */
#include "audit/event.h"
#include "audit/verify_internal.h"
#include "base64.h"
#include "error.h"
#include <stdio.h>
#include <string.h>

enum { TEXT_ROOM = 2048, NOTE_TEXT_MAX = 4096 };

/* ---- the table of chains ----------------------------------------------------------------- */

static void
chain_compare_row(struct verify *v)
{
	struct vchain *c = &v->chain;
	struct store_chain row;
	int r = store_chain(v->store, c->id, &row);

	if (r == SKS_OK && row.first == c->out->first &&
	    strcmp(row.origin, c->out->origin) == 0 &&
	    (c->keyless || strcmp(row.vkey, c->out->vkey) == 0))
		return;
	verify_find(v, VERIFY_CHAINS, c->out->first, c->out->first, "chain %llu%s%s",
	    (unsigned long long)c->id, r != SKS_OK ? ": " : "",
	    r != SKS_OK ? error_text(r) : "");
}

void
verify_chain_end(struct verify *v, uint64_t next_first)
{
	struct vchain *c = &v->chain;

	(void)next_first;
	if (c->id == 0)
		return;
	verify_heads_end(v);
	chain_compare_row(v);
	c->out->size = c->tree.size;
	v->nodes += c->nodes;
	v->heads += c->head_rows;
}

/* ---- beginning --------------------------------------------------------------------------- */

struct begin {
	char origin[NOTE_NAME_SIZE], vkey[NOTE_VKEY_SIZE], auditor[NOTE_VKEY_SIZE];
	char epoch_key[48], reason[40], previous[NOTE_NAME_SIZE], root[48];
	int64_t size;
	bool cites, cites_root, has_auditor;
};

static bool
begin_read(struct verify *v, const struct header *h, struct begin *b)
{
	struct place place[] = {
	    {.key = "sekisho.log.origin", .text = b->origin, .size = sizeof(b->origin)},
	    {.key = "sekisho.log.vkey", .text = b->vkey, .size = sizeof(b->vkey)},
	    {.key = "sekisho.log.epoch_key",
		.text = b->epoch_key,
		.size = sizeof(b->epoch_key)},
	    {.key = "event.reason", .text = b->reason, .size = sizeof(b->reason)},
	    {.key = "sekisho.log.auditor", .text = b->auditor, .size = sizeof(b->auditor)},
	    {.key = "sekisho.log.previous.origin",
		.text = b->previous,
		.size = sizeof(b->previous)},
	    {.key = "sekisho.log.previous.size", .number = &b->size},
	    {.key = "sekisho.log.previous.root", .text = b->root, .size = sizeof(b->root)},
	};
	bool gone, whole = verify_read(v, h, place, sizeof(place) / sizeof(place[0]), &gone);

	b->has_auditor = place[4].found;
	b->cites = place[5].found;
	b->cites_root = place[6].found && place[7].found;
	if (gone)
		verify_find(v, VERIFY_DELETED, h->seq, h->seq, "the beginning of a chain");
	if (whole && !(place[0].found && place[1].found && place[2].found)) {
		verify_find(v, VERIFY_BEGIN, h->seq, h->seq, "a name or a key is missing");
		whole = false;
	}
	return whole;
}

/* Against the chain before, which is complete now. */
static void
begin_compare(struct verify *v, const struct header *h, const struct begin *b)
{
	struct vchain *c = &v->chain;
	struct merkle_hash root;

	if (c->id == 0) {
		if (b->cites)
			verify_find(v, VERIFY_BEGIN, h->seq, h->seq,
			    "it cites %s, which is not here", b->previous);
		return;
	}
	if (!b->cites || strcmp(b->previous, c->out->origin) != 0)
		verify_find(
		    v, VERIFY_BEGIN, h->seq, h->seq, "it does not cite the chain before it");
	else if (!b->cites_root)
		return; /* the old tree could not be made any more: why is found elsewhere */
	else if ((uint64_t)b->size != c->tree.size)
		verify_find(v, VERIFY_CUT, h->seq - 1, h->seq - 1,
		    "%llu records of the chain before, the next one cites %lld",
		    (unsigned long long)c->tree.size, (long long)b->size);
	else if (!verify_base64(b->root, root.bytes, sizeof(root.bytes)))
		verify_find(v, VERIFY_BEGIN, h->seq, h->seq, "malformed root");
	else
		(void)verify_signed_root(v, VERIFY_ROOT, &root, "cited by the next chain");
}

/* The first, and the newest of the others. */
static struct verify_chain *
chain_slot(struct verify_result *out)
{
	struct verify_chain *slot;

	if (out->chain_count < VERIFY_CHAINS_MAX) {
		slot = &out->chain[out->chain_count];
	} else {
		memmove(&out->chain[1], &out->chain[2],
		    (VERIFY_CHAINS_MAX - 2) * sizeof(out->chain[0]));
		slot = &out->chain[VERIFY_CHAINS_MAX - 1];
	}
	out->chain_count++;
	*slot = (struct verify_chain){0};
	return slot;
}

static bool
is_trusted_key(const struct verify *v, const struct note_vkey *key)
{
	for (size_t i = 0; i < v->o->trusted_count; i++) {
		if (note_vkey_equal(&v->o->trusted[i], key))
			return true;
	}
	/* an epoch key alone names a log too */
	return v->o->trusted_count == 0 && v->o->epoch_key_count > 0;
}

static bool
is_trusted_epoch(const struct verify *v, const uint8_t key[ED25519_KEY_SIZE])
{
	for (size_t i = 0; i < v->o->epoch_key_count; i++) {
		if (memcmp(v->o->epoch_key[i], key, ED25519_KEY_SIZE) == 0)
			return true;
	}
	return v->o->epoch_key_count == 0;
}

void
verify_begin(struct verify *v, const struct header *h)
{
	struct vchain *c = &v->chain;
	struct begin b = {.size = 0};
	bool whole = begin_read(v, h, &b);

	if (whole)
		begin_compare(v, h, &b);
	verify_chain_end(v, h->seq);
	*c = (struct vchain){.id = ++v->chains, .out = chain_slot(v->out)};
	c->out->first = h->seq;
	memcpy(c->out->origin, b.origin, sizeof(b.origin));
	memcpy(c->out->vkey, b.vkey, sizeof(b.vkey));
	memcpy(c->out->reason, b.reason, sizeof(b.reason));
	memcpy(c->out->epoch_key, b.epoch_key, sizeof(b.epoch_key));
	memcpy(c->out->auditor, b.auditor, sizeof(b.auditor));
	c->from = (struct epoch_time){.wall_ms = h->wall_ms, .boot_ms = h->boot_ms};
	memcpy(c->from.boot_id, h->boot_id, sizeof(c->from.boot_id));
	c->epochs_known = verify_base64(b.epoch_key, c->epoch_key, sizeof(c->epoch_key));
	c->keyless =
	    note_vkey_parse(b.vkey, &c->vkey) != SKS_OK || strcmp(c->vkey.name, b.origin) != 0;
	if (whole && (c->keyless || !c->epochs_known))
		verify_find(v, VERIFY_BEGIN, h->seq, h->seq, "a key is malformed");
	c->out->trusted =
	    !c->keyless && is_trusted_key(v, &c->vkey) && is_trusted_epoch(v, c->epoch_key);
	verify_heads_begin(v);
}

/* ---- the log key changes ----------------------------------------------------------------- */

void
verify_key(struct verify *v, const struct header *h)
{
	struct vchain *c = &v->chain;
	char new_key[NOTE_VKEY_SIZE], old_key[NOTE_VKEY_SIZE], signature[96], text[TEXT_ROOM];
	struct place place[] = {
	    {.key = "sekisho.log.vkey", .text = new_key, .size = sizeof(new_key)},
	    {.key = "sekisho.log.previous_vkey", .text = old_key, .size = sizeof(old_key)},
	    {.key = "sekisho.log.signature", .text = signature, .size = sizeof(signature)},
	};
	uint8_t raw[ED25519_SIGNATURE_SIZE];
	struct note_vkey key;
	bool gone;
	int n;

	if (c->id == 0 || !verify_read(v, h, place, 3, &gone)) {
		if (c->id != 0 && gone)
			verify_find(
			    v, VERIFY_DELETED, h->seq, h->seq, "a change of the log key");
		c->keyless = true;
		return;
	}
	n = snprintf(text, sizeof(text), "sekisho/log-key/v1\n%s\n%llu\n%s\n", c->out->origin,
	    (unsigned long long)c->tree.size, new_key);
	if (note_vkey_parse(new_key, &key) != SKS_OK || strcmp(key.name, c->out->origin) != 0 ||
	    (!c->keyless && strcmp(old_key, c->out->vkey) != 0) ||
	    !verify_base64(signature, raw, sizeof(raw)) || n < 0 ||
	    (!c->keyless && ed25519_verify(c->vkey.key, text, (size_t)n, raw) != SKS_OK)) {
		verify_find(v, VERIFY_KEY, h->seq, h->seq, "%s", "");
		return;
	}
	c->vkey = key;
	c->keyless = false;
	memcpy(c->out->vkey, new_key, sizeof(new_key));
	/* who trusts the new key trusts what led to it */
	if (is_trusted_key(v, &key))
		c->out->trusted = true;
}

/* ---- an auditor vouches for a new chain -------------------------------------------------- */

static struct verify_chain *
chain_named(struct verify_result *out, const char *origin)
{
	size_t kept =
	    out->chain_count < VERIFY_CHAINS_MAX ? out->chain_count : VERIFY_CHAINS_MAX;

	for (size_t i = 0; i < kept; i++) {
		if (strcmp(out->chain[i].origin, origin) == 0)
			return &out->chain[i];
	}
	return NULL;
}

struct anchor {
	const char *line[7];
	char text[NOTE_TEXT_MAX];
};

static bool
anchor_split(const struct note *n, struct anchor *a)
{
	char *at = a->text;

	if (n->text_len >= sizeof(a->text))
		return false;
	memcpy(a->text, n->text, n->text_len);
	a->text[n->text_len] = '\0';
	for (size_t i = 0; i < 7; i++) {
		char *end = strchr(at, '\n');

		if (end == NULL)
			return false;
		*end = '\0';
		a->line[i] = at;
		at = end + 1;
	}
	return *at == '\0' && strcmp(a->line[0], "sekisho/reanchor/v1") == 0;
}

/* By the auditor whom the first chain names, or one that the caller trusts. */
static bool
anchor_is_signed(const struct verify *v, const struct note *n)
{
	struct note_vkey auditor;

	for (size_t i = 0; i < v->o->auditor_count; i++) {
		if (note_verify(n, &v->o->auditor[i], NULL) == SKS_OK)
			return true;
	}
	return note_vkey_parse(v->out->chain[0].auditor, &auditor) == SKS_OK &&
	       note_verify(n, &auditor, NULL) == SKS_OK;
}

static int
keep_header(void *context, const struct store_row *row)
{
	if (row->header_len != RECORD_HEADER_SIZE)
		return SKS_CORRUPT;
	memcpy(context, row->header, RECORD_HEADER_SIZE);
	return SKS_OK;
}

/* What the auditor signed is what the new chain says of itself and of the old one. */
static bool
anchor_is_true(struct verify *v, const struct anchor *a, const struct verify_chain *new)
{
	char size[24], leaf64[BASE64_LEN(MERKLE_HASH_SIZE) + 1];
	uint8_t header[RECORD_HEADER_SIZE];
	struct store_row row = {.header = header, .header_len = sizeof(header)};
	struct begin b = {.size = 0};
	struct merkle_hash leaf;
	struct header h;

	if (store_scan_headers(v->store, new->first, new->first, keep_header, header) !=
		SKS_OK ||
	    merkle_leaf(header, sizeof(header), &leaf) != SKS_OK ||
	    header_read(&row, &h) != SKS_OK || !begin_read(v, &h, &b))
		return false;
	(void)base64_encode(leaf.bytes, sizeof(leaf.bytes), leaf64, sizeof(leaf64));
	if (!b.cites_root) {
		b.size = 0;
		(void)base64_encode(
		    merkle_empty.bytes, sizeof(merkle_empty.bytes), b.root, sizeof(b.root));
	}
	(void)snprintf(size, sizeof(size), "%lld", (long long)b.size);
	return strcmp(a->line[1], b.previous) == 0 && strcmp(a->line[2], size) == 0 &&
	       strcmp(a->line[3], b.root) == 0 && strcmp(a->line[5], leaf64) == 0 &&
	       strcmp(a->line[6], b.vkey) == 0;
}

void
verify_reanchor(struct verify *v, const struct header *h)
{
	char text[NOTE_TEXT_MAX];
	struct place place[] = {
	    {.key = "sekisho.log.note", .text = text, .size = sizeof(text)}};
	struct verify_chain *new;
	struct anchor a;
	struct note n;
	bool gone;

	if (!verify_read(v, h, place, 1, &gone))
		return;
	if (note_parse(text, strlen(text), &n) != SKS_OK || !anchor_split(&n, &a)) {
		verify_find(v, VERIFY_REANCHOR, h->seq, h->seq, "malformed");
		return;
	}
	new = chain_named(v->out, a.line[4]);
	if (new == NULL)
		verify_find(
		    v, VERIFY_REANCHOR, h->seq, h->seq, "it names a chain that is not here");
	else if (!anchor_is_signed(v, &n))
		verify_find(v, VERIFY_REANCHOR, h->seq, h->seq, "signature");
	else if (!anchor_is_true(v, &a, new))
		verify_find(v, VERIFY_REANCHOR, h->seq, h->seq, "it says what is not so");
	else
		new->anchored = true;
}

/* ---- who vouches for what ---------------------------------------------------------------- */

/*
 * A chain that is trusted vouches for those before it, which it cites. One behind it needs an
 * anchor, or trust of its own.
 */
void
verify_trust(struct verify *v)
{
	struct verify_result *out = v->out;
	size_t kept =
	    out->chain_count < VERIFY_CHAINS_MAX ? out->chain_count : VERIFY_CHAINS_MAX;
	size_t newest = 0; /* behind the newest chain that is trusted in itself */
	bool pinned = v->o->trusted_count + v->o->epoch_key_count > 0;

	for (size_t i = 0; i < kept; i++) {
		if (out->chain[i].trusted)
			newest = i + 1;
	}
	if (kept > 0 && newest == 0 && pinned)
		verify_find(v, VERIFY_OTHER_KEY, out->chain[0].first, out->chain[0].first, "%s",
		    out->chain[0].vkey);
	for (size_t i = newest > 0 ? newest : 1; i < kept; i++) {
		if (!out->chain[i].anchored)
			verify_find(v, VERIFY_UNANCHORED, out->chain[i].first,
			    out->chain[i].first, "%s", out->chain[i].reason);
	}
}
