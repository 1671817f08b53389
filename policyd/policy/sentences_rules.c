/* Rules as sentences, those about logins and those about alerts. */
#include "policy/sentence.h"

#include "audit/event.h"
#include "i18n.h"
#include "policy/alert.h"
#include "policy/capability.h"
#include "policy/source.h"
#include "policy/value.h"
#include <stdio.h>
#include <string.h>

static bool
sentence_is_limited(const struct rule *r)
{
	return r->rating != NULL || r->host.count > 0 || r->role.count > 0 || r->account.count > 0 || r->group.count > 0 || r->service.count > 0 ||
	       r->class_mask != 0 || r->service_class_mask != 0 || r->from.local ||
	       r->from.remote || r->from.count > 0 || r->time.count > 0;
}

static const char *
sentence_host(struct buf *list, const struct host_conditions *c)
{
	buf_reset(list);
	for (size_t i = 0; i < c->count; i++)
		buf_printf(list, "%s%s %s %lld", i == 0 ? "" : ", ", c->item[i].name,
		    c->item[i].above ? ">" : "<", (long long)c->item[i].limit);
	return sentence_text(list);
}

static void
sentences_conditions(const struct rule *r, struct buf *list, struct buf *out)
{
	if (r->rating != NULL)
		buf_printf(out,
		    r->idle ? _("  - The host is rated %s or higher, which it is not.\n")
			    : _("  - The host is rated %s or higher, which it is.\n"),
		    r->rating);
	if (r->host.count > 0)
		buf_printf(out,
		    _("  - One of these is true of the host, or not known: %s.\n"),
		    sentence_host(list, &r->host));
	if (r->account.count > 0)
		buf_printf(out, _("  - The account is one of: %s.\n"),
		    sentence_strings(list, &r->account));
	if (r->class_mask != 0)
		buf_printf(out, _("  - The kind of account is one of: %s.\n"),
		    sentence_mask(list, r->class_mask, sentence_account_class));
	if (r->group.count > 0)
		buf_printf(out, _("  - The account is in one of the groups: %s.\n"),
		    sentence_strings(list, &r->group));
	if (r->role.count > 0)
		buf_printf(out, _("  - Who acts has one of the roles: %s.\n"),
		    sentence_strings(list, &r->role));
	if (r->service.count > 0)
		buf_printf(out, _("  - The service is one of: %s.\n"),
		    sentence_strings(list, &r->service));
	if (r->service_class_mask != 0)
		buf_printf(out, _("  - The kind of service is one of: %s.\n"),
		    sentence_mask(list, r->service_class_mask, sentence_service_class));
	if (r->from.local || r->from.remote || r->from.count > 0)
		buf_printf(out, _("  - The request comes from one of: %s.\n"),
		    sentence_sources(list, &r->from));
	if (r->time.count > 0)
		buf_printf(
		    out, _("  - The local time is one of: %s.\n"), sentence_hours(list, &r->time));
}

static void
sentence_device(const struct rule *r, struct buf *out)
{
	buf_printf(out,
	    r->device == MACHINE_ISSUED ? _("Rule \"%s\" requires a device that is issued.\n")
					: _("Rule \"%s\" requires a device that is registered.\n"),
	    r->name);
}

