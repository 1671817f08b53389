#include "report/wtmp.h"

#include "error.h"
#include "safeopen.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utmp.h>

/* Between PAM's session and the line in wtmp: sshd writes it a moment later, login a moment
 * before. */
static const int64_t slack_ms = 60 * 1000;
enum { WTMP_LINES_MAX = 1 << 20 }; /* 384 MB */

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

int
wtmp_compare(struct wtmp *w, const char *path, uint32_t owner, const struct gather *g,
    char *why, size_t why_size)
{
	/* what group utmp writes there it writes everywhere */
	int fd = safeopen_read(path, owner, 0664, why, why_size);
	struct stat st = {0};
	struct utmp u;
	off_t left;
	FILE *f;

	if (fd < 0)
		return fd == SKS_NOT_FOUND ? SKS_OK : SKS_UNTRUSTED;
	f = fstat(fd, &st) == 0 ? fdopen(fd, "r") : NULL;
	if (f == NULL) {
		(void)close(fd);
		return SKS_IO;
	}
	left = st.st_size / (off_t)sizeof(u);
	if (left > WTMP_LINES_MAX) {
		(void)fseeko(f, (left - WTMP_LINES_MAX) * (off_t)sizeof(u), SEEK_SET);
		left = WTMP_LINES_MAX;
	}
	w->read = true;
	for (; left > 0 && fread(&u, sizeof(u), 1, f) == 1; left--)
		wtmp_take(w, &u, g);
	(void)fclose(f);
	return SKS_OK;
}
