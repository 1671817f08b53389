/* 管理者権限付与台帳: roles that were asked for, by whom they were approved, and how they ended. */
#include "audit/event.h"
#include "error.h"
#include "i18n.h"
#include "paper/kinds.h"
#include "protocol.h"
#include "store/grant.h"
#include "store/terms.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { A_LOOK = 64 };

/* ---- from the log -------------------------------------------------------------------------- */

static void
asked(json_t *entry, const json_t *r)
{
	paper_copy(entry, "made_at", r, "at");
	paper_copy(entry, "role", r, "sekisho.role");
	paper_copy(entry, "account", r, "user.effective.name");
	paper_copy(entry, "person", r, "sekisho.request.person");
	paper_copy(entry, "why", r, "message");
	paper_copy(entry, "for", r, "sekisho.role.duration");
	paper_copy(entry, "ticket", r, "sekisho.ticket");
	paper_copy(entry, "superior", r, "sekisho.superior");
	paper_copy(entry, "because", r, "sekisho.superior.why");
	paper_set(entry, "state", "asked");
}

static void
begin(json_t *entry, const json_t *r)
{
	paper_set(entry, "state", "active");
	paper_copy(entry, "from_at", r, "at");
	paper_set_number(entry, "until_at", paper_number(r, "at") + paper_number(entry, "for"));
}

static void
approved(json_t *entry, const char *by)
{
	char text[2048];

	(void)snprintf(text, sizeof(text), "%.1500s%s%.256s", paper_get(entry, "approved_by"),
	    paper_get(entry, "approved_by")[0] != '\0' ? ", " : "", by);
	paper_set(entry, "approved_by", text);
}

static void
ended(json_t *entry, const json_t *r)
{
	/* of what the daemon does by itself, on whose word */
	const char *by = paper_get(r, "sekisho.verb")[0] != '\0'
			     ? paper_get(r, "user.effective.name")
			     : paper_get(r, "sekisho.request.by");

	paper_set(entry, "state", "over");
	paper_copy(entry, "ended_at", r, "at");
	paper_set(entry, "ended_by", by);
	paper_copy(entry, "ended_why", r, "event.reason");
}

static void
answered(json_t *entry, const json_t *r)
{
	if (paper_is(r, "sekisho.verb", verb_words[VERB_APPROVE]))
		approved(entry, paper_get(r, "user.effective.name"));
	else
		ended(entry, r);
}

static void
started(json_t *entry, const json_t *r)
{
	if (paper_is(r, "sekisho.verb", verb_words[VERB_REQUEST]))
		asked(entry, r);
	else
		approved(entry, paper_get(r, "user.effective.name"));
	begin(entry, r);
}

json_t *
grants_from_log(const struct paper *p)
{
	json_t *entries = json_array(), *entry;
	const json_t *r;
	size_t i;

	json_array_foreach(p->records, i, r)
	{
		const struct event_info *event = event_by_name(paper_get(r, "event.action"));
		const char *id = paper_get(r, "sekisho.request");

		if (event == NULL || id[0] != 'R' || paper_is(r, "sekisho.verdict", "deny"))
			continue;
		entry = paper_entry(entries, id);
		if (event->action == ACTION_ROLE_REQUEST)
			asked(entry, r);
		else if (event->action == ACTION_ROLE_ANSWER)
			answered(entry, r);
		else if (event->action == ACTION_GRANT_START)
			started(entry, r);
		else if (event->action == ACTION_GRANT_END)
			ended(entry, r);
		else if (event->action == ACTION_PERMIT_REPORT)
			paper_copy(entry, "report", r, "message");
	}
	return entries;
}

/* ---- from the tables ----------------------------------------------------------------------- */

static int
take_approvals(const struct paper *p, uint64_t number, json_t *entry)
{
	static struct store_approval a[GRANT_APPROVALS_MAX];
	size_t n = 0;
	int e = store_approvals(p->store, number, a, GRANT_APPROVALS_MAX, &n);

	for (size_t i = 0; e == SKS_OK && i < n; i++)
		approved(entry, a[i].account);
	return e;
}

