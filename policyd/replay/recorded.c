#include "replay/recorded.h"

#include "audit/record_index.h"
#include "error.h"
#include <string.h>

#define C(member, kind, tag, name) FIELD(struct claim, member, kind, tag, name)
static const struct field claim_rows[] = {
    C(verdict, FIELD_STR, 1, "sekisho.verdict"),
    C(reason, FIELD_STR, 2, "sekisho.reason"),
    C(event_reason, FIELD_STR, 3, "event.reason"),
    C(outcome, FIELD_STR, 4, "event.outcome"),
    C(policy, FIELD_STR, 5, "sekisho.policy"),
    C(verb, FIELD_STR, 6, "sekisho.verb"),
    C(rule, FIELD_STR, 7, "sekisho.rule"),
    C(observed, FIELD_BOOL, 8, "sekisho.observed"),
    C(action, FIELD_STR, 9, "event.action"),
};
#undef C
static const struct fields claim_fields = FIELDS(struct claim, claim_rows);

/* The claim stands first, so that it can be read alone. */
static struct record_index index_login, index_command, index_sudo, index_claim;

static int
indexes_prepare(void)
{
	static const struct fields *const login[] = {
	    &claim_fields, &request_fields, &facts_fields};
	static const struct fields *const command[] = {
	    &claim_fields, &admin_request_fields, &admin_facts_fields};
	static const struct fields *const sudo[] = {
	    &claim_fields, &elevation_request_fields, &elevation_facts_fields};
	static bool ready;
	int r = SKS_OK;

	if (ready)
		return SKS_OK;
	r = record_index_init(&index_login, login, 3);
	if (r == SKS_OK)
		r = record_index_init(&index_command, command, 3);
	if (r == SKS_OK)
		r = record_index_init(&index_sudo, sudo, 3);
	if (r == SKS_OK)
		r = record_index_init(&index_claim, login, 1);
	ready = r == SKS_OK;
	return r;
}

int
recorded_read(const void *body, size_t len, struct recorded *out)
{
	void *const login[] = {&out->claim, &out->request, &out->facts};
	void *const command[] = {&out->claim, &out->command, &out->known};
	void *const sudo[] = {&out->claim, &out->sudo, &out->sudo_known};
	int r = indexes_prepare(), whole;

	if (r != SKS_OK)
		return r;
	out->is_command = out->is_sudo = false;
	whole = record_index_read(&index_login, body, len, login);
	/* Other events may use a name of the request for something else. */
	if (whole != SKS_OK &&
	    (r = record_index_read(&index_claim, body, len, login)) != SKS_OK)
		return r;
	if (out->claim.verdict[0] == '\0')
		return SKS_NOT_FOUND;
	out->is_command = out->claim.verb[0] != '\0';
	out->is_sudo = strcmp(out->claim.action, event_by_action(ACTION_SUDO_COMMAND)->name) == 0;
	if (out->is_sudo)
		return record_index_read(&index_sudo, body, len, sudo);
	return out->is_command ? record_index_read(&index_command, body, len, command) : whole;
}

bool
recorded_is_login(const struct recorded *r)
{
	return !r->is_command && !r->is_sudo;
}

bool
recorded_is_abandoned(const struct recorded *r)
{
	return recorded_is_login(r) && strcmp(r->claim.reason, reason_words[REASON_ABANDONED]) == 0;
}

void
recorded_decide(const struct policy *policy, const struct recorded *r, struct decision *d)
{
	if (r->is_sudo)
		decide_elevation(policy, &r->sudo, &r->sudo_known, d);
	else if (r->is_command)
		decide_command(policy, &r->command, &r->known, d);
	else if (recorded_is_abandoned(r))
		decide_abandoned(policy, &r->facts, d);
	else
		decide(policy, &r->request, &r->facts, d);
}

bool
recorded_is_the_same(
    const struct recorded *r, const struct record *header, const struct decision *d)
{
	const struct claim *c = &r->claim;

	return strcmp(c->verdict, d->verdict == VERDICT_ALLOW ? "allow" : "deny") == 0 &&
	       strcmp(c->reason, fields_word(reason_words, d->reason)) == 0 &&
	       d->event_count > 0 && d->events[0].action == header->action &&
	       strcmp(c->event_reason, fields_word(reason_words, d->events[0].reason)) == 0 &&
	       strcmp(c->outcome, fields_word(outcome_words, d->events[0].outcome)) == 0 &&
	       strcmp(c->rule, d->rule != NULL ? d->rule : "") == 0 &&
	       c->observed == d->observed;
}
