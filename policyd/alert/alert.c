/* An alert as a structure, a line, a JSON object and a mail. */
#include "alert/alert.h"

#include "audit/json.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "pair.h"
#include <stdio.h>
#include <string.h>

enum { TIME_SIZE = 32, MS_PER_SECOND = 1000, SUBJECT_MAX = 70 };

#define P(member, kind, tag, name) FIELD(struct alert, member, kind, tag, name)
static const struct field alert_rows[] = {
    P(rule, FIELD_STR, 1, "sekisho.alert.rule"),
    P(what, FIELD_STR, 2, "message"),
    P(event, FIELD_STR, 3, "sekisho.alert.event"),
    P(outcome, FIELD_STR, 4, "sekisho.alert.outcome"),
    P(reason, FIELD_STR, 5, "sekisho.alert.reason"),
    P(user, FIELD_STR, 6, "sekisho.alert.user"),
    P(source, FIELD_STR, 7, "sekisho.alert.source"),
    P(detail, FIELD_STR, 8, "sekisho.alert.detail"),
    P(count, FIELD_U64, 9, "sekisho.alert.count"),
    P(held, FIELD_U64, 10, "sekisho.alert.held"),
    P(within_ms, FIELD_I64, 11, "sekisho.alert.within"),
    P(records, FIELD_STR, 12, "sekisho.alert.records"),
    P(at_ms, FIELD_I64, 13, "sekisho.alert.at"),
    P(test, FIELD_BOOL, 14, "sekisho.alert.test"),
    P(by, FIELD_STR, 15, "sekisho.alert.by"),
    P(record, FIELD_U64, 16, NULL),
};
#undef P
const struct fields alert_fields = FIELDS(struct alert, alert_rows);

/* ---- a line ------------------------------------------------------------------------------ */

static void
line_put_number(struct buf *out, const char *name, uint64_t value)
{
	if (value != 0)
		buf_printf(out, " %s=%llu", name, (unsigned long long)value);
}

void
alert_print_line(const struct alert *a, struct buf *out)
{
	pair_put(out, "alert", a->rule);
	pair_put(out, "test", a->test ? "yes" : "");
	pair_put(out, "what", a->what);
	pair_put(out, "event", a->event);
	pair_put(out, "outcome", a->outcome);
	pair_put(out, "reason", a->reason);
	pair_put(out, "user", a->user);
	pair_put(out, "source", a->source);
	line_put_number(out, "count", a->count);
	line_put_number(out, "held", a->held);
	line_put_number(out, "within", (uint64_t)a->within_ms / MS_PER_SECOND);
	pair_put(out, "records", a->records);
	line_put_number(out, "record", a->record);
	pair_put(out, "detail", a->detail);
	pair_put(out, "by", a->by);
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void
json_put_text(struct buf *out, const char *key, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	json_put_key(out, key);
	json_put_string(out, value);
}

static void
json_put_number(struct buf *out, const char *key, uint64_t value)
{
	json_put_key(out, key);
	json_put_uint(out, value);
}

/* "12,13" as the list it is. */
static void
json_put_records(struct buf *out, const char *records)
{
	json_put_key(out, "records");
	buf_printf(
	    out, "[%s]", strspn(records, "0123456789,") == strlen(records) ? records : "");
}

void
alert_print_json(const struct alert *a, const char *host, struct buf *out)
{
	char at[TIME_SIZE];

	buf_put_u8(out, '{');
	json_put_text(out, "alert", a->rule);
	json_put_key(out, "test");
	json_put_bool(out, a->test);
	json_put_text(out, "what", a->what);
	json_put_text(out, "host", host);
	json_put_text(out, "time", clock_rfc3339(a->at_ms, at, sizeof(at)));
	json_put_text(out, "event", a->event);
	json_put_text(out, "outcome", a->outcome);
	json_put_text(out, "reason", a->reason);
	json_put_text(out, "user", a->user);
	json_put_text(out, "source", a->source);
	json_put_text(out, "detail", a->detail);
	json_put_number(out, "count", a->count);
	json_put_number(out, "held_back", a->held);
	json_put_number(out, "within_s", (uint64_t)a->within_ms / MS_PER_SECOND);
	json_put_records(out, a->records);
	json_put_number(out, "record", a->record);
	json_put_text(out, "by", a->by);
	buf_printf(out, "}\n");
}

/* ---- mail -------------------------------------------------------------------------------- */

/* Into a header goes nothing that could end it: printable ASCII, cut to a line. */
static void
mail_put_header(struct buf *out, const char *name, const char *value)
{
	size_t n = 0;

	buf_printf(out, "%s: ", name);
	for (; *value != '\0' && n < SUBJECT_MAX; value++, n++)
		buf_put_u8(out, (uint8_t)(*value >= 0x20 && *value < 0x7f ? *value : '?'));
	buf_put_u8(out, '\n');
}

static void
mail_put_pair(struct buf *out, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	buf_printf(out, "%-12s ", name);
	pair_put_value(out, value);
	buf_put_u8(out, '\n');
}

/* A text that has its line for itself: the sentence; the details, which are pairs already. */
static void
mail_put_text(struct buf *out, const char *text)
{
	pair_put_text(out, text);
	buf_put_u8(out, '\n');
}

static void
mail_put_number(struct buf *out, const char *name, uint64_t value)
{
	if (value != 0)
		buf_printf(out, "%-12s %llu\n", name, (unsigned long long)value);
}

void
alert_print_mail(const struct alert *a, const char *host, const char *to, struct buf *out)
{
	char at[TIME_SIZE], subject[SUBJECT_MAX * 2];

	mail_put_header(out, "To", to);
	(void)snprintf(subject, sizeof(subject), "[sekisho] %.30s: %s%s", host,
	    a->test ? "TEST " : "", a->rule);
	mail_put_header(out, "Subject", subject);
	/* no answer from a holiday, no loop */
	buf_printf(out,
	    "Auto-Submitted: auto-generated\nPrecedence: bulk\nMIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=UTF-8\n"
	    "Content-Transfer-Encoding: 8bit\n\n%s",
	    a->test ? "TEST. " : "");
	mail_put_text(out, a->what);
	buf_put_u8(out, '\n');
	mail_put_pair(out, "alert", a->rule);
	mail_put_pair(out, "host", host);
	mail_put_pair(out, "time", clock_rfc3339(a->at_ms, at, sizeof(at)));
	mail_put_pair(out, "event", a->event);
	mail_put_pair(out, "outcome", a->outcome);
	mail_put_pair(out, "reason", a->reason);
	mail_put_pair(out, "user", a->user);
	mail_put_pair(out, "source", a->source);
	if (a->detail[0] != '\0') {
		buf_printf(out, "%-12s ", "detail");
		mail_put_text(out, a->detail);
	}
	mail_put_number(out, "count", a->count);
	mail_put_number(out, "within_s", (uint64_t)a->within_ms / MS_PER_SECOND);
	mail_put_number(out, "held_back", a->held);
	mail_put_pair(out, "records", a->records);
	mail_put_number(out, "record", a->record);
	mail_put_pair(out, "by", a->by);
}
