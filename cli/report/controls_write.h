/* The control report as a page, as a table for a spreadsheet, and as JSON: a line a clause. */
#ifndef SEKISHO_CLI_REPORT_CONTROLS_WRITE_H
#define SEKISHO_CLI_REPORT_CONTROLS_WRITE_H

#include "policy/policy.h"
#include "report/controls.h"
#include "report/period.h"
#include <stdio.h>

struct controls_report {
	const struct controls *controls;
	const struct policy *policy;
	const struct period *period;
	const char *host;
	int64_t made_ms;
};

/* Each into a stream, whose error tells. UTF-8; the CSV with a byte order mark. */
void controls_html(const struct controls_report *r, FILE *out);
void controls_csv(const struct controls_report *r, FILE *out);
json_t *controls_json(const struct controls_report *r); /* the caller decrefs */
/* In words: "in force" … */
const char *controls_shown(enum control_state state);

#endif
