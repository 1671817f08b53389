/*
 * The records that a paper is made of. Root and who has a copy read the store in one pass; an
 * auditor without root asks the daemon, page by page, which is recorded as every reading is.
 */
#include "audit/event.h"
#include "call.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "paper/paper.h"
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

static int
say(int e)
{
	if (e == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr, _("sekisho: the log cannot be read: %s.\n"), _(error_text(e)));
	return STATUS_UNREADABLE;
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

/* All kinds of record in one question, in their order. */
static int
read_daemon(struct paper *p)
{
	uint64_t cursor = 0;
	int status, e = SKS_OK;

	do {
		struct call call;
		size_t used = 0;

		call_init(&call, VERB_LOG);
		for (size_t i = 0; i < PAPER_ACTIONS_MAX && p->kind->action[i] != 0; i++)
			used += (size_t)snprintf(call.request.event + used,
			    sizeof(call.request.event) - used, "%s%s", i > 0 ? "," : "",
			    event_by_action(p->kind->action[i])->name);
		call.request.number = cursor;
		call.request.limit = READ_PAGE;
		status = call_run(&call, p->args);
		if (status == STATUS_DONE && (e = read_page(p, &call)) != SKS_OK)
			status = say(e);
		/* a cursor that stands still would have us ask for ever */
		cursor = call.reply.next == cursor ? 0 : call.reply.next;
		call_clear(&call);
	} while (status == STATUS_DONE && cursor != 0);
	return status;
}

int
paper_read(struct paper *p)
{
	if (p->kind->action[0] == 0)
		return STATUS_DONE;
	return p->store != NULL ? say(read_store(p)) : read_daemon(p);
}
