/*
 * What the pages of the command (report, controls, papers) have in common: each is one file
 * that needs nothing else, and whose own policy (CSP) lets it load nothing and run nothing but
 * what is named here by its hash.
 */
#ifndef SEKISHO_CLI_HTML_H
#define SEKISHO_CLI_HTML_H

#include "buf.h"
#include <stddef.h>
#include <stdio.h>

/*
 * Writes a page from its doctype to the end of its head, in the language of the command. The
 * style stands in it. The script does not: it is allowed, and the caller writes these very
 * bytes where they belong; NULL: none runs.
 */
void html_begin(FILE *out, const char *title, const struct buf *style, const void *script,
    size_t script_len);

/* Anybody's text as text of the page, without control characters, which HTML does not know; what turns
 * text around or is not seen becomes U+FFFD, as on a terminal (text.h). */
void html_text(FILE *out, const char *text);

/* <tag>text</tag> */
void html_element(FILE *out, const char *tag, const char *text);

/* As a CSS string with its quotes; all but letters, digits and other languages' is escaped. */
void html_css_string(struct buf *out, const char *text);

#endif
