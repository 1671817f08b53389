/*
 * Figures for monitoring, in the text format of Prometheus: what was counted since this start,
 * and what is so now. A file below the run directory is replaced four times a minute; the
 * command asks for the same text.
 *
 * Counting is a few additions. Nothing here waits, asks a name service or ends the daemon: a
 * file that cannot be written is said once in the system log.
 *
 *   metrics.c       counting, the file
 *   metrics_text.c  the text
 */
#ifndef SEKISHO_METRICS_H
#define SEKISHO_METRICS_H

#include "server.h"

#define METRICS_FILE "metrics.prom" /* in the run directory */

enum {
	METRICS_SERVICES_MAX = 128, /* named ones; all others count as one */
	METRICS_PHASES = PHASE_COUNT,
	METRICS_BUCKETS = 12,
	METRICS_TEXT_MAX = 512 * 1024,
};

enum metrics_outcome { METRICS_ALLOW, METRICS_DENY, METRICS_ERROR, METRICS_OUTCOMES };
extern const char *const metrics_outcome_words[];
/* Upper bounds in microseconds; a further bucket has what is slower. */
extern const int64_t metrics_bounds_us[METRICS_BUCKETS];

struct metrics_service {
	char name[64];
	uint64_t count[METRICS_PHASES][METRICS_OUTCOMES];
};

struct metrics_histogram {
	uint64_t count[METRICS_BUCKETS + 1]; /* each on its own, not added up */
	uint64_t sum_us;
};

struct metrics {
	struct metrics_service service[METRICS_SERVICES_MAX];
	size_t service_count;
	struct metrics_service other;
	struct metrics_histogram answer; /* from the whole request to its answer */
	struct metrics_histogram commit;
	uint64_t turns, jobs, commands;
	size_t queue_max; /* jobs of one turn and those that wait, since the last file */
};

/* A PAM question was answered, or could not be decided (failed); commands are only counted. */
void metrics_answered(const struct server *s, const struct job *job, bool failed);
void metrics_answered_pam(const struct server *s, const char *service, enum phase phase,
    enum metrics_outcome outcome, int64_t took_us);
/* A turn decided so many. */
void metrics_turn(size_t jobs, size_t waiting);
void metrics_committed(int64_t took_us);
/* Once a second; writes the file when it is time, or takes it away. */
void metrics_tick(struct server *s);
/* All of it; the file's own times are in it. 0, or the error of out. */
int metrics_text(struct server *s, struct buf *out);

/* ---- metrics_text.c ---------------------------------------------------------------------- */

int metrics_print(struct server *s, const struct metrics *m, struct buf *out);
/* A value for a label: backslash, quote and newline escaped, control characters replaced. */
void metrics_put_label(struct buf *out, const char *value);
void metrics_put_histogram(
    struct buf *out, const char *name, const char *help, const struct metrics_histogram *h);

#endif
