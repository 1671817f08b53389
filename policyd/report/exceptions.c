/* The register of exceptions, among the weakenings: what is in force, what is overdue, and what
 * ended in the period. */
#include "store/exceptions.h"
#include "error.h"
#include "report/report.h"
#include "report/write.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { EXCEPTIONS_A_LOOK = 64, EXCEPTION_ROWS_MAX = 300 };

static const char *
state_of(const struct store_exception *x, int64_t now_ms)
{
	if (x->state == EXCEPTION_ASKED)
		return "asked";
	if (x->state == EXCEPTION_OVER)
		return x->report_due_ms != 0 && x->report_due_ms <= now_ms ? "overdue" : "over";
	if (x->until_wall_ms == 0)
		return "forever";
	return x->until_wall_ms <= now_ms ? "overdue" : "open";
}

/* Is it to be seen in a report of this period? */
static bool
is_shown(const struct report *r, const struct store_exception *x)
{
	if (x->from_wall_ms >= r->period.until_ms)
		return false;
	return x->state != EXCEPTION_OVER || x->report_due_ms != 0 ||
	       x->ended_wall_ms >= r->period.from_ms;
}

static void
put_detail(const struct store_exception *x, struct write *w)
{
	json_t *paper = json_loads(x->paper, 0, NULL);
	const char *why =
	    json_string_value(json_object_get(json_object_get(paper, "asked"), "why"));
	const char *note = "";

	if (x->state == EXCEPTION_OVER && x->report_due_ms != 0)
		note = "w_unreported";
	else if (x->judged == EXCEPTION_UNJUDGED)
		note = "w_unapproved";
	write_key_str(w, "detail", why != NULL ? why : "");
	write_key_str(w, "note", note);
	json_decref(paper);
}

static void
put_exception(const struct report *r, struct write *w, const struct store_exception *x)
{
	const char *const part[] = {
	    x->kind, x->rule, x->key, x->subject, x->service, x->source};
	char what[1024];
	size_t used;

	used = (size_t)snprintf(what, sizeof(what), "E-%llu", (unsigned long long)x->number);
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		if (part[i][0] != '\0')
			used += (size_t)snprintf(
			    what + used, sizeof(what) - used, " · %s", part[i]);
	}
	write_open(w, '{');
	write_key_str(w, "state", state_of(x, r->made_ms));
	write_key_str(w, "what", what);
	write_key_str(w, "kind", x->kind);
	write_key(w, "of");
	write_open(w, '[');
	for (size_t i = 1; i < sizeof(part) / sizeof(part[0]); i++)
		write_str(w, part[i]);
	write_close(w, ']');
	put_detail(x, w);
	write_key_int(
	    w, "until", x->state == EXCEPTION_OVER ? x->ended_wall_ms + 1 : x->until_wall_ms);
	write_key(w, "utc");
	write_bool(w, false);
	write_key_int(w, "seq", 0);
	write_close(w, '}');
}

bool
report_exceptions(const struct report *r, struct write *w)
{
	static struct store_exception x[EXCEPTIONS_A_LOOK];
	const struct instant now = {.wall_ms = r->made_ms};
	size_t n = 0, rows = 0;
	uint64_t after = 0;
	int e = store_begin(r->store, now);

	if (e != SKS_OK)
		return false;
	do {
		e = store_exception_list(r->store, after, true, x, EXCEPTIONS_A_LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			after = x[i].number;
			if (is_shown(r, &x[i]) && rows++ < EXCEPTION_ROWS_MAX)
				put_exception(r, w, &x[i]);
		}
	} while (e == SKS_OK && n == EXCEPTIONS_A_LOOK);
	store_rollback(r->store);
	return after != 0;
}
