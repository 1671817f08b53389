/* Requests for roles, and answers to requests, that must be refused. */
#include "trial/trial.h"

#include <stdio.h>
#include <string.h>

/* A member of the role in a login of their own, with a code, asks for what the role gives. */
static void
member_asks(const struct role *role, struct admin_request *r, struct admin_facts *f)
{
	const char *member = role->members.count > 0 ? role->members.item[0] : TRIAL_PERSON;

	*r = (struct admin_request){.verb = VERB_REQUEST,
	    .by_uid = TRIAL_UID,
	    .uid = TRIAL_UID,
	    .login_uid = TRIAL_UID,
	    .text = "-",
	    .has_code = true,
	    .for_ms = role->max_duration_ms};
	*f = (struct admin_facts){
	    .identified = true, .code_ok = true, .devices = 1, .groups_known = true};
	if (member[0] == '@')
		(void)snprintf(f->groups, sizeof(f->groups), "%s", member + 1);
	(void)snprintf(r->by, sizeof(r->by), "%s", member[0] == '@' ? TRIAL_PERSON : member);
	(void)snprintf(r->user, sizeof(r->user), "%s", r->by);
	(void)snprintf(r->role, sizeof(r->role), "%s", role->name);
}

/* Whatever else may be missing at this hour and from here: is it refused, and is this condition
 * one that is not met? */
static bool
is_refused_for(const struct policy *p, const struct admin_request *r,
    const struct admin_facts *f, uint32_t reason)
{
	struct role_condition c[ROLE_CONDITIONS_MAX];
	size_t count = explain_role(p, r, f, c);
	struct decision d;

	decide_command(p, r, f, &d);
	if (d.verdict == VERDICT_ALLOW)
		return false;
	for (size_t i = 0; i < count; i++)
		if (c[i].reason == reason && !c[i].met)
			return true;
	return false;
}

void
trial_bare_role(const struct policy *p, struct trial *t)
{
	static struct admin_request r;
	static struct admin_facts f;

	for (size_t i = 0; i < p->role_count; i++) {
		const struct role *role = &p->role[i];

		member_asks(role, &r, &f);
		r.text[0] = '\0';
		trial_note(t, is_refused_for(p, &r, &f, REASON_INVALID_VALUE), "no reason",
		    role->name);
		member_asks(role, &r, &f);
		r.for_ms = role->max_duration_ms + 1000;
		trial_note(
		    t, is_refused_for(p, &r, &f, REASON_TOO_LONG), "too long", role->name);
		member_asks(role, &r, &f);
		(void)snprintf(r.by, sizeof(r.by), "%s", TRIAL_PERSON "-2");
		f.groups[0] = '\0';
		trial_note(t, is_refused_for(p, &r, &f, REASON_NOT_PERMITTED), "no member",
		    role->name);
		member_asks(role, &r, &f);
		f.code_ok = false;
		trial_note(
		    t, is_refused_for(p, &r, &f, REASON_WRONG_CODE), "no code", role->name);
	}
}

void
trial_full_role(const struct policy *p, struct trial *t)
{
	static struct admin_request r;
	static struct admin_facts f;

	for (size_t i = 0; i < p->role_count; i++) {
		const struct role *role = &p->role[i];

		/* a permit to work elsewhere is no power */
		if (role->kind != ROLE_PLAIN)
			continue;
		member_asks(role, &r, &f);
		f.people = role->max_members != 0 ? role->max_members : UINT32_MAX;
		trial_note(t, is_refused_for(p, &r, &f, REASON_ROLE_FULL), "role", role->name);
	}
}

/* Only roles that name superiors: without a reason, and one's own person. */
void
trial_unfit_superior(const struct policy *p, struct trial *t)
{
	static struct admin_request r;
	static struct admin_facts f;

	for (size_t i = 0; i < p->role_count; i++) {
		const struct role *role = &p->role[i];
		const char *who;

		if (role->superiors.count == 0)
			continue;
		who = role->superiors.item[0];
		member_asks(role, &r, &f);
		(void)snprintf(r.superior, sizeof(r.superior), "%s",
		    who[0] == '@' ? TRIAL_PERSON "-2" : who);
		trial_note(t, is_refused_for(p, &r, &f, REASON_SUPERIOR_UNFIT), "no reason",
		    role->name);
		(void)snprintf(r.superior, sizeof(r.superior), "%s", r.by);
		(void)snprintf(r.because, sizeof(r.because), "-");
		trial_note(
		    t, is_refused_for(p, &r, &f, REASON_SUPERIOR_UNFIT), "oneself", role->name);
	}
}

/* ---- answers -------------------------------------------------------------------------------
 */

