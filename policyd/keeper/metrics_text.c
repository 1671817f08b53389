/*
 * The figures as text, version 0.0.4 of Prometheus's format: for each family HELP, TYPE, then
 * its samples, nothing of another family in between.
 */
#include "alert/delivery.h"
#include "error.h"
#include "keeper/alerts.h"
#include "keeper/changes.h"
#include "keeper/checked.h"
#include "keeper/forwarding.h"
#include "keeper/keeper.h"
#include "keeper/keys.h"
#include "keeper/metrics.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* ---- the format -------------------------------------------------------------------------- */

static void
put_family(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
put_whole(struct buf *out, const char *name, const char *type, const char *help, int64_t value)
{
	put_family(out, name, type, help);
	buf_printf(out, "%s %" PRId64 "\n", name, value);
}

static void
put_seconds(struct buf *out, const char *name, const char *type, const char *help, int64_t ms)
{
	put_family(out, name, type, help);
	buf_printf(out, "%s %" PRId64 ".%03d\n", name, ms / 1000, (int)(ms % 1000));
}

void
metrics_put_label(struct buf *out, const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '\\' || *value == '"')
			buf_printf(out, "\\%c", *value);
		else if (*value == '\n')
			buf_printf(out, "\\n");
		else
			buf_put_u8(
			    out, (unsigned char)*value < 0x20 ? (uint8_t)'?' : (uint8_t)*value);
	}
}

static void
put_labelled(
    struct buf *out, const char *name, const char *label, const char *value, int64_t number)
{
	buf_printf(out, "%s{%s=\"", name, label);
	metrics_put_label(out, value);
	buf_printf(out, "\"} %" PRId64 "\n", number);
}

void
metrics_put_histogram(
    struct buf *out, const char *name, const char *help, const struct metrics_histogram *h)
{
	uint64_t sum = 0;

	put_family(out, name, "histogram", help);
	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		sum += h->count[i];
		buf_printf(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
		    (double)metrics_bounds_us[i] / 1e6, sum);
	}
	sum += h->count[METRICS_BUCKETS];
	buf_printf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, sum);
	buf_printf(out, "%s_sum %" PRIu64 ".%06u\n%s_count %" PRIu64 "\n", name,
	    h->sum_us / 1000000, (unsigned)(h->sum_us % 1000000), name, sum);
}

/* ---- decisions --------------------------------------------------------------------------- */

static void
put_service(struct buf *out, const struct metrics_service *x, const char *name)
{
	for (size_t phase = 0; phase < METRICS_PHASES; phase++) {
		for (size_t i = 0; i < METRICS_OUTCOMES; i++) {
			if (x->count[phase][i] == 0)
				continue;
			buf_printf(out, "sekisho_decisions_total{service=\"");
			metrics_put_label(out, name);
			buf_printf(out, "\",phase=\"%s\",outcome=\"%s\"} %" PRIu64 "\n",
			    phase_words[phase], metrics_outcome_words[i], x->count[phase][i]);
		}
	}
}

static void
print_decisions(const struct server *s, const struct metrics *m, struct buf *out)
{
	put_family(out, "sekisho_decisions_total", "counter",
	    "Answers to PAM by service, phase and outcome. Unknown services count as other.");
	for (size_t i = 0; i < m->service_count; i++)
		put_service(out, &m->service[i], m->service[i].name);
	put_service(out, &m->other, "other");
	put_whole(out, "sekisho_commands_total", "counter",
	    "Requests of the command that were answered.", (int64_t)m->commands);
	metrics_put_histogram(out, "sekisho_answer_seconds",
	    "Time from a whole question of PAM to its answer.", &m->answer);
	put_whole(out, "sekisho_turns_total", "counter", "Turns: commits of all that waits.",
	    (int64_t)m->turns);
	put_whole(out, "sekisho_turn_jobs_total", "counter", "Requests decided in all turns.",
	    (int64_t)m->jobs);
	put_whole(out, "sekisho_queue_jobs_max", "gauge",
	    "Most requests that were in line at once, since the last file.",
	    (int64_t)m->queue_max);
	put_whole(out, "sekisho_connections", "gauge", "Connections that are open.",
	    (int64_t)s->connection_count);
	put_whole(out, "sekisho_sessions_watched", "gauge",
	    "Login sessions whose end is watched.", (int64_t)s->watch_count);
}

