/*
 * Questions to the person at the terminal. Where standard input is no terminal, the answers are
 * its lines, in the order of the questions.
 */
#ifndef SEKISHO_CLI_ASK_H
#define SEKISHO_CLI_ASK_H

#include "secret.h"
#include <stdbool.h>
#include <stddef.h>

enum ask_echo { ASK_HIDDEN, ASK_SHOWN };

/*
 * Prints the prompt on standard error and reads one line without its end. Hidden: the terminal
 * does not show it; its settings come back whatever signal arrives, and the signal then takes
 * its course. 0, SKS_NOT_FOUND at the end of input, SKS_TOO_BIG, SKS_IO; answer is then empty.
 */
int ask_secret(const char *prompt, enum ask_echo echo, struct secret *answer);
/* The same for what is no secret; answer[size]. */
int ask_text(const char *prompt, char *answer, size_t size);
/* Only the whole word "yes", or the one of the user's language, is a yes. */
bool ask_yes(const char *prompt);
/* Is there a person who could answer? */
bool ask_is_terminal(void);

#endif
