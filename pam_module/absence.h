/*
 * What happens when the daemon cannot be asked: absent, hung, garbled, or not ours. Whatever
 * is done is spooled, so that it becomes a record later, and said in syslog with the next step.
 *
 *	fail=closed (default)	refuse
 *	fail=open		let in, but only where the socket is absent or refuses
 *	observe			let in: this line was to be watched only
 *	root's own su and cron	let in, in the account and session phases
 *	break-glass		see success.c
 */
#ifndef SEKISHO_ABSENCE_H
#define SEKISHO_ABSENCE_H

#include "ask.h"
#include "spool.h"
#include <stdbool.h>

/* Does fail=open or observe cover this error? Says and spools nothing. */
bool absence_is_tolerated(const struct ask *a, int error);
/*
 * The whole of it for a phase that can let in: true to let in; false to refuse, after the
 * person was told. Spooled and logged either way.
 */
bool absence_lets_in(const struct ask *a, int error);
/* The refusing half alone. */
void absence_refuse(const struct ask *a, int error);
/* Spools an event of this phase; number is a break-glass code's. cause may be NULL. */
void absence_spool(
    const struct ask *a, enum spool_kind kind, const char *cause, unsigned int number);
/* One word for an error, as it stands in the spool. */
const char *absence_cause(int error);

#endif
