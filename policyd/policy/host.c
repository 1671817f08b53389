/* What the host says of itself: sections, conditions of rules, and whether one is true. */
#include "policy/host.h"

#include "error.h"
#include "hostvalue.h"
#include "i18n.h"
#include "policy/nearest.h"
#include "policy/problem.h"
#include "policy/table.h"
#include "policy/value.h"
#include <stdlib.h>
#include <string.h>

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-_."

static const char built_in[] = "days-since-update";

/* ---- asking ------------------------------------------------------------------------------ */

const struct host_attribute *
policy_host_attribute(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->host_attribute_count; i++) {
		if (strcmp(p->host_attribute[i].name, name) == 0)
			return &p->host_attribute[i];
	}
	return NULL;
}

static const char *
host_find(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (list != NULL && *list != '\0') {
		if (strncmp(list, name, len) == 0 && list[len] == '=')
			return list + len + 1;
		list = strchr(list, ',');
		list = list == NULL ? NULL : list + 1;
	}
	return NULL;
}

bool
policy_host_said(const char *list, const char *name)
{
	return host_find(list, name) != NULL;
}

bool
policy_host_value(const char *list, const char *name, int64_t *value)
{
	const char *text = host_find(list, name);

	return text != NULL && host_value_parse(text, strcspn(text, ","), value);
}

bool
host_conditions_hold(const struct host_conditions *c, const char *list)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct host_condition *one = &c->item[i];
		int64_t value;

		/* Rules can only tighten: what is not known counts as met. */
		if (!policy_host_value(list, one->name, &value) ||
		    (one->above ? value > one->limit : value < one->limit))
			return true;
	}
	return false;
}

/* ---- reading ----------------------------------------------------------------------------- */

static char *
host_trim(char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		text[--len] = '\0';
	return text;
}

static bool
host_name_is_sane(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= HOST_NAME_SIZE && strspn(name, NAME_LETTERS) == len;
}

/* "NAME > NUMBER": the name stays in the text. */
static bool
host_read_condition(char *text, struct host_condition *out)
{
	char *sign = strpbrk(text, "<>");
	char *number;

	if (sign == NULL)
		return false;
	out->above = *sign == '>';
	*sign = '\0';
	out->name = host_trim(text);
	number = host_trim(sign + 1);
	return host_name_is_sane(out->name) &&
	       host_value_parse(number, strlen(number), &out->limit);
}

int
host_conditions_take(struct value *v)
{
	struct host_conditions *list = value_field(v);
	char line[POLICY_LINE_MAX + 1] = "", shown[POLICY_LINE_MAX + 1] = "";
	char *entry, *rest = NULL;

	strncpy(line, v->text, sizeof(line) - 1);
	for (entry = strtok_r(line, ",", &rest); entry != NULL;
	     entry = strtok_r(NULL, ",", &rest)) {
		struct host_condition one = {.line = v->line};

		strncpy(shown, entry, sizeof(shown) - 1);
		if (!host_read_condition(entry, &one)) {
			value_problem(v, host_trim(shown));
			continue;
		}
		if ((one.name = strdup(one.name)) == NULL)
			return SKS_NOMEM;
		if (value_append(&list->item, &list->count, &one, sizeof(one)) != SKS_OK) {
			free(one.name);
			return SKS_NOMEM;
		}
	}
	return SKS_OK;
}

/* ---- contradictions ---------------------------------------------------------------------- */

