/*
 * sekisho policy replay: the recorded requests decided again under another policy. Exit status
 * 0 when nothing would change, 1 when something would, 5 when nothing would as far as is known.
 */
#include "policy_replay.h"

#include "call.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "log_store.h"
#include "policy_files.h"
#include "policy_problems.h"
#include "replay/replay.h"
#include "show.h"
#include "table.h"
#include "words.h"
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum { SUMMARY_RECORDS = 200000, SUMMARY_LINES = 8, FOLD_WIDTH = 78 };
static const int64_t default_age_ms = INT64_C(30) * 24 * 3600 * 1000;

/* ---- words ------------------------------------------------------------------------------- */

static const char *
end_shown(uint32_t kind)
{
	static const char *const shown[REPLAY_ENDS] = {[REPLAY_IN] = N_("let in"),
	    [REPLAY_ASKED] = N_("asked for a code"),
	    [REPLAY_TRIED] = N_("looked at"),
	    [REPLAY_REFUSED] = N_("refused"),
	    [REPLAY_UNKNOWN] = N_("not known")};

	return kind < REPLAY_ENDS ? _(shown[kind]) : "?";
}

/* What a line says in the column, and what is said about it below. */
static const struct {
	const char *word, *sentence;
} missing_shown[REPLAY_MISSING_COUNT] = {
    [REPLAY_KNOWN] = {"", ""},
    [REPLAY_GROUPS] = {N_("groups"),
	N_("groups: a rule names groups, and the account's groups were not looked up then.")},
    [REPLAY_DEVICE] = {N_("other person's device"),
	N_("other person's device: the second factor of somebody else would count, and what "
	   "they had was not looked at.")},
    [REPLAY_CODE] = {N_("code"),
	N_("code: codes would be judged in another window, and the code itself is kept "
	   "nowhere.")},
    [REPLAY_LOCK] = {N_("lock"),
	N_("lock: there were as many failures as lock under that policy; whether the lock "
	   "would "
	   "have been over is not recorded.")},
    [REPLAY_PERSON] = {N_("person"),
	N_("person: who may ask and approve would be answered otherwise, and it was recorded "
	   "as an answer.")},
    [REPLAY_HOST] = {N_("this host"),
	N_("this host: a rule asks what the host says of itself, and that was not asked for "
	   "then.")},
    [REPLAY_PASSWORD] = {N_("password"),
	N_("password: a new password was judged, and it is kept nowhere.")},
    [REPLAY_POLICY] = {N_("policy"),
	N_("policy: the policy that was in force then is not in the store.")},
};

static void
end_print(
    char *out, size_t size, uint32_t kind, uint32_t reason, uint32_t missing, bool observed)
{
	const char *why = kind == REPLAY_UNKNOWN && missing < REPLAY_MISSING_COUNT
			      ? _(missing_shown[missing].word)
			      : words_shown(fields_word(reason_words, reason));

	(void)snprintf(out, size, "%s: %s%s%s%s", end_shown(kind), why, observed ? " (" : "",
	    observed ? words_shown("observed") : "", observed ? ")" : "");
}

/* ---- as text ----------------------------------------------------------------------------- */

static void
print_sentence(const char *text)
{
	table_fold(stdout, text, 0, FOLD_WIDTH);
}

static bool
is_all_as_it_was(const struct replay_result *result)
{
	for (size_t i = 0; i < REPLAY_ENDS; i++)
		if (result->changed[i] != 0)
			return false;
	return true;
}

static void
print_counts(const struct replay_result *result)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
	    _("Would be refused: %" PRIu64 ". Asked for a code: %" PRIu64 ". Let in: %" PRIu64
	      ". Looked at, and not refused unseen: %" PRIu64 ". Cannot be known: %" PRIu64
	      ". Everything else as it was."),
	    result->changed[REPLAY_REFUSED], result->changed[REPLAY_ASKED],
	    result->changed[REPLAY_IN], result->changed[REPLAY_TRIED],
	    result->changed[REPLAY_UNKNOWN]);
	print_sentence(text);
}

