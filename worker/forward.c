/*
 * The forwarder: reads records behind a place and sends them to a target, as many as it takes
 * now. It waits for nobody; when to try again is the daemon's affair.
 */
#include "forward/format.h"

#include "clock.h"
#include "error.h"
#include "helper.h"
#include "log.h"
#include "outlet.h"
#include "worker.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

enum {
	OUTLETS_MAX = 12,
	ASK_RECORDS_MAX = 1024,
	ASK_BYTES_MAX = 4 << 20,
	HEAD_NOTE_MAX = 16384
};
enum { WAIT_MS = 10, WAITS_MAX = 4 };
/* Nobody says that a datagram found no room: a receiver's buffer holds about a hundred. */
enum { BURST = 64, BURST_PAUSE_MS = 4 };

struct forwarder {
	const char *dir;
	struct store *store; /* NULL until the first request */
	char host[FORMAT_HOST_SIZE];
	uint64_t order;
	struct outlet *outlet[OUTLETS_MAX]; /* owned */
	struct buf message;
	size_t bytes; /* sent for this request */
	int patience; /* how often it may still wait for room */
};

/* Opened at the first request, as the worker does, and closed to the rest of the host then. */
static int
forward_open_store(struct forwarder *f)
{
	const struct store_options options = {.dir = f->dir, .read_only = true};
	int r;

	if (f->store != NULL)
		return SKS_OK;
	if ((r = store_open(&options, &f->store, NULL)) != SKS_OK) {
		f->store = NULL;
		return r;
	}
	if (worker_confine(f->dir, CONFINE_FORWARDER) != SKS_OK)
		exit(EXIT_FAILURE);
	return SKS_OK;
}

/* The outlet of that name; made, in place of the one not used for longest, where there is none.
 */
static int
forward_outlet(struct forwarder *f, const char *name, struct outlet **out)
{
	size_t oldest = 0;
	int r = SKS_OK;

	for (size_t i = 0; i < OUTLETS_MAX; i++) {
		struct outlet *o = f->outlet[i];

		if (o != NULL && strcmp(o->name, name) == 0) {
			o->used = ++f->order;
			*out = o;
			return SKS_OK;
		}
		if (f->outlet[oldest] != NULL &&
		    (o == NULL || o->used < f->outlet[oldest]->used))
			oldest = i;
	}
	if (f->outlet[oldest] != NULL)
		outlet_close(f->outlet[oldest]);
	else if ((f->outlet[oldest] = calloc(1, sizeof(struct outlet))) == NULL)
		return SKS_NOMEM;
	if ((r = outlet_open(f->outlet[oldest], name)) != SKS_OK) {
		free(f->outlet[oldest]);
		f->outlet[oldest] = NULL;
		return r;
	}
	f->outlet[oldest]->used = ++f->order;
	*out = f->outlet[oldest];
	return SKS_OK;
}

/* ---- records ----------------------------------------------------------------------------- */

/* A socket's queue may be ten messages short, and empty again at once. */
static bool
forward_wait(struct forwarder *f, const struct outlet *o)
{
	struct pollfd p = {.fd = o->fd, .events = POLLOUT};

	if (f->patience <= 0)
		return false;
	f->patience--;
	return poll(&p, 1, WAIT_MS) > 0;
}

static int
forward_send(struct forwarder *f, struct outlet *o, const struct forward_place *place)
{
	int r = buf_error(&f->message);

	if (r != SKS_OK)
		return r;
	do {
		r = outlet_send(o, f->message.data, f->message.len, place);
	} while (r == SKS_FULL && forward_wait(f, o));
	if (r == SKS_OK) {
		f->bytes += f->message.len;
		f->patience = WAITS_MAX;
	}
	return r;
}

static void
forward_format(struct forwarder *f, const struct outlet *o, const struct format_record *r)
{
	buf_reset(&f->message);
	if (o->target.kind == TARGET_JOURNAL)
		format_journal_record(&f->message, r);
	else
		format_syslog_record(&f->message, f->host, r);
}

/* What is too long for the target goes without its body: that it was, and its hash, arrive. */
static int
forward_record(
    struct forwarder *f, struct outlet *o, const struct log_row *row, uint32_t *shortened)
{
	static struct format_record record;
	struct forward_place place = o->sent;
	int r;

	if ((r = format_record_read(&record, row->header, row->body, row->body_len)) != SKS_OK)
		return SKS_CORRUPT;
	place.seq = row->seq;
	forward_format(f, o, &record);
	r = forward_send(f, o, &place);
	if (r == SKS_TOO_BIG && record.body != NULL) {
		record.body = NULL;
		(*shortened)++;
		forward_format(f, o, &record);
		r = forward_send(f, o, &place);
	}
	return r;
}

static bool
forward_is_chosen(const struct log_row *row, uint32_t classes)
{
	struct record header;

	return record_header_decode(row->header, &header) != SKS_OK ||
	       (classes >> header.retention & 1) != 0;
}

