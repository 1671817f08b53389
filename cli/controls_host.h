/* The control catalogue held against this host now: what the control report and self-check sheets
 * are made of. */
#ifndef SEKISHO_CLI_CONTROLS_HOST_H
#define SEKISHO_CLI_CONTROLS_HOST_H

#include "args.h"
#include "check.h"
#include "log_store.h"
#include "report/controls.h"
#include "report/report.h"

struct controls_host {
	const struct args *args;
	struct controls controls;
	struct check check;
	struct store *store;
	struct policy *policy;
	struct period period; /* whose records count as evidence */
	char host[ORIGIN_SIZE];
	int64_t made_ms;
};

/* Takes w->args and w->made_ms: the catalogue of --catalogue, the period of the options, the
 * records, the tests, the policy and the register of exceptions. 0, or a status after saying why
 * not; controls_host_clear() in any case. Root. */
int controls_host_read(struct controls_host *w);
void controls_host_clear(struct controls_host *w);

#endif
