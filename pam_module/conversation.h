/*
 * Talking to the person through the program that called us.
 */
#ifndef SEKISHO_CONVERSATION_H
#define SEKISHO_CONVERSATION_H

#include "secret.h"
#include <security/pam_modules.h>
#include <stdint.h>

/* Shows text, a message a line: programs may cut or refuse longer ones. Empty: nothing. Not
 * silenced by PAM_SILENT, which sudo always sets: a refusal must reach whom it refuses. Of control sequences
 * only the two colours of a picture reach the terminal, here and in a prompt. */
void conversation_info(pam_handle_t *pamh, const char *text);
void conversation_error(pam_handle_t *pamh, const char *text);
/*
 * Asks without echo. 0; SKS_DENIED when nobody can be asked (no terminal, sudo -n, the end of
 * input). An answer longer than any code leaves *answer empty.
 */
int conversation_ask(pam_handle_t *pamh, const char *prompt, struct secret *answer);
/* Sleeps until a CLOCK_MONOTONIC time, through signals; not at all when it is past. */
void conversation_wait_until(int64_t when_ms);

/* The same for what may be seen while it is typed. */
int conversation_ask_shown(pam_handle_t *pamh, const char *prompt, struct secret *answer);

#endif
