/*
 * A record: a header that is the leaf of the log and stays for ever, and a body that can be
 * deleted when its period ends.
 *
 * Header, RECORD_HEADER_SIZE bytes, big endian: u8 version = 1, u64 sequence, u64 wall_ms,
 * 16 bytes boot id, u64 boot_ms, u8 retention class, u16 action, 32 bytes SHA-256 of the body.
 * Body: one flat JSON object, no blanks, dotted keys, UTF-8, at most RECORD_BODY_MAX bytes;
 * names of the Elastic Common Schema where it has one, ours under "sekisho.". Both are stored
 * as the exact bytes that were hashed. "sekisho.salt" (16 random bytes) keeps a deleted body
 * from being guessed from its hash.
 */
#ifndef SEKISHO_RECORD_H
#define SEKISHO_RECORD_H

#include "audit/event.h"
#include "buf.h"
#include "clock.h"
#include "fields.h"
#include <stdbool.h>
#include <stdint.h>

enum { RECORD_HEADER_SIZE = 76, RECORD_BODY_MAX = 60000 };

struct record {
	uint64_t seq;
	int64_t wall_ms, boot_ms;
	uint8_t boot_id[16];
	uint8_t retention;
	uint16_t action;
	uint8_t body_hash[32];
	struct buf body; /* owned */
	/* for the indexes only; rebuilt from the body */
	char user[256], source[64];
	uint32_t outcome;
	char reason[40];
};

/* Loads the hash function: before a sandbox that forbids to open its library. 0 or
 * SKS_INTERNAL. */
int record_prepare(void);

/* Begins a body: writes salt, time, action, outcome, reason. outcome and reason may be NULL. */
void record_init(struct record *r, const struct event_info *event, struct instant now,
    const uint8_t boot_id[16], const char *outcome, const char *reason);
void record_put_str(struct record *r, const char *key, const char *value); /* skipped when empty */
void record_put_int(struct record *r, const char *key, int64_t value);
void record_put_bool(struct record *r, const char *key, bool value);
/* A JSON array of strings. */
void record_put_list(struct record *r, const char *key, const char *const *item, size_t count);
/* Every named row of the table that is not zero or empty; secrets have no way in. The values
 * of "user.name" and "source.ip" also become the index columns. */
void record_put_fields(struct record *r, const struct fields *f, const void *obj);
/* SHA-256 of a body. 0 or SKS_INTERNAL. */
int record_body_hash(const void *body, size_t len, uint8_t out[32]);
/* Closes the object and hashes it. 0 or the sticky error (SKS_TOO_BIG). */
int record_finish(struct record *r);
void record_clear(struct record *r);

/* The leaf bytes; seq must be set. */
void record_header_encode(const struct record *r, uint8_t out[RECORD_HEADER_SIZE]);
/* SKS_INVALID when version, action or retention are unknown. */
int record_header_decode(const uint8_t in[RECORD_HEADER_SIZE], struct record *out);
/* Reads the named rows of a table back from a body (jansson); what the body does not have is
 * zero. SKS_INVALID on wrong types, SKS_TOO_BIG on strings longer than their member; obj is
 * then zero. */
int record_read_fields(
    const void *body, size_t len, const struct fields *f, void *obj);

#endif
