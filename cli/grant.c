/* sekisho request, end, grant list|show, role list: power that is asked for, and ends. */
#include "call.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "grant.h"
#include "i18n.h"
#include "proof.h"
#include "show.h"
#include "table.h"
#include <string.h>

enum { NAMES_SIZE = 512 };

/* ---- asking and ending ------------------------------------------------------------------- */

int
run_request(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_REQUEST);
	r = call_set_text(
	    call.request.name, sizeof(call.request.name), args_word(args, 0), "ROLE");
	if (r == STATUS_DONE)
		r = call_set_duration(&call, args);
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_REASON), "--reason");
	if (r == STATUS_DONE)
		r = call_set_text(call.request.event, sizeof(call.request.event),
		    args_text(args, OPT_TICKET), "--ticket");
	if (r == STATUS_DONE)
		r = call_set_text(call.request.verified_by, sizeof(call.request.verified_by),
		    args_text(args, OPT_SUPERIOR), "--superior");
	if (r == STATUS_DONE)
		r = call_set_text(call.request.verified_how, sizeof(call.request.verified_how),
		    args_text(args, OPT_BECAUSE), "--because");
	if (r == STATUS_DONE)
		r = proof_ask(&call.request, PROOF_CODE);
	if (r == STATUS_DONE)
		r = call_run_and_show(&call, args, NULL);
	call_clear(&call);
	return r;
}

int
run_end(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_GRANT_END);
	r = call_set_text(
	    call.request.name, sizeof(call.request.name), args_word(args, 0), "REQUEST");
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_REASON), "--reason");
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	return r;
}

/* ---- grants ------------------------------------------------------------------------------ */

const char *
grant_state(const json_t *grant)
{
	const char *state = show_text(grant, "state"), *why = show_text(grant, "ended_why");

	if (strcmp(state, "active") == 0)
		return _("in force");
	if (strcmp(state, "asked") == 0)
		return _("waits");
	if (strcmp(why, "expired") == 0)
		return _("over: its time had come");
	if (strcmp(why, "withdrawn") == 0)
		return _("over: given back");
	if (strcmp(why, "revoked") == 0)
		return _("over: taken away");
	if (strcmp(why, "declined") == 0)
		return _("declined");
	if (strcmp(why, "suspended") == 0)
		return _("over: the account was suspended");
	return _("over");
}

static void
grants_print(const json_t *list)
{
	const json_t *grant;
	struct table t;
	size_t i;

	if (json_array_size(list) == 0) {
		fputs(_("Nobody has a role, or waits for one.\n"), stdout);
		return;
	}
	table_init(&t, 6, _("GRANT"), _("ROLE"), _("USER"), _("STATE"), _("UNTIL"), _("WHY"));
	json_array_foreach(list, i, grant)
	{
		char time[SHOW_TIME_SIZE];

		table_add(&t, show_text(grant, "id"));
		table_add(&t, show_text(grant, "role"));
		table_add(&t, show_text(grant, "user"));
		table_add(&t, grant_state(grant));
		table_add(&t, show_time_of(grant, "until", time));
		table_add(&t, show_text(grant, "why"));
	}
	table_print(&t, stdout);
	table_clear(&t);
}

/* All pages as one list. */
static int
grants_fetch(const struct args *args, json_t **list)
{
	uint64_t next = 0;
	int r = STATUS_DONE;

	*list = json_array();
	do {
		struct call call;
		json_t *page;

		call_init(&call, VERB_GRANT_LIST);
		call.request.number = next;
		call.request.newest_first = args_has(args, OPT_ALL);
		r = call_run_json(&call, args, &page);
		if (r == STATUS_DONE) {
			(void)json_array_extend(*list, page);
			json_decref(page);
		}
		next = call.reply.next;
		call_clear(&call);
	} while (r == STATUS_DONE && next != 0);
	return r;
}

int
run_grant_list(const struct args *args)
{
	json_t *list;
	int r = grants_fetch(args, &list);

	if (r == STATUS_DONE && args_has(args, OPT_JSON))
		show_json(list);
	else if (r == STATUS_DONE)
		grants_print(list);
	json_decref(list);
	return r;
}

