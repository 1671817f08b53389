/* sekisho exception request|list|show|end|report, bypass request: the register of exceptions. */
#include "call.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "exception.h"
#include "i18n.h"
#include "proof.h"
#include "show.h"
#include "table.h"
#include <pwd.h>
#include <string.h>

enum { WHAT_SIZE = 512 };

/* ---- asking -------------------------------------------------------------------------------- */

int
exception_set_terms(struct call *call, const struct args *args)
{
	struct command *c = &call->request;
	int r = call_set_duration(call, args);

	if (r == STATUS_DONE)
		r = call_set_text(
		    c->clause, sizeof(c->clause), args_text(args, OPT_CLAUSE), "--clause");
	if (r == STATUS_DONE)
		r = call_set_text(
		    c->measure, sizeof(c->measure), args_text(args, OPT_MEASURE), "--measure");
	if (r == STATUS_DONE)
		r = call_set_text(
		    c->how, sizeof(c->how), args_text(args, OPT_END_REPORT), "--report");
	if (r == STATUS_DONE)
		r = call_set_text(
		    c->text, sizeof(c->text), args_text(args, OPT_REASON), "--reason");
	c->waived = args_has(args, OPT_WAIVE_REPORT);
	return r;
}

int
run_exception_request(const struct args *args)
{
	struct call call;
	struct command *c = &call.request;
	int r;

	call_init(&call, VERB_EXCEPTION_REQUEST);
	r = call_set_text(c->name, sizeof(c->name), args_word(args, 0), "RULE");
	if (r == STATUS_DONE)
		r = call_set_text(c->key, sizeof(c->key),
		    args_has(args, OPT_LOWER) ? args_text(args, OPT_LOWER) : "require",
		    "--lower");
	if (r == STATUS_DONE)
		r = call_set_text(
		    c->subject, sizeof(c->subject), args_text(args, OPT_SUBJECT), "--subject");
	if (r == STATUS_DONE)
		r = call_set_text(
		    c->service, sizeof(c->service), args_text(args, OPT_SERVICE), "--service");
	if (r == STATUS_DONE)
		r = call_set_text(
		    c->source, sizeof(c->source), args_text(args, OPT_FROM), "--from");
	if (r == STATUS_DONE)
		r = exception_set_terms(&call, args);
	c->emergency = args_has(args, OPT_EMERGENCY);
	if (r == STATUS_DONE)
		r = proof_ask(c, PROOF_CODE);
	if (r == STATUS_DONE)
		r = call_run_and_show(&call, args, NULL);
	call_clear(&call);
	return r;
}

int
run_bypass_request(const struct args *args)
{
	const char *user = args_word(args, 0);
	const struct passwd *pw = getpwnam(user);
	struct call call;
	struct command *c = &call.request;
	int r;

	call_init(&call, VERB_BYPASS_REQUEST);
	c->number = pw != NULL ? pw->pw_uid : 0;
	r = call_set_text(c->subject, sizeof(c->subject), user, "USER");
	if (r == STATUS_DONE)
		r = call_set_duration(&call, args);
	if (r == STATUS_DONE)
		r = call_set_verified(&call, args);
	if (r == STATUS_DONE)
		r = call_set_text(
		    c->text, sizeof(c->text), args_text(args, OPT_REASON), "--reason");
	if (r == STATUS_DONE)
		r = proof_ask(c, PROOF_CODE);
	if (r == STATUS_DONE)
		r = call_run_and_show(&call, args, NULL);
	call_clear(&call);
	return r;
}

/* ---- showing ------------------------------------------------------------------------------- */

static const char *
kind_word(const char *kind)
{
	static const struct {
		const char *kind, *word;
	} words[] = {{"observe", N_("refusals are only observed")},
	    {"grace", N_("enrolment grace")}, {"passphrase", N_("passphrases of one class")},
	    {"service-account", N_("privileged service account without a second factor")},
	    {"fail-open", N_("fail=open: let in while the daemon is away")},
	    {"bypass", N_("bypass: a one-time code")},
	    {"break-glass", N_("a break-glass code was used")}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].kind, kind) == 0)
			return _(words[i].word);
	}
	return kind;
}

