/* sekisho audit retain|hold: how long records are kept, and what is kept beyond that. */
#include "call.h"
#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "log_filter.h"
#include "show.h"
#include "table.h"
#include "words.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SPAN_SIZE = 32 };
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)
#define YEAR_MS   (365 * DAY_MS)

/* As the policy has it: 400d, 5y; what is no whole day in hours and minutes, rounded up. */
static const char *
keep_span(int64_t ms, char out[SPAN_SIZE])
{
	if (ms % YEAR_MS == 0 && ms > 0)
		snprintf(out, SPAN_SIZE, "%lldy", (long long)(ms / YEAR_MS));
	else if (ms % DAY_MS == 0 || ms > 3 * DAY_MS)
		snprintf(out, SPAN_SIZE, "%lldd", (long long)((ms + DAY_MS - 1) / DAY_MS));
	else if (ms > 2 * HOUR_MS)
		snprintf(out, SPAN_SIZE, "%lldh", (long long)((ms + HOUR_MS - 1) / HOUR_MS));
	else
		snprintf(
		    out, SPAN_SIZE, "%lldm", (long long)((ms + MINUTE_MS - 1) / MINUTE_MS));
	return out;
}

/* ---- periods -------------------------------------------------------------------------------
 */

static void
retain_print_table(const json_t *classes)
{
	const json_t *class;
	struct table t;
	size_t i;

	table_init(
	    &t, 5, _("CLASS"), _("KEPT FOR"), _("DELETED UP TO"), _("NEXT"), _("WAITING"));
	json_array_foreach(classes, i, class)
	{
		char text[SHOW_TIME_SIZE], span[SPAN_SIZE];

		table_add(&t, show_text(class, "class"));
		table_add(&t, keep_span(show_number(class, "period"), span));
		table_add(&t, show_number(class, "deleted_to") == 0
				  ? ""
				  : show_digits(show_number(class, "deleted_to"), text));
		table_add(&t, show_time_of(class, "next", text));
		table_add(&t, show_digits(show_number(class, "waiting"), text));
	}
	table_add(&t, "log");
	table_add(&t, _("for ever"));
	table_add(&t, "");
	table_add(&t, "");
	table_add(&t, "");
	table_print(&t, stdout);
	table_clear(&t);
}

static void
retain_print(const json_t *o)
{
	const json_t *classes = json_object_get(o, "classes"), *class;
	char one[SPAN_SIZE], two[SPAN_SIZE];
	int64_t holds = show_number(o, "holds"), doubt = show_number(o, "clock_doubt");
	size_t i;

	retain_print_table(classes);
	json_array_foreach(classes, i, class)
	{
		if (show_number(class, "grace") == 0)
			continue;
		printf(_("The policy keeps %s for %s only; that counts after %s more.\n"),
		    show_text(class, "class"), keep_span(show_number(class, "policy"), one),
		    keep_span(show_number(class, "grace"), two));
	}
	if (doubt != 0)
		printf(_("The clock is ahead by %s for no reason that was seen. It is believed "
			 "after %s more; until then deletions go by the time without it.\n"),
		    keep_span(show_number(o, "clock_ahead"), one), keep_span(doubt, two));
	if (holds != 0)
		printf(dngettext("sekisho",
			   "%lld hold is in force: \"sekisho audit hold list\".\n",
			   "%lld holds are in force: \"sekisho audit hold list\".\n",
			   (unsigned long)holds),
		    (long long)holds);
}

int
run_audit_retain(const struct args *args)
{
	bool now = args_has(args, OPT_NOW);
	struct call call;
	int r;

	call_init(&call, now ? VERB_RETAIN_NOW : VERB_RETAIN);
	r = call_run_and_show(&call, args, now ? NULL : retain_print);
	call_clear(&call);
	return r;
}

/* ---- holds ---------------------------------------------------------------------------------
 */

static void
hold_what(const json_t *hold, char *out, size_t size)
{
	char from[SHOW_TIME_SIZE], to[SHOW_TIME_SIZE];
	size_t used = 0;
	struct {
		const char *label, *text;
	} part[] = {
	    {_("user"), show_text(hold, "user")},
	    {_("source"), show_text(hold, "source")},
	    {_("since"), show_time_of(hold, "since", from)},
	    {_("until"), show_time_of(hold, "until", to)},
	};

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]) && used < size; i++)
		if (part[i].text[0] != '\0')
			used += (size_t)snprintf(out + used, size - used, "%s%s %s",
			    used > 0 ? ", " : "", part[i].label, part[i].text);
	if (used >= size || (show_number(hold, "from") == 0 && show_number(hold, "to") == 0))
		return;
	snprintf(out + used, size - used, _("%srecords %s to %s"), used > 0 ? ", " : "",
	    show_digits(show_number(hold, "from"), from),
	    show_number(hold, "to") == 0 ? "…" : show_digits(show_number(hold, "to"), to));
}

