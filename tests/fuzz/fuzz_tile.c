/* Any text as a tile's path, any bytes as a bundle of entries. */
#include "../../policyd/audit/tile.c"

#include "../../lib/buf.c"
#include "../../lib/error.c"
#include "../../policyd/audit/merkle.c"

#include "fuzz.h"

static void
try_path(const char *text)
{
	char again[TILE_PATH_SIZE];
	struct tile t;

	if (tile_parse(text, &t) != SKS_OK)
		return;
	expect(tile_path(&t, again) == SKS_OK);
	expect(strcmp(again, text) == 0);
}

/* The entries that are read are the bytes, and only they fit the hashes made of them. */
static void
try_bundle(const uint8_t *data, size_t size)
{
	uint8_t hashes[TILE_WIDTH * MERKLE_HASH_SIZE];
	unsigned width = 0, wrong = 0;
	const uint8_t *entry;
	struct buf in, out;
	size_t len;
	int r;

	buf_init_read(&in, data, size);
	buf_init(&out, size + 1);
	while ((r = tile_entry_next(&in, &entry, &len)) == 1 && width < TILE_WIDTH) {
		struct merkle_hash hash;

		expect(tile_entry_put(&out, entry, len) == SKS_OK);
		expect(merkle_leaf(entry, len, &hash) == SKS_OK);
		memcpy(
		    hashes + (size_t)width++ * MERKLE_HASH_SIZE, hash.bytes, MERKLE_HASH_SIZE);
	}
	if (r == 0) {
		expect(out.len == size && (size == 0 || memcmp(out.data, data, size) == 0));
		expect(tile_check_entries(data, size, hashes, width, &wrong) == SKS_OK);
	} else if (r < 0) {
		expect(tile_check_entries(data, size, hashes, width, &wrong) != SKS_OK);
	}
	buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	uint8_t *bytes = malloc(size > 0 ? size : 1);

	expect(text != NULL && bytes != NULL);
	if (size > 0) {
		memcpy(text, data, size);
		memcpy(bytes, data, size);
	}
	text[size] = '\0';
	try_path(text);
	try_bundle(bytes, size);
	free(text);
	free(bytes);
	return 0;
}
