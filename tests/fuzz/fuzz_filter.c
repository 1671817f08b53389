/*
 * Any bytes as a filter of passwords: refused, or read within their bounds.
 * SOURCES: lib/error.c lib/safeopen.c lib/buf.c lib/secret.c
 */
#include "../../policyd/password/filter.c"

#include <stdlib.h>
#include <sys/mman.h>

#include "fuzz.h"

/* A checksum is no hurdle for whoever writes a file by hand: it is made to fit. */
static void
seal(uint8_t *file, size_t size)
{
	if (size < FILTER_HEADER_SIZE)
		return;
	SHA256(file + FILTER_HEADER_SIZE, size - FILTER_HEADER_SIZE, file + 64);
	SHA256(file, 96, file + 96);
}

static void
look(int fd)
{
	struct filter f;
	char why[128];
	bool found;

	if (filter_open_fd(&f, fd, "file", true, why, sizeof(why)) != SKS_OK) {
		if (f.fd != -1 || strstr(why, "file") == NULL)
			abort();
		return;
	}
	for (uint64_t i = 0; i < 64; i++)
		(void)filter_has(&f, i * UINT64_C(0x9e3779b97f4a7c15), &found);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *file = malloc(size + 1);
	int fd = memfd_create("filter", MFD_CLOEXEC);

	if (file == NULL || fd < 0)
		abort();
	memcpy(file, data, size);
	for (int sealed = 0; sealed < 2; sealed++) {
		if (ftruncate(fd, 0) != 0 || pwrite(fd, file, size, 0) != (ssize_t)size)
			abort();
		look(fd);
		seal(file, size);
	}
	close(fd);
	free(file);
	return 0;
}
