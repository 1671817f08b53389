#include "audit/risk.h"
#include "audit/event.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* By the beginnings of their names, so that what is added to one of them is risky as well. */
static const struct {
	const char *begin;
	enum risk risk;
	bool failed; /* only where it failed */
} kinds[] = {
    {"authentication.break-glass", RISK_EMERGENCY, false},
    {"break-glass.", RISK_EMERGENCY, false},
    {"bypass.", RISK_EMERGENCY, false},
    {"contingency.", RISK_EMERGENCY, false},
    {"exception.overdue", RISK_OVERDUE, false},
    {"exception.", RISK_WEAKER, false},
    {"permit.overdue", RISK_OVERDUE, false},
    {"review.overdue", RISK_OVERDUE, false},
    {"role.review.overdue", RISK_OVERDUE, false},
    {"finding.overdue", RISK_OVERDUE, false},
    {"policy.", RISK_RULES, false},
    {"change.conflict", RISK_RULES, false},
    {"change.taken-back", RISK_RULES, false},
    {"grant.start", RISK_POWER, false},
    {"sudo.end", RISK_TAKEN, false},
    {"sudo.left", RISK_TAKEN, false},
    {"role.answer", RISK_REFUSED, true},
    {"role.request", RISK_REFUSED, true},
    {"sudo.command", RISK_REFUSED, true},
    {"use.answer", RISK_REFUSED, true},
    {"capabilities.use", RISK_REFUSED, true},
    {"backup.restore", RISK_RECORDING, false},
    {"clock.step", RISK_RECORDING, false},
    {"daemon.rewound", RISK_RECORDING, false},
    {"daemon.spool-refused", RISK_RECORDING, false},
    {"key.exposed", RISK_RECORDING, false},
    {"log.begin", RISK_RECORDING, false},
    {"log.reanchor", RISK_RECORDING, false},
    {"log.redact", RISK_RECORDING, false},
    {"log.release", RISK_RECORDING, false},
    {"log.export", RISK_HANDED_OUT, false},
    {"system.change", RISK_HOST, false},
    {"check.run", RISK_CHECK, true},
    {"user.report", RISK_REPORTED, false},
    {"user.suspend", RISK_SUSPENDED, false},
    {"device.two", RISK_TWO_DEVICES, false},
    {"download.warn", RISK_DOWNLOAD, false},
    {"download.day-warn", RISK_DOWNLOAD, false},
};

enum risk
risk_of(uint16_t action, uint8_t outcome)
{
	const struct event_info *event = event_by_action(action);

	for (size_t i = 0; event != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(event->name, kinds[i].begin, strlen(kinds[i].begin)) == 0)
			return kinds[i].failed && outcome != OUTCOME_FAILURE ? RISK_NONE
									     : kinds[i].risk;
	return RISK_NONE;
}

const char *
risk_word(unsigned risk)
{
	static const char *const words[RISK_COUNT] = {
#define X(symbol, word) [RISK_##symbol] = (word),
	    RISKS(X)
#undef X
	};

	return risk < RISK_COUNT ? words[risk] : "";
}
