#include "password/filter_build.h"

#include "error.h"
#include "password/filter.h"
#include "password/filter_write.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PARTS = 256,
	PART_BUFFER = 2048, /* keys */
	PART_MAX = 1 << 24, /* keys that are sorted at a time: 128 MB */
};

struct part {
	int fd;
	uint64_t count;
	size_t held;
	uint64_t key[PART_BUFFER];
};

struct filter_build {
	struct part part[PARTS];
};

/* ---- the parts --------------------------------------------------------------------------- */

int
filter_build_begin(const char *directory, struct filter_build **out)
{
	struct filter_build *b = malloc(sizeof(*b));
	int r = SKS_OK;

	*out = NULL;
	if (b == NULL)
		return SKS_NOMEM;
	for (size_t i = 0; i < PARTS; i++)
		b->part[i].fd = -1;
	for (size_t i = 0; i < PARTS && r == SKS_OK; i++) {
		b->part[i].count = b->part[i].held = 0;
		b->part[i].fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (b->part[i].fd < 0)
			r = filter_write_error();
	}
	if (r != SKS_OK)
		filter_build_free(&b);
	*out = b;
	return r;
}

void
filter_build_free(struct filter_build **build)
{
	struct filter_build *b = *build;

	if (b == NULL)
		return;
	for (size_t i = 0; i < PARTS; i++)
		if (b->part[i].fd >= 0)
			close(b->part[i].fd);
	free(b);
	*build = NULL;
}

static int
part_flush(struct part *p)
{
	int r =
	    filter_write_at(p->fd, p->key, p->held * sizeof(p->key[0]), p->count * sizeof(p->key[0]));

	if (r == SKS_OK) {
		p->count += p->held;
		p->held = 0;
	}
	return r;
}

int
filter_build_add(struct filter_build *b, uint64_t key)
{
	struct part *p = &b->part[key >> 56];
	int r = p->held == PART_BUFFER ? part_flush(p) : SKS_OK;

	if (r == SKS_OK)
		p->key[p->held++] = key;
	return r;
}

static int
compare_keys(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int
part_read(const struct part *p, uint64_t *keys)
{
	size_t len = p->count * sizeof(*keys), done = 0;

	while (done < len) {
		ssize_t n = pread(p->fd, (uint8_t *)keys + done, len - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return SKS_IO;
		done += (size_t)n;
	}
	return SKS_OK;
}

/* Sorted, each key once. */
static int
part_sort(struct part *p, uint64_t *total)
{
	uint64_t *keys;
	size_t n = 0;
	int r;

	if ((r = part_flush(p)) != SKS_OK)
		return r;
	if (p->count > PART_MAX)
		return SKS_TOO_BIG;
	if (p->count == 0)
		return SKS_OK;
	if ((keys = malloc(p->count * sizeof(*keys))) == NULL)
		return SKS_NOMEM;
	r = part_read(p, keys);
	if (r == SKS_OK) {
		qsort(keys, p->count, sizeof(*keys), compare_keys);
		for (size_t i = 0; i < p->count; i++)
			if (i == 0 || keys[i] != keys[n - 1])
				keys[n++] = keys[i];
		r = filter_write_at(p->fd, keys, n * sizeof(*keys), 0);
		p->count = n;
		*total += n;
	}
	free(keys);
	return r;
}

/* ---- the filter of them ------------------------------------------------------------------ */

static int
write_part(struct filter_writer *w, const struct part *p)
{
	uint64_t *keys;
	int r;

	if (p->count == 0)
		return SKS_OK;
	if ((keys = malloc(p->count * sizeof(*keys))) == NULL)
		return SKS_NOMEM;
	r = part_read(p, keys);
	for (size_t i = 0; i < p->count && r == SKS_OK; i++)
		r = filter_write_key(w, keys[i]);
	free(keys);
	return r;
}

static int
write_filter(struct filter_build *b, int fd, struct filter_result *result,
    filter_progress *progress, void *ctx)
{
	struct filter_writer *w = NULL;
	int r = filter_write_begin(fd, result->entries, &w);

	for (unsigned int i = 0; i < PARTS && r == SKS_OK; i++) {
		r = write_part(w, &b->part[i]);
		if (progress != NULL)
			progress(ctx, FILTER_STEP_WRITE, i + 1, PARTS);
	}
	if (r == SKS_OK)
		r = filter_write_end(w, result);
	filter_write_free(&w);
	return r;
}

static int
sync_directory(const char *path)
{
	char dir[PATH_MAX];
	char *slash;
	int fd, r;

	(void)snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash == NULL)
		(void)snprintf(dir, sizeof(dir), ".");
	else
		slash[slash == dir] = '\0';
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return SKS_IO;
	r = fsync(fd) == 0 ? SKS_OK : SKS_IO;
	close(fd);
	return r;
}

int
filter_build_finish(struct filter_build *b, const char *path, struct filter_result *result,
    filter_progress *progress, void *ctx)
{
	char beside[PATH_MAX];
	int fd, r = SKS_OK, n;

	result->entries = result->bytes = 0;
	n = snprintf(beside, sizeof(beside), "%s.%ld.new", path, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof(beside))
		return SKS_TOO_BIG;
	for (unsigned int i = 0; i < PARTS && r == SKS_OK; i++) {
		r = part_sort(&b->part[i], &result->entries);
		if (progress != NULL)
			progress(ctx, FILTER_STEP_SORT, i + 1, PARTS);
	}
	if (r == SKS_OK && result->entries > FILTER_ENTRIES_MAX)
		r = SKS_TOO_BIG;
	if (r != SKS_OK)
		return r;
	fd = open(beside, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return filter_write_error();
	r = write_filter(b, fd, result, progress, ctx);
	if (r == SKS_OK && fchmod(fd, 0644) != 0)
		r = filter_write_error();
	if (close(fd) != 0 && r == SKS_OK)
		r = filter_write_error();
	if (r == SKS_OK && rename(beside, path) != 0)
		r = filter_write_error();
	if (r != SKS_OK) {
		(void)unlink(beside);
		return r;
	}
	return sync_directory(path);
}
