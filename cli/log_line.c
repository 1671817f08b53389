#include "log_line.h"

#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "pair.h"
#include "show.h"
#include "table.h"
#include "text.h"
#include <jansson.h>
#include <string.h>

/* Wide enough for nearly all; a longer value moves its own line only. */
enum {
	TIME_WIDTH = 21,
	EVENT_WIDTH = 28,
	OUTCOME_WIDTH = 26,
	USER_WIDTH = 14,
	SOURCE_WIDTH = 17
};

static void
log_line_time(FILE *out, const json_t *record)
{
	const char *stamp = show_text(record, "@timestamp");
	char time[SHOW_TIME_SIZE];
	int64_t wall_ms;

	if (clock_parse(stamp, 0, &wall_ms) != SKS_OK)
		table_print_padded(out, stamp[0] == '\0' ? "-" : stamp, TIME_WIDTH);
	else
		table_print_padded(out, show_time(wall_ms, time), TIME_WIDTH);
}

static void
log_line_outcome(FILE *out, const json_t *record, bool colours)
{
	const char *outcome = show_text(record, "event.outcome");
	const char *reason = show_text(record, "event.reason");
	bool failed = colours && strcmp(outcome, "failure") == 0;
	char text[128];

	snprintf(text, sizeof(text), "%s%s%s", outcome,
	    outcome[0] != '\0' && reason[0] != '\0' ? "/" : "", reason);
	if (failed)
		fputs("\033[31m", out);
	table_print_padded(out, text[0] == '\0' ? "-" : text, OUTCOME_WIDTH);
	if (failed)
		fputs("\033[0m", out);
}

static void
log_line_value(FILE *out, const json_t *record, const char *key, size_t width)
{
	const char *text = show_text(record, key);
	struct buf shown;

	buf_init(&shown, 8192);
	pair_put_value(&shown, text[0] == '\0' ? "-" : text);
	buf_put_u8(&shown, '\0');
	table_print_padded(out, buf_error(&shown) == SKS_OK ? (const char *)shown.data : "?", width);
	buf_clear(&shown);
}

/* su and sudo have no address of their own: they belong to the login they were run in. */
static void
log_line_source(FILE *out, const json_t *record)
{
	bool own = show_text(record, "source.ip")[0] != '\0';

	log_line_value(
	    out, record, own ? "source.ip" : "sekisho.fact.session.source", SOURCE_WIDTH);
}

/* The last column that every line has: nothing is padded behind it. */
static void
log_line_service(FILE *out, const json_t *record)
{
	const char *service = show_text(record, "service.name");
	char clean[128];

	text_clean(clean, sizeof(clean), service[0] == '\0' ? "-" : service);
	fputs(clean, out);
}

/* A login program asks as root before anybody has logged in: that root is nobody. */
static bool
log_line_has_actor(const json_t *record)
{
	const json_t *login = json_object_get(record, "sekisho.login.uid");

	return json_object_get(record, "sekisho.phase") == NULL ||
	       json_integer_value(json_object_get(record, "sekisho.peer.uid")) != 0 ||
	       (login != NULL && json_integer_value(login) != UINT32_MAX);
}

/* label=value: no value can look like another one behind it. */
static void
log_line_word(FILE *out, const char *label, const char *value)
{
	struct buf pair;

	buf_init(&pair, 8192);
	pair_put(&pair, label, value);
	if (pair.len > 0)
		fprintf(out, " %.*s", (int)pair.len, (const char *)pair.data);
	buf_clear(&pair);
}

/* What else says at a glance what happened; most records have none of it. */
static void
log_line_details(FILE *out, const json_t *record)
{
	static const struct {
		const char *key, *label;
	} details[] = {
	    {"sekisho.report", "report"},
	    {"sekisho.device.name", "device"},
	    {"sekisho.rule", "rule"},
	    {"sekisho.device.key", "key"},
	    {"process.tty", "tty"},
	    {"sekisho.count", "count"},
	    {"sekisho.download.day", "day"},
	    {"sekisho.download.bytes", "sent"},
	    {"message", "text"},
	};
	const char *actor = show_text(record, "user.effective.name");

	if (json_is_true(json_object_get(record, "sekisho.observed")))
		fputs(_(" (only observed)"), out);
	if (log_line_has_actor(record) && actor[0] != '\0' &&
	    strcmp(actor, show_text(record, "user.name")) != 0)
		log_line_word(out, "by", actor);
	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		const json_t *value = json_object_get(record, details[i].key);

		if (json_is_integer(value)) {
			fprintf(out, " %s=%lld", details[i].label,
			    (long long)json_integer_value(value));
		} else if (json_is_string(value)) {
			log_line_word(out, details[i].label, json_string_value(value));
		}
	}
}

void
log_line_print(FILE *out, uint64_t seq, const void *body, size_t len, bool colours)
{
	json_t *record;

	if (body == NULL) {
		fprintf(out, _("(record %llu: its body was deleted)"),
		    (unsigned long long)seq);
		fputc('\n', out);
		return;
	}
	record = json_loadb(body, len, 0, NULL);
	if (!json_is_object(record)) {
		fprintf(
		    out, _("(record %llu: its body cannot be read)"), (unsigned long long)seq);
		fputc('\n', out);
		json_decref(record);
		return;
	}
	log_line_time(out, record);
	log_line_value(out, record, "event.action", EVENT_WIDTH);
	log_line_outcome(out, record, colours);
	log_line_value(out, record, "user.name", USER_WIDTH);
	log_line_source(out, record);
	log_line_service(out, record);
	log_line_details(out, record);
	fprintf(out, " #%llu\n", (unsigned long long)seq); /* what `audit prove` takes */
	json_decref(record);
}
