/* Giving a policy back. */
#include "policy/alert.h"
#include "policy/exceptions.h"
#include "policy/password.h"
#include "policy/attribute.h"
#include "policy/contingency.h"
#include "policy/host.h"
#include "policy/role.h"
#include "policy/rule_index.h"

#include <stdlib.h>

void
strings_free(struct strings *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->item[i]);
	free(s->item);
}

static void
free_rules(struct policy *p)
{
	for (size_t i = 0; i < p->rule_count; i++) {
		struct rule *r = &p->rule[i];

		free(r->name);
		strings_free(&r->account);
		strings_free(&r->group);
		strings_free(&r->service);
		free(r->from.net);
		free(r->time.item);
		free(r->rating);
		for (size_t j = 0; j < r->host.count; j++)
			free(r->host.item[j].name);
		free(r->host.item);
		strings_free(&r->control);
		strings_free(&r->role);
		strings_free(&r->require_attribute);
		free(r->file);
	}
	free(p->rule);
	rule_index_free(p->rule_index);
}

static void
free_people(struct policy *p)
{
	for (size_t i = 0; i < p->officer_count; i++) {
		free(p->officer[i].name);
		free(p->officer[i].role);
		free(p->officer[i].unit);
		free(p->officer[i].kana);
		free(p->officer[i].contact);
		strings_free(&p->officer[i].clauses);
	}
	free(p->officer);
	for (size_t i = 0; i < p->plan_count; i++) {
		free(p->plan[i].name);
		free(p->plan[i].text);
		free(p->plan[i].officer);
	}
	free(p->plan);
	for (size_t i = 0; i < p->own_count; i++) {
		free(p->own[i].name);
		free(p->own[i].own);
	}
	free(p->own);
	for (size_t i = 0; i < p->person_count; i++) {
		free(p->person[i].name);
		free(p->person[i].kana);
		free(p->person[i].unit);
		free(p->person[i].contact);
	}
	free(p->person);
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->account_count; i++) {
		free(p->account[i].name);
		free(p->account[i].person);
		free(p->account[i].from.net);
		free(p->account[i].reason);
		free(p->account[i].approved_by);
	}
	free(p->account);
	for (size_t i = 0; i < p->service_count; i++)
		free(p->service[i].name);
	free(p->service);
	for (size_t i = 0; i < p->group_count; i++)
		free(p->group[i].name);
	free(p->group);
	free_rules(p);
	free_people(p);
	machine_free(p);
	alert_free(p);
	role_free(p);
	attribute_free(p);
	host_free(p);
	exceptions_free(p);
	contingency_free(p);
	free(p->language);
	free(p->rating);
	free(p->rating_file);
	free(p->limits);
	free(p->owner);
	free(p->purpose);
	free(p->external_lines);
	free(p->contractor);
	strings_free(&p->administrators);
	strings_free(&p->auditors);
	free(p->audit_file);
	strings_free(&p->tokens);
	strings_free(&p->redactors);
	strings_free(&p->forward_syslog);
	strings_free(&p->changes_watch);
	strings_free(&p->changes_ignore);
	password_free(p);
	free(p->issuer);
	free(p->export_encrypt_from);
	free(p->export_notice_from);
	free(p->export_approve_from);
	strings_free(&p->export_approvers);
	free(p->backup_to);
	free(p->backup_recipient);
	free(p->notice_version);
	free(p->notice_text);
	free(p->notice_text_ja);
	free(p->purpose_version);
	free(p->purpose_text);
	free(p->purpose_text_ja);
	free(p);
}
