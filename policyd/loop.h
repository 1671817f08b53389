/*
 * What the loop waits for: connections, session monitors, places for passwords, commands under sudo.
 * Between loop.c and the files that a section below is named for; stay.h has more of connections.
 */
#ifndef SEKISHO_LOOP_H
#define SEKISHO_LOOP_H

#include "server.h"

/* What epoll hands back points to a structure that begins with this. */
enum source_kind {
	SOURCE_LISTENER,
	SOURCE_CONNECTION,
	SOURCE_HELPER,
	SOURCE_WATCH,
	SOURCE_PLACE,
	SOURCE_RUN,
	SOURCE_GONE, /* ended by an event before this one, in the same round: nothing to do */
};

int loop_poll(struct server *s, int op, int fd, uint32_t events, void *source);

/* ---- connection.c ---- */

struct connection {
	enum source_kind kind; /* first */
	struct connection *next, **link;
	int fd;
	uint32_t uid;
	struct peer peer; /* until the job takes it */
	bool from_root_socket, identified;
	bool reading, answering;
	bool polled, awaited; /* known to epoll; and the next event is to come */
	bool stayed; /* a first request was answered, see stay.h */
	uint8_t header[FRAME_HEADER_SIZE];
	size_t header_len;
	struct frame frame;
	struct buf in, out;
	int64_t deadline_ms; /* 0: none while the request is decided */
	struct job *job;
	struct ahead *ahead; /* of the question that may come next; of stay.c alone */
};

/* Takes all who wait at this listener. */
void connection_accept(struct server *s, int index);
/* Whatever it was doing. What it holds is freed, it itself by connection_bury(). */
void connection_end(struct server *s, struct connection *c);
/* Something happened on it; it may be gone afterwards. */
void connection_event(struct server *s, struct connection *c, uint32_t events);
/* Ends those whose time is up. */
void connection_expire(struct server *s, int64_t now);
/* When the next one's time is up; "at" when none is earlier. */
int64_t connection_next_deadline(const struct server *s, int64_t at);
void connection_close_all(struct server *s);
/* Frees what has ended. An event of this round may still point to it: after the round. */
void connection_bury(struct server *s);

/* ---- job.c ---- */

/* Whether the frame's header names a request that may come over this socket, and no longer than it
 * may be from that user; counted where not. SKS_INVALID, SKS_DENIED, SKS_TOO_BIG. */
int job_check_header(struct server *s, struct connection *c);
/* Out of a request that is complete in c->in. NULL where it is malformed, or without memory. */
struct job *job_new(struct server *s, struct connection *c);
/* NULL is nothing. What was decided ahead and not asked for is noted. */
void job_free(struct job *job);

/* ---- admission.c ---- */

/* Who is at it with a password; its process is watched. */
struct place {
	enum source_kind kind; /* first */
	struct place *next;    /* of the gone ones */
	int pidfd;
	uint32_t pid;
	uint64_t pid_start;
	int64_t until_ms; /* from then on another one may have it */
};

/* The process behind it ended. */
void admission_event(struct server *s, struct place *p);
void admission_bury(struct server *s); /* see connection_bury() */
/* ---- runs.c ---- */

struct run;
/* Its process ended, or says what it has no business to. */
void run_event(struct server *s, struct run *run);
void run_close_all(struct server *s);
void run_bury(struct server *s); /* see connection_bury() */

/* ---- watch.c ---- */

struct watch {
	enum source_kind kind; /* first */
	struct watch *next;
	int pidfd;
	struct request session;
};

/* The process behind it ended. */
void watch_event(struct server *s, struct watch *w);
void watch_close_all(struct server *s);
void watch_bury(struct server *s); /* see connection_bury() */

#endif
