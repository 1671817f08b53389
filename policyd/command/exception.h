/* What the files about the register of exceptions share. */
#ifndef SEKISHO_COMMAND_EXCEPTION_H
#define SEKISHO_COMMAND_EXCEPTION_H

#include "command/command.h"
#include "store/exceptions.h"

/* Who acts, as the register names people: account, name, role, unit, contact and when. */
json_t *exception_person(struct server *s, const char *account);
/* The same in a record, under sekisho.actor: the register is made again from the log alone. */
void exception_put_person(struct record *r, struct server *s, const char *account);
/* The same for command_decide(); context: a struct exception_actor. */
struct exception_actor {
	struct server *server;
	const char *account;
};
void exception_put_actor(struct record *r, void *context);
/* What was asked for or granted, as a part of what is kept. */
json_t *exception_terms(const struct admin_request *r, int64_t for_ms);
/* The terms that the command says; what the entry is about, for the decision. */
void exception_take_terms(const struct command *c, struct admin_request *r);
void exception_scope(const struct store_exception *x, struct admin_request *r);
/* One more part of what is kept about the entry; "taken" is taken. SKS_TOO_BIG, SKS_NOMEM. */
int exception_write(struct store_exception *x, const char *part, json_t *taken);

/* review.c: is the review of a use of a break-glass code open? */
int review_is_open(struct server *s, bool *open);

#endif
