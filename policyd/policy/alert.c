/* The built-in alert rules, and rules as they hold once all files are read. */
#include "policy/alert.h"

#include "audit/event.h"
#include "error.h"
#include "i18n.h"
#include "policy/problem.h"
#include "policy/value.h"
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS    (INT64_C(60) * 1000)
#define BIT(n)       ((uint8_t)(1u << (n)))
#define ADMIN        BIT(CLASS_ADMIN)
#define PEOPLE       (BIT(CLASS_ADMIN) | BIT(CLASS_PERSON))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *const alert_to_words[] = {"nobody", "journal", "syslog", "mail", "command", NULL};
const char *const alert_per_words[] = {"", "host", "account", "source", NULL};
const char *const alert_count_words[] = {"", "records", "accounts", "sources", NULL};
const char *const alert_when_words[] = {
    "", "always", "new-source", "new-device", "elsewhere", NULL};

const char *const alert_event_words[] = {
#define X(symbol, number, name, retention, sentence)                                           \
	(number) == ACTION_ALERT_RAISE || (number) == ACTION_ALERT_UNDELIVERED ? "" : (name),
    EVENT_CATALOGUE(X)
#undef X
	NULL};

/* clang-format off */
const struct alert_builtin alert_builtins[] = {
    {.name = "guessing-across-accounts",
	.what = N_("One source fails at the passwords or codes of several accounts."),
	.event = {"authentication.first-factor", "authentication.code"},
	.outcome_mask = BIT(OUTCOME_FAILURE),
	.reason = {"wrong-password", "wrong-code", "unknown-user"},
	.per = ALERT_PER_SOURCE, .count = ALERT_COUNT_USERS,
	.threshold = 4, .within_ms = 10 * MINUTE_MS},
    {.name = "administrator-new-source",
	.what = N_("An administrator logged in from a source that is new."),
	.event = {"access.account"}, .outcome_mask = BIT(OUTCOME_SUCCESS),
	.class_mask = ADMIN, .when = ALERT_WHEN_NEW_SOURCE, .per = ALERT_PER_USER},
    {.name = "administrator-new-device",
	.what = N_("An administrator used a device for the first time."),
	.event = {"authentication.code"}, .outcome_mask = BIT(OUTCOME_SUCCESS),
	.class_mask = ADMIN, .when = ALERT_WHEN_NEW_DEVICE, .per = ALERT_PER_USER},
    {.name = "two-devices",
	.what = N_("Somebody is logged in from two devices at once."),
	.event = {"device.two"}, .per = ALERT_PER_USER},
    {.name = "download",
	.what = N_("More was sent to a remote session, or to a person on one day, than the policy "
		   "lets pass."),
	.event = {"download.warn", "download.day-warn"}},
    {.name = "permit-not-reported",
	.what = N_("A permit is over, and how its use ended was not reported."),
	.event = {"permit.overdue"}},
    {.name = "break-glass",
	.what = N_("A break-glass code was tried or used at a console."),
	.event = {"authentication.break-glass"}},
    {.name = "gap-in-log",
	.what = N_("What happened in the meantime is not in the log, or not all of it."),
	.event = {"daemon.start", "daemon.rewound", "daemon.spool", "log.begin"},
	.reason = {"unclean", "killed", "rewound", "lost", "key-lost", "seal-lost", "restored",
	    "cloned", "damaged"}},
    {.name = "forged-report",
	.what = N_("A report about the time without the daemon was forged, cut or damaged."),
	.event = {"daemon.spool-refused"}},
    {.name = "clock-step",
	.what = N_("The clock of this host jumped."),
	.event = {"clock.step"}},
    {.name = "disk-nearly-full",
	.what = N_("Space for the log runs low. When it is used up, only administrators get in."),
	.event = {"daemon.disk"}, .outcome_mask = BIT(OUTCOME_FAILURE)},
    {.name = "two-sources-at-once",
	.what = N_("One account has sessions open from two sources at once."),
	.event = {"session.open"}, .outcome_mask = BIT(OUTCOME_SUCCESS),
	.class_mask = PEOPLE, .when = ALERT_WHEN_ELSEWHERE, .per = ALERT_PER_USER},
    {.name = "report",
	.what = N_("A user reports that something is wrong."),
	.event = {"user.report"}, .outcome_mask = BIT(OUTCOME_SUCCESS), .per = ALERT_PER_USER},
    {.name = "forwarding-behind",
	.what = N_("Records and signed heads do not reach where they are forwarded to."),
	.event = {"forward.behind"}},
    {.name = "backup-overdue",
	.what = N_("The last backup is older than it may be."),
	.event = {"backup.overdue"}},
    {.name = "key-overdue",
	.what = N_("A key is in use for longer than it may be, or is known to others."),
	.event = {"key.overdue", "key.exposed"}},
    {.name = "role-requested",
	.what = N_("Somebody asks for a role. `sekisho pending` shows what for."),
	.event = {"role.request"}, .outcome_mask = BIT(OUTCOME_SUCCESS), .per = ALERT_PER_USER},
    {.name = "approval-forbidden",
	.what = N_("Somebody tried to approve their own request, or not as themselves."),
	.event = {"role.answer", "log.redact", "log.export-request", "exception.answer",
	    "bypass.request", "bypass.answer", "break-glass.review", "policy.answer",
	    "contingency.answer", "use.answer"},
	.outcome_mask = BIT(OUTCOME_FAILURE), .reason = {"same-person", "not-identified", "crossed"},
	.per = ALERT_PER_USER},
    {.name = "exception-requested",
	.what = N_("Somebody asks for an exception, a bypass or a new policy. `sekisho pending` "
		   "shows what for."),
	.event = {"exception.request", "bypass.request", "policy.request", "contingency.request"},
	.outcome_mask = BIT(OUTCOME_SUCCESS)},
    {.name = "exception-unapproved",
	.what = N_("Something is weaker than its rules, and nobody has approved that. `sekisho "
		   "exception list` shows it."),
	.event = {"exception.start"}, .outcome_mask = BIT(OUTCOME_SUCCESS)},
    {.name = "contingency",
	.what = N_("A contingency policy went into force, or is over. `sekisho contingency list` "
		   "shows which."),
	.event = {"contingency.start", "contingency.end"}, .outcome_mask = BIT(OUTCOME_SUCCESS)},
    {.name = "exception-overdue",
	.what = N_("The end of an exception should have been reported by now."),
	.event = {"exception.overdue"}},
    {.name = "bypass",
	.what = N_("A bypass was issued for a person without their device."),
	.event = {"bypass.answer"}, .outcome_mask = BIT(OUTCOME_SUCCESS)},
    {.name = "bypass-used",
	.what = N_("Somebody got in with a bypass."),
	.event = {"authentication.code"}, .outcome_mask = BIT(OUTCOME_SUCCESS),
	.reason = {"bypass"}, .per = ALERT_PER_USER},
    {.name = "check-failed",
	.what = N_("A test of this host found something wrong. `sekisho check` says what to do."),
	.event = {"check.run"}, .outcome_mask = BIT(OUTCOME_FAILURE)},
    {.name = "change-taken-back",
	.what = N_("A change of logins was not confirmed and is taken back."),
	.event = {"change.taken-back", "change.conflict"}},
    {.name = "review-overdue",
	.what = N_("Records were not examined in time, or what was found was not put right."),
	.event = {"review.overdue", "finding.overdue"}},
    {.name = "role-review-overdue",
	.what = N_("The members of a role were not reviewed in time. `sekisho role list` shows it."),
	.event = {"role.review.overdue"}},
    {.name = "training-due",
	.what = N_("A training is due for somebody, or was not attended in time. `sekisho training "
		   "status` shows for whom."),
	.event = {"training.urge", "training.overdue"}},
    {.name = "plan-overdue",
	.what = N_("Something of the yearly plan was not done in time. `sekisho plan list` shows it."),
	.event = {"plan.overdue"}},
    {.name = "grave-finding",
	.what = N_("An auditor found something grave. `sekisho audit finding list` shows it."),
	.event = {"finding.open"}, .outcome_mask = BIT(OUTCOME_SUCCESS), .reason = {"grave"}},
    {.name = "system-change",
	.what = N_("Files that logins depend on were changed."),
	.event = {"system.change"}},
};
/* clang-format on */
const size_t alert_builtin_count = COUNT(alert_builtins);

