/* sekisho audit paper: a register or form for print, whose rows are what the log says. */
#include "backup.h"
#include "call.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "log_store.h"
#include "new_file.h"
#include "paper/paper.h"
#include "policy/nearest.h"
#include "report/page.h"
#include "show.h"
#include "table.h"
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, KINDS_MAX = 32 };

/* ---- what is asked for --------------------------------------------------------------------- */

static int
list_kinds(void)
{
	struct table t;

	table_init(&t, 2, _("KIND"), _("PAPER"));
	for (size_t i = 0; i < paper_kind_count; i++) {
		table_add(&t, paper_kinds[i].word);
		table_add(&t, _(paper_kinds[i].title));
	}
	table_print(&t, stdout);
	table_clear(&t);
	return STATUS_DONE;
}

static int
find_kind(struct paper *p, const char *word)
{
	const char *words[KINDS_MAX], *nearest;

	for (size_t i = 0; i < paper_kind_count && i < KINDS_MAX; i++) {
		words[i] = paper_kinds[i].word;
		if (strcmp(word, words[i]) == 0)
			p->kind = &paper_kinds[i];
	}
	if (p->kind != NULL)
		return STATUS_DONE;
	nearest = nearest_word(word, words, paper_kind_count);
	if (nearest != NULL)
		fprintf(stderr, _("sekisho: there is no paper \"%s\". Do you mean %s?\n"), word,
		    nearest);
	else
		fprintf(stderr,
		    _("sekisho: there is no paper \"%s\". `sekisho audit paper` lists them.\n"),
		    word);
	return STATUS_USAGE;
}

/* What follows the kind: the entry that it is of, or the records that were chosen. */
static int
take_words(struct paper *p)
{
	p->about = "";
	if (p->kind->about_one) {
		p->about = args_word(p->args, 1);
		if (p->about != NULL && p->args->word_count == 2)
			return STATUS_DONE;
		fprintf(stderr, _("sekisho: the paper \"%s\" is of one entry: name it, such as E-3.\n"),
		    p->kind->word);
		return STATUS_USAGE;
	}
	for (size_t i = 1; i < p->args->word_count; i++) {
		const char *word = p->args->word[i];
		char *end = NULL;
		uint64_t number = word[0] >= '1' && word[0] <= '9' && strlen(word) <= 18
				      ? strtoull(word, &end, 10)
				      : 0;

		if (!p->kind->chosen || number == 0 || *end != '\0' ||
		    p->chosen_count == PAPER_WORDS_MAX) {
			fprintf(stderr, _("sekisho: \"%s\" is not asked for by the paper \"%s\".\n"),
			    word, p->kind->word);
			return STATUS_USAGE;
		}
		p->chosen[p->chosen_count++] = number;
	}
	return STATUS_DONE;
}

static int
set_request(struct paper *p)
{
	p->all = !args_has(p->args, OPT_FISCAL_YEAR) && !args_has(p->args, OPT_SINCE) &&
		 !args_has(p->args, OPT_UNTIL);
	p->person = args_text(p->args, OPT_PERSON);
	p->live = !args_has(p->args, OPT_STATE_DIR);
	p->made_ms = clock_now().wall_ms;
	return p->all ? STATUS_DONE : report_period(p->args, p->made_ms, &p->period);
}

/* ---- that it is made ----------------------------------------------------------------------- */

static int
put_chosen(const struct paper *p, struct command *q)
{
	size_t used = 0;

	for (size_t i = 0; i < p->chosen_count && used < sizeof(q->measure); i++)
		used += (size_t)snprintf(q->measure + used, sizeof(q->measure) - used, "%s%" PRIu64,
		    i > 0 ? "," : "", p->chosen[i]);
	if (used < sizeof(q->measure))
		return STATUS_DONE;
	fputs(_("sekisho: too many records for one paper.\n"), stderr);
	return STATUS_USAGE;
}

