/*
 * Events that the kernel's audit is told through the warden: policies, locks, suspensions. One
 * at a time, nobody waits for it; a host without audit is no error.
 */
#ifndef SEKISHO_KERNEL_AUDIT_H
#define SEKISHO_KERNEL_AUDIT_H

#include "server.h"
#include <jansson.h>

/* A record was committed: puts it in line where it is one of those. */
void kernel_audit_note(struct server *s, const struct feed_row *row);
/* {"state": "unused" | "told" | "absent" | "refused", "told": n, "lost": n} */
json_t *kernel_audit_json(void);

#endif
