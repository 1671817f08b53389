#include "keeper/lag.h"

#include "clock.h"
#include "error.h"
#include "keeper/forwarding.h"
#include "keeper/keeper.h"
#include "log.h"
#include <inttypes.h>

enum {
	BEHIND_MS = 60000,
	BEHIND_RECORDS = 1000,
	BEHIND_LEAST_MS = 5000, /* a burst is no lag */
};

const char *
lag_reason(int status)
{
	switch (status) {
	case SKS_UNREACHABLE:
		return "unreachable";
	case SKS_TIMEOUT:
		return "no-answer";
	case SKS_FULL:
		return "full";
	case SKS_OK:
		return "slow";
	default:
		return "failed";
	}
}

uint64_t
lag_count(const struct outflow *l, uint64_t size)
{
	return size > l->place.seq ? size - l->place.seq : 0;
}

struct lag {
	struct outflow *flow;
	uint64_t behind;
};

/* That it lags outlives a restart, so that its end is a record too. */
static int
keep_with(struct server *s, int appended)
{
	return appended == SKS_OK ? forwarding_keep(s, NULL) : appended;
}

static int
record_behind(struct server *s, void *context)
{
	const struct lag *x = context;
	struct record r;

	keeper_record(
	    s, &r, ACTION_FORWARD_BEHIND, OUTCOME_FAILURE, lag_reason(x->flow->status));
	record_put_str(&r, "sekisho.forward.target", x->flow->target);
	record_put_int(&r, "sekisho.forward.behind", (int64_t)x->behind);
	record_put_str(&r, "error.message", x->flow->why);
	x->flow->behind_wall_ms = clock_now().wall_ms;
	return keep_with(s, keeper_append(s, &r));
}

static int
record_resumed(struct server *s, void *context)
{
	const struct lag *x = context;
	struct record r;

	keeper_record(s, &r, ACTION_FORWARD_RESUMED, OUTCOME_SUCCESS, "caught-up");
	record_put_str(&r, "sekisho.forward.target", x->flow->target);
	record_put_int(&r, "sekisho.forward.since", x->flow->behind_wall_ms);
	x->flow->behind_wall_ms = 0;
	return keep_with(s, keeper_append(s, &r));
}

int
lag_look(struct server *s, struct outflow *l, uint64_t size, int64_t now)
{
	struct lag lag = {.flow = l, .behind = lag_count(l, size)};
	int64_t late = now - l->caught_ms, since = l->behind_wall_ms;
	bool behind =
	    lag.behind > 0 &&
	    (late > BEHIND_MS || (lag.behind > BEHIND_RECORDS && late > BEHIND_LEAST_MS));
	int e = SKS_OK;

	if (s->space >= STORE_SPACE_LOW)
		return SKS_OK; /* nobody can be told; it stays to be said */
	if (behind && l->behind_wall_ms == 0) {
		log_warn("forwarding to %s is %" PRIu64 " records behind: %s", l->target,
		    lag.behind, l->why[0] != '\0' ? l->why : lag_reason(l->status));
		e = turn_own(s, record_behind, &lag);
	} else if (l->behind_wall_ms != 0 && late < BEHIND_LEAST_MS) {
		log_info("forwarding to %s has caught up", l->target);
		e = turn_own(s, record_resumed, &lag);
	}
	if (e != SKS_OK)
		l->behind_wall_ms = since; /* to be said again */
	return e == SKS_FULL || e == SKS_CONFLICT ? SKS_OK : e;
}
