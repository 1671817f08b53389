/*
 * The policy as sentences for those who have to follow it (PROVE-6). Each sentence is whole
 * and translated whole; lists and names are put in, never parts of speech.
 */
#include "policy/sentence.h"

#include "i18n.h"
#include <string.h>

static void
sentences_rating(const struct policy *p, struct buf *out)
{
	if (p->rating != NULL)
		buf_printf(out, _("This host is rated %s.\n"), p->rating);
	if (policy_is_protected(p))
		buf_printf(out, "%s",
		    _("That rating sets a floor: no policy without locks, with short passwords, with "
		      "observing for ever, or with roles that lead to root without approval.\n"));
	if (policy_rating_wants_factor(p))
		buf_printf(out, "%s",
		    _("At that rating every login over the network needs a second factor, whatever "
		      "the rules say.\n"));
	if (p->limits != NULL)
		buf_printf(out, _("For what is handled here holds: %s\n"), p->limits);
}

/* Whose the host and its rules are, what for and how long. */
static void
sentences_owner(const struct policy *p, struct buf *out)
{
	char date[SENTENCE_DATE], span[SENTENCE_DURATION];

	if (p->owner != NULL)
		buf_printf(out, _("The owner of these rules is %s.\n"), p->owner);
	if (p->purpose != NULL)
		buf_printf(out, _("This system is for: %s\n"), p->purpose);
	if (p->external_lines != NULL)
		buf_printf(out, _("Lines that lead out of the house: %s\n"), p->external_lines);
	if (p->contractor != NULL)
		buf_printf(out, _("It is maintained by %s.\n"), p->contractor);
	if (p->contract_wall_ms != 0)
		buf_printf(out, _("The contract runs until %s.\n"),
		    sentence_date(p->contract_wall_ms, date));
	if (p->fiscal_start != 401)
		buf_printf(out, _("A fiscal year begins on %02u-%02u.\n"), p->fiscal_start / 100,
		    p->fiscal_start % 100);
	if (p->dormant_ms != 0)
		buf_printf(out,
		    _("An account that nobody logged in to, and a member who did not use a role, is "
		      "dormant after %s.\n"),
		    sentence_duration(p->dormant_ms, span));
	if (p->review_wall_ms != 0)
		buf_printf(out, _("These rules are reviewed by %s at the latest.\n"),
		    sentence_date(p->review_wall_ms, date));
}

static void
sentences_observing(const struct policy *p, struct buf *out)
{
	char date[SENTENCE_DATE];

	if (p->observe.on && p->observe.end_wall_ms == 0)
		buf_printf(out, "%s",
		    _("Sekisho only observes here: it decides and records, and refuses "
		      "nobody.\n"));
	else if (p->observe.on)
		buf_printf(out,
		    _("Until the end of %s (UTC) Sekisho only observes here: it decides and "
		      "records, and refuses nobody.\n"),
		    sentence_date(p->observe.end_wall_ms, date));
	if (!p->observe.on || p->observe.end_wall_ms != 0)
		buf_printf(out, "%s",
		    _("Who administers this host from another one always needs a second "
		      "factor; no rule can switch that off.\n"));
}

static void
sentences_host(const struct policy *p, struct buf *list, struct buf *out)
{
	sentences_rating(p, out);
	sentences_owner(p, out);
	sentences_observing(p, out);
	if (p->metrics == METRICS_OFF)
		buf_printf(out, "%s", _("No file with figures for monitoring is written.\n"));
	else if (p->metrics == METRICS_EVERYBODY)
		buf_printf(out, "%s",
		    _("Everybody on this host may read the figures for monitoring.\n"));
	if (p->administrators.count > 0)
		buf_printf(out,
		    _("When the disk is full, these accounts still get in, besides the "
		      "administrator accounts: %s.\n"),
		    sentence_strings(list, &p->administrators));
}

static void
sentences_confirm(const struct policy *p, struct buf *out)
{
	char time[SENTENCE_DURATION];

	if (p->confirm_within_ms == 0)
		buf_printf(out, "%s", _("A policy that is applied needs no confirmation.\n"));
	else
		buf_printf(out,
		    _("A policy that is applied is taken back after %s, unless a new login "
		      "confirms it.\n"),
		    sentence_duration(p->confirm_within_ms, time));
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
sentences_notice(const struct policy *p, struct buf *out)
{
	if (p->notice_version != NULL) {
		buf_printf(
		    out, _("Before login, this notice (version %s) is shown:\n"), p->notice_version);
		buf_printf(out, "  \"%s\"\n",
		    strcmp(_("en"), "ja") == 0 ? p->notice_text_ja : p->notice_text);
	}
	if (p->notice_version != NULL && p->notice_banner)
		buf_printf(out, "%s", _("sshd shows it itself, as its Banner.\n"));
	if (!p->last_login)
		buf_printf(out, "%s",
		    _("After login nobody is told of their last login and of failures.\n"));
	if (!p->receipt)
		buf_printf(out, "%s",
		    _("After login nobody is given a receipt for the record of it.\n"));
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
		if (a->reason != NULL)
			buf_printf(out, _("  It is there because: %s.\n"), a->reason);
		if (a->approved_by != NULL)
			buf_printf(out, _("  That was approved by %s.\n"), a->approved_by);
		if (a->exclusive)
			buf_printf(out, "%s", _("  It is for one person at a time; through sudo, "
						"while sudo's plugin is there.\n"));
		if (a->by_role)
			buf_printf(out, "%s",
			    _("  It is reached by who has a role that leads to it; through sudo, "
			      "while sudo's plugin is there.\n"));
		if (a->from.local || a->from.remote || a->from.count > 0)
			buf_printf(out, _("%s works only from: %s.\n"), a->name,
			    sentence_sources(list, &a->from));
	}
}

