/*
 * The key ring: what the file /etc/sekisho/key holds.
 *
 * One current sealing key, under which everything new is sealed; older ones, which still open
 * what has not been sealed anew; the ids of those that are gone. And one derivation key, from
 * which the keys of MACs come (recovery codes, slots of unknown names): it stays when the
 * sealing key changes, because what hangs on it cannot be made anew without the people.
 *
 * File, text, one key a line:
 *
 *   sekisho keys 1
 *   sealing ID ALGORITHM STATE MADE_MS ENDED_MS KEY
 *   derivation ID hmac-sha-256 current MADE_MS 0 KEY
 *   end COUNT DIGEST
 *
 * ID: 8 hex digits, the first bytes of SHA-256 of the key. KEY: 64 hex digits, "-" once it is
 * retired. ENDED_MS: when it stopped being the current one, 0 before. DIGEST: the first 16 hex
 * digits of SHA-256 of all bytes before that line, against damage (not against root).
 *
 * A file of exactly 32 bytes is the form before this one: a sealing key alone. Its derivation
 * key is HKDF-Extract of it (RFC 5869), so that all MACs made under it stay what they are.
 */
#ifndef SEKISHO_KEYRING_H
#define SEKISHO_KEYRING_H

#include "buf.h"
#include "factor/algorithm.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KEYRING_MAX = 16, KEYRING_KEY_SIZE = 32, KEYRING_ID_SIZE = 4, KEYRING_FILE_MAX = 4096 };

enum ring_purpose { RING_SEALING, RING_DERIVATION };
extern const char *const ring_purpose_words[];

enum ring_state {
	RING_CURRENT,
	RING_OLD,     /* opens what is still sealed under it; seals nothing */
	RING_EXPOSED, /* the same, and somebody else may have it */
	RING_RETIRED, /* its bytes are gone, its id is remembered */
};
extern const char *const ring_state_words[];

struct ring_key {
	enum ring_purpose purpose;
	enum ring_state state;
	uint8_t algorithm; /* enum algorithm: a key serves one alone */
	uint8_t id[KEYRING_ID_SIZE];
	int64_t made_ms, ended_ms;
	uint8_t bytes[KEYRING_KEY_SIZE];
};

/* Holds keys: wipe it (keyring_clear). */
struct keyring {
	struct ring_key key[KEYRING_MAX];
	size_t count;
};

/* A new ring with fresh keys. SKS_IO, SKS_INTERNAL. */
int keyring_make(struct keyring *ring, uint8_t algorithm, int64_t now_ms);
void keyring_clear(struct keyring *ring);

/* The one of this purpose under which new things are made; NULL: none. */
const struct ring_key *keyring_current(const struct keyring *ring, enum ring_purpose purpose);
/* NULL: no such key. */
const struct ring_key *keyring_find(
    const struct keyring *ring, enum ring_purpose purpose, const uint8_t id[KEYRING_ID_SIZE]);
/* "1a2b3c4d" and back; false: not eight hex digits. */
void keyring_id_text(const uint8_t id[KEYRING_ID_SIZE], char out[2 * KEYRING_ID_SIZE + 1]);
bool keyring_id_read(const char *text, uint8_t id[KEYRING_ID_SIZE]);

/* A fresh current sealing key; the one before becomes "then" (old or exposed), and with exposed
 * every old one as well: they lay in the same file. SKS_FULL when too many are not retired. */
int keyring_rotate(
    struct keyring *ring, uint8_t algorithm, enum ring_state then, int64_t now_ms);
/* Forgets the bytes of an old or exposed key. SKS_NOT_FOUND; SKS_CONFLICT: it is current, or
 * retired already. */
int keyring_retire(struct keyring *ring, const uint8_t id[KEYRING_ID_SIZE], int64_t now_ms);

/* Sets k->id from k->bytes. SKS_INTERNAL. */
int keyring_set_id(struct ring_key *k);

/* ---- keyring_text.c ---------------------------------------------------------------------- */

/* made_ms: of a key in the form before, which does not say. SKS_INVALID, SKS_CORRUPT (digest,
 * id), SKS_TOO_BIG; then the ring is empty. */
int keyring_parse(const void *file, size_t len, int64_t made_ms, struct keyring *ring);
/* Appends the file's text; the sticky error of out tells. */
void keyring_encode(const struct keyring *ring, struct buf *out);

#endif
