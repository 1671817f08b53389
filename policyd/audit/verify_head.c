/*
 * Heads: those that the store keeps (the newest, and the one before each seal), and those that
 * were seen elsewhere, each compared when the tree has just that size.
 */
#include "audit/verify_internal.h"
#include "error.h"
#include <string.h>

enum { NOTE_ROOM = 1 << 16 };

/* ---- stored ------------------------------------------------------------------------------ */

/* The newest one as it was when this began: meanwhile a newer one may have taken its place. */
static int
head_row(struct verify *v, int64_t *sealed, struct buf *note)
{
	const struct store_extent *x = &v->extent;
	const struct vchain *c = &v->chain;

	if (x->head_chain != c->id || x->head_size != c->tree.size ||
	    x->head_len > sizeof(x->head_note))
		return store_head_get(v->store, c->id, c->tree.size, sealed, note);
	*sealed = x->head_sealed;
	buf_put_bytes(note, x->head_note, x->head_len);
	return buf_error(note);
}

void
verify_head_row(struct verify *v, uint64_t seq, bool sealed)
{
	struct vchain *c = &v->chain;
	struct checkpoint head;
	int64_t marked = 0;
	struct buf note;
	int r;

	buf_init(&note, NOTE_ROOM);
	r = head_row(v, &marked, &note);
	if (r == SKS_OK) {
		c->head_rows++;
		r = checkpoint_open(note.data, note.len, &c->vkey, &head);
	}
	buf_clear(&note);
	if (c->keyless)
		return;
	if (r != SKS_OK)
		verify_find(v, VERIFY_HEAD, seq, seq, "size %llu: %s",
		    (unsigned long long)c->tree.size,
		    r == SKS_NOT_FOUND ? "none that this key signed"
		    : r == SKS_CORRUPT ? "its signature is false"
				       : error_text(r));
	else if (head.size != c->tree.size || strcmp(head.origin, c->out->origin) != 0)
		verify_find(v, VERIFY_HEAD, seq, seq, "size %llu: it is of another tree",
		    (unsigned long long)c->tree.size);
	else if (marked != (sealed ? 1 : 0))
		verify_find(v, VERIFY_HEAD, seq, seq, "size %llu: marked as %s",
		    (unsigned long long)c->tree.size, marked != 0 ? "sealed" : "not sealed");
	else if (verify_signed_root(v, VERIFY_ROOT, &head.root, "head"))
		c->out->signed_size = c->tree.size;
}

/* ---- seen elsewhere ---------------------------------------------------------------------- */

/* Only now is it worth a signature check: a head that agrees needs none. */
static bool
head_is_signed(const struct verify *v, const struct verify_seen_head *seen)
{
	const struct vchain *c = &v->chain;
	struct checkpoint head = {.size = seen->size, .root = seen->root};
	uint8_t room[NOTE_NAME_SIZE + 96];
	struct buf text;

	memcpy(head.origin, v->o->seen->origin[seen->origin], sizeof(head.origin));
	buf_init_fixed(&text, room, sizeof(room));
	return !c->keyless && checkpoint_format(&head, &text) == SKS_OK &&
	       ed25519_verify(c->vkey.key, text.data, text.len, seen->signature) == SKS_OK;
}

/* By the key of the log it would be a forgery, which says nothing. By another key it may be one
 * that took over behind the end of an older copy: the copy alone cannot know it. */
static void
head_of_another_key(struct verify *v, const struct verify_seen_head *seen)
{
	struct vchain *c = &v->chain;
	uint64_t end = c->out->first + c->tree.size - 1;

	v->out->seen_unknown++;
	if (c->keyless || seen->key_id == c->vkey.id || c->seen_key_told)
		return;
	c->seen_key_told = true;
	verify_find(v, VERIFY_SEEN_KEY, end, end, "line %llu, size %llu",
	    (unsigned long long)seen->line, (unsigned long long)seen->size);
}

static void
head_seen_here(struct verify *v, const struct verify_seen_head *seen)
{
	struct vchain *c = &v->chain;
	struct merkle_hash root;

	if (vtree_root(&c->tree, &root) != SKS_OK) {
		v->fatal = SKS_INTERNAL;
	} else if (merkle_equal(&root, &seen->root)) {
		v->out->seen_heads++;
		if (!c->broken)
			c->good = c->tree.size;
	} else if (!head_is_signed(v, seen)) {
		head_of_another_key(v, seen);
	} else if (!c->broken || c->tree.size <= c->good) {
		v->out->seen_heads++;
		(void)verify_signed_root(v, VERIFY_FORK, &seen->root, "head seen elsewhere");
	}
}

