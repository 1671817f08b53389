/* sekisho staff import|show|reconcile: the staff list, and what differs from it. */
#include "call.h"
#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "root.h"
#include "show.h"
#include "staff/list.h"
#include "table.h"
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 512 };

/* ---- import ------------------------------------------------------------------------------ */

static int
file_read(const char *path, struct buf *out)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char block[4096];
	size_t n;
	int r;

	if (in == NULL) {
		fprintf(stderr, _("sekisho: %s cannot be read: %s.\n"), path, strerror(errno));
		return STATUS_REFUSED;
	}
	while (buf_error(out) == SKS_OK && (n = fread(block, 1, sizeof(block), in)) > 0)
		buf_put_bytes(out, block, n);
	r = ferror(in) ? SKS_IO : buf_error(out);
	if (in != stdin)
		fclose(in);
	if (r == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr, _("sekisho: %s cannot be read: %s.\n"), path, _(error_text(r)));
	return STATUS_REFUSED;
}

/* The daemon reads the same bytes again; here every problem is said, with the file's name. */
static int
list_check(const char *path, const struct buf *text)
{
	static struct staff_list list;
	int r = staff_parse((const char *)text->data, text->len, &list);

	staff_clear(&list);
	for (size_t i = 0; i < list.problems; i++)
		fprintf(stderr, "%s:%u:%u: %s\n", path, list.problem[i].line,
		    list.problem[i].column, list.problem[i].text);
	if (r == SKS_OK)
		return STATUS_DONE;
	fputs(_("sekisho: nothing was imported.\n"), stderr);
	return STATUS_REFUSED;
}

int
run_staff_import(const struct args *args)
{
	const char *path = args_word(args, 0);
	struct buf text;
	struct call call;
	int r;

	buf_init(&text, STAFF_FILE_MAX);
	call_init(&call, VERB_STAFF_IMPORT);
	r = root_need();
	if (r == STATUS_DONE)
		r = file_read(path, &text);
	if (r == STATUS_DONE)
		r = list_check(path, &text);
	if (r == STATUS_DONE)
		r = call_set_text(call.request.text, sizeof(call.request.text),
		    args_text(args, OPT_TEXT), "--text");
	if (r == STATUS_DONE)
		r = call_run_with(&call, args, text.data, text.len);
	if (r == STATUS_DONE && args_has(args, OPT_JSON))
		show_result_json(r, call.reply.text, call.reply.record);
	else if (r == STATUS_DONE)
		show_sentence(stdout, call.reply.text);
	call_clear(&call);
	buf_clear(&text);
	return r;
}

/* ---- show -------------------------------------------------------------------------------- */

static int
staff_fetch(const struct args *args, json_t *all)
{
	const char *person = args_word(args, 0);
	char after[128] = "";
	bool more = true;
	int r = STATUS_DONE;

	while (more && r == STATUS_DONE) {
		json_t *page = NULL;
		struct call call;

		call_init(&call, VERB_STAFF_SHOW);
		if (person != NULL)
			r = call_set_text(
			    call.request.name, sizeof(call.request.name), person, "PERSON");
		snprintf(call.request.source, sizeof(call.request.source), "%s", after);
		if (r == STATUS_DONE)
			r = call_run_json(&call, args, &page);
		more = r == STATUS_DONE && person == NULL && json_array_size(page) > 0;
		if (r == STATUS_DONE)
			(void)json_array_extend(all, page);
		snprintf(after, sizeof(after), "%s",
		    show_text(json_array_get(page, json_array_size(page) - 1), "person"));
		json_decref(page);
		call_clear(&call);
	}
	return r;
}

static void
staff_remark(const json_t *p, char *line, size_t size)
{
	char time[SHOW_TIME_SIZE];

	line[0] = '\0';
	if (show_number(p, "gone") != 0)
		snprintf(
		    line, size, _("named no more since %.10s"), show_time_of(p, "gone", time));
	else if (show_number(p, "ended") != 0)
		snprintf(
		    line, size, "%s", _("the contract has ended, and the accounts with it"));
	else if (show_number(p, "moved") != 0)
		snprintf(
		    line, size, _("in this unit since %.10s"), show_time_of(p, "moved", time));
}

