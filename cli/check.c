#include "check.h"

#include "cli.h"
#include "i18n.h"
#include "probe/tell.h"
#include "protocol.h"
#include "show.h"
#include "table.h"
#include "text.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHECK_WIDTH = 96, CHECK_INDENT = 10 };

const char *const check_state_words[] = {"ok", "failed", "unknown", "advice", NULL};
const char *const check_severity_words[] = {"low", "medium", "high", "critical", NULL};

const struct check_test check_tests[] = {
    {"daemon-running", SEVERITY_CRITICAL},
    {"records-written", SEVERITY_CRITICAL},
    {"records-forwarded", SEVERITY_HIGH},
    {"factor-register", SEVERITY_HIGH},
    {"policy-active", SEVERITY_HIGH},
    {"lockout-active", SEVERITY_HIGH},
    {"second-factor-required", SEVERITY_HIGH},
    {"key-file-mode", SEVERITY_CRITICAL},
    {"secrets-sealed", SEVERITY_CRITICAL},
    {"break-glass-ready", SEVERITY_MEDIUM},
    {"accounts-named", SEVERITY_HIGH},
    {"password-age", SEVERITY_LOW},
    {"algorithms-listed", SEVERITY_MEDIUM},
    {"key-lifetime", SEVERITY_MEDIUM},
    {"pam-stack", SEVERITY_CRITICAL},
    {"mfa-remote-admin", SEVERITY_CRITICAL},
    {"notice-shown", SEVERITY_MEDIUM},
    {"changes-detected", SEVERITY_MEDIUM},
    {"time-synchronised", SEVERITY_MEDIUM},
    {"disk-space", SEVERITY_HIGH},
    {"backup-recent", SEVERITY_MEDIUM},
    {"alerts-delivered", SEVERITY_MEDIUM},
    {"check-daily", SEVERITY_MEDIUM},
    {"machine-unique", SEVERITY_HIGH},
    {"log-anchored", SEVERITY_MEDIUM},
    {"name-cache", SEVERITY_MEDIUM},
    {"policy-reviewed", SEVERITY_MEDIUM},
    {"files-trusted", SEVERITY_CRITICAL},
    {"services-recorded", SEVERITY_MEDIUM},
    {"account-phase", SEVERITY_HIGH},
    {"other-logins", SEVERITY_CRITICAL},
    {"sudo-settings", SEVERITY_HIGH},
    {"standing-privilege", SEVERITY_HIGH},
    {"shared-accounts", SEVERITY_MEDIUM},
    {"capabilities-whole", SEVERITY_HIGH},
    {"role-groups", SEVERITY_HIGH},
    {"updates-applied", SEVERITY_HIGH},
    {"host-current", SEVERITY_MEDIUM},
    {"scanner-current", SEVERITY_MEDIUM},
    {"host-attributes", SEVERITY_MEDIUM},
    {"downloads-warned", SEVERITY_MEDIUM},
    {"members-reviewed", SEVERITY_MEDIUM},
    {"nothing-dormant", SEVERITY_LOW},
    {"suspension-holds", SEVERITY_HIGH},
    {"administrators-apart", SEVERITY_MEDIUM},
    {"permits-needed", SEVERITY_LOW},
    {"roles-bounded", SEVERITY_HIGH},
    {"administrators-few", SEVERITY_LOW},
    {"superiors-named", SEVERITY_LOW},
    {"duties-apart", SEVERITY_HIGH},
    {"exceptions-kept", SEVERITY_MEDIUM},
    {"policy-by-two", SEVERITY_LOW},
    {"first-credentials", SEVERITY_LOW},
    {"people-verified", SEVERITY_MEDIUM},
    {"reports-heard", SEVERITY_MEDIUM},
    {"exports-guarded", SEVERITY_MEDIUM},
    {"rating-floor", SEVERITY_HIGH},
    {"input-refused", SEVERITY_CRITICAL},
    {"password-strength", SEVERITY_HIGH},
    {"password-reuse", SEVERITY_MEDIUM},
    {"idle-limits", SEVERITY_LOW},
    {"rating-shown", SEVERITY_LOW},
    {"officers-named", SEVERITY_LOW},
    {"auditors-named", SEVERITY_LOW},
    {"records-reviewed", SEVERITY_MEDIUM},
    {"findings-followed", SEVERITY_MEDIUM},
    {"retention-runs", SEVERITY_MEDIUM},
    {"copies-gone", SEVERITY_MEDIUM},
    {"policy-printed", SEVERITY_LOW},
    {"evidence-signed", SEVERITY_HIGH},
    {"staff-agrees", SEVERITY_MEDIUM},
    {"contingency-ready", SEVERITY_LOW},
    {"profile-followed", SEVERITY_MEDIUM},
    {"training-current", SEVERITY_MEDIUM},
    {"plan-kept", SEVERITY_MEDIUM},
    {"controls-covered", SEVERITY_MEDIUM},
};
const size_t check_test_count = sizeof(check_tests) / sizeof(check_tests[0]);

