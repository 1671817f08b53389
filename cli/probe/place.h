/*
 * The probe account and what lies in its home directory while a probe runs: a key made for the
 * run, accepted from this host only and for ten minutes. All of it is below /run.
 */
#ifndef SEKISHO_CLI_PROBE_PLACE_H
#define SEKISHO_CLI_PROBE_PLACE_H

#define PROBE_ACCOUNT "sekisho-probe"
#define PROBE_HOME    "/run/sekisho-probe"
#define PROBE_CLIENT  PROBE_HOME "/client" /* root's alone */
#define PROBE_KEY     PROBE_CLIENT "/key"

enum place_state {
	PLACE_READY,
	PLACE_NO_ACCOUNT,
	PLACE_UNLOCKED, /* it has a password, a shell, another home or root's uid: not ours */
	PLACE_FAILED,   /* the files cannot be made */
};

/* Is there the account, and is it locked? */
enum place_state place_check_account(void);
/* Makes directories and key; what an earlier run left is removed first. */
enum place_state place_make(void);
/* Removes everything again. */
void place_remove(void);

#endif
