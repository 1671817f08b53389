/* The page's JSON, the same in every language: what the report is about, then sums, lists, records and proofs.
 */
#include "error.h"
#include "report/report.h"
#include "report/write.h"
#include "version.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t
offset_min(int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm = {0};

	(void)localtime_r(&t, &tm);
	return tm.tm_gmtoff / 60;
}

static const char *
text_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

static void
put_meta(const struct report *r, struct write *w)
{
	const struct policy *p = r->policy;

	write_key(w, "meta");
	write_open(w, '{');
	write_key_str(w, "origin", r->origin);
	write_key(w, "host");
	write_text(w, r->origin, strcspn(r->origin, "/"));
	write_key_int(w, "from", r->period.from_ms);
	write_key_int(w, "until", r->period.until_ms);
	write_key_int(w, "fiscal_year", r->period.fiscal_year);
	write_key_int(w, "made", r->made_ms);
	write_key_int(w, "offset_min", offset_min(r->made_ms));
	write_key_str(w, "by", r->by);
	write_key_str(w, "person", r->person);
	write_key_str(w, "role", r->role);
	write_key_str(w, "rating", text_or_empty(p->rating));
	write_key_str(w, "limits", text_or_empty(p->limits));
	write_key_str(w, "owner", text_or_empty(p->owner));
	write_key_str(w, "policy", p->digest);
	write_key_str(w, "version", SEKISHO_VERSION);
	write_close(w, '}');
}

static void
put_buckets(const struct period *p, struct write *w)
{
	static const char *const units[] = {[PERIOD_DAY] = "day",
	    [PERIOD_WEEK] = "week",
	    [PERIOD_MONTH] = "month",
	    [PERIOD_QUARTER] = "quarter",
	    [PERIOD_YEARS] = "year"};

	write_key_str(w, "unit", units[p->unit]);
	write_key(w, "buckets");
	write_open(w, '[');
	for (unsigned i = 0; i < p->count; i++) {
		write_open(w, '{');
		write_key_int(w, "from", p->edge_ms[i]);
		write_close(w, '}');
	}
	write_close(w, ']');
}

int
report_data(struct report *r)
{
	struct write w = {.out = &r->data};
	int e;

	write_open(&w, '{');
	put_meta(r, &w);
	put_buckets(&r->period, &w);
	report_policy(r, &w);
	e = report_records(r, &w);
	report_lists(r, &w);
	write_close(&w, '}');
	return e == SKS_OK ? buf_error(&r->data) : e;
}
