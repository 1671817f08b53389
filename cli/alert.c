/* sekisho alert list | test */
#include "call.h"
#include "cli.h"
#include "i18n.h"
#include "show.h"
#include "table.h"
#include "words.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { WAIT_STEP_MS = 200, WAIT_MS = 25000 };

/* ---- list -------------------------------------------------------------------------------- */

static void
alert_print_rules(const json_t *rules)
{
	const json_t *rule;
	struct table t;
	size_t i;

	table_init(&t, 5, _("ALERT"), _("RAISED"), _("LAST"), _("UNDELIVERED"), _("GOES TO"));
	json_array_foreach(rules, i, rule)
	{
		bool on = json_is_true(json_object_get(rule, "enabled"));
		char text[SHOW_TIME_SIZE];

		table_add(&t, show_text(rule, "alert"));
		table_add(&t, show_digits(show_number(rule, "raised"), text));
		table_add(&t, show_time_of(rule, "last", text));
		table_add(&t, show_digits(show_number(rule, "undelivered"), text));
		table_add(&t, on ? show_text(rule, "to") : _("(switched off)"));
	}
	table_print(&t, stdout);
	table_clear(&t);
}

static const char *
alert_state(const char *state)
{
	if (strcmp(state, "delivered") == 0)
		return _("delivered");
	if (strcmp(state, "given-up") == 0)
		return _("given up");
	return strcmp(state, "under-way") == 0 ? _("under way") : _("waiting");
}

static void
alert_print_delivery(const json_t *d)
{
	const char *error = show_text(d, "error");

	const char *where = show_text(d, "where");
	char line[640];

	snprintf(line, sizeof(line), "%s%s%s: %s%s%s", show_text(d, "to"),
	    where[0] != '\0' ? " " : "", where, alert_state(show_text(d, "state")),
	    error[0] != '\0' ? ": " : "", error);
	show_sentence(stdout, line);
}

/* What has not arrived: the rest is in the table above. */
static void
alert_print_open(const json_t *list)
{
	const json_t *d;
	struct table t;
	size_t i, open = 0;

	json_array_foreach(json_object_get(list, "deliveries"), i, d) open +=
	    strcmp(show_text(d, "state"), "delivered") != 0;
	if (open == 0)
		return;
	fputc('\n', stdout);
	table_init(&t, 6, _("RECORD"), _("ALERT"), _("TO"), _("STATE"), _("TRIES"), _("WHY"));
	json_array_foreach(json_object_get(list, "deliveries"), i, d)
	{
		char text[SHOW_TIME_SIZE], to[320];

		if (strcmp(show_text(d, "state"), "delivered") == 0)
			continue;
		snprintf(to, sizeof(to), "%s %s", show_text(d, "to"), show_text(d, "where"));
		table_add(&t, show_digits(show_number(d, "record"), text));
		table_add(&t, show_text(d, "alert"));
		table_add(&t, to);
		table_add(&t, alert_state(show_text(d, "state")));
		table_add(&t, show_digits(show_number(d, "tries"), text));
		table_add(&t, show_text(d, "error"));
	}
	table_print(&t, stdout);
	table_clear(&t);
}

int
run_alert_list(const struct args *args)
{
	struct call call;
	json_t *list = NULL;
	int r;

	call_init(&call, VERB_ALERT_LIST);
	r = call_run_json(&call, args, &list);
	if (r != STATUS_DONE)
		goto out;
	if (args_has(args, OPT_JSON)) {
		show_json(list);
	} else {
		alert_print_rules(json_object_get(list, "alerts"));
		alert_print_open(list);
	}
	r = STATUS_DONE;
out:
	json_decref(list);
	call_clear(&call);
	return r;
}

/* ---- test -------------------------------------------------------------------------------- */

/* The deliveries of one alert's record, taken from the daemon's list; NULL: not readable. */
static json_t *
alert_deliveries(uint64_t record)
{
	json_t *list = NULL, *found = json_array(), *d;
	struct call call;
	size_t i;

	call_init(&call, VERB_ALERT_LIST);
	if (call_send(&call, NULL, 0, NULL) == STATUS_DONE)
		list = json_loadb((const char *)call.payload.data, call.payload.len, 0, NULL);
	json_array_foreach(json_object_get(list, "deliveries"), i, d)
	{
		if ((uint64_t)show_number(d, "record") == record)
			(void)json_array_append(found, d);
	}
	call_clear(&call);
	if (list == NULL) {
		json_decref(found);
		return NULL;
	}
	json_decref(list);
	return found;
}

/* How many are still on their way: not one that failed, it is tried again later. */
static size_t
alert_open(const json_t *deliveries)
{
	const json_t *d;
	size_t i, open = 0;

	json_array_foreach(deliveries, i, d)
	{
		const char *state = show_text(d, "state");

		open += strcmp(state, "under-way") == 0 ||
			(strcmp(state, "waiting") == 0 && show_text(d, "error")[0] == '\0');
	}
	return open;
}

static json_t *
alert_wait(uint64_t record)
{
	const struct timespec step = {.tv_nsec = WAIT_STEP_MS * 1000000L};
	json_t *deliveries = NULL;

	for (int waited = 0; waited < WAIT_MS; waited += WAIT_STEP_MS) {
		(void)nanosleep(&step, NULL);
		json_decref(deliveries);
		deliveries = alert_deliveries(record);
		/* the daemon looks once a second */
		if (deliveries == NULL ||
		    (json_array_size(deliveries) > 0 && alert_open(deliveries) == 0))
			break;
		if (json_array_size(deliveries) == 0 && waited >= 3000)
			break;
	}
	return deliveries;
}

static int
alert_report(const struct args *args, uint64_t record, const json_t *deliveries)
{
	bool failed = deliveries == NULL;
	const json_t *d;
	size_t i;

	json_array_foreach(deliveries, i, d) failed |=
	    strcmp(show_text(d, "state"), "delivered") != 0;
	if (args_has(args, OPT_JSON)) {
		json_t *o = json_pack("{s:I,s:O}", "record", (json_int_t)record, "deliveries",
		    deliveries != NULL ? deliveries : json_null());

		show_json(o);
		json_decref(o);
		return failed ? STATUS_INCOMPLETE : STATUS_DONE;
	}
	json_array_foreach(deliveries, i, d) alert_print_delivery(d);
	if (deliveries != NULL && json_array_size(deliveries) == 0)
		fputs(_("It is recorded, and goes to nobody: the policy says so.\n"), stdout);
	if (failed)
		fputs(_("Not all of it arrived yet. It is tried again; `sekisho alert list` "
			"shows how that goes.\n"),
		    stderr);
	return failed ? STATUS_INCOMPLETE : STATUS_DONE;
}

int
run_alert_test(const struct args *args)
{
	struct call call;
	json_t *deliveries;
	int r;

	call_init(&call, VERB_ALERT_TEST);
	r = call_set_text(call.request.name, sizeof(call.request.name), args_word(args, 0),
	    _("the name of the alert"));
	if (r == STATUS_DONE)
		r = call_run(&call, args);
	if (r == STATUS_DONE) {
		uint64_t record = call.reply.record;

		if (!args_has(args, OPT_JSON))
			show_sentence(stdout, call.reply.text);
		deliveries = alert_wait(record);
		r = alert_report(args, record, deliveries);
		json_decref(deliveries);
	}
	call_clear(&call);
	return r;
}
