/* The papers of a fiscal year, made of records and made of tables: both tell the same, until a table
 * was changed. */
#include "store_fixture.h"

#include "../../cli/paper/entries.c"
#include "../../cli/paper/yearly.c"
#include "../../cli/paper/yearly_tables.c"

static const char text[] =
    "[attribute training]\nfiscal_year = yes\n[attribute badge]\nvalid = 30d\n";
static const int64_t in_2025 = INT64_C(1750000000000), in_2026 = INT64_C(1780000000000);

struct both {
	struct world *w;
	struct paper paper;
};

static struct both
begin(void **state)
{
	struct both b = {.w = *state, .paper = {.records = json_array()}};
	static struct policy_problems problems;
	char bundle[512];
	int n = snprintf(bundle, sizeof(bundle),
	    "sekisho policy bundle 1\nfile policy.conf %zu\n%s\n", strlen(text), text);

	assert_int_equal(policy_parse(bundle, (size_t)n, &b.paper.policy, &problems), SKS_OK);
	b.paper.store = b.w->store;
	return b;
}

static void
end(struct both *b)
{
	json_decref(b->paper.records);
	policy_free(b->paper.policy);
}

static void
record(struct both *b, int64_t at_ms, const char *event, const char *person, const char *name,
    const char *message)
{
	json_t *o = json_pack("{s:I,s:s,s:s,s:s,s:s,s:s}", "at", (json_int_t)at_ms, "event.action",
	    event, "sekisho.person", person, "sekisho.attribute", name, "message", message,
	    "user.effective.name", "root");

	assert_non_null(o);
	(void)json_array_append_new(b->paper.records, o);
}

static void
set(struct both *b, int64_t at_ms, const char *person, const char *name, const char *evidence)
{
	struct store_attribute a = {.set_wall_ms = at_ms, .by = "root"};

	(void)snprintf(a.person, sizeof(a.person), "%s", person);
	(void)snprintf(a.name, sizeof(a.name), "%s", name);
	(void)snprintf(a.evidence, sizeof(a.evidence), "%s", evidence);
	assert_int_equal(store_attribute_set(b->w->store, &a), SKS_OK);
	record(b, at_ms, "attribute.set", person, name, evidence);
}

static void
take_away(struct both *b, int64_t at_ms, const char *person, const char *name)
{
	assert_int_equal(store_attribute_revoke(b->w->store, person, name), SKS_OK);
	record(b, at_ms, "attribute.revoke", person, name, "cut off");
}

/* What differs, "ID KEY" of the first; the rows of the register in *rows. */
static const char *
differs(struct both *b, int (*from_tables)(const struct paper *, json_t **), size_t expected,
    size_t *rows)
{
	static char out[2048];
	json_t *tables = NULL, *log = yearly_from_log(&b->paper), *found;

	assert_int_equal(from_tables(&b->paper, &tables), SKS_OK);
	found = paper_compare(log, tables);
	out[0] = '\0';
	if (json_array_size(found) > 0)
		(void)snprintf(out, sizeof(out), "%s %s", paper_get(json_array_get(found, 0), "id"),
		    paper_get(json_array_get(found, 0), "key"));
	if (json_array_size(found) != expected)
		fail_msg("%zu differences, the first: %s", json_array_size(found), out);
	*rows = json_array_size(log);
	json_decref(found);
	json_decref(tables);
	json_decref(log);
	return out;
}

static void
test_evidence_of_two_years(void **state)
{
	struct both b = begin(state);
	size_t rows;

	world_begin(b.w);
	set(&b, in_2025, "alice", "training", "sheet 1");
	set(&b, in_2026, "alice", "training", "sheet 2");
	set(&b, in_2026, "alice", "badge", "no training");
	(void)differs(&b, trainings_from_tables, 0, &rows);
	assert_int_equal(rows, 2);
	/* the newest is taken away, what was attended before stays attended */
	take_away(&b, in_2026 + 60000, "alice", "training");
	(void)differs(&b, trainings_from_tables, 0, &rows);
	assert_int_equal(rows, 2);
	set(&b, in_2026 + 120000, "alice", "training", "sheet 3");
	(void)differs(&b, trainings_from_tables, 0, &rows);
	/* and a table that says something else is named */
	assert_int_equal(store_attribute_revoke(b.w->store, "alice", "training"), SKS_OK);
	assert_string_equal(
	    differs(&b, trainings_from_tables, 1, &rows), "alice training 2026 ");
	world_commit(b.w);
	end(&b);
}

static void
sheet(struct both *b, const char *controls)
{
	static struct store_duty d;
	json_t *answers = json_array(), *lines = json_array();
	char *dumped, line[64];

	for (const char *c = controls; *c != '\0'; c++) {
		char control[8] = {'R', '-', *c};

		(void)json_array_append_new(answers,
		    json_pack("{s:s,s:s,s:s,s:s}", "control", control, "answer", "yes", "evidence",
			"in-force", "comment", "seen \x1b[1m"));
		(void)snprintf(line, sizeof(line), "%s yes in-force seen \xef\xbf\xbd[1m", control);
		(void)json_array_append_new(lines, json_string(line));
	}
	dumped = json_dumps(answers, JSON_COMPACT);
	memset(&d, 0, sizeof(d));
	d.year = 2026;
	(void)snprintf(d.kind, sizeof(d.kind), "%s", DUTY_SELF_CHECK);
	(void)snprintf(d.name, sizeof(d.name), "office");
	(void)snprintf(d.person, sizeof(d.person), "alice");
	(void)snprintf(d.text, sizeof(d.text), "%s", dumped);
	assert_int_equal(store_duty_put(b->w->store, &d), SKS_OK);
	(void)json_array_append_new(b->paper.records,
	    json_pack("{s:I,s:s,s:s,s:s,s:I,s:o}", "at", (json_int_t)b->w->now.wall_ms,
		"event.action", "self-check.answer", "sekisho.person", "alice", "sekisho.role",
		"office", "sekisho.fiscal.year", (json_int_t)2026, "sekisho.self-check", lines));
	json_decref(answers);
	free(dumped);
}

/* The second sheet takes the place of the first, whatever that answered besides. */
static void
test_sheet_in_the_place_of_another(void **state)
{
	struct both b = begin(state);
	size_t rows;

	world_begin(b.w);
	sheet(&b, "abc");
	(void)differs(&b, self_checks_from_tables, 0, &rows);
	assert_int_equal(rows, 3);
	sheet(&b, "b");
	(void)differs(&b, self_checks_from_tables, 0, &rows);
	assert_int_equal(rows, 1);
	(void)json_array_remove(b.paper.records, 1);
	assert_string_equal(
	    differs(&b, self_checks_from_tables, 2, &rows), "office alice 2026 R-a ");
	world_commit(b.w);
	end(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(test_evidence_of_two_years),
	    WORLD_TEST(test_sheet_in_the_place_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
