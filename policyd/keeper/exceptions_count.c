/* How many entries of the register somebody has to look at, or everybody should know of. */
#include "error.h"
#include "keeper/contingency.h"
#include "keeper/exceptions.h"
#include <string.h>

static int
sum_one(struct server *s, struct store_exception *x, void *context)
{
	struct exceptions_summary *sum = context;
	bool active = x->state == EXCEPTION_ACTIVE;
	bool review = strcmp(x->kind, "break-glass") == 0;

	(void)s;
	sum->active += active;
	sum->unapproved += active && !review && x->judged != EXCEPTION_GRANTED;
	sum->reviews += active && review;
	sum->overdue += x->chased && x->report_due_ms != 0;
	return SKS_OK;
}

int
exceptions_summary(struct server *s, struct exceptions_summary *out)
{
	memset(out, 0, sizeof(*out));
	return exceptions_each(s, sum_one, out);
}

struct concerned {
	const char *person;
	uint32_t due;
};

static int
look_at_due(struct server *s, struct store_exception *x, void *context)
{
	struct concerned *c = context;
	struct store_request q;

	if (x->report_due_ms != 0 &&
	    store_request_get(s->store, 'E', x->number, &q) == SKS_OK &&
	    strcmp(q.person, c->person) == 0)
		c->due++;
	return SKS_OK;
}

static const struct strings *
approvers_of(const struct policy *p, char kind)
{
	switch (kind) {
	case 'E':
		return &p->exception_approvers;
	case 'B':
		return &p->bypass_approvers;
	case 'P':
		return &p->change_approvers;
	default:
		return NULL;
	}
}

int
exceptions_waiting(struct server *s, const char *user, uint32_t uid, const char *groups,
    uint32_t *waiting, uint32_t *due)
{
	static struct store_request q[REQUESTS_LIST_MAX];
	struct concerned c = {.person = policy_person(s->policy, user)};
	size_t n = 0;
	int e = store_request_list(s->store, q, REQUESTS_LIST_MAX, &n);

	*waiting = 0;
	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		const struct strings *list = approvers_of(s->policy, q[i].kind);
		bool may = list != NULL && policy_may_approve(s->policy, list, user, uid, groups);

		if (q[i].kind == 'E')
			(void)contingency_may_answer(s, &q[i], user, groups, &may);
		*waiting += may && strcmp(q[i].person, c.person) != 0;
	}
	if (e == SKS_OK)
		e = exceptions_each(s, look_at_due, &c);
	*due = c.due;
	return e;
}
