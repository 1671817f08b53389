/*
 * What the modules of a stack may answer, and what an answer proves. What is not known may
 * answer anything and proves nothing.
 */
#ifndef SEKISHO_CLI_STACK_MODULE_H
#define SEKISHO_CLI_STACK_MODULE_H

#include "policy/policy.h"
#include "read.h"
#include <stdint.h>

/* What is known of a login on its way through a stack: bits. */
enum fact {
	FACT_COUNTED = 1 << 0,  /* the attempt was charged (preauth) */
	FACT_FIRST = 1 << 1,    /* a password or the like was right, or sshd verified a key */
	FACT_TOKEN = 1 << 2,    /* a token module succeeded */
	FACT_SECOND = 1 << 3,   /* the success line of Sekisho decided, and behind the first */
	FACT_POLICY = 1 << 4,   /* its account line decided */
	FACT_HOST = 1 << 5,     /* the host's own account module found the account in order */
	FACT_RECORDED = 1 << 6, /* its session line recorded the session */
	/* not proofs */
	FACT_UNCOUNTED = 1 << 7, /* a password was evaluated that nobody charged */
	FACT_UNKNOWN = 1 << 8,   /* a module that is not known succeeded */
	FACT_ROOT = 1 << 9,      /* the process that called is root's (pam_rootok) */
	FACT_WENT_ON = 1 << 10,  /* a preauth line let the stack go on */
};

/* Which service the stack belongs to. */
struct module_place {
	enum stack_type type;
	enum service_class class;
	const char *service;
};

/* May the line answer this, after what is known? STACK_RETURNS stands for values that PAM does
 * not know. Then *facts is what is known behind it. */
bool module_may_answer(const struct stack_line *line, const struct module_place *place,
    int value, uint32_t *facts);
/* Could the line, in some stack, prove the fact? */
bool module_can_prove(
    const struct stack_line *line, const struct module_place *place, uint32_t fact);
/* Does the line refuse whatever happens? */
bool module_always_refuses(const struct stack_line *line, const struct module_place *place);
bool module_is_ours(const struct stack_line *line);

#endif
