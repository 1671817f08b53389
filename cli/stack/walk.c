/*
 * The rules are those of _pam_dispatch_aux() in Linux-PAM 1.5. Where a rule looks odd it is
 * libpam's, and tests compare each of them with the library itself.
 */
#include "walk.h"

#include <security/_pam_types.h>
#include <string.h>

enum { MUST_FAIL = PAM_PERM_DENIED };

int
walk_forced_value(const struct stack_line *line)
{
	return line->handler == HANDLER_MUST_FAIL ? MUST_FAIL : -1;
}

int
walk_action(const struct stack_line *line, int value)
{
	return value >= 0 && value < STACK_RETURNS ? line->action[value] : ACTION_BAD;
}

/* Remembers the state where a deeper level begins, and passes over the marks of substacks. */
static void
walk_settle(const struct stack *stack, struct walk *w)
{
	while (w->at < stack->count) {
		const struct stack_line *l = &stack->line[w->at];

		if (w->previous < l->level) {
			w->frame_impression[l->level] = w->impression;
			w->frame_status[l->level] = w->status;
		}
		if (l->handler != HANDLER_SUBSTACK)
			return;
		w->previous = (uint8_t)l->level;
		w->at++;
	}
}

void
walk_start(const struct stack *stack, struct walk *w)
{
	memset(w, 0, sizeof(*w));
	w->status = w->frame_status[0] = MUST_FAIL;
	walk_settle(stack, w);
}

bool
walk_is_over(const struct stack *stack, const struct walk *w)
{
	return w->at >= stack->count;
}

static void
walk_agree(struct walk *w, int value, int chain)
{
	if (w->impression != IMPRESSION_NONE &&
	    (w->impression != IMPRESSION_POSITIVE || w->status != PAM_SUCCESS))
		return;
	if (value == PAM_IGNORE && chain != value)
		return;
	w->impression = IMPRESSION_POSITIVE;
	w->status = value;
}

static void
walk_object(struct walk *w, int value)
{
	if (w->impression == IMPRESSION_NEGATIVE)
		return;
	w->impression = IMPRESSION_NEGATIVE;
	w->status = value == PAM_IGNORE ? MUST_FAIL : value;
}

static bool
walk_stays_inside(const struct stack *stack, size_t at, unsigned int level)
{
	return at + 1 < stack->count && stack->line[at + 1].level >= level;
}

/* Where a jump over so many lines lands; a substack is one line. 0 in *left: it got there. */
static size_t
walk_jump(const struct stack *stack, size_t at, int *left)
{
	unsigned int level = stack->line[at].level;

	while (*left > 0 && walk_stays_inside(stack, at, level)) {
		do
			at++;
		while (at + 1 < stack->count && stack->line[at + 1].level > level);
		(*left)--;
	}
	return at;
}

void
walk_step(const struct stack *stack, struct walk *w, int value, int frozen)
{
	size_t at = w->at;
	const struct stack_line *l = &stack->line[at];
	int chain = frozen < 0 ? value : frozen, action = walk_action(l, chain);

	if (chain < 0 || chain >= STACK_RETURNS)
		value = MUST_FAIL;
	switch (action) {
	case ACTION_RESET:
		w->impression = w->frame_impression[l->level];
		w->status = w->frame_status[l->level];
		break;
	case ACTION_OK:
	case ACTION_DONE:
		walk_agree(w, value, chain);
		if (w->impression == IMPRESSION_POSITIVE && action == ACTION_DONE)
			while (walk_stays_inside(stack, at, l->level))
				at++;
		break;
	case ACTION_BAD:
	case ACTION_DIE:
		walk_object(w, value);
		if (action == ACTION_DIE)
			while (walk_stays_inside(stack, at, l->level))
				at++;
		break;
	case ACTION_IGNORE:
		break;
	default:
		/* In a frozen chain upstream takes the value of a jump for "ok" as well;
		 * Debian's libpam does not. */
		if (action > 0)
			at = walk_jump(stack, at, &action);
		if (action != 0) { /* over the end of the stack */
			w->impression = IMPRESSION_NEGATIVE;
			w->status = MUST_FAIL;
		}
		break;
	}
	w->previous = (uint8_t)l->level;
	w->at = (uint16_t)(at + 1);
	walk_settle(stack, w);
}

int
walk_result(const struct walk *w)
{
	if (w->status == PAM_SUCCESS && w->impression != IMPRESSION_POSITIVE)
		return MUST_FAIL;
	return w->status;
}
