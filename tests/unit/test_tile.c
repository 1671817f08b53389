/* Tiles: their names, which there are, and bundles that do not hold what they should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/tile.h"
#include "error.h"
#include <stdio.h>
#include <string.h>

static void
test_paths(void **state)
{
	static const struct {
		struct tile tile;
		const char *path;
	} cases[] = {
	    {{0, 0, 256}, "tile/0/000"},
	    {{0, 1, 5}, "tile/0/001.p/5"},
	    {{5, 1234067, 256}, "tile/5/x001/x234/067"},
	    {{0, 123456789, 256}, "tile/0/x123/x456/789"},
	    {{7, 999, 255}, "tile/7/999.p/255"},
	    {{2, 1000, 1}, "tile/2/x001/000.p/1"},
	    {{TILE_ENTRIES, 1234067, 256}, "tile/entries/x001/x234/067"},
	    {{TILE_ENTRIES, 0, 112}, "tile/entries/000.p/112"},
	    {{0, INT64_MAX / 256, 255}, "tile/0/x036/x028/x797/x018/x963/967.p/255"},
	};
	char path[TILE_PATH_SIZE];
	struct tile t;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(tile_path(&cases[i].tile, path), SKS_OK);
		assert_string_equal(path, cases[i].path);
		assert_int_equal(tile_parse(path, &t), SKS_OK);
		assert_memory_equal(&t, &cases[i].tile, sizeof(t));
	}
}

static void
test_other_names_are_refused(void **state)
{
	static const char *const bad[] = {"", "tile", "tile/", "tile/0", "tile/0/", "tile/0/1",
	    "tile/0/01", "tile/0/0001", "tile/8/000", "tile/-1/000", "tile/00/000",
	    "tile/0/x000/001", "tile/0/000/001", "tile/0/x001", "tile/0/000.p/0",
	    "tile/0/000.p/256", "tile/0/000.p/", "tile/0/000.p/01", "tile/0/000.p/1 ",
	    "/tile/0/000", "tile/0/000/", "tile/data/000", "tile/entries/../000",
	    "tile/0/x999/x999/x999/x999/x999/x999/x999/999", "tile/3/5/123/456/078",
	    "tile/0/x036/x028/x797/x018/x963/968"};
	static const struct tile invalid[] = {
	    {-2, 0, 1}, {8, 0, 1}, {0, 0, 0}, {0, 0, 257}, {0, UINT64_MAX, 1}};
	static const struct tile none;
	char path[TILE_PATH_SIZE];
	struct tile t;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(tile_parse(bad[i], &t), SKS_INVALID);
		assert_memory_equal(&t, &none, sizeof(t));
	}
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
		assert_int_equal(tile_path(&invalid[i], path), SKS_INVALID);
		assert_string_equal(path, "");
	}
}

static unsigned
walk(uint64_t old, uint64_t size, char *names, size_t room)
{
	struct tile_walk w = {.old = old, .size = size};
	struct tile t;
	unsigned count = 0;

	names[0] = '\0';
	for (; tile_walk_next(&w, &t); count++) {
		char path[TILE_PATH_SIZE];
		size_t at = strlen(names);

		assert_int_equal(tile_path(&t, path), SKS_OK);
		(void)snprintf(names + at, room - at, "%s ", path + 5);
	}
	return count;
}

static void
test_which_tiles_there_are(void **state)
{
	static const struct {
		uint64_t old, size;
		unsigned count;
		const char *names; /* NULL: too many to write down */
	} cases[] = {
	    {0, 0, 0, ""},
	    {7, 7, 0, ""},
	    {0, 1, 2, "entries/000.p/1 0/000.p/1 "},
	    {0, 256, 3, "entries/000 0/000 1/000.p/1 "},
	    {255, 256, 3, "entries/000 0/000 1/000.p/1 "},
	    {256, 257, 2, "entries/001.p/1 0/001.p/1 "},
	    {250, 520, 7,
		"entries/000 entries/001 entries/002.p/8 0/000 0/001 0/002.p/8 1/000.p/2 "},
	    {0, 70000, 2 * 274 + 2 + 1, NULL},
	    {69999, 70000, 2, "entries/273.p/112 0/273.p/112 "},
	    {65535, 65536, 4, "entries/255 0/255 1/000 2/000.p/1 "},
	    {INT64_MAX - 1, INT64_MAX, 2, NULL},
	};
	char names[16384];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    walk(cases[i].old, cases[i].size, names, sizeof(names)), cases[i].count);
		if (cases[i].names != NULL)
			assert_string_equal(names, cases[i].names);
	}
	(void)walk(0, 70000, names, sizeof(names));
	assert_non_null(strstr(names, " 0/272 0/273.p/112 1/000 1/001.p/17 2/000.p/1 "));
	assert_int_equal(tile_hashes(70000, TILE_ENTRIES), 70000);
	assert_int_equal(tile_hashes(70000, 1), 273);
	assert_int_equal(tile_hashes(UINT64_MAX, TILE_LEVELS), 0);
}

