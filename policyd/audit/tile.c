#include "audit/tile.h"

#include "error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP = 1000, GROUPS_MAX = 7 };

static bool
tile_is_valid(const struct tile *t)
{
	return t->level >= TILE_ENTRIES && t->level < TILE_LEVELS && t->width >= 1 &&
	       t->width <= TILE_WIDTH && t->index <= (uint64_t)MERKLE_SIZE_MAX / TILE_WIDTH;
}

/* ---- paths ------------------------------------------------------------------------------- */

int
tile_path(const struct tile *t, char out[TILE_PATH_SIZE])
{
	unsigned group[GROUPS_MAX];
	struct buf b;
	uint64_t left = t->index;
	size_t count = 0;

	out[0] = '\0';
	if (!tile_is_valid(t))
		return SKS_INVALID;
	do {
		group[count++] = (unsigned)(left % GROUP);
		left /= GROUP;
	} while (left > 0 && count < GROUPS_MAX);
	buf_init_fixed(&b, out, TILE_PATH_SIZE);
	if (t->level == TILE_ENTRIES)
		buf_printf(&b, "tile/entries");
	else
		buf_printf(&b, "tile/%d", t->level);
	while (count-- > 0)
		buf_printf(&b, "/%s%03u", count > 0 ? "x" : "", group[count]);
	if (t->width < TILE_WIDTH)
		buf_printf(&b, ".p/%u", t->width);
	buf_put_u8(&b, '\0');
	if (buf_error(&b) != SKS_OK)
		out[0] = '\0';
	return buf_error(&b) == SKS_OK ? SKS_OK : SKS_INTERNAL;
}

static bool
tile_skip(const char **at, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

/* Digits only: "most" of them, at least one. */
static bool
tile_number(const char **at, size_t most, unsigned *value)
{
	size_t n = 0;

	*value = 0;
	for (; n < most && **at >= '0' && **at <= '9'; n++)
		*value = *value * 10 + (unsigned)(*(*at)++ - '0');
	return n > 0;
}

int
tile_parse(const char *path, struct tile *out)
{
	struct tile t = {.width = TILE_WIDTH};
	char again[TILE_PATH_SIZE];
	const char *at = path;
	unsigned value = 0;
	bool more = true;

	*out = (struct tile){0};
	if (tile_skip(&at, "tile/entries"))
		t.level = TILE_ENTRIES;
	else if (tile_skip(&at, "tile/") && tile_number(&at, 2, &value))
		t.level = (int)value;
	else
		return SKS_INVALID;
	while (more) {
		if (!tile_skip(&at, "/"))
			return SKS_INVALID;
		more = tile_skip(&at, "x");
		if (t.index > UINT64_MAX / GROUP / 2 || !tile_number(&at, 3, &value))
			return SKS_INVALID;
		t.index = t.index * GROUP + value;
	}
	if (tile_skip(&at, ".p/") && !tile_number(&at, 3, &t.width))
		return SKS_INVALID;
	/* one spelling for each tile: leading zeros, "x000" and ".p/256" are none */
	if (tile_path(&t, again) != SKS_OK || strcmp(again, path) != 0)
		return SKS_INVALID;
	*out = t;
	return SKS_OK;
}

/* ---- which there are --------------------------------------------------------------------- */

uint64_t
tile_hashes(uint64_t size, int level)
{
	if (level >= TILE_LEVELS)
		return 0;
	return level <= 0 ? size : size >> (TILE_HEIGHT * level);
}

bool
tile_walk_next(struct tile_walk *w, struct tile *out)
{
	if (!w->begun) {
		w->begun = true;
		w->at = (struct tile){.level = TILE_ENTRIES, .index = w->old / TILE_WIDTH};
	} else {
		w->at.index++;
	}
	for (; w->at.level < TILE_LEVELS; w->at.level++) {
		uint64_t is = tile_hashes(w->size, w->at.level);
		uint64_t start = w->at.index * TILE_WIDTH;

		if (start < is && tile_hashes(w->old, w->at.level) < is) {
			w->at.width =
			    is - start < TILE_WIDTH ? (unsigned)(is - start) : TILE_WIDTH;
			*out = w->at;
			return true;
		}
		w->at.index = tile_hashes(w->old, w->at.level + 1) / TILE_WIDTH;
	}
	return false;
}

/* ---- what is in them --------------------------------------------------------------------- */

int
tile_entry_next(struct buf *bundle, const uint8_t **entry, size_t *len)
{
	*entry = NULL;
	*len = 0;
	if (buf_left(bundle) == 0 && buf_error(bundle) == SKS_OK)
		return 0;
	*len = buf_get_u16(bundle);
	*entry = buf_get_ptr(bundle, *len);
	if (buf_error(bundle) == SKS_OK)
		return 1;
	*entry = NULL;
	*len = 0;
	return SKS_TRUNCATED;
}

int
tile_entry_put(struct buf *bundle, const void *entry, size_t len)
{
	if (len > TILE_ENTRY_MAX)
		return SKS_TOO_BIG;
	buf_put_u16(bundle, (uint16_t)len);
	buf_put_bytes(bundle, entry, len);
	return buf_error(bundle);
}

int
tile_check_entries(
    const void *bundle, size_t len, const uint8_t *hashes, unsigned width, unsigned *wrong)
{
	struct buf b;

	buf_init_read(&b, bundle, len);
	for (*wrong = 0; *wrong < width; (*wrong)++) {
		struct merkle_hash hash;
		const uint8_t *entry;
		size_t entry_len;
		int r = tile_entry_next(&b, &entry, &entry_len);

		if (r <= 0)
			return SKS_TRUNCATED;
		r = merkle_leaf(entry, entry_len, &hash);
		if (r != SKS_OK)
			return r;
		if (memcmp(hash.bytes, hashes + (size_t)*wrong * MERKLE_HASH_SIZE,
			MERKLE_HASH_SIZE) != 0)
			return SKS_CORRUPT;
	}
	return buf_end(&b);
}

int
tile_root(const uint8_t *hashes, unsigned width, struct merkle_hash *out)
{
	struct merkle_frontier f = {0};
	int r = SKS_OK;

	for (unsigned i = 0; r == SKS_OK && i < width; i++) {
		struct merkle_hash hash;

		memcpy(hash.bytes, hashes + (size_t)i * MERKLE_HASH_SIZE, MERKLE_HASH_SIZE);
		r = merkle_push(&f, &hash);
	}
	return r == SKS_OK ? merkle_root(&f, out) : r;
}
