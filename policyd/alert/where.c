/* Where an alert may go: what the policy may name, and what the courier takes. */
#include "alert/alert.h"

#include <string.h>

#define LETTERS_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* Letters, digits and these; neither a dot nor a hyphen at its start. */
static bool
where_is_word(const char *text, size_t len)
{
	return len > 0 && text[0] != '.' && text[0] != '-' &&
	       strspn(text, LETTERS_DIGITS "._+-") >= len;
}

bool
alert_address_is_sane(const char *address)
{
	const char *at = strchr(address, '@');
	size_t len = strlen(address), local = at == NULL ? len : (size_t)(at - address);

	if (len > ALERT_ADDRESS_MAX || !where_is_word(address, local))
		return false;
	return at == NULL || where_is_word(at + 1, len - local - 1);
}

static bool
where_is_in(const char *path, const char *dir)
{
	size_t len = strlen(path), skip = strlen(dir);

	return len > skip && len <= ALERT_ADDRESS_MAX && memcmp(path, dir, skip) == 0 &&
	       where_is_word(path + skip, len - skip);
}

bool
alert_command_is_sane(const char *path)
{
	return where_is_in(path, ALERT_COMMANDS "/");
}

bool
host_command_is_sane(const char *path)
{
	return where_is_in(path, HOST_COMMANDS "/");
}
