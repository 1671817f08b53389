/*
 * Lists of passwords that must not be used, as files that are looked up without loading them.
 *
 * A list of n entries becomes a set of n numbers below n * 60,000, sorted and written as the
 * differences between neighbours (Golomb-Rice code, 17.4 bits each). So whatever is in the list
 * is found, and of what is not one in 60,000 is found too. A word's number is made from the
 *first eight bytes of its SHA-1, which is what lists of hashes have as well.
 *
 * File, big endian:
 *
 *	  0	"SKSPWF1\n"
 *	  8	u32 header size (128)	u32 zero
 *	 16	u64 entries		u64 buckets (entries / 128, rounded up, at least 1)
 *	 32	u64 bytes of data	u64 lines that the list had
 *	 48	u64 least count taken	i64 when it was built, ms since 1970
 *	 64	SHA-256 of all that follows the header
 *	 96	SHA-256 of the 96 bytes before
 *	128	(buckets + 1) offsets of 5 bytes into the data: where each bucket begins
 *	...	the data
 *
 * A key k lies in bucket k * buckets / 2^64; what is left of that product, scaled to 128 *
 *60,000, is its place there. A bucket is the Rice code (15 bits) of its first place and of each
 *difference after it, the most significant bit first, filled up to a byte with ones, which end
 *no code.
 */
#ifndef SEKISHO_PASSWORD_FILTER_H
#define SEKISHO_PASSWORD_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FILTER_MAGIC "SKSPWF1\n"

enum {
	FILTER_HEADER_SIZE = 128,
	FILTER_OFFSET_SIZE = 5,
	FILTER_BUCKET_ENTRIES = 128, /* on average */
	FILTER_SPAN = 60000,         /* one in so many is found by mistake */
	FILTER_RANGE = FILTER_BUCKET_ENTRIES * FILTER_SPAN,
	FILTER_RICE_BITS = 15,
	FILTER_BUCKET_MAX = 4096, /* bytes */
};

/* Beyond this many entries the offsets of 5 bytes might not do. */
#define FILTER_ENTRIES_MAX (UINT64_C(1) << 38)

struct filter {
	int fd; /* -1: closed */
	uint64_t entries, buckets, data_len, lines, min_count;
	int64_t built_wall_ms;
};

#define FILTER_INIT                                                                            \
	{                                                                                      \
		.fd = -1                                                                       \
	}

/* The number of a word, from the first eight bytes of its SHA-1. */
uint64_t filter_key(const void *word, size_t len);
uint64_t filter_key_of_hash(const uint8_t sha1[static 8]);
/* Where a key lies. */
uint64_t filter_bucket(uint64_t key, uint64_t buckets, uint32_t *place);

/*
 * Opens a filter that belongs to owner or root, and with "whole" reads all of it once and
 * compares the checksum. 0, SKS_NOT_FOUND, SKS_UNTRUSTED, SKS_CORRUPT (cut off or altered),
 * SKS_INVALID (no filter), SKS_IO; why[] then holds a sentence that names the file. The caller
 * closes.
 */
int filter_open(
    struct filter *f, const char *path, uid_t owner, bool whole, char *why, size_t size);
/* The same for a descriptor, which stays the caller's on an error and is the filter's after
 * that. why names the file. */
int filter_open_fd(
    struct filter *f, int fd, const char *path, bool whole, char *why, size_t size);
void filter_close(struct filter *f);
/* Is the key in the list? Two reads. 0, SKS_CORRUPT, SKS_IO. */
int filter_has(const struct filter *f, uint64_t key, bool *found);

#endif
