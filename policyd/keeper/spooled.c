/*
 * Events that callers of the module wrote down while the daemon was away. The warden hands
 * over one file at a time; it becomes a record, marked "reported, not decided", and only then
 * is it removed. A crash between the two does not record it twice: the name of the last one is
 * kept in the same transaction.
 */
#include "error.h"
#include "keeper/exceptions.h"
#include "keeper/keeper.h"
#include "log.h"
#include "spool.h"
#include "sudo.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

#define SPOOL_LOST "lost" /* as the warden names it */

enum { WARDEN_DEADLINE_MS = 5000 };

struct spooled {
	char name[256];
	uint8_t data[SPOOL_EVENT_MAX];
	size_t len;
	char lost[64]; /* the count, when it is the file of the lost */
	bool untrusted, oversize;
	bool refused; /* out */
};

static bool asking;

/* One use of a code is one record of it: the phases behind it, which it let pass, have no
 * number. */
static uint16_t
action_of(const struct spool_event *e)
{
	if (e->kind == SPOOL_BREAK_GLASS_WRONG ||
	    (e->kind == SPOOL_BREAK_GLASS && e->number != 0))
		return ACTION_BREAK_GLASS;
	return ACTION_SPOOL;
}

static enum outcome
outcome_of(uint32_t kind)
{
	switch (kind) {
	case SPOOL_DENIED:
	case SPOOL_BREAK_GLASS_WRONG:
		return OUTCOME_FAILURE;
	case SPOOL_CLOSED:
		return OUTCOME_UNKNOWN;
	default:
		return OUTCOME_SUCCESS;
	}
}

static int
record_event(struct server *s, const struct spool_event *e, bool authenticated)
{
	struct spool_event shown = *e;
	struct record r;
	int error;

	if (!e->known) /* may be a password typed into the wrong prompt */
		(void)snprintf(shown.user, sizeof(shown.user), "(unknown)");
	if (e->kind == SPOOL_SUDO_EXIT)
		sudo_begin_exit(
		    s, &r, &(struct sudo_exit){e->grant, e->ended, e->status, e->over});
	else
		keeper_record(s, &r, action_of(e), outcome_of(e->kind),
		    fields_word(spool_kind_words, e->kind));
	record_put_fields(&r, &spool_event_fields, &shown);
	record_put_bool(&r, "sekisho.reported", true); /* not decided here */
	record_put_bool(&r, "sekisho.authenticated", authenticated);
	if (e->kind == SPOOL_BREAK_GLASS && e->number != 0)
		log_warn("break-glass code %u was used on %s by %s", e->number, shown.tty,
		    shown.user);
	if ((error = keeper_append(s, &r)) != SKS_OK)
		return error;
	if (e->kind == SPOOL_BREAK_GLASS && e->number != 0)
		return exceptions_note_break_glass(s, &shown);
	if (e->kind == SPOOL_FAIL_OPEN)
		return exceptions_note_line(s, "fail-open", e->service);
	return SKS_OK;
}

static int
record_refused(struct server *s, const struct spooled *x, int error)
{
	struct record r;
	char name[256];

	(void)text_clean(name, sizeof(name), x->name);
	log_error(
	    "a spooled report was refused and set aside: %s (%s)", name, error_text(error));
	keeper_record(s, &r, ACTION_SPOOL_REFUSED, OUTCOME_FAILURE,
	    error == SKS_UNTRUSTED   ? "forged"
	    : error == SKS_TRUNCATED ? "cut"
				     : "damaged");
	record_put_str(&r, "file.name", name);
	record_put_int(&r, "file.size", (int64_t)x->len);
	return keeper_append(s, &r);
}

/* More happened than the spool holds: the count of what nobody wrote down. */
static int
record_lost(struct server *s, const struct spooled *x)
{
	struct record r;

	log_error("%s events could not be spooled while the daemon was away", x->lost);
	keeper_record(s, &r, ACTION_SPOOL, OUTCOME_UNKNOWN, "lost");
	record_put_str(&r, "sekisho.count", x->lost);
	record_put_bool(&r, "sekisho.reported", true);
	return keeper_append(s, &r);
}

static int
record_one(struct server *s, void *context)
{
	static struct spool_event event;
	struct spooled *x = context;
	bool authenticated = false;
	char last[256] = "";
	int e;

	x->refused = false;
	if (strcmp(x->name, SPOOL_LOST) == 0 && !x->untrusted)
		return record_lost(s, x);
	if (store_meta_get(s->store, "spool.last", last, sizeof(last)) == SKS_OK &&
	    strcmp(last, x->name) == 0)
		return SKS_OK; /* recorded before, only not removed */
	e = x->untrusted  ? SKS_UNTRUSTED
	    : x->oversize ? SKS_TOO_BIG
			  : spool_read(x->data, x->len, s->spool_key, &event, &authenticated);
	x->refused = e != SKS_OK;
	e = x->refused ? record_refused(s, x, e) : record_event(s, &event, authenticated);
	if (e == SKS_OK)
		e = store_meta_set(s->store, "spool.last", x->name);
	return e;
}

static void
removed(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	const struct warden_answer *a = answer;

	(void)payload;
	(void)payload_len;
	asking = false;
	if (error != SKS_OK || a->status != 0)
		log_warn("a spooled report could not be removed");
	else
		spooled_poll(ctx); /* the next one */
}

static void
handed_over(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct server *s = ctx;
	const struct warden_answer *a = answer;
	struct warden_call done = {0};
	static struct spooled x;

	asking = false;
	if (error != SKS_OK || a->status != 0)
		return; /* none, or the warden is busy */
	x.untrusted = a->untrusted;
	x.oversize = payload_len > sizeof(x.data);
	x.len = x.oversize ? 0 : payload_len;
	(void)snprintf(x.name, sizeof(x.name), "%s", a->name);
	(void)snprintf(x.lost, sizeof(x.lost), "%.60s", a->text);
	if (x.len > 0)
		memcpy(x.data, payload, x.len);
	if (turn_own(s, record_one, &x) != SKS_OK) {
		log_warn("a spooled report could not be recorded yet");
		return;
	}
	(void)snprintf(done.name, sizeof(done.name), "%s", x.name);
	done.number = x.refused;
	asking = helper_send(s->warden, WARDEN_SPOOL_DONE, &warden_call_fields, &done, NULL, 0,
		     removed, s, clock_monotonic_ms() + WARDEN_DEADLINE_MS) == SKS_OK;
}

void
spooled_poll(struct server *s)
{
	struct warden_call call = {0};

	if (asking)
		return;
	asking = helper_send(s->warden, WARDEN_SPOOL_NEXT, &warden_call_fields, &call, NULL, 0,
		     handed_over, s, clock_monotonic_ms() + WARDEN_DEADLINE_MS) == SKS_OK;
}
