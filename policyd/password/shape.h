/*
 * The shape of a password: what it says in lower case and with digits read as letters, whether
 * it is a walk over the keyboard, a repetition, a row of words. Pure. Copies of the password
 * are in struct shape alone, which shape_clear() wipes.
 */
#ifndef SEKISHO_PASSWORD_SHAPE_H
#define SEKISHO_PASSWORD_SHAPE_H

#include "secret.h"
#include <stdbool.h>
#include <stddef.h>

struct shape {
	size_t len;
	char lower[SECRET_MAX + 1];   /* ASCII in lower case */
	char read[2][SECRET_MAX + 1]; /* the same with 4 as a, 0 as o …; 1 as i, as l */
};

/* len is at most SECRET_MAX. */
void shape_make(struct shape *s, const char *password, size_t len);
void shape_clear(struct shape *s);

bool shape_is_letter(char c);
/* Reads digits and symbols as the letters that they stand for; 1 and ! as i in reading 0, as l
 * in reading 1. Returns how many bytes of out are letters then. out[len + 1]. */
size_t shape_read(const char *word, size_t len, int reading, char *out);
void shape_reverse(char *word, size_t len);
/* Does this stand in the password, forwards or backwards, whatever the case and the digits for
 * letters? */
bool shape_contains(const struct shape *s, const char *word, size_t len);
/* Is most of it walks of three or more keys in one direction (US layout, shifted or not)? */
bool shape_is_walk(const struct shape *s);
/* Is it, or what is in it between digits and symbols, one piece twice or more? */
bool shape_is_repeated(const struct shape *s);
/* How many different words of three or more letters, separated by blanks or - _ . , / */
size_t shape_words(const char *password, size_t len);

#endif
