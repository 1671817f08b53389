#include "password/filter_write.h"

#include "error.h"
#include "password/filter.h"
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WRITE_BUFFER = 1 << 16 };

/* A stretch of a file that is written from front to back. */
struct stream {
	int fd;
	uint64_t at;
	size_t held;
	uint8_t data[WRITE_BUFFER];
};

struct filter_writer {
	struct stream index, data;
	uint64_t buckets, bucket; /* the one that is being filled */
	uint64_t data_start, bucket_start;
	uint32_t place; /* of the last entry in it */
	bool first;
	uint8_t byte; /* bits that are no whole byte yet */
	unsigned int bits;
};

int
filter_write_error(void)
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

int
filter_write_at(int fd, const void *data, size_t len, uint64_t offset)
{
	const uint8_t *at = data;

	while (len > 0) {
		ssize_t n = pwrite(fd, at, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return filter_write_error();
		at += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return SKS_OK;
}

static int
stream_flush(struct stream *s)
{
	int r = filter_write_at(s->fd, s->data, s->held, s->at);

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
put_bit(struct filter_writer *w, unsigned int bit)
{
	w->byte = (uint8_t)((unsigned int)w->byte << 1 | bit);
	if (++w->bits < 8)
		return SKS_OK;
	w->bits = 0;
	return stream_byte(&w->data, w->byte);
}

static int
put_number(struct filter_writer *w, uint32_t value)
{
	int r = SKS_OK;

	for (uint32_t i = value >> FILTER_RICE_BITS; i > 0 && r == SKS_OK; i--)
		r = put_bit(w, 1);
	if (r == SKS_OK)
		r = put_bit(w, 0);
	for (int i = FILTER_RICE_BITS - 1; i >= 0 && r == SKS_OK; i--)
		r = put_bit(w, value >> i & 1);
	return r;
}

static int
put_offset(struct filter_writer *w)
{
	uint64_t offset = stream_position(&w->data) - w->data_start;
	int r = SKS_OK;

	for (int i = FILTER_OFFSET_SIZE - 1; i >= 0 && r == SKS_OK; i--)
		r = stream_byte(&w->index, (uint8_t)(offset >> (8 * i)));
	w->bucket_start = offset;
	return r;
}

/* The bucket is over: fills its last byte, and says where the next one begins. */
static int
bucket_end(struct filter_writer *w)
{
	int r = SKS_OK;

	while (w->bits != 0 && r == SKS_OK)
		r = put_bit(w, 1);
	if (r == SKS_OK &&
	    stream_position(&w->data) - w->data_start - w->bucket_start > FILTER_BUCKET_MAX)
		r = SKS_INVALID;
	w->bucket++;
	w->first = true;
	w->place = 0;
	return r == SKS_OK ? put_offset(w) : r;
}

int
filter_write_key(struct filter_writer *w, uint64_t key)
{
	uint32_t place;
	uint64_t bucket = filter_bucket(key, w->buckets, &place);
	int r = SKS_OK;

	while (w->bucket < bucket && r == SKS_OK)
		r = bucket_end(w);
	if (r != SKS_OK || (!w->first && place == w->place)) /* two of one place are one */
		return r;
	r = put_number(w, place - w->place);
	w->place = place;
	w->first = false;
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
write_header(struct filter_writer *w, struct filter_result *result)
{
	uint64_t end = stream_position(&w->data);
	uint8_t h[FILTER_HEADER_SIZE] = {0};
	int r;

	memcpy(h, FILTER_MAGIC, sizeof(FILTER_MAGIC) - 1);
	put_be(h + 8, 4, FILTER_HEADER_SIZE);
	put_be(h + 16, 8, result->entries);
	put_be(h + 24, 8, w->buckets);
	put_be(h + 32, 8, end - w->data_start);
	put_be(h + 40, 8, result->lines);
	put_be(h + 48, 8, result->min_count);
	put_be(h + 56, 8, (uint64_t)result->built_wall_ms);
	r = digest_file(w->data.fd, FILTER_HEADER_SIZE, end, w->data.data, h + 64);
	if (r != SKS_OK)
		return r;
	SHA256(h, 96, h + 96);
	result->bytes = end;
	r = filter_write_at(w->data.fd, h, sizeof(h), 0);
	return r == SKS_OK && fsync(w->data.fd) != 0 ? filter_write_error() : r;
}

int
filter_write_begin(int fd, uint64_t entries, struct filter_writer **out)
{
	struct filter_writer *w = calloc(1, sizeof(*w));

	*out = w;
	if (w == NULL)
		return SKS_NOMEM;
	w->buckets = (entries + FILTER_BUCKET_ENTRIES - 1) / FILTER_BUCKET_ENTRIES;
	if (w->buckets == 0)
		w->buckets = 1;
	w->data_start = FILTER_HEADER_SIZE + (w->buckets + 1) * FILTER_OFFSET_SIZE;
	w->index = (struct stream){.fd = fd, .at = FILTER_HEADER_SIZE};
	w->data.fd = fd;
	w->data.at = w->data_start;
	w->first = true;
	return put_offset(w);
}

int
filter_write_end(struct filter_writer *w, struct filter_result *result)
{
	int r = SKS_OK;

	while (r == SKS_OK && w->bucket < w->buckets)
		r = bucket_end(w);
	if (r == SKS_OK)
		r = stream_flush(&w->data);
	if (r == SKS_OK)
		r = stream_flush(&w->index);
	return r == SKS_OK ? write_header(w, result) : r;
}

void
filter_write_free(struct filter_writer **w)
{
	free(*w);
	*w = NULL;
}
