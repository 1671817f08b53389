/* What others print of roles and grants. */
#ifndef SEKISHO_CLI_GRANT_H
#define SEKISHO_CLI_GRANT_H

#include <jansson.h>
#include <stddef.h>

/* Who approves: "1 of @security and 2 of carol, dave; or 1 of frank". */
void grant_approvers(const json_t *role, char *out, size_t size);
/* How a grant stands, in words. */
const char *grant_state(const json_t *grant);

/* role_review.c: why a membership does not count, in words; "" where it does. */
const char *role_standing(const char *standing);
/* role_review.c: [{role, members}, …], each with what is known of its dormant members. */
void role_print_dormant(const json_t *list);

#endif
