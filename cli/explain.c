/* sekisho explain */
#include "explain.h"
#include "call.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "log_filter.h"
#include "policy/services.h"
#include "refusal.h"
#include "show.h"
#include "table.h"
#include "words.h"
#include <string.h>
#include <unistd.h>

/* The daemon is asked about a login that gave its first factor and can give no code: what is
 * refused only for want of one is allowed to whoever has one. */
static bool
explain_wants_code(const json_t *answer)
{
	static const char *const reasons[] = {
	    "mfa-required", "mfa-stale", "key-only", "no-code"};
	const char *reason = show_text(answer, "reason");

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcmp(reason, reasons[i]) == 0)
			return show_count(answer, "devices") != 0;
	}
	return false;
}

static const char *
explain_verdict(const json_t *answer)
{
	if (strcmp(show_text(answer, "verdict"), "allow") != 0)
		return explain_wants_code(answer) ? _("allowed with a code, refused without")
						  : _("REFUSED");
	if (strcmp(show_text(answer, "reason"), "grace") == 0)
		return _("allowed without a code for a time");
	if (json_is_true(json_object_get(answer, "observed")))
		return _("would be refused; let in because it is only observed");
	if (strcmp(show_text(answer, "need"), "code") == 0)
		return _("allowed with a code");
	return _("allowed; no code is asked for");
}

/* In the user's language, with the word that "sekisho log --reason" takes behind it. */
static const char *
explain_reason(const json_t *answer, char *out, size_t size)
{
	const char *word = show_text(answer, "reason");
	const char *shown = words_shown(word);

	snprintf(out, size, strcmp(word, shown) == 0 ? "%s" : "%s (%s)", shown, word);
	return out;
}

static void
explain_add_attributes(const json_t *rule, char *out, size_t size)
{
	const json_t *name;
	size_t i;

	json_array_foreach(json_object_get(rule, "attributes"), i, name)
	{
		size_t used = strlen(out);

		snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "",
		    json_string_value(name));
	}
}

static void
explain_print_rules(const json_t *rules)
{
	const json_t *rule;
	struct table t;
	size_t i;

	if (json_array_size(rules) == 0) {
		fputs(_("\nThe policy has no rules: the service's class decides.\n"), stdout);
		return;
	}
	fputc('\n', stdout);
	table_init(&t, 4, _("RULE"), _("MATCHES"), _("DEMANDS"), _("WHERE"));
	json_array_foreach(rules, i, rule)
	{
		bool refuse = json_is_true(json_object_get(rule, "refuse"));
		bool mfa = json_is_true(json_object_get(rule, "require_mfa"));
		char where[320], demands[256] = "";

		if (refuse)
			snprintf(demands, sizeof(demands), "%s", _("refuse"));
		else if (mfa && show_number(rule, "within") != 0)
			snprintf(demands, sizeof(demands), _("second factor within %lld min"),
			    (long long)(show_number(rule, "within") / 60000));
		else if (mfa)
			snprintf(demands, sizeof(demands), "%s", _("second factor"));
		snprintf(where, sizeof(where), "%s:%lld", show_text(rule, "file"),
		    (long long)show_number(rule, "line"));
		table_add(&t, show_text(rule, "name"));
		table_add(
		    &t, json_is_true(json_object_get(rule, "matches")) ? _("yes") : _("no"));
		explain_add_attributes(rule, demands, sizeof(demands));
		table_add(&t, demands);
		table_add(&t, where);
	}
	table_print(&t, stdout);
	table_clear(&t);
}

/* Who has a key never types a password: another case of the same login. */
static void
explain_print_key(const json_t *answer)
{
	const char *verdict = show_text(answer, "key_verdict");
	char line[160];

	if (verdict[0] == '\0')
		return;
	snprintf(line, sizeof(line),
	    strcmp(verdict, "allow") == 0 ? _("allowed (%s)") : _("refused (%s)"),
	    words_shown(show_text(answer, "key_reason")));
	table_print_pair(stdout, _("By SSH key alone:"), line);
}