static void
print_groups(const struct replay_result *result, size_t max)
{
	struct table t;
	char before[256], after[256], times[SHOW_TIME_SIZE], when[SHOW_TIME_SIZE],
	    record[SHOW_TIME_SIZE];

	table_init(&t, 8, _("ACCOUNT"), _("SERVICE"), _("TIMES"), _("WAS"), _("WOULD BE"),
	    _("RULE"), _("LAST"), _("RECORD"));
	for (size_t i = 0; i < result->group_count && i < max; i++) {
		const struct replay_group *g = &result->group[i];

		end_print(before, sizeof(before), g->before_kind, g->before_reason,
		    REPLAY_KNOWN, g->before_observed);
		end_print(after, sizeof(after), g->after_kind, g->after_reason, g->missing,
		    g->after_observed);
		table_add(&t, g->account);
		table_add(&t, g->service);
		table_add(&t, show_digits((int64_t)g->times, times));
		table_add(&t, before);
		table_add(&t, after);
		table_add(&t, g->after_rule[0] != '\0' ? g->after_rule : g->before_rule);
		table_add(&t, show_time(g->last_wall_ms, when));
		table_add(&t, show_digits((int64_t)g->last_seq, record));
	}
	table_print(&t, stdout);
	table_clear(&t);
}

static void
print_missing(const struct replay_result *result)
{
	for (uint32_t missing = 1; missing < REPLAY_MISSING_COUNT; missing++) {
		for (size_t i = 0; i < result->group_count; i++) {
			if (result->group[i].missing != missing ||
			    result->group[i].after_kind != REPLAY_UNKNOWN)
				continue;
			print_sentence(_(missing_shown[missing].sentence));
			break;
		}
	}
}

static void
print_number(const char *label, uint64_t number)
{
	if (number != 0)
		printf("%s %" PRIu64 "\n", label, number);
}

/* What was not looked at, so that nobody takes silence for an answer. */
static void
print_limits(const struct replay_result *result)
{
	print_number(_("Changes that found no room in the list:"), result->unlisted);
	print_number(
	    _("Sums of refusals, which do not say what they were decided on:"), result->sums);
	print_number(_("Records whose body was deleted in due time:"), result->deleted);
	print_number(_("Records that cannot be read (`sekisho audit verify` says more):"),
	    result->damaged);
}

static void
print_head(const struct policy *policy, const struct replay_result *result)
{
	char text[512], from[SHOW_TIME_SIZE], to[SHOW_TIME_SIZE];

	if (result->decisions == 0) {
		print_sentence(_("There is no recorded decision in that time."));
		return;
	}
	(void)snprintf(text, sizeof(text),
	    _("Decided again under the policy %.16s: %" PRIu64 " decisions from %s to %s."),
	    policy->digest, result->decisions, show_time(result->first_wall_ms, from),
	    show_time(result->last_wall_ms, to));
	print_sentence(text);
	if (is_all_as_it_was(result))
		print_sentence(_("Nobody would have met anything else."));
	else
		print_counts(result);
}

static void
print_result(const struct policy *policy, const struct replay_result *result)
{
	print_head(policy, result);
	if (result->group_count > 0) {
		(void)putchar('\n');
		print_groups(result, result->group_count);
		(void)putchar('\n');
		print_missing(result);
		print_sentence(_(
		    "A login counts once, by the first thing that would change. What it would "
		    "have left behind for later ones (locks, a fresh factor) is not carried "
		    "on."));
	}
	print_limits(result);
}

/* ---- as JSON ----------------------------------------------------------------------------- */

static json_t *
end_json(uint32_t kind, uint32_t reason, const char *rule, bool observed)
{
	return json_pack("{s:s,s:s,s:s,s:b}", "end", fields_word(replay_end_words, kind),
	    "reason", fields_word(reason_words, reason), "rule", rule, "observed",
	    (int)observed);
}

static json_t *
group_json(const struct replay_group *g)
{
	json_t *after =
	    end_json(g->after_kind, g->after_reason, g->after_rule, g->after_observed);

	if (after != NULL && g->after_kind == REPLAY_UNKNOWN)
		(void)json_object_set_new(after, "missing",
		    json_string(fields_word(replay_missing_words, g->missing)));
	return json_pack("{s:s,s:s,s:I,s:o,s:o,s:I,s:I}", "account", g->account, "service",
	    g->service, "times", (json_int_t)g->times, "before",
	    end_json(g->before_kind, g->before_reason, g->before_rule, g->before_observed),
	    "after", after, "last", (json_int_t)g->last_wall_ms, "record",
	    (json_int_t)g->last_seq);
}

