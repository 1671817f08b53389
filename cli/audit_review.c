/* sekisho audit review: what nobody has signed off yet, record by record, and the signature. */
#include "call.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "log_line.h"
#include "proof.h"
#include "show.h"
#include "table.h"
#include "words.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- what is open ------------------------------------------------------------------------ */

/* The period goes up to --until; else, to be signed off, up to the end of the last month, and
 * to be looked at, up to now. */
static int
review_until(struct call *call, const struct args *args, bool month)
{
	time_t now = (time_t)(clock_now().wall_ms / 1000);
	struct tm tm;
	int r = call_set_time(&call->request.until_ms, args, OPT_UNTIL);

	if (r != STATUS_DONE || call->request.until_ms != 0 || !month ||
	    localtime_r(&now, &tm) == NULL)
		return r;
	tm.tm_mday = 1;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	call->request.until_ms = (int64_t)mktime(&tm) * 1000;
	return r;
}

static void
review_print_summary(const json_t *o)
{
	int64_t first = show_number(o, "first"), last = show_number(o, "last");
	int64_t left = show_number(o, "risky") - show_number(o, "opened");
	char since[SHOW_TIME_SIZE];

	if (last < first) {
		fputs(_("Everything is signed off.\n"), stdout);
		return;
	}
	if (show_number(o, "since") != 0)
		printf(_("Not signed off yet: records %lld to %lld, since %s.\n"),
		    (long long)first, (long long)last, show_time_of(o, "since", since));
	else
		printf(_("Not signed off yet: records %lld to %lld. Nothing was signed off "
			 "before.\n"),
		    (long long)first, (long long)last);
	printf(_("To be opened: %lld; opened: %lld.\n"), (long long)show_number(o, "risky"),
	    (long long)show_number(o, "opened"));
	if (left > 0)
		fputs(_("The next one: sekisho audit review open\n"), stdout);
	else
		fputs(_("When the month is over: sekisho audit review sign\n"), stdout);
	if (show_number(o, "power") != 0)
		fputs(_("You asked for, had or approved a role in this time: somebody else has "
			"to sign it off.\n"),
		    stdout);
}

/* Why it has to be opened, and for how many records. */
static const char *
review_why(const json_t *x, char *out, size_t size)
{
	const char *why = words_shown(show_text(x, "risk"));
	int64_t count = show_number(x, "count");

	if (count > 1)
		snprintf(out, size, _("%s (%lld records, the first %lld)"), why, (long long)count,
		    (long long)show_number(x, "from"));
	else
		snprintf(out, size, "%s", why);
	return out;
}

static void
review_add_row(struct table *t, const json_t *x)
{
	char record[SHOW_TIME_SIZE], time[SHOW_TIME_SIZE], how[128], why[320], user[512];
	const char *actor = show_text(x, "actor");

	snprintf(how, sizeof(how), "%s/%s", show_text(x, "outcome"), show_text(x, "reason"));
	snprintf(user, sizeof(user), "%s%s%s", actor, actor[0] != '\0' ? " → " : "",
	    show_text(x, "user"));
	table_add(t, show_digits(show_number(x, "record"), record));
	table_add(t, show_time_of(x, "at", time));
	table_add(t, review_why(x, why, sizeof(why)));
	table_add(t, show_text(x, "event"));
	table_add(t, user);
	table_add(t, show_text(x, "source"));
	table_add(t, how);
	table_add(t, show_text(x, "opened_by"));
	table_add(t, show_text(x, "mark"));
}

static bool
has_unopened(const json_t *rows)
{
	const json_t *x;
	size_t i;

	json_array_foreach(rows, i, x)
	{
		if (show_text(x, "opened_by")[0] == '\0')
			return true;
	}
	return false;
}

/* Every page of it; with "next" up to the one that has something to be opened. */
static int
review_fetch(const struct args *args, bool next, json_t **all)
{
	uint64_t after = 0;
	int r;

	*all = NULL;
	for (;;) {
		json_t *page, *rows, *into;
		struct call call;
		size_t n;

		call_init(&call, VERB_REVIEW);
		call.request.number = after;
		r = review_until(&call, args, false);
		if (r == STATUS_DONE)
			r = call_run_json(&call, args, &page);
		call_clear(&call);
		if (r != STATUS_DONE)
			return r;
		rows = json_object_get(page, "records");
		n = next && has_unopened(rows) ? 0 : json_array_size(rows);
		if (n > 0)
			after = (uint64_t)show_number(json_array_get(rows, n - 1), "record");
		if (*all == NULL) {
			*all = page;
		} else {
			into = json_object_get(*all, "records");
			(void)json_array_extend(into, rows);
			json_decref(page);
		}
		if (n == 0)
			return STATUS_DONE;
	}
}

static int
review_show(const struct args *args)
{
	json_t *all = NULL, *x;
	int r = review_fetch(args, false, &all);
	struct table t;
	size_t i;

	if (r == STATUS_DONE && args_has(args, OPT_JSON)) {
		show_json(all);
	} else if (r == STATUS_DONE) {
		review_print_summary(all);
		table_init(&t, 9, _("RECORD"), _("WHEN"), _("WHY"), _("EVENT"), _("USER"), _("SOURCE"),
		    _("OUTCOME"), _("OPENED BY"), _("MARK"));
		for (int opened = 0; opened < 2; opened++) {
			json_array_foreach(json_object_get(all, "records"), i, x)
			{
				if ((show_text(x, "opened_by")[0] != '\0') == (opened != 0))
					review_add_row(&t, x);
			}
		}
		if (json_array_size(json_object_get(all, "records")) > 0)
			table_print(&t, stdout);
		table_clear(&t);
	}
	json_decref(all);
	return r;
}

