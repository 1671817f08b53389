/*
 * sekisho-warden: what the daemon needs root for, and nothing else.
 *
 * The daemon is the only one who can ask, over HELPER_FD, which it gave us or --attach fetched; the requests are the table in
 * table.c, with their arguments in struct warden_call (policyd/helper.h). What may hang on a
 * name service or a PAM module runs in a child of its own; everything else is done at once.
 * A request that is not exactly one of the table ends the warden, and so the daemon: it can
 * only come from a daemon that is not itself any more.
 */
#ifndef SEKISHO_WARDEN_H
#define SEKISHO_WARDEN_H

#include "helper.h"
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	CHILDREN_MAX = 8,
	CHILD_LIMIT_MS = 20000,
	BACKUP_LIMIT_MS = 6 * 3600 * 1000,
	WAITING_MAX = 64,
	ENDINGS_MAX = 64,
	REFUSED_MAX = 64, /* spooled files set aside */
	POLLS_MAX = 1 + CHILDREN_MAX + ENDINGS_MAX,
};

/* Which request an answer belongs to. */
struct ticket {
	uint32_t id;
	uint16_t type;
};

/* In a child: fills the answer, whose status is SKS_INTERNAL until it does. */
typedef void warden_run(const struct warden_call *call, struct warden_answer *answer);

struct child {
	pid_t pid; /* 0: free */
	int result;
	struct ticket ticket;
	int64_t deadline_ms;
	struct buf payload; /* the parts so far */
};

struct waiting {
	struct ticket ticket; /* id 0: free */
	uint64_t order;
	warden_run *run;
	struct warden_call call;
};

struct ending {
	int pidfd; /* -1: free */
	struct ticket ticket;
	int64_t deadline_ms;
	bool killed; /* TERM was not enough */
};

struct warden {
	int fd;
	bool courier;  /* the other half of the table */
	bool attached; /* went to the daemon by itself */
	const char *spool;
	const char *key[WARDEN_KEY_FILES]; /* NULL: that one cannot be asked for */
	int64_t child_limit_ms;
	bool gone; /* the daemon, or our trust in it */
	uint64_t order;
	struct child child[CHILDREN_MAX];
	struct waiting waiting[WAITING_MAX];
	struct ending ending[ENDINGS_MAX];
};

/* ---- main.c ------------------------------------------------------------------------------ */

void warden_answer(struct warden *w, struct ticket t, const struct warden_answer *answer,
    const void *payload, size_t payload_len);
/* The same with a status alone. */
void warden_status(struct warden *w, struct ticket t, int status);

/* ---- table.c: what can be asked -----------------------------------------------------------
 */

/* 0 or SKS_PROTOCOL. The call is wiped by the caller. */
int table_dispatch(struct warden *w, struct ticket t, const struct warden_call *call);

/* ---- child.c: one process a request --------------------------------------------------------
 */

void child_submit(
    struct warden *w, struct ticket t, warden_run *run, const struct warden_call *call);
/* Appends what to poll for; takes what came, ends what took too long, starts what waits. */
size_t child_polls(const struct warden *w, struct pollfd *p);
void child_turn(struct warden *w, int64_t now_ms);
int64_t child_next_deadline(const struct warden *w);
void child_end_all(struct warden *w);

/* In a child: */
void audit_run(const struct warden_call *call, struct warden_answer *answer);
void command_run(const struct warden_call *call, struct warden_answer *answer);
void mail_run(const struct warden_call *call, struct warden_answer *answer);
/* Goes behind the answer's fields; the caller's until the child ends. */
void child_payload(const void *data, size_t len);
void survey_run(const struct warden_call *call, struct warden_answer *answer);
void left_run(const struct warden_call *call, struct warden_answer *answer);
void idle_run(const struct warden_call *call, struct warden_answer *answer);
void volume_run(const struct warden_call *call, struct warden_answer *answer);
void tell_run(const struct warden_call *call, struct warden_answer *answer);
void host_run(const struct warden_call *call, struct warden_answer *answer);
void host_command_run(const struct warden_call *call, struct warden_answer *answer);
void sweep_run(const struct warden_call *call, struct warden_answer *answer);
void groups_run(const struct warden_call *call, struct warden_answer *answer);
void members_run(const struct warden_call *call, struct warden_answer *answer);
void names_run(const struct warden_call *call, struct warden_answer *answer);
void hostlogs_run(const struct warden_call *call, struct warden_answer *answer);
void who_run(const struct warden_call *call, struct warden_answer *answer);
void backup_run(const struct warden_call *call, struct warden_answer *answer);
void password_run(const struct warden_call *call, struct warden_answer *answer);

/* ---- courier.c: programs that are given an alert --------------------------------------------
 */

/* Takes the name sekisho-courier and leaves no core file. 0, or SKS_DENIED (said in the log). */
int courier_prepare(void);
/* Runs argv (argv[0] absolute) with "input" as its standard input, whatever it prints thrown
 * away but the beginning. SKS_OK when it ended with 0: answer->text is that beginning; else it says
 * why not. */
void courier_feed(char *const *argv, const struct buf *input, struct warden_answer *answer);
/* May only root change that program of a directory of root's, and the way to it? A link would lead
 * out of the directory, and is none. Else the answer says why not. */
bool courier_is_plain(const char *program, struct warden_answer *answer);

/* ---- ending.c: ending a process that is a person's session ---------------------------------
 */

void ending_start(struct warden *w, struct ticket t, const struct warden_call *call);
size_t ending_polls(const struct warden *w, struct pollfd *p);
void ending_turn(struct warden *w, int64_t now_ms);
int64_t ending_next_deadline(const struct warden *w);

/* ---- keys.c: the key file, read again --------------------------------------------------------
 */

void keys_read(struct warden *w, struct ticket t, const struct warden_call *call);

/* ---- spool.c: events of the time without a daemon -------------------------------------------
 */

void spool_next(struct warden *w, struct ticket t, const struct warden_call *call);
void spool_done(struct warden *w, struct ticket t, const struct warden_call *call);

#endif
