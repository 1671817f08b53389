#include "staff/list.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "policy/nearest.h"
#include "text.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STAFF_DAY_MS = 86400000 };

enum column {
	COLUMN_PERSON,
	COLUMN_NAME,
	COLUMN_KANA,
	COLUMN_UNIT,
	COLUMN_CONTACT,
	COLUMN_UNTIL,
	COLUMNS
};

static const char *const column_names[] = {
    "person", "name", "kana", "unit", "contact", "until", NULL};

struct reader {
	struct staff_list *list;
	const char *at, *end, *line_start;
	uint32_t line;
	enum column column[COLUMNS]; /* of each field of a line */
	size_t columns;
};

/* ---- what is wrong ----------------------------------------------------------------------- */

static uint32_t
column_of(const struct reader *in, const char *at)
{
	uint32_t n = 1;

	for (const char *p = in->line_start; p < at; p++)
		n += ((unsigned char)*p & 0xc0) != 0x80;
	return n;
}

static void complain(struct reader *in, const char *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
complain(struct reader *in, const char *at, const char *fmt, ...)
{
	struct staff_problem *p;
	va_list list;

	if (in->list->problems == STAFF_PROBLEMS_MAX)
		return;
	p = &in->list->problem[in->list->problems++];
	p->line = in->line;
	p->column = column_of(in, at);
	va_start(list, fmt);
	(void)vsnprintf(p->text, sizeof(p->text), fmt, list);
	va_end(list);
}

/* ---- fields ------------------------------------------------------------------------------ */

/* Behind the line that a field of it could not be read. */
static void
skip_line(struct reader *in)
{
	const char *stop =
	    in->at < in->end ? memchr(in->at, '\n', (size_t)(in->end - in->at)) : NULL;

	in->at = stop != NULL ? stop : in->end;
}

static bool
at_line_end(const struct reader *in)
{
	return in->at == in->end || *in->at == '\n' ||
	       (*in->at == '\r' && in->at + 1 < in->end && in->at[1] == '\n') ||
	       (*in->at == '\r' && in->at + 1 == in->end);
}

/* Blanks around a field are nobody's name. */
static void
trim(char *text)
{
	size_t len = strlen(text), lead = strspn(text, " \t");

	memmove(text, text + lead, len - lead + 1);
	for (len -= lead; len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'); len--)
		text[len - 1] = '\0';
}

static bool
field_put(struct reader *in, char *out, size_t *used, char c)
{
	if ((unsigned char)c < 0x20 || c == 0x7f) {
		complain(in, in->at, "%s", _("a control character"));
		return false;
	}
	if (*used + 1 >= STAFF_FIELD_SIZE) {
		complain(in, in->at, _("longer than %d bytes"), STAFF_FIELD_SIZE - 1);
		return false;
	}
	out[(*used)++] = c;
	return true;
}

/* "…" with "" for a quotation mark in it; it ends on its line. */
static bool
field_quoted(struct reader *in, char *out, size_t *used)
{
	const char *opened = in->at++;

	for (;; in->at++) {
		if (in->at == in->end || *in->at == '\n') {
			complain(in, opened, "%s",
			    _("a quotation mark that does not end on its line"));
			return false;
		}
		if (*in->at == '"' && (in->at + 1 == in->end || in->at[1] != '"')) {
			in->at++;
			return true;
		}
		in->at += *in->at == '"';
		if (!field_put(in, out, used, *in->at))
			return false;
	}
}

static bool
field_read(struct reader *in, char out[STAFF_FIELD_SIZE])
{
	size_t used = 0;

	out[0] = '\0';
	while (in->at < in->end && (*in->at == ' ' || *in->at == '\t'))
		in->at++;
	if (in->at < in->end && *in->at == '"') {
		if (!field_quoted(in, out, &used))
			return false;
		while (in->at < in->end && (*in->at == ' ' || *in->at == '\t'))
			in->at++;
		if (!at_line_end(in) && *in->at != ',') {
			complain(in, in->at, "%s",
			    _("text behind a quotation mark; expected a comma"));
			return false;
		}
	}
	for (; !at_line_end(in) && *in->at != ','; in->at++) {
		if (*in->at == '"') {
			complain(in, in->at, "%s",
			    _("a quotation mark inside a field; put the whole field between "
			      "them"));
			return false;
		}
		if (*in->at != '\t' && !field_put(in, out, &used, *in->at))
			return false;
	}
	out[used] = '\0';
	trim(out);
	return true;
}

/* ---- the first line ---------------------------------------------------------------------- */

static bool
has_column(const struct reader *in, enum column c)
{
	for (size_t i = 0; i < in->columns; i++) {
		if (in->column[i] == c)
			return true;
	}
	return false;
}

static void
column_take(struct reader *in, const char *at, const char *word)
{
	const char *meant;
	enum column c = COLUMN_PERSON;

	while (c < COLUMNS && strcmp(column_names[c], word) != 0)
		c++;
	if (c == COLUMNS) {
		char clean[STAFF_FIELD_SIZE];

		(void)text_clean(clean, sizeof(clean), word);
		meant = nearest_word(word, column_names, COLUMNS);
		if (meant != NULL)
			complain(in, at, _("unknown column \"%.64s\"; \"%s\"?"), clean, meant);
		else
			complain(in, at,
			    _("unknown column \"%.64s\"; expected person, name, kana, unit, "
			      "contact "
			      "or until"),
			    clean);
	} else if (has_column(in, c)) {
		complain(in, at, _("the column \"%s\" stands twice"), word);
	} else {
		in->column[in->columns++] = c;
	}
}

static void
next_line(struct reader *in)
{
	if (in->at < in->end && *in->at == '\r')
		in->at++;
	if (in->at < in->end)
		in->at++;
	in->line++;
	in->line_start = in->at;
}

static bool
read_columns(struct reader *in)
{
	static const enum column required[] = {COLUMN_PERSON, COLUMN_NAME, COLUMN_UNIT};
	char word[STAFF_FIELD_SIZE];

	for (bool more = true; more;) {
		const char *at = in->at;

		if (!field_read(in, word))
			return false;
		column_take(in, at, word);
		more = !at_line_end(in);
		in->at += more;
	}
	if (in->list->problems > 0)
		return false;
	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
		if (!has_column(in, required[i]))
			complain(in, in->line_start, _("the column \"%s\" is missing"),
			    column_names[required[i]]);
	}
	next_line(in);
	return in->list->problems == 0;
}

/* ---- lines ------------------------------------------------------------------------------- */

/* As accounts are named: nothing that a list, a path or a shell would take apart. */
static bool
is_person(const char *name)
{
	return name[0] != '\0' && name[0] != '-' && name[0] != '@' &&
	       strpbrk(name, " ,;:/\"'\\*?<>|&$()[]{}#=") == NULL;
}

static bool
read_date(const char *text, int64_t *end_ms)
{
	if (strlen(text) != strlen("2027-03-31") || clock_parse(text, 0, end_ms) != SKS_OK)
		return false;
	*end_ms += STAFF_DAY_MS;
	return true;
}

static void
put_field(
    struct reader *in, const char *at, enum column c, const char *text, struct staff_person *p)
{
	char *field[COLUMNS] = {p->person, p->name, p->kana, p->unit, p->contact, NULL};
	char clean[STAFF_FIELD_SIZE];

	if ((c == COLUMN_PERSON || c == COLUMN_NAME || c == COLUMN_UNIT) && text[0] == '\0') {
		complain(in, at, _("%s: is empty"), column_names[c]);
		return;
	}
	(void)text_clean(clean, sizeof(clean), text);
	if (strcmp(clean, text) != 0)
		complain(in, at, _("%s: is not plain text"), column_names[c]);
	else if (c == COLUMN_PERSON && !is_person(text))
		complain(in, at,
		    _("person: expected a name as accounts have it, found \"%.64s\""), clean);
	else if (c == COLUMN_UNTIL && text[0] != '\0' && !read_date(text, &p->until_wall_ms))
		complain(
		    in, at, _("until: expected a date YYYY-MM-DD, found \"%.64s\""), clean);
	else if (field[c] != NULL)
		(void)snprintf(field[c], STAFF_FIELD_SIZE, "%s", text);
}

static struct staff_person *
add_person(struct staff_list *list)
{
	if (list->count % 64 == 0) {
		struct staff_person *item =
		    reallocarray(list->item, list->count + 64, sizeof(*item));

		if (item == NULL)
			return NULL;
		list->item = item;
	}
	memset(&list->item[list->count], 0, sizeof(*list->item));
	return &list->item[list->count++];
}

static void
read_person(struct reader *in, struct staff_person *p)
{
	char text[STAFF_FIELD_SIZE];
	size_t n = 0;

	p->line = in->line;
	for (bool more = true; more; n++) {
		const char *at = in->at;

		if (!field_read(in, text)) {
			skip_line(in);
			return;
		}
		if (n < in->columns)
			put_field(in, at, in->column[n], text, p);
		more = !at_line_end(in);
		in->at += more;
	}
	if (n != in->columns)
		complain(in, in->line_start, _("%zu fields, where the first line has %zu"), n,
		    in->columns);
}

static int
read_persons(struct reader *in)
{
	while (in->at < in->end) {
		struct staff_person *p;

		if (!at_line_end(in)) { /* an empty line says nothing */
			if (in->list->count == STAFF_PERSONS_MAX) {
				complain(
				    in, in->at, _("more than %d persons"), STAFF_PERSONS_MAX);
				return SKS_OK;
			}
			if ((p = add_person(in->list)) == NULL)
				return SKS_NOMEM;
			read_person(in, p);
		}
		next_line(in);
	}
	return SKS_OK;
}

/* ---- the whole --------------------------------------------------------------------------- */

static int
person_compare(const void *a, const void *b)
{
	const struct staff_person *x = a, *y = b;
	int r = strcmp(x->person, y->person);

	return r != 0 ? r : (x->line > y->line) - (x->line < y->line);
}

static void
check_twice(struct reader *in)
{
	struct staff_list *list = in->list;

	if (list->count > 0)
		qsort(list->item, list->count, sizeof(*list->item), person_compare);
	for (size_t i = 1; i < list->count; i++) {
		if (list->item[i].person[0] == '\0' ||
		    strcmp(list->item[i - 1].person, list->item[i].person) != 0)
			continue;
		in->line = list->item[i].line;
		complain(in, in->line_start, _("person: \"%.64s\" stands in line %u already"),
		    list->item[i].person, list->item[i - 1].line);
	}
}

int
staff_parse(const char *text, size_t len, struct staff_list *out)
{
	struct reader in = {.list = out, .line = 1};
	int e = SKS_OK;

	memset(out, 0, sizeof(*out));
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	in.at = in.line_start = text;
	in.end = text + len;
	if (len > STAFF_FILE_MAX)
		complain(&in, in.at, _("the list is larger than %d bytes"), STAFF_FILE_MAX);
	else if (!text_is_utf8(text, len))
		complain(&in, in.at, "%s", _("the list is not UTF-8"));
	else if (read_columns(&in))
		e = read_persons(&in);
	in.line_start = in.at; /* whole lines are meant from here on */
	check_twice(&in);
	if (e == SKS_OK && out->problems == 0 && out->count == 0)
		complain(&in, in.at, "%s", _("the list names nobody"));
	if (e == SKS_OK && out->problems == 0)
		return SKS_OK;
	free(out->item);
	out->item = NULL;
	out->count = 0;
	return e != SKS_OK ? e : SKS_INVALID;
}

void
staff_clear(struct staff_list *list)
{
	free(list->item);
	list->item = NULL;
	list->count = 0;
}

static int
person_find(const void *name, const void *person)
{
	return strcmp(name, ((const struct staff_person *)person)->person);
}

const struct staff_person *
staff_find(const struct staff_list *list, const char *person)
{
	return list->count == 0
		   ? NULL
		   : bsearch(person, list->item, list->count, sizeof(*list->item), person_find);
}
