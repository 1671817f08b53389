/*
 * One line as auditd writes it, raw or enriched. Everybody on the host can put text into such lines
 * (names of programs, commands): a line is read in place, nothing is allocated, and who and when are
 * taken from what the kernel wrote before any text of a program.
 */
#ifndef SEKISHO_REPORT_KAUDIT_LINE_H
#define SEKISHO_REPORT_KAUDIT_LINE_H

#include <stddef.h>
#include <stdint.h>

enum { KAUDIT_WHAT_SIZE = 160, KAUDIT_LINE_MAX = 16384 };
#define KAUDIT_UNSET UINT32_MAX

/* What shows privilege of a person, and where a login session began. */
enum kaudit_kind {
	KAUDIT_LOGIN,   /* LOGIN: a session got its number */
	KAUDIT_EXEC,    /* SYSCALL: a program was started as root */
	KAUDIT_COMMAND, /* USER_CMD: sudo ran a command */
	KAUDIT_SESSION, /* USER_START: a session of root was opened */
	KAUDIT_ACCOUNT, /* ADD_USER, DEL_USER, USER_MGMT and those of groups: an account was changed */
	KAUDIT_CONFIG,  /* CONFIG_CHANGE: of the audit itself */
	KAUDIT_KINDS,
};

struct kaudit_line {
	enum kaudit_kind kind;
	int64_t wall_ms;
	uint32_t auid, ses; /* KAUDIT_UNSET: none */
	uint32_t pid, ppid; /* KAUDIT_UNSET: not told */
	char what[KAUDIT_WHAT_SIZE]; /* a stranger's bytes without NUL, cut where they are too long */
};

/*
 * 1: *out is one of these kinds, has succeeded and carries a person's number (set, not root's own).
 * 0: a line of another kind, of a failure, or of no person. SKS_INVALID: no line of auditd's: cut,
 * without a time, or telling who it was twice.
 */
int kaudit_parse(const char *line, size_t len, struct kaudit_line *out);

#endif
