/*
 * Heads of the log: C2SP tlog-checkpoint v1.0.0, the text of a signed note.
 *
 *	ORIGIN
 *	SIZE, decimal
 *	ROOT, base64
 *	[extension lines, which we never write and do not read]
 */
#ifndef SEKISHO_AUDIT_CHECKPOINT_H
#define SEKISHO_AUDIT_CHECKPOINT_H

#include "audit/merkle.h"
#include "audit/note.h"
#include "buf.h"
#include <stddef.h>
#include <stdint.h>

struct checkpoint {
	char origin[NOTE_NAME_SIZE];
	uint64_t size;
	struct merkle_hash root;
};

/* The text of a note, which ends with a newline. 0; SKS_INVALID: form, an empty origin, a size
 * above MERKLE_SIZE_MAX or with leading zeros, an empty line. */
int checkpoint_parse(const char *text, size_t len, struct checkpoint *out);
/* Appends the three lines. 0, SKS_INVALID (a size or origin that none can have) or the sticky
 * error of out. */
int checkpoint_format(const struct checkpoint *c, struct buf *out);
/* Appends the signed note. As checkpoint_format(), or SKS_INTERNAL. */
int checkpoint_sign(const struct checkpoint *c, const struct note_skey *key, struct buf *out);
/*
 * A whole signed note. 0 when this key signed it; SKS_INVALID: no such note; SKS_NOT_FOUND: not
 * by this key; SKS_CORRUPT: its signature is wrong; SKS_TOO_BIG, SKS_INTERNAL. out is filled
 * whenever the text could be read (0, SKS_NOT_FOUND, SKS_CORRUPT), else empty. The origin is
 * whatever the text says: compare it.
 */
int checkpoint_open(
    const void *data, size_t len, const struct note_vkey *key, struct checkpoint *out);

#endif
