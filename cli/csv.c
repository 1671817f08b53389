#include "csv.h"

#include <string.h>

void
csv_begin(FILE *out)
{
	fputs("\xef\xbb\xbf", out);
}

bool
csv_is_formula(const char *text)
{
	/* as wide as kanji: those count too, where Japanese is written */
	static const char *const wide[] = {"\uff1d", "\uff0b", "\uff0d", "\uff20"};

	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		if (strncmp(text, wide[i], strlen(wide[i])) == 0)
			return true;
	}
	return text[0] != '\0' && strchr("=+-@\t\r\n", text[0]) != NULL;
}

void
csv_cell(FILE *out, const char *text, bool last)
{
	fputc('"', out);
	if (csv_is_formula(text))
		fputc('\'', out);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputs(last ? "\"\r\n" : "\",", out);
}
