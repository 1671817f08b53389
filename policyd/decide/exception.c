/*
 * What the register of exceptions lowers. Its lines are facts; what they can do is decided here,
 * below everything that the precedence puts above them: suspension, the floor and refusals do not
 * ask this file.
 *
 * And who may ask for an entry, approve, end and report one (PRIV-8).
 */
#include "decide/internal.h"
#include "policy/source.h"
#include <string.h>

/* ---- a line -------------------------------------------------------------------------------- */

enum { NUMBER_DIGITS_MAX = 18 };
enum column { NUMBER, KEY, SUBJECT, SERVICE, SOURCE, RULE, COLUMNS };

struct line {
	const char *at[COLUMNS];
	size_t len[COLUMNS];
};

/* The line at *text, which moves behind it; false at the end. A line that lacks columns has empty
 * ones, and fits nothing. */
static bool
line_next(const char **text, struct line *l)
{
	const char *at = *text;

	if (*at == '\0')
		return false;
	for (int i = 0; i < COLUMNS; i++) {
		l->at[i] = at;
		l->len[i] = strcspn(at, i == RULE ? "\n" : "\t\n");
		at += l->len[i];
		if (*at == '\t' && i != RULE)
			at++;
	}
	*text = *at == '\n' ? at + 1 : at;
	return true;
}

static bool
is_word(const struct line *l, enum column i, const char *word)
{
	return l->len[i] == strlen(word) && memcmp(l->at[i], word, l->len[i]) == 0;
}

/* 0: none. One of more digits than a number of an entry can have would name another entry by its first. */
static uint64_t
line_number(const struct line *l)
{
	uint64_t n = 0;

	if (l->len[NUMBER] > NUMBER_DIGITS_MAX)
		return 0;
	for (size_t i = 0; i < l->len[NUMBER]; i++) {
		if (l->at[NUMBER][i] < '0' || l->at[NUMBER][i] > '9')
			return 0;
		n = n * 10 + (uint64_t)(l->at[NUMBER][i] - '0');
	}
	return n;
}

static bool
is_member(const char *groups, const char *group, size_t len)
{
	while (groups != NULL && *groups != '\0') {
		size_t item = strcspn(groups, ",");

		if (item == len && memcmp(groups, group, len) == 0)
			return true;
		groups += item + (groups[item] == ',');
	}
	return false;
}

/* Groups that are not known make nobody a subject: what makes things easier needs to be known. */
static bool
fits_subject(const struct line *l, const struct rule_case *c)
{
	if (is_word(l, SUBJECT, "*") || is_word(l, SUBJECT, c->account))
		return true;
	return l->len[SUBJECT] > 1 && l->at[SUBJECT][0] == '@' &&
	       is_member(c->groups, l->at[SUBJECT] + 1, l->len[SUBJECT] - 1);
}

static bool
fits_source(const struct line *l, const char *source)
{
	struct network net;
	struct sources one = {.net = &net, .count = 1};
	const char *why;
	char text[NETWORK_TEXT_SIZE];

	if (is_word(l, SOURCE, "*"))
		return true;
	if (is_word(l, SOURCE, "local"))
		return source[0] == '\0';
	if (is_word(l, SOURCE, "remote"))
		return source[0] != '\0';
	if (l->len[SOURCE] == 0 || l->len[SOURCE] >= sizeof(text))
		return false;
	memcpy(text, l->at[SOURCE], l->len[SOURCE]);
	text[l->len[SOURCE]] = '\0';
	return network_parse(text, &net, &why) && sources_match(&one, source);
}

static bool
fits(const struct line *l, const struct rule_case *c, const char *key)
{
	return is_word(l, KEY, key) && fits_subject(l, c) &&
	       (is_word(l, SERVICE, "*") || is_word(l, SERVICE, c->service)) &&
	       fits_source(l, c->source);
}

/* ---- lowering ------------------------------------------------------------------------------ */

/* A contingency policy is in force: what it lowers stands in the policy, under its name. */
static bool
is_contingency_of(const struct policy *policy, const struct line *l, const struct rule_case *c,
    const char *key, const char *rule)
{
	for (size_t i = 0; i < policy->contingency_count; i++) {
		const struct contingency *one = &policy->contingency[i];

		if (is_word(l, RULE, one->name))
			return policy_contingency_lowers(one, key, rule) &&
			       fits(l, c, CONTINGENCY_KEY);
	}
	return false;
}

uint64_t
exception_lowers(const struct policy *policy, const struct facts *f, const struct rule_case *c,
    const char *key, const char *rule)
{
	const char *text = f->exceptions;
	struct line l;

	while (line_next(&text, &l)) {
		if (l.len[RULE] == 0)
			continue;
		if ((is_word(&l, RULE, rule) && fits(&l, c, key)) ||
		    is_contingency_of(policy, &l, c, key, rule))
			return line_number(&l);
	}
	return 0;
}

