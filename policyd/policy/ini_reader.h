/*
 * INI as the policy uses it: [section name], key = value, comments behind # or ; that begin a
 * line or follow a blank, and indented lines that continue the key above them.
 *
 * libinih splits the lines. What it leaves open is decided here: every line has its number,
 * nothing is cut, names of sections and keys have any length, and what cannot be read is a
 * problem and never skipped silently. The same section or key twice is a problem, also
 * across files, because it is not plain which of the two holds; a section without a name may
 * stand once in each file, with other keys.
 */
#ifndef SEKISHO_INI_READER_H
#define SEKISHO_INI_READER_H

#include "policy/policy.h"

struct ini_line { /* valid during the call only */
	const char *file;
	int line;
	const char *section; /* what stands in the brackets, single blanks between words */
	const char *key;     /* NULL: the section begins here */
	const char *value;   /* without comment and outer blanks; may be "" */
	bool continued;      /* one more line of the key before; its value is this line's */
};

struct ini_reader;

/* "take" gets every line in order and returns 0, or an error that ends the reading. NULL when
 * out of memory. */
struct ini_reader *ini_reader_new(int (*take)(void *ctx, const struct ini_line *line),
    void *ctx, struct policy_problems *problems);
/* Reads one file. 0 (look at the problems), SKS_NOMEM or what "take" returned. */
int ini_reader_read(struct ini_reader *r, const char *file, const char *text, size_t len);
void ini_reader_free(struct ini_reader *r);

#endif
