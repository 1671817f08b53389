/*
 * The log's own housekeeping: its chain at the start, a head when records wait for one, a seal
 * at the end of each epoch, and the host's sleep, which would else look like a gap.
 */
#include "error.h"
#include "keeper/keeper.h"
#include "log.h"
#include <string.h>

enum { SUSPEND_MIN_MS = 2000 };

/* The boot clock goes on while the host sleeps, the raw monotonic one does not. They may drift
 * apart while nobody sleeps, by far less between two looks than a sleep takes. */
static int64_t
suspended_until_now_ms(void)
{
	return clock_now().boot_ms - clock_awake_ms();
}

int
keeper_begin_chain(struct server *s)
{
	const char *reason = NULL;
	struct chain_status status;
	int e = SKS_OK;

	if (s->chain_started)
		return SKS_OK;
	s->suspended_ms = suspended_until_now_ms();
	if (s->store_start == STORE_UNVOUCHED || s->store_start == STORE_REWOUND)
		e = store_floor_raise(s->store, clock_now().wall_ms, s->policy->window_steps);
	if (e == SKS_OK && s->chain != NULL)
		e = chain_start(s->chain, s->store, clock_now(), s->store_start, &reason);
	if (e != SKS_OK)
		return e;
	s->chain_started = true;
	if (reason == NULL)
		return SKS_OK;
	chain_status(s->chain, &status);
	if (strcmp(reason, "first") == 0)
		log_info("the log begins as %s", status.origin);
	else
		log_error(
		    "the log begins a new chain, %s (%s). Until an auditor has signed for "
		    "it, `sekisho audit verify` says incomplete; see sekisho(1), key reanchor",
		    status.origin, reason);
	return SKS_OK;
}

/* ---- heads and seals --------------------------------------------------------------------- */

static int
sign_head(struct server *s, void *context)
{
	(void)context;
	return chain_sign(s->chain, s->store, clock_now());
}

static int
seal_epoch(struct server *s, void *context)
{
	(void)context;
	return chain_seal(s->chain, s->store, clock_now());
}

int
keeper_seal(struct server *s)
{
	return s->chain != NULL ? turn_own(s, seal_epoch, NULL) : SKS_OK;
}

/* ---- the host's sleep -------------------------------------------------------------------- */

static int
record_suspend(struct server *s, void *context)
{
	const int64_t *slept_ms = context;
	struct record r;

	keeper_record(s, &r, ACTION_SUSPEND, OUTCOME_UNKNOWN, "host-suspended");
	record_put_int(&r, "sekisho.suspend.ms", *slept_ms);
	return keeper_append(s, &r);
}

int
keeper_look_for_suspend(struct server *s)
{
	int64_t before_ms = s->suspended_ms;
	int64_t slept_ms;
	int e;

	s->suspended_ms = suspended_until_now_ms();
	slept_ms = s->suspended_ms - before_ms;
	if (slept_ms < SUSPEND_MIN_MS)
		return SKS_OK;
	if ((e = turn_own(s, record_suspend, &slept_ms)) != SKS_OK)
		s->suspended_ms = before_ms; /* seen again by the next turn */
	/* on a full disk administrators must get in all the same */
	return e == SKS_FULL || e == SKS_CONFLICT ? SKS_OK : e;
}

int
keeper_chain(struct server *s)
{
	struct instant now = clock_now();

	if (s->chain == NULL)
		return SKS_OK;
	if (chain_seal_due(s->chain, now))
		return turn_own(s, seal_epoch, NULL);
	if (chain_head_due(s->chain, now))
		return turn_own(s, sign_head, NULL);
	return SKS_OK;
}
