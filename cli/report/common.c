/* What reports have in common: their period, and the policy that they are read under. */
#include "call.h"
#include "error.h"
#include "i18n.h"
#include "log_store.h"
#include "report/page.h"
#include <stdio.h>

/* The day that a fiscal year begins with, as the policy of this host or of the copy has it. */
static void
learn_fiscal_start(const struct args *args)
{
	struct policy *policy = NULL;
	struct store *store = NULL;
	struct call call;
	json_t *status = NULL;

	if (args_has(args, OPT_STATE_DIR)) {
		if (log_store_open(args, &store) == STATUS_DONE &&
		    report_read_policy(store, &policy) == STATUS_DONE)
			period_fiscal_start(policy->fiscal_start);
		policy_free(policy);
		store_close(store);
		return;
	}
	call_init(&call, VERB_STATUS);
	if (call_send(&call, NULL, 0, NULL) == STATUS_DONE)
		status = json_loadb((const char *)call.payload.data, call.payload.len, 0, NULL);
	if (json_is_integer(json_object_get(status, "fiscal_year_start")))
		period_fiscal_start((unsigned)json_integer_value(
		    json_object_get(status, "fiscal_year_start")));
	json_decref(status);
	call_clear(&call);
}

int
report_period(const struct args *args, int64_t now_ms, struct period *out)
{
	bool between = args_has(args, OPT_SINCE) || args_has(args, OPT_UNTIL);
	uint64_t year;
	int64_t from = 0, until = 0;
	int e;

	if (!between)
		learn_fiscal_start(args);
	if (args_number(args, OPT_FISCAL_YEAR, 1990, 2999,
		(uint64_t)period_fiscal_year_of(now_ms), &year) != SKS_OK ||
	    (between && args_has(args, OPT_FISCAL_YEAR))) {
		fputs(_("sekisho: --fiscal-year takes the year in whose April it begins, and "
			"stands "
			"alone: --since and --until give another period.\n"),
		    stderr);
		return STATUS_USAGE;
	}
	if (call_set_time(&from, args, OPT_SINCE) != STATUS_DONE ||
	    call_set_time(&until, args, OPT_UNTIL) != STATUS_DONE)
		return STATUS_USAGE;
	if (until == 0)
		until = now_ms;
	e = between ? period_between(from, until, out) : period_fiscal_year((int)year, out);
	if (e == SKS_OK)
		return STATUS_DONE;
	fputs(_("sekisho: --until has to be later than --since.\n"), stderr);
	return STATUS_USAGE;
}

int
report_read_policy(struct store *s, struct policy **out)
{
	bool unread;
	int e = report_policy_of(s, out, &unread);

	if (unread)
		fputs(_("sekisho: this version does not take the policy in force: its roles and "
			"weakenings are left out.\n"),
		    stderr);
	if (e == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr, _("sekisho: the policy in force cannot be read from the store: %s.\n"),
	    _(error_text(e)));
	return STATUS_UNREADABLE;
}

int
report_say(int e)
{
	if (e == SKS_OK)
		return STATUS_DONE;
	if (e == SKS_CORRUPT || e == SKS_INVALID) {
		fputs(_("sekisho: a record does not lead to the signed head: something in the "
			"log was changed or is damaged. `sekisho audit verify` says what. No "
			"report was made.\n"),
		    stderr);
		return STATUS_TAMPERED;
	}
	if (e == SKS_NOT_FOUND)
		fputs(_("sekisho: the log has no head yet. Start the daemon.\n"), stderr);
	else
		fprintf(stderr, _("sekisho: the report cannot be made: %s.\n"), _(error_text(e)));
	return STATUS_INCOMPLETE;
}
