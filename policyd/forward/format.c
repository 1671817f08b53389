#include "forward/format.h"

#include "error.h"
#include "pair.h"
#include "text.h"
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/* RFC 5424 wants an enterprise number behind a name of one's own; we have none, and this is the
 * one that RFC 5612 gives to whoever has none. */
#define STRUCTURED_ID "sekisho@32473"

enum { MESSAGE_SIZE = 1024 }; /* all of it fits, in quotes, too */

/* ---- a row, taken apart ------------------------------------------------------------------ */

#define P(member, tag, key) FIELD(struct format_record, member, FIELD_TEXT, tag, key)
static const struct field named_rows[] = {
    P(outcome, 1, "event.outcome"),
    P(reason, 2, "event.reason"),
    P(user, 3, "user.name"),
    P(source, 4, "source.ip"),
};
#undef P
static const struct fields named_fields = FIELDS(struct format_record, named_rows);

/* A body that changed under us must not bring a new line into a message. */
static void
format_clean(char *text, size_t size)
{
	char clean[256];
	size_t room = size < sizeof(clean) ? size : sizeof(clean);

	memcpy(text, clean, text_clean(clean, room, text) + 1);
}

int
format_record_read(struct format_record *out, const uint8_t leaf[RECORD_HEADER_SIZE],
    const void *body, size_t body_len)
{
	const struct event_info *event;

	memset(out, 0, sizeof(*out));
	/* zeroes *out before it fills the rows; what cannot be read stays empty */
	if (body != NULL)
		(void)record_read_fields(body, body_len, &named_fields, out);
	format_clean(out->outcome, sizeof(out->outcome));
	format_clean(out->reason, sizeof(out->reason));
	format_clean(out->user, sizeof(out->user));
	format_clean(out->source, sizeof(out->source));
	if (record_header_decode(leaf, &out->header) != SKS_OK)
		return SKS_INVALID;
	memcpy(out->leaf, leaf, RECORD_HEADER_SIZE);
	event = event_by_action(out->header.action);
	out->event = event != NULL ? event->name : "unknown";
	out->body = body;
	out->body_len = body_len;
	return SKS_OK;
}

static int
format_priority(const struct format_record *r)
{
	return strcmp(r->outcome, outcome_words[OUTCOME_SUCCESS]) == 0 ? LOG_INFO : LOG_NOTICE;
}

/* For people: "access.account failure no-device, alice from 192.0.2.7". Names are what somebody
 * typed: "root from 192.0.2.1" stands in quotes. */
static void
format_message(const struct format_record *r, char out[MESSAGE_SIZE])
{
	struct buf b;

	buf_init_fixed(&b, out, MESSAGE_SIZE - 1);
	buf_printf(&b, "%s%s%s%s%s", r->event, r->outcome[0] != '\0' ? " " : "", r->outcome,
	    r->reason[0] != '\0' ? " " : "", r->reason);
	buf_printf(&b, "%s", r->user[0] != '\0' ? ", " : "");
	pair_put_value(&b, r->user);
	buf_printf(&b, "%s", r->source[0] != '\0' ? " from " : "");
	pair_put_value(&b, r->source);
	out[b.len] = '\0';
}

static void
format_hex(struct buf *out, const uint8_t *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		buf_put_u8(out, (uint8_t)digits[data[i] >> 4]);
		buf_put_u8(out, (uint8_t)digits[data[i] & 15]);
	}
}

/* ASCII, so that no syslog on the way changes it: U+2014 becomes \u2014. */
static void
format_json_string(struct buf *out, const char *s, size_t len)
{
	buf_put_u8(out, '"');
	for (size_t i = 0; i < len;) {
		uint8_t c = (uint8_t)s[i];
		uint32_t point = c;
		size_t more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;

		if (more > 0)
			point = c & (0x3fu >> more);
		for (i++; more > 0 && i < len; more--, i++)
			point = point << 6 | ((uint8_t)s[i] & 0x3fu);
		if (point == '"' || point == '\\')
			buf_printf(out, "\\%c", (char)point);
		else if (point == '\n')
			buf_printf(out, "\\n");
		else if (point > 0xffff)
			buf_printf(out, "\\u%04x\\u%04x",
			    (unsigned)(0xd800 + ((point - 0x10000) >> 10)),
			    (unsigned)(0xdc00 + ((point - 0x10000) & 0x3ff)));
		else if (point < 0x20 || point > 0x7e)
			buf_printf(out, "\\u%04x", (unsigned)point);
		else
			buf_put_u8(out, (uint8_t)point);
	}
	buf_put_u8(out, '"');
}

/* ---- the journal ------------------------------------------------------------------------- */

