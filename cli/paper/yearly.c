/*
 * 教育受講状況, 年度計画, 自己点検票: what people and officers do once in a fiscal year, as the records
 * say it. An entry is one training of a person in a year, one item of the plan, one answer.
 */
#include "audit/event.h"
#include "i18n.h"
#include "paper/kinds.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ID_SIZE = 1024, PART_SIZE = 128 };

/* ---- trainings --------------------------------------------------------------------------- */

/* By the policy's fiscal year; by the calendar year that it begins in. */
static int64_t
year_of(const struct policy *policy, int64_t at_ms)
{
	time_t end = (time_t)(policy_fiscal_year_end(policy, at_ms) / 1000);
	struct tm tm = {0};

	return gmtime_r(&end, &tm) != NULL ? tm.tm_year + 1900 - 1 : 0;
}

static json_t *
training_entry(json_t *entries, const json_t *r, int64_t year)
{
	const char *person = paper_get(r, "sekisho.person");
	char id[ID_SIZE];
	json_t *entry;

	(void)snprintf(id, sizeof(id), "%.255s %.127s %" PRId64, person,
	    paper_get(r, "sekisho.attribute"), year);
	entry = paper_entry(entries, id);
	paper_set(entry, "person", person);
	paper_copy(entry, "training", r, "sekisho.attribute");
	paper_set_number(entry, "year", year);
	paper_copy(entry, "made_at", r, "at");
	paper_copy(entry, "ended_at", r, "at");
	return entry;
}

/* Evidence goes before an excuse, and both before what is late. */
static void
take_training(const struct paper *p, json_t *entries, const json_t *r, uint16_t action)
{
	bool evidence = action == ACTION_ATTRIBUTE_SET;
	const struct attribute *a = policy_attribute(p->policy, paper_get(r, "sekisho.attribute"));
	json_t *entry;

	if (a == NULL || !a->fiscal_year)
		return;
	entry = training_entry(entries, r,
	    evidence ? year_of(p->policy, paper_number(r, "at"))
		     : paper_number(r, "sekisho.fiscal.year"));
	if (action == ACTION_TRAINING_URGE) {
		paper_copy(entry, "urged_at", r, "at");
		paper_copy(entry, "due_at", r, "sekisho.due");
	} else if (action == ACTION_TRAINING_OVERDUE) {
		paper_copy(entry, "late_at", r, "at");
		paper_copy(entry, "due_at", r, "sekisho.due");
	} else {
		paper_copy(entry, evidence ? "done_at" : "excused_at", r, "at");
		paper_copy(entry, "by", r, "user.effective.name");
		paper_copy(entry, "why", r, "message");
	}
}

const struct paper_column trainings_columns[] = {
    {"person", N_("Name"), CELL_TEXT, 14}, {"training", N_("Training"), CELL_TEXT, 12},
    {"year", N_("Fiscal year"), CELL_NUMBER, 6}, {"due_at", N_("Due"), CELL_DAY, 11},
    {"urged_at", N_("Urged"), CELL_DAY, 11}, {"late_at", N_("Late since"), CELL_DAY, 11},
    {"done_at", N_("Attended"), CELL_DAY, 11}, {"excused_at", N_("Excused"), CELL_DAY, 11},
    {"why", N_("Evidence or reason"), CELL_TEXT, 13}};
_Static_assert(sizeof(trainings_columns) / sizeof(trainings_columns[0]) == TRAININGS_COLUMNS, "");

/* ---- the plan ---------------------------------------------------------------------------- */

static void
take_plan(json_t *entries, const json_t *r, uint16_t action)
{
	char id[ID_SIZE];
	json_t *entry;

	(void)snprintf(id, sizeof(id), "%.255s %" PRId64, paper_get(r, "sekisho.plan"),
	    paper_number(r, "sekisho.fiscal.year"));
	entry = paper_entry(entries, id);
	paper_copy(entry, "item", r, "sekisho.plan");
	paper_copy(entry, "year", r, "sekisho.fiscal.year");
	paper_copy(entry, "made_at", r, "at");
	paper_copy(entry, "ended_at", r, "at");
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

const struct paper_column plan_columns[] = {{"item", N_("Item"), CELL_TEXT, 18},
    {"year", N_("Fiscal year"), CELL_NUMBER, 6}, {"officer", N_("Officer"), CELL_TEXT, 14},
    {"due_at", N_("Due"), CELL_DAY, 11}, {"late_at", N_("Late since"), CELL_DAY, 11},
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

static void
take_self_check(json_t *entries, const json_t *r)
{
	const json_t *line;
	size_t i;

	json_array_foreach(json_object_get(r, "sekisho.self-check"), i, line)
	{
		char control[PART_SIZE], answer[PART_SIZE], evidence[PART_SIZE], id[ID_SIZE];
		const char *rest = json_string_value(line);
		json_t *entry;

		if (rest == NULL)
			continue;
		rest = next_word(next_word(next_word(rest, control), answer), evidence);
		(void)snprintf(id, sizeof(id), "%.191s %.255s %" PRId64 " %s",
		    paper_get(r, "sekisho.role"), paper_get(r, "sekisho.person"),
		    paper_number(r, "sekisho.fiscal.year"), control);
		entry = paper_entry(entries, id);
		paper_copy(entry, "office", r, "sekisho.role");
		paper_copy(entry, "person", r, "sekisho.person");
		paper_copy(entry, "made_at", r, "at");
		paper_copy(entry, "ended_at", r, "at");
		paper_set(entry, "control", control);
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
	return entries;
}