static void
sentences_services(const struct policy *p, struct buf *out)
{
	char date[SENTENCE_DATE];

	for (size_t i = 0; i < p->service_count; i++) {
		const struct service *s = &p->service[i];

		buf_printf(out, _("The service %s counts as: %s.\n"), s->name,
		    sentence_service_class(s->class));
		if (s->appended_code)
			buf_printf(out,
			    _("In the service %s the code may follow the password in one "
			      "answer.\n"),
			    s->name);
		if (s->observe.on && s->observe.end_wall_ms == 0)
			buf_printf(out,
			    _("In the service %s Sekisho only observes: it decides and "
			      "records, and refuses nobody.\n"),
			    s->name);
		else if (s->observe.on)
			buf_printf(out,
			    _("In the service %s Sekisho only observes until the end of %s "
			      "(UTC): it decides and records, and refuses nobody.\n"),
			    s->name, sentence_date(s->observe.end_wall_ms, date));
	}
}

static void
sentences_groups(const struct policy *p, struct buf *out)
{
	char date[SENTENCE_DATE];

	for (size_t i = 0; i < p->group_count; i++) {
		const struct group_policy *g = &p->group[i];

		if (g->observe.on && g->observe.end_wall_ms == 0)
			buf_printf(out,
			    _("Members of the group %s are only observed: nobody of them is "
			      "refused.\n"),
			    g->name);
		else if (g->observe.on)
			buf_printf(out,
			    _("Members of the group %s are only observed until the end of %s "
			      "(UTC): nobody of them is refused.\n"),
			    g->name, sentence_date(g->observe.end_wall_ms, date));
		if (g->grace.on)
			buf_printf(out,
			    _("Members of the group %s who have no device yet get in without "
			      "a code, and may enrol one with the password alone, until the "
			      "end of %s (UTC).\n"),
			    g->name, sentence_date(g->grace.end_wall_ms, date));
	}
}

static void
sentences_people(const struct policy *p, struct buf *out)
{
	for (size_t i = 0; i < p->person_count; i++) {
		const struct person *person = &p->person[i];

		if (person->kana != NULL)
			buf_printf(out, _("%s is read %s.\n"), person->name, person->kana);
		if (person->unit != NULL)
			buf_printf(out, _("%s belongs to %s.\n"), person->name, person->unit);
		if (person->contact != NULL)
			buf_printf(
			    out, _("%s is reached at %s.\n"), person->name, person->contact);
	}
	for (size_t i = 0; i < p->plan_count; i++) {
		const struct plan_item *item = &p->plan[i];
		char day[SENTENCE_DATE];

		buf_printf(out, _("The yearly plan has \"%s\" (%s), to be done by the end of %s"),
		    item->name, plan_kind_words[item->kind],
		    sentence_date(item->date_wall_ms, day));
		if (item->officer != NULL)
			buf_printf(out, _(", by %s"), item->officer);
		if (item->text != NULL)
			buf_printf(out, ": %s", item->text);
		buf_printf(out, ".\n");
	}
	for (size_t i = 0; i < p->own_count; i++)
		buf_printf(out, _("The organisation sees to %s itself: %s.\n"), p->own[i].name,
		    p->own[i].own);
	for (size_t i = 0; i < p->officer_count; i++) {
		const struct officer *o = &p->officer[i];

		buf_printf(out, _("%s is %s.\n"), o->name,
		    o->role == NULL ? _("an officer in charge") : o->role);
		if (o->kana != NULL)
			buf_printf(out, _("%s is read %s.\n"), o->name, o->kana);
		if (o->clauses.count > 0) {
			buf_printf(out, _("%s answers for: "), o->name);
			for (size_t j = 0; j < o->clauses.count; j++)
				buf_printf(out, "%s%s", j > 0 ? ", " : "", o->clauses.item[j]);
			buf_printf(out, ".\n");
		}
		if (o->unit != NULL)
			buf_printf(out, _("%s belongs to %s.\n"), o->name, o->unit);
		if (o->contact != NULL)
			buf_printf(out, _("%s is reached at %s.\n"), o->name, o->contact);
	}
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
	sentences_groups(p, out);
	sentences_sessions(p, &list, out);
	sentences_rules(p, &list, out);
	sentences_roles(p, &list, out);
	sentences_attributes(p, out);
	sentences_host_attributes(p, out);
	sentences_exceptions(p, &list, out);
	sentences_confirm(p, out);
	sentences_lockout(p, out);
	sentences_factor(p, &list, out);
	sentences_password(p, &list, out);
	sentences_notice(p, out);
	sentences_audit(p, &list, out);
	sentences_retention(p, &list, out);
	sentences_keys(p, out);
	sentences_export(p, &list, out);
	sentences_backup(p, out);
	sentences_forward(p, &list, out);
	sentences_changes(p, &list, out);
	sentences_alerts(p, &list, out);
	buf_clear(&list);
}