/* ---- the log ----------------------------------------------------------------------------- */

static void
print_log(struct server *s, const struct metrics *m, struct buf *out)
{
	struct chain_status chain = {0};
	uint64_t size = 0, leaves;
	int64_t now = clock_now().wall_ms;

	(void)store_log_size(s->store, &size);
	if (s->chain != NULL)
		chain_status(s->chain, &chain);
	leaves = chain.first != 0 && size + 1 > chain.first ? size + 1 - chain.first : 0;
	put_whole(
	    out, "sekisho_records_total", "counter", "Records in the log.", (int64_t)size);
	put_whole(out, "sekisho_records_unsigned", "gauge",
	    "Records that no signed head covers.",
	    leaves > chain.head_size ? (int64_t)(leaves - chain.head_size) : 0);
	put_whole(out, "sekisho_records_unsealed", "gauge", "Records that no seal covers.",
	    leaves > chain.sealed_size ? (int64_t)(leaves - chain.sealed_size) : 0);
	if (chain.epoch_wall_ms != 0)
		put_seconds(out, "sekisho_epoch_age_seconds", "gauge",
		    "Age of the epoch that the next seal closes.",
		    now > chain.epoch_wall_ms ? now - chain.epoch_wall_ms : 0);
	metrics_put_histogram(out, "sekisho_commit_seconds",
	    "Time of a commit that changed something.", &m->commit);
}

static void
put_file_size(struct buf *out, const struct server *s, const char *name)
{
	char path[4096];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", s->options.state_dir, name);
	if (lstat(path, &st) == 0)
		put_labelled(out, "sekisho_store_bytes", "file", name, st.st_size);
}

static void
print_store(struct server *s, struct buf *out)
{
	struct statvfs fs;

	put_family(out, "sekisho_store_bytes", "gauge", "Size of the store's files.");
	put_file_size(out, s, STORE_FILE);
	put_file_size(out, s, STORE_FILE "-wal");
	if (statvfs(s->options.state_dir, &fs) == 0)
		put_whole(out, "sekisho_store_free_bytes", "gauge",
		    "Space that is left on the store's file system.",
		    (int64_t)(fs.f_bavail * fs.f_frsize));
	put_whole(out, "sekisho_store_space", "gauge",
	    "Space for records: 0 ok, 1 low, 2 on the reserve, 3 none.", (int64_t)s->space);
}

/* ---- what leaves the host ---------------------------------------------------------------- */

static int64_t
number_of(const json_t *o, const char *key)
{
	return (int64_t)json_integer_value(json_object_get(o, key));
}

static void
put_targets(struct buf *out, const json_t *list, const char *name, const char *key, int64_t now)
{
	const json_t *target;
	size_t i;

	json_array_foreach(list, i, target)
	{
		const char *text = json_string_value(json_object_get(target, "target"));
		int64_t value = number_of(target, key);

		if (now != 0)
			value = value != 0 && now > value ? (now - value) / 1000 : 0;
		if (text != NULL)
			put_labelled(out, name, "target", text, value);
	}
}

static void
print_forwarding(struct server *s, struct buf *out)
{
	json_t *list = forwarding_status(s);

	put_family(out, "sekisho_forward_behind_records", "gauge",
	    "Records that a target does not have yet.");
	put_targets(out, list, "sekisho_forward_behind_records", "behind", 0);
	put_family(out, "sekisho_forward_behind_seconds", "gauge",
	    "For how long a target has lagged; 0: it does not.");
	put_targets(out, list, "sekisho_forward_behind_seconds", "since", clock_now().wall_ms);
	json_decref(list);
}

