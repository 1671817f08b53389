/*
 * Which rows of the control catalogue an event is evidence for: "sekisho.control" in records.
 */
#ifndef SEKISHO_CONTROLS_H
#define SEKISHO_CONTROLS_H

#include "audit/record.h"
#include "policy/policy.h"

/* The event's own rows, and those that the deciding rule names (rule may be NULL). */
void controls_put(
    struct record *r, uint16_t action, const struct policy *policy, const char *rule);

#endif
