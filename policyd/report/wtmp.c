#include "report/wtmp.h"

#include <stdio.h>
#include <string.h>

/* Between PAM's session and the line in wtmp: sshd writes it a moment later, login a moment
 * before. */
static const int64_t slack_ms = 60 * 1000;

/* utmp's fields end with a NUL only where there is room for one. */
static void
wtmp_field(char *dst, size_t size, const char *field, size_t len)
{
	size_t n = strnlen(field, len);

	if (n >= size)
		n = size - 1;
	memcpy(dst, field, n);
	dst[n] = '\0';
}

static void
wtmp_take(struct wtmp *w, const struct utmp *u, const struct gather *g)
{
	int64_t wall_ms = (int64_t)u->ut_tv.tv_sec * 1000 + u->ut_tv.tv_usec / 1000;
	char user[sizeof(u->ut_user) + 1];

	if (u->ut_type != USER_PROCESS || wall_ms < g->first_wall_ms ||
	    period_bucket(g->period, wall_ms) == g->period->count)
		return;
	wtmp_field(user, sizeof(user), u->ut_user, sizeof(u->ut_user));
	w->count++;
	if (gather_knows_login(g, user, wall_ms, slack_ms))
		return;
	if (w->unknown < WTMP_ROWS_MAX) {
		size_t at = w->unknown;

		w->row[at].wall_ms = wall_ms;
		(void)snprintf(w->row[at].user, sizeof(w->row[at].user), "%s", user);
		wtmp_field(
		    w->row[at].line, sizeof(w->row[at].line), u->ut_line, sizeof(u->ut_line));
		wtmp_field(
		    w->row[at].host, sizeof(w->row[at].host), u->ut_host, sizeof(u->ut_host));
	}
	w->unknown++;
}

void
wtmp_begin(struct wtmp *w, const struct hostlog *log)
{
	const int64_t line = (int64_t)sizeof(struct utmp);

	w->read = log->state == HOSTLOG_OPEN;
	hostlog_reader_init(&w->reader, log, WTMP_LINES_MAX * line);
	/* at the begin of a line */
	w->reader.at += (line - w->reader.at % line) % line;
}

int
wtmp_step(struct wtmp *w, size_t bytes, const struct gather *g)
{
	struct utmp line[64];
	size_t n;

	for (size_t done = 0; hostlog_more(&w->reader); done += n) {
		if (done >= bytes)
			return 1;
		n = hostlog_read(&w->reader, line, sizeof(line));
		/* half a line is one that is being written */
		for (size_t i = 0; i < n / sizeof(line[0]); i++)
			wtmp_take(w, &line[i], g);
	}
	return 0;
}
