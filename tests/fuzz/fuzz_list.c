/*
 * Any bytes as a list of passwords.
 * SOURCES: lib/error.c lib/hex.c lib/safeopen.c lib/buf.c lib/secret.c policyd/password/filter.c
 */
#include "../../policyd/password/list.c"

#include <stdlib.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum list_kind kind = LIST_UNKNOWN, before;

	while (size > 0) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end == NULL ? size : (size_t)(end - data);
		char *line = malloc(len + 1); /* ends where the line ends */
		struct list_entry e;
		int r;

		if (line == NULL)
			abort();
		memcpy(line, data, len);
		before = kind;
		r = list_parse(&kind, line, len, &e);
		if ((before != LIST_UNKNOWN && kind != before) || e.keys > 2 ||
		    (r != SKS_OK && e.keys != 0) || (e.keys > 0 && kind == LIST_UNKNOWN))
			abort();
		free(line);
		if (end == NULL)
			break;
		data += len + 1;
		size -= len + 1;
	}
	return 0;
}
