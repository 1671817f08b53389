/*
 * Writes a log that another implementation is to verify: heads, tiles, entries and proofs, all
 *by the functions that Sekisho itself uses.
 *
 *	tlogdata DIR SIZE [OLD...]
 *
 * DIR/vkey, DIR/checkpoint, DIR/tile/...; for each OLD size DIR/head.OLD and
 * DIR/consistency.OLD; DIR/proof.I for the first, the last and some leaves between.
 */
#include "audit/checkpoint.h"
#include "audit/proof.h"
#include "audit/tile.h"
#include "base64.h"
#include "error.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ENTRY_SIZE = 76 };

static const char *dir;
static struct note_skey key;
static struct merkle_hash *leaf;

static void
check(int r, const char *what)
{
	if (r == SKS_OK)
		return;
	fprintf(stderr, "tlogdata: %s: %s\n", what, error_text(r));
	exit(1);
}

static void
make_entry(uint64_t i, uint8_t out[ENTRY_SIZE])
{
	for (size_t k = 0; k < ENTRY_SIZE; k++)
		out[k] = (uint8_t)(i * 2654435761U >> (k % 4 * 8) ^ k * 7);
}

static void
write_file(const char *name, const void *data, size_t len)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	for (char *p = strchr(path + strlen(dir) + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			check(SKS_IO, path);
		*p = '/';
	}
	f = fopen(path, "w");
	if (f == NULL || fwrite(data, 1, len, f) != len || fclose(f) != 0)
		check(SKS_IO, path);
}

/* Slow for high levels, and independent of what stores nodes. */
static int
subtree(void *arg, unsigned level, uint64_t index, struct merkle_hash *out)
{
	struct merkle_frontier f = {0};
	int r = SKS_OK;

	(void)arg;
	for (uint64_t i = index << level; r == SKS_OK && i < (index + 1) << level; i++)
		r = merkle_push(&f, &leaf[i]);
	return r == SKS_OK ? merkle_root(&f, out) : r;
}

static void
write_head(const char *name, uint64_t size, struct buf *out)
{
	struct checkpoint c = {.size = size};

	(void)snprintf(c.origin, sizeof(c.origin), "%s", key.vkey.name);
	check(merkle_root_of(size, subtree, NULL, &c.root), "root");
	check(checkpoint_sign(&c, &key, out), "head");
	write_file(name, out->data, out->len);
}

static void
write_tile(const struct tile *t)
{
	char path[TILE_PATH_SIZE];
	struct buf b;

	check(tile_path(t, path), "path");
	buf_init(&b, (TILE_ENTRY_MAX + 2) * TILE_WIDTH);
	for (uint64_t i = t->index * TILE_WIDTH; i < t->index * TILE_WIDTH + t->width; i++) {
		struct merkle_hash hash;
		uint8_t entry[ENTRY_SIZE];

		if (t->level == TILE_ENTRIES) {
			make_entry(i, entry);
			check(tile_entry_put(&b, entry, sizeof(entry)), "entry");
			continue;
		}
		check(subtree(NULL, (unsigned)t->level * TILE_HEIGHT, i, &hash), "hash");
		buf_put_bytes(&b, hash.bytes, sizeof(hash.bytes));
	}
	check(buf_error(&b), "tile");
	write_file(path, b.data, b.len);
	buf_clear(&b);
}

static void
write_consistency(uint64_t old, uint64_t size)
{
	struct merkle_proof p;
	char name[64];
	struct buf b;

	buf_init(&b, 1 << 16);
	check(merkle_prove_consistency(old, size, subtree, NULL, &p), "consistency");
	for (size_t i = 0; i < p.count; i++) {
		char text[64];

		(void)base64_encode(p.hash[i].bytes, MERKLE_HASH_SIZE, text, sizeof(text));
		buf_printf(&b, "%s\n", text);
	}
	(void)snprintf(name, sizeof(name), "consistency.%llu", (unsigned long long)old);
	write_file(name, b.len > 0 ? b.data : (const uint8_t *)"", b.len);
	buf_reset(&b);
	(void)snprintf(name, sizeof(name), "head.%llu", (unsigned long long)old);
	write_head(name, old, &b);
	buf_clear(&b);
}

static void
write_proof(uint64_t index, uint64_t size, const struct buf *head)
{
	uint8_t entry[ENTRY_SIZE];
	struct proof p = {.index = index,
	    .extra = entry,
	    .extra_len = sizeof(entry),
	    .head = (const char *)head->data,
	    .head_len = head->len};
	char name[64];
	struct buf b;

	make_entry(index, entry);
	buf_init(&b, PROOF_MAX);
	check(merkle_prove_inclusion(size, index, subtree, NULL, &p.path), "inclusion");
	check(proof_format(&p, &b), "proof");
	(void)snprintf(name, sizeof(name), "proof.%llu", (unsigned long long)index);
	write_file(name, b.data, b.len);
	buf_clear(&b);
}

int
main(int argc, char **argv)
{
	char vkey[NOTE_VKEY_SIZE];
	struct tile_walk walk = {0};
	struct tile t;
	struct buf head;
	uint64_t size;

	if (argc < 3)
		return 2;
	dir = argv[1];
	size = strtoull(argv[2], NULL, 10);
	leaf = calloc(size + 1, sizeof(*leaf));
	if (leaf == NULL || (mkdir(dir, 0755) != 0 && errno != EEXIST))
		return 1;
	for (uint64_t i = 0; i < size; i++) {
		uint8_t entry[ENTRY_SIZE];

		make_entry(i, entry);
		check(merkle_leaf(entry, sizeof(entry), &leaf[i]), "leaf");
	}
	check(note_skey_new("host.example/0123456789abcdef/audit", NOTE_ED25519, &key), "key");
	note_vkey_format(&key.vkey, vkey);
	write_file("vkey", vkey, strlen(vkey));
	buf_init(&head, NOTE_MAX);
	write_head("checkpoint", size, &head);
	walk.size = size;
	while (tile_walk_next(&walk, &t))
		write_tile(&t);
	for (int i = 3; i < argc; i++)
		write_consistency(strtoull(argv[i], NULL, 10), size);
	for (uint64_t i = 0; i < size; i = i * 3 + 1)
		write_proof(i, size, &head);
	if (size > 0)
		write_proof(size - 1, size, &head);
	buf_clear(&head);
	note_skey_clear(&key);
	free(leaf);
	return 0;
}
