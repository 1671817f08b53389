/*
 * What only root may do. The daemon decides of itself who may ask for what; this is for subcommands that
 * change files of root's, and for what the users' socket would not even take.
 */
#ifndef SEKISHO_CLI_ROOT_H
#define SEKISHO_CLI_ROOT_H

/* STATUS_DONE for root, else STATUS_REFUSED after saying so. */
int root_need(void);

#endif
