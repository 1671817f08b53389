/*
 * Writing one flat JSON object, RFC 8259, as short as it can be and safe to print.
 *
 * Every string comes out as valid UTF-8 on one line: control characters and characters that
 * turn the direction of a terminal's text are escaped, so nothing is lost by it; bytes that
 * are not UTF-8 become U+FFFD, because JSON cannot carry them.
 */
#ifndef SEKISHO_AUDIT_JSON_H
#define SEKISHO_AUDIT_JSON_H

#include "buf.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each appends to out; the sticky error of out tells (SKS_TOO_BIG, SKS_NOMEM). */
void json_put_string(struct buf *out, const char *s);
void json_put_int(struct buf *out, int64_t value);
/* Beyond INT64_MAX readers lose digits or refuse: written as a string. */
void json_put_uint(struct buf *out, uint64_t value);
void json_put_bool(struct buf *out, bool value);
void json_put_list(struct buf *out, const char *const *item, size_t count);
/* `"key":`, with a comma before it when it is not the first. Keys are our own constants. */
void json_put_key(struct buf *out, const char *key);

#endif