void
exception_what(const json_t *x, char *out, size_t size)
{
	const char *kind = show_text(x, "kind");

	if (strcmp(kind, "asked") == 0)
		snprintf(out, size, _("rule \"%s\" does not ask for \"%s\""), show_text(x, "rule"),
		    show_text(x, "key"));
	else if (strcmp(kind, "contingency") == 0)
		snprintf(out, size, _("contingency policy \"%s\""), show_text(x, "rule"));
	else
		snprintf(out, size, "%s", kind_word(kind));
}

static void
exception_where(const json_t *x, char *out, size_t size)
{
	const char *service = show_text(x, "service"), *source = show_text(x, "source");

	snprintf(out, size, "%s%s%s%s%s", show_text(x, "subject"),
	    strcmp(service, "*") == 0 ? "" : ", ", strcmp(service, "*") == 0 ? "" : service,
	    strcmp(source, "*") == 0 ? "" : ", ", strcmp(source, "*") == 0 ? "" : source);
}

/* In the order in which somebody has to do something about it. */
static const char *
exception_state(const json_t *x)
{
	const char *state = show_text(x, "state"), *judged = show_text(x, "judged");
	bool active = strcmp(state, "active") == 0;

	if (strcmp(state, "asked") == 0)
		return _("waits");
	if (active && strcmp(judged, "refused") == 0)
		return _("in force, REFUSED");
	if (active && strcmp(judged, "granted") != 0)
		return json_is_true(json_object_get(x, "emergency"))
			   ? _("in force, emergency, NOT APPROVED")
			   : _("in force, NOT APPROVED");
	if (active)
		return _("in force");
	if (json_is_true(json_object_get(x, "overdue")) && show_number(x, "report_due") != 0)
		return _("over, report OVERDUE");
	if (show_number(x, "report_due") != 0)
		return _("over, report due");
	if (strcmp(judged, "refused") == 0)
		return _("refused");
	return _("over");
}

static void
exceptions_print(const json_t *list)
{
	const json_t *x;
	struct table t;
	size_t i;

	if (json_array_size(list) == 0) {
		fputs(_("There is no exception.\n"), stdout);
		return;
	}
	table_init(&t, 6, _("ENTRY"), _("WHAT"), _("WHOM, WHERE"), _("STATE"), _("UNTIL"),
	    _("ASKED BY"));
	json_array_foreach(list, i, x)
	{
		char time[SHOW_TIME_SIZE], what[WHAT_SIZE], where[WHAT_SIZE];

		exception_what(x, what, sizeof(what));
		exception_where(x, where, sizeof(where));
		table_add(&t, show_text(x, "id"));
		table_add(&t, what);
		table_add(&t, where);
		table_add(&t, exception_state(x));
		table_add(&t, show_time_of(x, "until", time));
		table_add(&t, show_text(x, "by")[0] != '\0' ? show_text(x, "by") : "-");
	}
	table_print(&t, stdout);
	table_clear(&t);
}

int
run_exception_list(const struct args *args)
{
	json_t *list = json_array();
	uint64_t next = 0;
	int r;

	do {
		struct call call;
		json_t *page = NULL;

		call_init(&call, VERB_EXCEPTION_LIST);
		call.request.number = next;
		call.request.newest_first = args_has(args, OPT_ALL);
		r = call_run_json(&call, args, &page);
		if (r == STATUS_DONE)
			(void)json_array_extend(list, page);
		json_decref(page);
		next = call.reply.next;
		call_clear(&call);
	} while (r == STATUS_DONE && next != 0);
	if (r == STATUS_DONE && args_has(args, OPT_JSON))
		show_json(list);
	else if (r == STATUS_DONE)
		exceptions_print(list);
	json_decref(list);
	return r;
}

static void
print_person(const char *label, const json_t *who)
{
	char line[WHAT_SIZE], time[SHOW_TIME_SIZE];

	if (who == NULL)
		return;
	snprintf(line, sizeof(line), "%s (%s)  %s  %s  %s  %s", show_text(who, "name"),
	    show_text(who, "account"), show_text(who, "role"), show_text(who, "unit"),
	    show_text(who, "contact"), show_time_of(who, "at", time));
	table_print_pair(stdout, label, line);
}

