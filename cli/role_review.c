/* sekisho role review: the members of a role, what is known of each, and the signature. */
#include "call.h"
#include "cli.h"
#include "grant.h"
#include "i18n.h"
#include "proof.h"
#include "show.h"
#include "table.h"
#include <string.h>

enum { LINE_SIZE = 512 };

const char *
role_standing(const char *standing)
{
	if (strcmp(standing, "taken-out") == 0)
		return _("taken out");
	if (strcmp(standing, "moved") == 0)
		return _("in another unit since: does not count");
	if (strcmp(standing, "restored") == 0)
		return _("unknown since the store was put back: does not count");
	return "";
}

static void
add_line(char *line, size_t size, const char *text)
{
	size_t used = strlen(line);

	if (text[0] != '\0')
		snprintf(line + used, size - used, "%s%s", used > 0 ? "; " : "", text);
}

/* What stands against them: dormant, owed, not counting. */
static void
remarks(const json_t *member, char *line, size_t size)
{
	const json_t *name, *missing = json_object_get(member, "missing");
	char text[LINE_SIZE / 4];
	size_t i;

	line[0] = '\0';
	add_line(line, size, role_standing(show_text(member, "standing")));
	if (show_number(member, "until") != 0) {
		char day[SHOW_TIME_SIZE];

		snprintf(text, sizeof(text), _("until %s"),
		    show_last_day(show_number(member, "until"), day));
		add_line(line, size, text);
	}
	if (json_is_true(json_object_get(member, "dormant")))
		add_line(line, size, _("dormant"));
	if (show_number(member, "reports") != 0) {
		snprintf(text, sizeof(text), _("owes reports: %lld"),
		    (long long)show_number(member, "reports"));
		add_line(line, size, text);
	}
	json_array_foreach(missing, i, name)
	{
		snprintf(text, sizeof(text), _("lacks %s"), json_string_value(name));
		add_line(line, size, text);
	}
}

static void
role_members_print(const json_t *members)
{
	const json_t *m;
	struct table t;
	size_t i;

	table_init(&t, 7, _("ACCOUNT"), _("PERSON"), _("BY"), _("SINCE"), _("LAST USED"),
	    _("TIMES"), _("REMARKS"));
	json_array_foreach(members, i, m)
	{
		char since[SHOW_TIME_SIZE], last[SHOW_TIME_SIZE], times[SHOW_TIME_SIZE];
		char line[LINE_SIZE];
		const char *via = show_text(m, "via");

		remarks(m, line, sizeof(line));
		table_add(&t, show_text(m, "account"));
		table_add(&t, show_text(m, "person"));
		table_add(&t, via[0] != '\0' ? via : _("name"));
		table_add(&t, show_time_of(m, "since", since));
		table_add(&t,
		    show_number(m, "last") == 0 ? _("never") : show_time_of(m, "last", last));
		table_add(&t, show_digits(show_number(m, "times"), times));
		table_add(&t, line);
	}
	table_print(&t, stdout);
	table_clear(&t);
}

static void
review_print_due(const json_t *review)
{
	char time[SHOW_TIME_SIZE], line[LINE_SIZE];

	if (show_number(review, "due") == 0)
		return;
	snprintf(line, sizeof(line),
	    json_is_true(json_object_get(review, "overdue")) ? _("OVERDUE since %s")
							     : _("by %s"),
	    show_time_of(review, "due", time));
	table_print_pair(stdout, _("Review due:"), line);
}

static void
review_print(const json_t *review)
{
	char time[SHOW_TIME_SIZE], line[LINE_SIZE];

	table_print_pair(stdout, _("Role:"), show_text(review, "role"));
	if (show_number(review, "reviewed") == 0)
		snprintf(line, sizeof(line), "%s", _("never"));
	else
		snprintf(line, sizeof(line), "%s  %s: %s",
		    show_time_of(review, "reviewed", time), show_text(review, "reviewed_by"),
		    show_text(review, "text"));
	table_print_pair(stdout, _("Reviewed:"), line);
	review_print_due(review);
	table_print_pair(stdout, _("Members:"), show_text(review, "digest"));
	putchar('\n');
	role_members_print(json_object_get(review, "members"));
	if (!json_is_true(json_object_get(review, "whole")))
		puts(_("The members of its groups could not be looked up: the list is not "
		       "whole."));
}

static int
review_ask(struct call *call, enum verb verb, const struct args *args)
{
	call_init(call, verb);
	return call_set_text(
	    call->request.name, sizeof(call->request.name), args_word(args, 0), "ROLE");
}

static int
review_fetch(const struct args *args, json_t **review)
{
	struct call call;
	int r = review_ask(&call, VERB_ROLE_REVIEW, args);

	*review = NULL;
	if (r == STATUS_DONE)
		r = call_run_json(&call, args, review);
	call_clear(&call);
	return r;
}

/* What is signed is what is shown: the digest of these members goes with it. */
static int
review_sign(const struct args *args)
{
	struct call call;
	json_t *review;
	int r = review_fetch(args, &review);

	if (r != STATUS_DONE)
		return r;
	if (!args_has(args, OPT_JSON))
		review_print(review);
	r = review_ask(&call, VERB_ROLE_CERTIFY, args);
	if (r == STATUS_DONE)
		r = call_set_text(call.request.subject, sizeof(call.request.subject),
		    show_text(review, "digest"), "ROLE");
	if (r == STATUS_DONE)
		r = call_set_text(call.request.measure, sizeof(call.request.measure),
		    args_text(args, OPT_TAKE_OUT), "--take-out");
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_TEXT), "--text");
	if (r == STATUS_DONE)
		r = proof_ask(&call.request, PROOF_CODE);
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	json_decref(review);
	return r;
}

int
run_role_review(const struct args *args)
{
	const char *what = args_word(args, 1);
	json_t *review;
	int r;

	if (what != NULL && strcmp(what, "sign") == 0)
		return review_sign(args);
	if (what != NULL) {
		fprintf(stderr, _("sekisho: \"%s\" is not \"sign\".\n"), what);
		return STATUS_USAGE;
	}
	r = review_fetch(args, &review);
	if (r == STATUS_DONE && args_has(args, OPT_JSON))
		show_json(review);
	else if (r == STATUS_DONE)
		review_print(review);
	json_decref(review);
	return r;
}

void
role_print_dormant(const json_t *list)
{
	const json_t *one;
	size_t i;

	if (json_array_size(list) == 0)
		puts(_("No member of a role is dormant."));
	json_array_foreach(list, i, one)
	{
		if (i > 0)
			putchar('\n');
		table_print_pair(stdout, _("Role:"), show_text(one, "role"));
		role_members_print(json_object_get(one, "members"));
	}
}
