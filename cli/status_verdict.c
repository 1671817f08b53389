#include "status_verdict.h"

#include "i18n.h"
#include "show.h"
#include "table.h"
#include "text.h"
#include "words.h"
#include <stdarg.h>
#include <string.h>

#define MINUTE_MS INT64_C(60000)

enum { VERDICT_WIDTH = 96, SURVEY_LATE_MIN = 30, CHECK_OLD_DAYS = 3, CODES_FEW = 3 };

static void __attribute__((format(printf, 4, 5)))
verdict_add(struct verdicts *v, bool problem, const char *next, const char *fmt, ...)
{
	struct verdict *x;
	va_list list;

	v->problems += problem;
	if (v->count == VERDICTS_MAX)
		return;
	x = &v->item[v->count++];
	x->problem = problem;
	x->next = next;
	va_start(list, fmt);
	vsnprintf(x->what, sizeof(x->what), fmt, list);
	va_end(list);
}

/* ---- the log ----------------------------------------------------------------------------- */

static void
judge_log(struct verdicts *v, const json_t *status)
{
	const char *space = show_text(status, "space");

	if (space[0] != '\0' && strcmp(space, "ok") != 0)
		verdict_add(v, true, _("Make room on the file system of /var/lib/sekisho."),
		    _("Space for records: %s. When none is left, only administrators get in."),
		    words_shown(space));
	if (json_is_true(json_object_get(status, "unvouched")))
		verdict_add(v, true,
		    _("Find out why (sekisho log --event log.begin), then have the auditor "
		      "sign: "
		      "sekisho key reanchor"),
		    "%s",
		    _("The log was begun anew, and nobody outside has vouched for that."));
}

static void
judge_forwarding(struct verdicts *v, const json_t *status)
{
	const json_t *target, *list = json_object_get(status, "forward");
	char when[SHOW_TIME_SIZE];
	size_t i;

	json_array_foreach(list, i, target)
	{
		if (show_number(target, "since") != 0)
			verdict_add(v, true,
			    _("Look at the target, and at the network between."),
			    _("%s lacks %lld records, since %s."), show_text(target, "target"),
			    (long long)show_number(target, "behind"),
			    show_time_of(target, "since", when));
	}
}

static void
judge_backup(struct verdicts *v, const json_t *status)
{
	const json_t *backup = json_object_get(status, "backup");

	if (json_is_true(json_object_get(backup, "overdue")))
		verdict_add(v, true,
		    _("The log says why none was made: sekisho log --event backup.create"),
		    "%s", _("The last backup is older than the policy wants."));
	else if (backup == NULL)
		verdict_add(v, false,
		    _("Write a section [backup] in the policy, or run \"sekisho backup "
		      "create\" "
		      "from a timer of your own."),
		    "%s", _("No backup was ever made."));
}

/* ---- the host ---------------------------------------------------------------------------- */

static void
judge_survey(struct verdicts *v, const json_t *status, int64_t now_ms)
{
	const json_t *survey = json_object_get(status, "survey");
	int64_t at = show_number(survey, "at");
	int64_t late = 2 * show_number(survey, "every") + SURVEY_LATE_MIN * MINUTE_MS;
	int64_t since = at != 0 ? at : show_number(status, "started");
	char when[SHOW_TIME_SIZE];

	if (!json_is_true(json_object_get(survey, "on")))
		verdict_add(v, false,
		    _("Take \"detect = no\" out of the section [changes] of the policy."), "%s",
		    _("Changes to the system are not looked for."));
	else if (now_ms - since > late)
		verdict_add(v, true, _("Look at the daemon's journal."),
		    _("Changes to the system were last looked for at %s."),
		    at != 0 ? show_time(at, when) : _("never"));
}

static void
judge_check(struct verdicts *v, const json_t *status, int64_t now_ms)
{
	const json_t *check = json_object_get(status, "check");
	int64_t at = show_number(check, "at");
	char when[SHOW_TIME_SIZE];

	if (at == 0)
		verdict_add(v, false,
		    _("Turn the timer on: systemctl enable --now sekisho-check.timer"), "%s",
		    _("This host was never tested for the record."));
	else if (show_number(check, "failed") != 0)
		verdict_add(v, true, _("\"sekisho check\" says what to do."),
		    _("The test of this host at %s failed: %s."), show_time(at, when),
		    show_text(check, "failing"));
	else if (now_ms - at > CHECK_OLD_DAYS * SHOW_DAY_MS)
		verdict_add(v, true,
		    _("Look at the timer: systemctl status sekisho-check.timer"),
		    _("This host was last tested at %s."), show_time(at, when));
}

