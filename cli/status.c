/* sekisho status */
#include "call.h"
#include "cli.h"
#include "i18n.h"
#include "show.h"
#include "status_verdict.h"
#include "table.h"
#include "words.h"
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Who answers for the rules, and until when they are to be looked at again. */
static void
status_print_review(const json_t *status)
{
	int64_t review_ms = show_number(status, "review");
	char day[SHOW_TIME_SIZE], line[160];

	table_print_pair(stdout, _("Owner:"), show_text(status, "owner"));
	if (review_ms == 0)
		return;
	snprintf(line, sizeof(line),
	    show_number(status, "date") >= review_ms
		? _("OVERDUE: the rules were to be reviewed by the end of %s (UTC)")
		: _("by the end of %s (UTC)"),
	    show_last_day(review_ms, day));
	table_print_pair(stdout, _("Review:"), line);
}

static void
status_print_policy(const json_t *status)
{
	char time[SHOW_TIME_SIZE], line[160];

	snprintf(line, sizeof(line), _("%.12s, in force since %s"), show_text(status, "policy"),
	    show_time_of(status, "policy_applied", time));
	table_print_pair(stdout, _("Policy:"), line);
	status_print_review(status);
}

/* Where, and until when. */
static void
status_scope(const json_t *entry, int64_t now_ms, char *out, size_t size)
{
	const char *scope = show_text(entry, "scope"), *name = show_text(entry, "name");
	int64_t end_ms = show_number(entry, "until");
	char where[300], day[SHOW_TIME_SIZE];

	if (strcmp(scope, "host") == 0)
		snprintf(where, sizeof(where), "%s", _("everywhere"));
	else if (strcmp(scope, "service") == 0)
		snprintf(where, sizeof(where), _("service %s"), name);
	else
		snprintf(where, sizeof(where), _("group %s"), name);
	if (end_ms == 0)
		snprintf(out, size, _("%s, without an end date"), where);
	else if (json_is_true(json_object_get(entry, "over")))
		snprintf(out, size, _("%s, ended with %s (UTC)"), where,
		    show_last_day(end_ms, day));
	else
		snprintf(out, size, _("%s, until the end of %s (UTC), days left: %lld"), where,
		    show_last_day(end_ms, day),
		    (long long)((end_ms - now_ms) / SHOW_DAY_MS));
}

/* What the policy lets pass for a time: nobody may forget that it does, nor that it ends. */
static void
status_print_for_a_time(const json_t *status)
{
	const json_t *entry, *list = json_object_get(status, "for_a_time");
	int64_t now_ms = show_number(status, "date");
	bool soon = false;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		bool grace = strcmp(show_text(entry, "what"), "grace") == 0;
		int64_t end_ms = show_number(entry, "until");
		char scope[400], line[640];

		status_scope(entry, now_ms, scope, sizeof(scope));
		if (json_is_true(json_object_get(entry, "over")))
			snprintf(line, sizeof(line),
			    grace ? _("grace, %s: who has no device is refused")
				  : _("observe, %s: the rules are in force"),
			    scope);
		else
			snprintf(line, sizeof(line),
			    grace ? _("GRACE, %s: who has no device yet gets in without a "
				      "code; AUTH-6 is not in force for them")
				  : _("OBSERVE, %s: decisions are only recorded, nobody is "
				      "refused; AUTH-6 is not in force"),
			    scope);
		table_print_pair(stdout, i == 0 ? _("For a time:") : "", line);
		soon |= end_ms > now_ms && end_ms - now_ms <= SHOW_SOON_MS;
	}
	if (soon)
		table_print_pair(stdout, "",
		    _("ENDS SOON: then the rules refuse. \"sekisho status --observe\" shows "
		      "whom that would concern."));
}

static void
status_print_records(const json_t *status)
{
	const char *space = show_text(status, "space");
	char count[SHOW_TIME_SIZE], line[160];

	show_digits(show_number(status, "records"), count);
	if (space[0] == '\0')
		snprintf(line, sizeof(line), "%s", count);
	else
		snprintf(line, sizeof(line), _("%s, space: %s"), count, words_shown(space));
	table_print_pair(stdout, _("Records:"), line);
}