static void
sentences_rule(const struct rule *r, struct buf *list, struct buf *out)
{
	char within[SENTENCE_DURATION];

	if (r->refuse)
		buf_printf(out, _("Rule \"%s\" refuses.\n"), r->name);
	else if (!r->require_mfa && r->device != MACHINE_ANY)
		sentence_device(r, out);
	else if (!r->require_mfa)
		buf_printf(out, _("Rule \"%s\" requires these attributes of the person: %s.\n"),
		    r->name, sentence_strings(list, &r->require_attribute));
	else if (r->mfa_within_ms == 0)
		buf_printf(out,
		    _("Rule \"%s\" requires a second factor in the login session.\n"), r->name);
	else
		buf_printf(out,
		    _("Rule \"%s\" requires a second factor that was given not longer ago "
		      "than %s.\n"),
		    r->name, sentence_duration(r->mfa_within_ms, within));
	if (r->require_mfa && r->device != MACHINE_ANY)
		sentence_device(r, out);
	if ((r->require_mfa || r->device != MACHINE_ANY) && r->require_attribute.count > 0)
		buf_printf(out, _("  It requires these attributes of the person too: %s.\n"),
		    sentence_strings(list, &r->require_attribute));
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

void
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

/* "2 of: @managers, alice and 1 of: @security; or 1 of: carol" */
const char *
sentence_approvers(struct buf *list, const struct approval_set *set, size_t sets)
{
	buf_reset(list);
	for (size_t i = 0; i < sets; i++) {
		for (size_t j = 0; j < set[i].count; j++) {
			const struct approval *a = &set[i].item[j];

			if (j > 0)
				buf_printf(list, "%s", _(" and "));
			else if (i > 0)
				buf_printf(list, "%s", _("; or "));
			buf_printf(list, _("%lu of"), (unsigned long)a->need);
			for (size_t k = 0; k < a->from.count; k++)
				buf_printf(list, "%s %s", k == 0 ? "" : ",", a->from.item[k]);
		}
	}
	return sentence_text(list);
}

static const char *
sentence_commands(struct buf *list, const struct role *r)
{
	buf_reset(list);
	for (size_t i = 0; i < r->commands.count; i++)
		buf_printf(list, "%s%s", i == 0 ? "" : ", ", r->commands.item[i]);
	return sentence_text(list);
}

/* "alice until 2027-03-31, @ops" */
static const char *
sentence_members(struct buf *list, const struct role *r)
{
	char date[SENTENCE_DATE];

	buf_reset(list);
	for (size_t i = 0; i < r->members.count; i++) {
		int64_t end_ms = role_entry_until(r, i);

		buf_printf(list, "%s%s", i == 0 ? "" : ", ", r->members.item[i]);
		if (end_ms != INT64_MAX)
			buf_printf(list, _(" until %s"), sentence_date(end_ms, date));
	}
	return sentence_text(list);
}

static void
role_holders(const struct role *r, struct buf *list, struct buf *out)
{
	char time[SENTENCE_DURATION];

	buf_printf(out, _("Role \"%s\" can be asked for, for %s at most, by: %s.\n"), r->name,
	    sentence_duration(r->max_duration_ms, time), sentence_members(list, r));
	if (r->approve_nobody)
		buf_printf(out, "%s", _("  Nobody has to approve it; the reason is recorded.\n"));
	else
		buf_printf(
		    out, _("  It takes the approval of %s.\n"),
		    sentence_approvers(list, r->approve, r->approve_count));
	if (r->max_members != 0)
		buf_printf(out, _("  At most %lu people have it at the same time.\n"),
		    (unsigned long)r->max_members);
}

static void
role_commands(const struct role *r, struct buf *list, struct buf *out)
{
	char capabilities[1024];

	if (r->commands.count > 0)
		buf_printf(out, _("  As %s it may run: %s.\n"), r->run_as,
		    sentence_commands(list, r));
	if (r->each_use == CHANGE_TWO_PERSON)
		buf_printf(out, "%s",
		    _("  For each of them another member has to agree, before it runs.\n"));
	if (r->plugin == ROLE_PLUGIN_REQUIRED || r->each_use == CHANGE_TWO_PERSON)
		buf_printf(out, "%s",
		    _("  They run only while sudo's plugin is there to end them.\n"));
	if (r->end == ROLE_END_ALL)
		buf_printf(out, "%s",
		    _("  What its commands left behind ends with it too.\n"));
	if (r->mask.count > 0)
		buf_printf(out, _("  What stands behind these of their options is not recorded: %s.\n"),
		    sentence_strings(list, &r->mask));
	if (r->capabilities != 0)
		buf_printf(out, _("  Its sessions may have these capabilities: %s.\n"),
		    capability_print(r->capabilities, capabilities, sizeof(capabilities)));
	if (r->root_equivalent == ROOT_YES)
		buf_printf(out, "%s", _("  Who has it could become root.\n"));
	else if (r->root_equivalent == ROOT_NO)
		buf_printf(out, "%s",
		    _("  Whoever wrote this policy says that it does not lead to root.\n"));
}

static void
role_conditions(const struct role *r, struct buf *list, struct buf *out)
{
	if (r->kind == ROLE_REMOTE_WORK)
		buf_printf(out, "%s",
		    _("  It is a permit: without it nobody logs in over the network from outside, "
		      "and how its use ended is reported.\n"));
	if (r->kind == ROLE_REMOTE_WORK && r->premises.count > 0)
		buf_printf(out, _("  No permit is needed from: %s.\n"),
		    sentence_sources(list, &r->premises));
	if (r->ticket != NULL)
		buf_printf(out, _("  It is asked for with a ticket like %s.\n"), r->ticket);
	if (r->superiors.count > 0)
		buf_printf(out, _("  Instead of the approvers one of these may be asked: %s.\n"),
		    sentence_strings(list, &r->superiors));
	if (r->attributes.count > 0)
		buf_printf(out, _("  It requires these attributes of the person: %s.\n"),
		    sentence_strings(list, &r->attributes));
}

static void
role_review(const struct role *r, struct buf *list, struct buf *out)
{
	char time[SENTENCE_DURATION];

	if (r->review_ms != 0)
		buf_printf(out, _("  Its members are reviewed every %s.\n"),
		    sentence_duration(r->review_ms, time));
	if (r->review_fiscal_year)
		buf_printf(out, "%s", _("  Its members are reviewed once in each fiscal year.\n"));
	if (r->reviewers.count > 0)
		buf_printf(out, _("  Who is no member reviews them, of: %s.\n"),
		    sentence_strings(list, &r->reviewers));
}

static void
role_circumstances(const struct role *r, struct buf *list, struct buf *out)
{
	char time[SENTENCE_DURATION];

	if (r->mfa_within_ms != 0)
		buf_printf(out,
		    _("  Who has it uses su and sudo with a second factor that was given not "
		      "longer ago than %s.\n"),
		    sentence_duration(r->mfa_within_ms, time));
	if (r->from.local || r->from.remote || r->from.count > 0)
		buf_printf(out, _("  The request comes from one of: %s.\n"),
		    sentence_sources(list, &r->from));
	if (r->time.count > 0)
		buf_printf(out, _("  It is asked for at one of these local times: %s.\n"),
		    sentence_hours(list, &r->time));
}

static void
sentences_role(const struct role *r, struct buf *list, struct buf *out)
{
	role_holders(r, list, out);
	role_commands(r, list, out);
	role_conditions(r, list, out);
	role_review(r, list, out);
	role_circumstances(r, list, out);
}

void
sentences_roles(const struct policy *p, struct buf *list, struct buf *out)
{
	for (size_t i = 0; i < p->role_count; i++)
		sentences_role(&p->role[i], list, out);
}

static void
sentences_attribute(const struct attribute *a, struct buf *out)
{
	char time[SENTENCE_DURATION];

	if (a->text != NULL)
		buf_printf(out, _("The attribute \"%s\": %s\n"), a->name, a->text);
	if (a->valid_ms > 0)
		buf_printf(out, _("The attribute \"%s\" holds for %s from when it was set.\n"),
		    a->name, sentence_duration(a->valid_ms, time));
	if (a->fiscal_year)
		buf_printf(out,
		    _("The attribute \"%s\" holds until the end of the fiscal year in March.\n"),
		    a->name);
	if (a->renewal_ms > 0)
		buf_printf(out, _("  It is renewed within %s after that.\n"),
		    sentence_duration(a->renewal_ms, time));
	if (a->grace_ms > 0)
		buf_printf(out, _("  Who is new has it without evidence for %s.\n"),
		    sentence_duration(a->grace_ms, time));
}

void
sentences_attributes(const struct policy *p, struct buf *out)
{
	for (size_t i = 0; i < p->attribute_count; i++)
		sentences_attribute(&p->attribute[i], out);
}

void
sentences_host_attributes(const struct policy *p, struct buf *out)
{
	char every[SENTENCE_DURATION], stale[SENTENCE_DURATION];

	for (size_t i = 0; i < p->host_attribute_count; i++) {
		const struct host_attribute *a = &p->host_attribute[i];

		if (a->file != NULL)
			buf_printf(out, _("What the host says as \"%s\" stands in the file %s.\n"),
			    a->name, a->file);
		else if (a->command != NULL)
			buf_printf(out, _("What the host says as \"%s\" is printed by %s.\n"),
			    a->name, a->command);
		else
			buf_printf(out,
			    _("What the host says as \"%s\" are the days since its packages were "
			      "last known to be up to date.\n"),
			    a->name);
		buf_printf(out, _("  It is read every %s, and not known when it is older than %s.\n"),
		    sentence_duration(a->every_ms, every), sentence_duration(a->stale_ms, stale));
	}
}

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

void
sentences_alerts(const struct policy *p, struct buf *list, struct buf *out)
{
	for (size_t i = 0; i < p->alert_count; i++)
		sentences_alert(&p->alert[i], list, out);
}