/* ---- bundles ----------------------------------------------------------------------------- */

static unsigned
fill(struct buf *bundle, uint8_t *hashes)
{
	static const char *const entry[] = {"one", "", "a rather longer one"};
	const unsigned count = sizeof(entry) / sizeof(entry[0]);

	buf_init(bundle, 1024);
	for (unsigned i = 0; i < count; i++) {
		struct merkle_hash hash;

		assert_int_equal(tile_entry_put(bundle, entry[i], strlen(entry[i])), SKS_OK);
		assert_int_equal(merkle_leaf(entry[i], strlen(entry[i]), &hash), SKS_OK);
		memcpy(hashes + 32 * i, hash.bytes, 32);
	}
	return count;
}

static void
test_a_bundle_matches_its_tile(void **state)
{
	struct merkle_frontier f = {0};
	struct merkle_hash root, expected, hash;
	uint8_t hashes[96];
	unsigned width, wrong;
	struct buf b;

	(void)state;
	width = fill(&b, hashes);
	assert_int_equal(tile_check_entries(b.data, b.len, hashes, width, &wrong), SKS_OK);
	assert_int_equal(
	    tile_check_entries(b.data, b.len, hashes, width - 1, &wrong), SKS_TRAILING);
	assert_int_equal(
	    tile_check_entries(b.data, b.len - 1, hashes, width, &wrong), SKS_TRUNCATED);
	assert_int_equal(tile_check_entries(b.data, 5, hashes, width, &wrong), SKS_TRUNCATED);
	assert_int_equal(wrong, 1);
	for (unsigned i = 0; i < width; i++) {
		memcpy(hash.bytes, hashes + 32 * i, 32);
		assert_int_equal(merkle_push(&f, &hash), SKS_OK);
	}
	assert_int_equal(merkle_root(&f, &expected), SKS_OK);
	assert_int_equal(tile_root(hashes, width, &root), SKS_OK);
	assert_true(merkle_equal(&root, &expected));
	/* every bit counts: of the bytes, whatever it makes of the lengths */
	for (size_t bit = 0; bit < 8 * b.len; bit++) {
		b.data[bit / 8] = (uint8_t)(b.data[bit / 8] ^ 1U << bit % 8);
		assert_int_not_equal(
		    tile_check_entries(b.data, b.len, hashes, width, &wrong), SKS_OK);
		b.data[bit / 8] = (uint8_t)(b.data[bit / 8] ^ 1U << bit % 8);
	}
	hashes[64] ^= 1;
	assert_int_equal(tile_check_entries(b.data, b.len, hashes, width, &wrong), SKS_CORRUPT);
	assert_int_equal(wrong, 2);
	buf_clear(&b);
}

static void
test_entries_have_a_limit(void **state)
{
	static const uint8_t large[TILE_ENTRY_MAX + 1];
	const uint8_t *entry;
	struct buf b, in;
	size_t len;

	(void)state;
	buf_init(&b, 100000);
	assert_int_equal(tile_entry_put(&b, large, sizeof(large)), SKS_TOO_BIG);
	assert_int_equal(b.len, 0);
	assert_int_equal(tile_entry_put(&b, large, sizeof(large) - 1), SKS_OK);
	buf_init_read(&in, b.data, b.len);
	assert_int_equal(tile_entry_next(&in, &entry, &len), 1);
	assert_int_equal(len, TILE_ENTRY_MAX);
	assert_int_equal(tile_entry_next(&in, &entry, &len), 0);
	assert_null(entry);
	buf_init_read(&in, b.data, 1);
	assert_int_equal(tile_entry_next(&in, &entry, &len), SKS_TRUNCATED);
	buf_clear(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_other_names_are_refused),
	    cmocka_unit_test(test_which_tiles_there_are),
	    cmocka_unit_test(test_a_bundle_matches_its_tile),
	    cmocka_unit_test(test_entries_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
