#include "codes.h"

#include "i18n.h"
#include "table.h"
#include "text.h"
#include <string.h>

enum { GROUP = 4, TEXT_WIDTH = 80 };

void
codes_print_groups(FILE *out, const char *text)
{
	for (size_t i = 0; text[i] != '\0'; i++) {
		if (i > 0 && i % GROUP == 0)
			fputc(' ', out);
		fputc(text[i], out);
	}
}

void
codes_print_recovery(const json_t *codes)
{
	const json_t *code;
	char clean[64];
	size_t i;

	fprintf(stdout, "\n%s\n\n", _("Your recovery codes:"));
	json_array_foreach(codes, i, code)
	{
		const char *text = json_string_value(code);

		text_clean(clean, sizeof(clean), text == NULL ? "" : text);
		fprintf(stdout, "    %2zu   %s\n", i + 1, clean);
	}
	explicit_bzero(clean, sizeof(clean));
	fputc('\n', stdout);
	table_fold(stdout,
	    _("Each works once in the place of a code, when your device is lost or broken. "
	      "Write "
	      "them down or print them now and keep them where nobody else looks, not on the "
	      "device and not on this host: they are not shown again. \"sekisho factor "
	      "recovery-codes\" makes new ones; these then end."),
	    0, TEXT_WIDTH);
}
