#include "export_format.h"

#include "audit/event.h"
#include "audit/json.h"
#include "clock.h"
#include "csv.h"
#include "error.h"
#include "version.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
format_text(const json_t *body, const char *key)
{
	const char *text = json_string_value(json_object_get(body, key));

	return text != NULL ? text : "";
}

/* ---- json -------------------------------------------------------------------------------- */

static void
format_json(struct buf *out, const struct log_row *row, const struct record *header)
{
	(void)header;
	buf_put_bytes(out, row->body, row->body_len);
	buf_put_u8(out, '\n');
}

/* ---- csv (RFC 4180) -----------------------------------------------------------------------
 */

static void
put_csv(struct buf *out, const char *text, size_t len, bool exact)
{
	if (!exact && csv_is_formula(text))
		buf_put_u8(out, '\'');
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			buf_put_u8(out, '"');
		buf_put_u8(out, (uint8_t)text[i]);
	}
}

static void
put_csv_cell(struct buf *out, const char *text)
{
	buf_printf(out, ",\"");
	put_csv(out, text, strlen(text), false);
	buf_put_u8(out, '"');
}

static void
format_csv(struct buf *out, const struct log_row *row, const struct record *header)
{
	static const char *const column[] = {"event.action", "event.outcome", "event.reason",
	    "user.name", "user.effective.name", "sekisho.person", "source.ip", "service.name",
	    "message"};
	json_t *body = json_loadb(row->body, row->body_len, 0, NULL);
	char time[32];

	(void)clock_rfc3339(header->wall_ms, time, sizeof(time));
	buf_printf(out, "%llu,%s", (unsigned long long)row->seq, time);
	for (size_t i = 0; i < sizeof(column) / sizeof(column[0]); i++)
		put_csv_cell(out, format_text(body, column[i]));
	buf_printf(out, ",\"");
	put_csv(out, row->body, row->body_len, true);
	buf_printf(out, "\"\r\n");
	json_decref(body);
}

/* ---- ocsf ----------------------------------------------------------------------------------
 */

/* Which class of the Open Cybersecurity Schema Framework a name begins to belong to. */
static const struct ocsf_class {
	const char *prefix;
	int category, class_uid, activity;
	const char *class_name, *activity_name;
} ocsf_classes[] = {
    {"authentication.", 3, 3002, 1, "Authentication", "Logon"},
    {"session.open", 3, 3002, 1, "Authentication", "Logon"},
    {"session.close", 3, 3002, 2, "Authentication", "Logoff"},
    {"access.", 3, 3003, 1, "Authorize Session", "Assign Privileges"},
    {"lockout.", 3, 3001, 99, "Account Change", "Other"},
    {"factor.", 3, 3001, 99, "Account Change", "Other"},
    {"user.suspend", 3, 3001, 5, "Account Change", "Disable"},
    {"user.resume", 3, 3001, 2, "Account Change", "Enable"},
    {"user.", 3, 3001, 99, "Account Change", "Other"},
    {"policy.", 5, 5019, 99, "Device Config State Change", "Other"},
    {"", 0, 0, 99, "Base Event", "Other"},
};

static const struct ocsf_class *
ocsf_find(const char *event)
{
	const struct ocsf_class *c = ocsf_classes;

	while (strncmp(event, c->prefix, strlen(c->prefix)) != 0)
		c++;
	return c;
}

static void
ocsf_status(const char *outcome, int *id, const char **word)
{
	bool success = strcmp(outcome, "success") == 0,
	     failure = strcmp(outcome, "failure") == 0;

	*id = success ? 1 : failure ? 2 : 0;
	*word = success ? "Success" : failure ? "Failure" : "Unknown";
}

static void
ocsf_set(json_t *o, const char *key, const char *text)
{
	if (text[0] != '\0')
		(void)json_object_set_new(o, key, json_string(text));
}

static json_t *
ocsf_object(const char *key, const char *text)
{
	json_t *o = NULL;

	if (text[0] != '\0') {
		o = json_object();
		ocsf_set(o, key, text);
	}
	return o;
}

static json_t *
ocsf_record(const struct log_row *row, const struct record *header, const json_t *body)
{
	const char *event = format_text(body, "event.action"), *status;
	const char *actor = format_text(body, "user.effective.name");
	const struct ocsf_class *c = ocsf_find(event);
	char seq[32];
	json_t *o, *user;
	int status_id;

	ocsf_status(format_text(body, "event.outcome"), &status_id, &status);
	(void)snprintf(seq, sizeof(seq), "%llu", (unsigned long long)row->seq);
	user = ocsf_object("name", format_text(body, "user.name"));
	if (user != NULL && json_is_integer(json_object_get(body, "user.id")))
		(void)json_object_set_new(user, "uid",
		    json_sprintf("%lld",
			(long long)json_integer_value(json_object_get(body, "user.id"))));
	o = json_pack(
	    "{s:i,s:i,s:s,s:i,s:s,s:i,s:I,s:i,s:i,s:s,s:{s:s,s:s,s:s,s:{s:s,s:s,s:s}},"
	    "s:o*,s:o*,s:o*,s:o*}",
	    "category_uid", c->category, "class_uid", c->class_uid, "class_name", c->class_name,
	    "activity_id", c->activity, "activity_name", c->activity_name, "type_uid",
	    c->class_uid * 100 + c->activity, "time", (json_int_t)header->wall_ms,
	    "severity_id", status_id == 2 ? 2 : 1, "status_id", status_id, "status", status,
	    "metadata", "version", "1.3.0", "uid", seq, "event_code", event, "product", "name",
	    "Sekisho", "vendor_name", "Sekisho", "version", SEKISHO_VERSION, "user", user,
	    "src_endpoint", ocsf_object("ip", format_text(body, "source.ip")), "service",
	    ocsf_object("name", format_text(body, "service.name")), "actor",
	    actor[0] != '\0' ? json_pack("{s:{s:s}}", "user", "name", actor) : NULL);
	if (o == NULL)
		return NULL;
	ocsf_set(o, "status_detail", format_text(body, "event.reason"));
	ocsf_set(o, "message", format_text(body, "message"));
	(void)json_object_set_new(o, "raw_data", json_stringn(row->body, row->body_len));
	return o;
}

static void
format_ocsf(struct buf *out, const struct log_row *row, const struct record *header)
{
	json_t *body = json_loadb(row->body, row->body_len, 0, NULL);
	json_t *o = body != NULL ? ocsf_record(row, header, body) : NULL;
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;

	if (text != NULL) {
		buf_put_bytes(out, text, strlen(text));
		buf_put_u8(out, '\n');
	} else if (out->error == 0) {
		out->error = SKS_INVALID; /* a body that is no JSON, or no memory */
	}
	free(text);
	json_decref(o);
	json_decref(body);
}

static const struct export_format formats[] = {
    {"json", "records.jsonl", NULL, format_json},
    {"csv", "records.csv",
	"\xef\xbb\xbf" /* spreadsheets take UTF-8 for something else without it */
	"seq,time,event.action,event.outcome,event.reason,user.name,user.effective.name,"
	"sekisho.person,source.ip,service.name,message,body\r\n",
	format_csv},
    {"ocsf", "records.ocsf.jsonl", NULL, format_ocsf},
};

const struct export_format *
export_format_find(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	}
	return NULL;
}
