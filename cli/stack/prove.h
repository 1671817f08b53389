/*
 * Every way through a stack that ends in success, with every answer its modules may give: which
 * of them leave out what a login has to prove, and which line allows that.
 */
#ifndef SEKISHO_CLI_STACK_PROVE_H
#define SEKISHO_CLI_STACK_PROVE_H

#include "module.h"
#include "read.h"

enum hole_kind {
	HOLE_FIRST,    /* auth: nobody showed a password, nor a key */
	HOLE_SECOND,   /* auth: Sekisho's success line did not decide */
	HOLE_COUNTED,  /* auth: a password was evaluated without having been charged */
	HOLE_POLICY,   /* account: Sekisho's line did not decide */
	HOLE_HOST,     /* account: no module of the host looked at the account */
	HOLE_RECORDED, /* session: Sekisho's line did not record it */
	HOLE_KINDS,
};

enum hole_cause {
	CAUSE_MISSING, /* no line of the stack could prove it; line: the one that grants instead
			*/
	CAUSE_PASSES,  /* the line may fail and the login goes on */
	CAUSE_REFUSAL, /* a line that always refuses, and its refusal does not count */
	CAUSE_SKIPPED, /* the line ends the stack, or jumps, before what should have been asked
			*/
	CAUSE_OBSERVE, /* the line says observe */
	CAUSE_OPEN,    /* the line says fail=open */
	CAUSE_ORDER,   /* the line stands before what it builds on */
	CAUSE_TOKEN,   /* it says token=, and no token module has to succeed before it */
};

struct hole {
	enum hole_kind kind;
	enum hole_cause cause;
	const struct stack_line *line; /* of the stack; NULL: the stack has no lines */
	bool by_root;                  /* only for processes of root's (pam_rootok) */
	bool by_unknown;               /* unless a module that is not known proves it */
	char way[256];                 /* "module=answer, …" as it would go */
};

enum { HOLES_MAX = 24 };

/* The holes of one kind, each line and way of letting pass once, at most "max". Returns how
 * many; -1: there are too many ways to look at all of them. */
int prove_find(const struct stack *stack, const struct module_place *place, enum hole_kind kind,
    struct hole *out, size_t max);
/* Is there any way to success? A stack without one refuses everybody. */
bool prove_is_open(const struct stack *stack, const struct module_place *place);
/* In which type of stack the kind of hole lies. */
enum stack_type prove_type(enum hole_kind kind);

#endif
