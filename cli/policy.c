/* sekisho policy show|apply|history|rollback; check is in policy_check.c */
#include "policy/policy.h"
#include "policy/bundle.h"

#include "call.h"
#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "policy_problems.h"
#include "policy_replay.h"
#include "role_groups.h"
#include "root.h"
#include "setup/apply.h"
#include "show.h"
#include "sudoers.h"
#include "table.h"
#include "words.h"
#include <string.h>

static int
policy_print_sentences_of(const struct buf *bundle)
{
	struct policy_problems problems = {0};
	struct policy *policy = NULL;
	struct buf text;
	int r = STATUS_UNREADABLE;

	buf_init(&text, 1 << 20);
	if (policy_parse(bundle->data, bundle->len, &policy, &problems) != SKS_OK) {
		problems_print(stderr, &problems);
		goto out;
	}
	policy_print_sentences(policy, &text);
	if (buf_error(&text) != SKS_OK)
		goto out;
	fwrite(text.data, 1, text.len, stdout);
	r = STATUS_DONE;
out:
	policy_free(policy);
	buf_clear(&text);
	return r;
}

/* As somebody wrote it, file by file. */
static int
policy_print_files(const struct buf *text)
{
	struct bundle bundle;
	struct bundle_file file;
	int r = bundle_open(&bundle, text->data, text->len);

	while (r == SKS_OK && (r = bundle_next(&bundle, &file)) == SKS_OK) {
		fprintf(stdout, "# ---- %s ----\n", file.name);
		fwrite(file.text, 1, file.len, stdout);
	}
	if (r == SKS_NOT_FOUND) /* the end */
		return STATUS_DONE;
	fputs(_("sekisho: the daemon's answer is not what this version of the command "
		"expects.\n"),
	    stderr);
	return STATUS_UNREADABLE;
}

/* What is in force beside it is said first, where people do not read it as a file. */
static void
policy_print_contingencies(const struct args *args)
{
	struct call call;
	json_t *list = NULL, *one;
	size_t i;

	call_init(&call, VERB_CONTINGENCY_LIST);
	if (call_run_json(&call, args, &list) == STATUS_DONE)
		json_array_foreach(list, i, one)
		{
			const json_t *active = json_object_get(one, "active");
			char when[SHOW_TIME_SIZE];

			if (active == NULL)
				continue;
			fputs("# ", stdout);
			printf(_("The contingency policy \"%s\" is in force until %s."),
			    show_text(one, "name"), show_time_of(active, "until", when));
			fputs("\n", stdout);
		}
	json_decref(list);
	call_clear(&call);
}

int
run_policy_show(const struct args *args)
{
	struct call call;
	json_t *json = NULL;
	int r;

	call_init(&call, VERB_POLICY_SHOW);
	r = call_set_text(call.request.name, sizeof(call.request.name),
	    args_text(args, OPT_DIGEST), "--digest");
	if (r == STATUS_DONE)
		r = call_run(&call, args);
	if (r != STATUS_DONE)
		goto out;
	if (!args_has(args, OPT_JSON) && !args_has(args, OPT_DIGEST))
		policy_print_contingencies(args);
	if (args_has(args, OPT_SENTENCES)) {
		r = policy_print_sentences_of(&call.payload);
	} else if (args_has(args, OPT_JSON)) {
		json = json_pack(
		    "{s:s#}", "bundle", (const char *)call.payload.data, (int)call.payload.len);
		r = json == NULL ? STATUS_UNREADABLE : STATUS_DONE;
		if (json != NULL)
			show_json(json);
		else
			fputs(_("sekisho: the policy is not UTF-8, so JSON cannot carry it.\n"),
			    stderr);
	} else {
		r = policy_print_files(&call.payload);
	}
out:
	json_decref(json);
	call_clear(&call);
	return r;
}

/* Parsed here too: every problem is shown with its line. The daemon gets the bundle all the
 * same, because that somebody tried is a record. */
static int
policy_refused(const struct args *args, struct call *call, const struct buf *bundle,
    struct policy_problems *problems)
{
	int r = bundle->len == 0 ? STATUS_REFUSED
				 : call_send(call, bundle->data, bundle->len, NULL);

	if (r == STATUS_DONE) { /* a daemon of another version: its word counts */
		call_print_failure(call, args, r);
		return r;
	}
	problems_locate(problems, NULL, 0);
	problems_print(stderr, problems);
	fputs(_("The policy in force stays as it is.\n"), stderr);
	return STATUS_REFUSED;
}

/* What is not said is as the policy in force says. */
static int
policy_set_within(const struct args *args, struct call *call)
{
	int64_t within_ms;
	int r = apply_within(args, &within_ms, true);

	if (r == STATUS_DONE && args_has(args, OPT_WITHIN))
		call->request.limit = within_ms == 0 ? UINT32_MAX : (uint32_t)(within_ms / 1000);
	return r;
}

/* What a policy that waits for its confirmation lets roles run goes back with it. */
static int
policy_commit_sudoers(const struct policy *policy, uint64_t deadline_ms)
{
	struct buf text;
	int r = STATUS_DONE;

	if (deadline_ms == 0)
		return sudoers_commit(policy);
	buf_init(&text, SUDOERS_MAX);
	sudoers_replace(policy, &text);
	if (text.len > 0)
		r = apply_file_until(SUDOERS_FILE, 0440, &text, (int64_t)deadline_ms);
	sudoers_discard();
	buf_clear(&text);
	return r;
}

