#include "keeper/alerts.h"

#include "alert/delivery.h"
#include "alert/engine.h"
#include "error.h"
#include "i18n.h"
#include "keeper/keeper.h"
#include "keeper/kernel_audit.h"
#include "log.h"
#include "policy/alert.h"
#include "text.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	REPLAY_MAX = 20000,  /* records counted again at a start */
	PIECE = 256,         /* records between two looks at the time */
	TICK_BUDGET_MS = 20, /* of each second */
};

static struct {
	struct alert_engine *engine;
	const struct policy *policy;
	char digest[POLICY_DIGEST_SIZE];
	uint64_t fed, fed_kept;   /* looked at; as the store remembers */
	uint64_t told, told_kept; /* alerts up to here are settled */
	uint64_t last_alert;      /* its record */
	struct alert raised[ALERT_PENDING_MAX];
	size_t raised_count; /* not yet recorded */
	bool on_reserve;     /* and told so */
} state;

/* ---- what the store remembers ------------------------------------------------------------ */

static int
recall_number(struct server *s, const char *name, uint64_t *out)
{
	char text[32];
	int e = store_meta_get(s->store, name, text, sizeof(text));

	if (e == SKS_OK)
		*out = strtoull(text, NULL, 10);
	return e;
}

static int
keep_number(struct server *s, const char *name, uint64_t number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRIu64, number);
	return store_meta_set(s->store, name, text);
}

static int
keep_place(struct server *s, void *context)
{
	int e = keep_number(s, "alert.fed", state.fed);

	(void)context;
	if (e == SKS_OK)
		e = keep_number(s, "alert.told", state.told);
	return e;
}

/* ---- records of alerts ------------------------------------------------------------------- */

static int
record_raised(struct server *s, void *context)
{
	uint64_t seq;
	int e = SKS_OK;

	for (size_t i = 0; i < state.raised_count && e == SKS_OK; i++)
		e = alerts_record(s, &state.raised[i], &seq);
	return e == SKS_OK ? keep_place(s, context) : e;
}

/* ---- feeding ----------------------------------------------------------------------------- */

struct feeding {
	struct server *server;
	struct instant now;
	uint64_t quiet; /* up to here it was looked at before */
};

/* On one clock for all boots: this boot's. */
static int64_t
time_of(const struct feeding *f, const struct feed_row *row)
{
	int64_t age = f->now.wall_ms - row->wall_ms;

	if (memcmp(row->boot_id, f->server->boot_id, sizeof(row->boot_id)) == 0)
		return row->boot_ms;
	return f->now.boot_ms - (age > 0 ? age : 0);
}

/* Does the person behind this account administer the host with another one? Their devices are
 * an administrator's. */
static bool
is_administrators(const struct policy *p, const char *user)
{
	const char *person = policy_person(p, user);

	for (size_t i = 0; i < p->account_count; i++) {
		if (p->account[i].class == CLASS_ADMIN &&
		    strcmp(p->account[i].person, person) == 0)
			return true;
	}
	return false;
}

static void
look_closer(const struct feeding *f, const struct feed_row *row, struct alert_seen *seen)
{
	struct server *s = f->server;
	bool code = row->action == ACTION_CODE && row->outcome == OUTCOME_SUCCESS;
	unsigned int needs = alert_engine_needs(state.engine, seen);
	static struct alert_detail d;
	char other[SOURCE_SIZE];

	if (code && seen->has_class && seen->class == CLASS_PERSON &&
	    is_administrators(s->policy, row->user))
		needs |= 1u << ALERT_WHEN_NEW_DEVICE;
	if (needs == 0)
		return;
	if (store_feed_body(s->store, row->seq, &alert_detail_fields, &d) == SKS_OK)
		seen->new_source = row->source[0] != '\0' && !d.known_source;
	seen->new_device = code && d.device_new;
	if (seen->new_device && is_administrators(s->policy, row->user))
		seen->class = CLASS_ADMIN;
	/* what was open then is not known afterwards */
	if ((needs >> ALERT_WHEN_ELSEWHERE & 1) != 0 && !seen->quiet && row->source[0] != '\0')
		seen->elsewhere =
		    store_session_elsewhere(s->store, row->user, row->source, other) == SKS_OK;
}

static const struct alert_rule *
find_rule(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->alert_count; i++) {
		if (strcmp(p->alert[i].name, name) == 0)
			return &p->alert[i];
	}
	return NULL;
}

/* An alert's record is committed: now it is told. */
static void
tell(struct server *s, const struct feed_row *row)
{
	static struct alert a;
	const struct alert_rule *rule;

	if (row->seq <= state.told || row->seq <= state.last_alert ||
	    store_feed_body(s->store, row->seq, &alert_fields, &a) != SKS_OK)
		return;
	a.record = row->seq;
	state.last_alert = row->seq;
	rule = find_rule(s->policy, a.rule);
	delivery_add(s, &a, rule != NULL ? &rule->to : &s->policy->alert_to);
}

static int
take_row(void *context, const struct feed_row *row)
{
	struct feeding *f = context;
	struct server *s = f->server;
	struct alert_seen seen = {
	    .seq = row->seq,
	    .action = row->action,
	    .outcome = row->outcome,
	    .reason = row->reason,
	    .user = row->user,
	    .source = row->source,
	    .has_class = row->user[0] != '\0' && row->user[0] != '(', /* "(unknown ...)" */
	    .at_ms = time_of(f, row),
	    .quiet = row->seq <= f->quiet,
	};

	if (row->action == ACTION_ALERT_RAISE) {
		tell(s, row);
		return SKS_OK;
	}
	seen.class = policy_account_class(
	    s->policy, row->user, strcmp(row->user, "root") == 0 ? 0 : NO_UID);
	look_closer(f, row, &seen);
	if (alert_engine_feed(state.engine, &seen) != SKS_OK)
		log_warn("no memory left to count records for alerts");
	if (!seen.quiet)
		kernel_audit_note(s, row);
	return SKS_OK;
}

