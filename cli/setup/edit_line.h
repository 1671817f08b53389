/*
 * What the files share that edit PAM files: a text line by line, a line in words, and whose
 * module it names.
 */
#ifndef SEKISHO_CLI_SETUP_EDIT_LINE_H
#define SEKISHO_CLI_SETUP_EDIT_LINE_H

#include "edit.h"

/* ---- edit_line.c ---- */

/* Begun with the text and its length; the line that edit_lines_next() found, without its end. */
struct edit_lines {
	const char *at;
	size_t left;
	int number;
	const char *line;
	size_t len;
};
/* False at the end. */
bool edit_lines_next(struct edit_lines *l);

/* The next word, or what stands in brackets, into out; moves *at and *left on. */
void edit_word(const char **at, size_t *left, char *out, size_t size);
bool edit_is_type(const struct edit_line *l, const char *type);
/* Is it that module, wherever its file lies? */
bool edit_is_module(const struct edit_line *l, const char *name);
/* "@include X", "TYPE include X" or "TYPE substack X" for an X that begins with name. */
bool edit_includes(const struct edit_line *l, const char *type, const char *name);

/* ---- edit_host.c ---- */

/* Is it a module that checks a password? */
bool edit_is_factor(const struct edit_line *l);
/* Is it a line of a module that would count or ask beside us? */
bool edit_is_foreign(const struct edit_line *l);
/* The same: 1: to be taken out, 0: none, SKS_INVALID: it is in the way, with one sentence in
 * why[]. */
int edit_foreign_line(const struct edit_line *l, unsigned int from, const char *file, int number,
    char *why, size_t why_size);

#endif
