/* The register of exceptions as the store's tables have it, to be held against the log. */
#include "error.h"
#include "paper/kinds.h"
#include "store/exceptions.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { A_LOOK = 16 };

static void
take_person(json_t *entry, const char *as, const json_t *who)
{
	static const char *const parts[] = {"name", "role", "unit", "contact"};
	char key[64];

	paper_copy(entry, as, who, "account");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		(void)snprintf(key, sizeof(key), "%s_%s", as, parts[i]);
		paper_copy(entry, key, who, parts[i]);
	}
}

static void
take_terms(json_t *entry, const char *as, const json_t *terms)
{
	static const char *const parts[] = {"clause", "measure", "report", "why", "for", "waived"};
	char key[64];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		(void)snprintf(key, sizeof(key), "%s_%s", as, parts[i]);
		paper_copy(entry, key, terms, parts[i]);
	}
}

static void
take_paper(json_t *entry, const struct store_exception *x)
{
	json_t *paper = json_loads(x->paper, 0, NULL);
	const json_t *judge = json_object_get(paper, "judge"),
		     *reporter = json_object_get(paper, "reporter");

	if (strcmp(x->kind, "asked") == 0)
		take_person(entry, "applicant", json_object_get(paper, "applicant"));
	take_terms(entry, "asked", json_object_get(paper, "asked"));
	take_person(entry, "judge", judge);
	paper_copy(entry, "judged_at", judge, "at");
	if (strcmp(x->kind, "bypass") != 0)
		take_terms(entry, "granted", json_object_get(paper, "granted"));
	else
		paper_copy(entry, "granted_why", json_object_get(paper, "granted"), "why");
	if (strcmp(x->kind, "bypass") == 0) {
		paper_set_number(entry, "granted_for", x->for_ms);
		paper_set_number(entry, "granted_waived", x->waived);
	}
	paper_copy(entry, "refused_why", json_object_get(paper, "refused"), "why");
	paper_copy(entry, "review", json_object_get(paper, "review"), "text");
	take_person(entry, "reporter", reporter);
	paper_copy(entry, "reported_at", reporter, "at");
	paper_copy(entry, "reported", json_object_get(paper, "end"), "text");
	json_decref(paper);
}

static json_t *
entry_of(const struct store_exception *x, const struct store_request *q)
{
	static const char *const states[] = {[EXCEPTION_ASKED] = "asked",
	    [EXCEPTION_ACTIVE] = "active", [EXCEPTION_OVER] = "over"};
	static const char *const judged[] = {[EXCEPTION_UNJUDGED] = "",
	    [EXCEPTION_GRANTED] = "granted", [EXCEPTION_REFUSED] = "refused"};
	json_t *o = json_object();
	char id[REQUEST_ID_SIZE];

	(void)snprintf(id, sizeof(id), "E-%" PRIu64, x->number);
	paper_set(o, "id", id);
	paper_set(o, "kind", x->kind);
	paper_set(o, "state", states[x->state]);
	paper_set(o, "judged", judged[x->judged]);
	paper_set(o, "rule", x->rule);
	paper_set(o, "key", x->key);
	paper_set(o, "subject", x->subject);
	paper_set(o, "service", x->service);
	paper_set(o, "source", x->source);
	paper_set_number(o, "emergency", x->emergency);
	paper_set_number(o, "made_at", q->made_wall_ms);
	paper_set(o, "applicant", q->by);
	paper_set(o, "person", q->person);
	paper_set_number(o, "from_at", x->from_wall_ms);
	paper_set_number(o, "ended_at", x->ended_wall_ms);
	paper_set(o, "ended_by", x->ended_by);
	paper_set(o, "ended_why", x->ended_why);
	paper_set_number(o, "overdue", x->chased && x->report_due_ms != 0);
	take_paper(o, x);
	if (strcmp(x->kind, "asked") != 0)
		paper_set(o, "asked_why", q->why);
	return o;
}

int
exceptions_from_tables(const struct paper *p, json_t **entries)
{
	struct store_exception *x = calloc(A_LOOK, sizeof(*x));
	struct store_request q;
	uint64_t after = 0;
	size_t n = 0;
	int e = x != NULL ? SKS_OK : SKS_NOMEM;

	*entries = json_array();
	while (e == SKS_OK) {
		e = store_exception_list(p->store, after, true, x, A_LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			after = x[i].number;
			if ((e = store_request_get(p->store, 'E', after, &q)) == SKS_OK)
				(void)json_array_append_new(*entries, entry_of(&x[i], &q));
		}
		if (n < A_LOOK)
			break;
	}
	free(x);
	return e;
}
