/*
 * sekisho log: records page by page, newest last.
 */
#include "audit/event.h"
#include "call.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "log_filter.h"
#include "log_line.h"
#include "log_nothing.h"
#include "policy/nearest.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	LOG_PAGE = 500,
	LOG_FOLLOW_FIRST = 10, /* shown before waiting, as tail and journalctl do */
	LOG_FOLLOW_PAUSE_S = 1,
	LOG_LIMIT_MAX = 1000000,
	LOG_BODY_MAX = 1 << 20,
};

struct log_body {
	uint64_t seq;
	void *data; /* owned; NULL: deleted */
	size_t len;
};

struct log_view {
	const struct args *args;
	bool json, colours;
	uint64_t left;     /* still to be shown */
	uint64_t last_seq; /* the newest one seen */
	uint64_t deleted;
	/* newest first: kept until all are there, then shown the other way round */
	bool keep;
	struct log_body *kept;
	size_t kept_count, kept_room;
};

/* ---- showing ----------------------------------------------------------------------------- */

static void
log_show(struct log_view *v, uint64_t seq, const void *data, size_t len)
{
	if (!v->json) {
		log_line_print(stdout, seq, data, len, v->colours);
	} else if (data == NULL) {
		v->deleted++;
	} else {
		fwrite(data, 1, len, stdout);
		fputc('\n', stdout);
	}
}

static int
log_keep(struct log_view *v, uint64_t seq, const void *data, size_t len)
{
	struct log_body *b;

	if (v->kept_count == v->kept_room) {
		size_t room = v->kept_room == 0 ? 256 : v->kept_room * 2;
		struct log_body *grown = reallocarray(v->kept, room, sizeof(*grown));

		if (grown == NULL)
			return SKS_NOMEM;
		v->kept = grown;
		v->kept_room = room;
	}
	b = &v->kept[v->kept_count];
	b->seq = seq;
	b->len = len;
	b->data = NULL;
	if (data != NULL) {
		b->data = malloc(len);
		if (b->data == NULL)
			return SKS_NOMEM;
		memcpy(b->data, data, len);
	}
	v->kept_count++;
	return SKS_OK;
}

static void
log_show_kept(struct log_view *v)
{
	for (size_t i = v->kept_count; i-- > 0;) {
		log_show(v, v->kept[i].seq, v->kept[i].data, v->kept[i].len);
		free(v->kept[i].data);
	}
	free(v->kept);
	v->kept = NULL;
	v->kept_count = v->kept_room = 0;
}

/* ---- fetching ---------------------------------------------------------------------------- */

static int
log_read_page(struct log_view *v, struct call *call, uint64_t after)
{
	struct buf in;

	buf_init_read(&in, call->payload.data, call->payload.len);
	while (buf_left(&in) > 0 && buf_error(&in) == SKS_OK && v->left > 0) {
		uint64_t seq = buf_get_u64(&in);
		uint32_t len = buf_get_u32(&in);
		const void *data = len == 0 ? NULL : buf_get_ptr(&in, len);

		if (buf_error(&in) != SKS_OK || len > LOG_BODY_MAX)
			return SKS_PROTOCOL;
		if (seq <= after)
			continue;
		v->left--;
		if (seq > v->last_seq)
			v->last_seq = seq;
		if (!v->keep)
			log_show(v, seq, data, len);
		else if (log_keep(v, seq, data, len) != SKS_OK)
			return SKS_NOMEM;
	}
	return buf_error(&in);
}

/* All pages from cursor "after"; records up to it are not shown again. */
static int
log_fetch(struct log_view *v, struct call *call, uint64_t after)
{
	uint64_t cursor = after;
	int status;

	do {
		call->request.number = cursor;
		call->request.limit = v->left < LOG_PAGE ? (uint32_t)v->left : LOG_PAGE;
		call->request.newest_first = v->keep;
		status = call_run(call, v->args);
		if (status != STATUS_DONE)
			return status;
		if (log_read_page(v, call, v->keep ? 0 : after) != SKS_OK) {
			fputs(_("sekisho: the daemon's answer is not what this version of the "
				"command expects.\n"),
			    stderr);
			return STATUS_UNREADABLE;
		}
		/* a cursor that stands still would have us ask for ever */
		if (call->reply.next == cursor)
			break;
		cursor = call->reply.next;
	} while (cursor != 0 && v->left > 0);
	return STATUS_DONE;
}

/* A daemon that is restarted meanwhile is waited for, and told about once. */
static int
log_follow(struct log_view *v, struct call *call)
{
	bool away = false;

	v->keep = false;
	for (;;) {
		int error = SKS_OK, status;

		fflush(stdout);
		sleep(LOG_FOLLOW_PAUSE_S);
		v->left = UINT64_MAX;
		/* 0 would mean the beginning, and that a reading begins, which is recorded */
		call->request.number = v->last_seq == 0 ? 1 : v->last_seq;
		call->request.limit = LOG_PAGE;
		call->request.newest_first = false;
		status = call_send(call, NULL, 0, &error);
		if (error == SKS_OK && status != STATUS_DONE) {
			call_print_failure(call, v->args, status);
			return status;
		}
		if (error != SKS_OK && !away)
			fputs(_("sekisho: the daemon does not answer; waiting for it.\n"),
			    stderr);
		away = error != SKS_OK;
		if (!away && log_read_page(v, call, v->last_seq) != SKS_OK)
			return STATUS_UNREADABLE;
		if (ferror(stdout) != 0)
			return STATUS_INCOMPLETE;
	}
}

int
run_log(const struct args *args)
{
	bool follow = args_has(args, OPT_FOLLOW);
	struct log_view v = {.args = args, .json = args_has(args, OPT_JSON)};
	struct call call;
	int r;

	if (args_has(args, OPT_RECEIPT))
		return run_log_receipt(args);
	if (args_number(args, OPT_LIMIT, 1, LOG_LIMIT_MAX, UINT64_MAX, &v.left) != SKS_OK) {
		fprintf(stderr, _("sekisho: --limit takes a number from 1 to %d.\n"),
		    LOG_LIMIT_MAX);
		return STATUS_USAGE;
	}
	if (follow && v.left == UINT64_MAX && !args_has(args, OPT_SINCE))
		v.left = LOG_FOLLOW_FIRST;
	v.keep = v.left != UINT64_MAX && !args_has(args, OPT_OLDEST_FIRST);
	v.colours = !v.json && isatty(STDOUT_FILENO);
	call_init(&call, VERB_LOG);
	r = log_filter_set(&call.request, args);
	if (r == STATUS_DONE)
		r = log_fetch(&v, &call, 0);
	log_show_kept(&v);
	if (r == STATUS_DONE && v.last_seq == 0)
		r = log_nothing_say(args, follow || v.json);
	if (r == STATUS_DONE && follow)
		r = log_follow(&v, &call);
	if (v.deleted != 0)
		fprintf(stderr,
		    _("sekisho: %llu records have no body any more: it was deleted.\n"),
		    (unsigned long long)v.deleted);
	call_clear(&call);
	return r;
}
