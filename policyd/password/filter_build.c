#include "password/filter_build.h"

#include "error.h"
#include "password/filter.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PARTS = 256,
	PART_BUFFER = 2048, /* keys */
	PART_MAX = 1 << 24, /* keys that are sorted at a time: 128 MB */
	WRITE_BUFFER = 1 << 16,
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

/* A stretch of a file that is written from front to back. */
struct stream {
	int fd;
	uint64_t at;
	size_t held;
	uint8_t data[WRITE_BUFFER];
};

struct encoder {
	struct stream index, data;
	uint64_t buckets, bucket; /* the one that is being filled */
	uint64_t data_start, bucket_start;
	uint32_t place; /* of the last entry in it */
	bool first;
	uint8_t byte; /* bits that are no whole byte yet */
	unsigned int bits;
};

static int
error_of_write(void)
{
	switch (errno) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return SKS_FULL;
	case EROFS:
	case EACCES:
	case EPERM:
		return SKS_READONLY;
	case ENOENT:
	case ENOTDIR:
		return SKS_NOT_FOUND;
	default:
		return SKS_IO;
	}
}

static int
write_at(int fd, const void *data, size_t len, uint64_t offset)
{
	const uint8_t *at = data;

	while (len > 0) {
		ssize_t n = pwrite(fd, at, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_of_write();
		at += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return SKS_OK;
}

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
			r = error_of_write();
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
	    write_at(p->fd, p->key, p->held * sizeof(p->key[0]), p->count * sizeof(p->key[0]));

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
		r = write_at(p->fd, keys, n * sizeof(*keys), 0);
		p->count = n;
		*total += n;
	}
	free(keys);
	return r;
}

/* ---- writing ----------------------------------------------------------------------------- */

static int
stream_flush(struct stream *s)
{
	int r = write_at(s->fd, s->data, s->held, s->at);

	s->at += s->held;
	s->held = 0;
	return r;
}

static int
stream_byte(struct stream *s, uint8_t byte)
{
	int r = s->held == sizeof(s->data) ? stream_flush(s) : SKS_OK;

	if (r == SKS_OK)
		s->data[s->held++] = byte;
	return r;
}

static uint64_t
stream_position(const struct stream *s)
{
	return s->at + s->held;
}

static int
put_bit(struct encoder *e, unsigned int bit)
{
	e->byte = (uint8_t)((unsigned int)e->byte << 1 | bit);
	if (++e->bits < 8)
		return SKS_OK;
	e->bits = 0;
	return stream_byte(&e->data, e->byte);
}

static int
put_number(struct encoder *e, uint32_t value)
{
	int r = SKS_OK;

	for (uint32_t i = value >> FILTER_RICE_BITS; i > 0 && r == SKS_OK; i--)
		r = put_bit(e, 1);
	if (r == SKS_OK)
		r = put_bit(e, 0);
	for (int i = FILTER_RICE_BITS - 1; i >= 0 && r == SKS_OK; i--)
		r = put_bit(e, value >> i & 1);
	return r;
}

static int
put_offset(struct encoder *e)
{
	uint64_t offset = stream_position(&e->data) - e->data_start;
	int r = SKS_OK;

	for (int i = FILTER_OFFSET_SIZE - 1; i >= 0 && r == SKS_OK; i--)
		r = stream_byte(&e->index, (uint8_t)(offset >> (8 * i)));
	e->bucket_start = offset;
	return r;
}

/* The bucket is over: fills its last byte, and says where the next one begins. */
static int
bucket_end(struct encoder *e)
{
	int r = SKS_OK;

	while (e->bits != 0 && r == SKS_OK)
		r = put_bit(e, 1);
	if (r == SKS_OK &&
	    stream_position(&e->data) - e->data_start - e->bucket_start > FILTER_BUCKET_MAX)
		r = SKS_INVALID;
	e->bucket++;
	e->first = true;
	e->place = 0;
	return r == SKS_OK ? put_offset(e) : r;
}

static int
encode_key(struct encoder *e, uint64_t key)
{
	uint32_t place;
	uint64_t bucket = filter_bucket(key, e->buckets, &place);
	int r = SKS_OK;

	while (e->bucket < bucket && r == SKS_OK)
		r = bucket_end(e);
	if (r != SKS_OK || (!e->first && place == e->place)) /* two of one place are one */
		return r;
	r = put_number(e, place - e->place);
	e->place = place;
	e->first = false;
	return r;
}

