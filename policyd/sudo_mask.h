/*
 * Secrets in arguments. A command line is seen by every process of the host while it runs; in a
 * log it would be seen for years.
 */
#ifndef SEKISHO_SUDO_MASK_H
#define SEKISHO_SUDO_MASK_H

#include "policy/policy.h"

enum { MASK_ARGUMENTS_MAX = 128 };

/*
 * Splits lines, an argument each, in place, and masks: what follows an option whose name speaks of
 * a secret (--password X, --token=X, PASSWORD=X) or that "options" (may be NULL) names, and the
 * password in a URL. item[] points into lines and to constants. Returns how many there are;
 * *more: beyond MASK_ARGUMENTS_MAX there were others, which are left out.
 */
size_t mask_arguments(const struct strings *options, char *lines,
    const char *item[MASK_ARGUMENTS_MAX], bool *more);

#endif
