/*
 * Which rows of the control catalogue an event is evidence for: "sekisho.control" in records.
 */
#ifndef SEKISHO_CONTROLS_H
#define SEKISHO_CONTROLS_H

#include "audit/record.h"
#include "decide/decide.h"

/* The event's own rows. */
void controls_put(struct record *r, uint16_t action);
/* And those that the decision is evidence of: its reason, the floor, what its rule names. */
void controls_put_decision(
    struct record *r, uint16_t action, const struct policy *policy, const struct decision *d);

#endif