static int
ask_daemon(struct paper *p)
{
	const char *to = args_text(p->args, OPT_FOR), *why = args_text(p->args, OPT_PURPOSE);
	const struct passwd *pw = getpwuid(getuid());
	struct command *q;
	struct call call;
	int status;

	call_init(&call, VERB_PAPER);
	q = &call.request;
	(void)snprintf(q->service, sizeof(q->service), "%s", p->kind->word);
	q->since_ms = p->all ? 0 : p->period.from_ms;
	q->until_ms = p->all ? 0 : p->period.until_ms;
	status = call_set_text(q->event, sizeof(q->event), p->about, "ENTRY");
	if (status == STATUS_DONE)
		status = call_set_text(
		    q->verified_by, sizeof(q->verified_by), p->person, "--person");
	if (status == STATUS_DONE)
		status = call_set_text(q->name, sizeof(q->name),
		    to[0] != '\0'	? to
		    : pw != NULL	? pw->pw_name
					: "",
		    "--for");
	if (status == STATUS_DONE)
		status = call_set_text(q->text, sizeof(q->text),
		    why[0] != '\0' ? why : _(p->kind->title), "--purpose");
	if (status == STATUS_DONE)
		status = call_set_text(q->verified_how, sizeof(q->verified_how),
		    args_text(p->args, OPT_REQUEST), "--request");
	if (status == STATUS_DONE)
		status = put_chosen(p, q);
	if (status == STATUS_DONE)
		status = call_run(&call, p->args);
	if (status == STATUS_DONE && (p->terms = call_json(&call)) == NULL)
		status = call.reply.text[0] != '\0' ? STATUS_REFUSED : STATUS_UNREADABLE;
	call_clear(&call);
	return status;
}

/* The rating and the head of a copy are its own; there is no serial number. */
static int
ask_copy(struct paper *p)
{
	char root[2 * MERKLE_HASH_SIZE + 1];
	const struct passwd *pw = getpwuid(getuid());
	struct log_head head = {0};
	int status = log_head_read(p->store, UINT64_MAX, &head);

	for (size_t i = 0; i < MERKLE_HASH_SIZE; i++)
		(void)snprintf(root + 2 * i, 3, "%02x", head.checkpoint.root.bytes[i]);
	if (status == STATUS_DONE)
		p->terms = json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:s}", "by",
		    pw != NULL ? pw->pw_name : "", "person", pw != NULL ? pw->pw_name : "", "rating",
		    p->policy->rating != NULL ? p->policy->rating : "", "limits",
		    p->policy->limits != NULL ? p->policy->limits : "", "origin",
		    head.chain.origin, "size", (json_int_t)head.checkpoint.size, "root", root);
	log_head_clear(&head);
	return status;
}

static int
daemon_policy(struct paper *p)
{
	struct policy_problems *problems = calloc(1, sizeof(*problems));
	struct call call;
	int status;

	call_init(&call, VERB_POLICY_SHOW);
	status = problems != NULL ? call_run(&call, p->args) : STATUS_INCOMPLETE;
	if (status == STATUS_DONE &&
	    policy_parse(call.payload.data, call.payload.len, &p->policy, problems) != SKS_OK) {
		fputs(_("sekisho: this version does not take the policy in force.\n"), stderr);
		status = STATUS_UNREADABLE;
	}
	call_clear(&call);
	free(problems);
	return status;
}

static int
open_all(struct paper *p)
{
	int status;

	if (p->live && geteuid() != 0) {
		status = daemon_policy(p);
		return status == STATUS_DONE ? ask_daemon(p) : status;
	}
	if (p->live && (status = ask_daemon(p)) != STATUS_DONE)
		return status;
	if ((status = log_store_open(p->args, &p->store)) != STATUS_DONE ||
	    (status = report_read_policy(p->store, &p->policy)) != STATUS_DONE)
		return status;
	return p->live ? STATUS_DONE : ask_copy(p);
}

/* ---- filling ------------------------------------------------------------------------------- */

static bool
is_asked_for(const struct paper *p, const json_t *entry)
{
	int64_t made = paper_number(entry, "made_at"), ended = paper_number(entry, "ended_at");

	if (p->kind->about_one)
		return paper_is(entry, "id", p->about);
	if (p->person[0] != '\0' && !paper_is(entry, "person", p->person))
		return false;
	return p->all || ((made == 0 || made < p->period.until_ms) &&
			     (ended == 0 || ended >= p->period.from_ms));
}

static json_t *
select_entries(const struct paper *p, json_t *all)
{
	json_t *out = json_array();
	json_t *entry;
	size_t i;

	json_array_foreach(all, i, entry)
	{
		if (is_asked_for(p, entry))
			(void)json_array_append(out, entry);
	}
	return out;
}

