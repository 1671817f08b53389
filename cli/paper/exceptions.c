/*
 * 例外措置: the register, and its entries as the records say them. An entry has the fields of the
 * review record: who applied, for what, who judged and how, as granted, its end and the report.
 */
#include "audit/event.h"
#include "error.h"
#include "i18n.h"
#include "paper/kinds.h"
#include "protocol.h"
#include <string.h>

/* ---- from the log -------------------------------------------------------------------------- */

static void
take_person(json_t *entry, const char *as, const json_t *r, const char *account)
{
	static const char *const parts[] = {"name", "role", "unit", "contact"};
	char key[64], from[64];

	paper_set(entry, as, account);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		(void)snprintf(key, sizeof(key), "%s_%s", as, parts[i]);
		(void)snprintf(from, sizeof(from), "sekisho.actor.%s", parts[i]);
		paper_copy(entry, key, r, from);
	}
}

static void
take_terms(json_t *entry, const char *as, const json_t *r)
{
	static const struct {
		const char *part, *from;
	} parts[] = {{"clause", "sekisho.exception.clause"},
	    {"measure", "sekisho.exception.measure"}, {"report", "sekisho.exception.report"},
	    {"why", "message"}, {"for", "sekisho.role.duration"},
	    {"waived", "sekisho.exception.waived"}};
	char key[64];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		(void)snprintf(key, sizeof(key), "%s_%s", as, parts[i].part);
		paper_copy(entry, key, r, parts[i].from);
	}
}

static void
take_scope(json_t *entry, const json_t *r)
{
	paper_copy(entry, "rule", r, "sekisho.exception.rule");
	paper_copy(entry, "key", r, "sekisho.exception.key");
	paper_copy(entry, "subject", r, "sekisho.exception.subject");
	paper_copy(entry, "service", r, "sekisho.exception.service");
	paper_copy(entry, "source", r, "sekisho.exception.source");
	paper_copy(entry, "emergency", r, "sekisho.exception.emergency");
}

static void
begin(json_t *entry, const json_t *r)
{
	paper_set(entry, "state", "active");
	paper_copy(entry, "from_at", r, "at");
}

static void
end(json_t *entry, const json_t *r, const char *why)
{
	paper_set(entry, "state", "over");
	paper_copy(entry, "ended_at", r, "at");
	paper_copy(entry, "ended_by", r, "user.effective.name");
	paper_set(entry, "ended_why", why);
}

static void
asked(json_t *entry, const json_t *r)
{
	paper_set(entry, "kind", "asked");
	paper_copy(entry, "made_at", r, "at");
	take_person(entry, "applicant", r, paper_get(r, "user.effective.name"));
	paper_copy(entry, "person", r, "sekisho.actor.name");
	take_scope(entry, r);
	take_terms(entry, "asked", r);
	paper_set(entry, "state", "asked");
	if (paper_number(entry, "emergency") != 0)
		begin(entry, r);
}

static void
entered(json_t *entry, const json_t *r)
{
	paper_copy(entry, "kind", r, "sekisho.exception.kind");
	paper_copy(entry, "made_at", r, "at");
	paper_copy(entry, "applicant", r, "sekisho.request.by");
	paper_copy(entry, "person", r, "sekisho.request.person");
	take_scope(entry, r);
	paper_copy(entry, "asked_why", r, "message");
	begin(entry, r);
}

/* A bypass is entered by who approves it, granted already. */
static void
bypassed(json_t *entry, const json_t *r)
{
	entered(entry, r);
	paper_set(entry, "key", "bypass");
	paper_set(entry, "service", "*");
	paper_set(entry, "source", "*");
	take_person(entry, "judge", r, paper_get(r, "user.effective.name"));
	paper_set(entry, "judged", "granted");
	paper_copy(entry, "judged_at", r, "at");
	paper_copy(entry, "granted_why", r, "message");
	paper_copy(entry, "granted_for", r, "sekisho.role.duration");
	paper_set_number(entry, "granted_waived", 1);
}

