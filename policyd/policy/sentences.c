/*
 * The policy as sentences for those who have to follow it (PROVE-6). Each sentence is whole
 * and translated whole; lists and names are put in, never parts of speech.
 */
#include "policy/policy.h"

#include "audit/event.h"
#include "clock.h"
#include "i18n.h"
#include "policy/alert.h"
#include "policy/source.h"
#include "policy/value.h"
#include <stdio.h>
#include <string.h>

enum {
	SENTENCE_LIST_MAX = POLICY_BUNDLE_MAX * 2,
	SENTENCE_DURATION = 64,
	SENTENCE_DATE = sizeof("2026-11-22"),
	SENTENCE_SECOND_MS = 1000,
	SENTENCE_MINUTE_MS = 60 * SENTENCE_SECOND_MS,
	SENTENCE_HOUR_MS = 60 * SENTENCE_MINUTE_MS,
	SENTENCE_DAY_MS = 24 * SENTENCE_HOUR_MS,
};

/* ---- words inside sentences ------------------------------------------------------------- */

static void
sentence_add(struct buf *list, const char *word)
{
	buf_printf(list, "%s%s", list->len == 0 ? "" : _(", "), word);
}

/* The list as a string, until it changes; "…" where it is longer than we print. */
static const char *
sentence_text(struct buf *list)
{
	buf_put_u8(list, '\0');
	return buf_error(list) == 0 ? (const char *)list->data : "…";
}

static const char *
sentence_strings(struct buf *list, const struct strings *words)
{
	buf_reset(list);
	for (size_t i = 0; i < words->count; i++)
		sentence_add(list, words->item[i]);
	return sentence_text(list);
}

static const char *
sentence_account_class(unsigned int class)
{
	switch (class) {
	case CLASS_PERSON:
		return _("account of a person");
	case CLASS_ADMIN:
		return _("administrator account");
	case CLASS_SHARED:
		return _("shared account");
	default:
		return _("service account");
	}
}

static const char *
sentence_service_class(unsigned int class)
{
	switch (class) {
	case SERVICE_REMOTE:
		return _("remote access");
	case SERVICE_CONSOLE:
		return _("console");
	case SERVICE_ELEVATION:
		return _("change to another account's rights");
	case SERVICE_REAUTHENTICATION:
		return _("renewed authentication");
	case SERVICE_SCHEDULED:
		return _("scheduled work");
	case SERVICE_NON_INTERACTIVE:
		return _("non-interactive use");
	default:
		return _("unknown service");
	}
}

static const char *
sentence_retention(unsigned int class)
{
	return class < RETAIN_COUNT ? retention_words[class] : "?";
}

static const char *
sentence_mask(struct buf *list, uint8_t mask, const char *(*word)(unsigned int))
{
	buf_reset(list);
	for (unsigned int i = 0; i < 8; i++) {
		if ((mask >> i & 1) != 0)
			sentence_add(list, word(i));
	}
	return sentence_text(list);
}

static const char *
sentence_sources(struct buf *list, const struct sources *from)
{
	char net[NETWORK_TEXT_SIZE];

	buf_reset(list);
	if (from->local)
		sentence_add(list, _("this host itself"));
	if (from->remote)
		sentence_add(list, _("any other host"));
	for (size_t i = 0; i < from->count; i++)
		sentence_add(list, network_print(&from->net[i], net));
	return sentence_text(list);
}

static const char *
sentence_weekday(unsigned int day)
{
	switch (day) {
	case 0:
		return _("Sunday");
	case 1:
		return _("Monday");
	case 2:
		return _("Tuesday");
	case 3:
		return _("Wednesday");
	case 4:
		return _("Thursday");
	case 5:
		return _("Friday");
	default:
		return _("Saturday");
	}
}