/* With --verify: does the store say the same as the log? */
static int
verify(const struct paper *p, const json_t *entries)
{
	json_t *tables = NULL, *found;
	const json_t *d;
	size_t i;
	int e, status;

	if (p->kind->from_tables == NULL || p->store == NULL) {
		fputs(p->store == NULL
			? _("sekisho: only root, or who has a copy (--state-dir), can hold a paper "
			    "against the tables of the store.\n")
			: _("sekisho: the store has no table of this; the records are all there "
			    "is.\n"),
		    stderr);
		return p->store == NULL ? STATUS_REFUSED : STATUS_DONE;
	}
	if ((e = p->kind->from_tables(p, &tables)) != SKS_OK) {
		json_decref(tables);
		fprintf(stderr, _("sekisho: the tables cannot be read: %s.\n"), _(error_text(e)));
		return STATUS_UNREADABLE;
	}
	found = paper_compare(entries, tables);
	json_array_foreach(found, i, d)
		fprintf(stderr, _("sekisho: %s %s: the log says \"%s\", the table \"%s\".\n"),
		    paper_get(d, "id"), paper_get(d, "key"), paper_get(d, "log"),
		    paper_get(d, "table"));
	status = json_array_size(found) == 0 ? STATUS_DONE : STATUS_TAMPERED;
	if (status == STATUS_DONE && !args_has(p->args, OPT_JSON))
		printf(_("The tables of the store say the same: %zu entries.\n"),
		    json_array_size(entries));
	json_decref(found);
	json_decref(tables);
	return status;
}

static int
fill(struct paper *p)
{
	json_t *all = NULL, *entries = NULL;
	int status = paper_read(p);

	if (status == STATUS_DONE && p->kind->from_log != NULL)
		all = p->kind->from_log(p);
	if (status == STATUS_DONE && args_has(p->args, OPT_VERIFY))
		status = verify(p, all);
	if (status == STATUS_DONE)
		entries = select_entries(p, all);
	if (status == STATUS_DONE && p->person[0] != '\0' && p->kind->from_log != NULL &&
	    json_array_size(entries) == 0)
		status = paper_check_person(p, all);
	if (status == STATUS_DONE && p->kind->about_one && json_array_size(entries) == 0) {
		fprintf(stderr, _("sekisho: the log has no entry %s.\n"), p->about);
		status = STATUS_REFUSED;
	}
	if (status == STATUS_DONE && p->kind->fill != NULL)
		status = p->kind->fill(p, entries);
	else if (status == STATUS_DONE)
		paper_table(p, p->kind->column, p->kind->columns, entries);
	json_decref(all);
	json_decref(entries);
	return status;
}

/* ---- writing ------------------------------------------------------------------------------- */

static bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && strcmp(text + n - m, end) == 0;
}

static int
write_file(const struct paper *p, char path[PATH_SIZE])
{
	const char *name = args_value(p->args, OPT_OUTPUT);
	char serial[320];
	FILE *out;

	(void)paper_serial(p, serial, sizeof(serial));
	if (name != NULL)
		(void)snprintf(path, PATH_SIZE, "%s", name);
	else
		(void)snprintf(path, PATH_SIZE, "sekisho-%s%s%s.html", p->kind->word,
		    serial[0] != '\0' ? "-" : "", serial);
	if ((out = new_file_begin(path, 0600)) == NULL)
		return STATUS_REFUSED;
	if (ends_with(path, ".csv"))
		paper_csv(p, out);
	else
		paper_html(p, out);
	return new_file_end(out, path);
}

static void
tell(const struct paper *p, const char *path)
{
	const char *rating = paper_get(p->terms, "rating");
	char serial[320];
	json_t *o;

	(void)paper_serial(p, serial, sizeof(serial));
	if (args_has(p->args, OPT_JSON)) {
		o = json_pack("{s:s,s:s,s:s,s:s,s:I}", "path", path, "serial", serial, "kind",
		    p->kind->word, "rating", rating, "records",
		    (json_int_t)json_array_size(p->records));
		show_json(o);
		json_decref(o);
		return;
	}
	printf(serial[0] != '\0' ? _("%s: %s, serial number %s.\n") : _("%s: %s, of a copy%s.\n"), path,
	    _(p->kind->title), serial);
	if (json_is_true(json_object_get(p->terms, "encrypt")))
		printf(_("This host is rated %s: the file has to be encrypted before it leaves it.\n"),
		    rating);
	show_sentence(stdout, paper_get(p->terms, "text"));
}

int
run_audit_paper(const struct args *args)
{
	struct paper p = {.args = args, .records = json_array(), .blocks = json_array()};
	char path[PATH_SIZE];
	int status;

	if (args_value(args, OPT_LANG) != NULL)
		i18n_init(args_value(args, OPT_LANG));
	if (args_word(args, 0) == NULL)
		return list_kinds();
	status = find_kind(&p, args_word(args, 0));
	if (status == STATUS_DONE)
		status = take_words(&p);
	if (status == STATUS_DONE)
		status = set_request(&p);
	if (status == STATUS_DONE)
		status = open_all(&p);
	if (status == STATUS_DONE)
		status = fill(&p);
	if (status == STATUS_DONE)
		status = write_file(&p, path);
	if (status == STATUS_DONE)
		tell(&p, path);
	json_decref(p.terms);
	json_decref(p.records);
	json_decref(p.blocks);
	policy_free(p.policy);
	store_close(p.store);
	return status;
}
