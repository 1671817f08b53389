#include "log.h"

#include "text.h"
#include <errno.h>
#include <paths.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { LOG_LINE_MAX = 1024 };

static struct {
	const char *ident;
	bool to_stderr;
	bool debug;
	bool never_wait;
	int fd; /* of ours, while never_wait; -1: not connected */
	unsigned long lost;
} state = {.fd = -1};

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

/* ---- without waiting --------------------------------------------------------------------- */

static void
log_connect(void)
{
	static const struct sockaddr_un address = {
	    .sun_family = AF_UNIX, .sun_path = _PATH_LOG};

	if (state.fd >= 0)
		(void)close(state.fd);
	state.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (state.fd >= 0 &&
	    connect(state.fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		(void)close(state.fd);
		state.fd = -1;
	}
}

void
log_never_wait(void)
{
	state.never_wait = true;
	closelog();
	log_connect();
}

void
log_close(void)
{
	closelog();
	if (state.fd >= 0)
		(void)close(state.fd);
	state.fd = -1;
}

/* As syslog(3) writes it. True when syslog has taken it. */
static bool
log_send(int priority, const char *label, const char *line)
{
	static const char month[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
	    "Aug", "Sep", "Oct", "Nov", "Dec"}; /* whatever the language is */
	char message[LOG_LINE_MAX + 128];
	time_t now = time(NULL);
	struct tm tm = {.tm_mon = 0};
	int n;

	(void)localtime_r(&now, &tm);
	n = snprintf(message, sizeof(message), "<%d>%s %2d %02d:%02d:%02d %s[%d]: %s%s",
	    LOG_AUTHPRIV | priority, month[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec, state.ident, (int)getpid(), label, line);
	if (n < 0)
		return false;
	if ((size_t)n >= sizeof(message))
		n = (int)sizeof(message) - 1;
	for (int i = 0; i < 2; i++) {
		if (state.fd >= 0 &&
		    send(state.fd, message, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return true;
		if (state.fd >= 0 && (errno == EAGAIN || errno == ENOBUFS || errno == EINTR))
			return false;
		log_connect(); /* it was restarted */
	}
	return false;
}

static void
log_try(int priority, const char *label, const char *line)
{
	char text[80];

	if (state.lost != 0) {
		(void)snprintf(text, sizeof(text),
		    "%lu messages were lost because syslog did not take them", state.lost);
		if (log_send(LOG_WARNING, "warning: ", text))
			state.lost = 0;
	}
	if (state.lost != 0 || !log_send(priority, label, line))
		state.lost++;
}

/* ---- messages ---------------------------------------------------------------------------- */

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
	if (state.never_wait)
		log_try(priority, label, line);
	else
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
