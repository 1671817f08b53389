#include "hostvalue.h"

#include <glob.h>
#include <sys/stat.h>

enum { DIGITS_MAX = 15 };

bool
host_value_parse(const char *text, size_t len, int64_t *out)
{
	int64_t value = 0;
	size_t at = 0, digits;

	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (len > 0 && text[0] == '-')
		at = 1;
	digits = len - at;
	if (digits == 0 || digits > DIGITS_MAX)
		return false;
	for (size_t i = at; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (text[i] - '0');
	}
	*out = at == 1 ? -value : value;
	return true;
}

time_t
updates_newest(const char *pattern)
{
	time_t newest = 0;
	glob_t found;
	struct stat st;

	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			if (stat(found.gl_pathv[i], &st) == 0 && st.st_mtime > newest)
				newest = st.st_mtime;
		globfree(&found);
	}
	return newest;
}

time_t
updates_listed(void)
{
	return updates_newest("/var/lib/apt/lists/*Release");
}
