/*
 * sekisho audit review: what has not been examined, what was opened and what was thought of it,
 * and the signature under a period. The worker has read the page; what is written here is
 * written in the turn.
 */
#include "command/audit_review.h"
#include "audit/event.h"
#include "audit/risk.h"
#include "command/request.h"
#include "error.h"
#include "hex.h"
#include "i18n.h"
#include "store/verify.h"
#include <stdio.h>
#include <string.h>

int
review_facts(struct server *s, struct job *job, struct admin_request *r, struct admin_facts *f)
{
	int e = command_facts(s, job, r, f);

	if (e == SKS_OK)
		e = request_identify(s, job, f);
	f->auditor = job->auditor;
	f->redactor = false; /* not asked for here */
	return e;
}

/* ---- what is open ------------------------------------------------------------------------ */

static json_t *
risky_json(const struct store_risky *x)
{
	const struct event_info *event = event_by_action(x->action);

	return json_pack("{s:I,s:s,s:s,s:I,s:s,s:s,s:s,s:b,s:s,s:s,s:s,s:s,s:I,s:I,s:s}", "record",
	    (json_int_t)x->seq, "event", event != NULL ? event->name : "", "outcome",
	    x->outcome < OUTCOME_UNKNOWN ? outcome_words[x->outcome] : "unknown", "at",
	    (json_int_t)x->wall_ms, "user", x->user, "source", x->source, "reason", x->reason,
	    "deleted", (int)x->deleted, "opened_by", x->by, "mark", x->mark, "comment", x->comment,
	    "risk", risk_word(x->risk), "count", (json_int_t)x->count, "from", (json_int_t)x->first,
	    "actor", x->actor);
}

int
command_review(struct server *s, struct job *job)
{
	static struct review_page page;
	uint64_t power = 0;
	json_t *list, *o;
	int e = review_take(&job->reply_payload, &page);

	if (e == SKS_OK)
		e = store_power_of(s->store, policy_person(s->policy, job->who),
		    page.before.until_wall_ms,
		    job->command.until_ms != 0 ? job->command.until_ms : INT64_MAX, &power);
	if (e != SKS_OK)
		return e;
	list = json_array();
	for (size_t i = 0; i < page.count; i++)
		(void)json_array_append_new(list, risky_json(&page.item[i]));
	o = json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "since",
	    (json_int_t)page.before.until_wall_ms, "first", (json_int_t)page.first, "last",
	    (json_int_t)page.last, "risky", (json_int_t)page.risky, "opened",
	    (json_int_t)page.opened, "power", (json_int_t)power, "records", list);
	buf_reset(&job->reply_payload);
	return command_json(job, o);
}

/* ---- one record -------------------------------------------------------------------------- */

static int
record_body(struct server *s, uint64_t seq, bool *found, struct buf *body)
{
	struct store_row row;
	int e = store_row_get(s->store, seq, &row);

	*found = e == SKS_OK;
	if (e == SKS_OK && row.body != NULL)
		buf_put_bytes(body, row.body, row.body_len);
	store_row_done(s->store);
	return e == SKS_NOT_FOUND ? SKS_OK : e;
}

int
command_review_open(struct server *s, struct job *job)
{
	uint64_t seq = job->command.number;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	if ((e = review_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = record_body(s, seq, &f.found, &job->reply_payload)) != SKS_OK)
		return e;
	r.record = seq <= INT64_MAX ? seq : 0;
	if ((e = command_decide(s, job, &r, &f, NULL, NULL, &d)) != SKS_OK)
		return e;
	if (d.reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED,
		    _("The log has no record %llu. `sekisho log` ends each line with the number of its "
		      "record."),
		    (unsigned long long)seq);
	if (d.verdict != VERDICT_ALLOW) {
		buf_reset(&job->reply_payload);
		return SKS_OK;
	}
	if (job->reply_payload.len == 0)
		command_say(job, STATUS_DONE,
		    _("The body of record %llu was deleted; its header stays."),
		    (unsigned long long)seq);
	return store_seen_open(s->store, seq, r.by);
}

