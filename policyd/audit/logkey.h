/*
 * The log key: a stable Ed25519 key that signs the heads of this host's log.
 *
 * Its file, /etc/sekisho/log.key, root's, 0600: the key in the note form
 * "PRIVATE+KEY+<origin>+<id>+<base64>" on the first line, and "machine <hex>" on the second, which
 * tells a host that was cloned from the one it was made on. The origin is
 * "<host name>/<16 hex digits>/audit"; it is made once and names the log for ever.
 */
#ifndef SEKISHO_LOGKEY_H
#define SEKISHO_LOGKEY_H

#include "audit/note.h"
#include <stdbool.h>
#include <stddef.h>

#define LOGKEY_FILE   "/etc/sekisho/log.key"
#define LOGKEY_AUDITOR "auditor.vkey" /* beside it: who may sign that a chain was begun anew */

enum { LOGKEY_MACHINE_SIZE = 33 };

enum logkey_start { LOGKEY_READ, LOGKEY_MADE, LOGKEY_CLONED };

struct logkey {
	struct note_skey key;
	enum logkey_start start;
	char machine[LOGKEY_MACHINE_SIZE]; /* "" where the host has no machine id */
	char auditor[NOTE_VKEY_SIZE];   /* the auditor's verifier key, or "" */
};

/*
 * Reads the key; makes one where there is none, and where the file was made on another machine
 * (that one is kept beside it as PATH.cloned). 0, SKS_UNTRUSTED, SKS_INVALID, SKS_IO …; why[] says it in
 * a sentence. Call as root; logkey_clear() at the end.
 */
int logkey_open(const char *path, struct logkey *out, char *why, size_t why_size);
void logkey_clear(struct logkey *k);

#endif
