/*
 * What nobody asks for: the start and the stop, charges that were left open, sessions whose
 * process died, refusals that are counted instead of written one by one, a wall clock that
 * jumps, space that runs low. The spool has its own file, spooled.c.
 */
#include "keeper.h"
#include "audit/controls.h"
#include "error.h"
#include "i18n.h"
#include "log.h"
#include "server.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	CLOCK_JUMP_MS = 1500, /* NTP slews half a millisecond a second; a step is a jump */
	CLOCK_JUMP_START_MS = 5000, /* while nobody watched */
	CHARGE_MAX_AGE_MS = 10 * 60 * 1000,
	CHARGES_A_TICK = 64,
	REFUSALS_PERIOD_MS = 10000,
	REFUSALS_A_TICK = 256,
	SESSIONS_A_TIME = 256,
	SURVEY_EVERY_TICKS = 3600,
	OFFSET_EVERY_TICKS = 60,
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

static int
remember_offset(struct server *s, void *context)
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
	return remember_offset(s, NULL);
}

int
keeper_clock(struct server *s, struct instant *now)
{
	int64_t offset, jump;

	*now = clock_now();
	offset = now->wall_ms - now->boot_ms;
	jump = offset - s->clock_offset_ms;
	s->clock_offset_ms = offset;
	if (!s->clock_offset_known) {
		s->clock_offset_known = true;
		return SKS_OK;
	}
	if (llabs(jump) <= CLOCK_JUMP_MS)
		return SKS_OK;
	log_warn("the wall clock jumped by %lld ms", (long long)jump);
	return turn_own(s, record_jump, &jump);
}

/* ---- start and stop
 * ------------------------------------------------------------------------------ */

static const char *
start_word(enum store_start start)
{
	static const char *const word[] = {"new", "clean", "unclean", "rewound"};

	return word[start];
}

static int
record_start(struct server *s, void *context)
{
	uint64_t size = 0;
	struct record r;
	int e;

	(void)context;
	if ((e = store_log_size(s->store, &size)) != SKS_OK)
		return e;
	keeper_record(s, &r, ACTION_DAEMON_START, OUTCOME_SUCCESS, start_word(s->store_start));
	record_put_int(&r, "sekisho.log.size", (int64_t)size);
	if ((e = keeper_append(s, &r)) != SKS_OK)
		return e;
	if (s->store_start == STORE_REWOUND) {
		keeper_record(s, &r, ACTION_REWOUND, OUTCOME_UNKNOWN, "rewound");
		record_put_int(&r, "sekisho.log.size", (int64_t)size);
		if ((e = keeper_append(s, &r)) != SKS_OK)
			return e;
		log_error("the store is older than this boot remembers: what came between is "
			  "unknown. "
			  "No code used before counts; see daemon.rewound in the log");
	}
	if (s->store_start == STORE_UNVOUCHED || s->store_start == STORE_REWOUND)
		return store_floor_raise(
		    s->store, clock_now().wall_ms, s->policy->window_steps);
	return SKS_OK;
}

static int
record_stop(struct server *s, void *context)
{
	struct record r;
	int e;

	(void)context;
	keeper_record(s, &r, ACTION_DAEMON_STOP, OUTCOME_SUCCESS, "clean");
	if ((e = keeper_append(s, &r)) != SKS_OK)
		return e;
	return remember_offset(s, NULL);
}

static int
record_session_end(struct server *s, const struct session *x, enum reason reason)
{
	struct record r;

	keeper_record(s, &r, ACTION_SESSION_CLOSE, OUTCOME_UNKNOWN, reason_words[reason]);
	record_put_str(&r, "user.name", x->user);
	record_put_int(&r, "user.id", x->uid);
	record_put_str(&r, "service.name", x->service);
	record_put_str(&r, "source.ip", x->source);
	record_put_int(&r, "process.pid", x->pid);
	record_put_int(&r, "sekisho.session", (int64_t)x->id);
	return keeper_append(s, &r);
}

static int
end_earlier_sessions(struct server *s, void *context)
{
	static struct session x[SESSIONS_A_TIME];
	size_t *n = context;
	int e = store_sessions_of_earlier_boots(s->store, x, SESSIONS_A_TIME, n);

	for (size_t i = 0; e == SKS_OK && i < *n; i++)
		e = record_session_end(s, &x[i], REASON_ENDED_BY_REBOOT);
	return e;
}

