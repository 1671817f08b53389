#include "keeper/volume.h"

#include "error.h"
#include "i18n.h"
#include "keeper/keeper.h"
#include "log.h"
#include "size.h"
#include "sockdiag.h"
#include "store/volume.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	LOOK_EVERY_MS = 10000,
	LOOK_WITHIN_MS = 20000,
	A_TIME = 64,
	ROW_SIZE = 16,
	TELLS_MAX = 8,
};

/* Who has to be told, and on which terminal: asked for first. */
struct tell {
	struct server *server; /* NULL: free */
	uint32_t audit_session;
	uint64_t bytes;
};

static struct {
	int64_t next_ms;
	bool asking;
	int blind; /* why the last look saw nothing; 0: it saw, or there was none yet */
	struct tell tell[TELLS_MAX];
} volume;

/* ---- sessions begin and close ------------------------------------------------------------ */

int
volume_begun(struct server *s, const struct job *job)
{
	const struct request *r = &job->request;
	uint16_t port = sockdiag_port(r->connection);

	/* su and sudo go over the connection of the login that they are in, if over any */
	if (!r->by_root || r->source[0] == '\0' ||
	    policy_service_class(s->policy, r->service) == SERVICE_ELEVATION)
		return SKS_OK;
	return store_volume_open(
	    s->store, r, port, port == 0 ? 0 : job->pam.cookie, port == 0 ? 0 : job->pam.sent);
}

int
volume_over(struct server *s, const struct job *job)
{
	if (!job->request.by_root || job->pam.cookie == 0)
		return SKS_OK;
	return store_volume_last(s->store, &job->request, job->pam.cookie, job->pam.sent);
}

/* ---- counting ---------------------------------------------------------------------------- */

static void
today(char out[DAY_SIZE])
{
	time_t t = (time_t)(clock_now().wall_ms / 1000);
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL || strftime(out, DAY_SIZE, "%Y-%m-%d", &tm) == 0)
		(void)snprintf(out, DAY_SIZE, "1970-01-01");
}

static bool
is_measured(const struct store_volume *v)
{
	return v->cookie != 0 && v->measured_wall_ms != 0;
}

static void
put_session(struct record *r, const struct server *s, const struct store_volume *v)
{
	record_put_str(r, "user.name", v->user);
	record_put_int(r, "user.id", v->uid);
	record_put_str(r, "sekisho.person", policy_person(s->policy, v->user));
	record_put_str(r, "service.name", v->service);
	record_put_str(r, "source.ip", v->source);
	record_put_int(r, "sekisho.session", (int64_t)v->session);
	record_put_int(r, "sekisho.download.since", v->opened_wall_ms);
	if (is_measured(v)) {
		record_put_int(r, "sekisho.download.bytes", (int64_t)store_volume_bytes(v));
		record_put_int(r, "sekisho.download.measured", v->measured_wall_ms);
		record_put_bool(r, "sekisho.download.last", v->last);
	}
}

static int
warn_session(struct server *s, struct store_volume *v)
{
	int64_t limit = s->policy->download_warn;
	struct record r;

	if (v->warned || limit == 0 || store_volume_bytes(v) < (uint64_t)limit)
		return SKS_OK;
	v->warned = true;
	keeper_record(s, &r, ACTION_DOWNLOAD_WARN, OUTCOME_SUCCESS, "above-limit");
	put_session(&r, s, v);
	record_put_int(&r, "sekisho.download.limit", limit);
	return keeper_append(s, &r);
}

static void
put_day(struct record *r, const struct store_volume_day *d)
{
	record_put_str(r, "user.name", d->person);
	record_put_str(r, "sekisho.person", d->person);
	record_put_str(r, "sekisho.download.day", d->day);
	if (d->bytes > 0 || d->unmeasured < d->sessions)
		record_put_int(r, "sekisho.download.bytes", (int64_t)d->bytes);
	record_put_int(r, "sekisho.download.sessions", d->sessions);
	record_put_int(r, "sekisho.download.unmeasured", d->unmeasured);
}

static int
warn_day(struct server *s, struct store_volume_day *d)
{
	struct store_volume_day mark = {.warned = true};
	int64_t limit = s->policy->download_warn_day;
	struct record r;
	int e;

	if (d->warned || limit == 0 || d->bytes < (uint64_t)limit)
		return SKS_OK;
	memcpy(mark.day, d->day, sizeof(mark.day));
	memcpy(mark.person, d->person, sizeof(mark.person));
	if ((e = store_volume_day_add(s->store, &mark)) != SKS_OK)
		return e;
	keeper_record(s, &r, ACTION_DOWNLOAD_DAY_WARN, OUTCOME_SUCCESS, "above-limit");
	put_day(&r, d);
	record_put_int(&r, "sekisho.download.limit", limit);
	return keeper_append(s, &r);
}

