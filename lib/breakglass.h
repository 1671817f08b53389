/*
 * Break-glass codes: the way in at the console when the daemon is not there.
 *
 * /etc/sekisho/break-glass (root, 0600), lines of text:
 *
 *	sekisho-break-glass 1
 *	tty = tty[1-9]* console ttyS[0-9]*
 *	INDEX SALT HASH unused | used TIME
 *
 * A code is BG-XXXXX-XXXXX-XXXXX-XXXXX: twenty letters of 5 random bits, 100 bits. HASH is
 * HMAC-SHA-256 under the 16-byte SALT. A slow password hash would add nothing: it makes each
 * guess dearer, and nobody searches 2^100. The salt keeps equal codes and prepared tables from
 * helping; it also names the code, because indexes begin at 1 again with each new file.
 *
 * A code is burned before it counts: the file is replaced, and where that fails because /etc
 * is full or read-only, the salt goes to a list in /run, which is honoured before the file and
 * merged into it by the next burn that can write.
 */
#ifndef SEKISHO_BREAKGLASS_H
#define SEKISHO_BREAKGLASS_H

#include "secret.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BREAKGLASS_FILE   "/etc/sekisho/break-glass"
#define BREAKGLASS_BURNED "/run/sekisho-spool/burned"
#define BREAKGLASS_TTYS   "tty[1-9]* console ttyS[0-9]* hvc[0-9]*"

enum { BREAKGLASS_MAX = 64, BREAKGLASS_TTYS_SIZE = 512 };

/* The file of codes and the list in /run; those of a test, or breakglass_system. */
struct breakglass {
	const char *file, *burned;
};
extern const struct breakglass breakglass_system;

/*
 * Replaces the file by n new codes (1 to BREAKGLASS_MAX), which are written to codes[n] as
 * people type them; the caller shows them once and wipes them. ttys: space-separated globs of
 * terminals without "/dev/"; NULL keeps those of the file, or BREAKGLASS_TTYS where there is
 * none. All older codes end. 0, SKS_INVALID, SKS_IO, SKS_FULL, SKS_READONLY, SKS_TIMEOUT.
 */
int breakglass_make(
    const struct breakglass *place, const char *ttys, size_t n, struct secret codes[]);

struct breakglass_count {
	unsigned int total, unused;
	char ttys[BREAKGLASS_TTYS_SIZE];
};
/* How many there are. SKS_NOT_FOUND without a file; SKS_UNTRUSTED, SKS_CORRUPT, SKS_IO. */
int breakglass_count(const struct breakglass *place, struct breakglass_count *out);

/* Is this terminal allowed ("/dev/" may stand before it), with a code left to burn? */
bool breakglass_is_offered(const struct breakglass *place, const char *tty);
/* Does it begin like such a code, however it was typed? */
bool breakglass_is_form(const struct secret *typed);

/*
 * Verifies in constant time over all lines and burns. 0 once burned durably, with *index
 * counted from 1. SKS_DENIED (terminal), SKS_NOT_FOUND (wrong), SKS_CONFLICT (used before),
 * and when it cannot be read or burned SKS_UNTRUSTED, SKS_CORRUPT, SKS_TIMEOUT (another burn
 * holds the file), SKS_FULL, SKS_READONLY, SKS_IO: nothing but 0 lets anybody in.
 */
int breakglass_burn(const struct breakglass *place, const char *tty, const struct secret *typed,
    unsigned int *index);

#endif
