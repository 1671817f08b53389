/* sekisho policy diff: what a policy that waits for another person would change. */
#include "call.h"
#include "cli.h"
#include "i18n.h"
#include "policy/difference.h"
#include "policy/policy.h"
#include "show.h"

static int
fetch(const struct args *args, bool waiting, struct call *call)
{
	int r;

	call_init(call, VERB_POLICY_WAITING);
	call->request.newest_first = waiting;
	r = call_set_text(
	    call->request.name, sizeof(call->request.name), args_word(args, 0), "REQUEST");
	return r == STATUS_DONE ? call_run(call, args) : r;
}

int
run_policy_diff(const struct args *args)
{
	struct call before, after = {0};
	struct buf text;
	json_t *json;
	int r = fetch(args, false, &before);

	buf_init(&text, 4 * POLICY_BUNDLE_MAX);
	if (r == STATUS_DONE && (r = fetch(args, true, &after)) == STATUS_DONE) {
		policy_difference(before.payload.data, before.payload.len, after.payload.data,
		    after.payload.len, &text, 2 * POLICY_BUNDLE_MAX);
		if (args_has(args, OPT_JSON)) {
			json = json_pack(
			    "{s:s#}", "difference", (const char *)text.data, (int)text.len);
			if (json != NULL)
				show_json(json);
			json_decref(json);
		} else {
			(void)fwrite(text.data, 1, text.len, stdout); /* its lines are clean */
		}
		call_clear(&after);
	}
	buf_clear(&text);
	call_clear(&before);
	return r;
}
