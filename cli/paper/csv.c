/* The register as CSV: UTF-8 with byte order mark, as spreadsheets take it. */
#include "csv.h"
#include "i18n.h"
#include "paper/paper.h"

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

	csv_begin(out);
	csv_cell(out, _(p->kind->title), false);
	csv_cell(out, paper_serial(p, serial, sizeof(serial)), false);
	csv_cell(out, paper_get(p->terms, "rating"), false);
	csv_cell(out, paper_get(p->terms, "limits"), true);
	json_array_foreach(p->blocks, i, block)
	{
		if (!paper_is(block, "type", "table"))
			continue;
		csv_row(out, json_object_get(block, "plain_heads"));
		json_array_foreach(json_object_get(block, "machine"), k, row)
			csv_row(out, row);
		return;
	}
}
