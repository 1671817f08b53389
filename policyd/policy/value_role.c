/* Values of roles: who approves, and what may be run. */
#include "error.h"
#include "policy/attribute.h"
#include "policy/role.h"
#include "policy/value.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

/* ---- "2 from @managers, alice and 1 from @security or 1 from carol" ---------------------- */

struct approve_reader {
	const char *at;
	char word[POLICY_LINE_MAX + 1];
	bool bad;
};

static bool
approve_next(struct approve_reader *in)
{
	return value_next(&in->at, in->word, &in->bad) && !in->bad;
}

static bool
approve_joins(const char *word)
{
	return strcmp(word, "and") == 0 || strcmp(word, "or") == 0;
}

static bool
approve_is_name(const char *word)
{
	return value_name_is_sane(word + (word[0] == '@' ? 1 : 0));
}

/* One part, from its number on; "more" says whether a joining word stands in in->word then.
 * SKS_INVALID when it is none. */
static int
approve_part(struct approve_reader *in, struct approval *part, bool *more)
{
	int64_t need;

	*more = false;
	if (!value_digits(in->word, strlen(in->word), &need) || need < 1 ||
	    need > APPROVALS_MAX || !approve_next(in) || strcmp(in->word, "from") != 0)
		return SKS_INVALID;
	part->need = (uint32_t)need;
	while (!*more && approve_next(in)) {
		int r;

		*more = approve_joins(in->word);
		if (*more)
			break;
		if (!approve_is_name(in->word))
			return SKS_INVALID;
		if ((r = value_add_string(&part->from, in->word)) != SKS_OK)
			return r;
	}
	return in->bad || part->from.count == 0 ? SKS_INVALID : SKS_OK;
}

static uint32_t
approve_people(const struct approval_set *set)
{
	uint32_t n = 0;

	for (size_t i = 0; i < set->count; i++)
		n += set->item[i].need;
	return n;
}

/* What was read stays the policy's, right or wrong: it is freed with it. */
static int
approve_read(struct approve_reader *in, struct approval_set **sets, size_t *count)
{
	bool another_way = true, more = true;

	while (more) {
		static const struct approval_set no_set;
		static const struct approval no_part;
		struct approval_set *set;
		int r;

		if (!approve_next(in))
			return SKS_INVALID;
		if (another_way &&
		    (r = value_append(sets, count, &no_set, sizeof(no_set))) != SKS_OK)
			return r;
		set = &(*sets)[*count - 1];
		if ((r = value_append(&set->item, &set->count, &no_part, sizeof(no_part))) !=
			SKS_OK ||
		    (r = approve_part(in, &set->item[set->count - 1], &more)) != SKS_OK)
			return r;
		if (approve_people(set) > APPROVALS_MAX)
			return SKS_INVALID;
		another_way = more && strcmp(in->word, "or") == 0;
	}
	return SKS_OK;
}

static int
approve_take(struct value *v, struct approval_set **sets, size_t *count)
{
	struct approve_reader in = {.at = v->text};
	int r = approve_read(&in, sets, count);

	if (r == SKS_INVALID)
		value_problem(v, v->text);
	return r == SKS_INVALID ? SKS_OK : r;
}

int
value_approve(struct value *v)
{
	struct role *role = v->object;

	if (!value_is_single(v))
		return SKS_OK;
	role->approve_nobody = strcmp(v->text, "nobody") == 0;
	return role->approve_nobody ? SKS_OK
				    : approve_take(v, &role->approve, &role->approve_count);
}

int
value_activate(struct value *v)
{
	struct contingency *c = v->object;

	return value_is_single(v) ? approve_take(v, &c->activate, &c->activate_count) : SKS_OK;
}

int
value_approve_instead(struct value *v)
{
	struct contingency *c = v->object;

	return value_is_single(v) ? approve_take(v, &c->approve, &c->approve_count) : SKS_OK;
}

/* "RULE:KEY"; the name of a rule may have a colon. */
int
value_lower(struct value *v)
{
	char word[POLICY_LINE_MAX + 1];
	const char *at = v->text;
	bool bad = false;
	int r;

	while (value_next(&at, word, &bad) && !bad) {
		const char *colon = strrchr(word, ':');

		if (colon == NULL || colon == word || colon[1] == '\0') {
			value_problem(v, word);
			continue;
		}
		if ((r = value_add_string(value_field(v), word)) != SKS_OK)
			return r;
	}
	if (bad)
		value_problem(v, v->text);
	return SKS_OK;
}