const struct alert_builtin *
alert_builtin(const char *name)
{
	for (size_t i = 0; i < COUNT(alert_builtins); i++) {
		if (strcmp(alert_builtins[i].name, name) == 0)
			return &alert_builtins[i];
	}
	return NULL;
}

/* ---- built-in rules and the files' word about them --------------------------------------- */

static int
alert_copy_words(struct strings *list, const char *const *word, size_t max)
{
	int r = SKS_OK;

	for (size_t i = 0; i < max && word[i] != NULL && r == SKS_OK; i++)
		r = value_add_string(list, word[i]);
	return r;
}

/* Only what the files left unset. */
static int
alert_apply_builtin(struct alert_rule *rule, const struct alert_builtin *b)
{
	int r = SKS_OK;

	rule->what = b->what;
	if (rule->event.count == 0)
		r = alert_copy_words(&rule->event, b->event, COUNT(b->event));
	if (r == SKS_OK && rule->reason.count == 0)
		r = alert_copy_words(&rule->reason, b->reason, COUNT(b->reason));
	if (rule->outcome_mask == 0)
		rule->outcome_mask = b->outcome_mask;
	if (rule->class_mask == 0)
		rule->class_mask = b->class_mask;
	if (rule->when == ALERT_WHEN_UNSET)
		rule->when = b->when;
	if (rule->per == ALERT_PER_UNSET)
		rule->per = b->per;
	if (rule->count == ALERT_COUNT_UNSET)
		rule->count = b->count;
	if (rule->threshold == 0)
		rule->threshold = b->threshold;
	if (rule->within_ms == 0)
		rule->within_ms = b->within_ms;
	return r;
}

