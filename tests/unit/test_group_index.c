/* The group index, from the daemon's builder to the reader in other people's processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../nss_module/reader.c"
#include "clock.h"
#include "error.h"
#include "groups/index.h"
#include <stdio.h>
#include <stdlib.h>

enum { HOUR_MS = 3600 * 1000 };

static char path[] = "/tmp/sekisho-index-XXXXXX";

static void
write_file(const void *data, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static int
setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	return fd < 0;
}

static int
teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static struct index_member
member(size_t group, const char *user, int64_t left_ms)
{
	struct instant now = clock_now();

	return (struct index_member){group, user, now.wall_ms + left_ms, now.boot_ms + left_ms};
}

static const struct index_group groups[] = {
    {"sekisho-web", 65536}, {"sekisho-db", 65537}, {"sekisho-none", 65538}};

static void
build(struct buf *out, struct index_member *m, size_t count)
{
	buf_init(out, GROUP_INDEX_MAX);
	assert_int_equal(index_build(out, groups, 3, m, count), SKS_OK);
}

static void
build_four(struct buf *out)
{
	struct index_member m[] = {member(0, "bob", HOUR_MS), member(1, "alice", HOUR_MS),
	    member(0, "alice", HOUR_MS), member(1, "carol", -1)};

	build(out, m, 4);
}

static void
test_reads(void **state)
{
	uint32_t gid[GROUP_INDEX_USER_GROUPS];
	char text[256];
	struct group g;
	struct reader r;
	struct buf out;
	size_t n;

	(void)state;
	build_four(&out);
	write_file(out.data, out.len, 0644);
	buf_clear(&out);
	assert_int_equal(reader_open(path, &r), READER_FOUND);
	assert_int_equal(reader_gids(&r, "alice", gid, &n), READER_FOUND);
	assert_int_equal(n, 2);
	assert_int_equal(gid[0], 65536);
	assert_int_equal(gid[1], 65537);
	assert_int_equal(reader_gids(&r, "carol", gid, &n), READER_NOT_FOUND); /* over */
	assert_int_equal(reader_gids(&r, "mallory", gid, &n), READER_NOT_FOUND);
	assert_int_equal(reader_gids(&r, "", gid, &n), READER_NOT_FOUND);
	assert_int_equal(
	    reader_group_by_name(&r, "sekisho-web", &g, text, sizeof(text)), READER_FOUND);
	assert_int_equal(g.gr_gid, 65536);
	assert_string_equal(g.gr_name, "sekisho-web");
	assert_string_equal(g.gr_passwd, "x");
	assert_non_null(g.gr_mem[0]);
	assert_non_null(g.gr_mem[1]);
	assert_null(g.gr_mem[2]);
	assert_int_equal(
	    reader_group_by_gid(&r, 65537, &g, text, sizeof(text)), READER_FOUND);
	assert_string_equal(g.gr_name, "sekisho-db");
	assert_string_equal(g.gr_mem[0], "alice");
	assert_null(g.gr_mem[1]); /* carol's is over */
	assert_int_equal(
	    reader_group_by_gid(&r, 65538, &g, text, sizeof(text)), READER_FOUND);
	assert_null(g.gr_mem[0]);
	assert_int_equal(
	    reader_group_by_gid(&r, 65539, &g, text, sizeof(text)), READER_NOT_FOUND);
	assert_int_equal(
	    reader_group_by_name(&r, "sekisho-we", &g, text, sizeof(text)), READER_NOT_FOUND);
	assert_int_equal(reader_group_at(&r, 2, &g, text, sizeof(text)), READER_FOUND);
	assert_string_equal(g.gr_name, "sekisho-none");
	assert_int_equal(reader_group_at(&r, 3, &g, text, sizeof(text)), READER_NOT_FOUND);
	reader_close(&r);
}

/* Every size of buffer: too small says so, and what says yes is whole. */
static void
test_small_buffers(void **state)
{
	enum reader_result result;
	struct group g;
	struct reader r;
	struct buf out;
	size_t needed = 0;

	(void)state;
	build_four(&out);
	write_file(out.data, out.len, 0644);
	buf_clear(&out);
	assert_int_equal(reader_open(path, &r), READER_FOUND);
	for (size_t size = 0; size < 256; size++) {
		char *text = malloc(size + 1); /* its own, so that a byte too many is seen */

		result = reader_group_by_name(&r, "sekisho-web", &g, text + 1, size);
		if (result == READER_FOUND) {
			needed = needed == 0 ? size : needed;
			assert_string_equal(g.gr_mem[1][0] == 'b' ? g.gr_mem[1] : g.gr_mem[0], "bob");
		} else {
			assert_int_equal(result, READER_AGAIN);
			assert_int_equal(needed, 0);
		}
		free(text);
	}
	assert_in_range(needed, 30, 80);
	reader_close(&r);
}

