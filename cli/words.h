/* The daemon's words (states, classes, factors, reasons) as a person reads them. */
#ifndef SEKISHO_CLI_WORDS_H
#define SEKISHO_CLI_WORDS_H

#include <stddef.h>

/*
 * The text in the user's language for a word of a closed list: device_state_words,
 * account_class_words, service_class_words, factor_words, reason_words, what "status" says of
 * the space, and a source that is no address. Others, of a newer daemon, are returned as they
 * are. Valid for ever, or as long as word.
 */
const char *words_shown(const char *word);
/* The n-th of these words; NULL behind the last. */
const char *words_nth(size_t n);

/*
 * The same for a reason that is stored as free text: what the daemon wrote there itself is
 * translated, what a person typed is theirs.
 */
const char *words_why(const char *text);

#endif
