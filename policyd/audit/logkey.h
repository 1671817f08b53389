/*
 * The log key: a stable Ed25519 key that signs the heads of this host's log.
 *
 * Its file, /etc/sekisho/log.key, root's, 0600: the key in the note form
 * "PRIVATE+KEY+<origin>+<id>+<base64>" on the first line, and "machine <hex>" on the second,
 * which tells a host that was cloned from the one it was made on. The origin is
 * "<host name>/<16 hex digits>/audit"; it is made once and names the log for ever. Then "made
 * <milliseconds>", and while a new key is about to take over, "next <milliseconds> <key>": both
 * are there until the log names the new one, so that a crash at any moment leaves the file with
 * the key that the log names.
 */
#ifndef SEKISHO_LOGKEY_H
#define SEKISHO_LOGKEY_H

#include "audit/note.h"
#include "buf.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOGKEY_FILE       "/etc/sekisho/log.key"
#define LOGKEY_CREDENTIAL "sekisho.log.key" /* in $CREDENTIALS_DIRECTORY */
#define LOGKEY_AUDITOR    "auditor.vkey" /* beside it: who may sign that a chain was begun anew \
					  */

enum { LOGKEY_MACHINE_SIZE = 33 };

enum logkey_start {
	LOGKEY_READ,
	LOGKEY_MADE,
	LOGKEY_CLONED, /* made on another machine: set aside, and a new one made */
	LOGKEY_FOREIGN, /* the same, but it cannot be replaced: a credential, a read-only /etc */
};

struct logkey {
	struct note_skey key, next;
	bool has_next;
	int64_t made_ms, next_made_ms; /* 0: the file does not say */
	enum logkey_start start;
	char machine[LOGKEY_MACHINE_SIZE]; /* "" where the host has no machine id */
	char auditor[NOTE_VKEY_SIZE];      /* the auditor's verifier key, or "" */
};

/*
 * Reads the key; makes one where there is none, and where the file was made on another machine
 * (that one is kept beside it as PATH.cloned; where that cannot be done it is used). 0,
 * SKS_UNTRUSTED, SKS_INVALID, SKS_IO …; why[] says it in a sentence. Call as root; logkey_clear()
 * at the end.
 */
int logkey_open(const char *path, struct logkey *out, char *why, size_t why_size);
/* The same from the bytes of that file, which somebody else opened so, and what came of it. */
int logkey_open_bytes(const char *path, const void *data, size_t len, enum logkey_start start,
    struct logkey *out, char *why, size_t why_size);
/* The file's bytes. SKS_INVALID; out is then empty. machine: the one it was made on, or "". */
int logkey_parse(
    const void *data, size_t len, struct logkey *out, char machine[LOGKEY_MACHINE_SIZE]);
/* Appends what logkey_parse() reads; k->machine is the machine. The sticky error tells; what is
 * appended is a secret. */
void logkey_format(const struct logkey *k, struct buf *out);
void logkey_clear(struct logkey *k);

#endif
