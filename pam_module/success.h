/*
 * The prompt for the second factor, which the account phase uses too.
 */
#ifndef SEKISHO_SUCCESS_H
#define SEKISHO_SUCCESS_H

#include "ask.h"
#include <stdbool.h>

/* Shows the reply's text, asks, and puts the answer into the request; the password given as
 * code is flagged instead. False when nobody can be asked: the flag INTERACTIVE is then off. */
bool success_prompt(struct ask *a);

#endif