/* In the largest unit that leaves no rest. */
static const char *
sentence_duration(int64_t ms, char out[SENTENCE_DURATION])
{
	unsigned long days = (unsigned long)(ms / SENTENCE_DAY_MS);
	unsigned long hours = (unsigned long)(ms / SENTENCE_HOUR_MS);
	unsigned long minutes = (unsigned long)(ms / SENTENCE_MINUTE_MS);
	unsigned long seconds = (unsigned long)(ms / SENTENCE_SECOND_MS);

	if (ms % SENTENCE_SECOND_MS != 0)
		snprintf(out, SENTENCE_DURATION, _("%lu milliseconds"), (unsigned long)ms);
	else if (ms == 0 || ms % SENTENCE_MINUTE_MS != 0)
		snprintf(out, SENTENCE_DURATION,
		    dngettext("sekisho", "%lu second", "%lu seconds", seconds), seconds);
	else if (ms % SENTENCE_HOUR_MS != 0)
		snprintf(out, SENTENCE_DURATION,
		    dngettext("sekisho", "%lu minute", "%lu minutes", minutes), minutes);
	else if (ms % SENTENCE_DAY_MS != 0)
		snprintf(out, SENTENCE_DURATION,
		    dngettext("sekisho", "%lu hour", "%lu hours", hours), hours);
	else
		snprintf(out, SENTENCE_DURATION,
		    dngettext("sekisho", "%lu day", "%lu days", days), days);
	return out;
}

/* The last day of a period whose end is kept. */
static const char *
sentence_date(int64_t end_ms, char out[SENTENCE_DATE])
{
	char stamp[sizeof("2026-11-22T05:03:11.042Z")];

	clock_rfc3339(end_ms - 1, stamp, sizeof(stamp));
	snprintf(out, SENTENCE_DATE, "%.10s", stamp);
	return out;
}

/* "Monday to Friday 08:00-18:00", one entry a span */
static const char *
sentence_hours(struct buf *list, const struct rule *r)
{
	buf_reset(list);
	for (size_t i = 0; i < r->time_count; i++) {
		const struct hours *h = &r->time[i];

		for (unsigned int day = 0; day < 7; day++) {
			if ((h->weekdays >> day & 1) != 0)
				sentence_add(list, sentence_weekday(day));
		}
		buf_printf(list, " %02u:%02u-%02u:%02u", h->from_minute / 60u,
		    h->from_minute % 60u, h->to_minute / 60u, h->to_minute % 60u);
	}
	return sentence_text(list);
}

/* ---- the sections ----------------------------------------------------------------------- */

static void
sentences_host(const struct policy *p, struct buf *list, struct buf *out)
{
	char date[SENTENCE_DATE];

	if (p->rating != NULL)
		buf_printf(out, _("This host is rated %s.\n"), p->rating);
	if (p->limits != NULL)
		buf_printf(out, _("For what is handled here holds: %s\n"), p->limits);
	if (p->owner != NULL)
		buf_printf(out, _("The owner of these rules is %s.\n"), p->owner);
	if (p->review_wall_ms != 0)
		buf_printf(out, _("These rules are reviewed by %s at the latest.\n"),
		    sentence_date(p->review_wall_ms, date));
	if (p->observe)
		buf_printf(out, "%s",
		    _("Sekisho only observes here: it decides and records, and refuses "
		      "nobody.\n"));
	else
		buf_printf(out, "%s",
		    _("Who administers this host from another one always needs a second "
		      "factor; no rule can switch that off.\n"));
	if (p->administrators.count > 0)
		buf_printf(out,
		    _("When the disk is full, these accounts still get in, besides the "
		      "administrator accounts: %s.\n"),
		    sentence_strings(list, &p->administrators));
}

