#include "password/filter.h"

#include "error.h"
#include "safeopen.h"
#include "secret.h"
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 16 };

/* ---- keys -------------------------------------------------------------------------------- */

static uint64_t
read_be(const uint8_t *at, size_t len)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len; i++)
		v = v << 8 | at[i];
	return v;
}

uint64_t
filter_key_of_hash(const uint8_t sha1[static 8])
{
	return read_be(sha1, 8);
}

uint64_t
filter_key(const void *word, size_t len)
{
	uint8_t digest[SHA_DIGEST_LENGTH];
	uint64_t key;

	SHA1(word, len, digest);
	key = filter_key_of_hash(digest);
	explicit_bzero(digest, sizeof(digest));
	return key;
}

uint64_t
filter_bucket(uint64_t key, uint64_t buckets, uint32_t *place)
{
	unsigned __int128 product = (unsigned __int128)key * buckets;

	*place = (uint32_t)(((unsigned __int128)(uint64_t)product * FILTER_RANGE) >> 64);
	return (uint64_t)(product >> 64);
}

/* ---- opening ----------------------------------------------------------------------------- */

static int __attribute__((format(printf, 4, 5)))
refuse(int error, char *why, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (why != NULL && size > 0)
		(void)vsnprintf(why, size, fmt, ap);
	va_end(ap);
	return error;
}

