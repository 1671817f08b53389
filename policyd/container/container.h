/*
 * A sealed container: a file that can leave the host. It is encrypted to recipients (a
 * passphrase, X25519 public keys), written and read as a stream in constant memory, and can
 * carry a signature. Whatever is changed, cut off, moved or added is noticed.
 *
 *   "SKSCONT\n"  u16 version = 1   u16 cipher   u32 length of what follows up to the MAC
 *   16 bytes salt   str kind   u32 length and bytes of meta   u8 recipients, each:
 *     u16 type   u16 length   body
 *   32 bytes HMAC-SHA-256 of all that, under a key derived from the file key
 *   frames: u32 (bit 31: the last one; bits 0-30: length)   ciphertext   16 bytes tag
 *   u32 length of the note (0: none)   a signed note
 *
 * Integers are big endian; str is u16 length and bytes. kind says what is inside ("backup",
 * "export" ...); meta, a JSON object, is not encrypted, so that a list needs no key.
 *
 * cipher 1: AES-256-GCM. Every frame but the last holds exactly CONTAINER_CHUNK bytes; its
 * nonce is its number (96 bits), its associated data its own u32.
 * The file key (32 random bytes) is wrapped for each recipient by AES-256-GCM, nonce zero, no
 * associated data, under a key that is used for nothing else:
 *   type 1, passphrase: u8 kdf = 1 (scrypt)  u8 log2 N  u32 r = 8  u32 p = 1  16 bytes salt
 *     48 bytes wrapped
 *   type 2, X25519: str name  32 bytes public key  32 bytes ephemeral public key  48 bytes
 *     wrapped; key = HKDF-SHA-256(shared secret, salt: both public keys, ephemeral first,
 *     info "sekisho/container/1/x25519")
 * Keys from the file key: HKDF-SHA-256(file key, salt, info) with info
 * "sekisho/container/1/header", and for the frames "sekisho/container/1/payload" followed by
 * the 32 bytes of the header's MAC.
 *
 * The signature is a note over the text
 *   "sekisho/container/1\nkind KIND\nlength N\nsha256 BASE64\n"
 * with number and hash of all bytes before the note's length.
 */
#ifndef SEKISHO_CONTAINER_H
#define SEKISHO_CONTAINER_H

#include "buf.h"
#include "container/recipient.h"
#include "secret.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CONTAINER_VERSION = 1,
	CONTAINER_AES_256_GCM = 1,
	CONTAINER_CHUNK = 64 << 10,
	CONTAINER_RECIPIENTS_MAX = 16,
	CONTAINER_KIND_SIZE = 32,
	CONTAINER_META_MAX = 16 << 10,
	CONTAINER_NOTE_MAX = 8 << 10,
	CONTAINER_HASH_SIZE = 32,
	/* scrypt: 128 MiB and about half a second; a reader takes these bounds */
	CONTAINER_SCRYPT_LOG_N = 17,
	CONTAINER_SCRYPT_LOG_N_MIN = 15,
	CONTAINER_SCRYPT_LOG_N_MAX = 20,
	CONTAINER_PASSPHRASE_MIN = 12, /* bytes */
};

enum container_recipient_type { CONTAINER_PASSPHRASE = 1, CONTAINER_X25519 = 2 };

struct container_sum {
	uint64_t length; /* of the file up to the note */
	uint64_t plain;  /* bytes inside */
	uint8_t hash[CONTAINER_HASH_SIZE];
	/* of the whole file, the note too: what sha256sum says */
	uint64_t file_length;
	uint8_t file_hash[CONTAINER_HASH_SIZE];
};

/* ---- writing ----------------------------------------------------------------------------- */

struct container_to {
	const char *kind;
	const char *meta; /* NULL: "{}" */
	const struct recipient *recipient;
	size_t recipient_count;
	const struct secret *passphrase; /* NULL: none */
	unsigned int scrypt_log_n;       /* 0: CONTAINER_SCRYPT_LOG_N */
};

struct container_writer;

/*
 * Writes the header to fd, which stays the caller's. SKS_INVALID without any recipient, with a
 * passphrase that is too short or a kind or meta that is too long; SKS_FULL, SKS_IO,
 * SKS_INTERNAL.
 */
int container_create(int fd, const struct container_to *to, struct container_writer **out);
int container_write(struct container_writer *w, const void *data, size_t len);
/* Appends to "note" the signed note over the text. 0 or an error, which fails the finish. */
typedef int container_sign(void *ctx, const char *text, size_t len, struct buf *note);
/* The last frame and, unless sign is NULL, the note. sum may be NULL. No fsync. */
int container_finish(
    struct container_writer *w, container_sign *sign, void *ctx, struct container_sum *sum);
/* Wipes; without container_finish the file is none. NULL is allowed. */
void container_writer_free(struct container_writer *w);

/* ---- reading ----------------------------------------------------------------------------- */

struct container_info {
	char kind[CONTAINER_KIND_SIZE];
	const char *meta; /* the reader's */
	bool passphrase;  /* one opens it */
	char recipient[CONTAINER_RECIPIENTS_MAX][RECIPIENT_NAME_SIZE];
	size_t recipient_count; /* those with a public key */
};

struct container_reader;

/*
 * Reads the header from fd, which stays the caller's. Nothing of it is authenticated before
 * container_unlock. SKS_INVALID: no container, or of a version, cipher or size that is not
 * ours; SKS_TRUNCATED; SKS_IO.
 */
int container_open(int fd, struct container_reader **out);
const struct container_info *container_info(const struct container_reader *r);
/*
 * Either may be NULL. SKS_NOT_FOUND: it is not for that key, or takes no passphrase;
 * SKS_DENIED: wrong passphrase or key, or the wrapped key was changed; SKS_CORRUPT: the header
 * was changed.
 */
int container_unlock(struct container_reader *r, const struct identity *identity,
    const struct secret *passphrase);
/*
 * Up to "size" bytes, all of them authenticated and in their place; *len 0 is the end, and then
 * nothing was cut off, and what follows is a note and nothing else. SKS_CORRUPT (changed, moved
 * or out of order), SKS_TRUNCATED, SKS_TRAILING, SKS_IO: what was read before is worthless too
 * unless the caller can use a part.
 */
int container_read(struct container_reader *r, void *data, size_t size, size_t *len);
void container_reader_free(struct container_reader *r);

/* Reads a whole file without a key: length and hash as above, and the note. "note" gets a copy.
 * For lists, and for signatures checked by those who cannot open it. Errors as container_open.
 */
int container_scan(int fd, struct container_sum *sum, struct buf *note);
/* The text that is signed, into an initialised buffer. */
void container_text(const char *kind, const struct container_sum *sum, struct buf *out);

#endif
