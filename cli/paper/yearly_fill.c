/* The papers of a fiscal year as they are laid before those who sign them. */
#include "i18n.h"
#include "paper/kinds.h"
#include "paper/yearly.h"
#include "protocol.h"

int
trainings_fill(struct paper *p, json_t *entries)
{
	const char *const seals[] = {_("Security officer"), _("CISO"), NULL};

	paper_table(p, trainings_columns, TRAININGS_COLUMNS, entries);
	paper_seals(p, seals);
	return STATUS_DONE;
}

/* When something is due and whose it is a record says only once it is late. */
static void
plan_of_policy(const struct paper *p, json_t *entries)
{
	for (size_t i = 0; i < p->policy->plan_count; i++) {
		const struct plan_item *item = &p->policy->plan[i];
		int64_t due_ms = item->date_wall_ms;
		json_t *entry;

		if (p->person[0] != '\0' ||
		    (!p->all && (due_ms <= p->period.from_ms || due_ms > p->period.until_ms)))
			continue;
		entry = yearly_plan_item(entries, item->name, yearly_of(p->policy, due_ms - 1));
		if (json_object_get(entry, "late_at") != NULL)
			continue; /* as it was then */
		paper_set_number(entry, "due_at", due_ms);
		paper_set(entry, "officer", item->officer);
	}
}

int
plan_fill(struct paper *p, json_t *entries)
{
	const char *const seals[] = {
	    _("Security officer"), _("Audit officer"), _("CISO"), NULL};

	plan_of_policy(p, entries);
	paper_table(p, plan_columns, PLAN_COLUMNS, entries);
	paper_text(p, _("What is still to come is as the policy in force has it; all else is of the records."));
	paper_seals(p, seals);
	return STATUS_DONE;
}

int
self_checks_fill(struct paper *p, json_t *entries)
{
	const char *const seals[] = {_("Person who answered"), _("Security officer"), NULL};

	paper_table(p, self_check_columns, SELF_CHECK_COLUMNS, entries);
	paper_seals(p, seals);
	return STATUS_DONE;
}
