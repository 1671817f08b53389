/* What the files of "explain" share. */
#ifndef SEKISHO_COMMAND_EXPLAIN_H
#define SEKISHO_COMMAND_EXPLAIN_H

#include "command/command.h"

/* As if it were that time; 0 leaves all as it is. */
void explain_at(int64_t at_ms, int64_t *wall_ms, uint32_t *weekday, uint32_t *minute_of_day);
/* Could the command's user get the role that it names, and what would be missing? */
int explain_for_role(struct server *s, struct job *job);
/* The record behind the code of a refusal (refusal.h). That it was read is a record. */
int explain_refusal(struct server *s, struct job *job);

#endif
