/* sekisho explain CODE: the record behind what a refused person was shown, and its rules. */
#include "call.h"
#include "error.h"
#include "explain.h"
#include "explaining.h"
#include "i18n.h"
#include "replay/recorded.h"
#include "show.h"
#include "table.h"
#include "words.h"
#include <stdlib.h>
#include <string.h>

/* The policy that was in force then, as the daemon keeps it. */
static struct policy *
refusal_policy(const struct args *args, const char *digest)
{
	struct policy_problems problems = {0};
	struct policy *policy = NULL;
	struct call call;

	call_init(&call, VERB_POLICY_SHOW);
	if (call_set_text(call.request.name, sizeof(call.request.name), digest, "--digest") ==
		STATUS_DONE &&
	    call_run(&call, args) == STATUS_DONE)
		(void)policy_parse(call.payload.data, call.payload.len, &policy, &problems);
	call_clear(&call);
	return policy;
}

static void
refusal_print_record(const json_t *answer, const struct recorded *r)
{
	char line[160], time[SHOW_TIME_SIZE];

	table_print_pair(stdout, _("Record:"), show_digits(show_number(answer, "record"), line));
	table_print_pair(stdout, _("Time:"), show_time(r->facts.wall_ms, time));
	table_print_pair(stdout, _("Account:"), r->request.user);
	table_print_pair(stdout, _("Service:"), r->request.service);
	table_print_pair(stdout, _("Decision:"),
	    strcmp(r->claim.verdict, "allow") == 0 ? _("allowed") : _("REFUSED"));
	snprintf(line, sizeof(line), "%s (%s)", words_shown(r->claim.reason), r->claim.reason);
	table_print_pair(stdout, _("Reason:"), line);
	if (r->claim.rule[0] != '\0')
		table_print_pair(stdout, _("Rule:"), r->claim.rule);
	table_print_pair(stdout, _("Policy:"), r->claim.policy);
}

static int
refusal_print(const struct args *args, const json_t *answer)
{
	const char *body = show_text(answer, "body");
	struct recorded *r = calloc(1, sizeof(*r));
	struct policy *policy;
	json_t *laid_open;

	if (r == NULL || recorded_read(body, strlen(body), r) != SKS_OK || r->is_command) {
		free(r);
		fputs(_("sekisho: the daemon's answer is not what this version of the command "
			"expects.\n"),
		    stderr);
		return STATUS_UNREADABLE;
	}
	refusal_print_record(answer, r);
	policy = refusal_policy(args, r->claim.policy);
	laid_open = policy != NULL ? explaining_login(policy, &r->request, &r->facts) : NULL;
	if (laid_open != NULL)
		explain_print_case(laid_open);
	json_decref(laid_open);
	policy_free(policy);
	free(r);
	return laid_open != NULL ? STATUS_DONE : STATUS_INCOMPLETE;
}

int
run_explain_refusal(const struct args *args)
{
	json_t *answer = NULL;
	struct call call;
	int r;

	call_init(&call, VERB_EXPLAIN);
	r = call_set_text(
	    call.request.name, sizeof(call.request.name), args_word(args, 0), "CODE");
	if (r == STATUS_DONE)
		r = call_run_json(&call, args, &answer);
	if (r == STATUS_DONE && args_has(args, OPT_JSON))
		show_json(answer);
	else if (r == STATUS_DONE)
		r = refusal_print(args, answer);
	json_decref(answer);
	call_clear(&call);
	return r;
}
