/*
 * Any bytes as the number of a host attribute: none, or the number that printing it gives
 * again.
 */
#include "../../lib/hostvalue.c"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t value = 77, again = 78;
	char text[32];

	if (!host_value_parse((const char *)data, size, &value)) {
		if (value != 77)
			abort();
		return 0;
	}
	if (size > 17 || memchr(data, '\0', size) != NULL || memchr(data, ' ', size) != NULL)
		abort();
	(void)snprintf(text, sizeof(text), "%lld\n", (long long)value);
	if (!host_value_parse(text, strlen(text), &again) || again != value)
		abort();
	return 0;
}
