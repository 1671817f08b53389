/*
 * 証跡点検記録: periods that were signed off and by whom, what auditors marked, and what they found,
 * until it was put right.
 */
#include "audit/event.h"
#include "error.h"
#include "i18n.h"
#include "paper/kinds.h"
#include "protocol.h"
#include "store/audit_review.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PERIODS_MAX = 2000, FINDINGS_EVER = 20000, ID_SIZE = 32 };

/* ---- from the log -------------------------------------------------------------------------- */

static void
numbered(char letter, int64_t number, char out[ID_SIZE])
{
	(void)snprintf(out, ID_SIZE, "%c-%" PRId64, letter, number);
}

/* Periods are numbered as they were signed. */
static void
signed_off(json_t *entries, const json_t *r, int64_t number)
{
	char id[ID_SIZE];
	json_t *entry;

	numbered('P', number, id);
	entry = paper_entry(entries, id);
	paper_copy(entry, "made_at", r, "at");
	paper_copy(entry, "ended_at", r, "at");
	paper_copy(entry, "by", r, "user.effective.name");
	paper_copy(entry, "first", r, "sekisho.review.first");
	paper_copy(entry, "last", r, "sekisho.review.last");
	paper_copy(entry, "until_at", r, "sekisho.review.until");
	paper_copy(entry, "risky", r, "sekisho.review.risky");
	paper_copy(entry, "opened", r, "sekisho.review.opened");
	paper_copy(entry, "head", r, "sekisho.review.head");
	paper_copy(entry, "comment", r, "message");
}

static void
found(json_t *entry, const json_t *r)
{
	paper_copy(entry, "made_at", r, "at");
	paper_copy(entry, "by", r, "user.effective.name");
	paper_copy(entry, "record", r, "sekisho.request.record");
	paper_copy(entry, "what", r, "message");
	paper_copy(entry, "owner", r, "sekisho.finding.owner");
	paper_copy(entry, "due_at", r, "sekisho.finding.due");
	paper_copy(entry, "grave", r, "sekisho.finding.grave");
}

static void
closed(json_t *entry, const json_t *r)
{
	paper_copy(entry, "ended_at", r, "at");
	paper_copy(entry, "closed_by", r, "user.effective.name");
	paper_copy(entry, "closed_why", r, "message");
}

static void
marked(json_t *entry, const json_t *r)
{
	paper_copy(entry, "record", r, "sekisho.request.record");
	paper_copy(entry, "made_at", r, "at");
	paper_copy(entry, "ended_at", r, "at");
	paper_copy(entry, "by", r, "user.effective.name");
	paper_copy(entry, "mark", r, "sekisho.device.name");
	paper_copy(entry, "comment", r, "message");
}

json_t *
reviews_from_log(const struct paper *p)
{
	json_t *entries = json_array();
	int64_t periods = 0;
	const json_t *r;
	char id[ID_SIZE];
	size_t i;

	json_array_foreach(p->records, i, r)
	{
		const struct event_info *event = event_by_name(paper_get(r, "event.action"));

		if (event == NULL || !paper_is(r, "event.outcome", "success"))
			continue;
		numbered('F', paper_number(r, "sekisho.finding.number"), id);
		if (event->action == ACTION_REVIEW_SIGN_OFF) {
			signed_off(entries, r, ++periods);
		} else if (event->action == ACTION_FINDING_OPEN) {
			found(paper_entry(entries, id), r);
		} else if (event->action == ACTION_FINDING_CLOSE) {
			closed(paper_entry(entries, id), r);
		} else if (event->action == ACTION_REVIEW_MARK) {
			numbered('#', paper_number(r, "sekisho.request.record"), id);
			marked(paper_entry(entries, id), r);
		}
	}
	return entries;
}

/* ---- from the tables ----------------------------------------------------------------------- */

static int
take_periods(const struct paper *p, json_t *entries)
{
	struct store_period *x = calloc(PERIODS_MAX, sizeof(*x));
	size_t n = 0;
	int e = x == NULL ? SKS_NOMEM : store_period_list(p->store, x, PERIODS_MAX, &n);

	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		char id[ID_SIZE];
		json_t *entry;

		numbered('P', (int64_t)x[i].number, id);
		entry = paper_entry(entries, id);
		paper_set_number(entry, "made_at", x[i].wall_ms);
		paper_set_number(entry, "ended_at", x[i].wall_ms);
		paper_set(entry, "by", x[i].by);
		paper_set_number(entry, "first", (int64_t)x[i].first);
		paper_set_number(entry, "last", (int64_t)x[i].last);
		paper_set_number(entry, "until_at", x[i].until_wall_ms);
		paper_set_number(entry, "risky", (int64_t)x[i].risky);
		paper_set_number(entry, "opened", (int64_t)x[i].opened);
		paper_set(entry, "head", x[i].head);
		paper_set(entry, "comment", x[i].comment);
	}
	free(x);
	return e;
}

