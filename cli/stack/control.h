/*
 * The words of PAM lines: splitting as libpam splits, and what a control field means.
 */
#ifndef SEKISHO_CLI_STACK_CONTROL_H
#define SEKISHO_CLI_STACK_CONTROL_H

#include "read.h"

/* The word that begins at or after *next, with its end made a NUL; what stands in brackets is
 * one word, without them. *next: what follows, NULL after the last. NULL: no word is left. */
char *control_token(char **next);
/* "required" …, or what stands in brackets, into an action for every return value. The text is
 * only read. */
void control_parse(int action[STACK_RETURNS], const char *text);
/* The word of a return value, such as "auth_err". */
const char *control_return_word(int value);

#endif
