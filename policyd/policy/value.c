#include "policy/value.h"

#include "clock.h"
#include "container/recipient.h"
#include "error.h"
#include "i18n.h"
#include "policy/nearest.h"
#include "policy/problem.h"
#include "size.h"
#include "text.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_EXPECTED_SIZE = 256, VALUE_DAY_MS = 24 * 60 * 60 * 1000 };

/* "one of: en, ja", where the row gives words and no text. */
static const char *
value_expected(const struct policy_key *key, char *out, size_t size)
{
	char list[VALUE_EXPECTED_SIZE];
	struct buf b;

	if (key->expected != NULL)
		return _(key->expected);
	buf_init_fixed(&b, list, sizeof(list) - 1);
	for (size_t i = 0; key->words != NULL && key->words[i] != NULL; i++)
		buf_printf(&b, "%s%s", i == 0 ? "" : ", ", key->words[i]);
	list[b.len] = '\0';
	snprintf(out, size, _("one of: %s"), list);
	return out;
}

void
value_problem(const struct value *v, const char *found)
{
	char buffer[VALUE_EXPECTED_SIZE];
	const char *expected = value_expected(v->key, buffer, sizeof(buffer));
	const char *nearest =
	    v->key->words == NULL ? NULL : nearest_word(found, v->key->words, SIZE_MAX);

	if (nearest != NULL)
		problem_add(v->problems, v->file, v->line,
		    _("%s: expected %s; found \"%.80s\", did you mean \"%s\"?"), v->key->name,
		    expected, found, nearest);
	else
		problem_add(v->problems, v->file, v->line,
		    _("%s: expected %s; found \"%.80s\""), v->key->name, expected, found);
}

/* Most values are one line. */
bool
value_is_single(const struct value *v)
{
	if (!v->continued)
		return true;
	problem_add(v->problems, v->file, v->line,
	    _("%s: takes one line; begin other keys at the start of their line"), v->key->name);
	return false;
}

/* ---- text, words and numbers ------------------------------------------------------------ */

static int
value_set_text(const struct value *v, const char *text)
{
	char **field = value_field(v);
	char *copy = strdup(text);

	if (copy == NULL)
		return SKS_NOMEM;
	free(*field);
	*field = copy;
	return SKS_OK;
}

int
value_line(struct value *v)
{
	return value_is_single(v) ? value_set_text(v, v->text) : SKS_OK;
}

int
value_issuer(struct value *v)
{
	if (strchr(v->text, ':') == NULL) /* it separates issuer and account in otpauth URIs */
		return value_line(v);
	value_problem(v, v->text);
	return SKS_OK;
}

int
value_path(struct value *v)
{
	if (v->text[0] == '/' && v->text[1] != '\0')
		return value_line(v);
	value_problem(v, v->text);
	return SKS_OK;
}

int
value_level(struct value *v)
{
	size_t len = strlen(v->text), digits = strspn(v->text, "abcdefghijklmnopqrstuvwxyz");

	if (digits > 0 && v->text[digits] == '-' && len > digits + 1 && len <= digits + 3 &&
	    strspn(v->text + digits + 1, "0123456789") == len - digits - 1)
		return value_line(v);
	value_problem(v, v->text);
	return SKS_OK;
}

int
value_rating(struct value *v)
{
	struct policy *p = v->object;

	free(p->rating_file);
	p->rating_file = strdup(v->file);
	p->rating_line = v->line;
	return p->rating_file == NULL ? SKS_NOMEM : value_line(v);
}

int
value_recipients(struct value *v)
{
	struct recipient r;

	if (recipient_parse(v->text, &r) == SKS_OK)
		return value_text(v);
	value_problem(v, v->text);
	return SKS_OK;
}

