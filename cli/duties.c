/* sekisho training status|excuse, sekisho plan list|done: what is due once in a fiscal year. */
#include "duties.h"
#include "call.h"
#include "cli.h"
#include "i18n.h"
#include "show.h"
#include "table.h"
#include <stdlib.h>
#include <string.h>

int
duties_set_year(struct call *call, const struct args *args)
{
	const char *text = args_value(args, OPT_FISCAL_YEAR);
	char *end;
	long year;

	if (text == NULL)
		return STATUS_DONE;
	year = strtol(text, &end, 10);
	if (*end == '\0' && year > 1970 && year < 9000) {
		call->request.number = (uint64_t)year;
		return STATUS_DONE;
	}
	fprintf(stderr, _("sekisho: --fiscal-year takes a year such as 2026, not \"%s\".\n"), text);
	return STATUS_USAGE;
}

/* Words of the daemon for people. */
static const char *
state_shown(const char *state)
{
	static const struct {
		const char *word, *shown;
	} states[] = {{"done", N_("done")}, {"excused", N_("excused")}, {"due", N_("due")},
	    {"overdue", N_("OVERDUE")}};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcmp(states[i].word, state) == 0)
			return _(states[i].shown);
	}
	return state;
}

/* ---- trainings --------------------------------------------------------------------------- */

static void
trainings_print(const json_t *list)
{
	char at[SHOW_TIME_SIZE], due[SHOW_TIME_SIZE], urged[SHOW_TIME_SIZE];
	const json_t *one;
	struct table t;
	size_t i;

	if (json_array_size(list) == 0) {
		fputs(_("The policy describes no training: an attribute with fiscal_year = yes.\n"),
		    stdout);
		return;
	}
	table_init(&t, 7, _("PERSON"), _("TRAINING"), _("STATE"), _("DUE"), _("AT"), _("URGED"),
	    _("EVIDENCE OR REASON"));
	json_array_foreach(list, i, one)
	{
		table_add(&t, show_text(one, "person"));
		table_add(&t, show_text(one, "name"));
		table_add(&t, state_shown(show_text(one, "state")));
		table_add(&t, show_last_day(show_number(one, "due"), due));
		table_add(&t, show_time_of(one, "at", at));
		table_add(&t, show_time_of(one, "urged", urged));
		table_add(&t, show_text(one, "why"));
	}
	table_print(&t, stdout);
	table_clear(&t);
}

int
run_training_status(const struct args *args)
{
	const char *person = args_word(args, 0);
	struct call call;
	int r;

	call_init(&call, VERB_TRAINING_LIST);
	r = duties_set_year(&call, args);
	if (r == STATUS_DONE && person != NULL)
		r = call_set_text(call.request.user, sizeof(call.request.user), person, "PERSON");
	if (r == STATUS_DONE)
		r = call_run_and_show(&call, args, trainings_print);
	call_clear(&call);
	return r;
}

int
run_training_excuse(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_TRAINING_EXCUSE);
	r = duties_set_year(&call, args);
	if (r == STATUS_DONE)
		r = call_set_text(call.request.user, sizeof(call.request.user), args_word(args, 0),
		    "PERSON");
	if (r == STATUS_DONE)
		r = call_set_text(call.request.name, sizeof(call.request.name), args_word(args, 1),
		    "TRAINING");
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_REASON), "--reason");
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	return r;
}

/* ---- the yearly plan --------------------------------------------------------------------- */

static void
plan_print(const json_t *list)
{
	char at[SHOW_TIME_SIZE], due[SHOW_TIME_SIZE];
	const json_t *one;
	struct table t;
	size_t i;

	if (json_array_size(list) == 0) {
		fputs(_("The policy plans nothing for that fiscal year: [plan NAME].\n"), stdout);
		return;
	}
	table_init(&t, 7, _("ITEM"), _("KIND"), _("STATE"), _("DUE"), _("OFFICER"), _("DONE"),
	    _("WHAT CAME OF IT"));
	json_array_foreach(list, i, one)
	{
		table_add(&t, show_text(one, "name"));
		table_add(&t, show_text(one, "kind"));
		table_add(&t, state_shown(show_text(one, "state")));
		table_add(&t, show_last_day(show_number(one, "date"), due));
		table_add(&t, show_text(one, "officer"));
		table_add(&t, show_time_of(one, "at", at));
		table_add(&t, show_text(one, "result"));
	}
	table_print(&t, stdout);
	table_clear(&t);
}

int
run_plan_list(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_PLAN_LIST);
	r = duties_set_year(&call, args);
	if (r == STATUS_DONE)
		r = call_run_and_show(&call, args, plan_print);
	call_clear(&call);
	return r;
}

int
run_plan_done(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_PLAN_DONE);
	r = call_set_text(
	    call.request.name, sizeof(call.request.name), args_word(args, 0), "ITEM");
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_TEXT), "--text");
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	return r;
}