static int
encode_part(struct encoder *e, const struct part *p)
{
	uint64_t *keys;
	int r;

	if (p->count == 0)
		return SKS_OK;
	if ((keys = malloc(p->count * sizeof(*keys))) == NULL)
		return SKS_NOMEM;
	r = part_read(p, keys);
	for (size_t i = 0; i < p->count && r == SKS_OK; i++)
		r = encode_key(e, keys[i]);
	free(keys);
	return r;
}

static void
put_be(uint8_t *at, size_t len, uint64_t v)
{
	for (size_t i = len; i > 0; i--, v >>= 8)
		at[i - 1] = (uint8_t)v;
}

static int
digest_file(
    int fd, uint64_t from, uint64_t to, uint8_t *chunk, uint8_t out[SHA256_DIGEST_LENGTH])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int r =
	    md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 ? SKS_OK : SKS_NOMEM;

	while (r == SKS_OK && from < to) {
		ssize_t n = pread(fd, chunk,
		    to - from < WRITE_BUFFER ? to - from : WRITE_BUFFER, (off_t)from);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || EVP_DigestUpdate(md, chunk, (size_t)n) != 1)
			r = SKS_IO;
		else
			from += (uint64_t)n;
	}
	if (r == SKS_OK && EVP_DigestFinal_ex(md, out, NULL) != 1)
		r = SKS_INTERNAL;
	EVP_MD_CTX_free(md);
	return r;
}

/* The last thing that is written: without it the file is none. */
static int
write_header(struct encoder *e, struct filter_result *result)
{
	uint64_t end = stream_position(&e->data);
	uint8_t h[FILTER_HEADER_SIZE] = {0};
	int r;

	memcpy(h, FILTER_MAGIC, sizeof(FILTER_MAGIC) - 1);
	put_be(h + 8, 4, FILTER_HEADER_SIZE);
	put_be(h + 16, 8, result->entries);
	put_be(h + 24, 8, e->buckets);
	put_be(h + 32, 8, end - e->data_start);
	put_be(h + 40, 8, result->lines);
	put_be(h + 48, 8, result->min_count);
	put_be(h + 56, 8, (uint64_t)result->built_wall_ms);
	r = digest_file(e->data.fd, FILTER_HEADER_SIZE, end, e->data.data, h + 64);
	if (r != SKS_OK)
		return r;
	SHA256(h, 96, h + 96);
	result->bytes = end;
	r = write_at(e->data.fd, h, sizeof(h), 0);
	return r == SKS_OK && fsync(e->data.fd) != 0 ? error_of_write() : r;
}

static int
write_filter(struct filter_build *b, int fd, struct filter_result *result,
    filter_progress *progress, void *ctx)
{
	struct encoder *e = calloc(1, sizeof(*e));
	int r;

	if (e == NULL)
		return SKS_NOMEM;
	e->buckets = (result->entries + FILTER_BUCKET_ENTRIES - 1) / FILTER_BUCKET_ENTRIES;
	if (e->buckets == 0)
		e->buckets = 1;
	e->data_start = FILTER_HEADER_SIZE + (e->buckets + 1) * FILTER_OFFSET_SIZE;
	e->index = (struct stream){.fd = fd, .at = FILTER_HEADER_SIZE};
	e->data.fd = fd;
	e->data.at = e->data_start;
	e->first = true;
	r = put_offset(e);
	for (unsigned int i = 0; i < PARTS && r == SKS_OK; i++) {
		r = encode_part(e, &b->part[i]);
		if (progress != NULL)
			progress(ctx, FILTER_STEP_WRITE, i + 1, PARTS);
	}
	while (r == SKS_OK && e->bucket < e->buckets)
		r = bucket_end(e);
	if (r == SKS_OK)
		r = stream_flush(&e->data);
	if (r == SKS_OK)
		r = stream_flush(&e->index);
	if (r == SKS_OK)
		r = write_header(e, result);
	free(e);
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
		return error_of_write();
	r = write_filter(b, fd, result, progress, ctx);
	if (r == SKS_OK && fchmod(fd, 0644) != 0)
		r = error_of_write();
	if (close(fd) != 0 && r == SKS_OK)
		r = error_of_write();
	if (r == SKS_OK && rename(beside, path) != 0)
		r = error_of_write();
	if (r != SKS_OK) {
		(void)unlink(beside);
		return r;
	}
	return sync_directory(path);
}
