/*
 * sekisho-worker: what would keep the daemon's loop waiting. It runs as the daemon's user, with
 * a connection to the store that cannot write, and without the key under which secrets are
 * sealed. The daemon is the only one who can ask; what a person may see is settled there.
 */
#ifndef SEKISHO_WORKER_H
#define SEKISHO_WORKER_H

#include "buf.h"
#include "protocol.h"
#include "store/store.h"

/*
 * VERB_LOG: fills reply and payload (protocol.h says how it looks; at most HELPER_PAYLOAD_MAX).
 * What goes wrong is in reply->status and reply->text.
 */
void log_read(
    struct store *s, const struct command *c, struct command_reply *reply, struct buf *payload);

#endif