void
host_attribute_check(
    const struct policy *p, const char *file, int line, struct policy_problems *problems)
{
	const struct host_attribute *a = &p->host_attribute[p->host_attribute_count - 1];
	bool known = strcmp(a->name, built_in) == 0;

	if (!host_name_is_sane(a->name))
		problem_add(problems, file, line,
		    _("[host-attribute %.80s]: expected a name of at most %d small letters, "
		      "digits, - _ and ."),
		    a->name, (int)HOST_NAME_SIZE);
	else if (a->file != NULL && a->command != NULL)
		problem_add(problems, file, line,
		    _("[host-attribute %s] file, command: expected one of them, not both"),
		    a->name);
	else if (a->file == NULL && a->command == NULL && !known)
		problem_add(problems, file, line,
		    _("[host-attribute %s] file, command: expected one of them; without it "
		      "only "
		      "%s is known"),
		    a->name, built_in);
	if (a->stale_ms < a->every_ms)
		problem_add(problems, file, line,
		    _("[host-attribute %s] stale: expected not less than \"every\"; it would "
		      "be "
		      "unknown in between"),
		    a->name);
	if (p->host_attribute_count == HOST_ATTRIBUTES_MAX + 1)
		problem_add(problems, file, line,
		    _("[host-attribute %s]: there are more than %d of these sections"), a->name,
		    (int)HOST_ATTRIBUTES_MAX);
}

static void
host_unknown(const struct policy *p, const struct rule *r, const struct host_condition *c,
    struct policy_problems *problems)
{
	const char *words[HOST_ATTRIBUTES_MAX + 1] = {built_in};
	size_t count = 1;
	const char *near;

	for (size_t i = 0; i < p->host_attribute_count && count <= HOST_ATTRIBUTES_MAX; i++)
		words[count++] = p->host_attribute[i].name;
	near = nearest_word(c->name, words, count);
	if (near != NULL)
		problem_add(problems, r->file, c->line,
		    _("[rule %s] host: \"%s\" is not known; did you mean \"%s\"?"), r->name,
		    c->name, near);
	else
		problem_add(problems, r->file, c->line,
		    _("[rule %s] host: \"%s\" is not known; say where it comes from in a "
		      "section "
		      "[host-attribute %s]"),
		    r->name, c->name, c->name);
}

static int
host_add_built_in(struct policy *p, const struct rule *r, const struct host_condition *c,
    struct policy_problems *problems)
{
	struct host_attribute *a;
	char *name;

	if (p->host_attribute_count >= HOST_ATTRIBUTES_MAX)
		problem_add(problems, r->file, c->line,
		    _("[rule %s] host: with \"%s\" there are more than %d attributes of the "
		      "host"),
		    r->name, c->name, (int)HOST_ATTRIBUTES_MAX);
	if ((name = strdup(built_in)) == NULL)
		return SKS_NOMEM;
	a = host_attribute_add(p, name);
	if (a == NULL)
		free(name);
	return a == NULL ? SKS_NOMEM : SKS_OK;
}

static int
host_use(struct policy *p, const struct rule *r, const struct host_condition *c,
    struct policy_problems *problems)
{
	int e = SKS_OK;

	if (policy_host_attribute(p, c->name) == NULL && strcmp(c->name, built_in) == 0)
		e = host_add_built_in(p, r, c, problems);
	for (size_t i = 0; e == SKS_OK && i < p->host_attribute_count; i++) {
		if (strcmp(p->host_attribute[i].name, c->name) == 0) {
			p->host_attribute[i].used = p->host_used = true;
			return SKS_OK;
		}
	}
	if (e == SKS_OK)
		host_unknown(p, r, c, problems);
	return e;
}

int
host_complete(struct policy *p, struct policy_problems *problems)
{
	int e = SKS_OK;

	for (size_t i = 0; i < p->rule_count; i++) {
		const struct rule *r = &p->rule[i];

		for (size_t j = 0; e == SKS_OK && j < r->host.count; j++)
			e = host_use(p, r, &r->host.item[j], problems);
	}
	return e;
}

struct host_attribute *
host_attribute_add(struct policy *p, char *name)
{
	struct host_attribute a = {.name = name,
	    .every_ms = INT64_C(60) * 60 * 1000,
	    .stale_ms = INT64_C(24) * 60 * 60 * 1000};

	if (value_append(&p->host_attribute, &p->host_attribute_count, &a, sizeof(a)) != SKS_OK)
		return NULL;
	return &p->host_attribute[p->host_attribute_count - 1];
}

void
host_free(struct policy *p)
{
	for (size_t i = 0; i < p->host_attribute_count; i++) {
		free(p->host_attribute[i].name);
		free(p->host_attribute[i].file);
		free(p->host_attribute[i].command);
	}
	free(p->host_attribute);
}
