/* Who takes a change back in time: a timer of systemd's, or a process of our own. */
#ifndef SEKISHO_CLI_SETUP_WATCH_H
#define SEKISHO_CLI_SETUP_WATCH_H

/* Before anything is pending. STATUS_DONE, or STATUS_REFUSED after saying that nobody would. */
int watch_start(void);

#endif
