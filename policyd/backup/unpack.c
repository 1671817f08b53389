#include "backup/unpack.h"

#include "backup/stream.h"
#include "buf.h"
#include "error.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ENTRY_MAX = 64 << 10, BLOCK = 64 << 10 };
#define PLACE_MAX (UINT64_C(1) << 46)

int
backup_feed(struct container_reader *r, int out)
{
	uint8_t *block = malloc(BLOCK);
	size_t len = 1;
	int e = block != NULL ? SKS_OK : SKS_NOMEM;

	while (e == SKS_OK && len > 0) {
		e = container_read(r, block, BLOCK, &len);
		for (size_t at = 0; e == SKS_OK && at < len;) {
			ssize_t n = write(out, block + at, len - at);

			if (n < 0 && errno != EINTR)
				e = SKS_UNREACHABLE;
			at += n > 0 ? (size_t)n : 0;
		}
	}
	if (block != NULL)
		explicit_bzero(block, BLOCK);
	free(block);
	return e;
}

/* Exactly len bytes; *end when there is none of them. */
static int
unpack_get(int in, uint8_t *data, size_t len, bool *end)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(in, data + got, len - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return SKS_IO;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	*end = got == 0 && len > 0;
	return got == len || *end ? SKS_OK : SKS_TRUNCATED;
}

static int
unpack_put(int image, const uint8_t *data, size_t len, uint64_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(image, data, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? SKS_FULL
										    : SKS_IO;
		data += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return SKS_OK;
}

struct entry {
	uint8_t type;
	uint64_t at;
	uint32_t len;
};

static int
unpack_head(int in, struct entry *e, bool *end)
{
	uint8_t head[BACKUP_ENTRY_HEAD];
	struct buf b;
	int r = unpack_get(in, head, sizeof(head), end);

	if (r != SKS_OK || *end)
		return r;
	buf_init_read(&b, head, sizeof(head));
	e->type = buf_get_u8(&b);
	e->at = buf_get_u64(&b);
	e->len = buf_get_u32(&b);
	if (e->at > PLACE_MAX || e->len > ENTRY_MAX)
		return SKS_INVALID;
	if (e->type == BACKUP_END)
		return e->len == 0 ? SKS_OK : SKS_INVALID;
	return e->type == BACKUP_PAGES && e->len > 0 ? SKS_OK : SKS_INVALID;
}

int
backup_unpack(int in, int image, uint64_t *size)
{
	uint8_t *data = malloc(ENTRY_MAX);
	struct entry e = {0};
	uint64_t highest = 0;
	bool end = false;
	int r = data != NULL ? SKS_OK : SKS_NOMEM;

	*size = 0;
	while (r == SKS_OK) {
		r = unpack_head(in, &e, &end);
		if (r != SKS_OK || end || e.type == BACKUP_END)
			break;
		r = unpack_get(in, data, e.len, &end);
		if (r == SKS_OK && end)
			r = SKS_TRUNCATED;
		if (r == SKS_OK)
			r = unpack_put(image, data, e.len, e.at);
		if (e.at + e.len > highest)
			highest = e.at + e.len;
	}
	if (r == SKS_OK && (end || e.at < highest))
		r = end ? SKS_TRUNCATED : SKS_INVALID;
	if (r == SKS_OK && (unpack_get(in, data, 1, &end) != SKS_OK || !end))
		r = SKS_TRAILING;
	if (r == SKS_OK && (ftruncate(image, (off_t)e.at) != 0 || fsync(image) != 0))
		r = SKS_IO;
	*size = r == SKS_OK ? e.at : 0;
	free(data);
	return r;
}
