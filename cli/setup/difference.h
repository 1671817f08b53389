/* Unified differences, as diff -u writes them. Pure. */
#ifndef SEKISHO_CLI_SETUP_DIFFERENCE_H
#define SEKISHO_CLI_SETUP_DIFFERENCE_H

#include "buf.h"

/* From old to new under the name of path; an old that is NULL is a file that is not there.
 * Texts that are equal give nothing. Lines beyond DIFFERENCE_LINES_MAX are not compared one by
 * one. */
enum { DIFFERENCE_LINES_MAX = 2000 };
void difference_unified(const char *path, const char *old, size_t old_len, const char *new,
    size_t new_len, struct buf *out);

#endif