static void
grant_print(const json_t *grant)
{
	const json_t *approval, *approvals = json_object_get(grant, "approvals");
	char time[SHOW_TIME_SIZE], minutes[SHOW_TIME_SIZE], line[NAMES_SIZE];
	size_t i;

	table_print_pair(stdout, _("Grant:"), show_text(grant, "id"));
	table_print_pair(stdout, _("Role:"), show_text(grant, "role"));
	table_print_pair(stdout, _("User:"), show_text(grant, "user"));
	table_print_pair(stdout, _("Person:"), show_text(grant, "person"));
	table_print_pair(stdout, _("Why:"), show_text(grant, "why"));
	table_print_pair(stdout, _("Ticket:"), show_text(grant, "ticket"));
	if (show_text(grant, "superior")[0] != '\0') {
		snprintf(line, sizeof(line), "%s: %s", show_text(grant, "superior"),
		    show_text(grant, "because"));
		table_print_pair(stdout, _("Asked instead:"), line);
	}
	table_print_pair(stdout, _("Reported:"), show_text(grant, "report"));
	table_print_pair(stdout, _("State:"), grant_state(grant));
	table_print_pair(stdout, _("Minutes:"),
	    show_digits(show_number(grant, "for") / 60000, minutes));
	table_print_pair(stdout, _("From:"), show_time_of(grant, "from", time));
	table_print_pair(stdout, _("Until:"), show_time_of(grant, "until", time));
	table_print_pair(stdout, _("Ended:"), show_time_of(grant, "ended", time));
	table_print_pair(stdout, _("Ended by:"), show_text(grant, "ended_by"));
	json_array_foreach(approvals, i, approval)
	{
		snprintf(line, sizeof(line), "%s  %s", show_text(approval, "account"),
		    show_time_of(approval, "at", time));
		table_print_pair(stdout, i == 0 ? _("Approved by:") : " ", line);
	}
}

int
run_grant_show(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_GRANT_SHOW);
	r = call_set_text(
	    call.request.name, sizeof(call.request.name), args_word(args, 0), "REQUEST");
	if (r == STATUS_DONE)
		r = call_run_and_show(&call, args, grant_print);
	call_clear(&call);
	return r;
}

/* ---- roles ------------------------------------------------------------------------------- */

static void
add_words(char *out, size_t size, const char *before, const json_t *names)
{
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
	{
		size_t used = strlen(out);

		snprintf(out + used, size - used, "%s%s", i == 0 ? before : ", ",
		    json_string_value(name));
	}
}

void
grant_approvers(const json_t *role, char *out, size_t size)
{
	const json_t *way, *part, *ways = json_object_get(role, "approve");
	size_t i, j;

	snprintf(out, size, "%s", json_array_size(ways) == 0 ? _("nobody") : "");
	json_array_foreach(ways, i, way)
	{
		json_array_foreach(way, j, part)
		{
			size_t used = strlen(out);

			snprintf(out + used, size - used, "%s",
			    j > 0   ? _(" and ")
			    : i > 0 ? _("; or ")
				    : "");
			used = strlen(out);
			snprintf(out + used, size - used, _("%lu of"),
			    (unsigned long)show_number(part, "need"));
			add_words(out, size, " ", json_object_get(part, "from"));
		}
	}
}

static const char *
review_due(const json_t *role, char *out, size_t size)
{
	char time[SHOW_TIME_SIZE];

	(void)show_time_of(role, "review_due", time);
	if (json_is_true(json_object_get(role, "overdue")))
		snprintf(out, size, _("OVERDUE: %.10s"), time);
	else
		snprintf(out, size, "%.10s", time);
	return out;
}

static void
roles_print(const json_t *list)
{
	const json_t *role;
	struct table t;
	size_t i;

	if (json_array_size(list) == 0) {
		fputs(_("There is no role that you may ask for or approve.\n"), stdout);
		return;
	}
	table_init(&t, 6, _("ROLE"), _("YOU"), _("MINUTES"), _("APPROVED BY"), _("REVIEW DUE"),
	    _("COMMANDS"));
	json_array_foreach(list, i, role)
	{
		bool member = json_is_true(json_object_get(role, "member"));
		bool approver = json_is_true(json_object_get(role, "approver"));
		char minutes[SHOW_TIME_SIZE], by[NAMES_SIZE], commands[NAMES_SIZE] = "", due[64];
		char ask[80], day[SHOW_TIME_SIZE];

		grant_approvers(role, by, sizeof(by));
		add_words(commands, sizeof(commands), "", json_object_get(role, "commands"));
		table_add(&t, show_text(role, "name"));
		snprintf(ask, sizeof(ask), _("may ask, until %s"),
		    show_last_day(show_number(role, "until"), day));
		table_add(&t, member && show_number(role, "until") != 0 ? ask
			      : member && approver ? _("may ask or approve")
			      : member		 ? _("may ask")
			      : approver	 ? _("may approve")
			      : json_is_true(json_object_get(role, "reviewer"))
				  ? _("may review")
				  : "");
		table_add(&t, show_digits(show_number(role, "max_duration") / 60000, minutes));
		table_add(&t, by);
		table_add(&t, review_due(role, due, sizeof(due)));
		table_add(&t, commands);
	}
	table_print(&t, stdout);
	table_clear(&t);
}

int
run_role_report(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_PERMIT_REPORT);
	r = call_set_text(
	    call.request.name, sizeof(call.request.name), args_word(args, 0), "REQUEST");
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_TEXT), "--text");
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	return r;
}

int
run_role_list(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_ROLE_LIST);
	call.request.newest_first = args_has(args, OPT_DORMANT);
	r = call_run_and_show(
	    &call, args, args_has(args, OPT_DORMANT) ? role_print_dormant : roles_print);
	call_clear(&call);
	return r;
}
