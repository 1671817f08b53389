/*
 * sekisho status --observe: who would have been refused while refusals are only observed, and
 * whom the enrolment grace lets in, out of the records.
 *
 * One login leaves several records of the same refusal (its second factor, its account phase,
 * its session). They are one here: by their transaction, and where there is none, as with a
 * key, by the most frequent of them.
 */
#include "call.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "show.h"
#include "table.h"
#include "words.h"
#include <stdlib.h>
#include <string.h>

enum { OBSERVE_PAGE = 500, OBSERVE_ACTIONS = 4, OBSERVE_RECENT = 16 };
#define OBSERVE_DEFAULT_MS (INT64_C(30) * 24 * 60 * 60 * 1000)

struct observed {
	char user[256], service[64], reason[40];
	struct {
		char action[40];
		uint64_t count;
	} by[OBSERVE_ACTIONS];
	int64_t recent[OBSERVE_RECENT]; /* transactions seen last: logins overlap */
	uint64_t transactions;
	int64_t first_ms, last_ms;
};

struct observe {
	struct observed *item; /* owned */
	size_t count, room;
	uint64_t records;
};

/* ---- taking records ---------------------------------------------------------------------- */

/* Nearly all records are of neither kind: their bodies need not be parsed. */
static bool
observe_has(const void *body, size_t len, const char *member)
{
	return memmem(body, len, member, strlen(member)) != NULL;
}

static struct observed *
observe_row(struct observe *o, const json_t *record)
{
	const char *user = show_text(record, "user.name");
	const char *service = show_text(record, "service.name");
	const char *reason = show_text(record, "event.reason");
	struct observed *row;

	for (size_t i = 0; i < o->count; i++) {
		row = &o->item[i];
		if (strcmp(row->user, user) == 0 && strcmp(row->service, service) == 0 &&
		    strcmp(row->reason, reason) == 0)
			return row;
	}
	if (o->count == o->room) {
		size_t room = o->room == 0 ? 64 : o->room * 2;
		struct observed *grown = reallocarray(o->item, room, sizeof(*grown));

		if (grown == NULL)
			return NULL;
		o->item = grown;
		o->room = room;
	}
	row = &o->item[o->count++];
	*row = (struct observed){.first_ms = INT64_MAX};
	(void)snprintf(row->user, sizeof(row->user), "%s", user);
	(void)snprintf(row->service, sizeof(row->service), "%s", service);
	(void)snprintf(row->reason, sizeof(row->reason), "%s", reason);
	return row;
}

static void
observe_count_transaction(struct observed *row, int64_t transaction)
{
	for (size_t i = 0; i < OBSERVE_RECENT; i++) {
		if (row->recent[i] == transaction)
			return;
	}
	row->recent[row->transactions++ % OBSERVE_RECENT] = transaction;
}

static void
observe_count_action(struct observed *row, const char *action)
{
	for (size_t i = 0; i < OBSERVE_ACTIONS; i++) {
		if (row->by[i].count == 0)
			(void)snprintf(
			    row->by[i].action, sizeof(row->by[i].action), "%s", action);
		if (strcmp(row->by[i].action, action) == 0) {
			row->by[i].count++;
			return;
		}
	}
}

static void
observe_count(struct observed *row, const json_t *record)
{
	int64_t wall_ms, transaction = show_number(record, "sekisho.transaction");

	if (transaction != 0)
		observe_count_transaction(row, transaction);
	else
		observe_count_action(row, show_text(record, "event.action"));
	if (clock_parse(show_text(record, "@timestamp"), 0, &wall_ms) != SKS_OK)
		return;
	if (wall_ms < row->first_ms)
		row->first_ms = wall_ms;
	if (wall_ms > row->last_ms)
		row->last_ms = wall_ms;
}

static int
observe_take(struct observe *o, const void *body, size_t len)
{
	struct observed *row = NULL;
	json_t *record;

	o->records++;
	if (!observe_has(body, len, "\"sekisho.observed\":true") &&
	    !observe_has(body, len, "\"event.reason\":\"grace\""))
		return SKS_OK;
	record = json_loadb(body, len, 0, NULL);
	/* what a person wrote into a message may look like a member of it */
	if (json_is_true(json_object_get(record, "sekisho.observed")) ||
	    strcmp(show_text(record, "event.reason"), "grace") == 0) {
		row = observe_row(o, record);
		if (row == NULL) {
			json_decref(record);
			return SKS_NOMEM;
		}
		observe_count(row, record);
	}
	json_decref(record);
	return SKS_OK;
}

