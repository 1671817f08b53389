#include "prove.h"

#include "control.h"
#include "search.h"
#include <security/_pam_types.h>
#include <stdio.h>
#include <string.h>

static const struct {
	enum stack_type type;
	uint32_t fact;
} kinds[HOLE_KINDS] = {
    [HOLE_FIRST] = {STACK_AUTH, FACT_FIRST},
    [HOLE_SECOND] = {STACK_AUTH, FACT_SECOND},
    [HOLE_COUNTED] = {STACK_AUTH, FACT_COUNTED},
    [HOLE_POLICY] = {STACK_ACCOUNT, FACT_POLICY},
    [HOLE_HOST] = {STACK_ACCOUNT, FACT_HOST},
    [HOLE_RECORDED] = {STACK_SESSION, FACT_RECORDED},
};

enum stack_type
prove_type(enum hole_kind kind)
{
	return kinds[kind].type;
}

/* What the calling program takes for success. An expired password lets in, once it is changed.
 */
static bool
prove_is_success(const struct search *s, int result)
{
	return result == PAM_SUCCESS ||
	       (result == PAM_NEW_AUTHTOK_REQD && s->place->type == STACK_ACCOUNT);
}

static bool
prove_ends_without(const struct search *s, int result, uint32_t facts)
{
	if (!prove_is_success(s, result))
		return false;
	if (s->wanted == FACT_COUNTED)
		return (facts & FACT_UNCOUNTED) != 0;
	return (facts & s->wanted) == 0;
}

static bool
prove_ends_well(const struct search *s, int result, uint32_t facts)
{
	(void)facts;
	return prove_is_success(s, result);
}

/* ---- which line is it? --------------------------------------------------------------------
 */

/* The step of the way that asked the line; -1: it was not asked. */
static long
prove_step_of(const struct search_way *way, size_t at)
{
	for (size_t i = 0; i < way->count; i++) {
		if (way->step[i].at == at)
			return (long)i;
	}
	return -1;
}

/* The step behind which the way left the line out. */
static size_t
prove_skipper(const struct search_way *way, size_t at)
{
	size_t last = 0;

	for (size_t i = 0; i < way->count && way->step[i].at < at; i++)
		last = i;
	return last;
}

/* A line on the way, behind the step, that always refuses; -1: none. */
static long
prove_refusal(const struct search *s, const struct search_way *way, long after)
{
	for (size_t i = (size_t)(after + 1); i < way->count; i++) {
		if (module_always_refuses(&s->stack->line[way->step[i].at], s->place))
			return (long)i;
	}
	return -1;
}

/* The last line that made the stack succeed. */
static size_t
prove_grantor(const struct search *s, const struct search_way *way)
{
	for (size_t i = way->count; i-- > 0;) {
		const struct stack_line *l = &s->stack->line[way->step[i].at];
		int action = walk_action(l, way->step[i].value);

		if (action == ACTION_OK || action == ACTION_DONE)
			return i;
	}
	return way->count - 1;
}

/* Why a line that answered did not prove it. */
static enum hole_cause
prove_cause_of(const struct stack_line *l, int value)
{
	if (value != PAM_SUCCESS || !module_is_ours(l))
		return CAUSE_PASSES;
	if (stack_line_has(l, "observe"))
		return CAUSE_OBSERVE;
	if (stack_line_has(l, "fail=open"))
		return CAUSE_OPEN;
	for (size_t i = 0; i < l->arg_count; i++) {
		if (strncmp(l->arg[i], "token=", 6) == 0)
			return CAUSE_TOKEN;
	}
	return CAUSE_ORDER;
}

/* A password was evaluated that nobody had charged: by the module that evaluates, unless a
 * preauth line was asked before it and did not count. */
static size_t
prove_blame_uncounted(
    const struct search *s, const struct search_way *way, enum hole_cause *cause)
{
	size_t preauth = way->count;

	for (size_t i = 0; i < way->count; i++) {
		const struct stack_line *l = &s->stack->line[way->step[i].at];

		if (module_can_prove(l, s->place, FACT_COUNTED)) {
			preauth = i;
		} else if (module_can_prove(l, s->place, FACT_FIRST) && !module_is_ours(l) &&
			   way->step[i].value == PAM_SUCCESS) {
			if (preauth < way->count) {
				*cause = prove_cause_of(&s->stack->line[way->step[preauth].at],
				    way->step[preauth].value);
				return preauth;
			}
			*cause = CAUSE_ORDER;
			return i;
		}
	}
	*cause = CAUSE_ORDER;
	return way->count - 1;
}