void
exception_used(struct decision *d, uint64_t number)
{
	for (size_t i = 0; i < d->exception_count; i++) {
		if (d->exception[i] == number)
			return;
	}
	if (number != 0 && d->exception_count < DECISION_EXCEPTIONS)
		d->exception[d->exception_count++] = number;
}

void
exception_used_need(struct decision *d, const struct need *n)
{
	for (size_t i = 0; i < n->exception_count; i++)
		exception_used(d, n->exception[i]);
}

void
exception_used_rules(const struct policy *policy, const struct facts *f,
    const struct matched *m, struct decision *d)
{
	const struct rule *rule;

	if (f->exceptions[0] == '\0')
		return;
	for (size_t at = 0; (rule = policy_rules_next(policy, &m->rules, &at)) != NULL;) {
		if (rule->device != 0)
			exception_used(d, exception_lowers(policy, f, &m->c, "device", rule->name));
		if (rule->require_attribute.count > 0)
			exception_used(
			    d, exception_lowers(policy, f, &m->c, "attribute", rule->name));
	}
}

void
exception_used_kind(const struct policy *policy, const struct request *r, const struct facts *f,
    const char *kind, struct decision *d)
{
	struct rule_case c = need_case(policy, r, f);
	const char *text = f->exceptions;
	struct line l;

	while (line_next(&text, &l)) {
		if (fits(&l, &c, kind))
			exception_used(d, line_number(&l));
	}
}

/* ---- asking -------------------------------------------------------------------------------- */

/* Is it a person, in a login of their own, and do they prove it now? */
static enum reason
asker_missing(const struct admin_request *r, const struct admin_facts *f)
{
	if (r->by_root || !f->identified)
		return REASON_NOT_IDENTIFIED;
	if (f->suspended)
		return REASON_SUSPENDED;
	if (!f->code_ok)
		return r->has_code ? REASON_WRONG_CODE : REASON_PROOF_NEEDED;
	return REASON_NONE;
}

/* Only what a rule asks for can be lowered: what it refuses, and what no rule asked for, such as
 * AUTH-6, stands above every exception. */
static enum reason
rule_missing(const struct policy *p, const struct admin_request *r)
{
	for (size_t i = 0; i < p->rule_count; i++) {
		const struct rule *rule = &p->rule[i];

		if (strcmp(rule->name, r->rule) != 0)
			continue;
		if ((strcmp(r->key, "require") == 0 && rule->require_mfa) ||
		    (strcmp(r->key, "within") == 0 && rule->mfa_within_ms != 0) ||
		    (strcmp(r->key, "device") == 0 && rule->device != 0) ||
		    (strcmp(r->key, "attribute") == 0 && rule->require_attribute.count > 0))
			return REASON_NONE;
		return REASON_NOT_LOWERABLE;
	}
	return REASON_NOT_FOUND;
}

/* A column of its line in the facts, and nothing that ends one. */
static bool
is_column(const char *text)
{
	return text[0] != '\0' && text[strcspn(text, "\t\n")] == '\0';
}

static bool
is_complete(const struct admin_request *r)
{
	return is_column(r->rule) && is_column(r->subject) && is_column(r->scope_service) &&
	       is_column(r->scope_source) && r->clause[0] != '\0' && r->measure[0] != '\0' &&
	       r->report[0] != '\0' && r->text[0] != '\0' && r->for_ms > 0;
}

void
decide_exception_request(const struct policy *p, const struct admin_request *r,
    const struct admin_facts *f, struct decision *out)
{
	int64_t max_ms = r->emergency ? p->emergency_max_ms : p->exception_max_ms;
	enum reason missing = asker_missing(r, f);

	if (missing == REASON_NONE)
		missing = rule_missing(p, r);
	if (missing == REASON_NONE && !is_complete(r))
		missing = REASON_INVALID_VALUE;
	if (missing == REASON_NONE && r->emergency && !f->redactor)
		missing = REASON_NOT_PERMITTED;
	if (missing == REASON_NONE && r->for_ms > max_ms)
		missing = REASON_TOO_LONG;
	if (missing != REASON_NONE)
		outcome_refuse(out, ACTION_EXCEPTION_REQUEST, missing);
	else
		outcome_allow(out,
		    r->emergency ? ACTION_EXCEPTION_START : ACTION_EXCEPTION_REQUEST, REASON_OK);
}

/* It relaxes nothing yet: several others have to say so too. */
void
decide_contingency_request(
    const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	enum reason missing = decide_person_missing(r, f);

	if (missing == REASON_NONE && !f->found)
		missing = REASON_NOT_FOUND;
	if (missing == REASON_NONE && r->text[0] == '\0')
		missing = REASON_INVALID_VALUE;
	if (missing == REASON_NONE && f->exists)
		missing = REASON_EXISTS;
	outcome_settle(out, ACTION_CONTINGENCY_REQUEST, missing);
}

