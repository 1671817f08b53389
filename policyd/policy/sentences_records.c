/* The policy on records as sentences: what makes them, who reads them, how long they stay and
 * how they leave the host. */
#include "policy/sentence.h"

#include "audit/event.h"
#include "i18n.h"

void
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

void
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

void
sentences_audit(const struct policy *p, struct buf *list, struct buf *out)
{
	char time[SENTENCE_DURATION];

	if (p->auditors.count == 0) {
		buf_printf(out, "%s",
		    _("Only root reads the records of others: there is no auditor.\n"));
		return;
	}
	buf_printf(out, _("These read every record, and that they do is recorded: %s.\n"),
	    sentence_strings(list, &p->auditors));
	buf_printf(out, _("They sign off each month within %s after its end.\n"),
	    sentence_duration(p->review_within_ms, time));
}

void
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

void
sentences_export(const struct policy *p, struct buf *list, struct buf *out)
{
	if (p->export_encrypt_from != NULL)
		buf_printf(out,
		    _("From a rating of %s on, records leave the host encrypted.\n"),
		    p->export_encrypt_from);
	if (p->export_notice_from != NULL)
		buf_printf(out,
		    _("From a rating of %s on, the officers are told when records leave the "
		      "host.\n"),
		    p->export_notice_from);
	if (p->export_approve_from != NULL)
		buf_printf(out,
		    _("From a rating of %s on, another person approves before records leave "
		      "the "
		      "host.\n"),
		    p->export_approve_from);
	if (p->export_approvers.count > 0)
		buf_printf(out, _("That records leave the host is approved by one of: %s.\n"),
		    sentence_strings(list, &p->export_approvers));
}

void
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