/* The step whose line allows the way. */
static size_t
prove_blame(const struct search *s, const struct search_way *way, enum hole_cause *cause)
{
	size_t last = s->stack->count;
	long step, refusal;

	if (s->wanted == FACT_COUNTED)
		return prove_blame_uncounted(s, way, cause);
	for (size_t i = 0; i < s->stack->count; i++) {
		if (module_can_prove(&s->stack->line[i], s->place, s->wanted))
			last = i;
	}
	if (last == s->stack->count) {
		*cause = CAUSE_MISSING;
		return prove_grantor(s, way);
	}
	step = prove_step_of(way, last);
	if (step < 0) {
		*cause = CAUSE_SKIPPED;
		return prove_skipper(way, last);
	}
	refusal = prove_refusal(s, way, step);
	if (refusal >= 0) {
		*cause = CAUSE_REFUSAL;
		return (size_t)refusal;
	}
	*cause = prove_cause_of(&s->stack->line[last], way->step[step].value);
	return (size_t)step;
}

/* ---- what is told -------------------------------------------------------------------------
 */

static void
prove_describe(const struct search *s, const struct search_way *way, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < way->count && used < size; i++) {
		const struct stack_line *l = &s->stack->line[way->step[i].at];
		const char *base = l->module == NULL ? "?" : strrchr(l->module, '/');
		const char *word = "";

		base = base == NULL ? l->module : base + (*base == '/');
		if (module_is_ours(l) && l->arg_count > 0)
			word = l->arg[0];
		if (size - used < 80 && i + 1 < way->count) { /* the end tells more */
			used += (size_t)snprintf(out + used, size - used, ", …");
			return;
		}
		used += (size_t)snprintf(out + used, size - used, "%s%.*s%s%.16s=%s",
		    used == 0 ? "" : ", ", (int)(strlen(base) > 40 ? 40 : strcspn(base, ".")),
		    base, *word == '\0' ? "" : " ", word,
		    control_return_word(way->step[i].value));
	}
}

static void
prove_tell(const struct search *s, const struct search_way *way, enum hole_kind kind,
    struct search_block *block, struct hole *out)
{
	size_t step = prove_blame(s, way, &out->cause);
	const struct stack_line *line = &s->stack->line[way->step[step].at];

	out->kind = kind;
	out->line = line;
	out->by_root = (way->facts & FACT_ROOT) != 0;
	out->by_unknown =
	    (kind == HOLE_FIRST || kind == HOLE_HOST) && (way->facts & FACT_UNKNOWN) != 0;
	prove_describe(s, way, out->way, sizeof(out->way));
	block->line = line;
	block->action = walk_action(line, way->step[step].value);
}

int
prove_find(const struct stack *stack, const struct module_place *place, enum hole_kind kind,
    struct hole *out, size_t max)
{
	/* the plain ways first: what root alone may do, or what hangs on a module that is not
	 * known, is told only where nothing worse leads past the same line */
	static const uint32_t allowed[] = {
	    ~(uint32_t)(FACT_ROOT | FACT_UNKNOWN), ~(uint32_t)FACT_ROOT, ~(uint32_t)0};
	struct search s = {.stack = stack,
	    .place = place,
	    .ends = prove_ends_without,
	    .wanted = kinds[kind].fact};
	static struct search_way way;
	size_t n = 0;

	if (stack->count == 0)
		return 0;
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		int r;

		s.allowed = allowed[i];
		while (n < max && s.block_count < SEARCH_BLOCKS_MAX &&
		       (r = search_run(&s, &way)) != 0) {
			if (r < 0 || way.count == 0)
				return -1;
			prove_tell(&s, &way, kind, &s.block[s.block_count++], &out[n++]);
			if (out[n - 1].cause == CAUSE_MISSING)
				return (int)n;
		}
	}
	return (int)n;
}

bool
prove_is_open(const struct stack *stack, const struct module_place *place)
{
	struct search s = {
	    .stack = stack, .place = place, .ends = prove_ends_well, .allowed = ~(uint32_t)0};
	static struct search_way way;

	return search_run(&s, &way) != 0;
}
