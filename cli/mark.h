/*
 * The password of a local account as shadow(5) has it, for root: which one, how old, for how long.
 */
#ifndef SEKISHO_CLI_MARK_H
#define SEKISHO_CLI_MARK_H

#include <stdbool.h>
#include <stdint.h>

enum { MARK_TEXT_SIZE = 33 };

struct mark {
	char text[MARK_TEXT_SIZE]; /* as the module names it; "": locked, or there is none */
	int64_t set_day;           /* of its last change, since 1970; 0: not said */
	int64_t least_days;        /* that it has to be kept; 0: none */
	int64_t most_days;         /* that it may be kept; 0: none */
};

/* What names this stored password. */
void mark_of_hash(const char *hash, char out[MARK_TEXT_SIZE]);
/* False when the account has no entry that this process may read. */
bool mark_read(const char *user, struct mark *out);

#endif