static void
sentences_lockout(const struct policy *p, struct buf *out)
{
	char first[SENTENCE_DURATION], second[SENTENCE_DURATION];

	if (p->deny == 0)
		buf_printf(out, "%s",
		    _("No account is locked, however many attempts to log in fail.\n"));
	else
		buf_printf(out,
		    dngettext("sekisho",
			"After %lu failed attempt within %s an account is locked for that way "
			"in, until %s have passed.\n",
			"After %lu failed attempts within %s an account is locked for that "
			"way in, until %s have passed.\n",
			p->deny),
		    (unsigned long)p->deny, sentence_duration(p->fail_interval_ms, first),
		    sentence_duration(p->unlock_time_ms, second));
	buf_printf(out,
	    dngettext("sekisho",
		"One source may fail %lu time in %s, whichever accounts it tries.\n",
		"One source may fail %lu times in %s, whichever accounts it tries.\n",
		p->source_deny),
	    (unsigned long)p->source_deny, sentence_duration(p->unlock_time_ms, first));
	buf_printf(out, _("A failed attempt is answered after %s.\n"),
	    sentence_duration(p->fail_delay_ms, first));
	buf_printf(out,
	    _("An attempt waits at most %s for others that are still being checked.\n"),
	    sentence_duration(p->wait_ms, first));
}

static void
sentences_enrolment(const struct policy *p, struct buf *out)
{
	char date[SENTENCE_DATE];

	if (!p->enrol_open)
		buf_printf(
		    out, "%s", _("A person's first device is enrolled by an administrator.\n"));
	else if (p->enrol_until_wall_ms == 0)
		buf_printf(out, "%s",
		    _("Who has no device yet may enrol the first one with the password "
		      "alone.\n"));
	else
		buf_printf(out,
		    _("Who has no device yet may enrol the first one with the password alone, "
		      "until the end of %s (UTC).\n"),
		    sentence_date(p->enrol_until_wall_ms, date));
}

static void
sentences_factor(const struct policy *p, struct buf *list, struct buf *out)
{
	buf_printf(out,
	    dngettext("sekisho", "A one-time code may be %lu step early or late.\n",
		"A one-time code may be %lu steps early or late.\n", p->window_steps),
	    (unsigned long)p->window_steps);
	buf_printf(out,
	    dngettext("sekisho", "That a device's clock is wrong is learnt up to %lu step.\n",
		"That a device's clock is wrong is learnt up to %lu steps.\n",
		p->drift_max_steps),
	    (unsigned long)p->drift_max_steps);
	if (p->tokens.count > 0)
		buf_printf(out, _("These tokens count as the second factor: %s.\n"),
		    sentence_strings(list, &p->tokens));
	sentences_enrolment(p, out);
	buf_printf(out,
	    _("Before enrolment, this text (version %s) is shown and has to be accepted:\n"),
	    p->purpose_version);
	/* in the language of these sentences, not the host's */
	buf_printf(out, "  \"%s\"\n",
	    strcmp(_("en"), "ja") == 0 ? p->purpose_text_ja : p->purpose_text);
}

static void
sentences_keys(const struct policy *p, struct buf *out)
{
	char first[SENTENCE_DURATION], second[SENTENCE_DURATION];

	buf_printf(out,
	    _("The key that seals secrets is to be replaced after %s, the key that signs the "
	      "log after %s.\n"),
	    sentence_duration(p->sealing_lifetime_ms, first),
	    sentence_duration(p->log_lifetime_ms, second));
}

static void
sentences_export(const struct policy *p, struct buf *list, struct buf *out)
{
	if (p->export_encrypt_from != NULL)
		buf_printf(out, _("From a rating of %s on, records leave the host encrypted.\n"),
		    p->export_encrypt_from);
	if (p->export_notice_from != NULL)
		buf_printf(out,
		    _("From a rating of %s on, the officers are told when records leave the "
		      "host.\n"),
		    p->export_notice_from);
	if (p->export_approve_from != NULL)
		buf_printf(out,
		    _("From a rating of %s on, another person approves before records leave the "
		      "host.\n"),
		    p->export_approve_from);
	if (p->export_approvers.count > 0)
		buf_printf(out, _("That records leave the host is approved by one of: %s.\n"),
		    sentence_strings(list, &p->export_approvers));
}