/* ---- "alice until 2027-03-31, @ops" ------------------------------------------------------ */

static int
member_ends(struct value *v, struct role *role, const char *date)
{
	struct member_end end = {.index = role->members.count - 1};

	if (!value_read_date(date, &end.end_wall_ms)) {
		value_problem(v, date);
		return SKS_OK;
	}
	return value_append(&role->end_of, &role->end_of_count, &end, sizeof(end));
}

int
value_role_members(struct value *v)
{
	struct role *role = v->object;
	char item[POLICY_LINE_MAX + 1];
	const char *at = v->text;
	bool bad = false, named = false; /* a name stands before */
	int r = SKS_OK;

	while (r == SKS_OK && value_next(&at, item, &bad)) {
		bool group = item[0] == '@';

		if (!bad && strcmp(item, "until") == 0) {
			if (named && value_next(&at, item, &bad) && !bad)
				r = member_ends(v, role, item);
			else
				value_problem(v, "until");
			named = false;
			continue;
		}
		if (bad || !value_name_is_sane(item + group)) {
			value_problem(v, item);
			continue;
		}
		r = value_add_string(&role->members, item);
		named = true;
	}
	return r;
}

int
value_review(struct value *v)
{
	struct role *role = v->object;
	int64_t ms;

	if (!value_is_single(v))
		return SKS_OK;
	if (strcmp(v->text, "fiscal-year") == 0)
		role->review_fiscal_year = true;
	else if (value_read_duration(v->text, &ms) && ms >= v->key->min && ms <= v->key->max)
		role->review_ms = ms;
	else
		value_problem(v, v->text);
	return SKS_OK;
}

int
value_pattern(struct value *v)
{
	if (attribute_pattern_is_sane(v->text))
		return value_line(v);
	value_problem(v, v->text);
	return SKS_OK;
}

/* ---- commands ---------------------------------------------------------------------------- */

/* What sudoers gives a meaning that the reader of a policy would not see. */
static bool
command_is_sane(const char *text)
{
	static const char edit[] = "sudoedit /";
	char clean[POLICY_LINE_MAX + 1];
	size_t len = strlen(text);

	if (text_clean(clean, sizeof(clean), text) != len || strcmp(clean, text) != 0 ||
	    strpbrk(text, "*?[]^!\"\\#") != NULL)
		return false;
	if (strcmp(text, "ALL") == 0)
		return true;
	return (text[0] == '/' && text[1] != '\0' && text[1] != ' ') ||
	       (strncmp(text, edit, strlen(edit)) == 0 && text[strlen(edit)] != '\0');
}

int
value_commands(struct value *v)
{
	char line[POLICY_LINE_MAX + 1];
	char *command, *rest = NULL;

	strncpy(line, v->text, sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	for (command = strtok_r(line, ",", &rest); command != NULL;
	     command = strtok_r(NULL, ",", &rest)) {
		size_t len;
		int r;

		command += strspn(command, " \t");
		len = strlen(command);
		while (len > 0 && (command[len - 1] == ' ' || command[len - 1] == '\t'))
			command[--len] = '\0';
		if (len == 0) /* "a, b," and on with the next line */
			continue;
		if (!command_is_sane(command)) {
			value_problem(v, command);
			continue;
		}
		if ((r = value_add_string(value_field(v), command)) != SKS_OK)
			return r;
	}
	return SKS_OK;
}

/* ---- "-p, --key" ------------------------------------------------------------------------- */

int
value_options(struct value *v)
{
	char word[POLICY_LINE_MAX + 1];
	const char *at = v->text;
	bool bad = false;
	int r;

	while (value_next(&at, word, &bad) && !bad) {
		if (word[0] != '-' || word[1] == '\0' || strpbrk(word, "=\"") != NULL) {
			value_problem(v, word);
			continue;
		}
		if ((r = value_add_string(value_field(v), word)) != SKS_OK)
			return r;
	}
	if (bad)
		value_problem(v, v->text);
	return SKS_OK;
}
