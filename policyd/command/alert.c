/* Alert rules in force, and a test of one: its record is made here, the rest goes its usual
 * way. */
#include "alert/delivery.h"
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "keeper/alerts.h"
#include "policy/nearest.h"
#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 256 };

int
command_alert_list(struct server *s, struct job *job)
{
	json_t *rules = json_array();
	uint64_t given_up;
	size_t waiting;

	for (size_t i = 0; i < s->policy->alert_count; i++)
		(void)json_array_append_new(rules, alerts_rule_json(s, &s->policy->alert[i]));
	delivery_counts(&given_up, &waiting);
	return command_json(
	    job, json_pack("{s:o,s:o,s:I,s:I}", "alerts", rules, "deliveries", delivery_json(),
		     "given_up", (json_int_t)given_up, "waiting", (json_int_t)waiting));
}

static const struct alert_rule *
find_rule(const struct policy *p, const char *name, const char **nearest)
{
	const char *words[NAMES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < p->alert_count; i++) {
		if (strcmp(p->alert[i].name, name) == 0)
			return &p->alert[i];
		if (n < NAMES_MAX)
			words[n++] = p->alert[i].name;
	}
	*nearest = nearest_word(name, words, n);
	return NULL;
}

static void
say_unknown(struct job *job, const char *nearest)
{
	if (nearest != NULL)
		command_say(job, STATUS_REFUSED,
		    _("There is no alert \"%s\". Do you mean \"%s\"? `sekisho alert list` "
		      "shows all."),
		    job->command.name, nearest);
	else
		command_say(job, STATUS_REFUSED,
		    _("There is no alert \"%s\". `sekisho alert list` shows all."),
		    job->command.name);
}

int
command_alert_test(struct server *s, struct job *job)
{
	const char *nearest = NULL;
	const struct alert_rule *rule = find_rule(s->policy, job->command.name, &nearest);
	static struct alert a;

	if (rule == NULL) {
		say_unknown(job, nearest);
		return SKS_OK;
	}
	if (rule->off) {
		command_say(job, STATUS_REFUSED,
		    _("The alert \"%s\" is switched off, so nobody would be told. Its section "
		      "in "
		      "the policy has \"enabled = no\"."),
		    rule->name);
		return SKS_OK;
	}
	a = (struct alert){.test = true, .count = 1, .at_ms = clock_now().wall_ms};
	(void)snprintf(a.rule, sizeof(a.rule), "%s", rule->name);
	(void)snprintf(a.by, sizeof(a.by), "%s", job->who);
	(void)alerts_what(rule, a.what, sizeof(a.what));
	command_say(job, STATUS_DONE, _("The alert \"%s\" was raised as a test."), rule->name);
	return alerts_record(s, &a, &job->command_reply.record);
}
