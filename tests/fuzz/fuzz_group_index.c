/* Any bytes as the group index: nothing is read beyond them, and no gid or name but ours comes
 * out. */
#include "../../nss_module/reader.c"

#include <stdlib.h>
#include <sys/mman.h>

#include "fuzz.h"

static void
expect_group(enum reader_result result, const struct group *g)
{
	if (result != READER_FOUND)
		return;
	expect(g->gr_gid >= GROUP_INDEX_GID_MIN && g->gr_gid <= GROUP_INDEX_GID_MAX);
	expect(strncmp(g->gr_name, GROUP_INDEX_PREFIX, strlen(GROUP_INDEX_PREFIX)) == 0);
	for (size_t i = 0; g->gr_mem[i] != NULL; i++)
		expect(strlen(g->gr_mem[i]) <= GROUP_INDEX_NAME_MAX);
}

static void
look(const struct reader *r)
{
	uint32_t gid[GROUP_INDEX_USER_GROUPS];
	char text[600];
	struct group g;
	size_t n;

	if (reader_gids(r, "alice", gid, &n) == READER_FOUND)
		for (size_t i = 0; i < n; i++)
			expect(gid[i] >= GROUP_INDEX_GID_MIN && gid[i] <= GROUP_INDEX_GID_MAX);
	expect_group(reader_group_by_name(r, "sekisho-web", &g, text, sizeof(text)), &g);
	for (uint32_t i = 0; i < 4; i++) {
		expect_group(
		    reader_group_by_gid(r, GROUP_INDEX_GID_MIN + i, &g, text, sizeof(text)), &g);
		expect_group(reader_group_at(r, i, &g, text, sizeof(text)), &g);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	uint8_t start[12] = GROUP_INDEX_MAGIC;
	struct reader r = {0};

	if (size < GROUP_INDEX_HEADER)
		return 0;
	for (unsigned int i = 0; i < 4; i++) /* what is checked first hides the rest */
		start[8 + i] = (uint8_t)(size >> (24 - 8 * i));
	if (fd < 0)
		fd = memfd_create("index", MFD_CLOEXEC);
	expect(fd >= 0 && ftruncate(fd, 0) == 0 &&
	       pwrite(fd, data, size, 0) == (ssize_t)size &&
	       pwrite(fd, start, sizeof(start), 0) == (ssize_t)sizeof(start));
	r.fd = fd;
	if (read_header(&r, (off_t)size))
		look(&r);
	return 0;
}
