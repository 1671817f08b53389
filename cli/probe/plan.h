/*
 * Which logins are to be tried: what "sshd -T" says for the probe account.
 */
#ifndef SEKISHO_CLI_PROBE_PLAN_H
#define SEKISHO_CLI_PROBE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { PROBE_METHODS_MAX = 16, PROBE_METHOD_SIZE = 160 };

struct probe_plan {
	char host[64]; /* where sshd listens, reached from this host; "" when it says nothing */
	unsigned int port;
	/* chains such as "publickey,keyboard-interactive"; each is tried by itself */
	char method[PROBE_METHODS_MAX][PROBE_METHOD_SIZE];
	size_t count;
	bool cut;      /* there are more */
	bool any;      /* sshd asks for no chains: each enabled method is enough */
	bool own_keys; /* it reads keys below the home directory of the account */
	bool limited;  /* AllowUsers and the like may keep the probe account out */
};

/* Reads "keyword value" lines to the end. false: that was not sshd -T. */
bool plan_read(FILE *in, struct probe_plan *out);

#endif