/* All of it or an error; the end of the file is SKS_CORRUPT. */
static int
read_at(int fd, void *out, size_t len, uint64_t offset)
{
	uint8_t *at = out;

	while (len > 0) {
		ssize_t n = pread(fd, at, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return SKS_IO;
		if (n == 0)
			return SKS_CORRUPT;
		at += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return SKS_OK;
}

static uint64_t
index_len(const struct filter *f)
{
	return (f->buckets + 1) * FILTER_OFFSET_SIZE;
}

/* The header's own words, before anything is believed because of them. */
static int
parse_header(struct filter *f, const uint8_t h[FILTER_HEADER_SIZE])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	SHA256(h, 96, digest);
	if (memcmp(digest, h + 96, sizeof(digest)) != 0)
		return SKS_CORRUPT;
	f->entries = read_be(h + 16, 8);
	f->buckets = read_be(h + 24, 8);
	f->data_len = read_be(h + 32, 8);
	f->lines = read_be(h + 40, 8);
	f->min_count = read_be(h + 48, 8);
	f->built_wall_ms = (int64_t)read_be(h + 56, 8);
	if (read_be(h + 8, 4) != FILTER_HEADER_SIZE || read_be(h + 12, 4) != 0 ||
	    f->entries > FILTER_ENTRIES_MAX || f->buckets == 0 ||
	    f->buckets > FILTER_ENTRIES_MAX / FILTER_BUCKET_ENTRIES ||
	    f->entries > f->buckets * FILTER_BUCKET_ENTRIES ||
	    f->data_len >> (8 * FILTER_OFFSET_SIZE) != 0)
		return SKS_INVALID;
	return SKS_OK;
}

static int
check_body(const struct filter *f, const uint8_t want[SHA256_DIGEST_LENGTH])
{
	uint64_t left = index_len(f) + f->data_len, at = FILTER_HEADER_SIZE;
	uint8_t digest[SHA256_DIGEST_LENGTH], *chunk = malloc(CHUNK);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int r = chunk == NULL || md == NULL || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1
		    ? SKS_NOMEM
		    : SKS_OK;

	while (r == SKS_OK && left > 0) {
		size_t len = left < CHUNK ? (size_t)left : CHUNK;

		r = read_at(f->fd, chunk, len, at);
		if (r == SKS_OK && EVP_DigestUpdate(md, chunk, len) != 1)
			r = SKS_INTERNAL;
		at += len;
		left -= len;
	}
	if (r == SKS_OK && EVP_DigestFinal_ex(md, digest, NULL) != 1)
		r = SKS_INTERNAL;
	if (r == SKS_OK && memcmp(digest, want, sizeof(digest)) != 0)
		r = SKS_CORRUPT;
	EVP_MD_CTX_free(md);
	free(chunk);
	return r;
}

int
filter_open_fd(struct filter *f, int fd, const char *path, bool whole, char *why, size_t size)
{
	uint8_t h[FILTER_HEADER_SIZE];
	struct stat st;
	int r;

	*f = (struct filter)FILTER_INIT;
	if (fstat(fd, &st) != 0 || (r = read_at(fd, h, sizeof(FILTER_MAGIC) - 1, 0)) == SKS_IO)
		return refuse(SKS_IO, why, size, "%s cannot be read", path);
	if (r != SKS_OK || memcmp(h, FILTER_MAGIC, sizeof(FILTER_MAGIC) - 1) != 0)
		return refuse(SKS_INVALID, why, size, "%s is not a password filter", path);
	f->fd = fd;
	r = read_at(fd, h, sizeof(h), 0);
	if (r == SKS_OK)
		r = parse_header(f, h);
	if (r == SKS_OK &&
	    (uint64_t)st.st_size != FILTER_HEADER_SIZE + index_len(f) + f->data_len)
		r = SKS_CORRUPT;
	if (r == SKS_OK && whole)
		r = check_body(f, h + 64);
	if (r == SKS_OK)
		return SKS_OK;
	f->fd = -1;
	if (r == SKS_CORRUPT || r == SKS_INVALID)
		return refuse(SKS_CORRUPT, why, size,
		    "%s was cut off or altered; build it again from its list", path);
	return refuse(r, why, size, "%s cannot be read: %s", path, error_text(r));
}

int
filter_open(struct filter *f, const char *path, uid_t owner, bool whole, char *why, size_t size)
{
	char cause[256] = "";
	int fd, r;

	*f = (struct filter)FILTER_INIT;
	fd = safeopen_read(path, owner, 0644, cause, sizeof(cause));
	if (fd < 0 && cause[0] != '\0')
		return refuse(fd, why, size, "%s", cause);
	if (fd < 0)
		return refuse(fd, why, size, "%s: %s", path, error_text(fd));
	r = filter_open_fd(f, fd, path, whole, why, size);
	if (r != SKS_OK)
		close(fd);
	return r;
}

void
filter_close(struct filter *f)
{
	if (f->fd >= 0)
		close(f->fd);
	*f = (struct filter)FILTER_INIT;
}

/* ---- looking up -------------------------------------------------------------------------- */

struct bits {
	const uint8_t *data;
	size_t bits, at;
};

/* One difference; false at the end, which is where no code ends. */
static bool
bits_next(struct bits *b, uint32_t *value)
{
	uint32_t high = 0, low = 0;

	for (;; high++, b->at++) {
		if (b->at >= b->bits)
			return false;
		if ((b->data[b->at / 8] >> (7 - b->at % 8) & 1) == 0)
			break;
	}
	b->at++;
	if (b->bits - b->at < FILTER_RICE_BITS)
		return false;
	for (int i = 0; i < FILTER_RICE_BITS; i++, b->at++)
		low = low << 1 | (b->data[b->at / 8] >> (7 - b->at % 8) & 1);
	*value = high << FILTER_RICE_BITS | low;
	return true;
}

static bool
bucket_has(const uint8_t *data, size_t len, uint32_t place)
{
	struct bits b = {.data = data, .bits = 8 * len};
	uint64_t at = 0;
	uint32_t step;

	while (at <= place && bits_next(&b, &step)) {
		at += step;
		if (at == place)
			return true;
	}
	return false;
}

int
filter_has(const struct filter *f, uint64_t key, bool *found)
{
	uint8_t offsets[2 * FILTER_OFFSET_SIZE], data[FILTER_BUCKET_MAX];
	uint64_t bucket, from, to;
	uint32_t place;
	int r;

	*found = false;
	if (f->fd < 0)
		return SKS_INVALID;
	bucket = filter_bucket(key, f->buckets, &place);
	r = read_at(
	    f->fd, offsets, sizeof(offsets), FILTER_HEADER_SIZE + bucket * FILTER_OFFSET_SIZE);
	if (r != SKS_OK)
		return r;
	from = read_be(offsets, FILTER_OFFSET_SIZE);
	to = read_be(offsets + FILTER_OFFSET_SIZE, FILTER_OFFSET_SIZE);
	if (from > to || to > f->data_len || to - from > sizeof(data))
		return SKS_CORRUPT;
	r = read_at(f->fd, data, (size_t)(to - from), FILTER_HEADER_SIZE + index_len(f) + from);
	if (r == SKS_OK)
		*found = bucket_has(data, (size_t)(to - from), place);
	return r;
}
