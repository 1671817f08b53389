/*
 * Any bytes as the notice before login: refused, or text that is safe on a terminal.
 * SOURCES: lib/error.c lib/text.c
 */
#include "../../lib/notice.c"

#include <stdint.h>

#include "fuzz.h"

static void
look(const char *text, size_t max)
{
	if (strnlen(text, max + 1) > max || !text_is_utf8(text, strlen(text)))
		abort();
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 && *text != '\n')
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct notice n;

	if (notice_parse(data, size, "sshd", &n) != SKS_OK) {
		if (n.version[0] != '\0' || n.en[0] != '\0')
			abort();
		return 0;
	}
	look(n.version, sizeof(n.version) - 1);
	look(n.en, NOTICE_TEXT_MAX);
	look(n.ja, NOTICE_TEXT_MAX);
	return notice_text(&n, true) == NULL;
}
