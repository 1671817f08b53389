/* sekisho break-glass make|print; review is in exception.c */
#include "breakglass.h"

#include "call.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "root.h"
#include "show.h"
#include "table.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CARD_WIDTH = 76, COUNT_DEFAULT = 10 };

/* The card: everything that somebody needs who opens the envelope at night. */
static void
break_glass_print_head(const char *ttys)
{
	char host[256] = "?", time[SHOW_TIME_SIZE];

	gethostname(host, sizeof(host) - 1);
	fprintf(stdout, "%s\n\n", _("BREAK-GLASS CARD: keep in a sealed envelope"));
	table_print_pair(stdout, _("Host:"), host);
	table_print_pair(stdout, _("Printed:"), show_time(clock_now().wall_ms, time));
	table_print_pair(stdout, _("Terminals:"), ttys);
	fprintf(stdout, "\n%s\n", _("When nobody gets in any more:"));
	fputs("  1. ", stdout);
	table_fold(stdout,
	    _("Go to the console of the host itself. The codes work only at the terminals "
	      "named "
	      "above, never over the network."),
	    5, CARD_WIDTH);
	fputs("  2. ", stdout);
	table_fold(stdout,
	    _("Log in with the name and password of an account. At \"Break-glass code:\", or "
	      "where a "
	      "one-time code is asked for, type a code that is not crossed out. It works with "
	      "the "
	      "daemon stopped and the disk full."),
	    5, CARD_WIDTH);
	fputs("  3. ", stdout);
	table_fold(stdout,
	    _("Cross the code out: it is burned now. Note who used it, when and why. The use "
	      "goes to "
	      "the log as soon as the daemon is back."),
	    5, CARD_WIDTH);
	fputs("  4. ", stdout);
	table_fold(stdout,
	    _("Afterwards another person reviews the use (sekisho break-glass review). Then make "
	      "new codes (sekisho break-glass make) and seal a new envelope."),
	    5, CARD_WIDTH);
}

static int
break_glass_collect_ttys(const struct args *args, char *ttys, size_t size)
{
	size_t used = 0;

	ttys[0] = '\0';
	for (size_t i = 0; i < args->given_count; i++) {
		int n;

		if (args->given[i].option != OPT_TTY)
			continue;
		n = snprintf(ttys + used, size - used, "%s%s", used == 0 ? "" : " ",
		    args->given[i].value);
		if (n < 0 || (size_t)n >= size - used) {
			fputs(_("sekisho: these are too many terminals.\n"), stderr);
			return STATUS_USAGE;
		}
		used += (size_t)n;
	}
	return STATUS_DONE;
}

static void
break_glass_print_codes(const struct args *args, const struct secret *codes, size_t n)
{
	struct breakglass_count count = {0};
	json_t *list, *answer;

	/* what the file says now, also where the terminals were those of before */
	(void)breakglass_count(&breakglass_system, &count);
	if (!args_has(args, OPT_JSON)) {
		break_glass_print_head(count.ttys);
		fprintf(stdout, "\n");
		for (size_t i = 0; i < n; i++)
			fprintf(
			    stdout, "  [ ] %2zu   %s\n", i + 1, (const char *)codes[i].bytes);
		return;
	}
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string((const char *)codes[i].bytes));
	answer = json_pack("{s:o,s:s}", "codes", list, "terminals", count.ttys);
	if (answer != NULL)
		show_json(answer);
	json_decref(answer);
}

/* The old codes are gone by now, so the new ones are shown whether or not this succeeds. */
static int
break_glass_record(size_t n)
{
	struct call call;
	int error = SKS_OK, r;

	call_init(&call, VERB_BREAK_GLASS_MADE);
	call.request.number = n;
	r = call_send(&call, NULL, 0, &error);
	if (r != STATUS_DONE) {
		fflush(stdout);
		call_explain_unreachable(error);
		if (error == SKS_OK)
			show_sentence(stderr, call.reply.text);
		fputs(_("The codes are valid, but that they were made is not recorded. Write "
			"it into "
			"your own log, or make them again when the daemon answers.\n"),
		    stderr);
		r = STATUS_INCOMPLETE;
	}
	call_clear(&call);
	return r;
}