/* Where records go besides, and what has not arrived there. */
static void
status_print_forward(const json_t *status)
{
	const json_t *target, *list = json_object_get(status, "forward");
	size_t i;

	json_array_foreach(list, i, target)
	{
		char number[SHOW_TIME_SIZE], time[SHOW_TIME_SIZE], line[320];

		show_digits(show_number(target, "behind"), number);
		if (show_number(target, "since") != 0)
			snprintf(line, sizeof(line),
			    _("%s: BEHIND since %s, %s records not forwarded (%s)"),
			    show_text(target, "target"), show_time_of(target, "since", time),
			    number, show_text(target, "why"));
		else if (show_text(target, "why")[0] != '\0')
			snprintf(line, sizeof(line), _("%s: %s records not forwarded (%s)"),
			    show_text(target, "target"), number, show_text(target, "why"));
		else
			snprintf(line, sizeof(line), _("%s: %s records not forwarded yet"),
			    show_text(target, "target"), number);
		table_print_pair(stdout, i == 0 ? _("Forwarding:") : "", line);
	}
}

static void
status_print_backup(const json_t *status)
{
	const json_t *backup = json_object_get(status, "backup");
	char time[SHOW_TIME_SIZE];

	if (backup == NULL)
		return;
	table_print_pair(stdout, _("Last backup:"),
	    show_number(backup, "last") != 0 ? show_time_of(backup, "last", time) : _("never"));
	if (json_is_true(json_object_get(backup, "overdue")))
		table_print_pair(stdout, "",
		    _("OVERDUE: it is older than the policy wants. The log says why "
		      "(sekisho log --event backup.create)."));
}

static void
status_print_survey(const json_t *status)
{
	const json_t *survey = json_object_get(status, "survey");
	char time[SHOW_TIME_SIZE], line[160];

	if (survey == NULL)
		return;
	if (!json_is_true(json_object_get(survey, "on")))
		snprintf(line, sizeof(line), "%s", _("switched off by the policy"));
	else if (show_number(survey, "at") == 0)
		snprintf(line, sizeof(line), "%s", _("none yet"));
	else
		snprintf(line, sizeof(line), _("%s: %lld files, %lld changes"),
		    show_time_of(survey, "at", time), (long long)show_number(survey, "files"),
		    (long long)show_number(survey, "changes"));
	table_print_pair(stdout, _("Last survey:"), line);
}

static void
status_print_check(const json_t *status)
{
	const json_t *check = json_object_get(status, "check");
	char time[SHOW_TIME_SIZE], line[160];

	if (show_number(check, "at") == 0)
		return;
	snprintf(line, sizeof(line), _("%s: %lld failed, %lld advise"),
	    show_time_of(check, "at", time), (long long)show_number(check, "failed"),
	    (long long)show_number(check, "advice"));
	table_print_pair(stdout, _("Last test:"), line);
}

static void
status_print_self(const json_t *status)
{
	const json_t *last = json_object_get(status, "last_success");
	int64_t devices = show_count(status, "devices");
	char number[SHOW_TIME_SIZE], time[SHOW_TIME_SIZE], line[320];

	table_print_pair(stdout, _("You:"), show_text(status, "user"));
	if (json_is_true(json_object_get(status, "suspended")))
		table_print_pair(
		    stdout, "", _("SUSPENDED: ask an administrator before you log out."));
	show_digits(devices, number);
	table_print_pair(stdout, _("Devices:"),
	    devices != 0 ? number : _("none; \"sekisho enroll\" registers one"));
	table_print_pair(stdout, _("Recovery codes left:"),
	    show_digits(show_number(status, "recovery_codes"), number));
	if (show_number(last, "at") == 0)
		return;
	show_time_of(last, "at", time);
	snprintf(line, sizeof(line), _("%s from %s"), time,
	    show_text(last, "source")[0] == '\0' ? _("here")
						 : words_shown(show_text(last, "source")));
	table_print_pair(stdout, _("Last login:"), line);
	table_print_pair(stdout, "", _("Was that not you? Say so: sekisho report not-me"));
}

