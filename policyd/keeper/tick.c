/*
 * Once a second: charges that were left open, refusals that are counted instead of written one
 * by one, space that runs low.
 */
#include "error.h"
#include "keeper/alerts.h"
#include "keeper/change.h"
#include "keeper/changes.h"
#include "keeper/exceptions.h"
#include "keeper/forwarding.h"
#include "keeper/grants.h"
#include "keeper/host.h"
#include "keeper/idle.h"
#include "keeper/permits.h"
#include "keeper/keeper.h"
#include "keeper/keys.h"
#include "keeper/duties.h"
#include "keeper/members.h"
#include "keeper/metrics.h"
#include "keeper/retention.h"
#include "keeper/volume.h"
#include "log.h"
#include "staff/staff.h"
#include <string.h>

enum {
	CHARGE_MAX_AGE_MS = 10 * 60 * 1000,
	CHARGES_A_TICK = 64,
	REFUSALS_PERIOD_MS = 10000,
	REFUSALS_A_TICK = 256,
	SURVEY_EVERY_TICKS = 3600,
	FIRST_SURVEY_TICK = 2, /* soon after a start too */
	OFFSET_EVERY_TICKS = 60,
};

static int
settle_charges(struct server *s, void *context)
{
	static struct store_open_charge open[CHARGES_A_TICK];
	static uint64_t after; /* goes round: many open ones do not hide the rest */
	struct decision d;
	size_t n = 0;
	int e = store_open_charges(s->store, after, open, CHARGES_A_TICK, &n);

	(void)context;
	after = n < CHARGES_A_TICK ? 0 : open[n - 1].facts.txn_id;
	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		struct store_open_charge *c = &open[i];

		if (c->age_ms < CHARGE_MAX_AGE_MS &&
		    peer_is_alive(c->request.pid, c->request.pid_start))
			continue;
		/* the one before may have shared its lane */
		if ((e = store_open_charge_refresh(s->store, c)) != SKS_OK)
			break;
		decide_abandoned(s->policy, &c->facts, &d);
		if ((e = store_apply(s->store, &c->request, &c->facts, &d.changes)) == SKS_OK)
			e = pam_record(s, &c->request, &c->facts, &d, 0, NULL);
	}
	return e;
}

static int
write_refusals(struct server *s, void *context)
{
	struct store_refusals x;
	struct record r;
	int e = SKS_OK;

	(void)context;
	for (int i = 0; i < REFUSALS_A_TICK; i++) {
		if ((e = store_refusals_due(s->store, REFUSALS_PERIOD_MS, &x)) == SKS_NOT_FOUND)
			return SKS_OK;
		if (e != SKS_OK)
			return e;
		if (x.count == 0)
			continue;
		keeper_record(s, &r, ACTION_REFUSALS, OUTCOME_FAILURE, x.reason);
		record_put_str(&r, "sekisho.lane.key", x.key);
		record_put_int(&r, "sekisho.count", (int64_t)x.count);
		record_put_int(&r, "sekisho.since", x.since_wall_ms);
		if ((e = keeper_append(s, &r)) != SKS_OK)
			return e;
	}
	return e;
}

static bool
has_refused_input(const struct server *s)
{
	return s->refused_input[0] || s->refused_input[1] || s->refused_input[2] ||
	       s->refused_input[3];
}

static int
write_refused_input(struct server *s, void *context)
{
	static const char *const key[] = {"sekisho.refused.malformed",
	    "sekisho.refused.oversize", "sekisho.refused.unpermitted",
	    "sekisho.refused.too-many"};
	struct record r;

	(void)context;
	keeper_record(s, &r, ACTION_INPUT_REFUSED, OUTCOME_FAILURE, "input-refused");
	for (int i = 0; i < 4; i++)
		if (s->refused_input[i] != 0)
			record_put_int(&r, key[i], (int64_t)s->refused_input[i]);
	return keeper_append(s, &r);
}

static int
write_space(struct server *s, void *context)
{
	static const char *const word[] = {"ok", "low", "reserve", "none"};
	struct record r;

	(void)context;
	keeper_record(s, &r, ACTION_DISK,
	    s->space == STORE_SPACE_OK ? OUTCOME_SUCCESS : OUTCOME_FAILURE, word[s->space]);
	if (s->refused_full != 0)
		record_put_int(&r, "sekisho.refused.full", (int64_t)s->refused_full);
	return keeper_append(s, &r);
}