static void
print_alerts(struct server *s, struct buf *out)
{
	uint64_t given_up = 0;
	size_t waiting = 0;

	put_family(out, "sekisho_alerts_raised_total", "counter",
	    "Alerts that were raised, tests among them, by rule.");
	for (size_t i = 0; i < s->policy->alert_count; i++)
		put_labelled(out, "sekisho_alerts_raised_total", "alert",
		    s->policy->alert[i].name,
		    (int64_t)alerts_raised(s, s->policy->alert[i].name));
	delivery_counts(&given_up, &waiting);
	put_whole(out, "sekisho_alert_deliveries_waiting", "gauge",
	    "Messages about alerts that wait.", (int64_t)waiting);
	put_whole(out, "sekisho_alert_deliveries_given_up_total", "counter",
	    "Messages about alerts that reached nobody.", (int64_t)given_up);
}

/* ---- the host's own ---------------------------------------------------------------------- */

static void
print_check(struct server *s, struct buf *out)
{
	static const char *const state[] = {"ok", "advice", "failed", "unknown"};
	json_t *check = checked_status(s);

	put_seconds(out, "sekisho_check_last_timestamp_seconds", "gauge",
	    "When the host was last tested; 0: never.", number_of(check, "at"));
	put_family(out, "sekisho_check_findings", "gauge", "What that test found, by state.");
	for (size_t i = 0; i < sizeof(state) / sizeof(state[0]); i++)
		put_labelled(out, "sekisho_check_findings", "state", state[i],
		    number_of(check, state[i]));
	json_decref(check);
}

static void
print_duties(struct server *s, struct buf *out)
{
	struct backup_status b = {0};
	json_t *survey = changes_status(s);
	char overdue[256];

	if (keeper_backup_status(s, &b) == SKS_OK) {
		put_seconds(out, "sekisho_backup_last_timestamp_seconds", "gauge",
		    "When the last good backup was made; 0: never.", b.last_wall_ms);
		put_whole(out, "sekisho_backup_overdue", "gauge",
		    "1: the last good backup is older than the policy wants.", b.overdue);
	}
	put_seconds(out, "sekisho_survey_last_timestamp_seconds", "gauge",
	    "When files were last looked at for changes; 0: never.", number_of(survey, "at"));
	json_decref(survey);
	print_check(s, out);
	keys_overdue_text(s, overdue, sizeof(overdue));
	put_whole(out, "sekisho_keys_overdue", "gauge",
	    "1: a key is older than the policy allows.", overdue[0] != '\0');
}

static void
print_process(const struct server *s, struct buf *out)
{
	FILE *in = fopen("/proc/self/statm", "re");
	struct rusage used;
	long size, resident;

	put_family(out, "sekisho_build_info", "gauge", "1; version and policy are its labels.");
	buf_printf(out, "sekisho_build_info{version=\"");
	metrics_put_label(out, s->version);
	buf_printf(out, "\",policy=\"%.12s\"} 1\n", s->policy->digest);
	put_seconds(out, "process_start_time_seconds", "gauge", "When the daemon started.",
	    s->started_wall_ms);
	if (getrusage(RUSAGE_SELF, &used) == 0)
		put_seconds(out, "process_cpu_seconds_total", "counter",
		    "Processor time of the daemon, without its helpers.",
		    (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
			(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000);
	if (in != NULL && fscanf(in, "%ld %ld", &size, &resident) == 2)
		put_whole(out, "process_resident_memory_bytes", "gauge",
		    "Resident memory of the daemon, without its helpers.",
		    (int64_t)resident * sysconf(_SC_PAGESIZE));
	if (in != NULL)
		(void)fclose(in);
}

int
metrics_print(struct server *s, const struct metrics *m, struct buf *out)
{
	print_process(s, out);
	print_decisions(s, m, out);
	print_log(s, m, out);
	print_store(s, out);
	print_forwarding(s, out);
	print_alerts(s, out);
	print_duties(s, out);
	return buf_error(out);
}
