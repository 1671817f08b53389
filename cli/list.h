/*
 * The lists that several subcommands show: devices and sessions.
 */
#ifndef SEKISHO_CLI_LIST_H
#define SEKISHO_CLI_LIST_H

#include "args.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* An array as the daemon's FACTOR_LIST gives it. */
void list_print_devices(const json_t *devices);
/* The same, each with its whole life: who issued, confirmed, lost and ended it, and when. */
void list_print_register(const json_t *devices);
/* Devices in the state "active"; *last (may be NULL) is the last one of them. */
size_t list_active_devices(const json_t *devices, const json_t **last);
/* Among the active ones: one that was never confirmed gives its name up. */
bool list_has_device(const json_t *devices, const char *name);
/* Appends everybody that the store knows, page by page (root). args says how a failure is
 * shown; NULL: not at all. Exit status. */
int list_users(json_t *users, const struct args *args);
void list_print_sessions(const json_t *sessions);

#endif