static int
tick_space(struct server *s)
{
	static enum store_space noted = STORE_SPACE_OK;
	int e;

	s->space = store_space(s->store);
	/* it may have come and gone between two looks */
	if (s->space == noted && (s->refused_full == 0 || s->space > STORE_SPACE_LOW))
		return SKS_OK;
	if (s->space > STORE_SPACE_OK && s->space != noted)
		log_warn("the disk of the audit log is %s; make room in %s",
		    s->space == STORE_SPACE_LOW ? "nearly full"
						: "full: only administrators can log in",
		    s->options.state_dir);
	/* On the reserve this record would take what an administrator needs. */
	if (s->space <= STORE_SPACE_LOW) {
		if ((e = turn_own(s, write_space, NULL)) != SKS_OK)
			return e;
		s->refused_full = 0;
	}
	noted = s->space;
	return SKS_OK;
}

/* A full disk must not end the daemon: administrators still need it. */
static int
forgive_full(int e)
{
	return e == SKS_FULL || e == SKS_CONFLICT ? SKS_OK : e;
}

int
keeper_settle(struct server *s)
{
	if (s->space >= STORE_SPACE_RESERVE)
		return SKS_OK;
	return forgive_full(turn_aside(s, settle_charges, NULL));
}

/* On the reserve it waits: searches find what is not in the indexes all the same. */
enum store_index_due
keeper_index_due(const struct server *s)
{
	return s->space < STORE_SPACE_RESERVE ? store_index_due(s->store) : STORE_INDEX_DONE;
}

static int
write_index(struct server *s, void *context)
{
	(void)context;
	return store_index(s->store);
}

int
keeper_index(struct server *s)
{
	return forgive_full(turn_aside(s, write_index, NULL));
}

int
keeper_tick(struct server *s)
{
	static uint64_t tick;
	struct instant now;
	int e;

	tick++;
	if ((e = forwarding_tick(s)) != SKS_OK)
		return e;
	if ((e = forgive_full(tick_space(s))) != SKS_OK)
		return e;
	metrics_tick(s);
	host_tick(s);
	if (s->space >= STORE_SPACE_RESERVE)
		return alerts_on_reserve(s);
	if ((e = forgive_full(keeper_clock(s, &now))) != SKS_OK ||
	    (e = keeper_settle(s)) != SKS_OK ||
	    (e = forgive_full(turn_own(s, write_refusals, NULL))) != SKS_OK)
		return e;
	if ((e = forgive_full(grants_tick(s))) != SKS_OK ||
	    (e = forgive_full(exceptions_tick(s))) != SKS_OK ||
	    (e = forgive_full(idle_tick(s))) != SKS_OK ||
	    (e = forgive_full(volume_tick(s))) != SKS_OK ||
	    (e = forgive_full(permits_tick(s))) != SKS_OK ||
	    (e = forgive_full(members_tick(s))) != SKS_OK ||
	    (e = forgive_full(staff_tick(s))) != SKS_OK ||
	    (e = forgive_full(duties_tick(s))) != SKS_OK)
		return e;
	if (has_refused_input(s) && tick % 10 == 0) {
		if ((e = forgive_full(turn_own(s, write_refused_input, NULL))) != SKS_OK)
			return e;
		memset(s->refused_input, 0, sizeof(s->refused_input));
	}
	if (tick % SURVEY_EVERY_TICKS == 0 &&
	    (e = forgive_full(turn_own(s, drift_survey, NULL))) != SKS_OK)
		return e;
	if (tick % SURVEY_EVERY_TICKS == FIRST_SURVEY_TICK &&
	    (e = forgive_full(turn_own(s, audit_review_survey, NULL))) != SKS_OK)
		return e;
	if (tick % OFFSET_EVERY_TICKS == 0 &&
	    (e = forgive_full(turn_own(s, keeper_remember_clock, NULL))) != SKS_OK)
		return e;
	if ((e = forgive_full(keeper_chain(s))) != SKS_OK || (e = keys_tick(s)) != SKS_OK ||
	    (e = forgive_full(keeper_backup(s, now))) != SKS_OK)
		return e;
	if ((e = forgive_full(retention_tick(s))) != SKS_OK ||
	    (e = forgive_full(alerts_tick(s))) != SKS_OK)
		return e;
	if (s->ready == NULL && (e = store_checkpoint(s->store)) != SKS_OK && e != SKS_FULL)
		return e;
	if ((e = forgive_full(changes_tick(s))) != SKS_OK)
		return e;
	if ((e = forgive_full(change_tick(s))) != SKS_OK)
		return e;
	spooled_poll(s);
	return SKS_OK;
}
