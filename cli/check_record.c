/* sekisho check --record: what was found goes into the log. --sign-off: what is not recorded
 * was looked at. */
#include "call.h"
#include "check.h"
#include "coverage.h"
#include "error.h"
#include "i18n.h"
#include "show.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define YEAR_MS (INT64_C(365) * 86400 * 1000)

int
check_record(const struct check *c, const struct args *args)
{
	json_t *list = check_json(c);
	char *text = list != NULL ? json_dumps(list, JSON_COMPACT) : NULL;
	struct call call;
	int error = SKS_OK, r;

	json_decref(list);
	if (text == NULL)
		return STATUS_UNREADABLE;
	call_init(&call, VERB_CHECK_DONE);
	r = call_send(&call, text, strlen(text), &error);
	free(text);
	if (error != SKS_OK)
		call_explain_unreachable(error);
	else if (r != STATUS_DONE || !args_has(args, OPT_JSON)) /* JSON has one document */
		show_sentence(r == STATUS_DONE ? stdout : stderr, call.reply.text);
	call_clear(&call);
	return r;
}

int
check_sign_off(const struct args *args)
{
	struct coverage coverage;
	struct call call;
	char *text = NULL;
	int r = STATUS_UNREADABLE;

	call_init(&call, VERB_CHECK_SIGN_OFF);
	if (coverage_read(&coverage, &stack_system))
		text = json_dumps(coverage.unrecorded, JSON_COMPACT);
	call.request.until_ms = (int64_t)time(NULL) * 1000 + YEAR_MS;
	if (text == NULL)
		fprintf(stderr, "%s\n", _("sekisho: /etc/pam.d cannot be read"));
	else if ((r = call_set_text(call.request.text, sizeof(call.request.text),
		      args_text(args, OPT_SIGN_OFF), "--sign-off")) == STATUS_DONE &&
		 (r = call_set_time(&call.request.until_ms, args, OPT_UNTIL)) == STATUS_DONE &&
		 (r = call_run_with(&call, args, text, strlen(text))) == STATUS_DONE) {
		const json_t *name;
		size_t i;

		show_sentence(stdout, call.reply.text);
		json_array_foreach(coverage.unrecorded, i, name)
		    printf("  %s\n", json_string_value(name));
	}
	free(text);
	coverage_clear(&coverage);
	call_clear(&call);
	return r;
}
