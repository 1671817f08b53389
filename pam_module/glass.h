/*
 * Break-glass at the prompt (lib/breakglass.h has the codes).
 */
#ifndef SEKISHO_GLASS_H
#define SEKISHO_GLASS_H

#include "ask.h"
#include "secret.h"
#include <stdbool.h>

/* Is this a terminal where a code would be accepted, with one left? */
bool glass_is_offered(const struct ask *a);
/* The daemon cannot be asked: says so, asks for a code, and judges. True lets in. Everything
 * else is refused, spooled and answered late. */
bool glass_ask(struct ask *a, int error);
/* The daemon can be asked, but something of this form was typed: true if it was a code, which
 * is then burned and spooled. A wrong one is spooled and goes on to the daemon, as a guess. */
bool glass_try(struct ask *a, const struct secret *typed);
/* The daemon refuses before it asks for anything: where a code is offered, says why and asks for
 * one. True lets in; otherwise the refusal stands. */
bool glass_rescue(struct ask *a);
/* A later phase of what a code let in: spooled. */
void glass_pass(const struct ask *a);

#endif