static int
entry_of(const struct paper *p, const struct store_grant *g, json_t *entry)
{
	static const char *const states[] = {
	    [GRANT_ASKED] = "asked", [GRANT_ACTIVE] = "active", [GRANT_OVER] = "over"};
	struct store_terms terms;
	struct store_request q;
	int e = store_request_get(p->store, 'R', g->number, &q);

	if (e == SKS_OK)
		e = store_terms_get(p->store, g->number, &terms);
	if (e == SKS_OK)
		e = take_approvals(p, g->number, entry);
	if (e != SKS_OK)
		return e;
	paper_set_number(entry, "made_at", q.made_wall_ms);
	paper_set(entry, "role", g->role);
	paper_set(entry, "account", g->user);
	paper_set(entry, "person", g->person);
	paper_set(entry, "why", g->why);
	paper_set_number(entry, "for", g->for_ms);
	paper_set(entry, "ticket", terms.ticket);
	paper_set(entry, "superior", terms.superior);
	paper_set(entry, "because", terms.because);
	paper_set(entry, "report", terms.report);
	paper_set(entry, "state", states[g->state]);
	paper_set_number(entry, "from_at", g->from_wall_ms);
	paper_set_number(entry, "until_at", g->until_wall_ms);
	paper_set_number(entry, "ended_at", g->ended_wall_ms);
	paper_set(entry, "ended_by", g->ended_by);
	paper_set(entry, "ended_why", g->ended_why);
	return SKS_OK;
}

int
grants_from_tables(const struct paper *p, json_t **entries)
{
	struct store_grant *g = calloc(A_LOOK, sizeof(*g));
	uint64_t after = 0;
	size_t n = A_LOOK;
	int e = g != NULL ? SKS_OK : SKS_NOMEM;

	*entries = json_array();
	while (e == SKS_OK && n == A_LOOK) {
		e = store_grant_list(p->store, after, true, NULL, 0, g, A_LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			char id[REQUEST_ID_SIZE];

			after = g[i].number;
			(void)snprintf(id, sizeof(id), "R-%" PRIu64, after);
			e = entry_of(p, &g[i], paper_entry(*entries, id));
		}
	}
	free(g);
	return e;
}

/* ---- on paper ------------------------------------------------------------------------------ */

static const char *
ended_shown(const json_t *entry)
{
	static const struct {
		const char *why, *shown;
	} words[] = {{"expired", N_("its time was over")}, {"withdrawn", N_("withdrawn")},
	    {"declined", N_("refused")}, {"ok", N_("given back")},
	    {"revoked", N_("ended by another person")}, {"retired", N_("the account was retired")},
	    {"wrong-state", N_("the policy does not say so any more")},
	    {"restored", N_("the store was put back")}};
	const char *why = paper_get(entry, "ended_why");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].why, why) == 0)
			return _(words[i].shown);
	}
	if (paper_is(entry, "state", "active"))
		return _("still in force");
	return paper_is(entry, "state", "asked") ? _("waits") : why;
}

static void
compose(json_t *entry)
{
	const char *person = paper_get(entry, "person"), *by = paper_get(entry, "ended_by");
	char text[2048];

	(void)snprintf(text, sizeof(text), "%s\n%s", person, paper_get(entry, "account"));
	paper_set(entry, "who", strcmp(person, paper_get(entry, "account")) == 0 ? person : text);
	(void)snprintf(text, sizeof(text), "%s%s%s", paper_get(entry, "why"),
	    paper_get(entry, "ticket")[0] != '\0' ? "\n" : "", paper_get(entry, "ticket"));
	paper_set(entry, "why_shown", text);
	(void)snprintf(text, sizeof(text), "%s%s%s\n%s%s%s", ended_shown(entry),
	    by[0] != '\0' ? "\n" : "", by, paper_get(entry, "because"),
	    paper_get(entry, "because")[0] != '\0' ? "\n" : "", paper_get(entry, "report"));
	paper_set(entry, "end_shown", text);
}

int
grants_fill(struct paper *p, json_t *entries)
{
	static const struct paper_column columns[] = {{"id", N_("Entry"), CELL_TEXT, 5},
	    {"made_at", N_("Asked for"), CELL_TIME, 11}, {"who", N_("Person, account"), CELL_TEXT, 11},
	    {"role", N_("Role"), CELL_TEXT, 8}, {"why_shown", N_("Reason"), CELL_TEXT, 16},
	    {"for", N_("Hours"), CELL_HOURS, 5}, {"approved_by", N_("Approved by"), CELL_TEXT, 10},
	    {"from_at", N_("In force from"), CELL_TIME, 11}, {"ended_at", N_("Ended"), CELL_TIME, 11},
	    {"end_shown", N_("How it ended"), CELL_TEXT, 12}};
	const char *const seals[] = {_("Security manager of the system"), _("Audit officer"), NULL};
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
		compose(entry);
	paper_table(p, columns, sizeof(columns) / sizeof(columns[0]), entries);
	paper_seals(p, seals);
	return STATUS_DONE;
}
