/* 障害・事故等報告書: what is known stands in it, the rest is filled in by the officer in charge. */
#include "audit/event.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "paper/kinds.h"
#include "protocol.h"
#include <inttypes.h>
#include <string.h>

json_t *
incident_from_log(const struct paper *p)
{
	json_t *entries = json_array(), *entry;
	const json_t *r;
	char id[32];
	size_t i;

	json_array_foreach(p->records, i, r)
	{
		if (!paper_is(r, "event.outcome", "success"))
			continue;
		(void)snprintf(id, sizeof(id), "%" PRId64, paper_number(r, "seq"));
		entry = paper_entry(entries, id);
		paper_copy(entry, "made_at", r, "at");
		paper_copy(entry, "ended_at", r, "at");
		paper_copy(entry, "person", r, "sekisho.person");
		paper_copy(entry, "account", r, "user.name");
		paper_copy(entry, "report", r, "sekisho.report");
		paper_copy(entry, "message", r, "message");
	}
	return entries;
}

static void
put_officers(struct paper *p)
{
	char line[1024];

	for (size_t i = 0; p->policy != NULL && i < p->policy->officer_count; i++) {
		const struct officer *o = &p->policy->officer[i];

		(void)snprintf(line, sizeof(line), "%s  %s  %s", o->name,
		    o->unit != NULL ? o->unit : "", o->contact != NULL ? o->contact : "");
		paper_pair(p, o->role != NULL ? o->role : _("Officer"), line);
	}
}

/* What is written by hand. */
static void
incident_form(struct paper *p)
{
	const char *const seals[] = {_("Reported by"), _("Security officer"), _("CISO"), NULL};

	paper_heading(p, _("What happened"));
	paper_space(p, _("Number of the incident"), 8);
	paper_space(p, _("Noticed on, by whom, how"), 14);
	paper_space(p, _("What happened"), 30);
	paper_space(p, _("Systems and information affected, with their rating"), 20);
	paper_space(p, _("Done at once"), 20);
	paper_heading(p, _("Cause and prevention"));
	paper_space(p, _("Cause"), 25);
	paper_space(p, _("Against a repetition"), 25);
	paper_space(p, _("Who does that, by when"), 12);
	paper_heading(p, _("Reported to"));
	put_officers(p);
	paper_space(p, _("Reported to whom, when"), 14);
	paper_seals(p, seals);
}

int
paper_incident_sheet(json_t *terms, FILE *out)
{
	struct paper p = {.kind = NULL, .all = true, .about = "", .person = "",
	    .terms = terms, .blocks = json_array(), .made_ms = clock_now().wall_ms};
	int e = terms != NULL && p.blocks != NULL ? SKS_OK : SKS_NOMEM;

	for (size_t i = 0; i < paper_kind_count; i++) {
		if (strcmp(paper_kinds[i].word, "incident") == 0)
			p.kind = &paper_kinds[i];
	}
	if (e == SKS_OK && p.kind != NULL) {
		incident_form(&p);
		paper_html(&p, out);
	}
	json_decref(p.blocks);
	return e;
}

int
incident_fill(struct paper *p, json_t *entries)
{
	static const struct paper_column columns[] = {{"id", N_("Record"), CELL_TEXT, 9},
	    {"made_at", N_("Time"), CELL_TIME, 16}, {"person", N_("Person"), CELL_TEXT, 14},
	    {"account", N_("Account"), CELL_TEXT, 14}, {"report", N_("Report"), CELL_TEXT, 16},
	    {"message", N_("What was said"), CELL_TEXT, 31}};
	const json_t *proofs = json_object_get(p->terms, "proofs"), *proof;
	size_t i;

	paper_heading(p, _("Reports by people, as recorded"));
	paper_table(p, columns, sizeof(columns) / sizeof(columns[0]), entries);
	json_array_foreach(proofs, i, proof)
		paper_put_record(p, proof);
	incident_form(p);
	return STATUS_DONE;
}
