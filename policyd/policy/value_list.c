/* Values that are lists: of names, words, paths and sources. */
#include "policy/value.h"

#include "error.h"
#include "i18n.h"
#include "policy/problem.h"
#include "policy/source.h"
#include "policy/target.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

enum { CLAUSE_MAX = 64 };

/* Capacity is the next power of two, so that nobody has to store it. */
int
value_append(void *array, size_t *count, const void *item, size_t size)
{
	void *items;

	memcpy(&items, array, sizeof(items));
	if ((*count & (*count - 1)) == 0) {
		items = reallocarray(items, *count == 0 ? 1 : *count * 2, size);
		if (items == NULL)
			return SKS_NOMEM;
		memcpy(array, &items, sizeof(items));
	}
	memcpy((char *)items + *count * size, item, size);
	(*count)++;
	return SKS_OK;
}

static bool
value_is_separator(char c)
{
	return c == ' ' || c == '\t' || c == ',';
}

bool
value_next(const char **at, char *out, bool *bad)
{
	const char *s = *at;
	size_t len = 0;

	*bad = false;
	while (value_is_separator(*s))
		s++;
	if (*s == '\0')
		return false;
	if (*s == '"') {
		const char *end = strchr(s + 1, '"');

		*bad = end == NULL || (end[1] != '\0' && !value_is_separator(end[1]));
		len = end == NULL ? strlen(s + 1) : (size_t)(end - s - 1);
		memcpy(out, s + 1, len);
		s = end == NULL ? s + strlen(s) : end + 1;
	} else {
		while (s[len] != '\0' && !value_is_separator(s[len]))
			len++;
		memcpy(out, s, len);
		s += len;
	}
	out[len] = '\0';
	*at = s;
	return true;
}

/*
 * Names end up in records, prompts and lists. What a pattern, a path, an option or another
 * field could be mistaken for is refused: "adm-*" or "!bob" would otherwise match nobody,
 * silently.
 */