int
value_text(struct value *v)
{
	char **field = value_field(v);
	size_t old_len, len;
	char *joined;

	/* It is shown on one screen; and joined line by line, which takes its time. */
	if (v->continued && *field != NULL &&
	    strlen(*field) > (size_t)POLICY_TEXT_MAX - strlen(v->text) - 1) {
		problem_add(v->problems, v->file, v->line, _("%s: is longer than %d bytes"),
		    v->key->name, POLICY_TEXT_MAX);
		return SKS_OK;
	}
	if (!v->continued || *field == NULL || (*field)[0] == '\0')
		return value_set_text(v, v->text);
	old_len = strlen(*field);
	len = strlen(v->text);
	joined = realloc(*field, old_len + len + 2);
	if (joined == NULL)
		return SKS_NOMEM;
	joined[old_len] = '\n';
	memcpy(joined + old_len + 1, v->text, len + 1);
	*field = joined;
	return SKS_OK;
}

/* The index of text in the key's words, or -1 and a problem. */
static int
value_find(const struct value *v, const char *text)
{
	for (int i = 0; v->key->words[i] != NULL; i++) {
		if (strcmp(v->key->words[i], text) == 0 && i >= v->key->min)
			return i;
	}
	value_problem(v, text);
	return -1;
}

int
value_word(struct value *v)
{
	int found = value_is_single(v) ? value_find(v, v->text) : -1;
	unsigned int value = (unsigned int)found;

	if (found >= 0)
		memcpy(value_field(v), &value, sizeof(value)); /* enums are unsigned int */
	return SKS_OK;
}

int
value_language(struct value *v)
{
	if (!value_is_single(v) || value_find(v, v->text) < 0)
		return SKS_OK;
	((struct policy *)v->object)->language_said = true;
	return value_set_text(v, v->text);
}

int
value_bool(struct value *v)
{
	int found = value_is_single(v) ? value_find(v, v->text) : -1;

	if (found >= 0)
		*(bool *)value_field(v) = found == 0; /* words begin with "yes" */
	return SKS_OK;
}

int
value_not(struct value *v)
{
	int found = value_is_single(v) ? value_find(v, v->text) : -1;

	if (found >= 0)
		*(bool *)value_field(v) = found != 0;
	return SKS_OK;
}

bool
value_digits(const char *text, size_t len, int64_t *number)
{
	int64_t n = 0;

	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' || n > (INT64_MAX - 9) / 10)
			return false;
		n = n * 10 + (text[i] - '0');
	}
	*number = n;
	return true;
}

int
value_count(struct value *v)
{
	int64_t n;

	if (!value_is_single(v))
		return SKS_OK;
	if (!value_digits(v->text, strlen(v->text), &n) || n < v->key->min || n > v->key->max)
		value_problem(v, v->text);
	else
		*(uint32_t *)value_field(v) = (uint32_t)n;
	return SKS_OK;
}

/* pwquality.conf has credits, too: a class that makes a password count as longer. Those we do not
 * take: ten characters are ten. */
int
value_credit(struct value *v)
{
	const char *text = v->text[0] == '-' ? v->text + 1 : v->text;
	int64_t n;

	if (!value_is_single(v))
		return SKS_OK;
	if (!value_digits(text, strlen(text), &n) || n > v->key->max || (n > 0 && text == v->text))
		value_problem(v, v->text);
	else
		*(uint32_t *)value_field(v) = (uint32_t)n;
	return SKS_OK;
}

bool
value_read_duration(const char *text, int64_t *ms)
{
	size_t len = strlen(text);

	if (len > 2 && strcmp(text + len - 2, "ms") == 0)
		return value_digits(text, len - 2, ms);
	return clock_parse_duration(text, ms) == SKS_OK;
}

int
value_duration(struct value *v)
{
	int64_t ms;

	if (!value_is_single(v))
		return SKS_OK;
	if (!value_read_duration(v->text, &ms) || ms < v->key->min || ms > v->key->max)
		value_problem(v, v->text);
	else
		*(int64_t *)value_field(v) = ms;
	return SKS_OK;
}

int
value_size(struct value *v)
{
	int64_t bytes;

	if (!value_is_single(v))
		return SKS_OK;
	if (!size_parse(v->text, &bytes))
		value_problem(v, v->text);
	else
		*(int64_t *)value_field(v) = bytes;
	return SKS_OK;
}

