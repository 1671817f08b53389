/*
 * The one list of errors. Functions return 0 or one of these negative values;
 * anything that is not SKS_OK denies.
 */
#ifndef SEKISHO_ERROR_H
#define SEKISHO_ERROR_H

enum error {
	SKS_OK = 0,
	SKS_NOMEM = -1,       /* out of memory */
	SKS_INVALID = -2,     /* malformed input: wrong type, value or encoding */
	SKS_TOO_BIG = -3,     /* larger than its stated limit */
	SKS_TRUNCATED = -4,   /* ends before its own length says */
	SKS_TRAILING = -5,    /* bytes left over after a complete message */
	SKS_NOT_FOUND = -6,   /* no such row, file or name */
	SKS_DENIED = -7,      /* the peer may not do this */
	SKS_UNREACHABLE = -8, /* no daemon: the socket is absent or refuses */
	SKS_TIMEOUT = -9,     /* the deadline passed */
	SKS_PROTOCOL = -10,   /* the other side answered nonsense */
	SKS_CONFLICT = -11,   /* somebody changed it first, or it exists */
	SKS_FULL = -12,       /* no space left */
	SKS_READONLY = -13,   /* the file system is read-only */
	SKS_IO = -14,         /* the disk or a system call failed */
	SKS_CORRUPT = -15,    /* stored data fail their own check */
	SKS_UNTRUSTED = -16,  /* wrong owner, mode, type or path of a trusted file */
	SKS_INTERNAL = -17,   /* our own invariant broke */
	SKS_OLDER = -18,      /* stored by an older version, which has to be brought up to date */
	SKS_NEWER = -19,      /* stored by a newer version */
};

/* A short English phrase, for logs. Static; never NULL. */
const char *error_text(int error);

#endif
