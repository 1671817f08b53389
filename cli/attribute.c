/* sekisho attribute set|revoke|list: what is stated about people, with its evidence. */
#include "call.h"
#include "cli.h"
#include "i18n.h"
#include "show.h"
#include "table.h"
#include <string.h>

static int
attribute_change(const struct args *args, enum verb verb, enum option why)
{
	struct call call;
	int r;

	call_init(&call, verb);
	r = call_set_text(
	    call.request.user, sizeof(call.request.user), args_word(args, 0), "PERSON");
	if (r == STATUS_DONE)
		r = call_set_text(call.request.name, sizeof(call.request.name), args_word(args, 1),
		    "ATTRIBUTE");
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, why), why == OPT_REASON ? "--reason" : "--evidence");
	if (r == STATUS_DONE)
		r = call_set_time(&call.request.until_ms, args, OPT_UNTIL);
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	return r;
}

int
run_attribute_set(const struct args *args)
{
	return attribute_change(args, VERB_ATTRIBUTE_SET, OPT_EVIDENCE);
}

int
run_attribute_revoke(const struct args *args)
{
	return attribute_change(args, VERB_ATTRIBUTE_REVOKE, OPT_REASON);
}

static void
attributes_print(const json_t *list)
{
	const json_t *one;
	bool unknown = false;
	struct table t;
	size_t i;

	if (json_array_size(list) == 0) {
		fputs(_("The policy describes no attributes.\n"), stdout);
		return;
	}
	table_init(&t, 6, _("PERSON"), _("ATTRIBUTE"), _("HOLDS"), _("UNTIL"), _("SET BY"),
	    _("EVIDENCE"));
	json_array_foreach(list, i, one)
	{
		bool holds = json_is_true(json_object_get(one, "holds"));
		char time[SHOW_TIME_SIZE];

		table_add(&t, show_text(one, "person"));
		table_add(&t, show_text(one, "name"));
		unknown |= json_is_true(json_object_get(one, "unknown"));
		table_add(&t, json_is_true(json_object_get(one, "unknown")) && !holds
				  ? _("UNKNOWN")
			      : !holds ? _("NO")
			      : json_is_true(json_object_get(one, "grace")) ? _("in the grace")
									    : _("yes"));
		table_add(&t, show_time_of(one, "until", time));
		table_add(&t, show_text(one, "by"));
		table_add(&t, show_text(one, "evidence"));
	}
	table_print(&t, stdout);
	table_clear(&t);
	if (unknown)
		fputs(_("UNKNOWN: the store was put back since, and whether it was revoked later is not "
			"known. It does not count until root sets it again: sekisho attribute set\n"),
		    stdout);
}

int
run_attribute_list(const struct args *args)
{
	const char *person = args_word(args, 0);
	struct call call;
	int r = STATUS_DONE;

	call_init(&call, VERB_ATTRIBUTE_LIST);
	if (person != NULL)
		r = call_set_text(call.request.user, sizeof(call.request.user), person, "PERSON");
	if (r == STATUS_DONE)
		r = call_run_and_show(&call, args, attributes_print);
	call_clear(&call);
	return r;
}
