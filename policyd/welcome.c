/*
 * What a person reads after login: when and from where they logged in before, what failed
 * since, and a receipt for the record of this login. It decides nothing; where it cannot be
 * read, the login goes on without it.
 */
#include "audit/merkle.h"
#include "error.h"
#include "hex.h"
#include "i18n.h"
#include "keeper/contingency.h"
#include "keeper/duties.h"
#include "keeper/exceptions.h"
#include "keeper/grants.h"
#include "keeper/retention.h"
#include "log.h"
#include "server.h"
#include "store/terms.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* So many records of the account are looked at: strangers must not make its logins slow. */
enum { WELCOME_RECORDS = 128, WELCOME_SOURCES = 3 };
#define WELCOME_BYPASS_MS (INT64_C(7) * 24 * 60 * 60 * 1000)

struct welcome {
	struct server *server;
	bool found; /* a login before this one */
	int64_t wall_ms;
	char source[SOURCE_SIZE], service[64];
	uint32_t looked_at, failures;
	int64_t failure_wall_ms; /* the newest */
	char from[WELCOME_SOURCES][SOURCE_SIZE];
	uint32_t from_count;
	bool from_more;
};

static const struct field opened_rows[] = {
    FIELD(struct request, service, FIELD_STR, 1, "service.name"),
    FIELD(struct request, uid, FIELD_U32, 2, "user.id"),
};
static const struct fields opened_fields = FIELDS(struct request, opened_rows);

/* Does somebody begin a login there, who can read it? */
static bool
welcome_is_login(const struct policy *p, const char *service, const char *source)
{
	enum service_class c = policy_service_class(p, service);

	return c == SERVICE_REMOTE || c == SERVICE_CONSOLE ||
	       (c == SERVICE_UNKNOWN && source[0] != '\0');
}

static void
welcome_failure(struct welcome *w, const struct feed_row *row)
{
	if (w->failures++ == 0)
		w->failure_wall_ms = row->wall_ms;
	for (uint32_t i = 0; i < w->from_count; i++)
		if (strcmp(w->from[i], row->source) == 0)
			return;
	if (w->from_count == WELCOME_SOURCES)
		w->from_more = true;
	else
		(void)snprintf(w->from[w->from_count++], SOURCE_SIZE, "%s", row->source);
}

/* su into the account is no login of its owner. A body that is deleted says no service. */
static int
welcome_opened(struct welcome *w, const struct feed_row *row)
{
	static struct request r;
	int e = store_feed_body(w->server->store, row->seq, &opened_fields, &r);

	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	if (e == SKS_OK && !welcome_is_login(w->server->policy, r.service, row->source))
		return SKS_OK;
	w->found = true;
	w->wall_ms = row->wall_ms;
	(void)snprintf(w->source, sizeof(w->source), "%s", row->source);
	(void)snprintf(w->service, sizeof(w->service), "%s", r.service);
	return SKS_FULL; /* enough */
}

static int
welcome_take(void *context, const struct feed_row *row)
{
	struct welcome *w = context;

	w->looked_at++;
	if (row->outcome == OUTCOME_SUCCESS)
		return row->action == ACTION_SESSION_OPEN ? welcome_opened(w, row) : SKS_OK;
	if (row->outcome == OUTCOME_FAILURE &&
	    (row->action == ACTION_ATTEMPT || row->action == ACTION_FIRST_FACTOR ||
		row->action == ACTION_CODE || row->action == ACTION_ACCOUNT ||
		row->action == ACTION_SESSION_OPEN))
		welcome_failure(w, row);
	return SKS_OK;
}

static void welcome_put(char *out, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* One more line. */
static void
welcome_put(char *out, size_t size, const char *fmt, ...)
{
	size_t used = strlen(out);
	va_list list;

	if (used > 0 && used + 1 < size) {
		out[used++] = '\n';
		out[used] = '\0';
	}
	va_start(list, fmt);
	(void)vsnprintf(out + used, size - used, fmt, list);
	va_end(list);
}

static const char *
welcome_time(int64_t wall_ms, char out[32])
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm = {0};

	if (localtime_r(&t, &tm) == NULL || strftime(out, 32, "%Y-%m-%d %H:%M", &tm) == 0)
		(void)snprintf(out, 32, "?");
	return out;
}

static const char *
welcome_source(const char *source)
{
	return source[0] == '\0' ? _("here") : source;
}

static void
welcome_put_last(const struct welcome *w, char *out, size_t size)
{
	char time[32], from[WELCOME_SOURCES * (SOURCE_SIZE + 8) + 32] = "";

	if (w->found)
		welcome_put(out, size,
		    w->service[0] != '\0' ? _("Last login: %s from %s (%s)")
					  : _("Last login: %s from %s"),
		    welcome_time(w->wall_ms, time), welcome_source(w->source), w->service);
	else if (w->looked_at < WELCOME_RECORDS)
		welcome_put(out, size, "%s", _("Last login: none in the log"));
	if (w->failures == 0)
		return;
	for (uint32_t i = 0; i < w->from_count; i++) {
		size_t used = strlen(from);

		(void)snprintf(from + used, sizeof(from) - used, "%s%s", i == 0 ? "" : ", ",
		    welcome_source(w->from[i]));
	}
	welcome_put(out, size,
	    w->from_more || !w->found
		? _("Failed since then, at least: %u, from %s and perhaps others; the last one "
		    "%s. Was that not you? sekisho report not-me")
		: _("Failed since then: %u, from %s; the last one %s. Was that not you? "
		    "sekisho "
		    "report not-me"),
	    w->failures, from, welcome_time(w->failure_wall_ms, time));
}

static int
welcome_keep_header(void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE])
{
	(void)seq;
	return merkle_leaf(header, RECORD_HEADER_SIZE, context);
}

