/*
 * Taking over the keys of pam_google_authenticator and pam_oath. Needs nothing but lib/, so
 * that the command can read the files as root and hand on single keys. Texts name the line
 * and never quote it: a secret may stand in the wrong place.
 */
#ifndef SEKISHO_IMPORT_H
#define SEKISHO_IMPORT_H

#include "factor/totp.h"
#include "secret.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IMPORT_FILE_MAX = 16 << 20 };

struct import_entry {
	char user[NAME_SIZE]; /* "" where the file does not name one */
	struct secret key;
	struct totp_params params;
	int line;
	uint32_t scratch_codes; /* emergency codes in the file, which are not taken over */
	bool has_pin;		/* a static PIN stands before the code, which is not taken over */
};

/*
 * A ~/.google_authenticator: the key in base32 on the first line, then options (`" NAME …`)
 * and scratch codes. SKS_INVALID: not such a file, damaged, counter-based, switched off, or
 * with a step that is neither 30 nor 60 s; why[] says it with the line. out is wiped then.
 */
int import_google(
    const char *text, size_t len, struct import_entry *out, char *why, size_t why_size);

/* The lines of a pam_oath users file: "HOTP/T30/6 USER PIN HEXKEY …". text stays the caller's. */
struct import_oath {
	const char *at;
	size_t left;
	int line;
};

void import_oath_init(struct import_oath *in, const char *text, size_t len);
/*
 * 1 and the next entry, 0 at the end, or SKS_INVALID for a line that cannot be taken over
 * (counter-based, 7 digits, a damaged key …), with why[]; the next call goes on behind it.
 */
int import_oath_next(
    struct import_oath *in, struct import_entry *out, char *why, size_t why_size);

#endif
