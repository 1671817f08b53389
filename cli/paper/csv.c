/* The register as CSV: UTF-8 with byte order mark, as spreadsheets take it. */
#include "i18n.h"
#include "paper/paper.h"
#include <string.h>

/* RFC 4180; what a spreadsheet would take for a formula begins with an apostrophe. */
static void
csv_cell(FILE *out, const char *text, bool last)
{
	fputc('"', out);
	if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL)
		fputc('\'', out);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputs(last ? "\"\r\n" : "\",", out);
}

static void
csv_row(FILE *out, const json_t *row)
{
	size_t n = json_array_size(row);

	for (size_t i = 0; i < n; i++)
		csv_cell(out, json_string_value(json_array_get(row, i)), i + 1 == n);
}

/* Rating and serial number stand above, because the file leaves the host without its name. */
void
paper_csv(const struct paper *p, FILE *out)
{
	const json_t *block, *row;
	char serial[320];
	size_t i, k;

	fputs("\xef\xbb\xbf", out);
	csv_cell(out, _(p->kind->title), false);
	csv_cell(out, paper_serial(p, serial, sizeof(serial)), false);
	csv_cell(out, paper_get(p->terms, "rating"), false);
	csv_cell(out, paper_get(p->terms, "limits"), true);
	json_array_foreach(p->blocks, i, block)
	{
		if (!paper_is(block, "type", "table"))
			continue;
		csv_row(out, json_object_get(block, "heads"));
		json_array_foreach(json_object_get(block, "machine"), k, row)
			csv_row(out, row);
		return;
	}
}