static void
sentences_backup(const struct policy *p, struct buf *out)
{
	char every[SENTENCE_DURATION];

	if (p->backup_every_ms == 0) {
		buf_printf(out, "%s", _("No backup is made by itself.\n"));
		return;
	}
	buf_printf(out, _("A backup is made every %s, encrypted, in %s.\n"),
	    sentence_duration(p->backup_every_ms, every), p->backup_to);
	if (p->backup_keep == 0)
		buf_printf(out, "%s", _("All backups are kept.\n"));
	else
		buf_printf(out,
		    dngettext("sekisho", "The newest %lu backup is kept.\n",
			"The newest %lu backups are kept.\n", p->backup_keep),
		    (unsigned long)p->backup_keep);
}

static void
sentences_accounts(const struct policy *p, struct buf *list, struct buf *out)
{
	for (size_t i = 0; i < p->account_count; i++) {
		const struct account *a = &p->account[i];

		switch (a->class) {
		case CLASS_PERSON:
			buf_printf(out, _("%s is the account of %s.\n"), a->name, a->person);
			break;
		case CLASS_ADMIN:
			buf_printf(out, _("%s is the administrator account of %s.\n"), a->name,
			    a->person);
			break;
		case CLASS_SHARED:
			buf_printf(out,
			    _("%s is a shared account; it is used from one's own account and "
			      "never logged in to directly.\n"),
			    a->name);
			break;
		default:
			buf_printf(out, _("%s is the account of a service, not of a person.\n"),
			    a->name);
		}
		if (a->from.local || a->from.remote || a->from.count > 0)
			buf_printf(out, _("%s works only from: %s.\n"), a->name,
			    sentence_sources(list, &a->from));
	}
}

static void
sentences_services(const struct policy *p, struct buf *out)
{
	for (size_t i = 0; i < p->service_count; i++) {
		const struct service *s = &p->service[i];

		buf_printf(out, _("The service %s counts as: %s.\n"), s->name,
		    sentence_service_class(s->class));
		if (s->appended_code)
			buf_printf(out,
			    _("In the service %s the code may follow the password in one "
			      "answer.\n"),
			    s->name);
		if (s->observe)
			buf_printf(out,
			    _("In the service %s Sekisho only observes: it decides and "
			      "records, and refuses nobody.\n"),
			    s->name);
	}
}

static void
sentences_changes(const struct policy *p, struct buf *list, struct buf *out)
{
	char every[SENTENCE_DURATION];

	if (!p->changes_detect) {
		buf_printf(out, "%s", _("Changes to the system are not looked for.\n"));
		return;
	}
	buf_printf(out, _("Changes to the system are looked for every %s.\n"),
	    sentence_duration(p->changes_every_ms, every));
	if (p->changes_watch.count > 0)
		buf_printf(out, _("Besides, these files are watched: %s.\n"),
		    sentence_strings(list, &p->changes_watch));
	if (p->changes_ignore.count > 0)
		buf_printf(out, _("Changes to these files are not recorded: %s.\n"),
		    sentence_strings(list, &p->changes_ignore));
}

static void
sentences_forward(const struct policy *p, struct buf *list, struct buf *out)
{
	if (p->forward_journal == FORWARD_YES)
		buf_printf(out, "%s", _("Records are forwarded to the journal.\n"));
	if (p->forward_syslog.count > 0)
		buf_printf(out, _("Records are forwarded by syslog to: %s.\n"),
		    sentence_strings(list, &p->forward_syslog));
	if (p->forward_classes != 0)
		buf_printf(out, _("Only records of these classes are forwarded: %s.\n"),
		    sentence_mask(list, p->forward_classes, sentence_retention));
}

/* ---- rules ------------------------------------------------------------------------------ */

