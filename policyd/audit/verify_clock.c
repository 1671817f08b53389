/*
 * The clocks of the headers. Within one boot the boot clock never goes back, and the wall clock
 * runs beside it, but for jumps that a record tells of: clock.step when the daemon saw it
 * happen, a start when nobody watched. A jump that comes first waits for its record.
 */
#include "audit/event.h"
#include "audit/verify_internal.h"
#include <stdlib.h>
#include <string.h>

enum {
	JUMP_MS = 2000,         /* the daemon notices more than 1,500 */
	SLEW_PER_SECOND_MS = 2, /* four times what NTP slews */
	TURN_MS = 5000,         /* records of one turn may be this much out of order */
};

static bool
clock_explains(uint16_t action)
{
	return action == ACTION_CLOCK_STEP || action == ACTION_DAEMON_START ||
	       action == ACTION_LOG_BEGIN;
}

static void
clock_boot(struct verify *v, const struct header *h)
{
	for (size_t i = 0; i < v->boot_count && i < VERIFY_BOOTS; i++) {
		if (memcmp(v->boots[i], h->boot_id, 16) == 0)
			verify_find(v, VERIFY_BOOT, h->seq, h->seq, "%s", "");
	}
	if (v->has_last)
		memcpy(v->boots[v->boot_count++ % VERIFY_BOOTS], v->boot_id, 16);
	if (v->has_last && h->wall_ms < v->wall_ms - JUMP_MS)
		v->out->wall_back++;
	v->start_wanted = h->seq;
	v->step_at = 0;
}

static void
clock_compare(struct verify *v, const struct header *h)
{
	int64_t ran = h->boot_ms - v->boot_ms;
	int64_t jump = (h->wall_ms - v->wall_ms) - ran;
	int64_t allowed = JUMP_MS + (ran > 0 ? ran / 1000 * SLEW_PER_SECOND_MS : TURN_MS);

	if (ran > 0 && h->action != ACTION_DAEMON_START && h->action != ACTION_LOG_BEGIN &&
	    v->chain.ran_ms < INT64_MAX / 2) /* as long as that is too long anyway */
		v->chain.ran_ms += ran;
	if (ran < -TURN_MS)
		verify_find(
		    v, VERIFY_CLOCK_BACK, h->seq, h->seq, "by %lld ms", (long long)-ran);
	if (llabs(jump) > allowed && v->step_at == 0) {
		v->step_at = h->seq;
		v->step_ms = jump;
	}
}

static void
clock_pending(struct verify *v, const struct header *h)
{
	if (v->step_at != 0 && clock_explains(h->action))
		v->step_at = 0;
	else if (v->step_at != 0 && h->seq - v->step_at > VERIFY_PENDING) {
		verify_find(v, VERIFY_CLOCK_STEP, v->step_at, v->step_at, "by %lld ms",
		    (long long)v->step_ms);
		v->step_at = 0;
	}
	if (v->start_wanted != 0 && h->action == ACTION_DAEMON_START)
		v->start_wanted = 0;
	else if (v->start_wanted != 0 && h->seq - v->start_wanted > VERIFY_PENDING) {
		verify_find(v, VERIFY_NO_START, v->start_wanted, v->start_wanted, "%s", "");
		v->start_wanted = 0;
	}
}

void
verify_clock(struct verify *v, const struct header *h)
{
	if (!v->has_last || memcmp(v->boot_id, h->boot_id, 16) != 0)
		clock_boot(v, h);
	else
		clock_compare(v, h);
	clock_pending(v, h);
	v->has_last = true;
	memcpy(v->boot_id, h->boot_id, 16);
	v->wall_ms = h->wall_ms;
	v->boot_ms = h->boot_ms;
	if (v->out->first_wall_ms == 0)
		v->out->first_wall_ms = h->wall_ms;
	v->out->last_wall_ms = h->wall_ms;
	v->before_last_action = v->last_action;
	v->last_action = h->action;
}
