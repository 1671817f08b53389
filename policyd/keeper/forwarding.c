#include "error.h"
#include "keeper/forwarding.h"
#include "keeper/keeper.h"
#include "keeper/lag.h"
#include "log.h"
#include "policy/target.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	TARGETS_MAX = FORWARD_SYSLOG_MAX + 1,
	ASK_RECORDS = 512,
	ASK_IDLE_MS = 5000, /* is it still there, is there a new head? */
	ASK_WITHIN_MS = 10000,
	RETRY_MS = 1000, /* doubled up to */
	RETRY_MAX_MS = 8000,
	SILENT_MS = 60000, /* before a forwarder that gave no answer is asked again */
	KEEP_MS = 60000,
	KEPT_MAX = TARGETS_MAX * (TARGET_TEXT_MAX + 100),
};

static const char kept_name[] = "forward.places";

static struct {
	struct outflow flow[TARGETS_MAX];
	size_t count;
	char digest[POLICY_DIGEST_SIZE]; /* of the policy whose targets these are */
	bool started, from_start; /* from_start: the store is new */
	bool changed;             /* places, since they were kept */
	int64_t kept_ms;
	bool dead_said;
	char kept[KEPT_MAX];
} forwarding;

/* ---- places ------------------------------------------------------------------------------ */

/* "SEQ CHAIN SIZE BEHIND TARGET" a line. SKS_NOT_FOUND: this target was not there. */
static int
forwarding_recall(const char *target, struct forward_place *place, int64_t *behind_wall_ms)
{
	const char *line = forwarding.kept;

	while (*line != '\0') {
		struct forward_place p;
		char name[TARGET_TEXT_MAX + 1];
		int64_t behind;

		if (sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNd64 " %127[^\n]",
			&p.seq, &p.head_chain, &p.head_size, &behind, name) == 5 &&
		    strcmp(name, target) == 0) {
			*place = p;
			*behind_wall_ms = behind;
			return SKS_OK;
		}
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return SKS_NOT_FOUND;
}

static void
forwarding_write(char out[KEPT_MAX])
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < forwarding.count; i++) {
		const struct outflow *l = &forwarding.flow[i];
		int n = snprintf(out + used, KEPT_MAX - used,
		    "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %s\n", l->place.seq,
		    l->place.head_chain, l->place.head_size, l->behind_wall_ms, l->target);

		if (n < 0 || (size_t)n >= KEPT_MAX - used) {
			out[used] = '\0';
			return;
		}
		used += (size_t)n;
	}
}

int
forwarding_keep(struct server *s, void *context)
{
	char text[KEPT_MAX];
	int e;

	(void)context;
	if (!forwarding.started)
		return SKS_OK;
	forwarding_write(text);
	if (strcmp(text, forwarding.kept) == 0)
		return SKS_OK;
	if ((e = store_meta_set(s->store, kept_name, text)) == SKS_OK)
		memcpy(forwarding.kept, text, sizeof(text));
	return e;
}

/* ---- which targets ----------------------------------------------------------------------- */

static void
forwarding_add(const char *target, uint64_t size)
{
	int64_t now = clock_monotonic_ms();
	struct outflow *l = &forwarding.flow[forwarding.count];

	if (forwarding.count == TARGETS_MAX)
		return;
	for (size_t i = 0; i < forwarding.count; i++) {
		if (strcmp(forwarding.flow[i].target, target) == 0)
			return;
	}
	*l = (struct outflow){.retry_ms = RETRY_MS, .caught_ms = now, .goal_ms = now};
	(void)snprintf(l->target, sizeof(l->target), "%s", target);
	if (forwarding_recall(target, &l->place, &l->behind_wall_ms) != SKS_OK)
		l->place.seq = forwarding.from_start ? 0 : size;
	/* a log that was put back is shorter than what was sent of it */
	if (l->place.seq > size)
		l->place = (struct forward_place){.seq = size};
	forwarding.count++;
}