static void
judged(json_t *entry, const json_t *r)
{
	bool granted = paper_is(r, "sekisho.verb", verb_words[VERB_APPROVE]);

	if (paper_get(r, "sekisho.exception.bypass")[0] != '\0') {
		bypassed(entry, r);
		return;
	}
	if (paper_is(r, "event.reason", "withdrawn")) {
		end(entry, r, "withdrawn");
		return;
	}
	take_person(entry, "judge", r, paper_get(r, "user.effective.name"));
	paper_copy(entry, "judged_at", r, "at");
	paper_set(entry, "judged", granted ? "granted" : "refused");
	if (granted) {
		take_terms(entry, "granted", r);
		if (paper_is(entry, "state", "asked"))
			begin(entry, r);
		return;
	}
	paper_copy(entry, "refused_why", r, "message");
	if (paper_is(entry, "kind", "asked") && !paper_is(entry, "state", "over"))
		end(entry, r, "declined");
}

static void
reported(json_t *entry, const json_t *r)
{
	take_person(entry, "reporter", r, paper_get(r, "user.effective.name"));
	paper_copy(entry, "reported_at", r, "at");
	paper_copy(entry, "reported", r, "message");
	paper_set_number(entry, "overdue", 0);
}

static void
reviewed(json_t *entry, const json_t *r)
{
	take_person(entry, "judge", r, paper_get(r, "user.effective.name"));
	paper_set(entry, "judged", "granted");
	paper_copy(entry, "judged_at", r, "at");
	paper_copy(entry, "review", r, "message");
	end(entry, r, "reviewed");
}

/* What one record says of its entry. */
static void
take(json_t *entry, const json_t *r, uint16_t action)
{
	switch (action) {
	case ACTION_EXCEPTION_REQUEST:
		asked(entry, r);
		break;
	case ACTION_CONTINGENCY_REQUEST:
		asked(entry, r);
		paper_set(entry, "kind", "contingency");
		break;
	case ACTION_CONTINGENCY_ANSWER: /* one of several: it waits for the others */
		if (paper_is(r, "sekisho.verb", verb_words[VERB_APPROVE]))
			break;
		judged(entry, r);
		if (!paper_is(entry, "state", "over"))
			end(entry, r, "declined");
		break;
	case ACTION_CONTINGENCY_START:
	case ACTION_EXCEPTION_ANSWER:
		judged(entry, r);
		break;
	case ACTION_EXCEPTION_START: /* in an emergency, or by itself */
		if (paper_is(r, "sekisho.verb", verb_words[VERB_EXCEPTION_REQUEST]))
			asked(entry, r);
		else
			entered(entry, r);
		break;
	case ACTION_CONTINGENCY_END:
	case ACTION_EXCEPTION_END:
		end(entry, r, paper_get(r, "event.reason"));
		break;
	case ACTION_EXCEPTION_REPORT:
		reported(entry, r);
		break;
	case ACTION_BREAK_GLASS_REVIEW:
		reviewed(entry, r);
		break;
	default:
		paper_set_number(entry, "overdue", 1);
	}
}

json_t *
exceptions_from_log(const struct paper *p)
{
	json_t *entries = json_array();
	const json_t *r;
	size_t i;

	json_array_foreach(p->records, i, r)
	{
		const struct event_info *event = event_by_name(paper_get(r, "event.action"));
		const char *id = paper_get(r, "sekisho.request");
		/* an overdue report is a failure of another kind */
		bool overdue = event != NULL && event->action == ACTION_EXCEPTION_OVERDUE;

		if (event == NULL || id[0] != 'E' ||
		    (!overdue && paper_is(r, "sekisho.verdict", "deny")))
			continue;
		take(paper_entry(entries, id), r, event->action);
	}
	return entries;
}

/* ---- the register -------------------------------------------------------------------------- */

