#include "policy/exceptions.h"

#include <stdio.h>
#include <string.h>

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

void
exceptions_set_defaults(struct policy *p)
{
	p->exception_max_ms = 90 * DAY_MS;
	p->emergency_max_ms = DAY_MS;
	p->exception_report_ms = 14 * DAY_MS;
	p->bypass_max_ms = DAY_MS / 24;
}

void
exceptions_free(struct policy *p)
{
	strings_free(&p->exception_approvers);
	strings_free(&p->bypass_approvers);
	strings_free(&p->reviewers);
	strings_free(&p->change_approvers);
}

/* ---- who approves ------------------------------------------------------------------------- */

bool
policy_may_approve(const struct policy *p, const struct strings *list, const char *name,
    uint32_t uid, const char *groups)
{
	return list->count > 0 ? policy_is_among(list, name, groups)
			       : policy_is_administrator(p, name, uid);
}

bool
policy_approvers_need_groups(const struct policy *p)
{
	const struct strings *const lists[] = {&p->exception_approvers, &p->bypass_approvers,
	    &p->reviewers, &p->change_approvers};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (size_t j = 0; j < lists[i]->count; j++) {
			if (lists[i]->item[j][0] == '@')
				return true;
		}
	}
	return false;
}

/* ---- what is weaker ----------------------------------------------------------------------- */

struct collected {
	struct weakening *out;
	size_t max, count;
};

/* what: "" for the whole host, else the kind of thing that name names. */
static void
collect(struct collected *c, const char *kind, const char *what, const char *name,
    int64_t end_wall_ms)
{
	struct weakening *w = &c->out[c->count];

	if (c->count == c->max)
		return;
	c->count++;
	*w = (struct weakening){.kind = kind, .service = "*", .end_wall_ms = end_wall_ms};
	(void)snprintf(w->origin, sizeof(w->origin), "%s:%s:%s", kind, what, name);
	(void)snprintf(w->subject, sizeof(w->subject), "*");
	if (strcmp(what, "service") == 0)
		w->service = name;
	else if (strcmp(what, "group") == 0)
		(void)snprintf(w->subject, sizeof(w->subject), "@%s", name);
	else if (strcmp(what, "account") == 0)
		(void)snprintf(w->subject, sizeof(w->subject), "%s", name);
}

/* A service account has no second factor; where it has power as well, that is an exception. */
static bool
is_privileged(const struct policy *p, const struct account *a)
{
	if (strcmp(a->name, "root") == 0 || policy_is_among(&p->administrators, a->name, NULL))
		return true;
	for (size_t i = 0; i < p->role_count; i++) {
		if (policy_is_among(&p->role[i].members, a->name, NULL))
			return true;
	}
	return false;
}

void
policy_weakenings(const struct policy *p, struct weakening *out, size_t max, size_t *count)
{
	struct collected c = {.out = out, .max = max};

	if (p->observe.on)
		collect(&c, "observe", "host", "", p->observe.end_wall_ms);
	for (size_t i = 0; i < p->service_count; i++) {
		const struct service *s = &p->service[i];

		if (s->observe.on)
			collect(&c, "observe", "service", s->name, s->observe.end_wall_ms);
	}
	for (size_t i = 0; i < p->group_count; i++) {
		const struct group_policy *g = &p->group[i];

		if (g->observe.on)
			collect(&c, "observe", "group", g->name, g->observe.end_wall_ms);
		if (g->grace.on)
			collect(&c, "grace", "group", g->name, g->grace.end_wall_ms);
	}
	if (p->password.passphrase)
		collect(&c, "passphrase", "host", "", 0);
	for (size_t i = 0; i < p->account_count; i++) {
		if (p->account[i].class == CLASS_SERVICE && is_privileged(p, &p->account[i]))
			collect(&c, "service-account", "account", p->account[i].name, 0);
	}
	*count = c.count;
}
