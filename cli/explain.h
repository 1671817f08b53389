/* What the files of "sekisho explain" share. */
#ifndef SEKISHO_CLI_EXPLAIN_H
#define SEKISHO_CLI_EXPLAIN_H

#include "call.h"

/* Who, from where and when: USER, --from, --at. */
int explain_set_case(struct call *call, const struct args *args);
/* What a case is and which rules there are, as explaining_login() says it. */
void explain_print_case(const json_t *answer);

int run_explain_role(const struct args *args);
int run_explain_refusal(const struct args *args);

#endif