static void
join(json_t *entry, const char *to, const char *const *from, const char *between)
{
	char text[2048] = "";

	for (; *from != NULL; from++) {
		const char *part = paper_get(entry, *from);
		size_t used = strlen(text);

		if (part[0] != '\0')
			(void)snprintf(text + used, sizeof(text) - used, "%s%s",
			    used > 0 ? between : "", part);
	}
	paper_set(entry, to, text);
}

static void
compose(json_t *entry)
{
	static const char *const applicant[] = {
	    "applicant_name", "applicant", "applicant_unit", "applicant_contact", NULL};
	static const char *const judge[] = {
	    "judge_name", "judge_role", "judge_unit", "judge_contact", NULL};
	static const char *const scope[] = {"subject", "service", "source", NULL};
	static const char *const rule[] = {"rule", "key", "asked_clause", NULL};
	static const char *const why[] = {"granted_why", "refused_why", "review", NULL};
	static const char *const granted[] = {"granted_clause", "granted_measure", NULL};
	static const char *const ended[] = {"ended_shown", "reported", NULL};

	join(entry, "applicant_shown", applicant, "\n");
	join(entry, "judge_shown", judge, "\n");
	join(entry, "scope_shown", scope, "\n");
	join(entry, "rule_shown", rule, "\n");
	join(entry, "judged_why", why, "\n");
	join(entry, "granted_shown", granted, "\n");
	paper_set(entry, "ended_shown", exception_end_shown(entry));
	join(entry, "end_shown", ended, "\n");
	paper_set(entry, "judged_shown", exception_judged_shown(entry));
}

const char *
exception_judged_shown(const json_t *entry)
{
	if (paper_is(entry, "judged", "granted"))
		return _("granted");
	if (paper_is(entry, "judged", "refused"))
		return _("refused");
	if (paper_is(entry, "state", "active"))
		return _("NOT APPROVED, in force");
	return paper_is(entry, "state", "asked") ? _("waits") : "";
}

const char *
exception_end_shown(const json_t *entry)
{
	static const struct {
		const char *why, *shown;
	} words[] = {{"expired", N_("its time was over")}, {"withdrawn", N_("withdrawn")},
	    {"declined", N_("refused")}, {"policy", N_("the policy does not say so any more")},
	    {"used", N_("used")}, {"reviewed", N_("reviewed")}, {"ok", N_("ended before its time")},
	    {"revoked", N_("ended by another person")},
	    {"restored", N_("the store was put back")}};
	const char *why = paper_get(entry, "ended_why");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].why, why) == 0)
			return _(words[i].shown);
	}
	if (paper_is(entry, "state", "active"))
		return _("still in force");
	return why;
}

int
exceptions_fill(struct paper *p, json_t *entries)
{
	static const struct paper_column columns[] = {{"id", N_("Entry"), CELL_TEXT, 4},
	    {"made_at", N_("Applied for"), CELL_TIME, 10},
	    {"applicant_shown", N_("Applicant"), CELL_TEXT, 9},
	    {"rule_shown", N_("Rule and clause"), CELL_TEXT, 8},
	    {"scope_shown", N_("Whom, where"), CELL_TEXT, 7},
	    {"asked_why", N_("Reason"), CELL_TEXT, 9},
	    {"asked_measure", N_("Substitute measure"), CELL_TEXT, 8},
	    {"judged_shown", N_("Judged"), CELL_TEXT, 6},
	    {"judge_shown", N_("Judged by"), CELL_TEXT, 9},
	    {"judged_why", N_("Reason of the judgement"), CELL_TEXT, 8},
	    {"from_at", N_("In force from"), CELL_TIME, 10},
	    {"ended_at", N_("Ended"), CELL_TIME, 10},
	    {"end_shown", N_("End and its report"), CELL_TEXT, 8}};
	const char *const seals[] = {_("Audit officer"), _("CISO"), NULL};
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
		compose(entry);
	paper_table(p, columns, sizeof(columns) / sizeof(columns[0]), entries);
	paper_seals(p, seals);
	return STATUS_DONE;
}
