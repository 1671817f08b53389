/*
 * The records that a paper is made of. Root and who has a copy read the store in one pass; an
 * auditor without root asks the daemon for each kind of record, page by page, which is recorded as
 * every reading is.
 */
#include "audit/event.h"
#include "call.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "paper/paper.h"
#include <stdlib.h>
#include <string.h>

enum { READ_PAGE = 500, READ_BODY_MAX = 1 << 20, READ_MAX = 200000 };

static bool
is_wanted(const struct paper *p, uint16_t action)
{
	for (size_t i = 0; i < PAPER_ACTIONS_MAX && p->kind->action[i] != 0; i++) {
		if (p->kind->action[i] == action)
			return true;
	}
	return false;
}

/* What came behind the paper's own record is not on it. */
static int
take(struct paper *p, uint64_t seq, const void *body, size_t len)
{
	uint64_t own = (uint64_t)paper_number(p->terms, "record");
	int64_t at_ms = 0;
	json_t *o;

	if (own != 0 && seq >= own)
		return SKS_OK;
	if (json_array_size(p->records) >= READ_MAX)
		return SKS_TOO_BIG;
	o = json_loadb(body, len, 0, NULL);
	if (!json_is_object(o)) {
		json_decref(o);
		return SKS_CORRUPT;
	}
	(void)clock_parse(paper_get(o, "@timestamp"), 0, &at_ms);
	(void)json_object_set_new(o, "seq", json_integer((json_int_t)seq));
	(void)json_object_set_new(o, "at", json_integer((json_int_t)at_ms));
	(void)json_array_append_new(p->records, o);
	return SKS_OK;
}

static int
read_store(struct paper *p)
{
	const struct log_filter filter = {0};
	struct log_cursor *cursor = NULL;
	struct record decoded;
	struct log_row row;
	int e = store_log_open(p->store, &filter, 0, &cursor);

	while (e == SKS_OK && (e = store_log_step(cursor, &row)) == 1) {
		e = record_header_decode(row.header, &decoded);
		if (e == SKS_OK && row.body != NULL && is_wanted(p, decoded.action))
			e = take(p, row.seq, row.body, row.body_len);
	}
	store_log_close(cursor);
	return e;
}

/* ---- through the daemon -------------------------------------------------------------------- */

static int
read_page(struct paper *p, struct call *call)
{
	struct buf in;
	int e = SKS_OK;

	buf_init_read(&in, call->payload.data, call->payload.len);
	while (e == SKS_OK && buf_left(&in) > 0) {
		uint64_t seq = buf_get_u64(&in);
		uint32_t len = buf_get_u32(&in);
		const void *body = len == 0 ? NULL : buf_get_ptr(&in, len);

		if (buf_error(&in) != SKS_OK || len > READ_BODY_MAX)
			return SKS_PROTOCOL;
		e = body != NULL ? take(p, seq, body, len) : SKS_OK;
	}
	return e;
}

static int
read_action(struct paper *p, const char *event)
{
	uint64_t cursor = 0;
	int status;

	do {
		struct call call;

		call_init(&call, VERB_LOG);
		(void)snprintf(call.request.event, sizeof(call.request.event), "%s", event);
		call.request.number = cursor;
		call.request.limit = READ_PAGE;
		status = call_run(&call, p->args);
		if (status == STATUS_DONE && read_page(p, &call) != SKS_OK) {
			fputs(_("sekisho: the daemon's answer is not what this version of the "
				"command expects.\n"),
			    stderr);
			status = STATUS_UNREADABLE;
		}
		/* a cursor that stands still would have us ask for ever */
		cursor = call.reply.next == cursor ? 0 : call.reply.next;
		call_clear(&call);
	} while (status == STATUS_DONE && cursor != 0);
	return status;
}

static int
by_seq(const void *a, const void *b)
{
	int64_t x = paper_number(*(json_t *const *)a, "seq"),
		y = paper_number(*(json_t *const *)b, "seq");

	return (x > y) - (x < y);
}

/* They came a kind after the other. */
static int
sort(struct paper *p)
{
	size_t n = json_array_size(p->records);
	json_t **all = calloc(n + 1, sizeof(*all)), *sorted = json_array();

	if (all == NULL || sorted == NULL) {
		free(all);
		json_decref(sorted);
		return SKS_NOMEM;
	}
	for (size_t i = 0; i < n; i++)
		all[i] = json_array_get(p->records, i);
	qsort(all, n, sizeof(json_t *), by_seq);
	for (size_t i = 0; i < n; i++)
		(void)json_array_append(sorted, all[i]);
	free(all);
	json_decref(p->records);
	p->records = sorted;
	return SKS_OK;
}

int
paper_read(struct paper *p)
{
	int e = SKS_OK, status = STATUS_DONE;

	if (p->store != NULL) {
		e = read_store(p);
	} else {
		for (size_t i = 0; status == STATUS_DONE && i < PAPER_ACTIONS_MAX &&
				   p->kind->action[i] != 0;
		     i++)
			status = read_action(p, event_by_action(p->kind->action[i])->name);
		if (status == STATUS_DONE)
			e = sort(p);
	}
	if (e == SKS_OK)
		return status;
	fprintf(stderr, _("sekisho: the log cannot be read: %s.\n"), _(error_text(e)));
	return STATUS_UNREADABLE;
}
