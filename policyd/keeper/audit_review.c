/*
 * What auditors left lying: a month that is over and that nobody has signed off, and findings
 * whose date has passed. Looked for once an hour and at each start; each is said once.
 */
#include "store/audit_review.h"
#include "error.h"
#include "keeper/keeper.h"
#include "log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char SAID[] = "review.overdue";

/* When the month of this moment began, on the host's calendar. */
static int64_t
month_began(int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL)
		return 0;
	tm.tm_mday = 1;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * 1000;
}

/* The newest month whose time to sign off what was before it is over began then. It stays that of the
 * month before while the time of the current one runs: a new month excuses nothing. */
static int64_t
month_due(const struct server *s, int64_t now_ms)
{
	return month_began(now_ms - s->policy->review_within_ms);
}

/* Is there anything of before that month that nobody signed off? */
static int
is_overdue(struct server *s, int64_t month_ms, bool *overdue)
{
	static struct store_period p;
	uint64_t last = 0;
	int e = store_period_last(s->store, &p);

	*overdue = false;
	if (e == SKS_NOT_FOUND)
		p.last = 0;
	else if (e != SKS_OK)
		return e;
	if ((e = store_last_before(s->store, month_ms, &last)) != SKS_OK)
		return e;
	*overdue = last > p.last;
	return SKS_OK;
}

static int
survey_periods(struct server *s, int64_t now_ms)
{
	int64_t month_ms = month_due(s, now_ms);
	char said[32] = "", month[32];
	struct record r;
	bool overdue;
	int e = is_overdue(s, month_ms, &overdue);

	if (e != SKS_OK || !overdue)
		return e;
	(void)snprintf(month, sizeof(month), "%lld", (long long)month_ms);
	e = store_meta_get(s->store, SAID, said, sizeof(said));
	if ((e != SKS_OK && e != SKS_NOT_FOUND) || strcmp(said, month) == 0)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	log_warn("nobody has signed off the records of the last month: sekisho audit review");
	keeper_record(s, &r, ACTION_REVIEW_OVERDUE, OUTCOME_FAILURE, "overdue");
	record_put_int(&r, "sekisho.review.until", month_ms);
	e = keeper_append(s, &r);
	return e == SKS_OK ? store_meta_set(s->store, SAID, month) : e;
}

static int
survey_findings(struct server *s, int64_t now_ms)
{
	static struct store_finding f[FINDINGS_MAX];
	size_t n = 0;
	int e = store_finding_list(s->store, false, f, FINDINGS_MAX, &n);

	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		struct record r;

		if (f[i].due_wall_ms > now_ms || f[i].chased_wall_ms != 0)
			continue;
		log_warn("finding F-%llu is overdue", (unsigned long long)f[i].number);
		keeper_record(s, &r, ACTION_FINDING_OVERDUE, OUTCOME_FAILURE, "overdue");
		record_put_int(&r, "sekisho.finding.number", (int64_t)f[i].number);
		record_put_str(&r, "sekisho.finding.owner", f[i].owner);
		record_put_int(&r, "sekisho.finding.due", f[i].due_wall_ms);
		if ((e = keeper_append(s, &r)) == SKS_OK)
			e = store_finding_chased(s->store, f[i].number);
	}
	return e;
}

int
audit_review_is_overdue(struct server *s, bool *overdue)
{
	int64_t now_ms = clock_now().wall_ms;

	*overdue = false;
	return s->policy->auditors.count == 0
		   ? SKS_OK
		   : is_overdue(s, month_due(s, now_ms), overdue);
}

int
audit_review_survey(struct server *s, void *context)
{
	int64_t now_ms = clock_now().wall_ms;
	int e = SKS_OK;

	(void)context;
	if (s->policy->auditors.count > 0)
		e = survey_periods(s, now_ms);
	return e == SKS_OK ? survey_findings(s, now_ms) : e;
}
