/*
 * The daemon's own part in the log: how its records begin, the start and the stop, a wall clock
 * that jumps. tick.c has what comes back every second, session.c the sessions
 * whose process died, spooled.c the spool.
 */
#include "audit/controls.h"
#include "error.h"
#include "keeper/alerts.h"
#include "keeper/exceptions.h"
#include "keeper/forwarding.h"
#include "keeper/grants.h"
#include "keeper/change.h"
#include "keeper/keeper.h"
#include "log.h"
#include <stdio.h>
#include <stdlib.h>

enum {
	CLOCK_JUMP_MS = 1500, /* NTP slews half a millisecond a second; a step is a jump */
	CLOCK_JUMP_START_MS = 5000, /* while nobody watched */
};

/* ---- records of the daemon itself
 * ------------------------------------------------------------ */

void
keeper_record(struct server *s, struct record *r, uint16_t action, enum outcome outcome,
    const char *reason)
{
	record_init(r, event_by_action(action), clock_now(), s->boot_id, outcome_words[outcome],
	    reason);
	record_put_str(r, "sekisho.version", s->version);
	if (s->policy != NULL)
		record_put_str(r, "sekisho.policy", s->policy->digest);
	controls_put(r, action);
}

int
keeper_append(struct server *s, struct record *r)
{
	int e = turn_append(s, r, NULL);

	record_clear(r);
	return e;
}

/* ---- the clock
 * --------------------------------------------------------------------------------- */

int
keeper_remember_clock(struct server *s, void *context)
{
	char text[32];

	(void)context;
	(void)snprintf(text, sizeof(text), "%lld", (long long)s->clock_offset_ms);
	return store_meta_set(s->store, "clock.offset", text);
}

static int
record_jump(struct server *s, void *context)
{
	const int64_t *jump_ms = context;
	struct record r;
	int e;

	keeper_record(s, &r, ACTION_CLOCK_STEP, OUTCOME_UNKNOWN, "wall-clock-jump");
	record_put_int(&r, "sekisho.clock.step", *jump_ms);
	if ((e = keeper_append(s, &r)) != SKS_OK ||
	    (e = store_floor_raise(s->store, clock_now().wall_ms, s->policy->window_steps)) !=
		SKS_OK)
		return e;
	return keeper_remember_clock(s, NULL);
}

int
keeper_clock(struct server *s, struct instant *now)
{
	int64_t before = s->clock_offset_ms, jump;
	int e = keeper_look_for_suspend(s);

	*now = clock_now();
	if (e != SKS_OK)
		return e;
	s->clock_offset_ms = now->wall_ms - now->boot_ms;
	jump = s->clock_offset_ms - before;
	if (!s->clock_offset_known) {
		s->clock_offset_known = true;
		return SKS_OK;
	}
	if (llabs(jump) <= CLOCK_JUMP_MS)
		return SKS_OK;
	log_warn("the wall clock jumped by %lld ms", (long long)jump);
	/* Until the floors are raised it is a jump still: the next turn sees it again. */
	if ((e = turn_own(s, record_jump, &jump)) != SKS_OK)
		s->clock_offset_ms = before;
	return e;
}

/* ---- start and stop
 * ------------------------------------------------------------------------------ */

/* sealed: the log ends with the seal of a clean stop. A boot's own memory of the store vouches
 * that it is the newest; after a reboot there is none, and that alone is no gap. */
static const char *
start_word(enum store_start start, bool sealed)
{
	switch (start) {
	case STORE_NEW:
		return "new";
	case STORE_CLEAN:
		return sealed ? "clean" : "killed";
	case STORE_UNVOUCHED:
		return sealed ? "unvouched" : "unclean";
	case STORE_REWOUND:
		break;
	}
	return "rewound";
}

static int
record_start(struct server *s, void *context)
{
	struct chain_status chain = {0};
	uint64_t size = 0;
	struct record r;
	bool sealed;
	int e;

	(void)context;
	if ((e = keeper_begin_chain(s)) != SKS_OK ||
	    (e = store_log_size(s->store, &size)) != SKS_OK)
		return e;
	if (s->chain != NULL)
		chain_status(s->chain, &chain);
	sealed = chain.sealed && chain.head_size + chain.first == size + 1;
	keeper_record(
	    s, &r, ACTION_DAEMON_START, OUTCOME_SUCCESS, start_word(s->store_start, sealed));
	record_put_int(&r, "sekisho.log.size", (int64_t)size);
	record_put_int(&r, "sekisho.log.epoch", (int64_t)chain.epoch);
	record_put_bool(&r, "sekisho.log.unclean", !sealed && s->store_start != STORE_NEW);
	if ((e = keeper_append(s, &r)) != SKS_OK || (e = keeper_restored(s)) != SKS_OK)
		return e;
	if (s->store_start == STORE_REWOUND) {
		keeper_record(s, &r, ACTION_REWOUND, OUTCOME_UNKNOWN, "rewound");
		record_put_int(&r, "sekisho.log.size", (int64_t)size);
		if ((e = keeper_append(s, &r)) != SKS_OK ||
		    (e = grants_end_user(s, NULL, 0, "", "rewound")) != SKS_OK ||
		    (e = exceptions_end_all(s, "rewound")) != SKS_OK ||
		    (e = store_doubt(s->store, NULL)) != SKS_OK)
			return e;
		log_error("the store is older than this boot remembers: what came between is "
			  "unknown. "
			  "No code used before counts; see daemon.rewound in the log");
	}
	return SKS_OK;
}

static int
record_stop(struct server *s, void *context)
{
	struct record r;
	int e;

	(void)context;
	keeper_record(s, &r, ACTION_DAEMON_STOP, OUTCOME_SUCCESS, "clean");
	if ((e = keeper_append(s, &r)) != SKS_OK || (e = forwarding_keep(s, NULL)) != SKS_OK ||
	    (e = alerts_stop(s)) != SKS_OK)
		return e;
	return keeper_remember_clock(s, NULL);
}

/* What the clocks said when this boot's daemon last looked. */
static void
recall_offset(struct server *s)
{
	struct instant now = clock_now();
	char text[32];
	int64_t before;

	s->clock_offset_ms = now.wall_ms - now.boot_ms;
	s->clock_offset_known = true;
	if (s->store_start != STORE_CLEAN ||
	    store_meta_get(s->store, "clock.offset", text, sizeof(text)) != SKS_OK)
		return;
	before = strtoll(text, NULL, 10);
	if (llabs(s->clock_offset_ms - before) > CLOCK_JUMP_START_MS)
		s->clock_offset_ms = before; /* the next turn sees the jump */
}

int
keeper_start(struct server *s)
{
	int e;

	recall_offset(s);
	if ((e = forwarding_start(s)) != SKS_OK || (e = alerts_start(s)) != SKS_OK)
		return e;
	if ((e = turn_own(s, record_start, NULL)) != SKS_OK ||
	    (e = keeper_attach_sessions(s)) != SKS_OK)
		return e;
	if ((e = grants_tick(s)) != SKS_OK || (e = exceptions_tick(s)) != SKS_OK || (e = change_start(s)) != SKS_OK)
		return e;
	return turn_own(s, drift_survey, NULL);
}

int
keeper_stop(struct server *s)
{
	int e = turn_own(s, record_stop, NULL);

	return e == SKS_OK ? keeper_seal(s) : e;
}
