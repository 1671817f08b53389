/*
 * What the host wrote beside us, that a report is held against: wtmp and the kernel's audit,
 * each with its older files. Root opens them, and no path comes from anywhere; whoever makes
 * the page reads. Root's command is both; for an auditor the warden opens, and the worker is
 * given the descriptors.
 */
#ifndef SEKISHO_REPORT_HOSTLOGS_H
#define SEKISHO_REPORT_HOSTLOGS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HOSTLOGS_WTMP  "/var/log/wtmp"
#define HOSTLOGS_AUDIT "/var/log/audit/audit.log"

enum { HOSTLOG_FILES_MAX = 100 };

enum hostlog_state {
	HOSTLOG_NOT_READ, /* nobody could open it */
	HOSTLOG_ABSENT,
	HOSTLOG_REFUSED, /* it is there, but not to be trusted or not to be read */
	HOSTLOG_OPEN,
};

/* One log: its files, the newest first. */
struct hostlog {
	enum hostlog_state state;
	char why[256]; /* HOSTLOG_REFUSED: one sentence */
	int fd[HOSTLOG_FILES_MAX];
	int64_t
	    size[HOSTLOG_FILES_MAX]; /* as it was opened: what comes later is not waited for */
	size_t count;
};

struct hostlogs {
	struct hostlog wtmp, audit;
};

/* Nothing is open yet: HOSTLOG_NOT_READ. hostlogs_close() makes it that again. */
void hostlogs_init(struct hostlogs *h);
void hostlogs_close(struct hostlogs *h);

/* path and its older ones, path.1 …: regular files, no links, of owner or root, without
 * permission bits beyond mode. One that is not so refuses the whole log. */
void hostlog_open(struct hostlog *l, const char *path, uid_t owner, mode_t mode);
/* This host's, both of root's. */
void hostlogs_open(struct hostlogs *h);
/* Beside a copy of a store in dir: "wtmp" and "audit.log", of root or of who reads. */
void hostlogs_open_beside(struct hostlogs *h, const char *dir, uid_t owner);

/* Hands all of it over, in one message on a SOCK_SEQPACKET socket; the files stay open here.
 * run tells this one from what an earlier one left there. 0, SKS_IO, SKS_UNREACHABLE. */
int hostlogs_send(int fd, uint32_t run, const struct hostlogs *h);
/* Takes it; older runs are thrown away. Never waits. *h is a new one. 0; SKS_NOT_FOUND: it is
 * not there; SKS_PROTOCOL: it is none, or a file in it is no plain one that was opened for
 * reading alone. */
int hostlogs_receive(int fd, uint32_t run, struct hostlogs *h);

/* ---- reading, the oldest file first
 * ------------------------------------------------------------ */

struct hostlog_reader {
	const struct hostlog *log;
	size_t left; /* files that are not read yet, with this one */
	int64_t at, end;
	bool cut;    /* older bytes are left out, or could not be read */
	bool begun;  /* the next bytes are the first that are read of their file */
	bool middle; /* and are not its first */
};

/* The newest "most" bytes of all. */
void hostlog_reader_init(struct hostlog_reader *r, const struct hostlog *log, int64_t most);
/* Is there more? Goes on to the next file where one is at its end. */
bool hostlog_more(struct hostlog_reader *r);
/* After that: some bytes of that file; 0 where it cannot be read on. */
size_t hostlog_read(struct hostlog_reader *r, void *to, size_t size);

#endif
