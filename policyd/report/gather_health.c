/* The recording itself, changes to the host, reviews and findings. */
#include "report/gather_parts.h"

#include <stdio.h>
#include <string.h>

/* ---- the recording itself ---------------------------------------------------------------- */

/* An epoch that is open for longer is a gap to `audit verify` too. */
static const int64_t epoch_limit_ms = 16 * 60 * 1000;

/* As `audit verify` counts it: not across a start, nor while the host slept. */
void
gather_clock(struct gather *g, const struct view *v)
{
	bool same = memcmp(g->last_boot_id, v->header.boot_id, sizeof(g->last_boot_id)) == 0;
	int64_t ran = v->header.boot_ms - g->last_boot_ms;

	if (same && ran > 0 && v->header.action != ACTION_DAEMON_START &&
	    v->header.action != ACTION_LOG_BEGIN)
		g->epoch_ran_ms += ran;
	memcpy(g->last_boot_id, v->header.boot_id, sizeof(g->last_boot_id));
	g->last_boot_ms = v->header.boot_ms;
}

static void
gather_seal(struct gather *g)
{
	g->seals++;
	g->gaps += g->epoch_ran_ms > epoch_limit_ms;
	if (g->epoch_ran_ms > g->epoch_longest_ms)
		g->epoch_longest_ms = g->epoch_ran_ms;
	g->epoch_ran_ms = 0;
}

/* Starts and stops in the ordinary course are counted; a list of them would push out the
 * others. */
static bool
gather_is_routine(const struct view *v)
{
	return v->header.action == ACTION_DAEMON_STOP ||
	       (v->header.action == ACTION_DAEMON_START && !v->item[VIEW_UNCLEAN].truth);
}

void
gather_health(struct gather *g, const struct view *v)
{
	struct gather_line *line;

	if (v->header.action == ACTION_LOG_SEAL) {
		gather_seal(g);
		return;
	}
	if (v->header.action == ACTION_SUSPEND) {
		g->suspends++;
		g->suspended_ms += (uint64_t)view_number(v, VIEW_SUSPEND);
		g->epoch_ran_ms -= view_number(v, VIEW_SUSPEND);
	}
	if (v->header.action == ACTION_DAEMON_START) {
		bool unclean = v->item[VIEW_UNCLEAN].truth;

		g->starts++;
		g->unclean += unclean;
	}
	if (gather_is_routine(v))
		return;
	line = gather_list_add(&g->health_list, v);
	line->number = view_number(v, VIEW_SUSPEND);
	if (v->item[VIEW_UNCLEAN].truth)
		(void)snprintf(line->where, sizeof(line->where), "unclean");
	pick_add(&g->pick, PICK_LOG, v->header.seq, v->len);
}

void
gather_change(struct gather *g, const struct view *v)
{
	if (v->header.action == ACTION_CHECK_SIGN_OFF) {
		g->sign_off.any = true;
		g->sign_off.seq = v->header.seq;
		g->sign_off.until_ms = view_number(v, VIEW_UNTIL);
		(void)view_text(
		    v, VIEW_COMMENT, g->sign_off.comment, sizeof(g->sign_off.comment));
	}
	if (gather_is_about(g, v))
		pick_add(&g->pick, PICK_CHANGE, v->header.seq, v->len);
}

bool
gather_is_health(uint16_t action)
{
	switch (action) {
	case ACTION_DAEMON_START:
	case ACTION_DAEMON_STOP:
	case ACTION_CLOCK_STEP:
	case ACTION_SPOOL:
	case ACTION_SPOOL_REFUSED:
	case ACTION_DISK:
	case ACTION_REWOUND:
	case ACTION_SUSPEND:
	case ACTION_FORWARD_BEHIND:
	case ACTION_FORWARD_RESUMED:
	case ACTION_BACKUP_OVERDUE:
	case ACTION_ALERT_UNDELIVERED:
		return true;
	default:
		return false;
	}
}

/* ---- reviews and findings ---------------------------------------------------------------- */

void
gather_signed(struct gather *g, const struct view *v)
{
	uint64_t last = (uint64_t)view_number(v, VIEW_REVIEW_LAST);

	if (view_is(v, VIEW_OUTCOME, "success") && last > g->reviewed_to)
		g->reviewed_to = last;
}

bool
gather_is_review(uint16_t action)
{
	return action == ACTION_REVIEW_SIGN_OFF || action == ACTION_REVIEW_OVERDUE ||
	       action == ACTION_FINDING_OPEN || action == ACTION_FINDING_CLOSE ||
	       action == ACTION_FINDING_OVERDUE;
}

void
gather_review(struct gather *g, const struct view *v)
{
	struct gather_line *line = gather_list_add(&g->review_list, v);

	(void)view_text(v, VIEW_ACTOR, line->name, sizeof(line->name));
	(void)view_text(v, VIEW_REQUEST, line->service, sizeof(line->service));
	(void)view_text(v, VIEW_MESSAGE, line->text, sizeof(line->text));
	line->success = view_is(v, VIEW_OUTCOME, "success");
	if (view_number(v, VIEW_REVIEW_LAST) > 0)
		(void)snprintf(line->where, sizeof(line->where), "#%lld \xe2\x80\x93 #%lld",
		    (long long)view_number(v, VIEW_REVIEW_FIRST),
		    (long long)view_number(v, VIEW_REVIEW_LAST));
	if (v->header.action == ACTION_REVIEW_SIGN_OFF)
		gather_signed(g, v);
	pick_add(&g->pick, PICK_CHANGE, v->header.seq, v->len);
}
