#ifndef SEKISHO_CLI_REPORT_TEXTS_H
#define SEKISHO_CLI_REPORT_TEXTS_H

#include <stddef.h>

struct report_text {
	const char *key, *text; /* text: N_() */
};
extern const struct report_text report_texts[];
extern const size_t report_text_count;

#endif