static void
judge_alerts(struct verdicts *v, const json_t *status)
{
	int64_t lost = show_number(json_object_get(status, "alerts"), "given_up");

	if (lost != 0)
		verdict_add(v, true,
		    _("\"sekisho alert list\" says which and why; try one: sekisho alert test "
		      "NAME"),
		    _("Alerts that reached nobody since the daemon started: %lld."),
		    (long long)lost);
}

static void
judge_change(struct verdicts *v, const json_t *status)
{
	const json_t *change = json_object_get(status, "change");
	char when[SHOW_TIME_SIZE];

	if (change != NULL)
		verdict_add(v, false,
		    _("In a login that is new, as root: sekisho policy confirm. Or wait."),
		    _("A change by %s is taken back at %s, unless it is confirmed."),
		    show_text(change, "by"), show_time_of(change, "deadline", when));
}

static void
judge_contingency(struct verdicts *v, const json_t *status)
{
	const json_t *one, *list = json_object_get(status, "contingency");
	size_t i;

	json_array_foreach(list, i, one)
	{
		char when[SHOW_TIME_SIZE];

		verdict_add(v, false,
		    _("It ends by itself; earlier: sekisho contingency end NAME."),
		    _("The contingency policy \"%s\" is in force until %s."),
		    show_text(one, "name"), show_time_of(one, "until", when));
	}
}

static void
judge_exceptions(struct verdicts *v, const json_t *status)
{
	const json_t *x = json_object_get(status, "exceptions");
	const char *next =
	    _("\"sekisho exception list\" shows them; another person approves or refuses.");

	if (show_number(x, "unapproved") != 0)
		verdict_add(v, false, next,
		    _("Weaker than the rules, and not approved: %lld entries of the register."),
		    (long long)show_number(x, "unapproved"));
	if (show_number(x, "overdue") != 0)
		verdict_add(v, false, _("Report it: sekisho exception report"),
		    _("Exceptions whose end is overdue to be reported: %lld."),
		    (long long)show_number(x, "overdue"));
	if (show_number(x, "reviews") != 0)
		verdict_add(v, false, _("Another person reviews it: sekisho break-glass review"),
		    _("Break-glass codes that were used and are not reviewed: %lld."),
		    (long long)show_number(x, "reviews"));
}

static void
judge_for_a_time(struct verdicts *v, const json_t *status)
{
	const json_t *entry, *list = json_object_get(status, "for_a_time");
	size_t i, open = 0;

	json_array_foreach(list, i, entry) open +=
	    !json_is_true(json_object_get(entry, "over"));
	if (open != 0)
		verdict_add(v, false,
		    _("\"sekisho status --observe\" shows whom the rules would refuse; then "
		      "take "
		      "it out of the policy."),
		    "%s", _("For a time the policy lets pass what its rules refuse."));
}

static void
judge_review(struct verdicts *v, const json_t *status)
{
	int64_t review_ms = show_number(status, "review");
	char day[SHOW_TIME_SIZE];

	if (review_ms != 0 && show_number(status, "date") >= review_ms)
		verdict_add(v, true,
		    _("Review them with their owner, set a new \"review\" in [host] and apply the "
		      "policy."),
		    _("The rules were to be reviewed by the end of %s (UTC)."),
		    show_last_day(review_ms, day));
}

size_t
status_overdue_roles(const json_t *status, char *out, size_t size)
{
	const json_t *one, *list = json_object_get(status, "role_reviews");
	size_t i;

	out[0] = '\0';
	json_array_foreach(list, i, one)
	{
		size_t used = strlen(out);

		snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "",
		    show_text(one, "role"));
	}
	return json_array_size(list);
}

static void
judge_role_reviews(struct verdicts *v, const json_t *status)
{
	char names[256];

	if (status_overdue_roles(status, names, sizeof(names)) != 0)
		verdict_add(v, true,
		    _("Somebody who is no member looks at them and signs: sekisho role review ROLE"),
		    _("The members of these roles were not reviewed in time: %s."), names);
}

