#include "table.h"

#include "text.h"
#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { LABEL_WIDTH = 22, GAP = 2, CLEAN_MAX = 4096, WRAP_DEFAULT = 96 };

/* Our texts are UTF-8 whatever the user's locale is, so widths are looked up in one that is
 * UTF-8 too. C.UTF-8 is built into the C library. */
static locale_t
table_locale(void)
{
	static locale_t utf8;

	if (utf8 == (locale_t)0)
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	return utf8;
}

/* One character of s: its bytes and columns. */
static size_t
table_step(const char *s, mbstate_t *state, size_t *columns)
{
	wchar_t c;
	size_t n = mbrtowc(&c, s, strlen(s), state);
	int width;

	if (n == 0 || n == (size_t)-1 || n == (size_t)-2) {
		memset(state, 0, sizeof(*state));
		*columns = 1;
		return 1;
	}
	width = wcwidth(c);
	*columns = width < 0 ? 1 : (size_t)width;
	return n;
}

size_t
table_width(const char *text)
{
	locale_t before = uselocale(table_locale());
	mbstate_t state = {0};
	size_t total = 0;

	while (*text != '\0') {
		size_t columns;

		text += table_step(text, &state, &columns);
		total += columns;
	}
	uselocale(before);
	return total;
}

size_t
table_print_padded(FILE *out, const char *text, size_t width)
{
	char clean[CLEAN_MAX];
	size_t used;

	text_clean(clean, sizeof(clean), text);
	used = table_width(clean);
	fputs(clean, out);
	do {
		fputc(' ', out);
		used++;
	} while (used < width);
	return used;
}

/* What no line begins with, and what none ends with (JIS X 4051, the common part). */
static const char table_not_first[] = ")]},.:;?!%、。，．・：；？！）］｝」』】〉》〕…‥ー々〜"
				      "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ";
static const char table_not_last[] = "([{「『（［｛【〈《〔";

static bool
table_is_among(const char *set, const char *c, size_t len)
{
	char one[MB_LEN_MAX + 1];

	if (len == 0 || len > MB_LEN_MAX)
		return false;
	memcpy(one, c, len);
	one[len] = '\0';
	return strstr(set, one) != NULL;
}

/* Katakana (U+30A0 to U+30FF) spell a word, which reads badly in two parts. */
static bool
table_is_katakana(const char *c, size_t len)
{
	const unsigned char *u = (const unsigned char *)c;

	return len == 3 && u[0] == 0xe3 && ((u[1] == 0x82 && u[2] >= 0xa0) || u[1] == 0x83);
}

/*
 * Bytes of the next piece that must stay together: up to a blank, or to a place beside a wide
 * character where a line may end. Japanese has no blanks.
 */
static size_t
table_piece(const char *text, size_t *columns)
{
	mbstate_t state = {0};
	size_t len = 0, before = 0, wide_before = 0;

	*columns = 0;
	while (text[len] != '\0' && text[len] != ' ') {
		const char *c = text + len;
		size_t wide, n = table_step(c, &state, &wide);

		if (len > 0 && (wide > 1 || wide_before > 1) &&
		    !(table_is_katakana(c, n) && table_is_katakana(c - before, before)) &&
		    !table_is_among(table_not_first, c, n) &&
		    !table_is_among(table_not_last, c - before, before))
			break;
		len += n;
		*columns += wide;
		before = n;
		wide_before = wide;
	}
	return len;
}

void
table_fold(FILE *out, const char *text, size_t indent, size_t width)
{
	locale_t before = uselocale(table_locale());
	size_t column = indent;

	while (*text != '\0') {
		size_t blanks = strspn(text, " ");
		size_t columns, len = table_piece(text + blanks, &columns);

		if (column > indent && column + blanks + columns > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
			blanks = 0;
		}
		if (column == indent)
			blanks = 0;
		text += strspn(text, " ");
		fprintf(out, "%*s%.*s", (int)blanks, "", (int)len, text);
		text += len;
		column += blanks + columns;
	}
	fputc('\n', out);
	uselocale(before);
}

void
table_print_pair(FILE *out, const char *label, const char *text)
{
	char clean[CLEAN_MAX];

	if (text == NULL || text[0] == '\0')
		return;
	table_print_padded(out, label, LABEL_WIDTH);
	text_clean(clean, sizeof(clean), text);
	table_fold(out, clean, LABEL_WIDTH, WRAP_DEFAULT);
}

void
table_init(struct table *t, size_t columns, ...)
{
	va_list list;

	memset(t, 0, sizeof(*t));
	t->columns = columns;
	va_start(list, columns);
	for (size_t i = 0; i < columns; i++)
		table_add(t, va_arg(list, const char *));
	va_end(list);
}

void
table_add(struct table *t, const char *text)
{
	char clean[CLEAN_MAX];

	if (t->count == t->room) {
		size_t room = t->room == 0 ? 64 : t->room * 2;
		char **grown = reallocarray(t->cell, room, sizeof(*grown));

		/* A table that does not fit into memory cannot be shown at all. */
		if (grown == NULL)
			abort();
		t->cell = grown;
		t->room = room;
	}
	text_clean(clean, sizeof(clean), text == NULL || text[0] == '\0' ? "-" : text);
	t->cell[t->count] = strdup(clean);
	if (t->cell[t->count] == NULL)
		abort();
	t->count++;
}

void
table_print(const struct table *t, FILE *out)
{
	size_t width[TABLE_COLUMNS_MAX] = {0};

	for (size_t i = 0; i < t->count; i++) {
		size_t w = table_width(t->cell[i]);

		if (w > width[i % t->columns])
			width[i % t->columns] = w;
	}
	for (size_t i = 0; i < t->count; i++) {
		bool last = i % t->columns == t->columns - 1;

		if (last)
			fprintf(out, "%s\n", t->cell[i]);
		else
			table_print_padded(out, t->cell[i], width[i % t->columns] + GAP);
	}
}

void
table_clear(struct table *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->cell[i]);
	free(t->cell);
	memset(t, 0, sizeof(*t));
}
