/*
 * May this session confirm a change of the login stack or of the policy? Only who has shown
 * that people still get in, and still become root, through what was changed.
 */
#ifndef SEKISHO_DECIDE_CHANGE_H
#define SEKISHO_DECIDE_CHANGE_H

#include <stdbool.h>

struct change_facts {
	bool pending; /* something waits for a confirmation */
	bool whole;   /* it is applied, all of it */
	bool known;   /* the asking login is one that this daemon recorded, and is its own */
	bool after;   /* its login read its stack after all was applied */
	bool through; /* it came in through a service that was changed */
	bool interactive; /* a person types: a terminal, and a service for people */
	bool elevated;  /* became root there, through a changed service where one was changed */
	bool permitted; /* the changer's person, or an administrator that the policy names */
};

enum change_word {
	CHANGE_OK,
	CHANGE_NOTHING_PENDING,
	CHANGE_NOT_WHOLE,
	CHANGE_NOT_KNOWN,
	CHANGE_BEFORE,
	CHANGE_OTHER_SERVICE,
	CHANGE_NOT_INTERACTIVE,
	CHANGE_NOT_ELEVATED,
	CHANGE_NOT_PERMITTED,
	CHANGE_WORDS,
};
extern const char *const change_words[]; /* as records have them in event.reason */

/* CHANGE_OK only when all of it holds. */
enum change_word decide_change_confirm(const struct change_facts *f);

#endif
