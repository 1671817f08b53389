/* sekisho audit redact, pending, approve, deny: what waits for a second person. */
#include "ask.h"
#include "call.h"
#include "cli.h"
#include "error.h"
#include "exception.h"
#include "i18n.h"
#include "proof.h"
#include "show.h"
#include "table.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a request asks for, as a person reads it. */
static void
pending_what(const json_t *request, char *out, size_t size)
{
	if (strcmp(show_text(request, "kind"), "redact") == 0)
		snprintf(out, size, _("destroy record %lld"),
		    (long long)show_number(request, "record"));
	else if (strcmp(show_text(request, "kind"), "role") == 0)
		snprintf(out, size, _("role %s for %lld minutes"), show_text(request, "role"),
		    (long long)(show_number(request, "for") / 60000));
	else if (strcmp(show_text(request, "kind"), "exception") == 0)
		exception_what(json_object_get(request, "exception"), out, size);
	else if (strcmp(show_text(request, "kind"), "bypass") == 0)
		snprintf(out, size, _("bypass for %s"), show_text(request, "user"));
	else if (strcmp(show_text(request, "kind"), "policy") == 0)
		snprintf(out, size, _("policy %.12s"), show_text(request, "digest"));
	else if (strcmp(show_text(request, "kind"), "use") == 0)
		snprintf(out, size, _("one command of the role %s"), show_text(request, "role"));
	else if (strcmp(show_text(request, "kind"), "export") == 0)
		snprintf(out, size, "%s", _("hand out records"));
	else
		snprintf(out, size, "%s", show_text(request, "kind"));
}

static void
pending_who(const json_t *request, char *out, size_t size)
{
	const char *by = show_text(request, "by"), *person = show_text(request, "person");

	if (strcmp(by, person) == 0)
		snprintf(out, size, "%s", by);
	else
		snprintf(out, size, "%s (%s)", by, person);
}

static void
pending_print(const json_t *list)
{
	const json_t *request;
	struct table t;
	size_t i;

	if (json_array_size(list) == 0) {
		fputs(_("Nothing waits for anybody.\n"), stdout);
		return;
	}
	table_init(
	    &t, 6, _("REQUEST"), _("WHAT"), _("ASKED BY"), _("WHEN"), _("UNTIL"), _("WHY"));
	json_array_foreach(list, i, request)
	{
		char time[SHOW_TIME_SIZE], what[160], who[520];

		pending_what(request, what, sizeof(what));
		pending_who(request, who, sizeof(who));
		table_add(&t, show_text(request, "id"));
		table_add(&t, what);
		table_add(&t, who);
		table_add(&t, show_time_of(request, "made", time));
		table_add(&t, show_time_of(request, "expires", time));
		table_add(&t, show_text(request, "why"));
	}
	table_print(&t, stdout);
	table_clear(&t);
}

/* All that waits and this person may see; NULL after saying why, with *status. */
static json_t *
pending_fetch(const struct args *args, int *status)
{
	struct call call;
	json_t *list = NULL;

	call_init(&call, VERB_PENDING);
	*status = call_run(&call, args);
	if (*status == STATUS_DONE) {
		list = call_json(&call);
		*status = list == NULL ? STATUS_UNREADABLE : STATUS_DONE;
	}
	call_clear(&call);
	return list;
}

int
run_pending(const struct args *args)
{
	int r;
	json_t *list = pending_fetch(args, &r);

	if (list == NULL)
		return r;
	if (args_has(args, OPT_JSON))
		show_json(list);
	else
		pending_print(list);
	json_decref(list);
	return r;
}

/* Nobody approves what they were not shown. */
static int
pending_show_one(const struct args *args, const char *id)
{
	json_t *request, *found = NULL;
	int r;
	json_t *list = pending_fetch(args, &r);
	char what[160], who[520];
	size_t i;

	json_array_foreach(list, i, request)
	{
		if (strcasecmp(show_text(request, "id"), id) == 0)
			found = request;
	}
	if (found != NULL) {
		pending_what(found, what, sizeof(what));
		pending_who(found, who, sizeof(who));
		table_print_pair(stderr, _("Request:"), show_text(found, "id"));
		table_print_pair(stderr, _("What:"), what);
		table_print_pair(stderr, _("Asked by:"), who);
		table_print_pair(stderr, _("Why:"), show_text(found, "why"));
		if (strcmp(show_text(found, "kind"), "bypass") == 0) {
			table_print_pair(
			    stderr, _("Verified by:"), show_text(found, "verified_by"));
			table_print_pair(stderr, _("How:"), show_text(found, "verified_how"));
		}
	}
	json_decref(list);
	return r;
}

/* The code of a bypass, which who approves it passes on. */
static void
pending_print_code(const struct call *call, const struct args *args)
{
	json_t *answer = call_json(call);

	if (answer != NULL && !args_has(args, OPT_JSON))
		fprintf(stdout, "\n  %s\n", show_text(answer, "code"));
	else if (answer != NULL)
		show_json(answer);
	json_decref(answer);
}

static int
pending_answer(const struct args *args, enum verb verb)
{
	const char *id = args_word(args, 0);
	struct call call;
	int r;

	call_init(&call, verb);
	r = call_set_text(call.request.name, sizeof(call.request.name), id, "REQUEST");
	if (r == STATUS_DONE && verb == VERB_DENY)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_REASON), "--reason");
	if (r == STATUS_DONE && verb == VERB_APPROVE)
		r = exception_set_terms(&call, args);
	if (r == STATUS_DONE && verb == VERB_APPROVE)
		r = pending_show_one(args, id);
	if (r == STATUS_DONE && verb == VERB_APPROVE)
		r = proof_ask(&call.request, PROOF_CODE);
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	if (r == STATUS_DONE && call.payload.len > 0)
		pending_print_code(&call, args);
	call_clear(&call);
	return r;
}

int
run_approve(const struct args *args)
{
	return pending_answer(args, VERB_APPROVE);
}

int
run_deny(const struct args *args)
{
	return pending_answer(args, VERB_DENY);
}

int
run_audit_redact(const struct args *args)
{
	const char *word = args_word(args, 0);
	struct call call;
	int r;

	if (word[strspn(word, "0123456789")] != '\0' || strlen(word) > 18 || word[0] == '0') {
		fprintf(stderr,
		    _("sekisho: \"%s\" is not the number of a record. \"sekisho log\" shows "
		      "them.\n"),
		    word);
		return STATUS_USAGE;
	}
	call_init(&call, VERB_REDACT);
	call.request.number = strtoull(word, NULL, 10);
	r = call_set_text(call.request.text, sizeof(call.request.text),
	    args_text(args, OPT_REASON), "--reason");
	if (r == STATUS_DONE)
		r = proof_ask(&call.request, PROOF_CODE);
	if (r == STATUS_DONE)
		r = call_run_and_show(&call, args, NULL);
	call_clear(&call);
	return r;
}
