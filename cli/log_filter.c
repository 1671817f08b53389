/* Which records: the options that several subcommands share. */
#include "log_filter.h"

#include "audit/event.h"
#include "call.h"
#include "i18n.h"
#include "policy/nearest.h"
#include "policy/source.h"
#include <stdio.h>
#include <string.h>

static int
filter_check_event(const char *event)
{
	static const char *const events[] = {
#define X(symbol, number, name, retention, sentence) name,
	    EVENT_CATALOGUE(X)
#undef X
	};
	const size_t count = sizeof(events) / sizeof(events[0]);
	const char *nearest;

	if (event == NULL)
		return STATUS_DONE;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(events[i], event) == 0)
			return STATUS_DONE;
	}
	nearest = nearest_word(event, events, count);
	if (nearest != NULL)
		fprintf(stderr, _("sekisho: there is no event \"%s\". Do you mean %s?\n"),
		    event, nearest);
	else
		fprintf(stderr, _("sekisho: there is no event \"%s\".\n"), event);
	return STATUS_USAGE;
}

int
log_filter_set_source(struct command *q, const struct args *args, enum option option)
{
	const char *given = args_text(args, option);
	char source[SOURCE_SIZE] = "";

	if (given[0] != '\0' && !source_of_text(given, source)) {
		fprintf(stderr,
		    _("sekisho: --%s takes one address, such as 192.0.2.7 or 2001:db8::7, or a "
		      "source as the log shows it (2001:db8::/64, name:HOST), not \"%s\".\n"),
		    option_table[option].name, given);
		return STATUS_USAGE;
	}
	return call_set_text(q->source, sizeof(q->source), source, option_table[option].name);
}

int
log_filter_set(struct command *q, const struct args *args)
{
	if (filter_check_event(args_value(args, OPT_EVENT)) != STATUS_DONE ||
	    call_set_time(&q->since_ms, args, OPT_SINCE) != STATUS_DONE ||
	    call_set_time(&q->until_ms, args, OPT_UNTIL) != STATUS_DONE ||
	    call_set_text(q->user, sizeof(q->user), args_text(args, OPT_USER), "--user") != 0 ||
	    call_set_text(q->event, sizeof(q->event), args_text(args, OPT_EVENT), "--event") !=
		0 ||
	    call_set_text(q->outcome, sizeof(q->outcome), args_text(args, OPT_OUTCOME),
		"--outcome") != 0 ||
	    call_set_text(
		q->reason, sizeof(q->reason), args_text(args, OPT_REASON), "--reason") != 0 ||
	    log_filter_set_source(q, args, OPT_SOURCE) != 0)
		return STATUS_USAGE;
	return STATUS_DONE;
}