void
explain_print_case(const json_t *answer)
{
	const char *source = show_text(answer, "source");
	char number[SHOW_TIME_SIZE];

	table_print_pair(
	    stdout, _("Account class:"), words_shown(show_text(answer, "account_class")));
	table_print_pair(stdout, _("Person:"), show_text(answer, "person"));
	table_print_pair(
	    stdout, _("Service class:"), words_shown(show_text(answer, "service_class")));
	table_print_pair(
	    stdout, _("Source:"), source[0] == '\0' ? _("here") : words_shown(source));
	table_print_pair(
	    stdout, _("Devices:"), show_digits(show_count(answer, "devices"), number));
	if (show_text(answer, "attribute")[0] != '\0')
		table_print_pair(stdout, _("Missing:"), show_text(answer, "attribute"));
	if (show_text(answer, "host")[0] != '\0') /* "?" is what is not known */
		table_print_pair(stdout, _("This host:"), show_text(answer, "host"));
	if (show_number(answer, "grace_until") != 0) {
		char day[SHOW_TIME_SIZE], line[160];

		snprintf(line, sizeof(line), _("without a device until the end of %s (UTC)"),
		    show_last_day(show_number(answer, "grace_until"), day));
		table_print_pair(stdout, _("Enrolment grace:"), line);
	}
	if (json_is_true(json_object_get(answer, "observing")))
		table_print_pair(stdout, _("Observed:"),
		    _("a refusal is recorded and lets in all the same"));
	if (json_is_true(json_object_get(answer, "floor")) &&
	    (json_is_true(json_object_get(answer, "observing")) ||
		show_number(answer, "grace_until") != 0))
		table_print_pair(stdout, _("Floor:"),
		    _("AUTH-6 applies and is not in force here for this time"));
	else if (json_is_true(json_object_get(answer, "floor")))
		table_print_pair(stdout, _("Floor:"),
		    _("remote administration, and every login over the network at "
		      "confidentiality 3, needs a second factor; no rule lowers this"));
	explain_print_rules(json_object_get(answer, "rules"));
}

static void
explain_print(const json_t *answer)
{
	char reason[160];

	table_print_pair(stdout, _("Decision:"), explain_verdict(answer));
	table_print_pair(stdout, _("Reason:"), explain_reason(answer, reason, sizeof(reason)));
	table_print_pair(stdout, _("Told then:"), show_text(answer, "text"));
	explain_print_key(answer);
	explain_print_case(answer);
}

static int
explain_set_time(struct call *call, const struct args *args)
{
	const char *at = args_value(args, OPT_AT);

	if (at == NULL || clock_parse(at, clock_now().wall_ms, &call->request.at_ms) == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr,
	    _("sekisho: --at takes a time with its offset, such as "
	      "2026-11-22T09:00:00+09:00, not \"%s\".\n"),
	    at);
	return STATUS_USAGE;
}

int
explain_set_case(struct call *call, const struct args *args)
{
	int r = explain_set_time(call, args);

	if (r == STATUS_DONE)
		r = log_filter_set_source(&call->request, args, OPT_FROM);
	return r == STATUS_DONE ? call_set_user(call, args_word(args, 0)) : r;
}

static int
explain_set(struct call *call, const struct args *args)
{
	struct command *q = &call->request;
	int r;

	if (!args_has(args, OPT_SERVICE)) {
		fputs(_("sekisho: --service says which login is meant, such as --service "
			"sshd; --role which role.\n"),
		    stderr);
		return STATUS_USAGE;
	}
	r = call_set_text(
	    q->service, sizeof(q->service), args_text(args, OPT_SERVICE), "--service");
	return r == STATUS_DONE ? explain_set_case(call, args) : r;
}

static bool
is_on_host(const char *service)
{
	static const char *const dirs[] = {"/etc/pam.d", "/usr/lib/pam.d"};
	char path[sizeof(((struct command *)0)->service) + 16];

	for (size_t i = 0; strchr(service, '/') == NULL && i < sizeof(dirs) / sizeof(dirs[0]);
	     i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dirs[i], service);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* "sshdd" is decided like any other name that nobody knows, which is not what was asked. */
static void
explain_note_service(const char *service)
{
	const char *nearest = services_nearest(service);

	if (services_class(service) != SERVICE_UNKNOWN || is_on_host(service))
		return;
	if (nearest != NULL)
		fprintf(stderr,
		    _("sekisho: there is no PAM service \"%s\" on this host. Do you mean "
		      "%s?\n"),
		    service, nearest);
	else
		fprintf(stderr,
		    _("sekisho: there is no PAM service \"%s\" on this host; /etc/pam.d has "
		      "those "
		      "that there are.\n"),
		    service);
}

int
run_explain(const struct args *args)
{
	struct call call;
	const char *word = args_word(args, 0);
	int r;

	if (args_has(args, OPT_ROLE))
		return run_explain_role(args);
	if (!args_has(args, OPT_SERVICE) && word != NULL && refusal_is_code(word))
		return run_explain_refusal(args);
	call_init(&call, VERB_EXPLAIN);
	r = explain_set(&call, args);
	if (r == STATUS_DONE)
		r = call_run_and_show(&call, args, explain_print);
	if (r == STATUS_DONE)
		explain_note_service(call.request.service);
	call_clear(&call);
	return r;
}
