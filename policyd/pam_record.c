/* MSG_PAM: the records of a decision, and which of them are counted instead of written. */
#include "audit/controls.h"
#include "command/allowance.h"
#include "error.h"
#include "first_use.h"
#include "origin.h"
#include "password/judge.h"
#include "policy/capability.h"
#include "server.h"
#include "store/keep.h"
#include <stdio.h>
#include <string.h>

/* A name that does not exist may be a password typed into the wrong prompt: only its slot
 * stays. */
static void
hide_unknown_name(const struct request *r, const struct facts *f, struct request *out)
{
	*out = *r;
	if (!r->known)
		(void)snprintf(out->user, sizeof(out->user), "(unknown %.32s)", f->lane_key);
}

static void
put_password(struct record *record, uint32_t failed)
{
	char words[512];

	judge_words(failed, words, sizeof(words));
	record_put_str(record, "sekisho.password.failed", words);
}

/* The device that somebody comes from, where it is registered. */
static void
put_machine(const struct policy *p, const struct request *r, const struct facts *f,
    struct record *record)
{
	const struct machine *m = decide_machine(p, r, f);

	if (m == NULL)
		return;
	record_put_str(record, "sekisho.machine", m->name);
	record_put_str(record, "sekisho.machine.owner", m->owner);
	record_put_str(record, "sekisho.machine.kind", machine_kind_words[m->kind]);
}

static void
put_powers(const struct decision *d, struct record *record)
{
	char list[1024];

	if (d->inheritable != 0)
		record_put_str(record, "sekisho.capabilities.given",
		    capability_print(d->inheritable, list, sizeof(list)));
	if (d->drop != 0)
		record_put_str(record, "sekisho.capabilities.dropped",
		    capability_print(d->drop, list, sizeof(list)));
	if (d->no_new_privs)
		record_put_bool(record, "sekisho.no_new_privs", true);
}

/* "E-1,E-3": what of the register the decision used. */
static void
put_exceptions(struct record *record, const struct decision *d)
{
	char text[DECISION_EXCEPTIONS * REQUEST_ID_SIZE] = "";
	size_t used = 0;

	for (size_t i = 0; i < d->exception_count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%sE-%llu",
		    i > 0 ? "," : "", (unsigned long long)d->exception[i]);
	record_put_str(record, "sekisho.exceptions", text);
}

int
pam_record(struct server *s, const struct request *r, const struct facts *f,
    const struct decision *d, size_t event, uint64_t *seq)
{
	const struct event *e = &d->events[event];
	struct instant now = {.wall_ms = f->wall_ms, .boot_ms = f->boot_ms};
	struct request shown;
	struct record record;
	int error;

	hide_unknown_name(r, f, &shown);
	record_init(&record, event_by_action(e->action), now, s->boot_id,
	    outcome_words[e->outcome], reason_words[e->reason]);
	record_put_fields(&record, &request_fields, &shown);
	origin_put_root(&record, "user.id", shown.uid);
	origin_put_root(&record, "user.effective.id", shown.actor_uid);
	origin_put_root(&record, "sekisho.login.uid", shown.login_uid);
	record_put_str(&record, "sekisho.person", policy_person(s->policy, shown.user));
	put_machine(s->policy, r, f, &record);
	if (event == 0) {
		put_powers(d, &record);
		record_put_fields(&record, &facts_fields, f);
		if (f->password_failed != 0)
			put_password(&record, f->password_failed);
		record_put_str(
		    &record, "sekisho.verdict", d->verdict == VERDICT_ALLOW ? "allow" : "deny");
		record_put_str(&record, "sekisho.reason", reason_words[d->reason]);
		record_put_bool(&record, "sekisho.observed", d->observed);
		if (d->floor)
			record_put_bool(&record, "sekisho.floor", true);
		if (d->floor_suspended)
			record_put_bool(&record, "sekisho.floor.suspended", true);
		record_put_str(&record, "sekisho.rule", d->rule);
		put_exceptions(&record, d);
		record_put_str(&record, "sekisho.policy", s->policy->digest);
	} else {
		record_put_str(&record, "sekisho.lane.key", f->lane_key);
		if (e->action == ACTION_TWO_DEVICES)
			record_put_str(&record, "sekisho.machine.other", f->elsewhere);
	}
	controls_put_decision(&record, e->action, s->policy, d);
	error = e->action == ACTION_FACTOR_ENROLL && e->outcome == OUTCOME_SUCCESS
		    ? first_use_put(s, r, &record)
		    : SKS_OK;
	if (error == SKS_OK)
		error = turn_append(s, &record, seq);
	record_clear(&record);
	return error;
}

/*
 * A refusal that nobody pays for: no code behind the right password, a rule, a lost device. No
 * lock ends it, so whoever knows a password could write records all day. A right code, spent
 * or not, is no stranger's; unknown names have paid before.
 */
static bool
is_to_be_counted(const struct facts *f, const struct decision *d)
{
	bool free_of_charge = d->verdict == VERDICT_DENY && d->event_count > 0 &&
			      !d->changes.lane_put && f->lane != LANE_UNKNOWN &&
			      (f->code == CODE_NONE || f->code == CODE_RECOVERY_SPENT);

	return d->changes.refusal_count ||
	       (free_of_charge && !allowance_take_lane(f->lane_key));
}

int
pam_record_all(struct server *s, const struct request *r, const struct facts *f,
    const struct decision *d, uint64_t *seq)
{
	bool first = true;
	int e;

	*seq = 0;
	if (is_to_be_counted(f, d)) {
		/* A locked source is one row, however many names it tries. */
		bool source = f->lane == LANE_NONE || d->reason == REASON_SOURCE_LOCKED;

		e = store_refusal_count(s->store, source ? r->source : f->lane_key,
		    reason_words[d->reason], &first);
		if (e != SKS_OK || !first)
			return e;
	}
	for (size_t i = 0; i < d->event_count; i++)
		if ((e = pam_record(s, r, f, d, i, i == 0 ? seq : NULL)) != SKS_OK)
			return e;
	return SKS_OK;
}
