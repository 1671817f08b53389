/*
 * One request, one reply, one deadline over all of it. Used by the module inside other
 * people's processes: no signal (MSG_NOSIGNAL), no global state, every descriptor closed but
 * the one of a line that the caller holds.
 */
#ifndef SEKISHO_CLIENT_H
#define SEKISHO_CLIENT_H

#include "buf.h"
#include "fields.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Sends a message of "type" made of "f"/"request" and an optional payload, and waits for its reply
 * until timeout_ms from now. Who may serve there says dial_server(). reply is decoded through "rf",
 * and empty after an error. reply_payload (may be NULL) takes the payload, its limit is the
 * buffer's. Returns 0; SKS_UNREACHABLE only when the socket is absent or refuses; SKS_TIMEOUT;
 * SKS_PROTOCOL for anything else that is not a proper reply; SKS_UNTRUSTED; SKS_TOO_BIG, SKS_NOMEM,
 * SKS_IO on our own side.
 */
int client_call(const char *socket_path, uint16_t type, const struct fields *f, const void *request,
    const void *payload, size_t payload_len, const struct fields *rf, void *reply,
    struct buf *reply_payload, int timeout_ms);

/*
 * A connection that outlives its call, for a question that follows at once: connecting, and
 * finding out who connects, is half of what a short question takes. The host program does not
 * know of the descriptor and may have closed it, with another file in its place by now: nothing
 * is sent over it or closed that is not the socket we opened, in the process that opened it. One that
 * took the number of a standard stream is not kept: the host program prints there.
 */
struct client_line {
	bool stays; /* set by the caller: after the next call that ends well it stays open */
	int fd;     /* -1: none */
	pid_t owner;
	dev_t device;
	ino_t inode;
};

void client_line_init(struct client_line *line);
/* client_call() over the line where it still stands. The server may have hung up before it read
 * anything: then there is a new connection. */
int client_call_line(struct client_line *line, const char *socket_path, uint16_t type,
    const struct fields *f, const void *request, const struct fields *rf, void *reply,
    int timeout_ms);
/*
 * The last word over a line: a message of no fields that is not answered. SKS_OK where it was handed
 * over while the server still listened: it reads it some time, however late. SKS_UNREACHABLE where no
 * line stands any more, or the server has closed its ear. The line is closed either way.
 */
int client_tell_line(struct client_line *line, uint16_t type);
/* Closes what is open of it. May be called at any time after the init. */
void client_hang_up(struct client_line *line);

/*
 * client_call() in two halves, for a request whose connection is held: connects, sends, and gives the
 * descriptor to the caller, who closes it. *fd is -1 on error. Waits timeout_ms at most.
 */
int client_open(const char *socket_path, uint16_t type, const struct fields *f,
    const void *request, int timeout_ms, int *fd);
/* One reply from there, within timeout_ms; another may follow. SKS_UNREACHABLE when the server
 * has closed it. */
int client_next(int fd, uint16_t type, const struct fields *rf, void *reply, int timeout_ms);

#endif
