/*
 * sekisho self-check: the sheet of an office, filled with what the tests of this host say, to be
 * answered by a person and compared with the tests.
 */
#include "cli.h"
#include "clock.h"
#include "controls_host.h"
#include "duties.h"
#include "i18n.h"
#include "report/controls_write.h"
#include "root.h"
#include "show.h"
#include "table.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHEET_LINE_MAX = 1024 };

/* ---- the sheet --------------------------------------------------------------------------- */

/* Does the office answer for a clause of this row? */
static bool
is_of_office(const struct controls *c, const struct control *k, const char *role)
{
	const json_t *clause, *id;
	size_t i, j;

	json_array_foreach(c->clauses, i, clause)
	{
		const struct officer *o = controls_officer(c, clause);

		if (o == NULL || o->role == NULL || strcmp(o->role, role) != 0)
			continue;
		json_array_foreach(json_object_get(clause, "rows"), j, id)
		{
			if (strcmp(json_string_value(id), k->id) == 0)
				return true;
		}
	}
	return false;
}

static void
write_row(const struct control *k, FILE *out)
{
	const json_t *clause;
	size_t i;

	fprintf(out, "\n[%s] %s\n# ", k->id, controls_text(k->row, "title"));
	json_array_foreach(json_object_get(k->row, "clauses"), i, clause)
	    fprintf(out, "%s%s", i > 0 ? ", " : "", json_string_value(clause));
	fprintf(out, "\n# %s: %s\n", controls_shown(k->state), k->found);
	if (k->records > 0)
		fprintf(out, _("# records of the period: %llu, the newest #%llu\n"),
		    (unsigned long long)k->records, (unsigned long long)k->last_seq);
	fprintf(out, "evidence: %s\nanswer:\ncomment:\n", control_state_words[k->state]);
}

static size_t
write_rows(const struct controls_host *w, const char *role, FILE *out)
{
	char made[SHOW_TIME_SIZE];
	size_t rows = 0;

	fprintf(out, _("# Self-check sheet of %s, %s, made %s.\n"), role, w->host,
	    show_time(w->made_ms, made));
	fputs(_("# Behind \"answer:\" write yes (it is done), no, or own (the organisation sees to it\n"
		"# itself); behind \"comment:\" what there is to say. Then: sekisho self-check answer "
		"FILE\n"),
	    out);
	fprintf(out, "office: %s\n", role);
	for (size_t i = 0; i < w->controls.count; i++) {
		if (is_of_office(&w->controls, &w->controls.control[i], role)) {
			write_row(&w->controls.control[i], out);
			rows++;
		}
	}
	return rows;
}

static int
write_sheet(const struct controls_host *w, const char *role, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
	size_t rows;
	bool whole;

	if (out == NULL) {
		fprintf(stderr, _("sekisho: cannot make %s: %s. It must not be there yet.\n"),
		    path, strerror(errno));
		return STATUS_REFUSED;
	}
	rows = write_rows(w, role, out);
	whole = ferror(out) == 0;
	if (fclose(out) != 0 || !whole || rows == 0) {
		(void)unlink(path);
		if (rows == 0)
			fprintf(stderr,
			    _("sekisho: no officer of the policy has the office \"%s\" and answers "
			      "for anything: [officer NAME] role, clauses.\n"),
			    role);
		else
			fprintf(stderr, _("sekisho: %s could not be written: %s.\n"), path,
			    strerror(errno));
		return rows == 0 ? STATUS_REFUSED : STATUS_INCOMPLETE;
	}
	printf(_("%s has %zu questions for %s.\n"), path, rows, role);
	return STATUS_DONE;
}

static int
make_sheet(const struct args *args)
{
	const char *role = args_value(args, OPT_ROLE), *path = args_value(args, OPT_OUTPUT);
	struct controls_host w = {.args = args, .made_ms = clock_now().wall_ms};
	int status = root_need();

	if (status == STATUS_DONE && (role == NULL || path == NULL)) {
		fputs(_("sekisho: a sheet takes --role OFFICE and --output FILE.\n"), stderr);
		status = STATUS_USAGE;
	}
	if (args_value(args, OPT_LANG) != NULL)
		i18n_init(args_value(args, OPT_LANG));
	if (status == STATUS_DONE)
		status = controls_host_read(&w);
	if (status == STATUS_DONE)
		status = write_sheet(&w, role, path);
	controls_host_clear(&w);
	return status;
}

