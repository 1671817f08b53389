/*
 * sekisho key: what its files share. Root's command changes the key files; the daemon is told
 * and takes them over, so that it never needs to write where keys lie.
 */
#ifndef SEKISHO_CLI_KEY_H
#define SEKISHO_CLI_KEY_H

#include "args.h"
#include "factor/keyfile.h"
#include <jansson.h>

/* The daemon's list; NULL after saying what went wrong, with *status. The caller decrefs. */
json_t *key_ask_list(const struct args *args, int *status);

/* ---- the sealing keys (key_ring.c) --------------------------------------------------------
 */

/* Keeps other key commands out until it is closed; -1 after saying why not. */
int key_lock(const char *path);

/* A change of the key file: one at a time, under a lock that goes with the process. */
struct key_change {
	struct keyring before, ring;
	char path[4096];
	bool
	    credential; /* handed out by the service manager: its source is not ours to write */
	int lock;
	uint8_t space[KEYRING_FILE_MAX];
};

/* Locks and reads the file that the daemon uses; 0 or a status after saying why not. */
int key_change_open(struct key_change *c, const json_t *list);
/*
 * Writes c->ring and has the daemon take it over; puts the ring of before back where it
 * refuses. A credential: writes it to --output and says how it gets to its place. Status;
 * everything is said.
 */
int key_change_put(struct key_change *c, const struct args *args);
void key_change_clear(struct key_change *c);

/* ---- the log key (key_log.c) --------------------------------------------------------------
 */

/* Another one takes over; exposed: because somebody else may have the old one. Status. */
int key_rotate_log(const struct args *args, bool exposed);

/* Waits until all secrets are sealed anew, at most "seconds"; the list of then, or NULL. */
json_t *key_wait_sealed(const struct args *args, int seconds);

#endif