static void
say_mark_refused(struct job *job, const struct decision *d)
{
	unsigned long long seq = job->command.number;

	if (d->reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s", _("A mark is ok, question or finding."));
	else if (d->reason == REASON_WRONG_STATE || d->reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED,
		    _("Nobody has opened record %llu yet. First: `sekisho audit review open %llu`."), seq,
		    seq);
}

int
command_review_mark(struct server *s, struct job *job)
{
	static const char *const marks[] = {"ok", "question", "finding"};
	uint64_t seq = job->command.number;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	bool known = false;
	int e;

	if ((e = review_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = store_seen(s->store, seq, &f.open)) != SKS_OK)
		return e;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		known |= strcmp(r.name, marks[i]) == 0;
	if (!known)
		r.name[0] = '\0';
	r.record = seq <= INT64_MAX ? seq : 0;
	if ((e = command_decide(s, job, &r, &f, NULL, NULL, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_mark_refused(job, &d);
		return SKS_OK;
	}
	if ((e = store_seen_mark(s->store, seq, r.name, r.text)) != SKS_OK)
		return e;
	command_say(job, STATUS_DONE, _("Record %llu is marked \"%s\"."),
	    (unsigned long long)seq, r.name);
	return SKS_OK;
}

/* ---- the signature ----------------------------------------------------------------------- */

/* A head over all that is committed, which binds what is signed off. */
static int
sign_head(struct server *s, char text[96])
{
	struct log_head head;
	int e = command_head_now(s, &head);

	if (e == SKS_OK) {
		const struct merkle_hash *hash = &head.checkpoint.root;
		int n = snprintf(text, 96, "%llu ", (unsigned long long)head.checkpoint.size);

		(void)hex_put(text + n, hash->bytes, sizeof(hash->bytes));
	}
	log_head_clear(&head);
	return e;
}

static void
put_period(struct record *record, void *context)
{
	const struct store_period *p = context;

	record_put_int(record, "sekisho.review.first", (int64_t)p->first);
	record_put_int(record, "sekisho.review.last", (int64_t)p->last);
	record_put_int(record, "sekisho.review.until", p->until_wall_ms);
	record_put_int(record, "sekisho.review.risky", (int64_t)p->risky);
	record_put_int(record, "sekisho.review.opened", (int64_t)p->opened);
	record_put_str(record, "sekisho.review.head", p->head);
}

static void
say_sign_refused(struct job *job, const struct decision *d, const struct admin_facts *f,
    const struct store_period *before)
{
	if (d->reason == REASON_UNOPENED)
		command_say(job, STATUS_REFUSED,
		    ngettext("%u record of this period has to be opened before it is signed off: "
			     "`sekisho audit review` shows which.",
			"%u records of this period have to be opened before it is signed off: "
			"`sekisho audit review` shows which.",
			f->unopened),
		    f->unopened);
	else if (d->reason == REASON_SAME_PERSON)
		command_say(job, STATUS_REFUSED, "%s",
		    _("You asked for, had or approved a role in this period. Somebody else signs it "
		      "off."));
	else if (d->reason == REASON_NOT_FOUND && before->until_wall_ms == 0)
		command_say(job, STATUS_REFUSED, "%s",
		    _("The log had no record at that time yet, so there is nothing to sign off. With "
		      "--until 0m all that there is now is."));
	else if (d->reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Everything up to that time is signed off already. With --until 0m what came "
		      "since then is."));
}

int
command_review_sign(struct server *s, struct job *job)
{
	static struct review_page page;
	struct store_period p = {0};
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	uint64_t power = 0;
	int e;

	if ((e = review_take(&job->reply_payload, &page)) != SKS_OK || (e = review_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	buf_reset(&job->reply_payload);
	p = (struct store_period){.first = page.first,
	    .last = page.last,
	    .until_wall_ms = job->command.until_ms,
	    .risky = page.risky,
	    .opened = page.opened};
	if (p.until_wall_ms == 0 || p.until_wall_ms > f.wall_ms)
		p.until_wall_ms = f.wall_ms;
	if ((e = store_power_of(s->store, policy_person(s->policy, r.by),
		 page.before.until_wall_ms, p.until_wall_ms, &power)) != SKS_OK)
		return e;
	f.found = page.last >= page.first;
	f.power = power > UINT32_MAX ? UINT32_MAX : (uint32_t)power;
	f.unopened = (uint32_t)(page.risky - page.opened);
	(void)snprintf(p.by, sizeof(p.by), "%s", r.by);
	(void)snprintf(p.person, sizeof(p.person), "%s", policy_person(s->policy, r.by));
	(void)snprintf(p.comment, sizeof(p.comment), "%s", r.text);
	if ((e = sign_head(s, p.head)) != SKS_OK ||
	    (e = command_decide(s, job, &r, &f, put_period, &p, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_sign_refused(job, &d, &f, &page.before);
		return SKS_OK;
	}
	if ((e = store_period_add(s->store, &p)) != SKS_OK)
		return e;
	command_say(job, STATUS_DONE,
	    _("Signed off: records %llu to %llu, of which %llu had to be opened and were."),
	    (unsigned long long)p.first, (unsigned long long)p.last, (unsigned long long)p.opened);
	return SKS_OK;
}

int
command_review_list(struct server *s, struct job *job)
{
	static struct store_period p[REVIEW_PAGE];
	json_t *list;
	size_t n = 0;
	int e = store_period_list(s->store, p, REVIEW_PAGE, &n);

	if (e != SKS_OK)
		return e;
	list = json_array();
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:I,s:I,s:I,s:I,s:s,s:I,s:I,s:I,s:s,s:s}", "period",
			(json_int_t)p[i].number, "first", (json_int_t)p[i].first, "last",
			(json_int_t)p[i].last, "until", (json_int_t)p[i].until_wall_ms, "by",
			p[i].by, "signed", (json_int_t)p[i].wall_ms, "risky",
			(json_int_t)p[i].risky, "opened", (json_int_t)p[i].opened, "head",
			p[i].head, "comment", p[i].comment));
	return command_json(job, list);
}
