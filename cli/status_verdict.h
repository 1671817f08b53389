/*
 * What of the daemon's answer needs somebody's attention, and what to do about it.
 */
#ifndef SEKISHO_CLI_STATUS_VERDICT_H
#define SEKISHO_CLI_STATUS_VERDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VERDICTS_MAX = 24 };

struct verdict {
	bool problem; /* else a hint: all is well all the same */
	char what[320];
	const char *next; /* static, translated */
};

struct verdicts {
	struct verdict item[VERDICTS_MAX];
	size_t count, problems;
};

/* status: the answer to VERB_STATUS, to root or to a person, who learns what concerns them. */
void verdicts_read(struct verdicts *out, const json_t *status, bool root, int64_t now_ms);
/* Names of what is late of the yearly plan, with commas. Returns out. */
const char *status_late_plan(const json_t *status, char *out, size_t size);
/* Names of roles whose members were not reviewed in time; how many there are. */
size_t status_overdue_roles(const json_t *status, char *out, size_t size);
/* An array of what, next, problem. */
json_t *verdicts_json(const struct verdicts *v);
/* The first lines of the screen. */
void verdicts_print(const struct verdicts *v, bool root);

#endif