static int
welcome_put_receipt(struct server *s, uint64_t seq, char *out, size_t size)
{
	struct merkle_hash leaf;
	char hex[2 * MERKLE_HASH_SIZE + 1];
	int e = store_headers(s->store, seq, seq, welcome_keep_header, &leaf);

	if (e != SKS_OK)
		return e;
	(void)hex_put(hex, leaf.bytes, sizeof(leaf.bytes));
	welcome_put(out, size, _("Receipt: %llu:%s"), (unsigned long long)seq, hex);
	return SKS_OK;
}

/* What is relaxed now is told to everybody who logs in. */
static void
welcome_put_contingencies(char *out, size_t size)
{
	size_t count = 0;
	const struct contingency_now *now = contingencies_now(&count);
	char time[32];

	for (size_t i = 0; i < count; i++)
		welcome_put(out, size,
		    _("The contingency policy \"%s\" is in force until %s (E-%llu)."), now[i].name,
		    welcome_time(now[i].until_wall_ms, time), (unsigned long long)now[i].number);
}

static int
welcome_put_waiting(
    struct server *s, const struct request *r, const char *groups, char *out, size_t size)
{
	uint32_t count = 0, others = 0, due = 0;
	int e = grants_waiting(s, r->user, groups, &count);

	if (e == SKS_OK)
		e = exceptions_waiting(s, r->user, r->uid, groups, &others, &due);
	if (e == SKS_OK && count + others > 0)
		welcome_put(out, size,
		    _("Requests that wait for your approval: %u. See them: sekisho pending"),
		    count + others);
	if (e == SKS_OK && due > 0)
		welcome_put(out, size,
		    _("Exceptions whose end you have to report: %u. See them: sekisho exception "
		      "list"),
		    due);
	return e;
}

/* A way in that others opened is told to whose account it is. */
static int
welcome_put_bypass(struct server *s, const struct request *r, char *out, size_t size)
{
	int64_t at_ms = 0;
	uint64_t number = 0;
	char time[32];
	int e = store_bypass_last(s->store, r->user, r->uid, &number, &at_ms);

	if (e == SKS_OK && clock_now().wall_ms - at_ms < WELCOME_BYPASS_MS)
		welcome_put(out, size,
		    _("A bypass was issued for your account on %s (B-%llu). Did you not ask for it? "
		      "sekisho report not-me"),
		    welcome_time(at_ms, time), (unsigned long long)number);
	return e == SKS_NOT_FOUND ? SKS_OK : e;
}

/* Permits of theirs that are over and not reported. */
static int
welcome_put_owed(struct server *s, const struct request *r, char *out, size_t size)
{
	uint64_t number[4];
	size_t n = 0;
	int e = store_terms_owed(s->store, r->user, r->uid, number, 4, &n);

	for (size_t i = 0; e == SKS_OK && i < n; i++)
		welcome_put(out, size,
		    _("Your permit R-%llu is over. Report how: sekisho role report R-%llu --text ..."),
		    (unsigned long long)number[i], (unsigned long long)number[i]);
	return e;
}

/* Their trainings of this fiscal year: when they are due soon, or are late. */
static int
welcome_put_trainings(struct server *s, const struct request *r, char *out, size_t size)
{
	struct training t;
	int64_t date_ms = 0;
	int e = SKS_OK;

	for (size_t i = 0; e == SKS_OK && i < s->policy->attribute_count; i++) {
		const struct attribute *a = &s->policy->attribute[i];
		char time[32];

		if (!a->fiscal_year)
			continue;
		if ((e = retention_date(s, clock_now(), &date_ms)) == SKS_OK)
			e = duties_training(s, a, policy_person(s->policy, r->user),
			    duties_year(s->policy, date_ms), date_ms, &t);
		if (e == SKS_OK && t.state == TRAINING_OVERDUE)
			welcome_put(out, size, _("OVERDUE since %s: the training \"%s\""),
			    welcome_time(t.due_wall_ms, time), a->text != NULL ? a->text : a->name);
		else if (e == SKS_OK && t.state == TRAINING_DUE && t.urged_wall_ms != 0)
			welcome_put(out, size, _("Attend the training \"%s\" by %s"),
			    a->text != NULL ? a->text : a->name, welcome_time(t.due_wall_ms, time));
	}
	return e;
}

void
welcome_render(struct server *s, const struct request *r, const char *groups, uint64_t seq,
    char *out, size_t size)
{
	struct welcome w = {.server = s};
	int e = SKS_OK;

	if (!r->known || seq == 0 || !welcome_is_login(s->policy, r->service, r->source))
		return;
	if (s->policy->rating != NULL)
		welcome_put(out, size, _("This host is rated: %s"), s->policy->rating);
	if (s->policy->limits != NULL)
		welcome_put(out, size, _("Handling: %s"), s->policy->limits);
	welcome_put_contingencies(out, size);
	if (s->policy->last_login) {
		e = store_feed_user(s->store, r->user, seq, WELCOME_RECORDS, welcome_take, &w);
		if (e == SKS_OK || e == SKS_FULL) {
			welcome_put_last(&w, out, size);
			e = SKS_OK;
		}
	}
	if (e == SKS_OK)
		e = welcome_put_waiting(s, r, groups, out, size);
	if (e == SKS_OK)
		e = welcome_put_bypass(s, r, out, size);
	if (e == SKS_OK)
		e = welcome_put_owed(s, r, out, size);
	if (e == SKS_OK)
		e = welcome_put_trainings(s, r, out, size);
	if (e == SKS_OK && s->policy->receipt)
		e = welcome_put_receipt(s, seq, out, size);
	if (e != SKS_OK)
		log_warn("what is said after login could not be read: %s", error_text(e));
}
