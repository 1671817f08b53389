/*
 * One request, one reply, one deadline over all of it. Used by the module inside other
 * people's processes: no signal (MSG_NOSIGNAL), no global state, every descriptor closed.
 */
#ifndef SEKISHO_CLIENT_H
#define SEKISHO_CLIENT_H

#include "buf.h"
#include "fields.h"
#include <stdint.h>
#include <sys/types.h>

/*
 * Sends a message of "type" made of "f"/"request" and an optional payload, and waits for its
 * reply until timeout_ms from now. The server must run as root or as the user "sekisho"'s uid,
 * which owns the socket: server_uid (SO_PEERCRED) is compared with the socket file's owner.
 * reply is decoded through "rf"; reply_payload (may be NULL) takes the payload, its limit is
 * the buffer's. Returns 0; SKS_UNREACHABLE only when the socket is absent or refuses;
 * SKS_TIMEOUT; SKS_PROTOCOL for anything else that is not a proper reply; SKS_UNTRUSTED.
 */
int client_call(const char *socket_path, uint16_t type, const struct fields *f, const void *request,
    const void *payload, size_t payload_len, const struct fields *rf, void *reply,
    struct buf *reply_payload, int timeout_ms);

#endif
