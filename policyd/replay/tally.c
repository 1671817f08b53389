#include "replay/tally.h"

#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t
hash_bytes(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *at = data;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * UINT64_C(1099511628211);
	return hash;
}

static uint64_t
hash_text(uint64_t hash, const char *text)
{
	return hash_bytes(hash, text, strlen(text) + 1);
}

static const uint64_t hash_begin = UINT64_C(14695981039346656037);

/* ---- logins ------------------------------------------------------------------------------ */

/* A connection is one login in all its processes; elsewhere one process has all phases. */
static uint64_t
login_hash(const struct recorded *r)
{
	const struct request *q = &r->request;
	uint64_t hash = hash_text(hash_begin, q->user);

	if (!recorded_is_login(r))
		return 0;
	if (q->connection[0] != '\0') {
		hash = hash_text(hash, q->connection);
	} else {
		hash = hash_bytes(hash, &q->pid, sizeof(q->pid));
		hash = hash_bytes(hash, &q->pid_start, sizeof(q->pid_start));
	}
	return hash != 0 ? hash : 1;
}

bool
tally_is_known(const struct tally *t, const struct recorded *r)
{
	uint64_t hash = login_hash(r);

	return hash != 0 && t->login[hash % TALLY_LOGINS] == hash;
}

void
tally_note(struct tally *t, const struct recorded *r)
{
	uint64_t hash = login_hash(r);

	t->login[hash % TALLY_LOGINS] = hash;
}

/* ---- groups ------------------------------------------------------------------------------ */

void
tally_init(struct tally *t, struct replay_result *result)
{
	memset(t, 0, sizeof(*t));
	memset(result, 0, sizeof(*result));
	t->result = result;
}

static uint64_t
group_hash(const struct replay_group *g)
{
	const uint32_t number[] = {g->before_kind, g->before_reason, g->after_kind,
	    g->after_reason, g->missing, g->before_observed, g->after_observed};
	uint64_t hash = hash_text(hash_text(hash_begin, g->account), g->service);

	hash = hash_text(hash_text(hash, g->before_rule), g->after_rule);
	return hash_bytes(hash, number, sizeof(number));
}

static bool
group_is(const struct replay_group *a, const struct replay_group *b)
{
	return strcmp(a->account, b->account) == 0 && strcmp(a->service, b->service) == 0 &&
	       strcmp(a->before_rule, b->before_rule) == 0 &&
	       strcmp(a->after_rule, b->after_rule) == 0 && a->before_kind == b->before_kind &&
	       a->before_reason == b->before_reason && a->after_kind == b->after_kind &&
	       a->after_reason == b->after_reason && a->missing == b->missing &&
	       a->before_observed == b->before_observed &&
	       a->after_observed == b->after_observed;
}

/* The group that is like g, made where there is none; NULL when there is no room. */
static struct replay_group *
group_find(struct tally *t, const struct replay_group *g)
{
	struct replay_result *result = t->result;
	size_t at = (size_t)(group_hash(g) % TALLY_SLOTS);

	for (; t->slot[at] != 0; at = (at + 1) % TALLY_SLOTS)
		if (group_is(&result->group[t->slot[at] - 1], g))
			return &result->group[t->slot[at] - 1];
	if (result->group_count == REPLAY_GROUPS_MAX)
		return NULL;
	result->group[result->group_count] = *g;
	result->group[result->group_count].times = 0;
	t->slot[at] = (uint16_t)++result->group_count;
	return &result->group[result->group_count - 1];
}

static void
group_count(struct tally *t, const struct replay_group *g)
{
	struct replay_group *mine = group_find(t, g);

	if (mine == NULL) {
		t->result->unlisted += g->times;
		return;
	}
	mine->times += g->times;
	if (g->last_seq > mine->last_seq) {
		mine->last_seq = g->last_seq;
		mine->last_wall_ms = g->last_wall_ms;
	}
}

void
tally_add(struct tally *t, const struct recorded *r, const struct record *header,
    const struct replay_end *before, const struct replay_end *after)
{
	static struct replay_group g;

	g = (struct replay_group){.before_kind = before->kind,
	    .before_reason = before->reason,
	    .before_observed = before->observed,
	    .after_kind = after->kind,
	    .after_reason =
		after->kind == REPLAY_UNKNOWN ? (uint32_t)REASON_NONE : after->reason,
	    .after_observed = after->observed,
	    .missing = after->missing,
	    .times = 1,
	    .last_seq = header->seq,
	    .last_wall_ms = header->wall_ms};
	(void)text_clean(g.account, sizeof(g.account),
	    r->is_sudo      ? r->sudo.user
	    : r->is_command ? r->command.user
			    : r->request.user);
	if (r->is_sudo)
		(void)snprintf(g.service, sizeof(g.service), "sudo");
	else if (r->is_command)
		(void)snprintf(g.service, sizeof(g.service), "sekisho %s", r->claim.verb);
	else
		(void)text_clean(g.service, sizeof(g.service), r->request.service);
	(void)text_clean(g.before_rule, sizeof(g.before_rule), before->rule);
	(void)text_clean(g.after_rule, sizeof(g.after_rule), after->rule);
	group_count(t, &g);
	t->result->changed[after->kind]++;
	tally_note(t, r);
}

void
tally_merge(struct tally *t, const struct replay_result *from)
{
	struct replay_result *to = t->result;

	to->decisions += from->decisions;
	to->followed += from->followed;
	to->sums += from->sums;
	to->deleted += from->deleted;
	to->damaged += from->damaged;
	to->unlisted += from->unlisted;
	for (size_t i = 0; i < REPLAY_ENDS; i++)
		to->changed[i] += from->changed[i];
	if (from->first_wall_ms != 0 &&
	    (to->first_wall_ms == 0 || from->first_wall_ms < to->first_wall_ms))
		to->first_wall_ms = from->first_wall_ms;
	if (from->last_wall_ms > to->last_wall_ms)
		to->last_wall_ms = from->last_wall_ms;
	for (size_t i = 0; i < from->group_count && i < REPLAY_GROUPS_MAX; i++)
		group_count(t, &from->group[i]);
}

/* Who would be worse off first, then the most frequent, then by name. */
static int
group_compare(const void *left, const void *right)
{
	static const int rank[REPLAY_ENDS] = {[REPLAY_REFUSED] = 0,
	    [REPLAY_UNKNOWN] = 1,
	    [REPLAY_ASKED] = 2,
	    [REPLAY_TRIED] = 3,
	    [REPLAY_IN] = 4};
	const struct replay_group *a = left, *b = right;
	int order = rank[a->after_kind] - rank[b->after_kind];

	if (order == 0)
		order = (a->times < b->times) - (a->times > b->times);
	if (order == 0)
		order = strcmp(a->account, b->account);
	return order != 0 ? order : strcmp(a->service, b->service);
}

void
tally_sort(struct replay_result *result)
{
	qsort(result->group, result->group_count, sizeof(result->group[0]), group_compare);
}
