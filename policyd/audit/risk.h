/*
 * What of the log an auditor has to open before a period is signed off, and why: this table is the
 * one place that says so. Most of it goes by the kind of event and its outcome (risk_of()); the
 * rest only a stretch of records can tell (report/risky.h): guesses, accounts that are closed, power
 * that no grant explains, a recording that stood still.
 */
#ifndef SEKISHO_AUDIT_RISK_H
#define SEKISHO_AUDIT_RISK_H

#include <stdint.h>

/* X(symbol, word): the word is what goes over the wire and into JSON; cli/words.c says it to
 * people. */
#define RISKS(X)                                                                               \
	X(NONE, "")                                                                            \
	X(EMERGENCY, "emergency-way")                                                          \
	X(WEAKER, "rule-weakened")                                                             \
	X(OVERDUE, "overdue")                                                                  \
	X(RULES, "rules-changed")                                                              \
	X(POWER, "power-given")                                                                \
	X(TAKEN, "power-ended-in-use")                                                         \
	X(REFUSED, "power-refused")                                                            \
	X(RECORDING, "recording-touched")                                                      \
	X(HANDED_OUT, "records-handed-out")                                                    \
	X(HOST, "host-changed")                                                                \
	X(CHECK, "check-failed")                                                               \
	X(REPORTED, "reported-by-user")                                                        \
	X(SUSPENDED, "account-suspended")                                                      \
	X(TWO_DEVICES, "two-devices")                                                          \
	X(DOWNLOAD, "much-downloaded")                                                         \
	X(GUESSES, "guesses")                                                                  \
	X(GUESSED, "guesses-then-in")                                                          \
	X(CLOSED, "closed-account-tried")                                                      \
	X(UNEXPLAINED, "power-without-grant")                                                  \
	X(GAP, "recording-gap")

enum risk {
#define X(symbol, word) RISK_##symbol,
	RISKS(X)
#undef X
	    RISK_COUNT
};

/* action of audit/event.h, outcome of enum outcome. */
enum risk risk_of(uint16_t action, uint8_t outcome);
/* "" for RISK_NONE and for what is none. */
const char *risk_word(unsigned risk);

#endif
