/* sekisho contingency list|activate|approve|end: what several people relax together. */
#include "call.h"
#include "cli.h"
#include "exception.h"
#include "grant.h"
#include "i18n.h"
#include "proof.h"
#include "show.h"
#include "table.h"
#include <string.h>

enum { LINE_SIZE = 1024 };

/* ---- asking, approving, ending ----------------------------------------------------------- */

int
run_contingency_activate(const struct args *args)
{
	return exception_about_one(args, VERB_CONTINGENCY_ACTIVATE, OPT_REASON, true, NULL);
}

int
run_contingency_approve(const struct args *args)
{
	return exception_about_one(args, VERB_APPROVE, OPT_REASON, true, NULL);
}

int
run_contingency_end(const struct args *args)
{
	return exception_about_one(args, VERB_EXCEPTION_END, OPT_REASON, false, NULL);
}

/* ---- showing ----------------------------------------------------------------------------- */

static void
print_names(const char *label, const json_t *list)
{
	char line[LINE_SIZE] = "";
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		size_t used = strlen(line);

		snprintf(line + used, sizeof(line) - used, "%s%s", i > 0 ? ", " : "",
		    json_string_value(one));
	}
	table_print_pair(stdout, label, line);
}

static void
print_ways(const char *label, json_t *ways)
{
	json_t *o = json_pack("{s:O}", "approve", ways);
	char line[LINE_SIZE] = "";

	if (json_array_size(ways) > 0)
		grant_approvers(o, line, sizeof(line));
	table_print_pair(stdout, label, line);
	json_decref(o);
}

static void
print_state(const json_t *one)
{
	const json_t *active = json_object_get(one, "active"),
		     *asked = json_object_get(one, "asked");
	char line[LINE_SIZE], when[SHOW_TIME_SIZE];

	if (active != NULL) {
		snprintf(line, sizeof(line), _("IN FORCE until %s (%s)"),
		    show_time_of(active, "until", when), show_text(active, "id"));
		table_print_pair(stdout, _("State:"), line);
	}
	if (asked != NULL) {
		snprintf(line, sizeof(line), _("waits for approvals (%s), has %lld"),
		    show_text(asked, "id"), (long long)show_number(asked, "approvals"));
		table_print_pair(stdout, _("State:"), line);
	}
	if (active == NULL && asked == NULL)
		table_print_pair(stdout, _("State:"), _("ready"));
}

static void
print_one(const json_t *one)
{
	const json_t *sealed = json_object_get(one, "sealed");
	char when[SHOW_TIME_SIZE], line[LINE_SIZE], minutes[SHOW_TIME_SIZE];

	table_print_pair(stdout, _("Contingency:"), show_text(one, "name"));
	table_print_pair(stdout, _("What for:"), show_text(one, "text"));
	print_state(one);
	print_ways(_("Activated by:"), json_object_get(one, "approvers"));
	table_print_pair(
	    stdout, _("Minutes:"), show_digits(show_number(one, "for") / 60000, minutes));
	print_names(_("Not asked for:"), json_object_get(one, "lower"));
	print_names(_("Roles:"), json_object_get(one, "roles"));
	print_ways(_("Approved by:"), json_object_get(one, "approve"));
	if (sealed != NULL) {
		snprintf(line, sizeof(line), _("%.16s, with policy %.12s of %s, %s"),
		    show_text(sealed, "digest"), show_text(sealed, "policy"),
		    show_time_of(sealed, "at", when), show_text(sealed, "by"));
		table_print_pair(stdout, _("Sealed:"), line);
	}
}

static void
contingencies_print(const json_t *list)
{
	const json_t *one;
	size_t i;

	if (json_array_size(list) == 0)
		fputs(_("There is no contingency policy here that you could activate, and none is in "
			"force.\n"),
		    stdout);
	json_array_foreach(list, i, one)
	{
		if (i > 0)
			fputs("\n", stdout);
		print_one(one);
	}
}

int
run_contingency_list(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_CONTINGENCY_LIST);
	r = call_run_and_show(&call, args, contingencies_print);
	call_clear(&call);
	return r;
}
