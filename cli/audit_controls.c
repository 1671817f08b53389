/*
 * sekisho audit controls: the clauses of the source documents in their order, each with what a
 * test of this host says now and which records are evidence.
 */
#include "call.h"
#include "check.h"
#include "cli.h"
#include "controls_host.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "new_file.h"
#include "report/controls_write.h"
#include "report/page.h"
#include "root.h"
#include "show.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CATALOGUE_DIR "/usr/share/sekisho/controls"

enum form { FORM_NONE, FORM_HTML, FORM_CSV, FORM_JSON, FORM_UNKNOWN };

static enum form
form_of(const char *name)
{
	const char *dot = name != NULL ? strrchr(name, '.') : NULL;

	if (name == NULL)
		return FORM_NONE;
	if (dot != NULL && strcmp(dot, ".html") == 0)
		return FORM_HTML;
	if (dot != NULL && strcmp(dot, ".csv") == 0)
		return FORM_CSV;
	return dot != NULL && strcmp(dot, ".json") == 0 ? FORM_JSON : FORM_UNKNOWN;
}

/* ---- gathering --------------------------------------------------------------------------- */

static int
load_catalogue(struct controls_host *w)
{
	const char *given = args_value(w->args, OPT_CATALOGUE);
	const char *dir = given != NULL ? given : CATALOGUE_DIR;
	int r = controls_load(&w->controls, dir);

	if (r == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr, _("sekisho: the control catalogue in %s cannot be read: %s.\n"), dir,
	    _(error_text(r)));
	return STATUS_UNREADABLE;
}

static int
count_records(struct controls_host *w)
{
	const struct log_filter filter = {
	    .since_wall_ms = w->period.from_ms, .until_wall_ms = w->period.until_ms};
	struct log_cursor *cursor = NULL;
	struct log_row row;
	int r = store_log_open(w->store, &filter, 0, &cursor);

	while (r == SKS_OK && (r = store_log_step(cursor, &row)) == 1) {
		r = SKS_OK;
		if (row.body != NULL)
			controls_count(&w->controls, row.seq, row.body, row.body_len);
	}
	store_log_close(cursor);
	if (r == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr, _("sekisho: the log cannot be read: %s.\n"), _(error_text(r)));
	return STATUS_UNREADABLE;
}

/* That the log was read for it is a record. */
static void
tell_daemon(const struct controls_host *w)
{
	struct call call;

	call_init(&call, VERB_LOG);
	call.request.since_ms = w->period.from_ms;
	call.request.until_ms = w->period.until_ms;
	call.request.limit = 1;
	(void)call_send(&call, NULL, 0, NULL);
	call_clear(&call);
}

static int
gather_all(struct controls_host *w)
{
	struct log_head head = {0};
	int status = log_store_open(w->args, &w->store);

	if (status == STATUS_DONE)
		status = report_read_policy(w->store, &w->policy);
	if (status == STATUS_DONE)
		status = log_head_read(w->store, UINT64_MAX, &head);
	if (status == STATUS_DONE)
		(void)snprintf(w->host, sizeof(w->host), "%s", head.chain.origin);
	log_head_clear(&head);
	if (status == STATUS_DONE)
		status = count_records(w);
	if (status != STATUS_DONE)
		return status;
	w->check.root = true;
	check_run(&w->check);
	controls_judge(&w->controls, &w->check);
	if (controls_hold(&w->controls, w->policy, w->store, w->made_ms) == SKS_OK)
		return STATUS_DONE;
	fputs(_("sekisho: the register of exceptions cannot be read.\n"), stderr);
	return STATUS_UNREADABLE;
}

int
controls_host_read(struct controls_host *w)
{
	int status = report_period(w->args, w->made_ms, &w->period);

	if (status == STATUS_DONE)
		status = load_catalogue(w);
	if (status != STATUS_DONE)
		return status;
	tell_daemon(w);
	return gather_all(w);
}

void
controls_host_clear(struct controls_host *w)
{
	controls_clear(&w->controls);
	check_clear(&w->check);
	policy_free(w->policy);
	store_close(w->store);
}

/* ---- telling ----------------------------------------------------------------------------- */

static int
write_file(const struct controls_report *r, const char *path, enum form form)
{
	FILE *out = new_file_begin(path, 0600);
	json_t *json = NULL;

	if (out == NULL)
		return STATUS_REFUSED;
	if (form == FORM_HTML)
		controls_html(r, out);
	else if (form == FORM_CSV)
		controls_csv(r, out);
	else
		(void)json_dumpf(json = controls_json(r), out, JSON_INDENT(1));
	json_decref(json);
	return new_file_end(out, path);
}

static void
tell(const struct controls_host *w)
{
	size_t sum[CONTROL_STATES] = {0};

	for (size_t i = 0; i < w->controls.count; i++) {
		const struct control *k = &w->controls.control[i];

		sum[k->state]++;
		if (k->state == CONTROL_NOT_IN_FORCE)
			printf("%s  %s\n        %s: %s\n", k->id,
			    controls_text(k->row, "title"), k->check, k->found);
	}
	printf(_("Of %zu controls: %zu in force, %zu not in force, %zu with an exception, %zu not "
		 "tested, %zu the organisation's own.\n"),
	    w->controls.count, sum[CONTROL_IN_FORCE], sum[CONTROL_NOT_IN_FORCE],
	    sum[CONTROL_EXCEPTION], sum[CONTROL_UNTESTED], sum[CONTROL_ORGANISATION]);
}

static int
show_all(const struct controls_host *w, enum form form)
{
	const struct controls_report r = {.controls = &w->controls,
	    .policy = w->policy,
	    .period = &w->period,
	    .host = w->host,
	    .made_ms = w->made_ms};
	int status = STATUS_DONE;
	json_t *json;

	if (form != FORM_NONE)
		status = write_file(&r, args_value(w->args, OPT_OUTPUT), form);
	if (status != STATUS_DONE)
		return status;
	if (args_has(w->args, OPT_JSON)) {
		json = controls_json(&r);
		show_json(json);
		json_decref(json);
	} else {
		tell(w);
	}
	for (size_t i = 0; i < w->controls.count; i++) {
		if (w->controls.control[i].state == CONTROL_NOT_IN_FORCE)
			return STATUS_REFUSED;
	}
	return STATUS_DONE;
}

int
run_audit_controls(const struct args *args)
{
	struct controls_host w = {.args = args, .made_ms = clock_now().wall_ms};
	enum form form = form_of(args_value(args, OPT_OUTPUT));
	int status = root_need();

	if (args_value(args, OPT_LANG) != NULL)
		i18n_init(args_value(args, OPT_LANG));
	if (status == STATUS_DONE && form == FORM_UNKNOWN) {
		fputs(_("sekisho: --output takes a file whose name ends in .html, .csv or "
			".json.\n"),
		    stderr);
		status = STATUS_USAGE;
	}
	if (status == STATUS_DONE)
		status = controls_host_read(&w);
	if (status == STATUS_DONE)
		status = show_all(&w, form);
	controls_host_clear(&w);
	return status;
}
