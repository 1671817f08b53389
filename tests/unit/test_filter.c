/* Filters of listed passwords: what is in is found, what is altered is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "password/filter.h"
#include "password/filter_build.h"
#include "password/list.h"
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], path[96];

static int
setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_filter.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/f", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(dir);
}

static uint64_t
key_of(unsigned int number)
{
	char word[32];
	int len = snprintf(word, sizeof(word), "word-%u", number);

	return filter_key(word, (size_t)len);
}

static struct filter_result
build(unsigned int from, unsigned int to)
{
	struct filter_result result = {.lines = to - from, .min_count = 3, .built_wall_ms = 77};
	struct filter_build *b;

	assert_int_equal(filter_build_begin(dir, &b), SKS_OK);
	for (unsigned int i = from; i < to; i++)
		assert_int_equal(filter_build_add(b, key_of(i)), SKS_OK);
	if (to > from) /* twice is once */
		assert_int_equal(filter_build_add(b, key_of(from)), SKS_OK);
	assert_int_equal(filter_build_finish(b, path, &result, NULL, NULL), SKS_OK);
	filter_build_free(&b);
	assert_null(b);
	return result;
}

static int
open_it(struct filter *f, char *why, size_t size)
{
	return filter_open(f, path, geteuid(), true, why, size);
}

static void
test_finds_all_and_little_else(void **state)
{
	static const unsigned int counts[] = {0, 1, 2, 127, 128, 129, 1000, 200000};

	(void)state;
	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		struct filter_result r = build(0, counts[c]);
		unsigned int wrong = 0;
		struct filter f;
		bool found;

		assert_int_equal(r.entries, counts[c]);
		assert_int_equal(open_it(&f, NULL, 0), SKS_OK);
		assert_int_equal(f.entries, counts[c]);
		assert_int_equal(f.lines, counts[c]);
		assert_int_equal(f.min_count, 3);
		assert_int_equal(f.built_wall_ms, 77);
		for (unsigned int i = 0; i < counts[c]; i++) {
			assert_int_equal(filter_has(&f, key_of(i), &found), SKS_OK);
			assert_true(found);
		}
		for (unsigned int i = 0; i < 300000; i++) {
			assert_int_equal(filter_has(&f, key_of(1000000 + i), &found), SKS_OK);
			wrong += found;
		}
		assert_true(wrong <= 15); /* 5 are to be expected */
		if (counts[c] >= 1000)
			assert_true(r.bytes * 10 <= r.entries * 23 + 1280);
		filter_close(&f);
		assert_int_equal(filter_has(&f, 1, &found), SKS_INVALID);
	}
}

/* The same bytes from the same list, and these: the format is not to change unnoticed. */
static void
test_known_bytes(void **state)
{
	static const uint8_t head[] = {'S', 'K', 'S', 'P', 'W', 'F', '1', '\n', 0, 0, 0, 128, 0,
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1};
	uint8_t file[512];
	uint64_t place_bits = 0;
	ssize_t n;
	int fd;

	(void)state;
	(void)build(0, 3);
	assert_true((fd = open(path, O_RDONLY)) >= 0);
	n = read(fd, file, sizeof(file));
	close(fd);
	assert_memory_equal(file, head, sizeof(head));
	/* one bucket: its offsets are 0 and the length of the data */
	assert_int_equal(file[132], 0);
	assert_int_equal(n, 128 + 10 + file[137]);
	/* the smallest key's place is the first code: its ones, a zero, 15 bits */
	{
		uint64_t least = UINT64_MAX;
		uint32_t place;
		size_t at = 8 * 138;

		for (unsigned int i = 0; i < 3; i++)
			least = key_of(i) < least ? key_of(i) : least;
		assert_int_equal(filter_bucket(least, 1, &place), 0);
		assert_int_equal(place, (uint32_t)(((unsigned __int128)least * 7680000) >> 64));
		for (; file[at / 8] >> (7 - at % 8) & 1; at++)
			place_bits += 1 << 15;
		at++;
		for (unsigned int i = 0, low = 0; i < 15; i++, at++) {
			low = low << 1 | (file[at / 8] >> (7 - at % 8) & 1);
			if (i == 14)
				place_bits += low;
		}
		assert_int_equal(place_bits, place);
	}
}