/* ---- one record -------------------------------------------------------------------------- */

static void
review_print_body(const struct call *call, uint64_t record)
{
	json_t *o = json_loadb(
	    (const char *)call->payload.data, call->payload.len, JSON_REJECT_DUPLICATES, NULL);
	const char *key;
	json_t *value;

	log_line_print(stdout, record, call->payload.data, call->payload.len,
	    isatty(STDOUT_FILENO) != 0);
	json_object_foreach(o, key, value)
	{
		char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
		char label[96];

		snprintf(label, sizeof(label), "  %s", key);
		table_print_pair(
		    stdout, label, text != NULL ? text : show_text(o, key));
		free(text);
	}
	json_decref(o);
}

static int
review_open_one(const struct args *args, uint64_t record, const char *why)
{
	struct call call;
	int r;

	call_init(&call, VERB_REVIEW_OPEN);
	call.request.number = record;
	r = call_run(&call, args);
	if (r == STATUS_DONE && call.payload.len == 0)
		show_sentence(stdout, call.reply.text);
	else if (r == STATUS_DONE && args_has(args, OPT_JSON))
		printf("%.*s\n", (int)call.payload.len, (const char *)call.payload.data);
	else if (r == STATUS_DONE) {
		if (why[0] != '\0')
			table_print_pair(stdout, _("Why"), why);
		review_print_body(&call, record);
	}
	call_clear(&call);
	return r;
}

static int
review_open_next(const struct args *args)
{
	json_t *all = NULL, *x;
	uint64_t record = 0;
	size_t i;
	int r = review_fetch(args, true, &all);
	char why[320] = "";

	json_array_foreach(json_object_get(all, "records"), i, x)
	{
		if (record != 0 || show_text(x, "opened_by")[0] != '\0')
			continue;
		record = (uint64_t)show_number(x, "record");
		(void)review_why(x, why, sizeof(why));
	}
	json_decref(all);
	if (r != STATUS_DONE)
		return r;
	if (record != 0)
		return review_open_one(args, record, why);
	fputs(_("Every record that has to be opened is.\n"), stdout);
	return STATUS_DONE;
}

static int
review_refuse(const char *word)
{
	fprintf(stderr,
	    _("sekisho: \"%s\" is not one of the forms that it takes: open, open 17, mark 17 ok, "
	      "mark 17 question, mark 17 finding, sign, list.\n"),
	    word);
	return STATUS_USAGE;
}

static bool
review_number(const char *word, uint64_t *record)
{
	char *end;

	if (word == NULL || word[0] < '1' || word[0] > '9' || strlen(word) > 18)
		return false;
	*record = strtoull(word, &end, 10);
	return *end == '\0';
}

static int
review_mark(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_REVIEW_MARK);
	if (!review_number(args_word(args, 1), &call.request.number) || args_word(args, 2) == NULL)
		r = review_refuse("mark");
	else
		r = call_set_text(call.request.name, sizeof(call.request.name),
		    args_word(args, 2), "MARK");
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_COMMENT), "--comment");
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	return r;
}

/* ---- the signature ----------------------------------------------------------------------- */

static int
review_sign(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_REVIEW_SIGN);
	r = review_until(&call, args, true);
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_COMMENT), "--comment");
	if (r == STATUS_DONE)
		r = proof_ask(&call.request, PROOF_CODE);
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	return r;
}

static void
review_print_periods(const json_t *list)
{
	const json_t *p;
	struct table t;
	size_t i;

	if (json_array_size(list) == 0) {
		fputs(_("Nothing was signed off yet.\n"), stdout);
		return;
	}
	table_init(&t, 6, _("PERIOD"), _("RECORDS"), _("UNTIL"), _("SIGNED OFF BY"), _("OPENED"),
	    _("COMMENT"));
	json_array_foreach(list, i, p)
	{
		char period[SHOW_TIME_SIZE], records[64], until[SHOW_TIME_SIZE], opened[48];

		snprintf(records, sizeof(records), "%" PRId64 "–%" PRId64,
		    show_number(p, "first"), show_number(p, "last"));
		snprintf(opened, sizeof(opened), "%" PRId64 "/%" PRId64,
		    show_number(p, "opened"), show_number(p, "risky"));
		table_add(&t, show_digits(show_number(p, "period"), period));
		table_add(&t, records);
		table_add(&t, show_time_of(p, "until", until));
		table_add(&t, show_text(p, "by"));
		table_add(&t, opened);
		table_add(&t, show_text(p, "comment"));
	}
	table_print(&t, stdout);
	table_clear(&t);
}

static int
review_list(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_REVIEW_LIST);
	r = call_run_and_show(&call, args, review_print_periods);
	call_clear(&call);
	return r;
}

int
run_audit_review(const struct args *args)
{
	const char *what = args_word(args, 0);
	uint64_t record;

	if (what == NULL)
		return review_show(args);
	if (strcmp(what, "open") == 0 && args_word(args, 1) == NULL)
		return review_open_next(args);
	if (strcmp(what, "open") == 0 && review_number(args_word(args, 1), &record))
		return review_open_one(args, record, "");
	if (strcmp(what, "mark") == 0)
		return review_mark(args);
	if (strcmp(what, "sign") == 0)
		return review_sign(args);
	return strcmp(what, "list") == 0 ? review_list(args) : review_refuse(what);
}
