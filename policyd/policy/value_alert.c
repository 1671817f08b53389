/* The values that only alert rules have: events, whom to tell, how often at most. */
#include "error.h"
#include "i18n.h"
#include "policy/alert.h"
#include "policy/problem.h"
#include "policy/value.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
value_events(struct value *v)
{
	struct strings *list = value_field(v);
	char item[POLICY_LINE_MAX + 1];
	const char *at = v->text;
	bool bad;

	while (value_next(&at, item, &bad)) {
		size_t i = 0;
		int r;

		while (alert_event_words[i] != NULL && strcmp(alert_event_words[i], item) != 0)
			i++;
		if (bad || item[0] == '\0' || alert_event_words[i] == NULL)
			value_problem(v, item);
		/* misread it may be, but the rule is not without an event */
		r = value_add_string(list, item);
		if (r != SKS_OK)
			return r;
	}
	return SKS_OK;
}

/* "5 per 1h" */
int
value_at_most(struct value *v)
{
	static const char per[] = " per ";
	struct alert_rule *rule = v->object;
	const char *at = strstr(v->text, per);
	int64_t n = 0, ms = 0;

	if (!value_is_single(v))
		return SKS_OK;
	if (at == NULL || !value_digits(v->text, (size_t)(at - v->text), &n) || n < 1 ||
	    n > 1000 || !value_read_duration(at + strlen(per), &ms) || ms < v->key->min ||
	    ms > v->key->max) {
		value_problem(v, v->text);
		return SKS_OK;
	}
	rule->at_most = (uint32_t)n;
	rule->at_most_ms = ms;
	return SKS_OK;
}

/* ---- whom to tell ------------------------------------------------------------------------ */

static int
targets_add(struct alert_targets *list, enum alert_to to, const char *where)
{
	struct alert_target t = {.to = to};
	int r;

	if (where != NULL && (t.where = strdup(where)) == NULL)
		return SKS_NOMEM;
	r = value_append(&list->item, &list->count, &t, sizeof(t));
	if (r != SKS_OK)
		free(t.where);
	return r;
}

static void
targets_bad_where(const struct value *v, enum alert_to to, const char *where)
{
	if (to == ALERT_TO_MAIL)
		problem_add(v->problems, v->file, v->line,
		    _("%s: expected an address such as root or ops@example.org behind "
		      "\"mail\"; "
		      "found \"%.80s\""),
		    v->key->name, where);
	else
		problem_add(v->problems, v->file, v->line,
		    _("%s: expected a program in %s behind \"command\"; found \"%.80s\""),
		    v->key->name, ALERT_COMMANDS, where);
}

static enum alert_to
targets_word(const char *item)
{
	for (unsigned int i = 0; alert_to_words[i] != NULL; i++) {
		if (strcmp(alert_to_words[i], item) == 0)
			return (enum alert_to)i;
	}
	return ALERT_TO_COMMAND + 1;
}

/* "journal, mail root, command /etc/sekisho/alert.d/page" */
int
value_alert_targets(struct value *v)
{
	struct alert_targets *list = value_field(v);
	char item[POLICY_LINE_MAX + 1], where[POLICY_LINE_MAX + 1];
	const char *at = v->text;
	bool bad;
	int r = SKS_OK;

	while (r == SKS_OK && value_next(&at, item, &bad)) {
		enum alert_to to = bad ? ALERT_TO_COMMAND + 1 : targets_word(item);
		bool named = to == ALERT_TO_MAIL || to == ALERT_TO_COMMAND;

		if (to > ALERT_TO_COMMAND) {
			value_problem(v, item);
			continue;
		}
		if (named && (!value_next(&at, where, &bad) || bad))
			where[0] = '\0';
		if (named && !(to == ALERT_TO_MAIL ? alert_address_is_sane(where)
						   : alert_command_is_sane(where)))
			targets_bad_where(v, to, where);
		else if (list->count >= ALERT_TARGETS_MAX)
			problem_add(v->problems, v->file, v->line, _("%s: names more than %d"),
			    v->key->name, (int)ALERT_TARGETS_MAX);
		else
			r = targets_add(list, to, named ? where : NULL);
	}
	return r;
}

int
value_host_command(struct value *v)
{
	if (host_command_is_sane(v->text))
		return value_line(v);
	value_problem(v, v->text);
	return SKS_OK;
}