static bool
sentence_is_limited(const struct rule *r)
{
	return r->account.count > 0 || r->group.count > 0 || r->service.count > 0 ||
	       r->class_mask != 0 || r->service_class_mask != 0 || r->from.local ||
	       r->from.remote || r->from.count > 0 || r->time_count > 0;
}

static void
sentences_conditions(const struct rule *r, struct buf *list, struct buf *out)
{
	if (r->account.count > 0)
		buf_printf(out, _("  - The account is one of: %s.\n"),
		    sentence_strings(list, &r->account));
	if (r->class_mask != 0)
		buf_printf(out, _("  - The kind of account is one of: %s.\n"),
		    sentence_mask(list, r->class_mask, sentence_account_class));
	if (r->group.count > 0)
		buf_printf(out, _("  - The account is in one of the groups: %s.\n"),
		    sentence_strings(list, &r->group));
	if (r->service.count > 0)
		buf_printf(out, _("  - The service is one of: %s.\n"),
		    sentence_strings(list, &r->service));
	if (r->service_class_mask != 0)
		buf_printf(out, _("  - The kind of service is one of: %s.\n"),
		    sentence_mask(list, r->service_class_mask, sentence_service_class));
	if (r->from.local || r->from.remote || r->from.count > 0)
		buf_printf(out, _("  - The request comes from one of: %s.\n"),
		    sentence_sources(list, &r->from));
	if (r->time_count > 0)
		buf_printf(
		    out, _("  - The local time is one of: %s.\n"), sentence_hours(list, r));
}

static void
sentences_rule(const struct rule *r, struct buf *list, struct buf *out)
{
	char within[SENTENCE_DURATION];

	if (r->refuse)
		buf_printf(out, _("Rule \"%s\" refuses.\n"), r->name);
	else if (r->mfa_within_ms == 0)
		buf_printf(out,
		    _("Rule \"%s\" requires a second factor in the login session.\n"), r->name);
	else
		buf_printf(out,
		    _("Rule \"%s\" requires a second factor that was given not longer ago "
		      "than %s.\n"),
		    r->name, sentence_duration(r->mfa_within_ms, within));
	if (sentence_is_limited(r)) {
		buf_printf(out, "%s", _("  It applies when all of this is true:\n"));
		sentences_conditions(r, list, out);
	} else {
		buf_printf(out, "%s", _("  It applies always.\n"));
	}
	if (r->control.count > 0)
		buf_printf(out, _("  It serves these controls: %s.\n"),
		    sentence_strings(list, &r->control));
}

static void
sentences_rules(const struct policy *p, struct buf *list, struct buf *out)
{
	for (size_t i = 0; i < p->rule_count; i++)
		sentences_rule(&p->rule[i], list, out);
	if (p->rule_count == 0)
		buf_printf(out, "%s", _("There are no further rules.\n"));
	else
		buf_printf(out, "%s",
		    _("Where several rules apply, a refusal wins, requirements add up, and "
		      "the order of the rules means nothing.\n"));
}

static void
sentences_people(const struct policy *p, struct buf *out)
{
	for (size_t i = 0; i < p->person_count; i++) {
		const struct person *person = &p->person[i];

		if (person->unit != NULL)
			buf_printf(out, _("%s belongs to %s.\n"), person->name, person->unit);
		if (person->contact != NULL)
			buf_printf(
			    out, _("%s is reached at %s.\n"), person->name, person->contact);
	}
	for (size_t i = 0; i < p->officer_count; i++) {
		const struct officer *o = &p->officer[i];

		buf_printf(out, _("%s is %s.\n"), o->name,
		    o->role == NULL ? _("an officer in charge") : o->role);
		if (o->unit != NULL)
			buf_printf(out, _("%s belongs to %s.\n"), o->name, o->unit);
		if (o->contact != NULL)
			buf_printf(out, _("%s is reached at %s.\n"), o->name, o->contact);
	}
}

