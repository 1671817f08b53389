/* What two bundles differ in, as lines for people: of records, and for who approves a change. */
#ifndef SEKISHO_POLICY_DIFFERENCE_H
#define SEKISHO_POLICY_DIFFERENCE_H

#include "buf.h"
#include <stddef.h>

/*
 * Appends lines to out: "[section NAME]" before what changed in it, "-" what is gone, "+" what is
 * new; comments and empty lines are not policy. At most max bytes, then "…". The sticky error of
 * out tells.
 */
void policy_difference(const void *from, size_t from_len, const void *to, size_t to_len,
    struct buf *out, size_t max);

#endif
