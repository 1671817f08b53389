/*
 * This boot's memory of the store: how many commits it has seen, in a file on a memory file
 * system. A store that is older than that was put back.
 *
 * 24 bytes: u64 generation, 16 bytes boot id.
 */
#include "buf.h"
#include "error.h"
#include "store/store_internal.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { GENERATION_SIZE = 8 + 16 };

int
generation_open(struct store *s, const char *path, bool *known, uint64_t *value)
{
	uint8_t data[GENERATION_SIZE], boot_id[16];
	struct buf b;
	ssize_t n;

	*known = false;
	*value = 0;
	if (path == NULL)
		return SKS_OK;
	s->generation_fd =
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
	if (s->generation_fd < 0) {
		(void)snprintf(s->error, sizeof(s->error), "cannot open %s", path);
		return SKS_IO;
	}
	n = pread(s->generation_fd, data, sizeof(data), 0);
	if (n < 0) {
		(void)snprintf(s->error, sizeof(s->error), "cannot read %s", path);
		return SKS_IO;
	}
	buf_init_read(&b, data, (size_t)n);
	*value = buf_get_u64(&b);
	buf_get_bytes(&b, boot_id, sizeof(boot_id));
	*known = buf_end(&b) == SKS_OK && memcmp(boot_id, s->boot_id, sizeof(boot_id)) == 0;
	return SKS_OK;
}

int
generation_write(struct store *s, int64_t value)
{
	uint8_t data[GENERATION_SIZE];
	struct buf b;

	if (s->generation_fd < 0)
		return SKS_OK;
	buf_init_fixed(&b, data, sizeof(data));
	buf_put_u64(&b, (uint64_t)value);
	buf_put_bytes(&b, s->boot_id, sizeof(s->boot_id));
	if (pwrite(s->generation_fd, data, sizeof(data), 0) != (ssize_t)sizeof(data)) {
		(void)snprintf(s->error, sizeof(s->error), "cannot write the generation file");
		return SKS_IO;
	}
	return SKS_OK;
}
