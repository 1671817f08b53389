#include "size.h"

#include <stdio.h>
#include <string.h>

static const char units[] = "KMGTP";

bool
size_parse(const char *text, int64_t *bytes)
{
	const int64_t limit = INT64_C(1) << 62;
	const char *unit;
	int64_t value = 0;

	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (value >= limit / 10)
			return false;
		value = value * 10 + (*text - '0');
	}
	if (*text != '\0') {
		unit = strchr(units, *text);
		if (unit == NULL || text[1] != '\0')
			return false;
		for (int i = 0; i <= unit - units; i++) {
			if (value >= limit / 1024)
				return false;
			value *= 1024;
		}
	}
	*bytes = value;
	return true;
}

const char *
size_print(uint64_t bytes, char out[SIZE_TEXT])
{
	size_t unit = 0;

	if (bytes < 1024) {
		(void)snprintf(out, SIZE_TEXT, "%u B", (unsigned int)bytes);
		return out;
	}
	/* Downwards: a figure that is a lower bound stays one. */
	for (; bytes >= UINT64_C(1) << 20 && unit + 2 < sizeof(units); unit++)
		bytes /= 1024;
	(void)snprintf(out, SIZE_TEXT, "%llu.%llu %ciB", (unsigned long long)(bytes / 1024),
	    (unsigned long long)(bytes % 1024 * 10 / 1024), units[unit]);
	return out;
}