/* ---- the answers ------------------------------------------------------------------------- */

struct reading {
	char office[SHEET_LINE_MAX];
	json_t *answers, *one;
};

/* What stands behind the colon, blanks cut off; NULL: another line. */
static const char *
value_of(char *line, const char *key)
{
	size_t n = strlen(key), len;

	if (strncmp(line, key, n) != 0 || line[n] != ':')
		return NULL;
	line += n + 1;
	line += strspn(line, " \t");
	len = strlen(line);
	while (len > 0 && strchr(" \t\r\n", line[len - 1]) != NULL)
		line[--len] = '\0';
	return line;
}

static void
read_line(struct reading *r, char *line)
{
	static const char *const keys[] = {"evidence", "answer", "comment"};
	const char *value = value_of(line, "office");

	if (value != NULL)
		(void)snprintf(r->office, sizeof(r->office), "%s", value);
	if (line[0] == '[' && strchr(line, ']') != NULL) {
		*strchr(line, ']') = '\0';
		r->one = json_pack("{s:s, s:s, s:s, s:s}", "control", line + 1, "evidence", "",
		    "answer", "", "comment", "");
		(void)json_array_append_new(r->answers, r->one);
		return;
	}
	for (size_t i = 0; r->one != NULL && i < sizeof(keys) / sizeof(keys[0]); i++) {
		if ((value = value_of(line, keys[i])) != NULL)
			(void)json_object_set_new(r->one, keys[i], json_string(value));
	}
}

/* "A-1, A-2" of what has no answer; returns how many. */
static size_t
unanswered(const json_t *answers, char *out, size_t size)
{
	const json_t *one;
	size_t i, n = 0;

	out[0] = '\0';
	json_array_foreach(answers, i, one)
	{
		size_t used = strlen(out);
		const char *answer = show_text(one, "answer");

		if (strcmp(answer, "yes") == 0 || strcmp(answer, "no") == 0 ||
		    strcmp(answer, "own") == 0)
			continue;
		n++;
		(void)snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "",
		    show_text(one, "control"));
	}
	return n;
}

static int
send_answers(const struct args *args, const struct reading *r)
{
	char missing[512];
	struct call call;
	char *text;
	int status;

	if (r->office[0] == '\0' || unanswered(r->answers, missing, sizeof(missing)) > 0) {
		fprintf(stderr,
		    _("sekisho: the sheet is not answered whole. Without yes, no or own: %s\n"),
		    r->office[0] == '\0' ? "office" : missing);
		return STATUS_USAGE;
	}
	call_init(&call, VERB_SELF_CHECK);
	status = duties_set_year(&call, args);
	if (status == STATUS_DONE)
		status = call_set_text(
		    call.request.name, sizeof(call.request.name), r->office, "office");
	text = json_dumps(r->answers, JSON_COMPACT);
	if (status == STATUS_DONE && text != NULL)
		status = call_run_with(&call, args, text, strlen(text));
	if (status == STATUS_DONE)
		show_sentence(stdout, call.reply.text);
	free(text);
	call_clear(&call);
	return status;
}

static int
answer_sheet(const struct args *args)
{
	const char *path = args_word(args, 1);
	static char line[SHEET_LINE_MAX];
	struct reading r = {.answers = json_array()};
	FILE *in = path != NULL ? fopen(path, "re") : NULL;
	int status = STATUS_USAGE;

	if (in == NULL)
		fprintf(stderr, _("sekisho: cannot read the sheet: %s.\n"),
		    path != NULL ? strerror(errno) : _("no FILE is given"));
	while (in != NULL && fgets(line, sizeof(line), in) != NULL)
		read_line(&r, line);
	if (in != NULL) {
		(void)fclose(in);
		status = send_answers(args, &r);
	}
	json_decref(r.answers);
	return status;
}

/* ---- compared ---------------------------------------------------------------------------- */

