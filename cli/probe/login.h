/*
 * One login with the host's own ssh, on a terminal of its own: how far it gets without anybody
 * to answer, and what it is asked for. A prompt is hung up on, which costs nobody an attempt.
 */
#ifndef SEKISHO_CLI_PROBE_LOGIN_H
#define SEKISHO_CLI_PROBE_LOGIN_H

#include "plan.h"

enum probe_end {
	PROBE_IN,      /* let in */
	PROBE_ASKED,   /* a prompt came */
	PROBE_REFUSED, /* sshd took nothing of what was offered */
	PROBE_CUT,     /* the key was right, and the login refused all the same */
	PROBE_LATE,    /* no end within the time */
	PROBE_LOST,    /* there was no talking to sshd */
};

struct probe_result {
	enum probe_end end;
	char asked[128];  /* the prompt */
	char passed[128]; /* methods that succeeded, "publickey,…" */
	/* of use while the client talks */
	bool talked, accepted, opened;
};

enum { PROBE_LOGIN_MS = 12000 };

/* method: a chain of the plan. Nothing of it runs any more afterwards. */
void probe_login(const struct probe_plan *plan, const char *method, struct probe_result *out);
/* What the client says with -v, a line; fills the members of "out". */
void probe_read_line(const char *line, struct probe_result *out);

#endif
