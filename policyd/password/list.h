/*
 * Lists of passwords as people have them: a word a line, or the SHA-1 of a word in hexadecimal,
 * with ":" and how often it was seen.
 */
#ifndef SEKISHO_PASSWORD_LIST_H
#define SEKISHO_PASSWORD_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum list_kind { LIST_UNKNOWN, LIST_WORDS, LIST_HASHES };

enum { LIST_WORD_MAX = 512 };

struct list_entry {
	uint64_t key[2]; /* as it stands, and in lower case where that is something else */
	size_t keys;     /* 0: nothing to take from this line */
	uint64_t count;  /* 1 where the list does not say */
	bool counted;    /* it does */
};

/*
 * One line without its newline. The first line that has something decides what kind of list it
 * is: *kind is then set, and the others must be of that kind. 0; SKS_INVALID for a line that is
 * no hash in a list of hashes; SKS_TOO_BIG for a word beyond LIST_WORD_MAX. Empty lines and
 * "#!comment" have no keys.
 */
int list_parse(enum list_kind *kind, const char *line, size_t len, struct list_entry *out);

#endif
