/*
 * One target of the forwarder: a socket that is never waited for, and how far the other side
 * has come, as far as anybody can know it from here.
 *
 *   journal, unix   taken by the socket is taken
 *   udp             taken unless an error comes back within OUTLET_SETTLE_MS
 *   tcp             confirmed by the other kernel. When the connection breaks, what was
 *                   confirmed last may not have been read: OUTLET_REWIND bytes are sent again.
 */
#ifndef SEKISHO_OUTLET_H
#define SEKISHO_OUTLET_H

#include "buf.h"
#include "helper.h"
#include "policy/target.h"

enum {
	OUTLET_MARKS = 8192,	     /* messages under way in a stream */
	OUTLET_REWIND = 1 << 20, /* more than a kernel takes for a program that never reads */
	OUTLET_SETTLE_MS = 500,
	OUTLET_CONNECT_MS = 10000,
	OUTLET_SEND_BUFFER = 1 << 20, /* room for one message of any size, and some */
};

struct outlet_mark { /* a message of a stream: at which byte it ends, and what it completes */
	uint64_t end;
	struct forward_place place;
};

struct outlet {
	char name[128];
	struct target target;
	uint64_t used; /* the forwarder's, to tell which to forget */

	int fd; /* -1: closed */
	bool connected;
	int64_t connect_by_ms; /* monotonic */
	struct forward_place settling; /* udp: taken when no error comes back */
	int64_t settling_ms;	       /* since then */
	struct forward_place sent;	/* handed to the socket */
	struct forward_place confirmed; /* taken by the other side */
	struct forward_place floor;	/* of a stream: where to go on when it breaks */

	uint64_t written; /* bytes of the stream */
	uint64_t there;	  /* of these confirmed */
	struct buf rest;  /* of a message that the stream took half */
	size_t rest_at;
	struct outlet_mark mark[OUTLET_MARKS];
	size_t first, acked, count; /* marks kept; of these confirmed */
};

/* SKS_INVALID when name is no target. */
int outlet_open(struct outlet *o, const char *name);
void outlet_close(struct outlet *o);
/*
 * Makes it ready to go on behind "place", which the daemon remembers; o->sent then says where.
 * 0; SKS_TIMEOUT while it connects; SKS_FULL while half a message waits; SKS_UNREACHABLE. why
 * gets a phrase for the log.
 */
int outlet_prepare(struct outlet *o, const struct forward_place *place, int64_t now_ms,
    char *why, size_t why_size);
/* Sends a message, after which the target has come to "place". 0; SKS_FULL: not now, nothing
 * was sent; SKS_TOO_BIG; SKS_UNREACHABLE. */
int outlet_send(struct outlet *o, const void *message, size_t len,
    const struct forward_place *place);
/* It has come to "place" without a message. */
void outlet_pass(struct outlet *o, const struct forward_place *place);
/* Looks how far the other side has come: into o->confirmed. */
void outlet_confirm(struct outlet *o, int64_t now_ms);

#endif