/* "KEY=value\n" for one line; else the key, its length as 64 bits little endian, the bytes. */
static void
format_field(struct buf *out, const char *key, const void *value, size_t len)
{
	if (len == 0)
		return;
	if (memchr(value, '\n', len) == NULL) {
		buf_printf(out, "%s=", key);
	} else {
		buf_printf(out, "%s\n", key);
		for (size_t i = 0, n = len; i < 8; i++, n >>= 8)
			buf_put_u8(out, (uint8_t)(n & 0xff));
	}
	buf_put_bytes(out, value, len);
	buf_put_u8(out, '\n');
}

static void
format_text(struct buf *out, const char *key, const char *value)
{
	format_field(out, key, value, strlen(value));
}

static void
format_journal_begin(struct buf *out, int priority)
{
	buf_printf(out, "PRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=sekisho\n",
	    priority, LOG_AUTHPRIV >> 3);
}

void
format_journal_record(struct buf *out, const struct format_record *r)
{
	char message[MESSAGE_SIZE];

	format_message(r, message);
	format_text(out, "MESSAGE", message);
	format_journal_begin(out, format_priority(r));
	buf_printf(out, "SEKISHO_SEQ=%llu\n", (unsigned long long)r->header.seq);
	format_text(out, "SEKISHO_EVENT", r->event);
	format_text(out, "SEKISHO_OUTCOME", r->outcome);
	format_text(out, "SEKISHO_REASON", r->reason);
	format_text(out, "SEKISHO_USER", r->user);
	format_text(out, "SEKISHO_SOURCE", r->source);
	buf_printf(out, "SEKISHO_HEADER=");
	format_hex(out, r->leaf, sizeof(r->leaf));
	buf_put_u8(out, '\n');
	format_field(out, "SEKISHO_RECORD", r->body, r->body != NULL ? r->body_len : 0);
}

void
format_journal_head(struct buf *out, const struct format_head *h)
{
	buf_printf(out, "MESSAGE=" FORMAT_HEAD_WORD);
	format_json_string(out, h->note, h->note_len);
	buf_put_u8(out, '\n');
	format_journal_begin(out, LOG_INFO);
	buf_printf(out, "SEKISHO_SIZE=%llu\n", (unsigned long long)h->size);
	format_field(out, "SEKISHO_HEAD", h->note, h->note_len);
}

/* ---- RFC 5424 ---------------------------------------------------------------------------- */

static void
format_syslog_begin(
    struct buf *out, const char *host, int priority, int64_t wall_ms, const char *id)
{
	char stamp[40];

	buf_printf(out, "<%d>1 %s %s sekisho - %.32s [" STRUCTURED_ID, LOG_AUTHPRIV | priority,
	    clock_rfc3339(wall_ms, stamp, sizeof(stamp)), host, id);
}

/* A backslash before what would end the value. */
static void
format_parameter(struct buf *out, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	buf_printf(out, " %s=\"", name);
	for (; *value != '\0'; value++) {
		if (strchr("\"\\]", *value) != NULL)
			buf_put_u8(out, '\\');
		buf_put_u8(out, (uint8_t)*value);
	}
	buf_put_u8(out, '"');
}

void
format_syslog_record(struct buf *out, const char *host, const struct format_record *r)
{
	format_syslog_begin(out, host, format_priority(r), r->header.wall_ms, r->event);
	buf_printf(out, " seq=\"%llu\"", (unsigned long long)r->header.seq);
	format_parameter(out, "event", r->event);
	format_parameter(out, "outcome", r->outcome);
	format_parameter(out, "reason", r->reason);
	format_parameter(out, "user", r->user);
	format_parameter(out, "source", r->source);
	buf_printf(out, " header=\"");
	format_hex(out, r->leaf, sizeof(r->leaf));
	buf_printf(out, "\"]");
	if (r->body != NULL && r->body_len > 0) {
		buf_put_u8(out, ' ');
		buf_put_bytes(out, r->body, r->body_len);
	}
}

void
format_syslog_head(struct buf *out, const char *host, const struct format_head *h)
{
	format_syslog_begin(out, host, LOG_INFO, h->wall_ms, "head");
	buf_printf(out, " size=\"%llu\"] " FORMAT_HEAD_WORD, (unsigned long long)h->size);
	format_json_string(out, h->note, h->note_len);
}

const char *
format_host(char out[FORMAT_HOST_SIZE])
{
	if (gethostname(out, FORMAT_HOST_SIZE - 1) != 0)
		out[0] = '\0';
	out[FORMAT_HOST_SIZE - 1] = '\0';
	for (char *c = out; *c != '\0'; c++) {
		if (*c <= 0x20 || *c >= 0x7f)
			*c = '-';
	}
	if (out[0] == '\0')
		(void)snprintf(out, FORMAT_HOST_SIZE, "-");
	return out;
}