static void
hold_print_list(const json_t *holds)
{
	const json_t *hold;
	struct table t;
	size_t i;

	if (json_array_size(holds) == 0) {
		fputs(_("There is no hold.\n"), stdout);
		return;
	}
	table_init(&t, 6, _("HOLD"), _("WHAT"), _("MADE"), _("BY"), _("RELEASED"), _("WHY"));
	json_array_foreach(holds, i, hold)
	{
		char id[SHOW_TIME_SIZE], time[SHOW_TIME_SIZE], what[640];

		snprintf(id, sizeof(id), "H-%lld", (long long)show_number(hold, "id"));
		hold_what(hold, what, sizeof(what));
		table_add(&t, id);
		table_add(&t, what);
		table_add(&t, show_time_of(hold, "made", time));
		table_add(&t, show_text(hold, "by"));
		table_add(&t, show_time_of(hold, "released", time));
		table_add(&t, show_text(hold, "why"));
	}
	table_print(&t, stdout);
	table_clear(&t);
}

static int
hold_refuse(const char *word)
{
	fprintf(stderr,
	    _("sekisho: \"%s\" is not one of the forms that it takes: add 17, add 17-40, "
	      "release H-1, list.\n"),
	    word);
	return STATUS_USAGE;
}

/* Digits alone; no sign, no blanks. */
static bool
hold_number(const char *text, char end, uint64_t *number, const char **rest)
{
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 18 || (text[digits] != end && text[digits] != '\0'))
		return false;
	*number = strtoull(text, NULL, 10);
	*rest = text + digits;
	return *number > 0;
}

/* "17" or "17-40" */
static int
hold_set_records(struct command *q, const char *text)
{
	const char *rest;

	if (text == NULL)
		return STATUS_DONE;
	if (!hold_number(text, '-', &q->number, &rest))
		return hold_refuse(text);
	q->last = q->number;
	if (*rest == '-' &&
	    (!hold_number(rest + 1, '\0', &q->last, &rest) || q->last < q->number))
		return hold_refuse(text);
	return STATUS_DONE;
}

static int
hold_add(const struct args *args)
{
	struct call call;
	struct command *q = &call.request;
	int r;

	call_init(&call, VERB_HOLD_ADD);
	r = hold_set_records(q, args_word(args, 1));
	if (r == STATUS_DONE && (call_set_time(&q->since_ms, args, OPT_SINCE) != 0 ||
				    call_set_time(&q->until_ms, args, OPT_UNTIL) != 0))
		r = STATUS_USAGE;
	if (r == STATUS_DONE)
		r = call_set_text(
		    q->name, sizeof(q->name), args_text(args, OPT_USER), "--user");
	if (r == STATUS_DONE)
		r = log_filter_set_source(q, args, OPT_SOURCE);
	if (r == STATUS_DONE)
		r = call_set_text(
		    q->text, sizeof(q->text), args_text(args, OPT_REASON), "--reason");
	if (r == STATUS_DONE)
		r = call_run_and_show(&call, args, NULL);
	call_clear(&call);
	return r;
}

static int
hold_release(const struct args *args)
{
	const char *word = args_word(args, 1), *rest;
	struct call call;
	int r = STATUS_DONE;

	call_init(&call, VERB_HOLD_RELEASE);
	if (word == NULL || (strncmp(word, "H-", 2) != 0 && strncmp(word, "h-", 2) != 0) ||
	    !hold_number(word + 2, '\0', &call.request.number, &rest))
		r = hold_refuse(word == NULL ? "release" : word);
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_REASON), "--reason");
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	return r;
}

int
run_audit_hold(const struct args *args)
{
	const char *what = args_word(args, 0);
	struct call call;
	int r;

	if (strcmp(what, "add") == 0)
		return hold_add(args);
	if (strcmp(what, "release") == 0)
		return hold_release(args);
	if (strcmp(what, "list") != 0 || args_word(args, 1) != NULL)
		return hold_refuse(what);
	call_init(&call, VERB_HOLD_LIST);
	r = call_run_and_show(&call, args, hold_print_list);
	call_clear(&call);
	return r;
}
