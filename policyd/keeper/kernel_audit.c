#include "keeper/kernel_audit.h"

#include "error.h"
#include "log.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

enum { LINE_MAX = 64, WARDEN_MS = 40000 };

static const uint16_t told_actions[] = {ACTION_POLICY_APPLY, ACTION_POLICY_REFUSED,
    ACTION_LOCKOUT_START, ACTION_LOCKOUT_END, ACTION_USER_SUSPEND, ACTION_USER_RESUME,
    ACTION_USER_REPORT};

/* What the kernel's audit shows of a body. */
struct shown {
	char by[256], policy[POLICY_DIGEST_SIZE], lane[LANE_SIZE], report[32];
};
#define P(member, kind, tag, name) FIELD(struct shown, member, kind, tag, name)
static const struct field shown_rows[] = {
    P(by, FIELD_STR, 1, "user.effective.name"),
    P(policy, FIELD_STR, 2, "sekisho.policy.to"),
    P(lane, FIELD_STR, 3, "sekisho.lane.key"),
    P(report, FIELD_STR, 4, "sekisho.report"),
};
#undef P
static const struct fields shown_fields = FIELDS(struct shown, shown_rows);

static struct {
	struct alert line[LINE_MAX]; /* a ring */
	size_t first, count;
	bool asking;
	uint64_t told, lost;
	int last; /* status of the last one; 1: none yet */
} audit = {.last = 1};

static void next_one(struct server *s);

static void
told(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	const struct warden_answer *a = answer;

	(void)payload;
	(void)payload_len;
	audit.asking = false;
	if (error == SKS_CONFLICT) /* the daemon ends */
		return;
	audit.last = error != SKS_OK ? error : (int)a->status;
	if (audit.last == SKS_OK)
		audit.told++;
	else
		audit.lost++;
	if (audit.last != SKS_OK && audit.last != SKS_NOT_FOUND)
		log_warn("the kernel's audit was not told: %s", error_text(audit.last));
	next_one(ctx);
}

static void
next_one(struct server *s)
{
	static struct warden_call call;

	if (audit.asking || audit.count == 0)
		return;
	memset(&call, 0, sizeof(call));
	call.alert = audit.line[audit.first];
	audit.first = (audit.first + 1) % LINE_MAX;
	audit.count--;
	audit.asking = helper_send(s->warden, WARDEN_AUDIT, &warden_call_fields, &call, NULL, 0,
			   told, s, clock_monotonic_ms() + WARDEN_MS) == SKS_OK;
	if (!audit.asking)
		audit.lost++;
}

static bool
is_told(const struct feed_row *row)
{
	bool found = false;

	for (size_t i = 0; i < sizeof(told_actions) / sizeof(told_actions[0]); i++)
		found |= told_actions[i] == row->action;
	return found;
}

/* "lane", or the digest of the policy: whatever it is about. */
static void
fill(struct alert *a, const struct feed_row *row, const struct shown *shown)
{
	const char *what = shown->policy[0] != '\0'   ? shown->policy
			   : shown->report[0] != '\0' ? shown->report
						      : shown->lane;

	*a = (struct alert){.record = row->seq};
	(void)snprintf(a->event, sizeof(a->event), "%s", event_by_action(row->action)->name);
	(void)snprintf(
	    a->outcome, sizeof(a->outcome), "%s", fields_word(outcome_words, row->outcome));
	(void)snprintf(a->reason, sizeof(a->reason), "%s", row->reason);
	(void)text_clean(a->user, sizeof(a->user), row->user);
	(void)text_clean(a->source, sizeof(a->source), row->source);
	(void)text_clean(a->by, sizeof(a->by), shown->by);
	(void)text_clean(a->detail, sizeof(a->detail), what);
}

void
kernel_audit_note(struct server *s, const struct feed_row *row)
{
	static struct shown shown;

	if (!is_told(row))
		return;
	(void)store_feed_body(s->store, row->seq, &shown_fields, &shown);
	/* a report that suspends nobody changes no account */
	if (row->action == ACTION_USER_REPORT &&
	    (row->outcome != OUTCOME_SUCCESS || strcmp(shown.report, "incident") == 0 ||
		strcmp(shown.report, "lost-device") == 0))
		return;
	if (audit.count == LINE_MAX) {
		audit.lost++;
		return;
	}
	fill(&audit.line[(audit.first + audit.count++) % LINE_MAX], row, &shown);
	next_one(s);
}

json_t *
kernel_audit_json(void)
{
	const char *state = audit.last == 1               ? "unused"
			    : audit.last == SKS_OK        ? "told"
			    : audit.last == SKS_NOT_FOUND ? "absent"
							  : "refused";

	return json_pack("{s:s,s:I,s:I}", "state", state, "told", (json_int_t)audit.told,
	    "lost", (json_int_t)audit.lost);
}