static void
print_terms(const json_t *terms, bool granted)
{
	char hours[SHOW_TIME_SIZE];

	if (terms == NULL)
		return;
	table_print_pair(
	    stdout, granted ? _("Granted clause:") : _("Clause:"), show_text(terms, "clause"));
	table_print_pair(stdout, granted ? _("Granted measure:") : _("Measure:"),
	    show_text(terms, "measure"));
	table_print_pair(stdout, granted ? _("Granted report:") : _("Report:"),
	    json_is_true(json_object_get(terms, "waived")) ? _("waived")
							   : show_text(terms, "report"));
	table_print_pair(stdout, granted ? _("Granted hours:") : _("Hours:"),
	    show_digits(show_number(terms, "for") / 3600000, hours));
	table_print_pair(
	    stdout, granted ? _("Granted because:") : _("Reason:"), show_text(terms, "why"));
}

static void
exception_print(const json_t *x)
{
	const json_t *paper = json_object_get(x, "paper"), *approval;
	char time[SHOW_TIME_SIZE], what[WHAT_SIZE], where[WHAT_SIZE];
	size_t i;

	exception_what(x, what, sizeof(what));
	exception_where(x, where, sizeof(where));
	table_print_pair(stdout, _("Entry:"), show_text(x, "id"));
	table_print_pair(stdout, _("What:"), what);
	table_print_pair(stdout, _("Whom, where:"), where);
	table_print_pair(stdout, _("State:"), exception_state(x));
	print_person(_("Applicant:"), json_object_get(paper, "applicant"));
	print_terms(json_object_get(paper, "asked"), false);
	json_array_foreach(json_object_get(paper, "approvals"), i, approval)
		print_person(_("Approved by:"), approval);
	print_person(_("Judged by:"), json_object_get(paper, "judge"));
	print_terms(json_object_get(paper, "granted"), true);
	table_print_pair(stdout, _("Refused because:"),
	    show_text(json_object_get(paper, "refused"), "why"));
	table_print_pair(
	    stdout, _("Review:"), show_text(json_object_get(paper, "review"), "text"));
	table_print_pair(stdout, _("From:"), show_time_of(x, "from", time));
	table_print_pair(stdout, _("Until:"), show_time_of(x, "until", time));
	table_print_pair(stdout, _("Ended:"), show_time_of(x, "ended", time));
	table_print_pair(stdout, _("Report due:"), show_time_of(x, "report_due", time));
	print_person(_("Reported by:"), json_object_get(paper, "reporter"));
	table_print_pair(
	    stdout, _("Report of the end:"), show_text(json_object_get(paper, "end"), "text"));
}

/* ---- about one entry ----------------------------------------------------------------------- */

int
exception_about_one(const struct args *args, enum verb verb, enum option text, bool code,
    void (*print)(const json_t *answer))
{
	struct call call;
	int r;

	call_init(&call, verb);
	r = call_set_text(
	    call.request.name, sizeof(call.request.name), args_word(args, 0), "ENTRY");
	if (r == STATUS_DONE && text != OPT_COUNT)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, text), text == OPT_TEXT ? "--text" : "--reason");
	if (r == STATUS_DONE && code)
		r = proof_ask(&call.request, PROOF_CODE);
	if (r == STATUS_DONE)
		r = print != NULL ? call_run_and_show(&call, args, print)
				  : call_run_and_print(&call, args);
	call_clear(&call);
	return r;
}

int
run_exception_show(const struct args *args)
{
	return exception_about_one(args, VERB_EXCEPTION_SHOW, OPT_COUNT, false, exception_print);
}

int
run_exception_end(const struct args *args)
{
	return exception_about_one(args, VERB_EXCEPTION_END, OPT_REASON, false, NULL);
}

int
run_exception_report(const struct args *args)
{
	return exception_about_one(args, VERB_EXCEPTION_REPORT, OPT_TEXT, false, NULL);
}

int
run_break_glass_review(const struct args *args)
{
	return exception_about_one(args, VERB_BREAK_GLASS_REVIEW, OPT_TEXT, true, NULL);
}