static void
head_seen_beyond(struct verify *v, const struct verify_seen_head *seen)
{
	struct vchain *c = &v->chain;
	uint64_t end = c->out->first + c->tree.size - 1;

	v->out->seen_heads++;
	verify_find(v, v->o->live || v->extent.last > end ? VERIFY_CUT : VERIFY_OLDER, end, end,
	    "%llu records of this chain, %llu in the head of line %llu",
	    (unsigned long long)c->tree.size, (unsigned long long)seen->size,
	    (unsigned long long)seen->line);
}

/* ---- a chain ----------------------------------------------------------------------------- */

static void
heads_next(struct verify *v)
{
	struct vchain *c = &v->chain;
	const struct verify_seen *seen = v->o->seen;

	c->next_check = UINT64_MAX;
	if (c->head_size > c->tree.size)
		c->next_check = c->head_size;
	while (c->seen < c->seen_end && seen->head[c->seen].size <= c->tree.size)
		c->seen++;
	if (c->seen < c->seen_end && seen->head[c->seen].size < c->next_check)
		c->next_check = seen->head[c->seen].size;
}

void
verify_heads_begin(struct verify *v)
{
	struct vchain *c = &v->chain;
	struct verify_seen *seen = v->o->seen;
	int origin = seen != NULL ? verify_seen_origin(seen, c->out->origin) : -1;
	uint64_t size = 0;

	if (origin >= 0)
		v->seen_chains[origin] = true;
	if (v->extent.head_chain == c->id)
		c->head_size = v->extent.head_size;
	else if (store_head_newest(v->store, c->id, &size, NULL) == SKS_OK)
		c->head_size = size;
	c->seen = c->seen_end = 0;
	for (size_t i = 0; origin >= 0 && i < seen->count; i++) {
		if (seen->head[i].origin != (uint32_t)origin)
			continue;
		if (c->seen_end == 0)
			c->seen = i;
		c->seen_end = i + 1;
	}
	heads_next(v);
}

void
verify_heads_at(struct verify *v)
{
	struct vchain *c = &v->chain;
	const struct verify_seen *seen = v->o->seen;
	uint64_t seq = c->out->first + c->tree.size - 1;

	while (c->seen < c->seen_end && seen->head[c->seen].size == c->tree.size)
		head_seen_here(v, &seen->head[c->seen++]);
	if (c->head_size == c->tree.size) {
		verify_head_row(v, seq, false);
		c->out->head = c->tree.size;
	}
	heads_next(v);
}

void
verify_heads_end(struct verify *v)
{
	struct vchain *c = &v->chain;
	uint64_t end = c->out->first + c->tree.size - 1;
	uint64_t rest =
	    c->tree.size - (c->head_size < c->tree.size ? c->head_size : c->tree.size);

	if (c->head_size > c->tree.size)
		verify_find(v, VERIFY_CUT, end, end,
		    "%llu records of this chain, the stored head covers %llu",
		    (unsigned long long)c->tree.size, (unsigned long long)c->head_size);
	else if (c->head_size == 0)
		verify_find(v, VERIFY_HEAD, end, end, "the chain has none");
	else if (rest >= 64)
		verify_find(v, VERIFY_UNSIGNED, c->out->first + c->head_size, end,
		    "%llu records", (unsigned long long)rest);
	v->out->unsigned_records = rest;
	/* the furthest one that is truly signed says how far it went */
	for (size_t i = c->seen_end; i > c->seen; i--) {
		const struct verify_seen_head *seen = &v->o->seen->head[i - 1];

		if (seen->size > c->tree.size && head_is_signed(v, seen)) {
			head_seen_beyond(v, seen);
			return;
		}
		head_of_another_key(v, seen);
	}
}

/* ---- chains that are not there ----------------------------------------------------------- */

/* "HOST/ID/audit", or that with the eight digits of a chain begun anew under the same key: the
 * same HOST/ID/audit as this chain's? */
static bool
is_of_this_log(const char *origin, const char *ours)
{
	static const char end[] = "/audit";
	const char *at = strstr(ours, end);
	size_t base = at != NULL ? (size_t)(at - ours) + strlen(end) : 0;

	return base > 0 && strncmp(origin, ours, base) == 0 &&
	       (origin[base] == '\0' || origin[base] == '/');
}

void
verify_heads_without_chain(struct verify *v)
{
	const struct verify_seen *seen = v->o->seen;

	for (size_t i = 0; seen != NULL && v->chain.id != 0 && i < seen->count; i++) {
		const struct verify_seen_head *head = &seen->head[i];
		const char *origin = seen->origin[head->origin];

		if (v->seen_chains[head->origin] ||
		    !is_of_this_log(origin, v->chain.out->origin) || !head_is_signed(v, head))
			continue;
		v->seen_chains[head->origin] = true;
		v->out->seen_heads++;
		verify_find(v, v->o->live ? VERIFY_CUT : VERIFY_OLDER, v->extent.last,
		    v->extent.last, "no chain %.80s, whose head is in line %llu", origin,
		    (unsigned long long)head->line);
	}
}
