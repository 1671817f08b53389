/* Exceptions, bypasses, break-glass and changes of the policy, as sentences. */
#include "policy/sentence.h"

#include "i18n.h"

static const char *
who_approves(struct buf *list, const struct strings *names)
{
	return names->count > 0 ? sentence_strings(list, names) : _("the administrators");
}

void
sentences_exceptions(const struct policy *p, struct buf *list, struct buf *out)
{
	char time[SENTENCE_DURATION];

	buf_printf(out,
	    _("An exception lowers one requirement of one rule, for %s at most, and is approved by "
	      "one of: %s.\n"),
	    sentence_duration(p->exception_max_ms, time),
	    who_approves(list, &p->exception_approvers));
	if (p->emergency_max_ms > 0)
		buf_printf(out,
		    _("  In an emergency an administrator can use one for %s before it is "
		      "approved.\n"),
		    sentence_duration(p->emergency_max_ms, time));
	buf_printf(out, _("  Its end is reported within %s.\n"),
	    sentence_duration(p->exception_report_ms, time));
	buf_printf(out,
	    _("Who has no device gets in once with a code that somebody else asked for and that is "
	      "approved by one of: %s; it is good for %s at most.\n"),
	    who_approves(list, &p->bypass_approvers),
	    sentence_duration(p->bypass_max_ms, time));
	buf_printf(out,
	    _("The use of a break-glass code is reviewed by another person, one of: %s.\n"),
	    who_approves(list, &p->reviewers));
	if (p->change == CHANGE_TWO_PERSON)
		buf_printf(out,
		    _("A new policy goes into force only after another person has approved it, one "
		      "of: %s.\n"),
		    who_approves(list, &p->change_approvers));
}
