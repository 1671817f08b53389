/*
 * An answered self-check sheet as a person sends it: a JSON list of
 * {"control": "AUTH-3", "answer": "yes", "evidence": "in-force", "comment": "…"}, these four and no
 * other member, at most SHEET_ANSWERS_MAX. The answer is yes, no or own; control and evidence are
 * ids of at most SHEET_ID_MAX letters, digits and hyphens.
 */
#ifndef SEKISHO_COMMAND_SHEET_H
#define SEKISHO_COMMAND_SHEET_H

#include <jansson.h>
#include <stddef.h>

enum {
	SHEET_ANSWERS_MAX = 200,
	SHEET_ID_MAX = 24,
	SHEET_COMMENT_MAX = 200,
	SHEET_LINE_SIZE = SHEET_ID_MAX * 2 + SHEET_COMMENT_MAX + 16
};

/* NULL: it is none. The caller releases; json_dumps(JSON_COMPACT) of it is not longer than what
 * came. */
json_t *sheet_parse(const void *data, size_t len);
/* "AUTH-3 yes in-force a comment", safe on one line. Returns line. */
const char *sheet_line(const json_t *answer, char line[SHEET_LINE_SIZE]);

#endif
