#include "check.h"

#include "cli.h"
#include "i18n.h"
#include "protocol.h"
#include "show.h"
#include "table.h"
#include "text.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHECK_WIDTH = 96, CHECK_INDENT = 10 };

const char *const check_state_words[] = {"ok", "failed", "unknown", NULL};

static void __attribute__((format(printf, 6, 0))) check_add(struct check *c, const char *name,
    enum check_state state, const char *why, const char *next, const char *fmt, va_list list)
{
	struct finding *f;

	if (c->count == c->room) {
		size_t room = c->room == 0 ? 32 : c->room * 2;
		struct finding *grown = reallocarray(c->item, room, sizeof(*grown));

		/* a report with a hole would read as a pass */
		if (grown == NULL)
			abort();
		c->item = grown;
		c->room = room;
	}
	f = &c->item[c->count++];
	memset(f, 0, sizeof(*f));
	f->name = name;
	f->state = state;
	f->why = why;
	f->next = next;
	vsnprintf(f->what, sizeof(f->what), fmt, list);
}

void
check_ok(struct check *c, const char *name, const char *fmt, ...)
{
	va_list list;

	va_start(list, fmt);
	check_add(c, name, CHECK_OK, NULL, NULL, fmt, list);
	va_end(list);
}

void
check_failed(
    struct check *c, const char *name, const char *why, const char *next, const char *fmt, ...)
{
	va_list list;

	va_start(list, fmt);
	check_add(c, name, CHECK_FAILED, why, next, fmt, list);
	va_end(list);
}

void
check_unknown(struct check *c, const char *name, const char *next, const char *fmt, ...)
{
	va_list list;

	va_start(list, fmt);
	check_add(c, name, CHECK_UNKNOWN, NULL, next, fmt, list);
	va_end(list);
}

bool
check_is_sound(const struct check *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++) {
		if (strcmp(c->item[i].name, name) == 0 && c->item[i].state != CHECK_OK)
			return false;
	}
	return true;
}

static void
check_print_line(const char *label, const char *text)
{
	char clean[1024];

	if (text == NULL)
		return;
	text_clean(clean, sizeof(clean), text);
	fprintf(stdout, "%*s%s ", CHECK_INDENT, "", label);
	table_fold(stdout, clean, CHECK_INDENT + table_width(label) + 1, CHECK_WIDTH);
}

static void
check_print(const struct check *c, size_t failed, size_t unknown)
{
	const char *const shown[] = {_("ok"), _("FAILED"), "?"};
	const char *const colour[] = {"\033[32m", "\033[31m", "\033[33m"};
	bool colours = isatty(STDOUT_FILENO);

	for (size_t i = 0; i < c->count; i++) {
		const struct finding *f = &c->item[i];
		char line[sizeof(f->what) + 64], clean[2 * sizeof(line)];

		snprintf(line, sizeof(line), "%s: %s", f->name, f->what);
		text_clean(clean, sizeof(clean), line);
		fputs(colours ? colour[f->state] : "", stdout);
		table_print_padded(stdout, shown[f->state], CHECK_INDENT);
		fputs(colours ? "\033[0m" : "", stdout);
		table_fold(stdout, clean, CHECK_INDENT, CHECK_WIDTH);
		check_print_line(_("Why:"), f->why);
		check_print_line(_("Do:"), f->next);
	}
	fputc('\n', stdout);
	fprintf(stdout, _("%zu findings: %zu failed, %zu could not be tested."), c->count,
	    failed, unknown);
	fputc('\n', stdout);
}

static void
check_print_json(const struct check *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->count; i++) {
		const struct finding *f = &c->item[i];
		json_t *item = json_pack("{s:s,s:s,s:s}", "check", f->name, "state",
		    check_state_words[f->state], "what", f->what);

		if (f->why != NULL)
			json_object_set_new(item, "why", json_string(f->why));
		if (f->next != NULL)
			json_object_set_new(item, "next", json_string(f->next));
		json_array_append_new(list, item);
	}
	show_json(list);
	json_decref(list);
}

int
run_check(const struct args *args)
{
	struct check c = {.root = geteuid() == 0};
	size_t failed = 0, unknown = 0;

	if (args_has(args, OPT_CHANGES))
		return check_changes(args);
	check_daemon(&c);
	check_policy_files(&c);
	check_files(&c);
	check_accounts(&c);
	check_keys(&c);
	check_pam(&c);
	check_sshd(&c);
	check_survey(&c);
	for (size_t i = 0; i < c.count; i++) {
		failed += c.item[i].state == CHECK_FAILED;
		unknown += c.item[i].state == CHECK_UNKNOWN;
	}
	if (args_has(args, OPT_JSON))
		check_print_json(&c);
	else
		check_print(&c, failed, unknown);
	policy_free(c.policy);
	json_decref(c.status);
	free(c.item);
	if (failed != 0)
		return STATUS_REFUSED;
	return unknown != 0 ? STATUS_INCOMPLETE : STATUS_DONE;
}
