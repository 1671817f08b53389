/*
 * sekisho audit export --tiles: the tree as C2SP tlog-tiles, files that any static web server can
 * serve. They hold headers and hashes, no bodies.
 *
 * Full tiles never change, so a second export into the same directory writes only what is new.
 * The checkpoint comes last, by rename: who reads meanwhile sees the old tree or the new one.
 */
#include "audit/tile.h"
#include "audit/tree.h"
#include "cli.h"
#include "error.h"
#include "export_out.h"
#include "i18n.h"
#include "log_store.h"
#include "protocol.h"
#include "safeopen.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TILE_BYTES_MAX = TILE_WIDTH * (2 + RECORD_HEADER_SIZE) };

static int
tile_put_header(void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE])
{
	(void)seq;
	return tile_entry_put(context, header, RECORD_HEADER_SIZE);
}

static int
tile_put_leaf(void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE])
{
	struct merkle_hash leaf;
	int r = merkle_leaf(header, RECORD_HEADER_SIZE, &leaf);

	(void)seq;
	if (r == SKS_OK)
		buf_put_bytes(context, leaf.bytes, sizeof(leaf.bytes));
	return r;
}

static int
tile_make(struct store *s, const struct store_chain *chain, const struct tile *t, struct buf *out)
{
	uint64_t first = t->index * TILE_WIDTH, last = first + t->width - 1;
	struct merkle_hash node;
	int r = SKS_OK;

	if (t->level <= 0)
		return store_headers(s, chain->first + first, chain->first + last,
		    t->level == 0 ? tile_put_leaf : tile_put_header, out);
	for (uint64_t n = first; r == SKS_OK && n <= last; n++) {
		r = store_node_get(s, chain->id, (unsigned)t->level, n, node.bytes);
		if (r == SKS_OK)
			buf_put_bytes(out, node.bytes, sizeof(node.bytes));
	}
	return r == SKS_NOT_FOUND ? SKS_CORRUPT : r;
}

/* The directories above a path, below "dir", which is there. */
static int
tile_make_parents(char *path, size_t dir_len)
{
	for (char *p = path + dir_len + 1; (p = strchr(p, '/')) != NULL; p++) {
		int r;

		*p = '\0';
		r = mkdir(path, 0755);
		*p = '/';
		if (r != 0 && errno != EEXIST)
			return SKS_IO;
	}
	return SKS_OK;
}

static int
tile_write(const char *dir, const struct tile *t, const struct buf *bytes)
{
	char name[TILE_PATH_SIZE], path[PATH_MAX];
	int r = tile_path(t, name);

	if (r != SKS_OK)
		return r;
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return SKS_TOO_BIG;
	if ((r = tile_make_parents(path, strlen(dir))) != SKS_OK)
		return r;
	return safeopen_replace(path, 0644, bytes->data, bytes->len);
}

/* How many leaves the tree in dir has already, 0 when it is not this one. */
static uint64_t
tiles_before(const char *dir, const struct log_head *h)
{
	char path[PATH_MAX], text[4096];
	struct checkpoint before;
	uint64_t size = 0;
	FILE *f;
	size_t n;

	if (snprintf(path, sizeof(path), "%s/checkpoint", dir) >= (int)sizeof(path) ||
	    (f = fopen(path, "re")) == NULL)
		return 0;
	n = fread(text, 1, sizeof(text), f);
	if (checkpoint_open(text, n, &h->vkey, &before) == SKS_OK &&
	    strcmp(before.origin, h->checkpoint.origin) == 0 && before.size <= h->checkpoint.size)
		size = before.size;
	(void)fclose(f);
	return size;
}

static int
tiles_write(struct store *s, const struct log_head *h, const char *dir)
{
	struct tile_walk walk = {.old = tiles_before(dir, h), .size = h->checkpoint.size};
	char path[PATH_MAX];
	struct tile t;
	struct buf bytes;
	int r = SKS_OK;

	buf_init(&bytes, TILE_BYTES_MAX);
	while (r == SKS_OK && tile_walk_next(&walk, &t)) {
		buf_reset(&bytes);
		r = tile_make(s, &h->chain, &t, &bytes);
		if (r == SKS_OK)
			r = buf_error(&bytes);
		if (r == SKS_OK)
			r = tile_write(dir, &t, &bytes);
	}
	buf_clear(&bytes);
	if (r == SKS_OK && snprintf(path, sizeof(path), "%s/checkpoint", dir) >= (int)sizeof(path))
		r = SKS_TOO_BIG;
	return r == SKS_OK ? safeopen_replace(path, 0644, h->note.data, h->note.len) : r;
}

static int
tiles_directory(const char *word, char dir[PATH_MAX])
{
	if ((mkdir(word, 0755) == 0 || errno == EEXIST) && realpath(word, dir) != NULL)
		return export_out_directory(dir);
	fprintf(stderr, _("sekisho: cannot make the directory %s: %s.\n"), word, strerror(errno));
	return STATUS_REFUSED;
}

int
run_audit_tiles(const struct args *args)
{
	struct store *s = NULL;
	struct log_head head = {0};
	char dir[PATH_MAX];
	int r = tiles_directory(args_value(args, OPT_TILES), dir), e;

	if (r != STATUS_DONE)
		return r;
	log_store_sign(args);
	r = log_store_open(args, &s);
	if (r == STATUS_DONE)
		r = log_head_read(s, UINT64_MAX, &head);
	if (r == STATUS_DONE && (e = tiles_write(s, &head, dir)) != SKS_OK) {
		fprintf(stderr,
		    _("sekisho: the tiles in %s are not complete: %s. Its checkpoint is still the "
		      "one before.\n"),
		    dir, _(error_text(e)));
		r = e == SKS_CORRUPT ? STATUS_TAMPERED : STATUS_INCOMPLETE;
	}
	if (r == STATUS_DONE)
		printf(_("%s: the tree of %llu records of %s.\n"), dir,
		    (unsigned long long)head.checkpoint.size, head.checkpoint.origin);
	log_head_clear(&head);
	store_close(s);
	return r;
}
