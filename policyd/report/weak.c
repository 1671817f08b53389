/* What the policy in force weakens, and who could have had a role and did not. */
#include "accounts.h"
#include "report/report.h"
#include "report/write.h"
#include <stdio.h>
#include <string.h>

/* ---- weakenings -------------------------------------------------------------------------- */

struct weak {
	struct write *w;
	int64_t now_ms;
};

/* What it is: one of the page's texts, with what is filled in there. */
static void
weak_row(const struct weak *k, const char *state, const char *say, const char *name,
    const char *detail, int64_t until, uint64_t seq)
{
	write_open(k->w, '{');
	write_key_str(k->w, "state", state);
	write_key_str(k->w, "say", say);
	write_key_str(k->w, "name", name);
	write_key_str(k->w, "detail", detail);
	write_key_int(k->w, "until", until);
	write_key(k->w, "utc"); /* the policy's days end with UTC's */
	write_bool(k->w, true);
	write_key_int(k->w, "seq", (int64_t)seq);
	write_close(k->w, '}');
}

static void
weak_until(const struct weak *k, const struct until *u, const char *say, const char *name)
{
	const char *state = "open";

	if (!u->on)
		return;
	if (u->end_wall_ms == 0)
		state = "forever";
	else if (u->end_wall_ms <= k->now_ms)
		state = "over";
	weak_row(k, state, say, name, "", u->end_wall_ms, 0);
}

static void
weak_places(const struct weak *k, const struct policy *p)
{
	for (size_t i = 0; i < p->service_count; i++)
		weak_until(k, &p->service[i].observe, "w_service", p->service[i].name);
	for (size_t i = 0; i < p->group_count; i++) {
		weak_until(k, &p->group[i].observe, "w_group", p->group[i].name);
		weak_until(k, &p->group[i].grace, "w_grace", p->group[i].name);
	}
}

/* What is to be looked at by a day, and that day is over. */
static void
weak_due(
    const struct weak *k, int64_t due_ms, const char *say, const char *detail, uint64_t seq)
{
	if (due_ms != 0 && due_ms <= k->now_ms)
		weak_row(k, "overdue", say, "", detail, due_ms, seq);
}

static void
put_weak(const struct report *r, struct write *w)
{
	const struct weak k = {.w = w, .now_ms = r->made_ms};
	const struct gather_sign_off *off = &r->gather.sign_off;
	const struct policy *p = r->policy;
	const struct until enrol = {.on = p->enrol_open, .end_wall_ms = p->enrol_until_wall_ms};

	write_key(w, "weak");
	write_open(w, '[');
	/* the daemon enters what the policy weakens into the register by itself */
	if (!report_exceptions(r, w)) {
		weak_until(&k, &p->observe, "w_host", "");
		weak_places(&k, p);
	}
	weak_until(&k, &enrol, "w_enrol", "");
	if (p->deny == 0)
		weak_row(&k, "forever", "w_deny", "", "", 0, 0);
	weak_due(&k, p->review_wall_ms, "w_review", "", 0);
	if (off->any)
		weak_due(&k, off->until_ms, "w_unrecorded", off->comment, off->seq);
	write_close(w, ']');
}

/* ---- members without a grant ---------------------------------------------------------------
 */

struct members {
	const struct report *r;
	struct write *w;
	const char *role;
	size_t count;
};

static void
member_row(struct members *m, const char *account, const char *group)
{
	const struct gather *g = &m->r->gather;
	const char *person = policy_person(m->r->policy, account);

	if (gather_was_given(g, person, m->role) || m->count++ >= REPORT_MEMBERS_MAX ||
	    (g->person[0] != '\0' && strcmp(person, g->person) != 0))
		return;
	write_open(m->w, '{');
	write_key_str(m->w, "role", m->role);
	write_key_str(m->w, "member", account);
	write_key_str(m->w, "group", group);
	write_close(m->w, '}');
}

/* Who is in a group only the host knows: where nobody could ask it, it is said that nobody knows. */
static void
member_group(struct members *m, const char *name)
{
	char account[NAME_SIZE];
	unsigned len = 0, n;
	const char *at = accounts_find(&m->r->groups, name, &len);

	for (; at != NULL && len > 0; at += n, len -= n) {
		const char *comma = memchr(at, ',', len);
		unsigned end = comma != NULL ? (unsigned)(comma - at) : len;

		if (end > 0 && end < sizeof(account)) {
			memcpy(account, at, end);
			account[end] = '\0';
			member_row(m, account, name);
		}
		n = end < len ? end + 1 : end;
	}
}

static bool
role_is_shown(const struct report *r, const struct role *role)
{
	return r->role[0] == '\0' || strcmp(r->role, role->name) == 0;
}

static void
put_unknown_groups(const struct report *r, struct write *w)
{
	write_key(w, "never_unknown");
	write_open(w, '[');
	for (size_t i = 0; i < r->policy->role_count; i++) {
		const struct role *role = &r->policy->role[i];

		for (size_t j = 0; role_is_shown(r, role) && j < role->members.count; j++) {
			const char *name = role->members.item[j];
			char text[256];
			unsigned len;

			if (name[0] != '@' || accounts_find(&r->groups, name + 1, &len) != NULL)
				continue;
			(void)snprintf(text, sizeof(text), "%s (%s)", name + 1, role->name);
			write_str(w, text);
		}
	}
	write_close(w, ']');
}

void
report_group_names(const struct policy *p, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < p->role_count; i++) {
		const struct strings *members = &p->role[i].members;

		for (size_t j = 0; j < members->count; j++) {
			const char *name = members->item[j];

			if (name[0] != '@' || policy_names(out, name + 1) ||
			    size - used <= strlen(name) + 1)
				continue;
			used += (size_t)snprintf(
			    out + used, size - used, "%s%s", used > 0 ? "," : "", name + 1);
		}
	}
}

void
report_policy(const struct report *r, struct write *w)
{
	struct members m = {.r = r, .w = w};

	put_weak(r, w);
	write_key(w, "never");
	write_open(w, '[');
	for (size_t i = 0; i < r->policy->role_count; i++) {
		const struct role *role = &r->policy->role[i];

		m.role = role->name;
		for (size_t j = 0; role_is_shown(r, role) && j < role->members.count; j++) {
			const char *name = role->members.item[j];

			if (name[0] == '@')
				member_group(&m, name + 1);
			else
				member_row(&m, name, "");
		}
	}
	write_close(w, ']');
	put_unknown_groups(r, w);
}
