/*
 * The daemon's two helpers, each behind one socketpair (SOCK_SEQPACKET), answered in any order.
 *
 * warden: root, a fixed table of requests, parses nothing from outside.
 * worker: the daemon's own user without its key: long reads of the log.
 *
 * Message: u32 id, u16 type, then the fields. The answer carries the same id. A helper that
 * breaks the protocol or dies ends the daemon: its supervisor starts all of it again.
 */
#ifndef SEKISHO_HELPER_H
#define SEKISHO_HELPER_H

#include "fields.h"
#include "protocol.h"
#include "secret.h"
#include <stdint.h>

enum { HELPER_MESSAGE_MAX = 1 << 18 };

enum warden_request {
	WARDEN_NONE,
	WARDEN_GROUPS,	       /* user -> text: comma-separated group names */
	WARDEN_CHECK_PASSWORD, /* user, password -> status by PAM service "sekisho" */
	WARDEN_END_SESSION,    /* pid, pid_start: TERM, after 2 s KILL, to that process */
	WARDEN_SPOOL_NEXT,     /* -> text: the next spooled file's name; payload: its bytes */
	WARDEN_SPOOL_DONE,     /* name: committed, remove it (number = 1: set it aside as refused) */
	WARDEN_COUNT,
};

struct warden_call {
	char user[256];
	char name[256];
	uint32_t pid;
	uint64_t pid_start;
	uint64_t number;
	struct secret password;
};
extern const struct fields warden_call_fields;

struct warden_answer {
	int64_t status; /* 0 or a negative enum error */
	char text[4096];
	char name[256];
	bool untrusted; /* spool: owner, mode or type was wrong */
	/* payload bytes, if any, follow the fields in the message */
};
extern const struct fields warden_answer_fields;

/* Message layout in both directions: u32 id, u16 type, u32 fields_len, fields, rest = payload. */

enum worker_request {
	WORKER_NONE,
	WORKER_LOG,   /* struct command with VERB_LOG -> command_reply + payload of JSON lines */
	WORKER_COUNT,
};

#endif