/* Whatever byte is damaged, and wherever it ends: no crash, no gid that is not ours. */
static void
look_at_everything(void)
{
	uint32_t gid[GROUP_INDEX_USER_GROUPS];
	char text[512];
	struct group g;
	struct reader r;
	size_t n;

	if (reader_open(path, &r) != READER_FOUND)
		return;
	if (reader_gids(&r, "alice", gid, &n) == READER_FOUND)
		for (size_t i = 0; i < n; i++)
			assert_in_range(gid[i], GROUP_INDEX_GID_MIN, GROUP_INDEX_GID_MAX);
	if (reader_group_by_name(&r, "sekisho-web", &g, text, sizeof(text)) == READER_FOUND)
		assert_in_range(g.gr_gid, GROUP_INDEX_GID_MIN, GROUP_INDEX_GID_MAX);
	if (reader_group_by_gid(&r, 65537, &g, text, sizeof(text)) == READER_FOUND)
		assert_memory_equal(g.gr_name, "sekisho-", 8);
	for (uint32_t i = 0; i < 5; i++)
		(void)reader_group_at(&r, i, &g, text, sizeof(text));
	reader_close(&r);
}

static void
test_damage(void **state)
{
	struct buf out;

	(void)state;
	build_four(&out);
	for (size_t i = 0; i < out.len; i++) {
		static const uint8_t with[] = {0x01, 0x80, 0xff};

		for (size_t j = 0; j < sizeof(with); j++) {
			out.data[i] ^= with[j];
			write_file(out.data, out.len, 0644);
			look_at_everything();
			out.data[i] ^= with[j];
		}
		write_file(out.data, i, 0644);
		look_at_everything();
	}
	buf_clear(&out);
}

static void
test_not_ours(void **state)
{
	struct reader r;
	struct buf out;

	(void)state;
	build_four(&out);
	write_file(out.data, out.len, 0664);
	assert_int_equal(reader_open(path, &r), READER_UNUSABLE); /* others may write it */
	write_file(out.data, out.len - 1, 0644);
	assert_int_equal(reader_open(path, &r), READER_UNUSABLE);
	write_file("", 0, 0644);
	assert_int_equal(reader_open(path, &r), READER_UNUSABLE);
	assert_int_equal(reader_open("/nowhere", &r), READER_UNUSABLE);
	assert_int_equal(reader_open("/dev/zero", &r), READER_UNUSABLE);
	buf_clear(&out);
}

static void
test_refused(void **state)
{
	static const struct index_group bad_gid[] = {{"sekisho-x", 0}};
	static const struct index_group bad_name[] = {{"wheel", 65536}};
	struct index_member m[GROUP_INDEX_USER_GROUPS + 1] = {member(7, "alice", 1)};
	struct buf out;

	(void)state;
	buf_init(&out, GROUP_INDEX_MAX);
	assert_int_equal(index_build(&out, bad_gid, 1, m, 0), SKS_INVALID);
	assert_int_equal(index_build(&out, bad_name, 1, m, 0), SKS_INVALID);
	assert_int_equal(index_build(&out, groups, 3, m, 1), SKS_INVALID);
	buf_clear(&out);
}

/* Ten thousand people: each is found, and the longer of two memberships counts. */
static void
test_many(void **state)
{
	enum { PEOPLE = 10000 };
	struct index_member *m = calloc(PEOPLE + 1, sizeof(*m));
	char(*name)[16] = calloc(PEOPLE, sizeof(*name));
	uint32_t gid[GROUP_INDEX_USER_GROUPS];
	struct reader r;
	struct buf out;
	size_t n;

	(void)state;
	for (int i = 0; i < PEOPLE; i++) {
		(void)snprintf(name[i], sizeof(name[i]), "user%d", i);
		m[i] = member((size_t)i % 3, name[i], HOUR_MS);
	}
	m[PEOPLE] = member(0, name[0], -1);
	build(&out, m, PEOPLE + 1);
	write_file(out.data, out.len, 0644);
	buf_clear(&out);
	assert_int_equal(reader_open(path, &r), READER_FOUND);
	for (int i = 0; i < PEOPLE; i++) {
		assert_int_equal(reader_gids(&r, name[i], gid, &n), READER_FOUND);
		assert_int_equal(n, 1);
		assert_int_equal(gid[0], 65536 + i % 3);
	}
	reader_close(&r);
	free(m);
	free(name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reads),
	    cmocka_unit_test(test_small_buffers),
	    cmocka_unit_test(test_damage),
	    cmocka_unit_test(test_not_ours),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