static void
approver_answers(char kind, struct admin_request *r, struct admin_facts *f)
{
	*r = (struct admin_request){.verb = VERB_APPROVE,
	    .by_uid = TRIAL_UID,
	    .uid = TRIAL_UID,
	    .login_uid = TRIAL_UID,
	    .text = "-",
	    .has_code = true};
	(void)snprintf(r->by, sizeof(r->by), "%s", TRIAL_PERSON);
	(void)snprintf(r->user, sizeof(r->user), "%s", TRIAL_PERSON);
	(void)snprintf(r->request, sizeof(r->request), "%c-1", kind);
	*f = (struct admin_facts){.identified = true,
	    .redactor = true,
	    .code_ok = true,
	    .found = true,
	    .open = true,
	    .groups_known = true,
	    .devices = 1};
}

static void
one_person(const struct policy *p, struct trial *t)
{
	static const char kinds[] = "REBPDX"; /* of requests, see enum in store/keep.h */
	static struct admin_request r;
	static struct admin_facts f;
	struct decision d;

	for (const char *kind = kinds; *kind != '\0'; kind++) {
		approver_answers(*kind, &r, &f);
		f.same_person = true;
		decide_command(p, &r, &f, &d);
		trial_note(t, d.verdict != VERDICT_ALLOW && d.reason == REASON_SAME_PERSON,
		    "own request", r.request);
	}
	approver_answers('R', &r, &f);
	r.by_root = true;
	decide_command(p, &r, &f, &d);
	trial_note(t, d.verdict != VERDICT_ALLOW, "root alone", "");
	approver_answers('R', &r, &f);
	r.verb = VERB_BREAK_GLASS_REVIEW;
	f.same_person = true;
	decide_command(p, &r, &f, &d);
	trial_note(t, d.verdict != VERDICT_ALLOW, "own review", "");
}

/* One person with several accounts is one approval, whatever the role asks for. */
static void
two_accounts(const struct policy *p, struct trial *t)
{
	for (size_t i = 0; i < p->role_count; i++) {
		const struct role *role = &p->role[i];
		struct role_approval given[2] = {{0}};
		uint32_t least = UINT32_MAX;

		for (size_t k = 0; k < role->approve_count; k++) {
			uint32_t need = 0;

			for (size_t n = 0; n < role->approve[k].count; n++)
				need += role->approve[k].item[n].need;
			least = need < least ? need : least;
		}
		if (role->approve_nobody || role->approve_count == 0 || least < 2)
			continue;
		for (size_t n = 0; n < 2; n++) {
			const struct strings *from =
			    &role->approve[0].item[role->approve[0].count > n ? n : 0].from;
			const char *who = from->count > 0 ? from->item[0] : "";

			given[n] = (struct role_approval){who[0] == '@' ? TRIAL_PERSON : who,
			    TRIAL_PERSON, who[0] == '@' ? who + 1 : NULL};
		}
		trial_note(
		    t, !role_is_approved(role, given, 2), "one person twice", role->name);
	}
}

void
trial_own_request(const struct policy *p, struct trial *t)
{
	one_person(p, t);
	two_accounts(p, t);
}

/* ---- contingency policies ------------------------------------------------------------------
 */

/* Not without a reason, not by one person with several accounts, and not without an end. */
void
trial_contingency(const struct policy *p, struct trial *t)
{
	static struct admin_request r;
	static struct admin_facts f;
	struct decision d;

	for (size_t i = 0; i < p->contingency_count; i++) {
		const struct contingency *c = &p->contingency[i];
		const struct strings *from = &c->activate[0].item[0].from;
		const char *who = from->count > 0 ? from->item[0] : "";
		const struct role_approval one = {who[0] == '@' ? TRIAL_PERSON : who,
		    TRIAL_PERSON, who[0] == '@' ? who + 1 : NULL};
		const struct role_approval given[] = {one, one};

		approver_answers('E', &r, &f);
		r.verb = VERB_CONTINGENCY_ACTIVATE;
		r.text[0] = '\0';
		decide_command(p, &r, &f, &d);
		trial_note(t, d.verdict != VERDICT_ALLOW && d.reason == REASON_INVALID_VALUE,
		    "no reason", c->name);
		trial_note(t, !approvals_are_enough(c->activate, c->activate_count, given, 2),
		    "one person", c->name);
		trial_note(t, c->for_ms > 0, "no end", c->name);
	}
}

/* Rules and roles that require an attribute, of somebody who has none. */
void
trial_untrained(const struct policy *p, struct trial *t)
{
	static struct admin_request r;
	static struct admin_facts f;

	for (size_t i = 0; i < p->role_count; i++) {
		const struct role *role = &p->role[i];

		if (role->attributes.count == 0)
			continue;
		member_asks(role, &r, &f);
		(void)snprintf(r.by, sizeof(r.by), "%s", TRIAL_PERSON);
		f.wall_ms = f.date_ms = t->now_ms;
		trial_note(
		    t, is_refused_for(p, &r, &f, REASON_ATTRIBUTE_MISSING), "role", role->name);
	}
	for (size_t i = 0; i < p->rule_count; i++) {
		const struct rule *rule = &p->rule[i];

		if (rule->require_attribute.count > 0)
			trial_note(t,
			    policy_attribute_missing(p, &rule->require_attribute, TRIAL_PERSON,
				"", t->now_ms) != NULL,
			    "rule", rule->name);
	}
}
