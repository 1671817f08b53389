/*
 * Breadth first through all states that a stack can be in. Two ways that lead to the same line
 * with the same impression, status, frames and facts are one from there on, so the number of
 * states stays small where the number of ways does not.
 */
#ifndef SEKISHO_CLI_STACK_SEARCH_H
#define SEKISHO_CLI_STACK_SEARCH_H

#include "module.h"
#include "walk.h"

enum { SEARCH_STATES_MAX = 200000, SEARCH_BLOCKS_MAX = 64, SEARCH_WAY_MAX = STACK_LINES_MAX };

/* Answers of a line that is taken to be repaired: they lead nowhere. */
struct search_block {
	const struct stack_line *line;
	int action; /* answers that lead to this action */
};

struct search {
	const struct stack *stack;
	const struct module_place *place;
	bool (*ends)(
	    const struct search *s, int result, uint32_t facts); /* what is looked for */
	uint32_t wanted;                                         /* for ends() */
	uint32_t allowed; /* ways with other facts are left out */
	struct search_block block[SEARCH_BLOCKS_MAX];
	size_t block_count;
};

struct search_step {
	size_t at; /* the line */
	int value; /* what it answered */
};

struct search_way { /* the shortest one */
	struct search_step step[SEARCH_WAY_MAX];
	size_t count;
	uint32_t facts; /* at its end */
};

/* 1: found; 0: there is none; -1: too many states. */
int search_run(const struct search *s, struct search_way *way);

#endif
