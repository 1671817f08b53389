/*
 * Text in columns. Widths are those of the terminal: a Japanese character takes two columns, a
 * combining one none. What strangers may have written is cleaned here, on its way to the
 * terminal.
 */
#ifndef SEKISHO_CLI_TABLE_H
#define SEKISHO_CLI_TABLE_H

#include <stddef.h>
#include <stdio.h>

enum { TABLE_COLUMNS_MAX = 12 };

struct table {
	size_t columns;
	char **cell; /* owned; rows * columns of them, the first row is the heading */
	size_t count, room;
};

/* Columns on a terminal. Text that is not UTF-8 counts a column a byte. */
size_t table_width(const char *text);
/* text, cleaned, then spaces up to width and at least one; returns the columns used. */
size_t table_print_padded(FILE *out, const char *text, size_t width);
/* text broken at blanks (Japanese: anywhere) so that no line passes "width"; lines after the
 * first begin with "indent" spaces. Ends with a newline. */
void table_fold(FILE *out, const char *text, size_t indent, size_t width);
/* "label   text", for what is told about one thing; NULL and "" are left out. */
void table_print_pair(FILE *out, const char *label, const char *text);

/* columns headings follow. */
void table_init(struct table *t, size_t columns, ...);
/* One cell; NULL and "" become "-". Rows fill from left to right. */
void table_add(struct table *t, const char *text);
void table_print(const struct table *t, FILE *out);
void table_clear(struct table *t);

#endif