static int
take_findings(const struct paper *p, json_t *entries)
{
	struct store_finding *x = calloc(FINDINGS_EVER, sizeof(*x));
	size_t n = 0;
	int e = x == NULL ? SKS_NOMEM : store_finding_list(p->store, true, x, FINDINGS_EVER, &n);

	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		char id[ID_SIZE];
		json_t *entry;

		numbered('F', (int64_t)x[i].number, id);
		entry = paper_entry(entries, id);
		paper_set_number(entry, "made_at", x[i].wall_ms);
		paper_set(entry, "by", x[i].by);
		paper_set_number(entry, "record", (int64_t)x[i].record);
		paper_set(entry, "what", x[i].what);
		paper_set(entry, "owner", x[i].owner);
		paper_set_number(entry, "due_at", x[i].due_wall_ms);
		paper_set_number(entry, "grave", x[i].grave);
		paper_set_number(entry, "ended_at", x[i].closed_wall_ms);
		paper_set(entry, "closed_by", x[i].closed_by);
		paper_set(entry, "closed_why", x[i].closed_why);
	}
	free(x);
	return e;
}

/* What stands of the marks: the last one of a record, and who opened it first. */
static int
take_marks(const struct paper *p, json_t *entries)
{
	json_t *log = reviews_from_log(p), *entry;
	int e = SKS_OK;
	size_t i;

	json_array_foreach(log, i, entry)
	{
		bool opened = false;

		if (paper_get(entry, "id")[0] != '#')
			continue;
		e = store_seen(p->store, (uint64_t)paper_number(entry, "record"), &opened);
		if (e != SKS_OK)
			break;
		if (opened)
			(void)json_array_append(entries, entry);
	}
	json_decref(log);
	return e;
}

int
reviews_from_tables(const struct paper *p, json_t **entries)
{
	int e;

	*entries = json_array();
	e = take_periods(p, *entries);
	if (e == SKS_OK)
		e = take_findings(p, *entries);
	return e == SKS_OK ? take_marks(p, *entries) : e;
}

/* ---- on paper ------------------------------------------------------------------------------ */

static json_t *
only(const json_t *entries, char letter)
{
	json_t *out = json_array(), *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		if (paper_get(entry, "id")[0] == letter)
			(void)json_array_append(out, entry);
	}
	return out;
}

static void
compose(json_t *entries)
{
	char text[64];
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		(void)snprintf(text, sizeof(text), "%" PRId64 " – %" PRId64,
		    paper_number(entry, "first"), paper_number(entry, "last"));
		paper_set(entry, "range", text);
		(void)snprintf(text, sizeof(text), "%" PRId64 "/%" PRId64,
		    paper_number(entry, "opened"), paper_number(entry, "risky"));
		paper_set(entry, "counts", text);
		paper_set(entry, "grave_shown", paper_number(entry, "grave") != 0 ? _("grave") : "");
		(void)snprintf(text, sizeof(text), "%" PRId64, paper_number(entry, "record"));
		paper_set(entry, "record_shown", paper_number(entry, "record") != 0 ? text : "");
	}
}

int
reviews_fill(struct paper *p, json_t *entries)
{
	static const struct paper_column periods[] = {{"id", N_("Period"), CELL_TEXT, 6},
	    {"range", N_("Records"), CELL_TEXT, 12}, {"until_at", N_("Up to"), CELL_TIME, 12},
	    {"made_at", N_("Signed off on"), CELL_TIME, 12}, {"by", N_("Signed off by"), CELL_TEXT, 11},
	    {"counts", N_("Opened / to be opened"), CELL_TEXT, 9},
	    {"comment", N_("Comment"), CELL_TEXT, 14}, {"head", N_("Head that it binds"), CELL_TEXT, 24}};
	static const struct paper_column findings[] = {{"id", N_("Finding"), CELL_TEXT, 6},
	    {"made_at", N_("Found on"), CELL_TIME, 12}, {"by", N_("Found by"), CELL_TEXT, 9},
	    {"record_shown", N_("Record"), CELL_TEXT, 6}, {"what", N_("What was found"), CELL_TEXT, 21},
	    {"grave_shown", N_("Weight"), CELL_TEXT, 6}, {"owner", N_("Who puts it right"), CELL_TEXT, 9},
	    {"due_at", N_("By when"), CELL_DAY, 11}, {"ended_at", N_("Closed on"), CELL_TIME, 12},
	    {"closed_why", N_("How it was put right"), CELL_TEXT, 14}};
	static const struct paper_column marks[] = {{"record_shown", N_("Record"), CELL_TEXT, 8},
	    {"made_at", N_("Marked on"), CELL_TIME, 14}, {"by", N_("Marked by"), CELL_TEXT, 14},
	    {"mark", N_("Mark"), CELL_WORD, 12}, {"comment", N_("Comment"), CELL_TEXT, 52}};
	const char *const seals[] = {_("Person who audits"), _("Audit officer"), NULL};
	json_t *part;

	compose(entries);
	paper_heading(p, _("1. Periods signed off"));
	part = only(entries, 'P');
	paper_table(p, periods, sizeof(periods) / sizeof(periods[0]), part);
	json_decref(part);
	paper_heading(p, _("2. Findings"));
	part = only(entries, 'F');
	paper_table(p, findings, sizeof(findings) / sizeof(findings[0]), part);
	json_decref(part);
	paper_heading(p, _("3. Records that were marked"));
	part = only(entries, '#');
	paper_table(p, marks, sizeof(marks) / sizeof(marks[0]), part);
	json_decref(part);
	paper_seals(p, seals);
	return STATUS_DONE;
}