static void
staff_print(const json_t *list)
{
	const json_t *p;
	struct table t;
	size_t i;

	if (json_array_size(list) == 0) {
		puts(_("Nobody is on the staff list."));
		return;
	}
	table_init(&t, 7, _("PERSON"), _("NAME"), _("KANA"), _("UNIT"), _("CONTACT"),
	    _("UNTIL"), _("REMARKS"));
	json_array_foreach(list, i, p)
	{
		char day[SHOW_TIME_SIZE] = "", line[LINE_SIZE];

		staff_remark(p, line, sizeof(line));
		table_add(&t, show_text(p, "person"));
		table_add(&t, show_text(p, "name"));
		table_add(&t, show_text(p, "kana"));
		table_add(&t, show_text(p, "unit"));
		table_add(&t, show_text(p, "contact"));
		table_add(&t, show_number(p, "until") == 0
				  ? ""
				  : show_last_day(show_number(p, "until"), day));
		table_add(&t, line);
	}
	table_print(&t, stdout);
	table_clear(&t);
}

int
run_staff_show(const struct args *args)
{
	json_t *all = json_array();
	int r = staff_fetch(args, all);

	if (r == STATUS_DONE && args_has(args, OPT_JSON))
		show_json(all);
	else if (r == STATUS_DONE)
		staff_print(all);
	json_decref(all);
	return r;
}

/* ---- reconcile --------------------------------------------------------------------------- */

static const struct {
	const char *kind, *text;
} difference_words[] = {
    {"not-on-the-list", N_("an account whose person is not on the list")},
    {"contract-ended", N_("an account of somebody whose contract has ended")},
    {"person-not-on-the-list", N_("[person] in the policy, not on the list")},
    {"officer-not-on-the-list", N_("[officer] in the policy, not on the list")},
    {"unit-differs", N_("another unit in the policy")},
    {"contact-differs", N_("another contact in the policy")},
    {"account-missing", N_("[account] in the policy, not on this host")},
};

static const char *
difference_text(const char *kind)
{
	for (size_t i = 0; i < sizeof(difference_words) / sizeof(difference_words[0]); i++) {
		if (strcmp(difference_words[i].kind, kind) == 0)
			return _(difference_words[i].text);
	}
	return kind;
}

static void
differences_print(const json_t *list)
{
	const json_t *d;
	struct table t;
	size_t i;

	if (json_array_size(list) == 0) {
		puts(_("Policy and host agree with the staff list."));
		return;
	}
	table_init(&t, 5, _("PERSON"), _("ACCOUNT"), _("WHAT"), _("ON THE LIST"), _("HERE"));
	json_array_foreach(list, i, d)
	{
		table_add(&t, show_text(d, "person"));
		table_add(&t, show_text(d, "account"));
		table_add(&t, difference_text(show_text(d, "kind")));
		table_add(&t, show_text(d, "list"));
		table_add(&t, show_text(d, "here"));
	}
	table_print(&t, stdout);
	table_clear(&t);
}

/* Accounts of people in /etc/passwd: with a uid as people have it, and a shell. */
static void
accounts_put(struct buf *out)
{
	FILE *in = fopen("/etc/passwd", "re");
	const struct passwd *pw;

	while (in != NULL && (pw = fgetpwent(in)) != NULL) {
		const char *shell = strrchr(pw->pw_shell, '/');

		if (pw->pw_uid >= 1000 && pw->pw_uid != 65534 &&
		    (shell == NULL ||
			(strcmp(shell, "/nologin") != 0 && strcmp(shell, "/false") != 0)))
			buf_printf(out, "%s\n", pw->pw_name);
	}
	if (in != NULL)
		fclose(in);
}

int
run_staff_reconcile(const struct args *args)
{
	json_t *differences = NULL;
	struct buf accounts;
	struct call call;
	int r;

	buf_init(&accounts, PAYLOAD_MAX);
	accounts_put(&accounts);
	call_init(&call, VERB_STAFF_RECONCILE);
	r = root_need();
	if (r == STATUS_DONE)
		r = call_run_with(&call, args, accounts.data, accounts.len);
	if (r == STATUS_DONE && (differences = call_json(&call)) == NULL)
		r = STATUS_UNREADABLE;
	if (r == STATUS_DONE && args_has(args, OPT_JSON))
		show_json(differences);
	else if (r == STATUS_DONE)
		differences_print(differences);
	if (r == STATUS_DONE && json_array_size(differences) > 0)
		r = STATUS_REFUSED;
	json_decref(differences);
	call_clear(&call);
	buf_clear(&accounts);
	return r;
}
