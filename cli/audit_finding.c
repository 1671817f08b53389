/* sekisho audit finding: what auditors found, who puts it right, and by when. */
#include "call.h"
#include "cli.h"
#include "i18n.h"
#include "show.h"
#include "table.h"
#include <stdlib.h>
#include <string.h>

static int
finding_refuse(const char *word)
{
	fprintf(stderr,
	    _("sekisho: \"%s\" is not one of the forms that it takes: add, add 17, close F-1, "
	      "list.\n"),
	    word);
	return STATUS_USAGE;
}

static bool
finding_number(const char *word, uint64_t *number)
{
	char *end;

	if (word == NULL || word[0] < '1' || word[0] > '9' || strlen(word) > 18)
		return false;
	*number = strtoull(word, &end, 10);
	return *end == '\0';
}

static int
finding_add(const struct args *args)
{
	const char *record = args_word(args, 1);
	struct call call;
	int r = STATUS_DONE;

	call_init(&call, VERB_FINDING_ADD);
	call.request.limit = args_has(args, OPT_GRAVE);
	if (record != NULL && !finding_number(record, &call.request.number))
		r = finding_refuse(record);
	if (r == STATUS_DONE)
		r = call_set_time(&call.request.until_ms, args, OPT_UNTIL);
	if (r == STATUS_DONE)
		r = call_set_text(call.request.name, sizeof(call.request.name),
		    args_text(args, OPT_OWNER), "--owner");
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_TEXT), "--text");
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	return r;
}

static int
finding_close(const struct args *args)
{
	const char *word = args_word(args, 1);
	struct call call;
	int r = STATUS_DONE;

	call_init(&call, VERB_FINDING_CLOSE);
	if (word == NULL || (word[0] != 'F' && word[0] != 'f') || word[1] != '-' ||
	    !finding_number(word + 2, &call.request.number))
		r = finding_refuse(word == NULL ? "close" : word);
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_TEXT), "--text");
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	return r;
}

static const char *
finding_state(const json_t *f)
{
	if (show_number(f, "closed") != 0)
		return _("closed");
	if (json_is_true(json_object_get(f, "overdue")))
		return _("overdue");
	return json_is_true(json_object_get(f, "grave")) ? _("open, grave") : _("open");
}

static void
finding_print(const json_t *list)
{
	const json_t *f;
	struct table t;
	size_t i;

	if (json_array_size(list) == 0) {
		fputs(_("No finding is open.\n"), stdout);
		return;
	}
	table_init(&t, 6, _("FINDING"), _("STATE"), _("DUE"), _("OWNER"), _("RECORD"), _("WHAT"));
	json_array_foreach(list, i, f)
	{
		char id[SHOW_TIME_SIZE], due[SHOW_TIME_SIZE], record[SHOW_TIME_SIZE];

		snprintf(id, sizeof(id), "F-%lld", (long long)show_number(f, "finding"));
		table_add(&t, id);
		table_add(&t, finding_state(f));
		table_add(&t, show_time_of(f, "due", due));
		table_add(&t, show_text(f, "owner"));
		table_add(&t, show_number(f, "record") == 0
				  ? ""
				  : show_digits(show_number(f, "record"), record));
		table_add(&t, show_text(f, "what"));
	}
	table_print(&t, stdout);
	table_clear(&t);
}

static int
finding_list(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_FINDING_LIST);
	call.request.newest_first = args_has(args, OPT_ALL);
	r = call_run_and_show(&call, args, finding_print);
	call_clear(&call);
	return r;
}

int
run_audit_finding(const struct args *args)
{
	const char *what = args_word(args, 0);

	if (strcmp(what, "add") == 0)
		return finding_add(args);
	if (strcmp(what, "close") == 0)
		return finding_close(args);
	return strcmp(what, "list") == 0 ? finding_list(args) : finding_refuse(what);
}
