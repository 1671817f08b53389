/*
 * Going through a stack as libpam's dispatcher does, one return value at a time: the impression
 * so far, the status that would be returned, and what both were where each substack began.
 */
#ifndef SEKISHO_CLI_STACK_WALK_H
#define SEKISHO_CLI_STACK_WALK_H

#include "read.h"
#include <stdint.h>

enum impression { IMPRESSION_NONE, IMPRESSION_POSITIVE, IMPRESSION_NEGATIVE };

enum { WALK_NOT_FROZEN = -1, WALK_NEVER_ASKED = -2 };

/* No padding: two states are the same when their bytes are. */
struct walk {
	int32_t status;
	int32_t frame_status[STACK_LEVELS]; /* what both were where the level began */
	uint8_t frame_impression[STACK_LEVELS];
	uint8_t impression;
	uint8_t previous; /* the level that was left */
	uint16_t at;      /* the line that is asked next; the count of lines: the end */
};

/* At the first line that calls a module. */
void walk_start(const struct stack *stack, struct walk *w);
bool walk_is_over(const struct stack *stack, const struct walk *w);
/*
 * The line at w->at answered "value"; goes on to the next line that calls a module, or to the
 * end. frozen: what it answered when the chain was defined (setcred after authenticate,
 * close_session after open_session), WALK_NEVER_ASKED when it was not reached then, or
 * WALK_NOT_FROZEN when this is the pass that defines it.
 */
void walk_step(const struct stack *stack, struct walk *w, int value, int frozen);
/* What the program that called libpam gets. */
int walk_result(const struct walk *w);
/* What the line does on the value; one that no module may return is bad. */
int walk_action(const struct stack_line *line, int value);
/* The value of a line that calls nothing: PAM_PERM_DENIED, else -1. */
int walk_forced_value(const struct stack_line *line);

#endif
