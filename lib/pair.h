/*
 * name=value for people and programs to read on one line, where no value can be taken for
 * anything but one value.
 *
 * A value stands as it is while it consists of characters that are seen, and holds no blank, no
 * quote, no backslash and no '='. Any other is a JSON string: in double quotes, with a
 * backslash before quote and backslash, and \uXXXX for what is not seen, moves the cursor or
 * turns text around. Bytes that are not UTF-8 become U+FFFD.
 */
#ifndef SEKISHO_PAIR_H
#define SEKISHO_PAIR_H

#include "buf.h"
#include <stdbool.h>

/* The value as above, quoted where that is needed. The sticky error of out tells. */
void pair_put_value(struct buf *out, const char *value);
/* What pair_put_value() would write within its quotes, without them: for a text that has its
 * line for itself, as a sentence has. */
void pair_put_text(struct buf *out, const char *text);
/* " name=value" (the blank where out is not empty), nothing for "". A pair that does not fit is
 * left out whole, without an error: half a value would be another one. name is a constant of
 * ours. */
void pair_put(struct buf *out, const char *name, const char *value);

#endif
