#include "judge.h"

#include <string.h>

#define KIND(kind) (1u << (kind))

enum {
	KINDS_AUTH = KIND(HOLE_SECOND) | KIND(HOLE_COUNTED),
	KINDS_PEOPLE = KIND(HOLE_FIRST) | KIND(HOLE_HOST),
};

/* The services that have to ask, whatever stands in their files. */
static bool
judge_must_ask(const char *service)
{
	static const char *const services[] = {
	    "sshd", "login", "su", "su-l", "sudo", "sudo-i", NULL};

	for (const char *const *name = services; *name != NULL; name++) {
		if (strcmp(*name, service) == 0)
			return true;
	}
	return false;
}

static bool
judge_has_ours(const struct stack_service *s, enum stack_type type)
{
	const struct stack *stack = stack_lines(s, type);

	for (size_t i = 0; i < stack->count; i++) {
		if (module_is_ours(&stack->line[i]))
			return true;
	}
	return false;
}

/*
 * Who comes from elsewhere, sits at the console or becomes somebody else has to pass all of it
 * once Sekisho is in the stack at all. Tools and lockers of one's own session use the phases
 * they need. Nobody is there to be asked in cron's.
 */
static unsigned int
judge_kinds(const struct stack_service *s, enum service_class class, bool any)
{
	unsigned int kinds = KINDS_PEOPLE;

	if (class == SERVICE_SCHEDULED || class == SERVICE_NON_INTERACTIVE)
		kinds = 0;
	else if (judge_has_ours(s, STACK_AUTH))
		kinds |= KINDS_AUTH;
	if (judge_has_ours(s, STACK_ACCOUNT))
		kinds |= KIND(HOLE_POLICY) | KIND(HOLE_HOST);
	if (judge_has_ours(s, STACK_SESSION))
		kinds |= KIND(HOLE_RECORDED);
	if (!any)
		return kinds;
	if (class == SERVICE_REMOTE || class == SERVICE_CONSOLE || class == SERVICE_ELEVATION)
		return kinds | KINDS_AUTH | KIND(HOLE_POLICY) | KIND(HOLE_RECORDED);
	if (class == SERVICE_SCHEDULED)
		return kinds | KIND(HOLE_POLICY) | KIND(HOLE_HOST) | KIND(HOLE_RECORDED);
	return kinds;
}

/* Daemons that let people in run as root themselves: there pam_rootok lets in everybody. */
enum weight
judge_weigh(const struct hole *hole, enum service_class class)
{
	if (hole->by_root && (class == SERVICE_ELEVATION || class == SERVICE_REAUTHENTICATION ||
				 class == SERVICE_NON_INTERACTIVE))
		return WEIGHT_BY_DESIGN;
	if (hole->by_unknown || (hole->by_root && class == SERVICE_UNKNOWN))
		return WEIGHT_DOUBT;
	return WEIGHT_HOLE;
}

static void
judge_kind(const struct stack_service *s, struct module_place *place, enum hole_kind kind,
    struct judgement *out)
{
	size_t room = sizeof(out->hole) / sizeof(out->hole[0]) - out->count;
	int n;

	place->type = prove_type(kind);
	n = prove_find(stack_lines(s, place->type), place, kind, out->hole + out->count,
	    room > HOLES_MAX ? HOLES_MAX : room);
	if (n < 0) {
		out->too_many = true;
		return;
	}
	for (int i = 0; i < n; i++) {
		const struct hole *h = &out->hole[out->count];

		if (judge_weigh(h, place->class) == WEIGHT_BY_DESIGN) {
			out->by_design = h->line;
			memmove(out->hole + out->count, out->hole + out->count + 1,
			    (size_t)(n - i - 1) * sizeof(*h));
		} else {
			out->count++;
		}
	}
}

/* Where a way leaves out the first factor the second has nothing to build on: one hole. */
static void
judge_drop_echoes(struct judgement *out)
{
	size_t kept = 0;
	bool first = false;

	for (size_t i = 0; i < out->count; i++)
		first = first || out->hole[i].kind == HOLE_FIRST;
	for (size_t i = 0; i < out->count; i++) {
		const struct hole *h = &out->hole[i];

		if (!first || h->kind != HOLE_SECOND || h->cause != CAUSE_ORDER)
			out->hole[kept++] = *h;
	}
	out->count = kept;
}

void
judge_service(const struct stack_service *s, enum service_class class, struct judgement *out)
{
	struct module_place place = {.class = class, .service = s->name};

	memset(out, 0, sizeof(*out));
	for (int type = 0; type < STACK_TYPES; type++)
		out->has_ours = out->has_ours || judge_has_ours(s, (enum stack_type)type);
	if (s->refused)
		return;
	out->kinds = judge_kinds(s, class, out->has_ours || judge_must_ask(s->name));
	for (int kind = 0; kind < HOLE_KINDS; kind++) {
		if ((out->kinds & KIND(kind)) != 0)
			judge_kind(s, &place, (enum hole_kind)kind, out);
	}
	judge_drop_echoes(out);
	for (int type = STACK_AUTH; type <= STACK_SESSION; type++) {
		place.type = (enum stack_type)type;
		if (out->has_ours && s->own[type].count > 0 &&
		    !prove_is_open(stack_lines(s, place.type), &place))
			out->closed |= 1u << type;
	}
}
