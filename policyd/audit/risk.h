/*
 * Which records an auditor has to open before a period is signed off: those that weaken what
 * holds here, that give power, that say of the log that something is missing, or that no power
 * was meant to be behind.
 */
#ifndef SEKISHO_AUDIT_RISK_H
#define SEKISHO_AUDIT_RISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* action of audit/event.h, outcome of enum outcome. */
bool risk_is(uint16_t action, uint8_t outcome);

/* The actions that are risky with any outcome, and those that are with a failure alone, as JSON
 * arrays such as [5,43], for a query of the store. Both live as long as the process. */
const char *risk_actions(void);
const char *risk_failed_actions(void);

#endif
