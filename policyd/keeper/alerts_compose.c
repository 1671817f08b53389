/*
 * One alert: from what a rule raised to a sentence with its facts, its record, and how often
 * each rule was raised. alerts.c has when.
 */
#include "keeper/alerts.h"

#include "error.h"
#include "i18n.h"
#include "keeper/keeper.h"
#include "pair.h"
#include "policy/alert.h"
#include "text.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define P(member, kind, tag, name) FIELD(struct alert_detail, member, kind, tag, name)
static const struct field detail_rows[] = {
    P(service, FIELD_STR, 1, "service.name"),
    P(device, FIELD_STR, 2, "sekisho.device.name"),
    P(report, FIELD_STR, 3, "sekisho.report"),
    P(actor, FIELD_STR, 4, "user.effective.name"),
    P(tty, FIELD_STR, 5, "process.tty"),
    P(known_source, FIELD_BOOL, 6, "sekisho.fact.source.known"),
    P(device_new, FIELD_BOOL, 7, "sekisho.fact.device.new"),
    P(failing, FIELD_STR, 9, "sekisho.check.failing"),
    P(clock_step, FIELD_I64, 8, "sekisho.clock.step"),
};
#undef P
const struct fields alert_detail_fields = FIELDS(struct alert_detail, detail_rows);

/* ---- how often --------------------------------------------------------------------------- */

struct tally {
	uint64_t raised, last, undelivered;
	int64_t last_ms;
};

static void
recall_tally(struct server *s, const char *rule, struct tally *t)
{
	char name[80], text[128];

	*t = (struct tally){0};
	(void)snprintf(name, sizeof(name), "alert.rule.%s", rule);
	if (store_meta_get(s->store, name, text, sizeof(text)) == SKS_OK)
		(void)sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNu64, &t->raised,
		    &t->last, &t->last_ms, &t->undelivered);
}

static int
keep_tally(struct server *s, const char *rule, const struct tally *t)
{
	char name[80], text[128];

	(void)snprintf(name, sizeof(name), "alert.rule.%s", rule);
	(void)snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64 " %" PRId64 " %" PRIu64,
	    t->raised, t->last, t->last_ms, t->undelivered);
	return store_meta_set(s->store, name, text);
}

const char *
alerts_what(const struct alert_rule *rule, char *out, size_t size)
{
	if (rule->text != NULL)
		(void)text_clean(out, size, rule->text);
	else if (rule->what != NULL)
		(void)snprintf(out, size, "%s", _(rule->what));
	else
		(void)snprintf(
		    out, size, _("The rule \"%s\" of this host's policy was met."), rule->name);
	return out;
}

int
alerts_record(struct server *s, const struct alert *a, uint64_t *seq)
{
	struct record r;
	struct tally t;
	int e;

	keeper_record(s, &r, ACTION_ALERT_RAISE, OUTCOME_SUCCESS, a->rule);
	record_put_fields(&r, &alert_fields, a);
	e = turn_append(s, &r, seq);
	record_clear(&r);
	if (e != SKS_OK)
		return e;
	recall_tally(s, a->rule, &t);
	t.raised++;
	t.last = *seq;
	t.last_ms = a->at_ms;
	return keep_tally(s, a->rule, &t);
}

int
alerts_note_undelivered(struct server *s, const char *rule)
{
	struct tally t;

	recall_tally(s, rule, &t);
	t.undelivered++;
	return keep_tally(s, rule, &t);
}

uint64_t
alerts_raised(struct server *s, const char *rule)
{
	struct tally t;

	recall_tally(s, rule, &t);
	return t.raised;
}

/* ---- from what a rule says to an alert --------------------------------------------------- */

static void
describe(struct server *s, const struct alert_raise *raise, struct alert *a)
{
	static struct alert_detail d;
	char other[SOURCE_SIZE], step[24];
	struct buf b;

	(void)store_feed_body(s->store, raise->last_seq, &alert_detail_fields, &d);
	buf_init_fixed(&b, a->detail, sizeof(a->detail) - 1);
	pair_put(&b, "service", d.service);
	pair_put(&b, "device", d.device);
	pair_put(&b, "report", d.report);
	pair_put(&b, "by", d.actor);
	pair_put(&b, "tty", d.tty);
	pair_put(&b, "failing", d.failing);
	if (d.clock_step != 0) {
		(void)snprintf(step, sizeof(step), "%lld", (long long)d.clock_step);
		pair_put(&b, "step_ms", step);
	}
	if (s->policy->alert[raise->rule].when == ALERT_WHEN_ELSEWHERE &&
	    store_session_elsewhere(s->store, raise->user, raise->source, other) == SKS_OK)
		pair_put(&b, "other_source", other);
	a->detail[b.len] = '\0';
}

void
alerts_compose(struct server *s, const struct alert_raise *raise, struct alert *a)
{
	const struct alert_rule *rule = &s->policy->alert[raise->rule];
	const struct event_info *event = event_by_action(raise->action);
	struct buf b;

	*a = (struct alert){.count = raise->count, .held = raise->held};
	a->at_ms = clock_now().wall_ms;
	(void)snprintf(a->rule, sizeof(a->rule), "%s", rule->name);
	if (raise->count == 0)
		(void)snprintf(a->what, sizeof(a->what), "%s",
		    _("Further alerts of this rule were held back; the log has their "
		      "records."));
	else
		(void)alerts_what(rule, a->what, sizeof(a->what));
	if (event != NULL)
		(void)snprintf(a->event, sizeof(a->event), "%s", event->name);
	if (raise->count > 0)
		(void)snprintf(a->outcome, sizeof(a->outcome), "%s",
		    fields_word(outcome_words, raise->outcome));
	(void)snprintf(a->reason, sizeof(a->reason), "%s", raise->reason);
	(void)text_clean(a->user, sizeof(a->user), raise->user);
	(void)text_clean(a->source, sizeof(a->source), raise->source);
	if (rule->threshold > 1 && raise->count > 0)
		a->within_ms = rule->within_ms;
	buf_init_fixed(&b, a->records, sizeof(a->records) - 1);
	for (size_t i = 0; i < raise->seq_count; i++)
		buf_printf(&b, "%s%" PRIu64, i > 0 ? "," : "", raise->seq[i]);
	a->records[b.len] = '\0';
	describe(s, raise, a);
}

/* ---- shown ------------------------------------------------------------------------------- */

json_t *
alerts_rule_json(struct server *s, const struct alert_rule *rule)
{
	char what[512];
	struct tally t;
	struct buf to;
	json_t *o;

	buf_init(&to, 4096);
	alert_print_targets(&rule->to, &to);
	recall_tally(s, rule->name, &t);
	o = json_pack("{s:s,s:b,s:b,s:s,s:s%,s:I,s:I,s:I,s:I,s:i,s:I,s:s,s:s,s:i,s:I}", "alert",
	    rule->name, "enabled", (int)!rule->off, "builtin", (int)(rule->what != NULL),
	    "what", alerts_what(rule, what, sizeof(what)), "to",
	    to.len > 0 ? (const char *)to.data : "", to.len, "raised", (json_int_t)t.raised,
	    "undelivered", (json_int_t)t.undelivered, "last_record", (json_int_t)t.last, "last",
	    (json_int_t)t.last_ms, "threshold", (int)rule->threshold, "within",
	    (json_int_t)rule->within_ms, "per", alert_per_words[rule->per], "count",
	    alert_count_words[rule->count], "at_most", (int)rule->at_most, "at_most_within",
	    (json_int_t)rule->at_most_ms);
	buf_clear(&to);
	return o;
}