static int
alert_add_builtin(struct policy *p, const struct alert_builtin *b)
{
	struct alert_rule rule = {.name = strdup(b->name)};

	if (rule.name == NULL)
		return SKS_NOMEM;
	if (value_append(&p->alert, &p->alert_count, &rule, sizeof(rule)) != SKS_OK) {
		free(rule.name);
		return SKS_NOMEM;
	}
	return SKS_OK;
}

static bool
alert_is_named(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->alert_count; i++) {
		if (strcmp(p->alert[i].name, name) == 0)
			return true;
	}
	return false;
}

/* ---- what holds for all ------------------------------------------------------------------ */

static int
alert_copy_targets(struct alert_targets *to, const struct alert_targets *from)
{
	for (size_t i = 0; i < from->count; i++) {
		struct alert_target t = {.to = from->item[i].to};
		int r;

		if (from->item[i].where != NULL &&
		    (t.where = strdup(from->item[i].where)) == NULL)
			return SKS_NOMEM;
		r = value_append(&to->item, &to->count, &t, sizeof(t));
		if (r != SKS_OK) {
			free(t.where);
			return r;
		}
	}
	return SKS_OK;
}

/* Where no policy says whom to tell, whoever reads the journal is told. */
static int
alert_default_target(struct policy *p)
{
	const struct alert_target journal = {.to = ALERT_TO_JOURNAL};

	return p->alert_to.count > 0
		   ? SKS_OK
		   : value_append(&p->alert_to.item, &p->alert_to.count, &journal, sizeof(journal));
}

static int
alert_set_defaults(const struct policy *p, struct alert_rule *rule)
{
	if (rule->when == ALERT_WHEN_UNSET)
		rule->when = ALERT_WHEN_ALWAYS;
	if (rule->per == ALERT_PER_UNSET)
		rule->per = ALERT_PER_HOST;
	if (rule->count == ALERT_COUNT_UNSET)
		rule->count = ALERT_COUNT_RECORDS;
	if (rule->threshold == 0)
		rule->threshold = 1;
	if (rule->within_ms == 0)
		rule->within_ms = 10 * MINUTE_MS;
	if (rule->at_most == 0) {
		rule->at_most = 5;
		rule->at_most_ms = 60 * MINUTE_MS;
	}
	return rule->to.count == 0 ? alert_copy_targets(&rule->to, &p->alert_to) : SKS_OK;
}

