/*
 * The findings of "sekisho check" about the PAM stacks of this host.
 */
#ifndef SEKISHO_CLI_STACK_TELL_H
#define SEKISHO_CLI_STACK_TELL_H

#include "read.h"

struct check;

/* Adds a finding for each hole, and for each service that is sound. */
void stack_check(struct check *c, const struct stack_source *source);

#endif