static int
observe_page(struct observe *o, const struct call *call)
{
	struct buf in;

	buf_init_read(&in, call->payload.data, call->payload.len);
	while (buf_left(&in) > 0 && buf_error(&in) == SKS_OK) {
		(void)buf_get_u64(&in);
		uint32_t len = buf_get_u32(&in);
		const void *body = len == 0 ? NULL : buf_get_ptr(&in, len);

		if (buf_error(&in) != SKS_OK)
			return SKS_PROTOCOL;
		if (body != NULL && observe_take(o, body, len) != SKS_OK)
			return SKS_NOMEM;
	}
	return buf_error(&in);
}

static int
observe_fetch(struct observe *o, struct call *call, const struct args *args)
{
	uint64_t cursor = 0;
	int status;

	do {
		call->request.number = cursor;
		call->request.limit = OBSERVE_PAGE;
		status = call_run(call, args);
		if (status != STATUS_DONE)
			return status;
		if (observe_page(o, call) != SKS_OK) {
			fputs(_("sekisho: the daemon's answer is not what this version of the "
				"command expects.\n"),
			    stderr);
			return STATUS_UNREADABLE;
		}
		if (call->reply.next == cursor)
			break;
		cursor = call->reply.next;
	} while (cursor != 0);
	return STATUS_DONE;
}

/* ---- showing ----------------------------------------------------------------------------- */

static uint64_t
observe_times(const struct observed *row)
{
	uint64_t most = 0;

	for (size_t i = 0; i < OBSERVE_ACTIONS; i++) {
		if (row->by[i].count > most)
			most = row->by[i].count;
	}
	return row->transactions + most;
}

static int
observe_compare(const void *a, const void *b)
{
	const struct observed *x = a, *y = b;
	int r = strcmp(x->user, y->user);

	if (r == 0)
		r = strcmp(x->service, y->service);
	return r != 0 ? r : strcmp(x->reason, y->reason);
}

static void
observe_show(const struct observe *o, int64_t since_ms)
{
	char time[SHOW_TIME_SIZE], number[SHOW_TIME_SIZE];
	struct table t;

	printf(_("Would have been refused since %s, records looked at: %llu\n"),
	    show_time(since_ms, time), (unsigned long long)o->records);
	if (o->count == 0) {
		fputs(_("Nobody: what was let in would be let in by the rules too.\n"), stdout);
		return;
	}
	fputc('\n', stdout);
	table_init(
	    &t, 6, _("ACCOUNT"), _("SERVICE"), _("REASON"), _("LOGINS"), _("FIRST"), _("LAST"));
	for (size_t i = 0; i < o->count; i++) {
		const struct observed *row = &o->item[i];

		table_add(&t, row->user);
		table_add(&t, row->service);
		table_add(&t, words_shown(row->reason));
		table_add(&t, show_digits((int64_t)observe_times(row), number));
		table_add(&t, show_time(row->first_ms, time));
		table_add(&t, show_time(row->last_ms, time));
	}
	table_print(&t, stdout);
	table_clear(&t);
}

static void
observe_show_json(const struct observe *o, int64_t since_ms)
{
	json_t *list = json_array(), *answer;

	for (size_t i = 0; i < o->count; i++) {
		const struct observed *row = &o->item[i];

		(void)json_array_append_new(
		    list, json_pack("{s:s,s:s,s:s,s:I,s:I,s:I}", "account", row->user,
			      "service", row->service, "reason", row->reason, "logins",
			      (json_int_t)observe_times(row), "first",
			      (json_int_t)row->first_ms, "last", (json_int_t)row->last_ms));
	}
	answer = json_pack("{s:I,s:I,s:o}", "since", (json_int_t)since_ms, "records",
	    (json_int_t)o->records, "refused", list);
	show_json(answer);
	json_decref(answer);
}

int
run_status_observe(const struct args *args)
{
	struct observe o = {.count = 0};
	struct call call;
	int r;

	call_init(&call, VERB_LOG);
	r = call_set_time(&call.request.since_ms, args, OPT_SINCE);
	if (call.request.since_ms == 0)
		call.request.since_ms = clock_now().wall_ms - OBSERVE_DEFAULT_MS;
	if (r == STATUS_DONE)
		r = observe_fetch(&o, &call, args);
	if (o.count > 0)
		qsort(o.item, o.count, sizeof(o.item[0]), observe_compare);
	if (r == STATUS_DONE && args_has(args, OPT_JSON))
		observe_show_json(&o, call.request.since_ms);
	else if (r == STATUS_DONE)
		observe_show(&o, call.request.since_ms);
	free(o.item);
	call_clear(&call);
	return r;
}
