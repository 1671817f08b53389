/*
 * The words behind pam_sekisho.so in a PAM line. They follow pam_faillock where they mean the
 * same. Pure: nothing here knows PAM.
 */
#ifndef SEKISHO_OPTIONS_H
#define SEKISHO_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum facility { FACILITY_AUTH, FACILITY_ACCOUNT, FACILITY_SESSION, FACILITY_PASSWORD };

enum line {           /* of an auth stack */
	LINE_SUCCESS, /* no word: second factor, and the success itself */
	LINE_PREAUTH,
	LINE_AUTHFAIL,
	LINE_KEYPROOF,
};

enum { TIMEOUT_DEFAULT_MS = 10000, TIMEOUT_MAX_S = 60, RETRY_MAX = 10 };

struct options {
	enum facility facility; /* as given to options_parse */
	enum line line;
	bool early; /* charge=early */
	bool open;  /* fail=open */
	bool observe;
	bool quiet;
	bool debug;
	int timeout_ms;
	bool use_authtok; /* libpam itself reads this word, and try_first_pass */
	int retry;        /* how often a new password may be asked for */
	char token[64];
};

/*
 * 0, or SKS_INVALID for an unknown word, a value that a word does not take, or a word that has
 * no meaning on this line; why[] then names it, and the nearest valid word where there is one.
 */
int options_parse(struct options *out, enum facility facility, int argc, const char **argv,
    char *why, size_t why_size);

#endif