/* No new codes before the use of the old ones is reviewed. Where the daemon cannot say so, the
 * file says whether any was used. */
static int
break_glass_may_make(const struct args *args)
{
	struct breakglass_count count = {0};
	unsigned int burned;
	json_t *state = NULL;
	struct call call;
	int error = SKS_OK, r;

	if (breakglass_count(&breakglass_system, &count) != SKS_OK)
		count.total = count.unused = 0;
	burned = count.total - count.unused;
	call_init(&call, VERB_BREAK_GLASS_STATE);
	r = call_send(&call, NULL, 0, &error);
	if (r == STATUS_DONE)
		state = call_json(&call);
	if (r == STATUS_DONE && json_array_size(json_object_get(state, "open")) > 0) {
		fputs(_("sekisho: no codes were made: somebody used one, and another person has to "
			"review that first (sekisho break-glass review). The codes that are unused "
			"still work.\n"),
		    stderr);
		r = STATUS_REFUSED;
	} else if (burned > 0 && (r != STATUS_DONE || show_number(state, "used") < burned)) {
		fputs(_("sekisho: no codes were made: one was used, and the daemon has not recorded "
			"that yet, so nobody can have reviewed it. The codes that are unused still "
			"work.\n"),
		    stderr);
		r = STATUS_REFUSED;
	} else {
		r = STATUS_DONE;
	}
	(void)args;
	json_decref(state);
	call_clear(&call);
	return r;
}

int
run_break_glass_make(const struct args *args)
{
	struct secret codes[BREAKGLASS_MAX] = {SECRET_INIT};
	char ttys[BREAKGLASS_TTYS_SIZE];
	uint64_t n;
	int r = root_need();

	if (r == STATUS_DONE)
		r = break_glass_collect_ttys(args, ttys, sizeof(ttys));
	if (r != STATUS_DONE)
		return r;
	if (args_number(args, OPT_COUNT_CODES, 1, BREAKGLASS_MAX, COUNT_DEFAULT, &n) !=
	    SKS_OK) {
		fprintf(stderr, _("sekisho: --count takes a number from 1 to %d.\n"),
		    BREAKGLASS_MAX);
		return STATUS_USAGE;
	}
	if ((r = break_glass_may_make(args)) != STATUS_DONE)
		return r;
	r = breakglass_make(
	    &breakglass_system, ttys[0] == '\0' ? NULL : ttys, (size_t)n, codes);
	if (r != SKS_OK) {
		fprintf(stderr, _("sekisho: no codes were made, the old ones stay: %s (%s).\n"),
		    _(error_text(r)), BREAKGLASS_FILE);
		r = STATUS_REFUSED;
		goto out;
	}
	break_glass_print_codes(args, codes, (size_t)n);
	r = break_glass_record((size_t)n);
out:
	for (size_t i = 0; i < BREAKGLASS_MAX; i++)
		secret_clear(&codes[i]);
	return r;
}

int
run_break_glass_print(const struct args *args)
{
	struct breakglass_count count;
	json_t *answer;
	int r = root_need();

	if (r != STATUS_DONE)
		return r;
	r = breakglass_count(&breakglass_system, &count);
	if (r == SKS_NOT_FOUND) {
		fputs(_("sekisho: there are no break-glass codes. Make some before they are "
			"needed: "
			"sekisho break-glass make\n"),
		    stderr);
		return STATUS_REFUSED;
	}
	if (r != SKS_OK) {
		fprintf(stderr, "sekisho: %s: %s\n", BREAKGLASS_FILE, _(error_text(r)));
		return STATUS_UNREADABLE;
	}
	if (args_has(args, OPT_JSON)) {
		answer = json_pack("{s:i,s:i,s:s}", "total", (int)count.total, "unused",
		    (int)count.unused, "terminals", count.ttys);
		if (answer != NULL)
			show_json(answer);
		json_decref(answer);
		return STATUS_DONE;
	}
	break_glass_print_head(count.ttys);
	fputc('\n', stdout);
	fprintf(stdout,
	    _("%u of %u codes are unused. They are stored nowhere: who lost the card makes new "
	      "ones."),
	    count.unused, count.total);
	fputc('\n', stdout);
	return STATUS_DONE;
}