static void
print_json(int status, const struct policy *policy, const struct replay_result *r)
{
	json_t *changes = json_array(), *answer;

	for (size_t i = 0; i < r->group_count; i++)
		(void)json_array_append_new(changes, group_json(&r->group[i]));
	answer = json_pack("{s:i,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}",
	    "status", status, "digest", policy->digest, "from", (json_int_t)r->first_wall_ms,
	    "to", (json_int_t)r->last_wall_ms, "decisions", (json_int_t)r->decisions, "refused",
	    (json_int_t)r->changed[REPLAY_REFUSED], "asked",
	    (json_int_t)r->changed[REPLAY_ASKED], "in", (json_int_t)r->changed[REPLAY_IN],
	    "tried", (json_int_t)r->changed[REPLAY_TRIED], "unknown",
	    (json_int_t)r->changed[REPLAY_UNKNOWN], "followed", (json_int_t)r->followed, "sums",
	    (json_int_t)r->sums, "deleted", (json_int_t)r->deleted, "damaged",
	    (json_int_t)r->damaged, "unlisted", (json_int_t)r->unlisted, "changes", changes);
	if (answer != NULL)
		show_json(answer);
	json_decref(answer);
}

/* ---- the command ------------------------------------------------------------------------- */

static int
status_of(const struct replay_result *result)
{
	for (size_t i = 0; i < REPLAY_ENDS; i++)
		if (i != REPLAY_UNKNOWN && result->changed[i] != 0)
			return STATUS_REFUSED;
	return result->changed[REPLAY_UNKNOWN] != 0 || result->damaged != 0 ? STATUS_INCOMPLETE
									    : STATUS_DONE;
}

static int
replay_options_read(const struct args *args, struct replay_options *o)
{
	const char *dir = args_value(args, OPT_STATE_DIR);

	*o = (struct replay_options){.dir = dir != NULL ? dir : LOG_STORE_DIR,
	    .user = args_value(args, OPT_USER),
	    .since_wall_ms = clock_now().wall_ms - default_age_ms};
	if (call_set_time(&o->since_wall_ms, args, OPT_SINCE) != STATUS_DONE ||
	    call_set_time(&o->until_wall_ms, args, OPT_UNTIL) != STATUS_DONE)
		return STATUS_USAGE;
	if (dir != NULL || geteuid() == 0)
		return STATUS_DONE;
	fputs(_("sekisho: only root can read the log of this host from its store. With "
		"--state-dir a copy of it can be read by anybody who may read the copy.\n"),
	    stderr);
	return STATUS_REFUSED;
}

static int
replay_and_print(const struct args *args, const struct replay_options *o)
{
	struct replay_result *result = calloc(1, sizeof(*result));
	int status = STATUS_UNREADABLE, r = SKS_NOMEM;

	if (result != NULL)
		r = replay_run(o, result);
	if (r != SKS_OK) {
		fprintf(stderr,
		    _("sekisho: the log in %s cannot be read: %s. Is it a state directory of "
		      "Sekisho, of this version?\n"),
		    o->dir, _(error_text(r)));
	} else {
		status = status_of(result);
		if (args_has(args, OPT_JSON))
			print_json(status, o->would, result);
		else
			print_result(o->would, result);
	}
	free(result);
	return status;
}

int
run_policy_replay(const struct args *args)
{
	struct policy_problems problems = {0};
	struct policy *policy = NULL;
	struct replay_options options;
	struct buf bundle;
	int status = replay_options_read(args, &options), r;

	if (status != STATUS_DONE)
		return status;
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	r = policy_files_read(args, &bundle, &problems);
	if (r == SKS_OK)
		r = policy_parse(bundle.data, bundle.len, &policy, &problems);
	if (r == SKS_OK) {
		options.would = policy;
		status = replay_and_print(args, &options);
	} else {
		problems_locate(&problems, args->word, args->word_count);
		problems_print(stderr, &problems);
		if (problems.count == 0 && r != SKS_NOT_FOUND)
			fprintf(stderr, "sekisho: %s\n", _(error_text(r)));
		status = STATUS_USAGE;
	}
	policy_free(policy);
	buf_clear(&bundle);
	return status;
}

void
policy_replay_summary(const struct policy *policy)
{
	const struct replay_options o = {.dir = LOG_STORE_DIR,
	    .would = policy,
	    .since_wall_ms = clock_now().wall_ms - default_age_ms,
	    .records_max = SUMMARY_RECORDS};
	struct replay_result *result = calloc(1, sizeof(*result));
	int r = result != NULL ? replay_run(&o, result) : SKS_NOMEM;

	if (r != SKS_OK) {
		printf(_("What it would have changed so far cannot be said: %s.\n"),
		    _(error_text(r)));
	} else if (result->decisions != 0) {
		print_head(policy, result);
		if (result->group_count > 0)
			print_groups(result, SUMMARY_LINES);
		if (result->group_count > SUMMARY_LINES)
			print_sentence(_("`sekisho policy replay` lists the others."));
	}
	free(result);
}
