#include "csv.h"

#include <string.h>

void
csv_begin(FILE *out)
{
	fputs("\xef\xbb\xbf", out);
}

void
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
