#include "report/remote.h"
#include "call.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "report/page.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ASK_AGAIN_MS = 100, PATIENCE_MS = 120000 };

int
remote_request(const struct report *r, struct command *q)
{
	q->limit = (uint32_t)r->period.fiscal_year;
	return call_set_text(q->subject, sizeof(q->subject), r->role, "--role");
}

static void
wait_a_moment(void)
{
	const struct timespec t = {.tv_nsec = ASK_AGAIN_MS * 1000000L};

	(void)nanosleep(&t, NULL);
}

/* One part; *next 0 behind the last, the same again while it is being made. */
static int
fetch_part(struct report *r, const struct args *args, uint64_t *next)
{
	struct call call;
	int status;

	call_init(&call, VERB_AUDIT_REPORT_PART);
	call.request.number = *next;
	status = call_run(&call, args);
	if (status == STATUS_DONE) {
		buf_put_bytes(&r->data, call.payload.data, call.payload.len);
		*next = call.reply.next;
		if (*next == 0)
			buf_put_bytes(&r->note, call.reply.text, strlen(call.reply.text));
	}
	call_clear(&call);
	return status;
}

static void
count(struct report *r)
{
	json_t *o = json_loadb((const char *)r->data.data, r->data.len, 0, NULL);
	json_t *meta = json_object_get(o, "meta");
	const char *origin = json_string_value(json_object_get(meta, "origin"));

	r->gather.records = (uint64_t)json_integer_value(
	    json_object_get(json_object_get(o, "figures"), "records"));
	r->seq_count = json_array_size(json_object_get(o, "records"));
	(void)snprintf(r->origin, sizeof(r->origin), "%s", origin != NULL ? origin : "");
	json_decref(o);
}

int
remote_make(struct report *r, const struct args *args)
{
	int64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;
	uint64_t next = 1, before;
	int status;

	do {
		before = next;
		status = fetch_part(r, args, &next);
		if (status == STATUS_DONE && next == before) {
			if (clock_monotonic_ms() >= until_ms) {
				fputs(_("sekisho: the daemon does not come to the end of the report. "
					"Try a shorter period.\n"),
				    stderr);
				return STATUS_INCOMPLETE;
			}
			wait_a_moment();
		}
	} while (status == STATUS_DONE && next != 0);
	if (status == STATUS_DONE && buf_error(&r->data) != SKS_OK)
		status = report_say(buf_error(&r->data));
	if (status == STATUS_DONE)
		count(r);
	return status;
}