/* A role's group is given to its people whatever /etc/group has under that number. */
static int
refuse_taken_groups(const struct policy *p)
{
	struct role_groups taken;

	if (p->role_count == 0 || !role_groups_taken(p, "/etc/group", &taken) ||
	    taken.names[0] == '\0')
		return STATUS_DONE;
	fprintf(stderr,
	    _("sekisho: these groups of /etc/group have names or numbers (65536 to 99999) that are kept for "
	      "roles: %s. Who has a role would be in them too, so nothing was put in force. Give them "
	      "others, as root:\n"),
	    taken.names);
	for (char *rest = taken.fix, *line; (line = strsep(&rest, "\n")) != NULL;)
		fprintf(stderr, "  %s\n", line[0] != '\0' ? line : "groupmod(8)");
	fputs(_("What belongs to a group keeps its old number until find has given it the new one: run find for "
		"every file system, and look at what it finds first. \"Groups of the site\" in "
		"docs/operations.md says more. Then apply again.\n"),
	    stderr);
	return STATUS_REFUSED;
}

int
run_policy_apply(const struct args *args)
{
	struct policy_problems problems = {0};
	struct policy *policy = NULL;
	struct buf bundle;
	struct call call;
	int r = root_need(); /* the users' socket takes no policy, not even to refuse it */

	if (r != STATUS_DONE)
		return r;
	call_init(&call, VERB_POLICY_APPLY);
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	r = call_set_text(call.request.text, sizeof(call.request.text),
	    args_text(args, OPT_COMMENT), "--comment");
	if (r == STATUS_DONE)
		r = policy_set_within(args, &call);
	if (r != STATUS_DONE)
		goto out;
	if (policy_bundle_read(POLICY_FILE, POLICY_DROPIN, true, &bundle, &problems) !=
	    SKS_OK) {
		buf_reset(&bundle);
		r = policy_refused(args, &call, &bundle, &problems);
		goto out;
	}
	if (policy_parse(bundle.data, bundle.len, &policy, &problems) != SKS_OK) {
		r = policy_refused(args, &call, &bundle, &problems);
		goto out;
	}
	if (!args_has(args, OPT_JSON))
		policy_replay_summary(policy);
	if ((r = refuse_taken_groups(policy)) != STATUS_DONE ||
	    (r = sudoers_prepare(policy)) != STATUS_DONE)
		goto out;
	r = call_run_with(&call, args, bundle.data, bundle.len);
	if (r != STATUS_DONE) {
		sudoers_discard();
		goto out;
	}
	r = policy_commit_sudoers(policy, call.reply.next);
	if (args_has(args, OPT_JSON))
		show_result_json(r, call.reply.text, call.reply.record);
	else
		show_sentence(stdout, call.reply.text);
out:
	policy_free(policy);
	buf_clear(&bundle);
	call_clear(&call);
	return r;
}

/* What roles may run with sudo, as the policy in force says. */
static int
sudoers_follow(const struct args *args)
{
	struct policy_problems problems = {0};
	struct policy *policy = NULL;
	struct call call;
	int r;

	call_init(&call, VERB_POLICY_SHOW);
	r = call_run(&call, args);
	if (r == STATUS_DONE &&
	    policy_parse(call.payload.data, call.payload.len, &policy, &problems) != SKS_OK) {
		problems_print(stderr, &problems);
		r = STATUS_UNREADABLE;
	}
	if (r == STATUS_DONE && (r = sudoers_prepare(policy)) == STATUS_DONE)
		r = sudoers_commit(policy);
	policy_free(policy);
	call_clear(&call);
	return r;
}

int
run_policy_rollback(const struct args *args)
{
	const char *digest = args_word(args, 0);
	struct call call;
	int r;

	call_init(&call, VERB_POLICY_ROLLBACK);
	r = call_set_text(call.request.name, sizeof(call.request.name),
	    digest == NULL ? "" : digest, "DIGEST");
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_COMMENT), "--comment");
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	return r == STATUS_DONE ? sudoers_follow(args) : r;
}

static void
policy_print_history(const json_t *history)
{
	const json_t *entry;
	struct table t;
	size_t i;

	table_init(&t, 5, " ", _("APPLIED"), _("BY"), _("DIGEST"), _("COMMENT"));
	json_array_foreach(history, i, entry)
	{
		char time[SHOW_TIME_SIZE], digest[17];

		snprintf(digest, sizeof(digest), "%s", show_text(entry, "digest"));
		table_add(&t, json_is_true(json_object_get(entry, "active")) ? "*" : " ");
		table_add(&t, show_time_of(entry, "applied", time));
		table_add(&t, show_text(entry, "by"));
		table_add(&t, digest);
		table_add(&t, words_why(show_text(entry, "comment")));
	}
	table_print(&t, stdout);
	table_clear(&t);
	fputs(_("\n* in force\n"), stdout);
}

int
run_policy_history(const struct args *args)
{
	struct call call;
	int r;

	call_init(&call, VERB_POLICY_HISTORY);
	r = call_run_and_show(&call, args, policy_print_history);
	call_clear(&call);
	return r;
}