static int
feed_piece(struct server *s, uint64_t quiet, uint64_t *last)
{
	struct feeding f = {.server = s, .now = clock_now(), .quiet = quiet};

	return store_feed(s->store, *last, PIECE, take_row, &f, last);
}

/* ---- rules in force ---------------------------------------------------------------------- */

/* The engine holds on to its policy; the daemon frees that when another goes into force. */
static bool
is_of_policy(const struct server *s)
{
	return state.engine != NULL && state.policy == s->policy &&
	       strcmp(state.digest, s->policy->digest) == 0;
}

static int
rebuild(struct server *s)
{
	uint64_t seed = 0, last, before;
	int e = secret_random((uint8_t *)&seed, sizeof(seed));

	alert_engine_free(state.engine);
	state.engine = e == SKS_OK ? alert_engine_new(s->policy, seed) : NULL;
	state.policy = NULL;
	if (state.engine == NULL)
		return SKS_NOMEM;
	state.policy = s->policy;
	memcpy(state.digest, s->policy->digest, sizeof(state.digest));
	last = state.fed > REPLAY_MAX ? state.fed - REPLAY_MAX : 0;
	do {
		before = last;
		e = feed_piece(s, state.fed, &last);
	} while (e == SKS_OK && last != before && last < state.fed);
	if (last > state.fed)
		state.fed = last;
	return e;
}

/* ---- start, stop, once a second ---------------------------------------------------------- */

int
alerts_start(struct server *s)
{
	int e = recall_number(s, "alert.fed", &state.fed);

	if (e == SKS_NOT_FOUND) /* of a log that nobody watched yet, only what comes now */
		e = store_log_size(s->store, &state.fed);
	if (e == SKS_OK && (e = recall_number(s, "alert.told", &state.told)) == SKS_NOT_FOUND) {
		state.told = state.fed;
		e = SKS_OK;
	}
	state.fed_kept = state.fed;
	state.told_kept = state.told;
	if (e == SKS_OK && (e = rebuild(s)) == SKS_NOMEM)
		e = SKS_OK;
	return e;
}

static int
raise_all(struct server *s)
{
	static struct alert_raise raise;
	int e;

	while (
	    state.raised_count < ALERT_PENDING_MAX && alert_engine_take(state.engine, &raise))
		alerts_compose(s, &raise, &state.raised[state.raised_count++]);
	if (state.raised_count == 0)
		return SKS_OK;
	if ((e = turn_own(s, record_raised, NULL)) != SKS_OK)
		return e;
	state.raised_count = 0;
	state.fed_kept = state.fed;
	state.told_kept = state.told;
	return SKS_OK;
}

/* New records, and then the alerts that they raised, which are records themselves. */
static int
feed_and_raise(struct server *s)
{
	int64_t end = clock_monotonic_ms() + TICK_BUDGET_MS;
	uint64_t before;
	int e;

	do {
		before = state.fed;
		if ((e = feed_piece(s, before, &state.fed)) != SKS_OK)
			return e;
		alert_engine_tick(state.engine, clock_now().boot_ms);
		if ((e = raise_all(s)) != SKS_OK)
			return e;
	} while (state.fed != before && clock_monotonic_ms() < end);
	return SKS_OK;
}

int
alerts_on_reserve(struct server *s)
{
	const struct alert_rule *rule = find_rule(s->policy, "disk-nearly-full");
	static struct alert a;

	if (!state.on_reserve && rule != NULL && !rule->off) {
		a = (struct alert){.count = 1, .at_ms = clock_now().wall_ms};
		(void)snprintf(a.rule, sizeof(a.rule), "%s", rule->name);
		(void)snprintf(a.what, sizeof(a.what), "%s",
		    _("The disk of the log is full: only administrators get in."));
		delivery_add(s, &a, &rule->to);
	}
	state.on_reserve = true;
	return delivery_tick(s);
}

int
alerts_tick(struct server *s)
{
	static unsigned int tick;
	int e = is_of_policy(s) ? SKS_OK : rebuild(s);

	state.on_reserve = false;
	if (e == SKS_NOMEM) { /* the log has it all; the next second tries again */
		log_error("no memory for the alert rules: none is raised for now");
		return SKS_OK;
	}
	if (e == SKS_OK)
		e = feed_and_raise(s);
	if (e == SKS_OK)
		e = delivery_tick(s);
	if (e == SKS_OK && delivery_is_idle() && state.last_alert > state.told)
		state.told = state.last_alert;
	/* told: as soon as it is so, or a crash tells it again; fed: at leisure */
	if (e == SKS_OK && (state.told != state.told_kept ||
			       (tick++ % 64 == 0 && state.fed != state.fed_kept))) {
		if ((e = turn_own(s, keep_place, NULL)) == SKS_OK) {
			state.fed_kept = state.fed;
			state.told_kept = state.told;
		}
	}
	return e;
}

int
alerts_stop(struct server *s)
{
	return keep_place(s, NULL);
}

void
alerts_free(void)
{
	alert_engine_free(state.engine);
	state.engine = NULL;
}