/* Brings what is new of this session into the day's sum, and warns. */
static int
count(struct server *s, struct store_volume *v, bool over)
{
	struct store_volume_day d = {.sessions = over, .unmeasured = over && !is_measured(v)};
	uint64_t bytes = store_volume_bytes(v);
	int e;

	today(d.day);
	(void)snprintf(d.person, sizeof(d.person), "%s", policy_person(s->policy, v->user));
	d.bytes = bytes > v->counted ? bytes - v->counted : 0;
	v->counted = bytes;
	if ((e = store_volume_day_add(s->store, &d)) == SKS_OK &&
	    (e = warn_session(s, v)) == SKS_OK)
		e = warn_day(s, &d);
	return e;
}

/* ---- the end of a session, and of a day -------------------------------------------------- */

static int
record_end(struct server *s, struct store_volume *v)
{
	bool measured = is_measured(v);
	struct record r;
	int e = count(s, v, true);

	if (e != SKS_OK)
		return e;
	keeper_record(s, &r, ACTION_DOWNLOAD_SESSION, measured ? OUTCOME_SUCCESS : OUTCOME_UNKNOWN,
	    measured ? NULL : "not-measured");
	put_session(&r, s, v);
	if ((e = keeper_append(s, &r)) == SKS_OK)
		e = store_volume_drop(s->store, v->session);
	return e;
}

static int
record_days(struct server *s)
{
	static struct store_volume_day d[A_TIME];
	char day[DAY_SIZE];
	size_t n = 0;
	int e;

	today(day);
	e = store_volume_days(s->store, day, d, A_TIME, &n);
	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		struct record r;

		keeper_record(s, &r, ACTION_DOWNLOAD_DAY, OUTCOME_SUCCESS, NULL);
		put_day(&r, &d[i]);
		if ((e = keeper_append(s, &r)) == SKS_OK)
			e = store_volume_day_drop(s->store, &d[i]);
	}
	return e;
}

/* Sessions that are gone, however they went: closed, killed, by a reboot. Sums first. */
static int
settle(struct server *s, void *context)
{
	static struct store_volume v[A_TIME];
	size_t n = 0;
	int e = store_volumes(s->store, true, 0, v, A_TIME, &n);

	(void)context;
	for (size_t i = 0; e == SKS_OK && i < n; i++)
		e = record_end(s, &v[i]);
	return e == SKS_OK ? record_days(s) : e;
}

/* ---- whoever sits there ------------------------------------------------------------------ */

static void
told(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	(void)ctx; /* a terminal that is gone needs no message */
	(void)error;
	(void)answer;
	(void)payload;
	(void)payload_len;
}

static void
found_terminal(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct tell *t = ctx;
	const struct warden_answer *a = answer;
	struct warden_call call = {0};
	char size[SIZE_TEXT];
	uint32_t session;
	int64_t read_s;

	(void)payload;
	(void)payload_len;
	/* scp and sftp have none */
	if (error == SKS_OK && a->status == 0 &&
	    sscanf(a->text, "%" SCNu32 " %" SCNd64 " %23[a-zA-Z0-9/]", &session, &read_s,
		call.name) == 3 &&
	    session == t->audit_session) {
		(void)snprintf(call.text, sizeof(call.text),
		    _("Sekisho: %s were sent to you in this session. That is more than this host "
		      "passes over in silence; it was recorded and reported."),
		    size_print(t->bytes, size));
		(void)helper_send(t->server->courier, WARDEN_TELL, &warden_call_fields, &call,
		    NULL, 0, told, NULL, clock_monotonic_ms() + LOOK_WITHIN_MS);
	}
	t->server = NULL;
}

static void
tell(struct server *s, const struct store_volume *v)
{
	struct warden_call call = {0};

	for (size_t i = 0; i < TELLS_MAX; i++) {
		struct tell *t = &volume.tell[i];

		if (t->server != NULL || v->audit_session == NO_UID)
			continue;
		*t = (struct tell){s, v->audit_session, store_volume_bytes(v)};
		(void)snprintf(call.text, sizeof(call.text), "%u", v->audit_session);
		if (helper_send(s->warden, WARDEN_IDLE, &warden_call_fields, &call, NULL, 0,
			found_terminal, t, clock_monotonic_ms() + LOOK_WITHIN_MS) != SKS_OK)
			t->server = NULL;
		return;
	}
}

/* ---- a look ------------------------------------------------------------------------------ */

struct row {
	uint64_t cookie, acked;
};

struct look {
	struct row *row;
	size_t count;
	struct store_volume warned[TELLS_MAX];
	size_t warned_count;
};

static int
row_compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