/* What an answer means for the tests; NULL: they agree. */
static const char *
differs(const char *answer, enum control_state state)
{
	bool yes = strcmp(answer, "yes") == 0, no = strcmp(answer, "no") == 0;

	if (yes && state == CONTROL_NOT_IN_FORCE)
		return _("answered yes, and the test says that it is not in force");
	if (yes && state == CONTROL_EXCEPTION)
		return _("answered yes, and there is an open exception");
	if (no && state == CONTROL_IN_FORCE)
		return _("answered no, and the test says that it is in force");
	if (!yes && !no && state != CONTROL_ORGANISATION)
		return _("answered as the organisation's own, which the policy does not say");
	return NULL;
}

static json_t *
compare_one(const struct controls *c, const json_t *sheet, const json_t *answer)
{
	const struct control *k = controls_find(c, show_text(answer, "control"));
	const char *why = k != NULL ? differs(show_text(answer, "answer"), k->state)
				    : _("the catalogue has it no more");

	if (why == NULL)
		return NULL;
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "role",
	    show_text(sheet, "role"), "person", show_text(sheet, "person"), "control",
	    show_text(answer, "control"), "answer", show_text(answer, "answer"), "then",
	    show_text(answer, "evidence"), "now", k != NULL ? control_state_words[k->state] : "",
	    "comment", show_text(answer, "comment"), "why", why);
}

static void
compare_print(const json_t *list, size_t sheets)
{
	const json_t *one;
	struct table t;
	size_t i;

	printf(_("%zu sheets; answers that differ from the tests: %zu.\n"), sheets,
	    json_array_size(list));
	if (json_array_size(list) == 0)
		return;
	table_init(&t, 6, _("OFFICE"), _("PERSON"), _("CONTROL"), _("DIFFERENCE"), _("THEN"),
	    _("COMMENT"));
	json_array_foreach(list, i, one)
	{
		table_add(&t, show_text(one, "role"));
		table_add(&t, show_text(one, "person"));
		table_add(&t, show_text(one, "control"));
		table_add(&t, show_text(one, "why"));
		table_add(&t, show_text(one, "then"));
		table_add(&t, show_text(one, "comment"));
	}
	table_print(&t, stdout);
	table_clear(&t);
}

static int
compare_all(const struct controls_host *w, const json_t *sheets)
{
	json_t *list = json_array();
	const json_t *sheet, *answer;
	size_t i, j, found;

	json_array_foreach(sheets, i, sheet)
	{
		json_array_foreach(json_object_get(sheet, "answers"), j, answer)
		{
			json_t *one = compare_one(&w->controls, sheet, answer);

			if (one != NULL)
				(void)json_array_append_new(list, one);
		}
	}
	found = json_array_size(list);
	if (args_has(w->args, OPT_JSON))
		show_json(list);
	else
		compare_print(list, json_array_size(sheets));
	json_decref(list);
	return found > 0 ? STATUS_REFUSED : STATUS_DONE;
}

static int
compare_sheets(const struct args *args)
{
	struct controls_host w = {.args = args, .made_ms = clock_now().wall_ms};
	json_t *sheets = NULL;
	struct call call;
	int status = root_need();

	call_init(&call, VERB_SELF_CHECK_LIST);
	if (status == STATUS_DONE)
		status = duties_set_year(&call, args);
	if (status == STATUS_DONE)
		status = call_run_json(&call, args, &sheets);
	if (status == STATUS_DONE)
		status = controls_host_read(&w);
	if (status == STATUS_DONE)
		status = compare_all(&w, sheets);
	json_decref(sheets);
	call_clear(&call);
	controls_host_clear(&w);
	return status;
}

int
run_self_check(const struct args *args)
{
	const char *what = args_word(args, 0);

	if (strcmp(what, "sheet") == 0)
		return make_sheet(args);
	if (strcmp(what, "answer") == 0)
		return answer_sheet(args);
	if (strcmp(what, "compare") == 0)
		return compare_sheets(args);
	fputs(_("sekisho: self-check takes sheet, answer or compare.\n"), stderr);
	return STATUS_USAGE;
}