/* Sessions of this boot: watched again where their process still runs, ended where not. */
static int
attach_sessions(struct server *s, void *context)
{
	static struct session x[4096];
	size_t n = 0;
	int e = store_sessions(s->store, NO_UID, x, sizeof(x) / sizeof(x[0]), &n);

	(void)context;
	for (size_t i = 0; (e == SKS_OK || e == SKS_TOO_BIG) && i < n; i++) {
		struct request r = {
		    .uid = x[i].uid, .pid = x[i].pid, .pid_start = x[i].pid_start};
		int fd = (int)syscall(SYS_pidfd_open, x[i].pid, 0);

		(void)snprintf(r.user, sizeof(r.user), "%s", x[i].user);
		(void)snprintf(r.service, sizeof(r.service), "%s", x[i].service);
		(void)snprintf(r.source, sizeof(r.source), "%s", x[i].source);
		if (fd >= 0 && peer_is_alive(x[i].pid, x[i].pid_start)) {
			(void)loop_watch(s, fd, &r);
			continue;
		}
		if (fd >= 0)
			(void)close(fd);
		if ((e = record_session_end(s, &x[i], REASON_ENDED_UNOBSERVED)) == SKS_OK)
			e = store_session_end(s->store, x[i].id);
	}
	return e == SKS_TOO_BIG ? SKS_OK : e;
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
	size_t n = 0;
	int e;

	recall_offset(s);
	if ((e = turn_own(s, record_start, NULL)) != SKS_OK)
		return e;
	do {
		if ((e = turn_own(s, end_earlier_sessions, &n)) != SKS_OK)
			return e;
	} while (n > 0);
	if ((e = turn_own(s, attach_sessions, NULL)) != SKS_OK)
		return e;
	return turn_own(s, drift_survey, NULL);
}

int
keeper_stop(struct server *s)
{
	return turn_own(s, record_stop, NULL);
}

/* ---- once a second
 * --------------------------------------------------------------------------------- */

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
	if (s->space == noted)
		return SKS_OK;
	if (s->space > STORE_SPACE_OK)
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
	return forgive_full(turn_own(s, settle_charges, NULL));
}

int
keeper_tick(struct server *s)
{
	static uint64_t tick;
	struct instant now;
	int e;

	tick++;
	if ((e = forgive_full(tick_space(s))) != SKS_OK)
		return e;
	if (s->space >= STORE_SPACE_RESERVE)
		return SKS_OK;
	if ((e = forgive_full(keeper_clock(s, &now))) != SKS_OK ||
	    (e = keeper_settle(s)) != SKS_OK ||
	    (e = forgive_full(turn_own(s, write_refusals, NULL))) != SKS_OK)
		return e;
	if (has_refused_input(s) && tick % 10 == 0) {
		if ((e = forgive_full(turn_own(s, write_refused_input, NULL))) != SKS_OK)
			return e;
		memset(s->refused_input, 0, sizeof(s->refused_input));
	}
	if (tick % SURVEY_EVERY_TICKS == 0 &&
	    (e = forgive_full(turn_own(s, drift_survey, NULL))) != SKS_OK)
		return e;
	if (tick % OFFSET_EVERY_TICKS == 0 &&
	    (e = forgive_full(turn_own(s, remember_offset, NULL))) != SKS_OK)
		return e;
	if (s->ready == NULL && (e = store_checkpoint(s->store)) != SKS_OK && e != SKS_FULL)
		return e;
	spooled_poll(s);
	return SKS_OK;
}

/* ---- a monitor died
 * --------------------------------------------------------------------------------- */

static int
process_gone(struct server *s, void *context)
{
	const struct request *session = context;
	struct request r = *session;
	struct changes c = {.session_close = true};
	struct facts f = {0};
	struct record record;
	int e;

	r.phase = PHASE_CLOSE;
	keeper_record(s, &record, ACTION_SESSION_CLOSE, OUTCOME_UNKNOWN,
	    reason_words[REASON_PROCESS_ENDED]);
	record_put_str(&record, "user.name", r.user);
	record_put_int(&record, "user.id", r.uid);
	record_put_str(&record, "service.name", r.service);
	record_put_str(&record, "source.ip", r.source);
	record_put_int(&record, "process.pid", r.pid);
	if ((e = keeper_append(s, &record)) != SKS_OK)
		return e;
	return store_apply(s->store, &r, &f, &c);
}

int
keeper_process_gone(struct server *s, const struct request *session)
{
	struct request copy = *session;

	return turn_own(s, process_gone, &copy);
}