/* Written where something is new; a shell in which nothing happens costs nothing. */
static int
look_at(struct server *s, struct look *look, struct store_volume *v)
{
	const struct row key = {.cookie = v->cookie}, *row;
	bool warned = v->warned;
	int e = SKS_OK;

	if (v->cookie == 0 || (row = bsearch(&key, look->row, look->count, sizeof(key),
				   row_compare)) == NULL)
		return SKS_OK;
	if (row->acked <= v->sent && v->measured_wall_ms != 0)
		return SKS_OK;
	if (row->acked > v->sent)
		v->sent = row->acked;
	v->measured_wall_ms = clock_now().wall_ms;
	if ((e = count(s, v, false)) == SKS_OK)
		e = store_volume_put(s->store, v);
	if (e == SKS_OK && v->warned && !warned && look->warned_count < TELLS_MAX)
		look->warned[look->warned_count++] = *v;
	return e;
}

static int
looked_turn(struct server *s, void *context)
{
	static struct store_volume v[A_TIME];
	struct look *look = context;
	uint64_t after = 0;
	size_t n = 0;
	int e;

	do {
		e = store_volumes(s->store, false, after, v, A_TIME, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			after = v[i].session;
			e = look_at(s, look, &v[i]);
		}
	} while (e == SKS_OK && n == A_TIME);
	return e;
}

/* The warden is ours, but what it says was the kernel's: counted before it is believed. */
static int
read_rows(const void *payload, size_t len, struct look *look)
{
	struct buf in;

	if (len % ROW_SIZE != 0)
		return SKS_PROTOCOL;
	look->row = calloc(len / ROW_SIZE + 1, sizeof(*look->row));
	if (look->row == NULL)
		return SKS_NOMEM;
	buf_init_read(&in, payload, len);
	while (buf_left(&in) > 0) {
		look->row[look->count].cookie = buf_get_u64(&in);
		look->row[look->count++].acked = buf_get_u64(&in);
	}
	qsort(look->row, look->count, sizeof(*look->row), row_compare);
	return SKS_OK;
}

static void
looked(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	static struct look look;
	const struct warden_answer *a = answer;
	struct server *s = ctx;

	volume.asking = false;
	if (error == SKS_OK)
		error = (int)a->status;
	look = (struct look){0};
	if (error == SKS_OK)
		error = read_rows(payload, payload_len, &look);
	if (error == SKS_OK)
		error = turn_own(s, looked_turn, &look);
	if (error == SKS_OK && a->number > 0)
		error = SKS_TOO_BIG; /* more connections than an answer has room for */
	for (size_t i = 0; error == SKS_OK && i < look.warned_count; i++)
		tell(s, &look.warned[i]);
	free(look.row);
	if (error != SKS_OK && volume.blind == SKS_OK)
		log_warn("what is sent to remote sessions could not be counted: %s",
		    error_text(error));
	volume.blind = error;
}

int
volume_put_today(struct server *s, const char *person, json_t *o)
{
	struct store_volume_day d;
	char day[DAY_SIZE];
	int e;

	today(day);
	e = store_volume_day(s->store, day, person, &d);
	if (e == SKS_OK && d.bytes > 0)
		(void)json_object_set_new(o, "sent_today", json_integer((json_int_t)d.bytes));
	return e == SKS_NOT_FOUND ? SKS_OK : e;
}

json_t *
volume_status(void)
{
	return json_pack("{s:b,s:s}", "counted", volume.blind == SKS_OK, "why",
	    volume.blind == SKS_OK ? "" : error_text(volume.blind));
}

static int
ask(struct server *s, void *context)
{
	static uint16_t port[SOCKDIAG_PORTS_MAX];
	struct warden_call *call = context;
	size_t n = 0, used = 0;
	int e = store_volume_ports(s->store, port, SOCKDIAG_PORTS_MAX, &n);

	for (size_t i = 0; e == SKS_OK && i < n; i++)
		used += (size_t)snprintf(call->text + used, sizeof(call->text) - used, "%s%u",
		    i > 0 ? "," : "", port[i]);
	return e;
}

int
volume_tick(struct server *s)
{
	static struct warden_call call;
	int64_t now = clock_now().boot_ms;
	int e = turn_own(s, settle, NULL);

	if (e != SKS_OK || volume.asking || now < volume.next_ms)
		return e;
	volume.next_ms = now + LOOK_EVERY_MS;
	memset(&call, 0, sizeof(call));
	if ((e = turn_own(s, ask, &call)) == SKS_OK && call.text[0] != '\0')
		volume.asking =
		    helper_send(s->warden, WARDEN_VOLUME, &warden_call_fields, &call, NULL, 0,
			looked, s, clock_monotonic_ms() + LOOK_WITHIN_MS) == SKS_OK;
	return e;
}
