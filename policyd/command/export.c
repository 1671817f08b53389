/*
 * May selected records be handed out? The command reads and writes them itself; here it is
 * decided and recorded, before. From the rating that the policy names on, a request D waits for
 * another person, and one that was approved is carried out once. Papers go the same way.
 */
#include "command/request.h"
#include "command/handing.h"
#include "error.h"
#include "i18n.h"
#include "store/keep.h"
#include "text.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void
put_filter(struct record *r, const struct command *c)
{
	record_put_str(r, "sekisho.export.for", c->name);
	record_put_str(r, "sekisho.export.purpose", c->text);
	if (c->verb == VERB_PAPER) {
		record_put_str(r, "sekisho.paper.kind", c->service);
		record_put_str(r, "sekisho.paper.about", c->event);
		record_put_str(r, "sekisho.paper.person", c->verified_by);
		if (c->since_ms != 0)
			record_put_int(r, "sekisho.paper.since", c->since_ms);
		if (c->until_ms != 0)
			record_put_int(r, "sekisho.paper.until", c->until_ms);
		return;
	}
	record_put_str(r, "sekisho.export.format", c->service);
	record_put_str(r, "sekisho.export.user", c->verified_by);
	record_put_str(r, "sekisho.export.source", c->source);
	record_put_str(r, "sekisho.export.event", c->event);
	record_put_str(r, "sekisho.export.outcome", c->outcome);
	record_put_str(r, "sekisho.export.reason", c->reason);
	record_put_str(r, "sekisho.export.role", c->subject);
	if (c->since_ms != 0)
		record_put_int(r, "sekisho.export.since", c->since_ms);
	if (c->until_ms != 0)
		record_put_int(r, "sekisho.export.until", c->until_ms);
}

static void
put_handing(struct record *r, void *context)
{
	const struct handing *h = context;
	const struct policy *p = h->server->policy;
	const char *names[64];
	size_t n = 0;

	put_filter(r, h->command);
	if (h->records != NULL && h->records[0] != '\0')
		record_put_str(r, "sekisho.paper.records", h->records);
	record_put_str(r, "sekisho.request.by", h->by);
	record_put_str(r, "sekisho.request.person", h->person);
	for (; h->notice && n < p->officer_count && n < 64; n++)
		names[n] = p->officer[n].name;
	if (n > 0)
		record_put_list(r, "sekisho.officers", names, n);
}

/* What exactly is asked for: an approval is for this and nothing else. */
static int
digest_of(const struct handing *h, uint64_t *out)
{
	const struct command *c = h->command;
	uint8_t hash[EVP_MAX_MD_SIZE];
	struct buf b;
	int r = SKS_INTERNAL;

	buf_init(&b, 16 << 10);
	buf_put_str(&b, c->name);
	buf_put_str(&b, c->text);
	buf_put_str(&b, c->service);
	buf_put_str(&b, c->verified_by);
	buf_put_str(&b, c->source);
	buf_put_str(&b, c->event);
	buf_put_str(&b, c->outcome);
	buf_put_str(&b, c->reason);
	buf_put_str(&b, c->subject);
	buf_put_u64(&b, (uint64_t)c->since_ms);
	buf_put_u64(&b, (uint64_t)c->until_ms);
	if (h->records != NULL)
		buf_put_str(&b, h->records);
	if (buf_error(&b) == SKS_OK &&
	    EVP_Digest(b.data, b.len, hash, NULL, EVP_sha256(), NULL) == 1)
		r = SKS_OK;
	*out = 0;
	for (size_t i = 0; r == SKS_OK && i < 8; i++)
		*out = *out << 8 | hash[i];
	*out &= INT64_MAX;
	buf_clear(&b);
	return r;
}

/* "D-1": the approval that is used now. */
static int
find_approval(struct server *s, const char *id, uint64_t digest, struct store_request *q,
    struct admin_facts *f)
{
	int e;

	if ((id[0] != 'D' && id[0] != 'd') || id[1] != '-')
		return SKS_OK;
	e = store_request_get(s->store, 'D', strtoull(id + 2, NULL, 10), q);
	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	f->found = q->record == digest;
	f->open =
	    q->state == REQUEST_APPROVED && f->wall_ms - q->ended_wall_ms < REQUEST_LIFE_MS;
	return SKS_OK;
}

