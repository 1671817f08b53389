/* sekisho check --record: what was found goes into the log. */
#include "call.h"
#include "check.h"
#include "error.h"
#include "i18n.h"
#include "show.h"
#include <stdlib.h>
#include <string.h>

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
