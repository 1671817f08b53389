/*
 * Tiles (C2SP tlog-tiles v0.1.0): the tree as files of up to 256 hashes, and the entries as
 * bundles of up to 256, which any static web server can serve.
 *
 * Tile n of level l holds the roots of the complete subtrees of 256^l leaves, from subtree
 * 256 n on. Full ones never change; the last of a level is partial, named with its width.
 */
#ifndef SEKISHO_AUDIT_TILE_H
#define SEKISHO_AUDIT_TILE_H

#include "audit/merkle.h"
#include "buf.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TILE_WIDTH = 256,
	TILE_HEIGHT = 8,     /* 2^8 hashes */
	TILE_LEVELS = 8,     /* 0 to 7: sizes have 63 bits */
	TILE_ENTRIES = -1,   /* in place of a level: a bundle of entries */
	TILE_PATH_SIZE = 64, /* the longest path and its NUL */
	TILE_ENTRY_MAX = 65535,
};

struct tile {
	int level; /* 0 to TILE_LEVELS - 1, or TILE_ENTRIES */
	uint64_t index;
	unsigned width; /* 1 to TILE_WIDTH, which is a full one */
};

/* "tile/0/x001/x234/067", "tile/entries/000.p/15". 0 or SKS_INVALID. */
int tile_path(const struct tile *t, char out[TILE_PATH_SIZE]);
/* Only what tile_path() writes. 0 or SKS_INVALID. */
int tile_parse(const char *path, struct tile *out);

/* How many hashes a level has in a tree of this size: those of full tiles and of the partial
 * one. For entries, the size. */
uint64_t tile_hashes(uint64_t size, int level);

/*
 * The tiles of a tree of "size" that one of "old" did not have in the same width: all to be
 * written when the log has grown. Entries first, then level by level. Set old and size, leave
 * the rest zero. False when there are no more.
 */
struct tile_walk {
	uint64_t old, size;
	struct tile at;
	bool begun;
};
bool tile_walk_next(struct tile_walk *w, struct tile *out);

/* A bundle's next entry, inside its bytes. 1; 0 at the end; SKS_TRUNCATED. */
int tile_entry_next(struct buf *bundle, const uint8_t **entry, size_t *len);
/* Appends one. SKS_TOO_BIG beyond TILE_ENTRY_MAX, or the sticky error. */
int tile_entry_put(struct buf *bundle, const void *entry, size_t len);
/* 0 when these are exactly width entries whose leaf hashes are the tile's; hashes has width of
 * them. SKS_TRUNCATED, SKS_TRAILING (too many), SKS_CORRUPT with *wrong the first that is not
 * its hash, SKS_INTERNAL. */
int tile_check_entries(
    const void *bundle, size_t len, const uint8_t *hashes, unsigned width, unsigned *wrong);
/* The root of a full or partial tile's hashes. 0 or SKS_INTERNAL. */
int tile_root(const uint8_t *hashes, unsigned width, struct merkle_hash *out);

#endif
