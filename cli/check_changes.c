/* sekisho check --changes: has the system changed since the last survey? */
#include "call.h"
#include "check.h"
#include "i18n.h"
#include "show.h"
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { POLL_MS = 200, POLLS_MAX = 2 * 3600 * 1000 / POLL_MS };
/* Until the first survey has ended, at the latest; and what one may be late. */
enum { FIRST_MS = 30 * 60 * 1000 };

/* The part of the status about surveys; the caller decrefs. NULL after saying why. */
static json_t *
changes_ask(const struct args *args, int *r)
{
	json_t *status = NULL, *survey = NULL;
	struct call call;

	call_init(&call, VERB_STATUS);
	*r = call_run(&call, args);
	if (*r == STATUS_DONE) {
		status = call_json(&call);
		survey = json_incref(json_object_get(status, "survey"));
		if (survey == NULL)
			*r = STATUS_UNREADABLE;
	}
	json_decref(status);
	call_clear(&call);
	return survey;
}

static void
changes_progress(const json_t *survey)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K");
	if (json_is_true(json_object_get(survey, "running")))
		fprintf(stderr, _("looking at %s, %lld files so far"),
		    show_text(survey, "area"), (long long)show_number(survey, "looked"));
}

static void
changes_print(const json_t *survey)
{
	int64_t changes = show_number(survey, "changes");

	printf(_("%lld files were looked at, and all that is watched compared with the last "
		 "survey: %lld changes."),
	    (long long)show_number(survey, "files"), (long long)changes);
	fputc('\n', stdout);
	if (changes != 0)
		puts(_("What they are: sekisho log --event system.change"));
	if (show_number(survey, "unsettled") != 0) {
		printf(_("%lld files changed while they were read; they are compared the next "
			 "time."),
		    (long long)show_number(survey, "unsettled"));
		fputc('\n', stdout);
	}
	if (show_number(survey, "failed") != 0)
		puts(_("Some could not be looked at. The system log says which and why."));
}

int
check_changes(const struct args *args)
{
	const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
	json_t *survey = NULL;
	struct call call;
	int r;

	call_init(&call, VERB_SURVEY);
	r = call_run(&call, args);
	call_clear(&call);
	if (r != STATUS_DONE)
		return r;
	for (int i = 0; i < POLLS_MAX; i++) {
		json_decref(survey);
		survey = changes_ask(args, &r);
		if (survey == NULL)
			return r;
		changes_progress(survey);
		if (!json_is_true(json_object_get(survey, "running")))
			break;
		(void)nanosleep(&pause, NULL);
	}
	if (json_is_true(json_object_get(survey, "running")) ||
	    show_number(survey, "failed") != 0)
		r = STATUS_INCOMPLETE;
	else if (show_number(survey, "changes") != 0)
		r = STATUS_REFUSED;
	if (args_has(args, OPT_JSON))
		show_json(survey);
	else
		changes_print(survey);
	json_decref(survey);
	return r;
}

/* One finding of sekisho check: is anybody looking, and when was it last? */
void
check_survey(struct check *c)
{
	const json_t *survey = json_object_get(c->status, "survey");
	int64_t at = show_number(survey, "at"), every = show_number(survey, "every");
	int64_t now = (int64_t)time(NULL) * 1000;
	char when[SHOW_TIME_SIZE];

	if (survey == NULL)
		check_unknown(c, "changes-detected",
		    _("Run \"sekisho check\" as root, with the daemon running."), "%s",
		    _("only root sees when the last survey was"));
	else if (!json_is_true(json_object_get(survey, "on")))
		check_failed(c, "changes-detected",
		    _("Who changes PAM, sudoers or an administrator's keys leaves no trace."),
		    _("Take \"detect = no\" out of the section [changes] of the policy."), "%s",
		    _("changes to the system are not looked for"));
	else if (at == 0 && now - show_number(c->status, "started") < FIRST_MS)
		check_ok(c, "changes-detected", "%s", _("the first survey is still to come"));
	else if (at == 0)
		check_failed(c, "changes-detected",
		    _("Who changes PAM, sudoers or an administrator's keys leaves no trace."),
		    _("Look at the daemon's journal."), "%s", _("no survey has ended yet"));
	else if (now - at > 2 * every + FIRST_MS)
		check_failed(c, "changes-detected",
		    _("Who changes PAM, sudoers or an administrator's keys leaves no trace."),
		    _("Look at the daemon's journal."), _("the last survey was at %s"),
		    show_time(at, when));
	else
		check_ok(c, "changes-detected", _("last survey at %s, %lld files"),
		    show_time(at, when), (long long)show_number(survey, "files"));
}
