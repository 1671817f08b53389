/* Tables as CSV (RFC 4180) for spreadsheets. */
#ifndef SEKISHO_CLI_CSV_H
#define SEKISHO_CLI_CSV_H

#include <stdbool.h>
#include <stdio.h>

/* The byte order mark by which spreadsheets know UTF-8. */
void csv_begin(FILE *out);

/* Would a spreadsheet take this cell for a formula? */
bool csv_is_formula(const char *text);
/*
 * One cell, and the end of its line behind the last. What a spreadsheet would take for a
 * formula begins with an apostrophe.
 */
void csv_cell(FILE *out, const char *text, bool last);

#endif