static void
sentences_retention(const struct policy *p, struct buf *list, struct buf *out)
{
	char time[SENTENCE_DURATION];

	buf_printf(out, _("Records of access are kept for %s, then deleted beyond recovery.\n"),
	    sentence_duration(p->retain_ms[RETAIN_ACCESS], time));
	buf_printf(out, _("Records of the use and granting of privilege are kept for %s.\n"),
	    sentence_duration(p->retain_ms[RETAIN_PRIVILEGE], time));
	buf_printf(out, _("Records of changes to the policy are kept for %s.\n"),
	    sentence_duration(p->retain_ms[RETAIN_POLICY], time));
	buf_printf(out, _("Records of operation are kept for %s.\n"),
	    sentence_duration(p->retain_ms[RETAIN_OPERATION], time));
	if (p->redactors.count > 0)
		buf_printf(out,
		    _("One record may be destroyed before its time by two of these together: "
		      "%s.\n"),
		    sentence_strings(list, &p->redactors));
	else
		buf_printf(out, "%s",
		    _("One record may be destroyed before its time by two administrators "
		      "together.\n"));
}

/* ---- alerts ----------------------------------------------------------------------------- */

static const char *
sentence_counted(const struct alert_rule *r)
{
	switch (r->count) {
	case ALERT_COUNT_USERS:
		return _("different accounts");
	case ALERT_COUNT_SOURCES:
		return _("different sources");
	default:
		return _("records");
	}
}

static const char *
sentence_per(const struct alert_rule *r)
{
	switch (r->per) {
	case ALERT_PER_USER:
		return _("counted for each account");
	case ALERT_PER_SOURCE:
		return _("counted for each source");
	default:
		return _("counted for the whole host");
	}
}

static void
sentences_alert(const struct alert_rule *r, struct buf *list, struct buf *out)
{
	char within[SENTENCE_DURATION];

	if (r->off) {
		buf_printf(out, _("Alert \"%s\" is switched off.\n"), r->name);
		return;
	}
	if (r->text != NULL || r->what != NULL)
		buf_printf(out, _("Alert \"%s\": %s\n"), r->name,
		    r->text != NULL ? r->text : _(r->what));
	else
		buf_printf(out, _("Alert \"%s\" is raised by these events: %s.\n"), r->name,
		    sentence_strings(list, &r->event));
	if (r->threshold > 1)
		buf_printf(out, _("  It takes %lu %s within %s, %s.\n"),
		    (unsigned long)r->threshold, sentence_counted(r),
		    sentence_duration(r->within_ms, within), sentence_per(r));
	buf_reset(list);
	alert_print_targets(&r->to, list);
	if (r->to.count == 1 && r->to.item[0].to == ALERT_TO_NOBODY)
		buf_printf(out, "%s", _("  It is recorded, and nobody is told.\n"));
	else
		buf_printf(out, _("  It is recorded and goes to: %s.\n"), sentence_text(list));
}

static void
sentences_alerts(const struct policy *p, struct buf *list, struct buf *out)
{
	for (size_t i = 0; i < p->alert_count; i++)
		sentences_alert(&p->alert[i], list, out);
}

void
policy_print_sentences(const struct policy *p, struct buf *out)
{
	struct buf list;

	buf_init(&list, SENTENCE_LIST_MAX);
	sentences_host(p, &list, out);
	sentences_people(p, out);
	sentences_accounts(p, &list, out);
	sentences_services(p, out);
	sentences_rules(p, &list, out);
	sentences_lockout(p, out);
	sentences_factor(p, &list, out);
	sentences_retention(p, &list, out);
	sentences_keys(p, out);
	sentences_export(p, &list, out);
	sentences_backup(p, out);
	sentences_forward(p, &list, out);
	sentences_changes(p, &list, out);
	sentences_alerts(p, &list, out);
	buf_clear(&list);
}