static bool
forwarding_has(const char *target)
{
	for (size_t i = 0; i < forwarding.count; i++) {
		if (strcmp(forwarding.flow[i].target, target) == 0)
			return true;
	}
	return false;
}

static bool
forwarding_wants_journal(const struct policy *p)
{
	return p->forward_journal == FORWARD_YES ||
	       (p->forward_journal == FORWARD_AUTO && access(TARGET_JOURNAL_SOCKET, F_OK) == 0);
}

/* Those of the policy in force. What was under way for one that stays goes on. */
static void
forwarding_choose(struct server *s, uint64_t size)
{
	const struct policy *p = s->policy;
	static struct outflow before[TARGETS_MAX];
	size_t count = forwarding.count;

	memcpy(before, forwarding.flow, sizeof(before));
	forwarding.count = 0;
	if (forwarding_wants_journal(p))
		forwarding_add(TARGET_JOURNAL_NAME, size);
	for (size_t i = 0; i < p->forward_syslog.count; i++)
		forwarding_add(p->forward_syslog.item[i], size);
	for (size_t i = 0; i < forwarding.count; i++) {
		for (size_t k = 0; k < count; k++) {
			if (strcmp(before[k].target, forwarding.flow[i].target) == 0)
				forwarding.flow[i] = before[k];
		}
	}
	forwarding.from_start = false;
	(void)snprintf(forwarding.digest, sizeof(forwarding.digest), "%s", p->digest);
	forwarding.changed = true;
}

int
forwarding_start(struct server *s)
{
	uint64_t size = 0;
	int e = store_log_size(s->store, &size);

	if (e != SKS_OK)
		return e;
	if (store_meta_get(s->store, kept_name, forwarding.kept, sizeof(forwarding.kept)) !=
	    SKS_OK)
		forwarding.kept[0] = '\0';
	forwarding.from_start = s->store_start == STORE_NEW;
	forwarding.started = true;
	forwarding_choose(s, size);
	return SKS_OK;
}

/* ---- asking the forwarder ---------------------------------------------------------------- */

static void forwarding_ask(struct server *s, struct outflow *l, int64_t now);

static struct outflow *
forwarding_find(const char *target)
{
	for (size_t i = 0; i < forwarding.count; i++) {
		if (strcmp(forwarding.flow[i].target, target) == 0)
			return &forwarding.flow[i];
	}
	return NULL;
}

struct asked { /* the policy may have changed when the answer comes */
	struct server *server;
	char target[TARGET_TEXT_MAX + 1];
};

static void
forwarding_take(struct outflow *l, const struct forward_answer *a, int64_t now)
{
	forwarding.changed |=
	    l->place.seq != a->place.seq || l->place.head_size != a->place.head_size;
	l->place = a->place;
	l->status = (int)a->status;
	l->shortened += a->shortened;
	(void)snprintf(l->why, sizeof(l->why), "%s", a->text);
	if (l->place.seq >= l->goal)
		l->caught_ms = l->goal_ms;
	if (l->status == SKS_UNREACHABLE) {
		l->ask_at_ms = now + l->retry_ms;
		l->retry_ms = l->retry_ms * 2 < RETRY_MAX_MS ? l->retry_ms * 2 : RETRY_MAX_MS;
	} else if (l->status == SKS_OK) {
		l->retry_ms = RETRY_MS;
	}
}

static void
forwarding_answered(
    void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct asked *x = ctx;
	struct outflow *l = forwarding_find(x->target);
	int64_t now = clock_monotonic_ms();

	(void)payload;
	(void)payload_len;
	if (l != NULL) {
		l->asked = false;
		if (error == SKS_OK) {
			forwarding_take(l, answer, now);
			if (((const struct forward_answer *)answer)->more)
				forwarding_ask(x->server, l, now);
		} else {
			l->status = SKS_TIMEOUT;
			(void)snprintf(l->why, sizeof(l->why), "the forwarder gave no answer");
			l->ask_at_ms = now + SILENT_MS;
		}
	}
	free(x);
}