static void
test_every_altered_byte_is_refused(void **state)
{
	struct filter f;
	char why[256];
	struct stat st;
	int fd;

	(void)state;
	(void)build(0, 300);
	assert_true((fd = open(path, O_RDWR)) >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t at = 0; at < st.st_size; at++) {
		uint8_t was, is;

		assert_int_equal(pread(fd, &was, 1, at), 1);
		is = was ^ 0x10;
		assert_int_equal(pwrite(fd, &is, 1, at), 1);
		assert_int_not_equal(open_it(&f, why, sizeof(why)), SKS_OK);
		assert_non_null(strstr(why, path));
		assert_int_equal(f.fd, -1);
		assert_int_equal(pwrite(fd, &was, 1, at), 1);
	}
	for (off_t len = st.st_size - 1; len >= 0; len -= 7) {
		assert_int_equal(ftruncate(fd, len), 0);
		assert_int_not_equal(open_it(&f, why, sizeof(why)), SKS_OK);
		assert_non_null(strstr(why, path));
	}
	close(fd);
	(void)build(0, 300);
	assert_true((fd = open(path, O_WRONLY | O_APPEND)) >= 0);
	assert_int_equal(write(fd, "", 1), 1);
	close(fd);
	assert_int_equal(open_it(&f, why, sizeof(why)), SKS_CORRUPT);
}

static void
test_untrusted_and_absent(void **state)
{
	struct filter f;
	char why[256];

	(void)state;
	(void)build(0, 3);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(open_it(&f, why, sizeof(why)), SKS_UNTRUSTED);
	assert_non_null(strstr(why, path));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(open_it(&f, why, sizeof(why)), SKS_NOT_FOUND);
	assert_non_null(strstr(why, path));
}

/* Numbers that are no hashes crowd in one place; the file that was there stays. */
static void
test_crowded_keys(void **state)
{
	struct filter_result result = {0};
	struct filter_build *b;
	struct filter f;

	(void)state;
	(void)build(0, 5);
	assert_int_equal(filter_build_begin(dir, &b), SKS_OK);
	for (uint64_t i = 0; i < 200000; i++)
		assert_int_equal(filter_build_add(b, (UINT64_C(7) << 56) + (i << 40)), SKS_OK);
	assert_int_equal(filter_build_finish(b, path, &result, NULL, NULL), SKS_INVALID);
	filter_build_free(&b);
	assert_int_equal(open_it(&f, NULL, 0), SKS_OK);
	assert_int_equal(f.entries, 5);
	filter_close(&f);
}

/* ---- lists ------------------------------------------------------------------------------- */

static int
parse(enum list_kind *kind, const char *line, struct list_entry *e)
{
	return list_parse(kind, line, strlen(line), e);
}

static void
test_words(void **state)
{
	enum list_kind kind = LIST_UNKNOWN;
	struct list_entry e;
	char line[600];

	(void)state;
	assert_int_equal(parse(&kind, "#!comment: made by hand", &e), SKS_OK);
	assert_int_equal(e.keys, 0);
	assert_int_equal(parse(&kind, "", &e), SKS_OK);
	assert_int_equal(e.keys, 0);
	assert_int_equal(kind, LIST_UNKNOWN);
	assert_int_equal(parse(&kind, "dragon\r", &e), SKS_OK);
	assert_int_equal(kind, LIST_WORDS);
	assert_int_equal(e.keys, 1);
	assert_int_equal(e.key[0], filter_key("dragon", 6));
	assert_int_equal(parse(&kind, "Dragon", &e), SKS_OK);
	assert_int_equal(e.keys, 2);
	assert_int_equal(e.key[0], filter_key("Dragon", 6));
	assert_int_equal(e.key[1], filter_key("dragon", 6));
	/* a word that looks like a hash, in a list of words */
	assert_int_equal(parse(&kind, "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8", &e), SKS_OK);
	assert_int_equal(e.key[0],
	    filter_key("5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8", SHA_DIGEST_LENGTH * 2));
	memset(line, 'a', sizeof(line));
	assert_int_equal(list_parse(&kind, line, 512, &e), SKS_OK);
	assert_int_equal(list_parse(&kind, line, 513, &e), SKS_TOO_BIG);
	assert_int_equal(e.keys, 0);
}

static void
test_hashes(void **state)
{
	static const char *const wrong[] = {"5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD",
	    "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FDG:1",
	    "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:",
	    "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:x",
	    "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8 7",
	    "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:1234567890123456789", "password"};
	enum list_kind kind = LIST_UNKNOWN;
	struct list_entry e;

	(void)state;
	/* SHA-1 of "password" */
	assert_int_equal(
	    parse(&kind, "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9545824\r", &e), SKS_OK);
	assert_int_equal(kind, LIST_HASHES);
	assert_int_equal(e.keys, 1);
	assert_int_equal(e.key[0], filter_key("password", 8));
	assert_int_equal(e.count, 9545824);
	assert_true(e.counted);
	assert_int_equal(parse(&kind, "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8", &e), SKS_OK);
	assert_int_equal(e.key[0], filter_key("password", 8));
	assert_false(e.counted);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(parse(&kind, wrong[i], &e), SKS_INVALID);
		assert_int_equal(e.keys, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_finds_all_and_little_else, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_known_bytes, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_every_altered_byte_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_untrusted_and_absent, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_crowded_keys, setup, teardown),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