/* Nobody asks for their own, and nobody else vouches for whom no person stands behind. */
void
decide_bypass_request(const struct policy *p, const struct admin_request *r,
    const struct admin_facts *f, struct decision *out)
{
	enum account_class class = policy_account_class(p, r->subject, r->subject_uid);
	enum reason missing = asker_missing(r, f);

	if ((missing == REASON_NONE || missing == REASON_PROOF_NEEDED) && f->same_person)
		missing = REASON_SAME_PERSON;
	if (missing == REASON_NONE && !f->redactor)
		missing = REASON_NOT_PERMITTED;
	if (missing == REASON_NONE && !f->found)
		missing = REASON_NOT_FOUND;
	if (missing == REASON_NONE && class != CLASS_PERSON && class != CLASS_ADMIN)
		missing = REASON_NOT_LOWERABLE;
	if (missing == REASON_NONE && (r->text[0] == '\0' || r->verified_by[0] == '\0' ||
				       r->verified_how[0] == '\0' || r->for_ms <= 0))
		missing = REASON_INVALID_VALUE;
	if (missing == REASON_NONE && r->for_ms > p->bypass_max_ms)
		missing = REASON_TOO_LONG;
	if (missing == REASON_NONE && f->exists)
		missing = REASON_EXISTS;
	outcome_settle(out, ACTION_BYPASS_REQUEST, missing);
}

/* ---- the answer, the end and its report ---------------------------------------------------- */

enum reason
decide_exception_unfit(const struct admin_request *r, const struct admin_facts *f)
{
	if (r->request[0] != 'E')
		return REASON_NONE;
	if (f->exists) /* they approved it before */
		return REASON_EXISTS;
	if (r->text[0] == '\0')
		return REASON_INVALID_VALUE; /* granted or refused, with the reason */
	return r->for_ms > f->asked_ms ? REASON_TOO_LONG : REASON_NONE;
}

/* It only takes away, so it asks for no proof. What the policy says ends with the policy. */
void
decide_exception_end(
    const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	uint16_t action = strcmp(r->key, CONTINGENCY_KEY) == 0 ? ACTION_CONTINGENCY_END
							       : ACTION_EXCEPTION_END;

	if (!f->found)
		outcome_refuse(out, action, REASON_NOT_FOUND);
	else if (!f->same_person && !f->redactor && !r->by_root)
		outcome_refuse(out, action, REASON_NOT_PERMITTED);
	else if (!f->open || f->for_ever)
		outcome_refuse(out, action, REASON_WRONG_STATE);
	else
		outcome_allow(out, action,
		    f->same_person ? REASON_WITHDRAWN : REASON_REVOKED);
}

void
decide_exception_report(
    const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	if (!f->found)
		outcome_refuse(out, ACTION_EXCEPTION_REPORT, REASON_NOT_FOUND);
	else if (!f->same_person && !f->redactor && !r->by_root)
		outcome_refuse(out, ACTION_EXCEPTION_REPORT, REASON_NOT_PERMITTED);
	else if (!r->by_root && !f->identified)
		outcome_refuse(out, ACTION_EXCEPTION_REPORT, REASON_NOT_IDENTIFIED);
	else if (!f->open)
		outcome_refuse(out, ACTION_EXCEPTION_REPORT, REASON_WRONG_STATE);
	else if (r->text[0] == '\0')
		outcome_refuse(out, ACTION_EXCEPTION_REPORT, REASON_INVALID_VALUE);
	else
		outcome_allow(out, ACTION_EXCEPTION_REPORT, REASON_OK);
}

void
decide_review(const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	enum reason missing = decide_person_missing(r, f);

	if ((missing == REASON_NONE || missing == REASON_NOT_PERMITTED) && f->same_person)
		missing = REASON_SAME_PERSON;
	if (missing == REASON_NONE && !f->found)
		missing = REASON_NOT_FOUND;
	if (missing == REASON_NONE && !f->open)
		missing = REASON_WRONG_STATE;
	if (missing == REASON_NONE && r->text[0] == '\0')
		missing = REASON_INVALID_VALUE;
	outcome_settle(out, ACTION_BREAK_GLASS_REVIEW, missing);
}

/* Root applies policies; that one is asked for it must be known by whom. */
void
decide_policy_request(
    const struct admin_request *r, const struct admin_facts *f, struct decision *out)
{
	if (!r->by_root)
		outcome_refuse(out, ACTION_POLICY_REQUEST, REASON_ROOT_ONLY);
	else if (f->exists)
		outcome_refuse(out, ACTION_POLICY_REQUEST, REASON_EXISTS);
	else if (!f->identified)
		outcome_refuse(out, ACTION_POLICY_REQUEST, REASON_NOT_IDENTIFIED);
	else
		outcome_allow(out, ACTION_POLICY_REQUEST, REASON_OK);
}
