/* What the store knows about people, as facts. */
#ifndef SEKISHO_PEOPLE_H
#define SEKISHO_PEOPLE_H

#include "server.h"

/* "NAME=SET:UNTIL,…" of those attributes that the policy describes; SKS_TOO_BIG where they do not
 * fit. Inside a turn. */
int people_attributes(struct server *s, const char *person, char *out, size_t size);

/* Does a membership of this account, which the policy gives, count? Inside a turn. */
int people_standing(
    struct server *s, const struct role *role, const char *account, uint32_t *standing);

/* When the contract of the person behind this account ends, by the staff list; 0: it does not, or
 * the account is nobody's own. Asks the store nothing while no list with an end was imported. */
int people_contract_end(struct server *s, const char *user, uint32_t uid, int64_t *until_ms);
/* The staff list is another one: what is remembered of it is looked up again. */
void people_staff_changed(void);

#endif
