/*
 * What a mistyped word was meant to be.
 */
#ifndef SEKISHO_NEAREST_H
#define SEKISHO_NEAREST_H

#include <stddef.h>

/*
 * The nearest of words[] by insertions, deletions, replacements and swaps of neighbours, in
 * either case; NULL when none shares more than half of its letters with "word". Stops at a
 * NULL entry or after "count".
 */
const char *nearest_word(const char *word, const char *const *words, size_t count);

#endif
