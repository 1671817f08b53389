/*
 * The daemon's keys: what the log knows of them, sealing anew under the current one, lifetimes.
 *
 * Everything here is driven by state, so that a crash needs no repair: the file says which keys
 * there are, the store what the log was told of them ("keys.known") and under which key each
 * secret lies. Whatever differs is recorded and sealed anew, at a start as after a rotation.
 */
#ifndef SEKISHO_KEYS_H
#define SEKISHO_KEYS_H

#include "server.h"
#include <jansson.h>

/* At a start, once there is a policy: 0, or SKS_INVALID (said in the log) when secrets are
 * sealed under keys that the ring does not have. Records what has changed in it. */
int keys_start(struct server *s);
/* Would any secret be without its key under this ring? SKS_NOT_FOUND when so; the head of one
 * such. Reads all devices. */
int keys_check(struct server *s, const struct keyring *ring, uint8_t head[SEAL_HEAD_SIZE]);
/* Records how this ring differs from what the log knows, and that it knows now. Inside a
 * transaction; job: whose doing it is, NULL when only seen. */
int keys_notice(struct server *s, const struct keyring *ring, struct job *job);
/* The ring has changed: begin to seal anew. */
void keys_begin(struct server *s);

/* Is there anything to seal anew? */
bool keys_busy(const struct server *s);
/* One small batch, in a turn of its own. */
int keys_step(struct server *s);
/* About once a second: is a key overdue? */
int keys_tick(struct server *s);

/* The log key's file, which names a next key: that takes over, in a turn of its own. SKS_OK,
 * also when it has done so before; SKS_INVALID; SKS_CONFLICT when the file is not that of the
 * key in use; the store's error. */
int keys_take_log_key(struct server *s, struct job *job, const void *file, size_t len);
/* At a start, when the chain is there: which key of the file is in use, and since when. */
void keys_settle_log(struct server *s);

/* For `sekisho key list`, status and check. */
int keys_json(struct server *s, json_t **out);
/* The overdue ones, one phrase: "sealing key 1a2b3c4d, made 2024-11-22". "" when none is. */
void keys_overdue_text(struct server *s, char *out, size_t size);
/* Up to this device id they were sealed under an exposed key; 0: none. */
uint64_t keys_exposed_bound(struct server *s);

#endif
