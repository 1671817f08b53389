/*
 * The proof that goes with a request about one's own factors. Root needs none.
 */
#ifndef SEKISHO_CLI_PROOF_H
#define SEKISHO_CLI_PROOF_H

#include "protocol.h"

enum proof {
	PROOF_PASSWORD,
	PROOF_CODE,
	PROOF_EITHER, /* a code, or the password of who just presses return there */
};

/* Asks for it without echo, into the request. 0, or a status after saying what was wrong. */
int proof_ask(struct command *request, enum proof proof);

#endif
