/* The event catalogue as a table, and its words. */
#include "audit/event.h"

#include <stddef.h>
#include <string.h>

const char *const retention_words[] = {
    [RETAIN_ACCESS] = "access",
    [RETAIN_PRIVILEGE] = "privilege",
    [RETAIN_POLICY] = "policy",
    [RETAIN_OPERATION] = "operation",
    [RETAIN_LOG] = "log",
    [RETAIN_COUNT] = NULL,
};

const char *const outcome_words[] = {
    [OUTCOME_SUCCESS] = "success",
    [OUTCOME_FAILURE] = "failure",
    [OUTCOME_UNKNOWN] = "unknown",
    NULL,
};

const struct event_info event_table[] = {
#define X(symbol, number, text, class, meaning)                                                \
	{.action = (number),                                                                   \
	    .name = (text),                                                                    \
	    .retention = RETAIN_##class,                                                       \
	    .sentence = (meaning)},
    EVENT_CATALOGUE(X)
#undef X
};

const unsigned event_count = sizeof(event_table) / sizeof(event_table[0]);

const struct event_info *
event_by_action(uint16_t action)
{
	for (unsigned i = 0; i < event_count; i++) {
		if (event_table[i].action == action)
			return &event_table[i];
	}
	return NULL;
}

const struct event_info *
event_by_name(const char *name)
{
	for (unsigned i = 0; i < event_count; i++) {
		if (strcmp(event_table[i].name, name) == 0)
			return &event_table[i];
	}
	return NULL;
}