static int
forward_records(struct forwarder *f, struct outlet *o, const struct forward_call *call,
    struct forward_answer *answer)
{
	const struct log_filter all = {.newest_first = false};
	uint32_t limit = call->limit < ASK_RECORDS_MAX ? call->limit : ASK_RECORDS_MAX;
	struct log_cursor *cursor = NULL;
	struct log_row row;
	int r = store_log_open(f->store, &all, o->sent.seq, &cursor);

	for (uint32_t i = 0; r == SKS_OK; i++) {
		struct forward_place place = o->sent;

		answer->more = i == limit || f->bytes >= ASK_BYTES_MAX;
		if (answer->more || (r = store_log_step(cursor, &row)) <= 0)
			break;
		place.seq = row.seq;
		if (forward_is_chosen(&row, call->classes)) {
			r = forward_record(f, o, &row, &answer->shortened);
			if (o->target.kind == TARGET_UDP && i % BURST == BURST - 1)
				(void)poll(NULL, 0, BURST_PAUSE_MS);
		} else {
			outlet_pass(o, &place);
			r = SKS_OK;
		}
	}
	store_log_close(cursor);
	return r;
}

/* ---- heads ------------------------------------------------------------------------------- */

/* The newest one, if the target does not have it; the records that it covers have gone before.
 */
static int
forward_head(struct forwarder *f, struct outlet *o)
{
	struct format_head head = {.wall_ms = clock_now().wall_ms};
	struct forward_place place = o->sent;
	struct store_chain chain = {0};
	struct buf note;
	int r;

	buf_init(&note, HEAD_NOTE_MAX);
	r = store_chain(f->store, 0, &chain);
	if (r == SKS_OK)
		r = store_head_newest(f->store, chain.id, &head.size, &note);
	place.head_chain = chain.id;
	place.head_size = head.size;
	if (r != SKS_OK || chain.first + head.size - 1 > o->sent.seq ||
	    (o->sent.head_chain == place.head_chain && o->sent.head_size == place.head_size)) {
		r = r == SKS_NOT_FOUND ? SKS_OK : r;
		goto out;
	}
	head.note = (const char *)note.data;
	head.note_len = note.len;
	buf_reset(&f->message);
	if (o->target.kind == TARGET_JOURNAL)
		format_journal_head(&f->message, &head);
	else
		format_syslog_head(&f->message, f->host, &head);
	r = forward_send(f, o, &place);
out:
	buf_clear(&note);
	return r;
}

/* ---- requests ---------------------------------------------------------------------------- */

static int
forward_run(struct forwarder *f, const struct forward_call *call, struct forward_answer *answer)
{
	struct outlet *o = NULL;
	int64_t now = clock_monotonic_ms();
	int r, e;

	answer->place = call->place;
	if ((r = forward_open_store(f)) != SKS_OK ||
	    (r = forward_outlet(f, call->target, &o)) != SKS_OK)
		return r;
	f->bytes = 0;
	f->patience = WAITS_MAX;
	r = outlet_prepare(o, &call->place, now, answer->text, sizeof(answer->text));
	if (r == SKS_OK)
		r = forward_records(f, o, call, answer);
	if (r == SKS_OK)
		r = forward_head(f, o);
	if (r == SKS_UNREACHABLE && o->fd >= 0) {
		e = errno;
		(void)snprintf(answer->text, sizeof(answer->text), "%s", strerror(e));
		outlet_close(o);
	}
	/* some went: there may soon be room for more */
	answer->more |= r == SKS_FULL && f->bytes > 0;
	outlet_confirm(o, now);
	answer->place = o->confirmed;
	return r;
}

/* 0, or SKS_PROTOCOL for what the daemon never asks. */
static int
forward_serve(struct forwarder *f, struct helper_message *m)
{
	static struct forward_call call;
	struct forward_answer answer = {0};

	if (m->type != FORWARD_REQUEST || m->more || m->payload.len != 0 ||
	    fields_decode(&forward_call_fields, &m->fields, &call) != SKS_OK)
		return SKS_PROTOCOL;
	answer.status = forward_run(f, &call, &answer);
	if (answer.text[0] == '\0' && answer.status != SKS_OK)
		(void)snprintf(answer.text, sizeof(answer.text), "%s",
		    answer.status == SKS_FULL ? "takes no more now"
					      : error_text((int)answer.status));
	return helper_answer(
	    HELPER_FD, m->id, m->type, &forward_answer_fields, &answer, NULL, 0);
}

int
forward_loop(const char *dir)
{
	static uint8_t data[HELPER_MESSAGE_MAX];
	static struct forwarder f;
	int r;

	f.dir = dir;
	(void)prctl(PR_SET_NAME, "sekisho-forward");
	(void)format_host(f.host);
	(void)record_prepare();
	buf_init(&f.message, FORMAT_MAX);
	do {
		struct helper_message m;

		r = helper_receive(HELPER_FD, -1, data, &m);
		if (r == SKS_OK)
			r = forward_serve(&f, &m);
		else if (r == SKS_TIMEOUT)
			r = SKS_OK;
	} while (r == SKS_OK);
	for (size_t i = 0; i < OUTLETS_MAX; i++) {
		if (f.outlet[i] != NULL)
			outlet_close(f.outlet[i]);
		free(f.outlet[i]);
	}
	buf_clear(&f.message);
	store_close(f.store);
	return r;
}
