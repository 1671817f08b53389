/*
 * What a service's stacks have to hold, by what happens there, and where they do not.
 */
#ifndef SEKISHO_CLI_STACK_JUDGE_H
#define SEKISHO_CLI_STACK_JUDGE_H

#include "prove.h"

struct judgement {
	bool has_ours;      /* a line of pam_sekisho.so stands in one of its stacks */
	unsigned int kinds; /* bits: the kinds of holes that were looked for */
	struct hole hole[HOLES_MAX * 2]; /* point into the service */
	size_t count;
	bool too_many;       /* ways: some kind could not be looked at */
	unsigned int closed; /* bits by enum stack_type: nobody gets through it */
	const struct stack_line *by_design; /* lets root itself pass; NULL: none */
};

enum weight {
	WEIGHT_HOLE,
	WEIGHT_DOUBT,     /* it depends on what we do not know */
	WEIGHT_BY_DESIGN, /* root who becomes somebody */
};

void judge_service(
    const struct stack_service *service, enum service_class class, struct judgement *out);
enum weight judge_weigh(const struct hole *hole, enum service_class class);

#endif
