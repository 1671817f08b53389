/* sekisho policy check: reads and parses with the daemon's own code, without the daemon. */
#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "policy/bundle.h"
#include "policy_problems.h"
#include "protocol.h"
#include "show.h"
#include <string.h>

/* A further file of a draft: its part of a bundle of its own is added to ours. */
static int
policy_check_add(const char *file, struct buf *bundle, struct policy_problems *problems)
{
	struct bundle inner;
	struct buf one;
	int r;

	buf_init(&one, POLICY_BUNDLE_MAX);
	r = policy_bundle_read(file, NULL, false, bundle->len == 0 ? bundle : &one, problems);
	if (r == SKS_NOT_FOUND)
		fprintf(stderr, _("sekisho: there is no file %s.\n"), file);
	if (r == SKS_OK && one.len > 0) {
		r = bundle_open(&inner, one.data, one.len);
		if (r == SKS_OK)
			buf_put_bytes(bundle, inner.at, inner.left);
	}
	buf_clear(&one);
	return r == SKS_OK ? buf_error(bundle) : r;
}

static int
policy_check_read(const struct args *args, struct buf *bundle, struct policy_problems *problems)
{
	int r = SKS_OK;

	if (args->word_count == 0) {
		r = policy_bundle_read(POLICY_FILE, POLICY_DROPIN, true, bundle, problems);
		if (r == SKS_NOT_FOUND)
			fprintf(stderr, _("sekisho: there is no file %s.\n"), POLICY_FILE);
		return r;
	}
	for (size_t i = 0; i < args->word_count && r == SKS_OK; i++)
		r = policy_check_add(args->word[i], bundle, problems);
	return r;
}

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
	r = policy_check_read(args, &bundle, &problems);
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