static int
is_asked_for(struct server *s, uint64_t digest, bool *asked)
{
	static struct store_request q[REQUESTS_MAX];
	size_t n = 0;
	int e = store_request_list(s->store, q, REQUESTS_MAX, &n);

	for (size_t i = 0; i < n; i++)
		*asked |= q[i].kind == 'D' && q[i].record == digest;
	return e;
}

static size_t
tell_time(char *out, size_t size, const char *word, int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000);
	char text[32];
	struct tm tm;

	if (wall_ms == 0 || gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%MZ", &tm) == 0)
		return 0;
	return (size_t)snprintf(out, size, " %s %s", word, text);
}

/* Nobody approves what they were not shown: for whom, what for, and in brackets which records, in
 * the words of the options that chose them. */
static void
tell_what(const struct handing *h, const char *purpose, char *out, size_t size)
{
	const struct command *c = h->command;
	bool paper = c->verb == VERB_PAPER;
	const char *const part[][2] = {{paper ? "paper" : "format", c->service},
	    {"user", paper ? "" : c->verified_by}, {"person", paper ? c->verified_by : ""},
	    {paper ? "about" : "event", c->event}, {"records", h->records},
	    {"source", c->source}, {"outcome", c->outcome}, {"reason", c->reason},
	    {"role", c->subject}};
	size_t used = (size_t)snprintf(out, size, "%.60s: %.90s [", c->name, purpose);

	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]) && used < size; i++) {
		if (part[i][1] != NULL && part[i][1][0] != '\0')
			used += (size_t)snprintf(out + used, size - used, "%s%s %s",
			    out[used - 1] == '[' ? "" : " ", part[i][0], part[i][1]);
	}
	if (used < size)
		used += tell_time(out + used, size - used, "since", c->since_ms);
	if (used < size)
		used += tell_time(out + used, size - used, "until", c->until_ms);
	if (used < size)
		(void)snprintf(out + used, size - used, "]");
}

static int
add_request(struct server *s, struct job *job, const struct handing *h,
    const struct admin_request *r, uint64_t digest, char id[REQUEST_ID_SIZE])
{
	struct store_request q = {.kind = 'D', .record = digest, .by_uid = job->peer.login_uid};
	int e;

	(void)snprintf(q.by, sizeof(q.by), "%s", h->by);
	(void)snprintf(q.person, sizeof(q.person), "%s", h->person);
	tell_what(h, r->text, q.why, sizeof(q.why));
	e = request_add(s, &q);
	if (e == SKS_FULL)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Too many requests wait already. `sekisho pending` shows them."));
	(void)snprintf(id, REQUEST_ID_SIZE, "D-%llu", (unsigned long long)q.number);
	return e;
}