static void
forwarding_ask(struct server *s, struct outflow *l, int64_t now)
{
	struct forward_call call = {.place = l->place, .limit = ASK_RECORDS};
	struct asked *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return;
	x->server = s;
	l->asked_ms = now;
	(void)snprintf(x->target, sizeof(x->target), "%s", l->target);
	(void)snprintf(call.target, sizeof(call.target), "%s", l->target);
	call.classes = s->policy->forward_classes != 0 ? s->policy->forward_classes : ~0U;
	l->asked = helper_send(s->forwarder, FORWARD_REQUEST, &forward_call_fields, &call, NULL,
		       0, forwarding_answered, x, now + ASK_WITHIN_MS) == SKS_OK;
	if (!l->asked)
		free(x);
}

/* Nothing depends on it but the targets: no reason to end. */
static bool
forwarding_is_dead(struct server *s)
{
	if (s->forwarder != NULL && !helper_is_dead(s->forwarder))
		return false;
	if (!forwarding.dead_said)
		log_error("the forwarder has ended: records are kept, and forwarded when the "
			  "daemon is started again");
	forwarding.dead_said = true;
	for (size_t i = 0; i < forwarding.count; i++) {
		forwarding.flow[i].status = SKS_TIMEOUT;
		(void)snprintf(forwarding.flow[i].why, sizeof(forwarding.flow[i].why),
		    "the forwarder has ended");
	}
	return true;
}

static int
forwarding_keep_due(struct server *s, int64_t now)
{
	int e;

	if (!forwarding.changed || now - forwarding.kept_ms < KEEP_MS ||
	    s->space >= STORE_SPACE_LOW)
		return SKS_OK;
	forwarding.kept_ms = now;
	forwarding.changed = false;
	e = turn_own(s, forwarding_keep, NULL);
	return e == SKS_FULL || e == SKS_CONFLICT ? SKS_OK : e;
}

int
forwarding_tick(struct server *s)
{
	int64_t now = clock_monotonic_ms();
	uint64_t size = 0;
	bool dead;
	int e;

	if (!forwarding.started || (e = store_log_size(s->store, &size)) != SKS_OK)
		return SKS_OK;
	if (strcmp(forwarding.digest, s->policy->digest) != 0 ||
	    (!forwarding_has(TARGET_JOURNAL_NAME) && forwarding_wants_journal(s->policy)))
		forwarding_choose(s, size);
	dead = forwarding_is_dead(s);
	for (size_t i = 0; i < forwarding.count; i++) {
		struct outflow *l = &forwarding.flow[i];

		if (l->place.seq >= l->goal) { /* the next one to reach */
			l->goal = size;
			l->goal_ms = now;
			if (l->place.seq >= size)
				l->caught_ms = now;
		}
		if (!dead && !l->asked && now >= l->ask_at_ms &&
		    (l->place.seq < size || now - l->asked_ms >= ASK_IDLE_MS))
			forwarding_ask(s, l, now);
		if ((e = lag_look(s, l, size, now)) != SKS_OK)
			return e;
	}
	return forwarding_keep_due(s, now);
}

/* ---- status ------------------------------------------------------------------------------ */

json_t *
forwarding_status(struct server *s)
{
	json_t *list = json_array();
	uint64_t size = 0;

	(void)store_log_size(s->store, &size);
	for (size_t i = 0; list != NULL && i < forwarding.count; i++) {
		const struct outflow *l = &forwarding.flow[i];

		(void)json_array_append_new(list,
		    json_pack("{s:s,s:I,s:I,s:I,s:I,s:s,s:s}", "target", l->target, "place",
			(json_int_t)l->place.seq, "behind", (json_int_t)lag_count(l, size),
			"since", (json_int_t)l->behind_wall_ms, "shortened",
			(json_int_t)l->shortened, "state",
			l->status == SKS_OK ? "ok" : lag_reason(l->status), "why",
			l->why[0] == '\0' && l->behind_wall_ms != 0 ? "catching up" : l->why));
	}
	return list;
}
