/* sekisho explain --role: could somebody get a role, and what is missing. */
#include "call.h"
#include "clock.h"
#include "error.h"
#include "explain.h"
#include "grant.h"
#include "i18n.h"
#include "show.h"
#include "table.h"
#include "words.h"
#include <string.h>

enum { LINE_SIZE = 512 };

/* What each condition asks for; the reason is that of a refusal without it. */
static const struct {
	const char *reason, *asks;
} condition_words[] = {
    {"not-identified", N_("a person, in a login of their own")},
    {"suspended", N_("an account that is not suspended")},
    {"wrong-code", N_("a device that shows codes")},
    {"not-permitted", N_("to be a member of the role")},
    {"not-certified", N_("a membership that was certified, where it has to be")},
    {"wrong-place", N_("to be logged in from where the role allows it")},
    {"outside-hours", N_("one of the hours of the role")},
    {"too-long", N_("not longer than the role allows")},
    {"attribute-missing", N_("the attributes that the role requires")},
    {"ticket-missing", N_("a ticket as the role wants it")},
    {"superior-unfit", N_("a superior whom the policy lets be asked")},
    {"invalid-value", N_("a reason and a duration")},
    {"exists", N_("not to have it, or wait for it, already")},
    {"role-full", N_("fewer people with the role than it allows")},
    {"too-many-roles", N_("no more roles at a time than one account may have")},
};

static const char *
condition_asks(const char *reason)
{
	for (size_t i = 0; i < sizeof(condition_words) / sizeof(condition_words[0]); i++) {
		if (strcmp(condition_words[i].reason, reason) == 0)
			return _(condition_words[i].asks);
	}
	return words_shown(reason);
}

static void
explain_print_conditions(const json_t *conditions)
{
	const json_t *condition;
	struct table t;
	size_t i;

	fputc('\n', stdout);
	table_init(&t, 3, _("IT TAKES"), _("FULFILLED"), _("REASON"));
	json_array_foreach(conditions, i, condition)
	{
		const char *reason = show_text(condition, "reason");
		bool met = json_is_true(json_object_get(condition, "met"));

		table_add(&t, condition_asks(reason));
		table_add(&t, met ? _("yes") : _("NO"));
		table_add(&t, met ? "" : reason);
	}
	table_print(&t, stdout);
	table_clear(&t);
}

static void
explain_print_role(const json_t *answer)
{
	bool may = strcmp(show_text(answer, "verdict"), "allow") == 0;
	bool nobody = json_array_size(json_object_get(answer, "approve")) == 0;
	char line[LINE_SIZE], minutes[SHOW_TIME_SIZE];

	table_print_pair(stdout, _("Decision:"),
	    !may     ? _("REFUSED")
	    : nobody ? _("given at once, with a reason and a code")
		     : _("waits for approval, with a reason and a code"));
	snprintf(line, sizeof(line), "%s (%s:%lld)", show_text(answer, "role"),
	    show_text(answer, "file"), (long long)show_number(answer, "line"));
	table_print_pair(stdout, _("Role:"), line);
	table_print_pair(stdout, _("Person:"), show_text(answer, "person"));
	table_print_pair(stdout, _("Source:"),
	    show_text(answer, "source")[0] == '\0' ? _("here") : show_text(answer, "source"));
	grant_approvers(answer, line, sizeof(line));
	table_print_pair(stdout, _("Approved by:"), line);
	table_print_pair(stdout, _("Minutes:"),
	    show_digits(show_number(answer, "max_duration") / 60000, minutes));
	explain_print_conditions(json_object_get(answer, "conditions"));
}

int
run_explain_role(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_EXPLAIN);
	r = call_set_text(call.request.name, sizeof(call.request.name),
	    args_text(args, OPT_ROLE), "--role");
	if (r == STATUS_DONE)
		r = call_set_text(call.request.event, sizeof(call.request.event),
		    args_text(args, OPT_TICKET), "--ticket");
	if (r == STATUS_DONE)
		r = explain_set_case(&call, args);
	if (r == STATUS_DONE)
		r = call_run_and_show(&call, args, explain_print_role);
	call_clear(&call);
	return r;
}
