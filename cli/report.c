/* sekisho report KIND */
#include "ask.h"
#include "call.h"
#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "policy/nearest.h"
#include <string.h>

static const char *const report_kinds[] = {
    "known-password", "lost-device", "not-me", "unused-account", "incident"};
enum { REPORT_KINDS = sizeof(report_kinds) / sizeof(report_kinds[0]) };

static int
report_unknown_kind(const char *kind)
{
	const char *nearest = nearest_word(kind, report_kinds, REPORT_KINDS);

	if (nearest != NULL)
		fprintf(stderr, _("sekisho: there is no report \"%s\". Do you mean %s?\n"),
		    kind, nearest);
	else
		fprintf(stderr, _("sekisho: there is no report \"%s\".\n"), kind);
	fputs(_("\"sekisho report --help\" lists them.\n"), stderr);
	return STATUS_USAGE;
}

/* A person may say more; nobody has to before something is stopped. */
static int
report_set_text(struct call *call, const struct args *args)
{
	struct command *r = &call->request;

	if (args_has(args, OPT_TEXT) || !ask_is_terminal())
		return call_set_text(
		    r->text, sizeof(r->text), args_text(args, OPT_TEXT), "--text");
	if (ask_text(_("What happened? (one line, or just return) "), r->text,
		sizeof(r->text)) == SKS_TOO_BIG) {
		fputs(_("sekisho: that is too long; the report goes without it.\n"), stderr);
		r->text[0] = '\0';
	}
	return STATUS_DONE;
}

int
run_report(const struct args *args)
{
	const char *kind = args_word(args, 0);
	bool known = false;
	struct call call;
	int r;

	for (size_t i = 0; i < REPORT_KINDS; i++)
		known = known || strcmp(report_kinds[i], kind) == 0;
	if (!known)
		return report_unknown_kind(kind);
	call_init(&call, VERB_REPORT);
	r = call_set_text(call.request.name, sizeof(call.request.name), kind, "KIND");
	if (r == STATUS_DONE)
		r = report_set_text(&call, args);
	if (r == STATUS_DONE)
		r = call_run_and_print(&call, args);
	call_clear(&call);
	return r;
}
