/* What the control report says of one clause, in the words of its reader. */
#ifndef SEKISHO_CLI_REPORT_CONTROLS_LINE_H
#define SEKISHO_CLI_REPORT_CONTROLS_LINE_H

#include "report/controls_write.h"

enum { CONTROLS_LINE_MAX = 4096, CONTROLS_LIST_MAX = 1024 };

/* Texts of the report, of its policy and of i18n, which live as long as they do; lists of several
 * in one. */
struct controls_line {
	const char *clause, *level, *title, *state, *officer, *kana, *role, *unit, *contact;
	char rows[CONTROLS_LIST_MAX], checks[CONTROLS_LIST_MAX], found[CONTROLS_LINE_MAX],
	    reason[CONTROLS_LINE_MAX], evidence[CONTROLS_LIST_MAX], edition[CONTROLS_LIST_MAX];
};

void controls_line_make(
    const struct controls_report *r, const json_t *clause, struct controls_line *l);

#endif