static enum check_severity
check_severity(const char *name)
{
	for (size_t i = 0; i < check_test_count; i++) {
		if (strcmp(check_tests[i].name, name) == 0)
			return check_tests[i].severity;
	}
	abort(); /* a finding that nobody can look up */
}

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
	f->severity = state == CHECK_ADVICE ? SEVERITY_LOW : check_severity(name);
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
check_advise(
    struct check *c, const char *name, const char *why, const char *next, const char *fmt, ...)
{
	va_list list;

	va_start(list, fmt);
	check_add(c, name, CHECK_ADVICE, why, next, fmt, list);
	va_end(list);
}

void
check_left_out(
    struct check *c, const char *name, const char *why, const char *next, const char *fmt, ...)
{
	va_list list;

	va_start(list, fmt);
	check_add(c, name, CHECK_ADVICE, why, next, fmt, list);
	va_end(list);
	c->item[c->count - 1].left_out = true;
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

void
check_add_name(char *list, size_t size, const char *name)
{
	size_t used = strlen(list);

	if (used + strlen(name) + sizeof(", …") + 2 < size)
		snprintf(list + used, size - used, "%s%s", used == 0 ? "" : ", ", name);
	else if (strstr(list, "…") == NULL)
		snprintf(list + used, size - used, ", …");
}

static void
check_print_line(const char *label, const char *text)
{
	char clean[4096];

	if (text == NULL)
		return;
	text_clean(clean, sizeof(clean), text);
	fprintf(stdout, "%*s%s ", CHECK_INDENT, "", label);
	table_fold(stdout, clean, CHECK_INDENT + table_width(label) + 1, CHECK_WIDTH);
}

static void
check_print_finding(const struct finding *f)
{
	const char *const shown[] = {_("ok"), _("FAILED"), "?", _("advice")};
	const char *const weight[] = {_("low"), _("medium"), _("high"), _("critical")};
	const char *const colour[] = {"\033[32m", "\033[31m", "\033[33m", "\033[36m"};
	bool colours = isatty(STDOUT_FILENO);
	char line[sizeof(f->what) + 64], clean[2 * sizeof(line)];

	if (f->state == CHECK_FAILED)
		snprintf(line, sizeof(line), "%s (%s): %s", f->name, weight[f->severity], f->what);
	else
		snprintf(line, sizeof(line), "%s: %s", f->name, f->what);
	text_clean(clean, sizeof(clean), line);
	fputs(colours ? colour[f->state] : "", stdout);
	table_print_padded(stdout, shown[f->state], CHECK_INDENT);
	fputs(colours ? "\033[0m" : "", stdout);
	table_fold(stdout, clean, CHECK_INDENT, CHECK_WIDTH);
	check_print_line(_("Why:"), f->why);
	check_print_line(_("Do:"), f->next);
}

/* Who follows a profile wants each of them; to others they are one: that there is such a thing. */
static bool
check_has_profile(const struct check *c)
{
	for (size_t i = 0; i < c->count; i++) {
		if (strcmp(c->item[i].name, "profile-followed") == 0)
			return !c->item[i].left_out;
	}
	return true;
}

static void
check_print(const struct check *c, const size_t count[CHECK_STATES], bool full)
{
	struct finding all = {.name = "profile-followed",
	    .state = CHECK_ADVICE,
	    .why = _("Whether this host needs them, who answers for it has to say once."),
	    .next = _("Look through them: sekisho check --full. Or take a standard over as a whole: "
		      "sekisho setup --profile contractor, basic or strengthened")};
	bool apart = full || check_has_profile(c);
	char names[400] = "";
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++) {
		const struct finding *f = &c->item[i];

		if (f->left_out && !apart) {
			n++;
			if (strcmp(f->name, all.name) != 0)
				check_add_name(names, sizeof(names), f->name);
		} else if (full || f->state != CHECK_OK) {
			check_print_finding(f);
		}
	}
	if (n > 0) {
		snprintf(all.what, sizeof(all.what),
		    _("the policy leaves out what standards ask for: %s"), names);
		check_print_finding(&all);
	}
	if (full || n > 0 || count[CHECK_OK] != c->count)
		fputc('\n', stdout);
	fprintf(stdout, _("%zu findings: %zu failed, %zu could not be tested, %zu advise."),
	    c->count, count[CHECK_FAILED], count[CHECK_UNKNOWN], count[CHECK_ADVICE]);
	fputc('\n', stdout);
	if (!full && count[CHECK_OK] > 0)
		fprintf(stdout, _("In order: %zu. sekisho check --full shows them.\n"),
		    count[CHECK_OK]);
}

