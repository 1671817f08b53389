/*
 * Is this password strong enough? Rules, password and person in, the rules that it fails out:
 * all of them at once. Pure: no file, clock or name service; whether a word is in a list is
 * asked of the caller. What libpwquality knows is in quality.h, behind the same rules.
 */
#ifndef SEKISHO_PASSWORD_JUDGE_H
#define SEKISHO_PASSWORD_JUDGE_H

#include "fields.h"
#include "secret.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum password_class {
	PASSWORD_UPPER,
	PASSWORD_LOWER,
	PASSWORD_DIGIT,
	PASSWORD_SYMBOL, /* everything else */
	PASSWORD_CLASSES,
};

/* X(symbol, word): a rule that a password can fail; bit 1 << PASSWORD_FAILS_symbol. Words stand
 * in records and numbers on the wire: new ones at the end. */
#define PASSWORD_FAILURES(X)                                                                   \
	X(LENGTH, "length")                                                                    \
	X(UPPER, "upper")                                                                      \
	X(LOWER, "lower")                                                                      \
	X(DIGIT, "digit")                                                                      \
	X(SYMBOL, "symbol")                                                                    \
	X(CLASSES, "classes")                                                                  \
	X(REPEAT, "repeat")                                                                    \
	X(CLASS_REPEAT, "class-repeat")                                                        \
	X(SEQUENCE, "sequence")                                                                \
	X(WALK, "walk")                                                                        \
	X(PATTERN, "pattern")                                                                  \
	X(USER, "user")                                                                        \
	X(NAME, "name")                                                                        \
	X(HOST, "host")                                                                        \
	X(ORGANISATION, "organisation")                                                        \
	X(FORBIDDEN, "forbidden")                                                              \
	X(LISTED, "listed")                                                                    \
	X(LISTED_WORD, "listed-word")                                                          \
	X(DICTIONARY, "dictionary")                                                            \
	X(SAME, "same")                                                                        \
	X(SIMILAR, "similar")                                                                  \
	X(PALINDROME, "palindrome")                                                            \
	X(CHARACTERS, "characters")                                                            \
	X(UNCHECKED, "unchecked")                                                              \
	X(USED, "used-before")                                                                 \
	X(SHARED, "other-account")

enum password_failure {
#define X(symbol, word) PASSWORD_FAILS_##symbol,
	PASSWORD_FAILURES(X)
#undef X
	    PASSWORD_FAILURE_COUNT,
};
extern const char *const password_failure_words[];

#define PASSWORD_FAILED(symbol) (UINT32_C(1) << PASSWORD_FAILS_##symbol)

enum { PASSWORD_FILTERS_SIZE = 1024, PASSWORD_WORDS_SIZE = 2048 };

/* What is asked of a password of this person: the policy's, for their class. 0 and "" ask for
 * nothing. Names and meanings are those of pwquality.conf where it has them. */
struct password_rules {
	uint32_t minlen;  /* characters */
	uint32_t classes; /* bit per enum password_class */
	uint32_t minclass, maxrepeat, maxclassrepeat, maxsequence, difok, usersubstr;
	uint32_t digits, uppers, lowers, others; /* at least so many */
	bool dictcheck, usercheck, gecoscheck, walkcheck;
	bool passphrase; /* enough words of enough length need no classes */
	uint32_t passphrase_words, passphrase_length;
	char dictpath[256];
	char badwords[PASSWORD_WORDS_SIZE];  /* separated by blanks */
	char organisation[256];              /* the same */
	char filters[PASSWORD_FILTERS_SIZE]; /* names, separated by blanks */
};

struct password_subject {
	const struct secret *password;
	const struct secret *old; /* NULL or empty: not known */
	const char *user, *host, *full_name;
};

/* Is this word in a list? May note an error of its own. */
typedef bool password_lookup(void *ctx, const char *word, size_t len);

/* Everything but what quality_check() judges. lookup may be NULL: no list. A bit per enum
 * password_failure; 0 is strong enough. */
uint32_t judge_password(const struct password_rules *rules,
    const struct password_subject *subject, password_lookup *lookup, void *ctx);
/* Does it pass as a passphrase, so that classes are not asked for? */
bool judge_is_passphrase(const struct password_rules *rules, const struct secret *password);

/* The words of a set of failures, separated by blanks, into out. */
void judge_words(uint32_t failed, char *out, size_t size);

#endif