static void
say_refused(struct job *job, const struct decision *d)
{
	if (d->reason == REASON_NOT_IDENTIFIED)
		command_say(job, STATUS_REFUSED, "%s",
		    _("At this rating another person approves first, so it must be known who "
		      "asks: "
		      "log in as yourself, then sudo."));
	else if (d->reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED, "%s",
		    _("There is no such request for exactly these records, recipient and "
		      "purpose. "
		      "`sekisho pending` shows what waits."));
	else if (d->reason == REASON_WRONG_STATE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("That request is not approved, or was used already."));
	else if (d->reason == REASON_EXISTS)
		command_say(job, STATUS_REFUSED, "%s",
		    _("That was asked for already. `sekisho pending` shows it."));
	else if (d->reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Say whom it is for and what for: --for, --purpose."));
}

void
handing_told(const struct handing *h, char out[HANDING_TOLD_SIZE])
{
	const struct policy *p = h->server->policy;

	out[0] = '\0';
	for (size_t i = 0, used = 0;
	     h->notice && i < p->officer_count && used < HANDING_TOLD_SIZE; i++)
		used += (size_t)snprintf(out + used, HANDING_TOLD_SIZE - used, "%s%s",
		    i > 0 ? ", " : _("Recorded for the officers: "), p->officer[i].name);
}

static int
answer(struct server *s, struct job *job, const struct handing *h)
{
	const struct policy *p = s->policy;
	char told[HANDING_TOLD_SIZE];

	handing_told(h, told);
	return command_json(job,
	    json_pack("{s:s,s:s,s:b,s:b,s:I,s:s}", "rating", p->rating != NULL ? p->rating : "",
		"limits", p->limits != NULL ? p->limits : "", "encrypt",
		(int)policy_rating_reaches(p, p->export_encrypt_from), "notice", (int)h->notice,
		"record", (json_int_t)job->command_reply.record, "text", told));
}

static void
say_waits(struct job *job, const char *id)
{
	if (job->command.verb == VERB_PAPER)
		command_say(job, STATUS_REFUSED,
		    _("Request %s waits for another person: `sekisho approve %s`. Then the same "
		      "command with --request %s makes the paper."),
		    id, id, id);
	else
		command_say(job, STATUS_REFUSED,
		    _("Request %s waits for another person: `sekisho approve %s`. Then "
		      "the "
		      "same command with --request %s writes the export."),
		    id, id, id);
}

int
handing_judge(struct server *s, struct job *job, struct handing *h, bool *allowed)
{
	struct command *filter = &h->filter;
	struct store_request q = {0};
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	uint64_t digest;
	int e;

	/* the filter's user came beside the one that the command is about */
	*allowed = false;
	*filter = job->command;
	h->command = filter;
	h->server = s;
	h->notice = policy_rating_reaches(s->policy, s->policy->export_notice_from);
	job->command.name[0] = job->command.verified_by[0] = job->command.verified_how[0] = '\0';
	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = request_identify_behind_root(s, job, &f, h->by, h->person)) != SKS_OK ||
	    (e = digest_of(h, &digest)) != SKS_OK)
		return e;
	if (filter->name[0] == '\0')
		r.text[0] = '\0';
	f.auditor = job->auditor;
	f.must_approve = policy_rating_reaches(s->policy, s->policy->export_approve_from);
	(void)text_clean(r.request, sizeof(r.request), filter->verified_how);
	if ((e = find_approval(s, r.request, digest, &q, &f)) != SKS_OK ||
	    (e = is_asked_for(s, digest, &f.exists)) != SKS_OK)
		return e;
	decide_command(s->policy, &r, &f, &d);
	if (d.verdict == VERDICT_ALLOW && f.must_approve && r.request[0] == '\0') {
		char id[REQUEST_ID_SIZE];

		if ((e = add_request(s, job, h, &r, digest, id)) != SKS_OK)
			return e == SKS_FULL ? SKS_OK : e;
		if ((e = command_decide(s, job, &r, &f, put_handing, h, &d)) == SKS_OK)
			say_waits(job, id);
		return e;
	}
	if ((e = command_decide(s, job, &r, &f, put_handing, h, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_refused(job, &d);
		return SKS_OK;
	}
	*allowed = true;
	return f.must_approve ? store_request_use(s->store, &q) : SKS_OK;
}

int
command_export(struct server *s, struct job *job)
{
	static struct handing h;
	bool allowed;
	int e;

	memset(&h, 0, sizeof(h));
	e = handing_judge(s, job, &h, &allowed);
	return e == SKS_OK && allowed ? answer(s, job, &h) : e;
}

/* ---- requests of kind D ------------------------------------------------------------------ */

int
export_facts(struct server *s, struct job *job, const struct store_request *q,
    struct admin_request *r, struct admin_facts *f)
{
	(void)s;
	(void)job;
	(void)q;
	(void)r;
	f->found = true;
	return SKS_OK;
}

bool
export_may_answer(struct server *s, const struct job *job, const struct store_request *q)
{
	(void)q;
	return policy_is_approver(s->policy, job->who, job->peer.uid);
}

int
export_approved(struct server *s, struct job *job, const struct store_request *q,
    const struct admin_request *r, const struct admin_facts *f)
{
	int e = store_request_end(s->store, q, REQUEST_APPROVED, r->by);

	(void)f;
	if (e == SKS_OK)
		command_say(job, STATUS_DONE,
		    _("Request %s is approved: %s can write the export within seven days."),
		    r->request, q->by);
	return e;
}