json_t *
check_json(const struct check *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->count; i++) {
		const struct finding *f = &c->item[i];
		json_t *item = json_pack("{s:s,s:s,s:s,s:s}", "check", f->name, "state",
		    check_state_words[f->state], "severity", check_severity_words[f->severity],
		    "what", f->what);

		if (f->why != NULL)
			json_object_set_new(item, "why", json_string(f->why));
		if (f->next != NULL)
			json_object_set_new(item, "next", json_string(f->next));
		json_array_append_new(list, item);
	}
	return list;
}

void
check_run(struct check *c)
{
	check_daemon(c);
	check_fetch(c);
	check_policy_files(c);
	check_files(c);
	check_accounts(c);
	check_passwords(c);
	check_keys(c);
	check_pam(c);
	check_sshd(c);
	check_survey(c);
	check_trusted(c);
	check_coverage(c);
	check_sudo(c);
	check_privilege(c);
	check_host(c);
	check_updates(c);
	check_downloads(c);
	check_members(c);
	check_trial(c);
	check_force(c);
	check_audit(c);
	check_suspended(c);
	check_evidence(c);
	check_profile(c);
	check_duties(c);
	check_catalogue(c);
}

void
check_clear(struct check *c)
{
	policy_free(c->policy);
	policy_free(c->in_force);
	json_decref(c->trial);
	json_decref(c->status);
	json_decref(c->unrecorded);
	free(c->item);
	*c = (struct check){0};
}

static void
check_show(const struct check *c, const struct args *args, const size_t count[CHECK_STATES])
{
	json_t *list;

	if (!args_has(args, OPT_JSON)) {
		check_print(c, count, args_has(args, OPT_FULL));
		return;
	}
	list = check_json(c);
	show_json(list);
	json_decref(list);
}

int
run_check(const struct args *args)
{
	struct check c = {.root = geteuid() == 0};
	size_t count[CHECK_STATES] = {0};
	int r = STATUS_DONE;

	if (args_has(args, OPT_CHANGES))
		return check_changes(args);
	if (args_has(args, OPT_SIGN_OFF))
		return check_sign_off(args);
	check_run(&c);
	if (args_has(args, OPT_PROBE))
		probe_check(&c);
	for (size_t i = 0; i < c.count; i++)
		count[c.item[i].state]++;
	check_show(&c, args, count);
	if (args_has(args, OPT_RECORD))
		r = check_record(&c, args);
	check_clear(&c);
	if (r != STATUS_DONE)
		return r;
	if (count[CHECK_FAILED] != 0)
		return STATUS_REFUSED;
	return count[CHECK_UNKNOWN] != 0 ? STATUS_INCOMPLETE : STATUS_DONE;
}
