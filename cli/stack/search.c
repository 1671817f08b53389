#include "search.h"

#include <security/_pam_types.h>
#include <stdlib.h>
#include <string.h>

enum { NOBODY = -1, TABLE_FIRST = 1024 };

struct node {
	struct walk walk;
	uint32_t facts;
	int32_t parent;
	int32_t value; /* the answer that led here */
};

struct states {
	struct node *node; /* owned; in the order in which they were found */
	size_t count, room;
	int32_t *table; /* owned; open addressing, index + 1 */
	size_t size;    /* of the table, a power of two, never more than half full */
};

static uint64_t
states_hash(const struct node *n)
{
	const unsigned char *p = (const unsigned char *)&n->walk;
	uint64_t h = 1469598103934665603u ^ n->facts;

	for (size_t i = 0; i < sizeof(n->walk); i++)
		h = (h ^ p[i]) * 1099511628211u;
	return h ^ h >> 29;
}

/* Where the state is, or belongs. */
static size_t
states_slot(const struct states *s, const struct node *n)
{
	size_t at = states_hash(n) & (s->size - 1);

	for (; s->table[at] != 0; at = (at + 1) & (s->size - 1)) {
		const struct node *other = &s->node[s->table[at] - 1];

		if (other->facts == n->facts &&
		    memcmp(&other->walk, &n->walk, sizeof(n->walk)) == 0)
			break;
	}
	return at;
}

static void
states_grow(struct states *s)
{
	free(s->table);
	s->size = s->size == 0 ? TABLE_FIRST : s->size * 2;
	s->room = s->size / 2;
	s->table = calloc(s->size, sizeof(*s->table));
	s->node = reallocarray(s->node, s->room, sizeof(*s->node));
	if (s->table == NULL || s->node == NULL)
		abort();
	for (size_t i = 0; i < s->count; i++)
		s->table[states_slot(s, &s->node[i])] = (int32_t)(i + 1);
}

/* false: there is no room for more. */
static bool
states_add(struct states *s, const struct node *n)
{
	size_t at;

	if (s->count == s->room)
		states_grow(s);
	at = states_slot(s, n);
	if (s->table[at] != 0)
		return true;
	if (s->count >= SEARCH_STATES_MAX)
		return false;
	s->node[s->count++] = *n;
	s->table[at] = (int32_t)s->count;
	return true;
}

static bool
search_is_blocked(const struct search *s, const struct stack_line *line, int value)
{
	for (size_t i = 0; i < s->block_count; i++) {
		const struct search_block *b = &s->block[i];

		if (b->line == line && b->action == walk_action(line, value))
			return true;
	}
	return false;
}

/* Statuses that end alike are one, and what is remembered of levels that were left is nothing.
 */
static void
search_normalise(const struct stack *stack, struct walk *w)
{
	unsigned int level = w->previous;

	if (w->at < stack->count && stack->line[w->at].level > level)
		level = stack->line[w->at].level;
	if (w->status != PAM_SUCCESS && w->status != PAM_NEW_AUTHTOK_REQD)
		w->status = PAM_PERM_DENIED;
	for (unsigned int i = level + 1; i < STACK_LEVELS; i++) {
		w->frame_status[i] = 0;
		w->frame_impression[i] = 0;
	}
}

/* All answers of the line that the node stands at. */
static bool
search_expand(const struct search *s, struct states *states, size_t from)
{
	/* the usual answers first: they are what a reader understands at once */
	static const int first[] = {PAM_SUCCESS, PAM_AUTH_ERR, PAM_PERM_DENIED, PAM_SESSION_ERR,
	    PAM_IGNORE, PAM_USER_UNKNOWN};
	const size_t n = sizeof(first) / sizeof(first[0]);

	for (size_t i = 0; i <= n + STACK_RETURNS; i++) {
		struct node next = states->node[from];
		const struct stack_line *line = &s->stack->line[next.walk.at];

		next.value = i < n ? first[i] : (int)(i - n);
		next.parent = (int32_t)from;
		if (!module_may_answer(line, s->place, next.value, &next.facts) ||
		    (next.facts & ~s->allowed) != 0 || search_is_blocked(s, line, next.value))
			continue;
		walk_step(s->stack, &next.walk, next.value, WALK_NOT_FROZEN);
		search_normalise(s->stack, &next.walk);
		if (!states_add(states, &next))
			return false;
	}
	return true;
}

static void
search_trace(const struct states *states, size_t end, struct search_way *way)
{
	const struct node *n = &states->node[end];

	way->facts = n->facts;
	way->count = 0;
	for (; n->parent != NOBODY && way->count < SEARCH_WAY_MAX; n = &states->node[n->parent])
		way->step[way->count++] = (struct search_step){
		    .at = states->node[n->parent].walk.at, .value = n->value};
	for (size_t i = 0; i < way->count / 2; i++) {
		struct search_step swapped = way->step[i];

		way->step[i] = way->step[way->count - 1 - i];
		way->step[way->count - 1 - i] = swapped;
	}
}

int
search_run(const struct search *s, struct search_way *way)
{
	struct states states = {0};
	struct node start = {.parent = NOBODY};
	int found = 0;

	walk_start(s->stack, &start.walk);
	(void)states_add(&states, &start);
	for (size_t i = 0; i < states.count && found == 0; i++) {
		const struct node *n = &states.node[i];

		if (walk_is_over(s->stack, &n->walk)) {
			if (s->ends(s, walk_result(&n->walk), n->facts)) {
				search_trace(&states, i, way);
				found = 1;
			}
		} else if (!search_expand(s, &states, i)) {
			found = -1;
		}
	}
	free(states.table);
	free(states.node);
	return found;
}