bool
value_read_date(const char *text, int64_t *end_ms)
{
	if (strlen(text) != strlen("2026-11-22") || clock_parse(text, 0, end_ms) != SKS_OK)
		return false;
	*end_ms += VALUE_DAY_MS;
	return true;
}

int
value_date(struct value *v)
{
	int64_t ms;

	if (!value_is_single(v))
		return SKS_OK;
	if (!value_read_date(v->text, &ms))
		value_problem(v, v->text);
	else
		*(int64_t *)value_field(v) = ms;
	return SKS_OK;
}

int
value_month_day(struct value *v)
{
	const char *t = v->text;
	uint32_t month, day;

	if (!value_is_single(v))
		return SKS_OK;
	if (strlen(t) != 5 || strspn(t, "0123456789") != 2 || t[2] != '-' ||
	    strspn(t + 3, "0123456789") != 2) {
		value_problem(v, t);
		return SKS_OK;
	}
	month = (uint32_t)strtoul(t, NULL, 10);
	day = (uint32_t)strtoul(t + 3, NULL, 10);
	/* every year has the day */
	if (month < 1 || month > 12 || day < 1 || day > 28)
		value_problem(v, t);
	else
		*(uint32_t *)value_field(v) = month * 100 + day;
	return SKS_OK;
}

/* ---- one of a kind ---------------------------------------------------------------------- */

int
value_require(struct value *v)
{
	static const char within[] = "mfa within ";
	struct rule *rule = v->object;
	int64_t ms = 0;

	if (!value_is_single(v))
		return SKS_OK;
	rule->require_mfa = true; /* misread it may be, but the rule is not without effect */
	if (strncmp(v->text, within, strlen(within)) == 0) {
		const char *duration = v->text + strlen(within);

		duration += strspn(duration, " \t");
		if (!value_read_duration(duration, &ms) || ms < v->key->min ||
		    ms > v->key->max) {
			value_problem(v, v->text);
			return SKS_OK;
		}
	} else if (strcmp(v->text, "mfa") != 0) {
		value_problem(v, v->text);
		return SKS_OK;
	}
	rule->mfa_within_ms = ms;
	return SKS_OK;
}

/* "until 2026-12-31": the end of that day. False, and a problem, when it is no date. */
static bool
value_read_until(struct value *v, int64_t *end_ms)
{
	const char *date = v->text + strlen("until ");

	date += strspn(date, " \t");
	if (value_read_date(date, end_ms))
		return true;
	value_problem(v, v->text);
	return false;
}

static bool
value_is_until(const struct value *v)
{
	return strncmp(v->text, "until ", strlen("until ")) == 0;
}

int
value_until(struct value *v)
{
	struct until *u = value_field(v);
	int64_t end_ms = 0;

	if (!value_is_single(v))
		return SKS_OK;
	if (value_is_until(v)) {
		if (value_read_until(v, &end_ms))
			*u = (struct until){.on = true, .end_wall_ms = end_ms};
	} else if (strcmp(v->text, "yes") == 0 || strcmp(v->text, "no") == 0) {
		*u = (struct until){.on = strcmp(v->text, "yes") == 0};
	} else {
		value_problem(v, v->text);
	}
	return SKS_OK;
}

int
value_grace(struct value *v)
{
	struct until *u = value_field(v);
	int64_t end_ms = 0;

	if (!value_is_single(v))
		return SKS_OK;
	if (!value_is_until(v))
		value_problem(v, v->text);
	else if (value_read_until(v, &end_ms))
		*u = (struct until){.on = true, .end_wall_ms = end_ms};
	return SKS_OK;
}

int
value_enrol(struct value *v)
{
	struct policy *p = v->object;
	int64_t end_ms = 0;

	if (!value_is_single(v))
		return SKS_OK;
	if (value_is_until(v)) {
		if (!value_read_until(v, &end_ms))
			return SKS_OK;
	} else if (strcmp(v->text, "open") != 0 && strcmp(v->text, "closed") != 0) {
		value_problem(v, v->text);
		return SKS_OK;
	}
	p->enrol_open = strcmp(v->text, "closed") != 0;
	p->enrol_until_wall_ms = end_ms;
	return SKS_OK;
}
