/*
 * 教育受講状況, 年度計画, 自己点検票: what people and officers do once in a fiscal year, as the records
 * say it. An entry is one training of a person in a year, one item of the plan, one answer.
 */
#include "audit/event.h"
#include "i18n.h"
#include "paper/kinds.h"
#include "paper/yearly.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ID_SIZE = 1024, PART_SIZE = 128 };

/* ---- entries ----------------------------------------------------------------------------- */

json_t *
yearly_training(json_t *entries, const char *person, const char *training, int64_t year)
{
	char id[ID_SIZE];
	json_t *entry;

	(void)snprintf(id, sizeof(id), "%.255s %.127s %" PRId64, person, training, year);
	entry = paper_entry(entries, id);
	paper_set(entry, "person", person);
	paper_set(entry, "training", training);
	paper_set_number(entry, "year", year);
	return entry;
}

json_t *
yearly_plan_item(json_t *entries, const char *item, int64_t year)
{
	char id[ID_SIZE];
	json_t *entry;

	(void)snprintf(id, sizeof(id), "%.255s %" PRId64, item, year);
	entry = paper_entry(entries, id);
	paper_set(entry, "item", item);
	paper_set_number(entry, "year", year);
	return entry;
}

json_t *
yearly_answer(json_t *entries, const struct yearly_sheet *sheet, const char *control)
{
	char id[ID_SIZE];
	json_t *entry;

	(void)snprintf(id, sizeof(id), "%.191s %.255s %" PRId64 " %.127s", sheet->office,
	    sheet->person, sheet->year, control);
	entry = paper_entry(entries, id);
	paper_set(entry, "office", sheet->office);
	paper_set(entry, "person", sheet->person);
	paper_set_number(entry, "year", sheet->year);
	paper_set(entry, "control", control);
	yearly_at(entry, sheet->at_ms);
	return entry;
}

void
yearly_at(json_t *entry, int64_t at_ms)
{
	if (at_ms > paper_number(entry, "made_at")) {
		paper_set_number(entry, "made_at", at_ms);
		paper_set_number(entry, "ended_at", at_ms);
	}
}

void
yearly_why(json_t *entries)
{
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
		paper_set(entry, "why",
		    paper_get(entry,
			paper_number(entry, "done_at") != 0	   ? "done_why"
			: paper_number(entry, "excused_at") != 0 ? "excused_why"
								   : "revoked_why"));
}

/* ---- trainings --------------------------------------------------------------------------- */

int64_t
yearly_of(const struct policy *policy, int64_t at_ms)
{
	time_t end = (time_t)(policy_fiscal_year_end(policy, at_ms) / 1000);
	struct tm tm = {0};

	return gmtime_r(&end, &tm) != NULL ? tm.tm_year + 1900 - 1 : 0;
}

/* The evidence that counts: the newest one. */
static json_t *
evidence_of(json_t *entries, const char *person, const char *training)
{
	json_t *entry, *newest = NULL;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		if (paper_is(entry, "person", person) && paper_is(entry, "training", training) &&
		    paper_number(entry, "done_at") != 0 &&
		    (newest == NULL ||
			paper_number(entry, "done_at") >= paper_number(newest, "done_at")))
			newest = entry;
	}
	return newest;
}

/* What was taken away is not attended; that it was late or excused stays. */
static void
take_revoked(json_t *entries, const json_t *r)
{
	json_t *entry = evidence_of(
	    entries, paper_get(r, "sekisho.person"), paper_get(r, "sekisho.attribute"));

	if (entry == NULL || json_object_get(entry, "earlier") != NULL)
		return;
	(void)json_object_del(entry, "done_at");
	(void)json_object_del(entry, "done_by");
	(void)json_object_del(entry, "done_why");
	paper_copy(entry, "revoked_at", r, "at");
	paper_copy(entry, "revoked_why", r, "message");
	yearly_at(entry, paper_number(r, "at"));
}

/* The table has the newest evidence alone. */
static void
take_done(json_t *entry, json_t *before, const json_t *r)
{
	if (before != NULL && before != entry)
		paper_set_number(before, "earlier", 1);
	(void)json_object_del(entry, "revoked_at");
	(void)json_object_del(entry, "revoked_why");
	paper_copy(entry, "done_at", r, "at");
	paper_copy(entry, "done_by", r, "user.effective.name");
	paper_copy(entry, "done_why", r, "message");
}

/* Evidence goes before an excuse, and both before what is late. */
static void
take_training(const struct paper *p, json_t *entries, const json_t *r, uint16_t action)
{
	const char *person = paper_get(r, "sekisho.person"),
		   *training = paper_get(r, "sekisho.attribute");
	const struct attribute *a = policy_attribute(p->policy, training);
	bool evidence = action == ACTION_ATTRIBUTE_SET;
	int64_t at_ms = paper_number(r, "at");
	json_t *entry, *before;

	if (a == NULL || !a->fiscal_year)
		return;
	if (action == ACTION_ATTRIBUTE_REVOKE) {
		take_revoked(entries, r);
		return;
	}
	before = evidence_of(entries, person, training);
	entry = yearly_training(entries, person, training,
	    evidence ? yearly_of(p->policy, at_ms) : paper_number(r, "sekisho.fiscal.year"));
	yearly_at(entry, at_ms);
	if (action == ACTION_TRAINING_URGE) {
		paper_copy(entry, "urged_at", r, "at");
		paper_copy(entry, "due_at", r, "sekisho.due");
	} else if (action == ACTION_TRAINING_OVERDUE) {
		paper_copy(entry, "late_at", r, "at");
		paper_copy(entry, "due_at", r, "sekisho.due");
	} else if (evidence) {
		take_done(entry, before, r);
	} else {
		paper_copy(entry, "excused_at", r, "at");
		paper_copy(entry, "excused_by", r, "user.effective.name");
		paper_copy(entry, "excused_why", r, "message");
	}
}