bool
value_name_is_sane(const char *name)
{
	char clean[POLICY_NAME_MAX + 1];
	size_t len = strlen(name);

	if (len == 0 || len > POLICY_NAME_MAX)
		return false;
	if (text_clean(clean, sizeof(clean), name) != len || strcmp(clean, name) != 0)
		return false;
	if (strchr("-@!%", name[0]) != NULL || strpbrk(name, "/,:\"=[]*?\t") != NULL)
		return false;
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

int
value_person(struct value *v)
{
	if (value_name_is_sane(v->text))
		return value_line(v);
	value_problem(v, v->text);
	return SKS_OK;
}

int
value_add_string(struct strings *list, const char *text)
{
	char *copy = strdup(text);
	int r = copy == NULL ? SKS_NOMEM
			     : value_append(&list->item, &list->count, &copy, sizeof(copy));

	if (r != SKS_OK)
		free(copy);
	return r;
}

enum name_forms { NAME_PLAIN = 0, NAME_STAR = 1, NAME_GROUP = 2, NAME_STRIP = 4 };

static int
value_take_names(struct value *v, unsigned int forms)
{
	char item[POLICY_LINE_MAX + 1];
	const char *at = v->text;
	bool bad;

	while (value_next(&at, item, &bad)) {
		bool group = (forms & (NAME_GROUP | NAME_STRIP)) != 0 && item[0] == '@';
		bool sane = value_name_is_sane(item + (group ? 1 : 0)) ||
			    ((forms & NAME_STAR) != 0 && strcmp(item, "*") == 0);
		int r;

		if (bad || !sane) {
			value_problem(v, item);
			continue;
		}
		r = value_add_string(
		    value_field(v), item + (group && (forms & NAME_STRIP) != 0 ? 1 : 0));
		if (r != SKS_OK)
			return r;
	}
	return SKS_OK;
}

int
value_accounts(struct value *v)
{
	return value_take_names(v, NAME_STAR | NAME_GROUP);
}

int
value_members(struct value *v)
{
	return value_take_names(v, NAME_GROUP);
}

int
value_groups(struct value *v)
{
	return value_take_names(v, NAME_STAR | NAME_STRIP);
}

int
value_services(struct value *v)
{
	return value_take_names(v, NAME_STAR);
}

int
value_names(struct value *v)
{
	return value_take_names(v, NAME_PLAIN);
}

static int
value_take_list(struct value *v, bool (*fits)(const char *item))
{
	char item[POLICY_LINE_MAX + 1];
	const char *at = v->text;
	bool bad;

	while (value_next(&at, item, &bad)) {
		int r;

		if (bad || !fits(item)) {
			value_problem(v, item);
			continue;
		}
		r = value_add_string(value_field(v), item);
		if (r != SKS_OK)
			return r;
	}
	return SKS_OK;
}

/* AUTH-6: letters, a hyphen, digits. Which ids exist is data of the catalogue. */
static bool
value_is_control(const char *text)
{
	size_t letters = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	size_t digits = text[letters] == '-' ? strspn(text + letters + 1, "0123456789") : 0;

	return letters >= 1 && letters <= 16 && digits >= 1 && digits <= 4 &&
	       text[letters + 1 + digits] == '\0';
}

int
value_controls(struct value *v)
{
	return value_take_list(v, value_is_control);
}

/* "B1.2.1.3(2)(b)(ア)", the beginning of one, "AUTH-6" or "*". Which there are is data of the
 * catalogue, and a newer edition has others. */
static bool
value_is_clause(const char *text)
{
	size_t len = strlen(text);

	if (strcmp(text, "*") == 0 || value_is_control(text))
		return true;
	return len <= CLAUSE_MAX && text[0] >= 'A' && text[0] <= 'Z' &&
	       strpbrk(text, "/:\"=[]*?") == NULL;
}

int
value_clauses(struct value *v)
{
	return value_take_list(v, value_is_clause);
}

/* As `ssh-keygen -l` prints them. */
static bool
value_is_fingerprint(const char *text)
{
	static const char prefix[] = "SHA256:";
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 && strlen(text + len) == 43 &&
	       strspn(text + len, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				  "0123456789+/") == 43;
}

int
value_fingerprints(struct value *v)
{
	return value_take_list(v, value_is_fingerprint);
}

/* All of a list go into one message. */
static bool
value_path_fits(const struct strings *list, const char *path)
{
	size_t used = strlen(path) + 1;

	for (size_t i = 0; i < list->count; i++)
		used += strlen(list->item[i]) + 1;
	return used <= POLICY_PATHS_MAX;
}

int
value_paths(struct value *v)
{
	struct strings *list = value_field(v);
	char item[POLICY_LINE_MAX + 1], clean[POLICY_LINE_MAX + 1];
	const char *at = v->text;
	bool bad;

	while (value_next(&at, item, &bad)) {
		size_t len = strlen(item);
		int r;

		if (bad || item[0] != '/' || !value_path_fits(list, item) ||
		    text_clean(clean, sizeof(clean), item) != len || strcmp(clean, item) != 0) {
			value_problem(v, item);
			continue;
		}
		if (len > 1 && item[len - 1] == '/') /* "/srv/" is "/srv" */
			item[len - 1] = '\0';
		r = value_add_string(list, item);
		if (r != SKS_OK)
			return r;
	}
	return SKS_OK;
}

int
value_targets(struct value *v)
{
	struct strings *list = value_field(v);
	char item[POLICY_LINE_MAX + 1];
	const char *at = v->text;
	bool bad;

	while (value_next(&at, item, &bad)) {
		struct target target;
		int r;

		if (bad || !target_parse(item, &target) || target.kind == TARGET_JOURNAL ||
		    list->count == FORWARD_SYSLOG_MAX) {
			value_problem(v, item);
			continue;
		}
		r = value_add_string(list, item);
		if (r != SKS_OK)
			return r;
	}
	return SKS_OK;
}

int
value_mask(struct value *v)
{
	uint8_t *mask = value_field(v);
	char item[POLICY_LINE_MAX + 1];
	const char *at = v->text;
	bool bad;

	while (value_next(&at, item, &bad)) {
		size_t i = 0;

		while (v->key->words[i] != NULL && strcmp(v->key->words[i], item) != 0)
			i++;
		if (bad || v->key->words[i] == NULL)
			value_problem(v, item);
		else
			*mask = (uint8_t)(*mask | 1u << i);
	}
	return SKS_OK;
}

int
value_sources(struct value *v)
{
	struct sources *sources = value_field(v);
	char item[POLICY_LINE_MAX + 1];
	const char *at = v->text;
	bool bad;

	while (value_next(&at, item, &bad)) {
		struct network net;
		const char *why = NULL;
		int r = SKS_OK;

		if (!bad && strcmp(item, "remote") == 0)
			sources->remote = true;
		else if (!bad && strcmp(item, "local") == 0)
			sources->local = true;
		else if (!bad && network_parse(item, &net, &why))
			r = value_append(&sources->net, &sources->count, &net, sizeof(net));
		else if (why != NULL)
			problem_add(v->problems, v->file, v->line, _("%s: \"%.80s\": %s"),
			    v->key->name, item, why);
		else
			value_problem(v, item);
		if (r != SKS_OK)
			return r;
	}
	return SKS_OK;
}