static void
alert_check_rule(const struct alert_rule *rule, const struct alert_builtin *b,
    struct policy_problems *problems)
{
	const char *file = rule->file != NULL ? rule->file : "";

	if (strlen(rule->name) > ALERT_NAME_MAX)
		problem_add(problems, file, rule->line,
		    _("[alert %.60s]: its name is longer than %d bytes"), rule->name,
		    (int)ALERT_NAME_MAX);
	if (b != NULL && rule->event.count > 0)
		problem_add(problems, file, rule->line,
		    _("[alert %s] event: this rule is built in and keeps what it is about; "
		      "give "
		      "yours another name"),
		    rule->name);
	if (b == NULL && rule->event.count == 0)
		problem_add(problems, file, rule->line,
		    _("[alert %s] event: expected the name of an event, else the rule does "
		      "nothing"),
		    rule->name);
	if ((rule->per == ALERT_PER_USER && rule->count == ALERT_COUNT_USERS) ||
	    (rule->per == ALERT_PER_SOURCE && rule->count == ALERT_COUNT_SOURCES))
		problem_add(problems, file, rule->line,
		    _("[alert %s] per, count: of each there is only one of that, so it never "
		      "counts further than 1"),
		    rule->name);
}

static int
alert_compare(const void *a, const void *b)
{
	return strcmp(
	    ((const struct alert_rule *)a)->name, ((const struct alert_rule *)b)->name);
}

int
alert_complete(struct policy *p, struct policy_problems *problems)
{
	size_t given = p->alert_count;
	int r = alert_default_target(p);

	if (given > ALERT_RULES_MAX - alert_builtin_count)
		problem_add(problems, p->alert[given - 1].file, p->alert[given - 1].line,
		    _("[alert]: there are more than %d rules"),
		    (int)(ALERT_RULES_MAX - alert_builtin_count));
	for (size_t i = 0; i < given; i++)
		alert_check_rule(&p->alert[i], alert_builtin(p->alert[i].name), problems);
	for (size_t i = 0; i < alert_builtin_count && r == SKS_OK; i++) {
		if (!alert_is_named(p, alert_builtins[i].name))
			r = alert_add_builtin(p, &alert_builtins[i]);
	}
	for (size_t i = 0; i < p->alert_count && r == SKS_OK; i++) {
		const struct alert_builtin *b = alert_builtin(p->alert[i].name);

		if (b != NULL)
			r = alert_apply_builtin(&p->alert[i], b);
		if (r == SKS_OK)
			r = alert_set_defaults(p, &p->alert[i]);
	}
	if (p->alert_count > 0)
		qsort(p->alert, p->alert_count, sizeof(p->alert[0]), alert_compare);
	return r;
}

void
alert_print_targets(const struct alert_targets *to, struct buf *out)
{
	for (size_t i = 0; i < to->count; i++)
		buf_printf(out, "%s%s%s%s", i > 0 ? ", " : "", alert_to_words[to->item[i].to],
		    to->item[i].where != NULL ? " " : "",
		    to->item[i].where != NULL ? to->item[i].where : "");
}

/* ---- giving back ------------------------------------------------------------------------- */

static void
alert_free_targets(struct alert_targets *to)
{
	for (size_t i = 0; i < to->count; i++)
		free(to->item[i].where);
	free(to->item);
}

void
alert_free(struct policy *p)
{
	for (size_t i = 0; i < p->alert_count; i++) {
		struct alert_rule *rule = &p->alert[i];

		free(rule->name);
		strings_free(&rule->event);
		strings_free(&rule->reason);
		strings_free(&rule->account);
		free(rule->from.net);
		alert_free_targets(&rule->to);
		free(rule->text);
		free(rule->file);
	}
	free(p->alert);
	alert_free_targets(&p->alert_to);
}