const char *
status_late_plan(const json_t *status, char *out, size_t size)
{
	const json_t *one, *list =
			      json_object_get(json_object_get(status, "duties"), "plan_overdue");
	size_t i;

	out[0] = '\0';
	json_array_foreach(list, i, one)
	{
		size_t used = strlen(out);

		snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "",
		    json_string_value(one));
	}
	return out;
}

static void
judge_duties(struct verdicts *v, const json_t *status)
{
	int64_t late = show_number(json_object_get(status, "duties"), "training_overdue");
	char names[256];

	if (late != 0)
		verdict_add(v, true, _("See whose: sekisho training status"),
		    _("Trainings that were not attended in time: %lld."), (long long)late);
	if (status_late_plan(status, names, sizeof(names))[0] != '\0')
		verdict_add(v, true, _("See what it is: sekisho plan list"),
		    _("Not done in time, of the yearly plan: %s."), names);
}

static void
judge_host(struct verdicts *v, const json_t *status, int64_t now_ms)
{
	const char *keys = show_text(status, "keys_overdue"),
		   *clock = show_text(status, "clock_hint");

	judge_log(v, status);
	judge_forwarding(v, status);
	judge_backup(v, status);
	judge_survey(v, status, now_ms);
	judge_check(v, status, now_ms);
	judge_alerts(v, status);
	if (keys[0] != '\0')
		verdict_add(v, true,
		    _("Make a new one, which interrupts nobody: sekisho key rotate "
		      "sealing|log"),
		    _("A key is older than the policy allows: %s."), keys);
	if (clock[0] != '\0')
		verdict_add(v, true,
		    _("Look at what keeps it in step: timedatectl, chronyc tracking."), "%s",
		    clock);
	judge_for_a_time(v, status);
	judge_contingency(v, status);
	judge_exceptions(v, status);
	judge_review(v, status);
	judge_role_reviews(v, status);
	judge_duties(v, status);
	judge_change(v, status);
}

/* ---- a person ---------------------------------------------------------------------------- */

static void
judge_person(struct verdicts *v, const json_t *status)
{
	int64_t codes = show_number(status, "recovery_codes");
	bool has_device = show_count(status, "devices") != 0;

	if (json_is_true(json_object_get(status, "suspended")))
		verdict_add(v, true, _("Ask an administrator before you log out."), "%s",
		    _("Your account is suspended."));
	if (!has_device)
		verdict_add(v, false, _("Register one: sekisho enroll"), "%s",
		    _("You have no device: where a code is needed you do not get in."));
	else if (codes < CODES_FEW)
		verdict_add(v, false, _("Make new ones: sekisho factor recovery-codes"),
		    _("Recovery codes left, for when your device is lost: %lld."),
		    (long long)codes);
}

void
verdicts_read(struct verdicts *out, const json_t *status, bool root, int64_t now_ms)
{
	memset(out, 0, sizeof(*out));
	if (root)
		judge_host(out, status, now_ms);
	else
		judge_person(out, status);
}

/* ---- shown ------------------------------------------------------------------------------- */

json_t *
verdicts_json(const struct verdicts *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < v->count; i++)
		(void)json_array_append_new(
		    list, json_pack("{s:s,s:s,s:b}", "what", v->item[i].what, "next",
			      v->item[i].next, "problem", (int)v->item[i].problem));
	return list;
}

static void
verdict_print(const struct verdict *x)
{
	char clean[2 * sizeof(x->what)];

	(void)text_clean(clean, sizeof(clean), x->what);
	fputs(x->problem ? "! " : "- ", stdout);
	table_fold(stdout, clean, 2, VERDICT_WIDTH);
	fprintf(stdout, "  %s ", _("Do:"));
	table_fold(stdout, x->next, table_width(_("Do:")) + 3, VERDICT_WIDTH);
}

void
verdicts_print(const struct verdicts *v, bool root)
{
	if (v->problems != 0)
		printf(_("NOT ALL IS WELL. What needs attention: %zu."), v->problems);
	else
		fputs(root ? _("All is well.")
			   : _("Sekisho is at work, and all is well with your account."),
		    stdout);
	fputc('\n', stdout);
	for (size_t i = 0; i < v->count; i++)
		if (v->item[i].problem)
			verdict_print(&v->item[i]);
	for (size_t i = 0; i < v->count; i++)
		if (!v->item[i].problem)
			verdict_print(&v->item[i]);
	fputc('\n', stdout);
}
