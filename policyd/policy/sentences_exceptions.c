/* Exceptions, bypasses, break-glass and changes of the policy, as sentences. */
#include "policy/sentence.h"

#include "i18n.h"

static const char *
who_approves(struct buf *list, const struct strings *names)
{
	return names->count > 0 ? sentence_strings(list, names) : _("the administrators");
}

static void
sentences_contingency(const struct contingency *c, struct buf *list, struct buf *out)
{
	char time[SENTENCE_DURATION];

	buf_printf(out, _("Contingency policy \"%s\" can be activated, for %s at a time, by %s.\n"),
	    c->name, sentence_duration(c->for_ms, time),
	    sentence_approvers(list, c->activate, c->activate_count));
	if (c->text != NULL)
		buf_printf(out, "  %s\n", c->text);
	if (c->lower.count > 0)
		buf_printf(out, _("  Meanwhile rules do not ask for: %s.\n"),
		    sentence_strings(list, &c->lower));
	if (c->roles.count > 0)
		buf_printf(out, _("  Meanwhile these roles can be approved otherwise too: %s.\n"),
		    sentence_strings(list, &c->roles));
	if (c->approve_count > 0)
		buf_printf(out, _("  Namely by %s.\n"),
		    sentence_approvers(list, c->approve, c->approve_count));
	buf_printf(out, _("  Its digest: %.16s.\n"), c->digest);
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
	for (size_t i = 0; i < p->contingency_count; i++)
		sentences_contingency(&p->contingency[i], list, out);
}
