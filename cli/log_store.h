/*
 * The log read from its store, without the daemon: by root on the live host, or by anybody from a
 * copy of the state directory.
 */
#ifndef SEKISHO_CLI_LOG_STORE_H
#define SEKISHO_CLI_LOG_STORE_H

#include "args.h"
#include "report/head.h"
#include "store/store.h"

#define LOG_STORE_DIR "/var/lib/sekisho"

/* The store of --state-dir, else of this host, to be closed with store_close(). Returns 0, or a
 * status after saying why not. */
int log_store_open(const struct args *args, struct store **out);

/* Asks the daemon of this host for a head over all that is committed, so that the newest one in
 * the store covers it. Nothing with --state-dir; without a daemon the newest one there is must
 * do, and that is said. */
void log_store_sign(const struct args *args);

/* The newest head of the chain that record "seq" belongs to (UINT64_MAX: the newest chain), its
 * signature checked. Returns 0, or a status after saying what is wrong; call log_head_clear() in
 * any case. */
int log_head_read(struct store *s, uint64_t seq, struct log_head *out);

#endif
