#include "audit/risk.h"
#include "audit/event.h"
#include <stdio.h>
#include <string.h>

/* By the beginnings of their names, so that what is added to one of them is risky as well. */
static const char *const always[] = {"authentication.break-glass", "break-glass.", "bypass.",
    "change.conflict", "change.taken-back", "clock.step", "contingency.", "daemon.rewound",
    "daemon.spool-refused", "exception.", "grant.start", "key.exposed", "log.begin", "log.export",
    "log.hold-release", "log.reanchor", "log.redact", "policy.", "sudo.end", "system.change",
    "user.report", "user.suspend"};
static const char *const failed[] = {"check.run", "role.answer", "role.request", "sudo.command",
    "use.answer"};

static const struct {
	uint16_t action;
	const char *name;
} events[] = {
#define X(symbol, number, name, retention, sentence) {number, name},
    EVENT_CATALOGUE(X)
#undef X
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
enum { RISK_TEXT_SIZE = 6 * COUNT(events) + 3 };

static bool
risk_begins(const char *name, const char *const *with, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(name, with[i], strlen(with[i])) == 0)
			return true;
	return false;
}

static const char *
risk_name(uint16_t action)
{
	for (size_t i = 0; i < COUNT(events); i++)
		if (events[i].action == action)
			return events[i].name;
	return "";
}

bool
risk_is(uint16_t action, uint8_t outcome)
{
	const char *name = risk_name(action);

	return risk_begins(name, always, COUNT(always)) ||
	       (outcome == OUTCOME_FAILURE && risk_begins(name, failed, COUNT(failed)));
}

static const char *
risk_list(char text[RISK_TEXT_SIZE], const char *const *with, size_t count)
{
	size_t used = 1;

	if (text[0] != '\0')
		return text;
	text[0] = '[';
	for (size_t i = 0; i < COUNT(events); i++)
		if (risk_begins(events[i].name, with, count))
			used += (size_t)snprintf(text + used, RISK_TEXT_SIZE - used, "%s%u",
			    used > 1 ? "," : "", events[i].action);
	(void)snprintf(text + used, RISK_TEXT_SIZE - used, "]");
	return text;
}

const char *
risk_actions(void)
{
	static char text[RISK_TEXT_SIZE];

	return risk_list(text, always, COUNT(always));
}

const char *
risk_failed_actions(void)
{
	static char text[RISK_TEXT_SIZE];

	return risk_list(text, failed, COUNT(failed));
}
