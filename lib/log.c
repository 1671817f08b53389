#include "log.h"

#include "text.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

enum { LOG_LINE_MAX = 1024 };

static struct {
	const char *ident;
	bool to_stderr;
	bool debug;
} state;

void
log_open(const char *ident, bool to_stderr)
{
	state.ident = ident;
	state.to_stderr = to_stderr;
	/* LOG_NDELAY: a sandboxed daemon can no longer open the socket at its first message */
	openlog(ident, LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
}

void
log_debug_enable(bool on)
{
	state.debug = on;
}

/* Names in a message come from strangers: none may start a new line or move a cursor. */
static void __attribute__((format(printf, 3, 0)))
log_write(int priority, const char *label, const char *fmt, va_list args)
{
	int saved = errno; /* for %m, and callers go on to use it */
	char raw[LOG_LINE_MAX];
	char line[LOG_LINE_MAX];

	if (vsnprintf(raw, sizeof(raw), fmt, args) < 0)
		snprintf(raw, sizeof(raw), "a message could not be formatted");
	text_clean(line, sizeof(line), raw);
	syslog(LOG_AUTHPRIV | priority, "%s%s", label, line);
	if (state.to_stderr)
		fprintf(stderr, "%s: %s%s\n", state.ident, label, line);
	errno = saved;
}

void
log_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_write(LOG_ERR, "error: ", fmt, args);
	va_end(args);
}

void
log_warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_write(LOG_WARNING, "warning: ", fmt, args);
	va_end(args);
}

void
log_info(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_write(LOG_INFO, "", fmt, args);
	va_end(args);
}

void
log_debug(const char *fmt, ...)
{
	va_list args;

	if (!state.debug)
		return;
	va_start(args, fmt);
	log_write(LOG_DEBUG, "debug: ", fmt, args);
	va_end(args);
}