static const char *
status_audit_word(const char *state)
{
	if (strcmp(state, "told") == 0)
		return _("is told");
	if (strcmp(state, "absent") == 0)
		return _("not on this host");
	return strcmp(state, "refused") == 0 ? _("refuses") : _("nothing to tell yet");
}

static void
status_print_outside(const json_t *status)
{
	const json_t *audit = json_object_get(status, "kernel_audit");
	const json_t *alerts = json_object_get(status, "alerts");
	char line[160];

	if (audit == NULL)
		return;
	snprintf(line, sizeof(line), _("%s; told: %lld, lost: %lld"),
	    status_audit_word(show_text(audit, "state")), (long long)show_number(audit, "told"),
	    (long long)show_number(audit, "lost"));
	table_print_pair(stdout, _("Kernel audit:"), line);
	snprintf(line, sizeof(line), _("waiting: %lld, given up: %lld"),
	    (long long)show_number(alerts, "waiting"),
	    (long long)show_number(alerts, "given_up"));
	table_print_pair(stdout, _("Alerts:"), line);
}

/* "days-since-update 31, definitions not known" */
static void
status_print_host(const json_t *status)
{
	const json_t *one;
	char line[512] = "";
	size_t i, used = 0;

	json_array_foreach(json_object_get(status, "host_attributes"), i, one)
	{
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%.40s ",
		    used > 0 ? ", " : "", show_text(one, "name"));
		used += json_is_true(json_object_get(one, "known"))
			    ? (size_t)snprintf(line + used, sizeof(line) - used, "%lld",
				  (long long)show_number(one, "value"))
			    : (size_t)snprintf(line + used, sizeof(line) - used, "%s", _("not known"));
		if (used >= sizeof(line) - 96) /* eight names never get so far */
			break;
	}
	table_print_pair(stdout, _("This host says:"), line);
}

static void
status_print(const json_t *status)
{
	char time[SHOW_TIME_SIZE], line[160];

	snprintf(line, sizeof(line), _("running, version %s, since %s"),
	    show_text(status, "version"), show_time_of(status, "started", time));
	table_print_pair(stdout, _("Daemon:"), line);
	status_print_policy(status);
	status_print_for_a_time(status);
	status_print_records(status);
	table_print_pair(stdout, _("Keys to replace:"), show_text(status, "keys_overdue"));
	status_print_backup(status);
	status_print_forward(status);
	status_print_survey(status);
	status_print_host(status);
	status_print_check(status);
	table_print_pair(stdout, _("Clock:"), show_text(status, "clock_hint"));
	status_print_outside(status);
	status_print_self(status);
}

/* The text as the daemon gives it: it is made for programs already. */
static int
status_metrics(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_METRICS);
	r = call_run(&call, args);
	if (r == STATUS_DONE)
		(void)fwrite(call.payload.data, 1, call.payload.len, stdout);
	call_clear(&call);
	return r;
}

/* Whether all is well comes first, and is the exit status. */
static int
status_show(json_t *status, const struct args *args)
{
	static struct verdicts v;
	bool root = geteuid() == 0;

	verdicts_read(&v, status, root, (int64_t)time(NULL) * 1000);
	if (args_has(args, OPT_JSON)) {
		(void)json_object_set_new(status, "attention", verdicts_json(&v));
		show_json(status);
	} else {
		verdicts_print(&v, root);
		status_print(status);
	}
	return v.problems == 0 ? STATUS_DONE : STATUS_REFUSED;
}

int
run_status(const struct args *args)
{
	json_t *status = NULL;
	struct call call;
	int r;

	if (args_has(args, OPT_METRICS))
		return status_metrics(args);
	if (args_has(args, OPT_OBSERVE))
		return run_status_observe(args);
	if (args_has(args, OPT_SINCE)) {
		fputs(_("sekisho: --since goes with --observe here.\n"), stderr);
		return STATUS_USAGE;
	}
	call_init(&call, VERB_STATUS);
	r = call_run_json(&call, args, &status);
	if (r == STATUS_DONE)
		r = status_show(status, args);
	json_decref(status);
	call_clear(&call);
	return r;
}
