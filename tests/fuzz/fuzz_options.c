/*
 * Any words behind pam_sekisho.so, on a line of any of the four stacks: what is accepted means
 * the same when it is written from what was understood; what is refused names the word, and
 * leaves no option behind.
 *
 * SOURCES: policyd/policy/nearest.c
 */
#include "../../pam_module/options.c"

#include "fuzz.h"
#include <stdarg.h>

enum { WORDS_MAX = 12, LINE_MAX = 1024 };

static void
add(char out[LINE_MAX], const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void
add(char out[LINE_MAX], const char *fmt, ...)
{
	size_t used = strlen(out);
	va_list list;

	va_start(list, fmt);
	(void)vsnprintf(out + used, LINE_MAX - used, fmt, list);
	va_end(list);
}

static int
parse(struct options *o, enum facility facility, char *line, char why[256])
{
	const char *word[WORDS_MAX + 1];
	char *at = NULL;
	int count = 0;

	for (char *w = strtok_r(line, " ", &at); w != NULL && count < WORDS_MAX;
	     w = strtok_r(NULL, " ", &at))
		word[count++] = w;
	memset(why, 'x', 256);
	return options_parse(o, facility, count, word, why, 256);
}

static void
write_out(const struct options *o, char out[LINE_MAX])
{
	static const char *const lines[] = {[LINE_SUCCESS] = "", [LINE_PREAUTH] = "preauth ",
	    [LINE_AUTHFAIL] = "authfail ", [LINE_KEYPROOF] = "keyproof "};

	out[0] = '\0';
	add(out, "%stimeout=%d fail=%s ", lines[o->line], o->timeout_ms / 1000,
	    o->open ? "open" : "closed");
	if (o->early)
		add(out, "charge=early ");
	if (o->observe)
		add(out, "observe ");
	if (o->quiet)
		add(out, "quiet ");
	if (o->debug)
		add(out, "debug ");
	if (o->use_authtok)
		add(out, "use_authtok ");
	if (o->facility == FACILITY_PASSWORD)
		add(out, "retry=%d ", o->retry);
	if (o->token[0] != '\0')
		add(out, "token=%s ", o->token);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct options o, again, none;
	char line[LINE_MAX], why[256];
	enum facility facility;
	int r;

	if (size == 0 || size >= sizeof(line))
		return 0;
	facility = (enum facility)(data[0] % 4);
	memcpy(line, data + 1, size - 1);
	line[size - 1] = '\0';
	r = parse(&o, facility, line, why);
	expect(memchr(why, '\0', sizeof(why)) != NULL && (r == SKS_OK) == (why[0] == '\0'));
	if (r != SKS_OK) {
		memset(&none, 0, sizeof(none));
		expect(r == SKS_INVALID && strncmp(why, "option \"", 8) == 0);
		expect(memcmp(&o, &none, sizeof(o)) == 0);
		return 0;
	}
	expect(o.facility == facility && o.timeout_ms >= 1000 && o.timeout_ms <= TIMEOUT_MAX_S * 1000);
	expect(o.retry >= 1 && o.retry <= RETRY_MAX);
	write_out(&o, line);
	expect(parse(&again, facility, line, why) == SKS_OK);
	expect(strcmp(o.token, again.token) == 0);
	memcpy(o.token, again.token, sizeof(o.token)); /* an earlier one may stand behind its NUL */
	expect(memcmp(&o, &again, sizeof(o)) == 0);
	return 0;
}
