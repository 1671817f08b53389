/* Telling sshd that its configuration changed. */
#ifndef SEKISHO_ROLLBACK_RELOAD_H
#define SEKISHO_ROLLBACK_RELOAD_H

#include <stdbool.h>

/* SIGHUP to the process of /run/sshd.pid, if that is sshd. True when it was told. Where sshd is
 * started for each connection there is none to tell, and nothing to do. */
bool reload_sshd(void);

#endif
