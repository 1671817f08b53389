/*
 * Signed notes (C2SP signed-note v1.0.0) and the keys that sign them.
 *
 * A note is a text that ends with a newline, an empty line, and one line for each signature:
 * "— NAME BASE64", the bytes being a key id of four bytes and the signature. Kinds of keys:
 * Ed25519 (0x01) over the text, and timestamped cosignatures (0x04, C2SP cosignature/v1) over
 * the text with a time before it. Others are read and stay unknown.
 */
#ifndef SEKISHO_AUDIT_NOTE_H
#define SEKISHO_AUDIT_NOTE_H

#include "audit/ed25519.h"
#include "buf.h"
#include "secret.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	NOTE_NAME_SIZE = 256,
	NOTE_VKEY_SIZE = NOTE_NAME_SIZE + 64, /* a verifier key as text, with its NUL */
	NOTE_SIGNATURES_MAX = 100,
	NOTE_SIGNATURE_MAX = 4096, /* bytes of one signature, whatever its kind */
	NOTE_MAX = 1000000,
};

enum note_kind { NOTE_ED25519 = 1, NOTE_COSIGNATURE = 4 };

/* What verifies: "NAME+HEXID+BASE64", the bytes being the kind and the public key. */
struct note_vkey {
	char name[NOTE_NAME_SIZE];
	uint32_t id;
	uint8_t kind; /* enum note_kind */
	uint8_t key[ED25519_KEY_SIZE];
};

/* What signs: "PRIVATE+KEY+NAME+HEXID+BASE64", the bytes being the kind and the seed. */
struct note_skey {
	struct note_vkey vkey;
	struct secret seed;
	const struct ed25519_signer *signer; /* the owner's, of the same seed; NULL: none */
};

/* Not empty, UTF-8, no '+', no space of Unicode, no control character, below NOTE_NAME_SIZE. */
bool note_name_is_valid(const char *name);

/* 0; SKS_INVALID: the name, or a kind that is not of enum note_kind; SKS_INTERNAL. */
int note_vkey_make(const char *name, enum note_kind kind, const uint8_t key[ED25519_KEY_SIZE],
    struct note_vkey *out);
/* The whole text is the key: no newline behind it. 0; SKS_INVALID: form, kind, or an id that
 * is not that of this name and key; SKS_INTERNAL. */
int note_vkey_parse(const char *text, struct note_vkey *out);
/* Never more than NOTE_VKEY_SIZE. */
void note_vkey_format(const struct note_vkey *key, char out[NOTE_VKEY_SIZE]);
bool note_vkey_equal(const struct note_vkey *a, const struct note_vkey *b);

/* A new random key. As note_vkey_make(), or SKS_IO. */
int note_skey_new(const char *name, enum note_kind kind, struct note_skey *out);
/* As note_vkey_parse(); one newline behind it is allowed, because it comes from a file. */
int note_skey_parse(const struct secret *text, struct note_skey *out);
/* Without newline. 0 or SKS_TOO_BIG. */
int note_skey_format(const struct note_skey *key, struct secret *out);
void note_skey_clear(struct note_skey *key);

/*
 * Appends to out the text, the empty line and this key's signature line. The text ends with a
 * newline and may have any lines before. time_s counts for NOTE_COSIGNATURE alone. 0;
 * SKS_INVALID: a text that no note can have; SKS_INTERNAL; or the sticky error of out.
 */
int note_sign(const struct note_skey *key, uint64_t time_s, const void *text, size_t len,
    struct buf *out);
/* The signature line alone, to be put behind those that a note already has. */
int note_sign_line(const struct note_skey *key, uint64_t time_s, const void *text, size_t len,
    struct buf *out);

struct note_signature {
	char name[NOTE_NAME_SIZE];
	uint32_t id;
	const char *base64; /* in the note's bytes */
	size_t base64_len;
};

struct note {
	const char
	    *text; /* in the caller's bytes, as long as those live; its last is a newline */
	size_t text_len;
	size_t count;
	struct note_signature signature[NOTE_SIGNATURES_MAX];
};

/* 0; SKS_INVALID: not the form of a note; SKS_TOO_BIG: beyond NOTE_MAX or the signatures. */
int note_parse(const void *data, size_t len, struct note *out);

/*
 * 0 when this key signed the note; *time_s, which may be NULL, is then the time of a
 * cosignature, else 0. SKS_NOT_FOUND when no signature names this key. SKS_CORRUPT when one
 * does and is none of its; a note with such a line is to be refused whole. SKS_INTERNAL.
 */
int note_verify(const struct note *n, const struct note_vkey *key, uint64_t *time_s);

#endif