const struct paper_column trainings_columns[] = {
    {"person", N_("Name"), CELL_TEXT, 13}, {"training", N_("Training"), CELL_TEXT, 12},
    {"year", N_("Fiscal year"), CELL_YEAR, 7}, {"due_at", N_("Due"), CELL_LAST_DAY, 11},
    {"urged_at", N_("Urged"), CELL_DAY, 11}, {"late_at", N_("Late since"), CELL_DAY, 11},
    {"done_at", N_("Attended"), CELL_DAY, 11}, {"excused_at", N_("Excused"), CELL_DAY, 11},
    {"why", N_("Evidence or reason"), CELL_TEXT, 13}};
_Static_assert(sizeof(trainings_columns) / sizeof(trainings_columns[0]) == TRAININGS_COLUMNS, "");

/* ---- the plan ---------------------------------------------------------------------------- */

static void
take_plan(json_t *entries, const json_t *r, uint16_t action)
{
	json_t *entry = yearly_plan_item(
	    entries, paper_get(r, "sekisho.plan"), paper_number(r, "sekisho.fiscal.year"));

	yearly_at(entry, paper_number(r, "at"));
	if (action == ACTION_PLAN_OVERDUE) {
		paper_copy(entry, "late_at", r, "at");
		paper_copy(entry, "due_at", r, "sekisho.due");
		paper_copy(entry, "officer", r, "sekisho.plan.officer");
		return;
	}
	paper_copy(entry, "done_at", r, "at");
	paper_copy(entry, "by", r, "user.effective.name");
	paper_copy(entry, "what", r, "message");
}

const struct paper_column plan_columns[] = {{"item", N_("Item"), CELL_TEXT, 17},
    {"year", N_("Fiscal year"), CELL_YEAR, 7}, {"officer", N_("Officer"), CELL_TEXT, 14},
    {"due_at", N_("Due"), CELL_LAST_DAY, 11}, {"late_at", N_("Late since"), CELL_DAY, 11},
    {"done_at", N_("Done"), CELL_DAY, 11}, {"by", N_("By"), CELL_TEXT, 11},
    {"what", N_("What came of it"), CELL_TEXT, 18}};
_Static_assert(sizeof(plan_columns) / sizeof(plan_columns[0]) == PLAN_COLUMNS, "");

/* ---- self-checks ------------------------------------------------------------------------- */

/* The next word of "AUTH-3 yes in-force a comment". */
static const char *
next_word(const char *at, char out[PART_SIZE])
{
	size_t len = strcspn(at, " ");

	(void)snprintf(out, PART_SIZE, "%.*s", (int)(len < PART_SIZE ? len : PART_SIZE - 1), at);
	return at + len + (at[len] == ' ');
}

/* A sheet takes the place of the one before of that person, office and year. */
static void
drop_sheet(json_t *entries, const struct yearly_sheet *sheet)
{
	for (size_t i = json_array_size(entries); i-- > 0;) {
		const json_t *entry = json_array_get(entries, i);

		if (paper_is(entry, "office", sheet->office) &&
		    paper_is(entry, "person", sheet->person) &&
		    paper_number(entry, "year") == sheet->year)
			(void)json_array_remove(entries, i);
	}
}

static void
take_self_check(json_t *entries, const json_t *r)
{
	const struct yearly_sheet sheet = {.office = paper_get(r, "sekisho.role"),
	    .person = paper_get(r, "sekisho.person"),
	    .year = paper_number(r, "sekisho.fiscal.year"),
	    .at_ms = paper_number(r, "at")};
	const json_t *line;
	size_t i;

	drop_sheet(entries, &sheet);
	json_array_foreach(json_object_get(r, "sekisho.self-check"), i, line)
	{
		char control[PART_SIZE], answer[PART_SIZE], evidence[PART_SIZE];
		const char *rest = json_string_value(line);
		json_t *entry;

		if (rest == NULL)
			continue;
		rest = next_word(next_word(next_word(rest, control), answer), evidence);
		entry = yearly_answer(entries, &sheet, control);
		paper_set(entry, "answer", answer);
		paper_set(entry, "evidence", evidence);
		paper_set(entry, "comment", rest);
	}
}

const struct paper_column self_check_columns[] = {{"office", N_("Office"), CELL_TEXT, 20},
    {"person", N_("Name"), CELL_TEXT, 12}, {"made_at", N_("Answered"), CELL_DAY, 11},
    {"control", N_("Control"), CELL_TEXT, 10}, {"answer", N_("Answer"), CELL_TEXT, 8},
    {"evidence", N_("Evidence"), CELL_TEXT, 14}, {"comment", N_("Comment"), CELL_TEXT, 25}};
_Static_assert(
    sizeof(self_check_columns) / sizeof(self_check_columns[0]) == SELF_CHECK_COLUMNS, "");

/* ---- all --------------------------------------------------------------------------------- */

json_t *
yearly_from_log(const struct paper *p)
{
	json_t *entries = json_array();
	const json_t *r;
	size_t i;

	json_array_foreach(p->records, i, r)
	{
		const struct event_info *event = event_by_name(paper_get(r, "event.action"));

		if (event == NULL || paper_is(r, "sekisho.verdict", "deny"))
			continue;
		if (event->action == ACTION_PLAN_DONE || event->action == ACTION_PLAN_OVERDUE)
			take_plan(entries, r, event->action);
		else if (event->action == ACTION_SELF_CHECK)
			take_self_check(entries, r);
		else
			take_training(p, entries, r, event->action);
	}
	yearly_why(entries);
	return entries;
}
