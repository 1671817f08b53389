/*
 * Which services have a PAM configuration of their own.
 */
#ifndef SEKISHO_CLI_STACK_LIST_H
#define SEKISHO_CLI_STACK_LIST_H

#include "read.h"

enum { STACK_SERVICES_MAX = 512 };

struct stack_names {
	char *item[STACK_SERVICES_MAX]; /* owned, in order */
	size_t count;
	bool cut; /* there are more */
};

/* Files in the directories of the source, or first words of pam.conf's lines. Names that libpam
 * can not be asked for (it turns capitals into small letters) and package managers' copies are
 * left out. Free with stack_names_free(). */
void stack_names_read(const struct stack_source *source, struct stack_names *out);
void stack_names_free(struct stack_names *names);

#endif
