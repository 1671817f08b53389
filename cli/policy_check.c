/* sekisho policy check: reads and parses with the daemon's own code, without the daemon. */
#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "policy_files.h"
#include "policy_problems.h"
#include "protocol.h"
#include "show.h"

static void
policy_check_print_json(
    int status, const struct policy *policy, const struct policy_problems *p)
{
	json_t *answer = json_pack("{s:i,s:o}", "status", status, "problems", problems_json(p));

	if (answer != NULL && policy != NULL)
		json_object_set_new(answer, "digest", json_string(policy->digest));
	if (answer != NULL)
		show_json(answer);
	json_decref(answer);
}

int
run_policy_check(const struct args *args)
{
	struct policy_problems problems = {0};
	struct policy *policy = NULL;
	struct buf bundle;
	int r, status;

	buf_init(&bundle, POLICY_BUNDLE_MAX);
	r = policy_files_read(args, &bundle, &problems);
	if (r == SKS_OK)
		r = policy_parse(bundle.data, bundle.len, &policy, &problems);
	problems_locate(&problems, args->word, args->word_count);
	status = r == SKS_OK ? STATUS_DONE : STATUS_REFUSED;
	if (args_has(args, OPT_JSON)) {
		policy_check_print_json(status, policy, &problems);
	} else if (status == STATUS_DONE) {
		fprintf(stdout,
		    _("The policy is sound: %zu rules, %zu accounts, digest %.16s. \"sekisho "
		      "policy "
		      "apply\" puts the one of /etc/sekisho in force.\n"),
		    policy->rule_count, policy->account_count, policy->digest);
	} else {
		problems_print(stderr, &problems);
		if (problems.count == 0 && r != SKS_NOT_FOUND)
			fprintf(stderr, "sekisho: %s\n", _(error_text(r)));
	}
	policy_free(policy);
	buf_clear(&bundle);
	return status;
}
