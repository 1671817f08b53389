#include "keeper/metrics.h"

#include "error.h"
#include "log.h"
#include "policy/services.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_EVERY_TICKS = 15 };

const char *const metrics_outcome_words[] = {"allow", "deny", "error", NULL};
const int64_t metrics_bounds_us[METRICS_BUCKETS] = {
    250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 500000, 2000000, 10000000};

static struct metrics metrics;

/* ---- counting ---------------------------------------------------------------------------- */

static void
observe(struct metrics_histogram *h, int64_t took_us)
{
	size_t i = 0;

	if (took_us < 0)
		took_us = 0;
	while (i < METRICS_BUCKETS && took_us > metrics_bounds_us[i])
		i++;
	h->count[i]++;
	h->sum_us += (uint64_t)took_us;
}

/* Whoever may ask chooses the name: only names that the product or the policy knows are kept.
 */
static struct metrics_service *
service_of(const struct policy *p, const char *name)
{
	struct metrics_service *new;

	for (size_t i = 0; i < metrics.service_count; i++) {
		if (strcmp(metrics.service[i].name, name) == 0)
			return &metrics.service[i];
	}
	if (metrics.service_count == METRICS_SERVICES_MAX ||
	    (services_class(name) == SERVICE_UNKNOWN && policy_service(p, name) == NULL) ||
	    strlen(name) >= sizeof(new->name))
		return &metrics.other;
	new = &metrics.service[metrics.service_count++];
	(void)snprintf(new->name, sizeof(new->name), "%s", name);
	return new;
}

void
metrics_answered_pam(const struct server *s, const char *service, enum phase phase,
    enum metrics_outcome outcome, int64_t took_us)
{
	if ((unsigned)phase < METRICS_PHASES)
		service_of(s->policy, service)->count[phase][outcome]++;
	observe(&metrics.answer, took_us);
}

void
metrics_answered(const struct server *s, const struct job *job, bool failed)
{
	enum metrics_outcome outcome = METRICS_ERROR;

	if (job->kind->type != MSG_PAM) {
		metrics.commands += job->kind->type == MSG_COMMAND;
		return;
	}
	if (!failed)
		outcome =
		    job->pam_reply.verdict == PAM_VERDICT_ALLOW ? METRICS_ALLOW : METRICS_DENY;
	metrics_answered_pam(s, job->request.service, job->pam.phase, outcome,
	    clock_monotonic_us() - job->arrived_us);
}

void
metrics_turn(size_t jobs, size_t waiting)
{
	metrics.turns++;
	metrics.jobs += jobs;
	if (jobs + waiting > metrics.queue_max)
		metrics.queue_max = jobs + waiting;
}

void
metrics_committed(int64_t took_us)
{
	observe(&metrics.commit, took_us);
}

/* ---- the file ---------------------------------------------------------------------------- */

int
metrics_text(struct server *s, struct buf *out)
{
	return metrics_print(s, &metrics, out);
}

/* Whole or not at all: a collector may read at any moment. The directory is memory, so nothing
 * is synced. */
static int
write_file(const char *path, const char *new, const struct buf *text, mode_t mode)
{
	ssize_t n = -1;
	int fd;

	(void)unlink(new);
	fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (fchmod(fd, mode) == 0)
		n = write(fd, text->data, text->len);
	if (close(fd) != 0 || n != (ssize_t)text->len || rename(new, path) != 0) {
		(void)unlink(new);
		return -1;
	}
	return 0;
}

void
metrics_tick(struct server *s)
{
	static uint64_t tick;
	static bool failed;
	static unsigned int readers; /* as the file there was written for */
	char path[4096], new[4096 + 8];
	struct buf text;
	int r = -1;

	if (tick++ % FILE_EVERY_TICKS != 0 && readers == s->policy->metrics)
		return;
	readers = s->policy->metrics;
	(void)snprintf(path, sizeof(path), "%s/" METRICS_FILE, s->options.run_dir);
	(void)snprintf(new, sizeof(new), "%s.new", path);
	if (s->policy->metrics == METRICS_OFF) {
		(void)unlink(path);
		return;
	}
	buf_init(&text, METRICS_TEXT_MAX);
	if (metrics_text(s, &text) == SKS_OK)
		r = write_file(
		    path, new, &text, s->policy->metrics == METRICS_EVERYBODY ? 0644 : 0600);
	if (r != 0 && !failed)
		log_warn("%s cannot be written: %s. Monitoring sees old figures, or none", path,
		    strerror(errno));
	failed = r != 0;
	metrics.queue_max = 0;
	buf_clear(&text);
}
