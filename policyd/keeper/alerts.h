/*
 * Alerts in the daemon: committed records are read as they come and handed to the rules; what
 * these raise becomes a record of its own, and that record, read in its turn, is told to
 * people. So a test, an alert and one that a crash interrupted take the same way.
 */
#ifndef SEKISHO_ALERTS_H
#define SEKISHO_ALERTS_H

#include "alert/alert.h"
#include "alert/engine.h"
#include "server.h"
#include <jansson.h>

/* Before the daemon's own start is recorded: counts what the log has of late, quietly as far as
 * it was looked at before. */
int alerts_start(struct server *s);
/* Once a second. 0, or an error that must end the daemon. */
int alerts_tick(struct server *s);
/* The same while nothing but administrators' own records may be written: says so once, without
 * a record, and goes on telling what waits. */
int alerts_on_reserve(struct server *s);
/* Where it stands, into the turn of the stop. */
int alerts_stop(struct server *s);
void alerts_free(void);

/* ---- alerts_compose.c: one alert ---- */

/* What a record's body has to tell beyond its columns. */
struct alert_detail {
	char service[64], device[64], report[32], actor[NAME_SIZE], tty[64], failing[400];
	bool known_source, device_new;
	int64_t clock_step;
};
extern const struct fields alert_detail_fields;

/* Outside a turn: it reads the last record that the alert rests on. */
void alerts_compose(struct server *s, const struct alert_raise *raise, struct alert *a);
/* Appends the record of an alert. Inside a turn. */
int alerts_record(struct server *s, const struct alert *a, uint64_t *seq);
/* Counts one more delivery of that rule that was given up. Inside a turn. */
int alerts_note_undelivered(struct server *s, const char *rule);
/* The sentence of a rule. */
const char *alerts_what(const struct alert_rule *rule, char *out, size_t size);
/* How often that rule was raised, ever. */
uint64_t alerts_raised(struct server *s, const char *rule);
/* What is known of one rule: raised, last, undelivered. */
json_t *alerts_rule_json(struct server *s, const struct alert_rule *rule);

#endif
