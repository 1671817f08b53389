#include "report/kaudit.h"

#include "error.h"
#include <stdio.h>
#include <string.h>

/* Records and the kernel's lines are written on one clock, a moment apart. */
static const int64_t slack_ms = 10 * 1000;
/* So long a login program starts others as root for the person: messages of the day and the like. */
static const int64_t entering_ms = 30 * 1000;

/* ---- how sessions began ---------------------------------------------------------------------- */

/* Numbers of sessions go up by one: an older one gives way to the one that has its place. */
static struct kaudit_begin *
begin_of(const struct kaudit *k, const struct kaudit_line *line)
{
	struct kaudit_begin *b = &k->begin[line->ses & (KAUDIT_RECENT - 1)];

	return b->wall_ms != 0 && b->ses == line->ses && b->auid == line->auid &&
		       b->wall_ms <= line->wall_ms
		   ? b
		   : NULL;
}

static void
begin_put(struct kaudit *k, const struct kaudit_line *line)
{
	k->begin[line->ses & (KAUDIT_RECENT - 1)] = (struct kaudit_begin){.auid = line->auid,
	    .ses = line->ses,
	    .wall_ms = line->wall_ms,
	    .own = {line->pid},
	    .own_count = line->pid != KAUDIT_UNSET};
}

/* Started by the process that made the session, or by one that it started: the person's own shell is
 * no such one, because it is not root. */
static bool
is_of_login(struct kaudit_begin *b, const struct kaudit_line *line)
{
	bool own = false;

	if (b == NULL || line->kind != KAUDIT_EXEC || line->wall_ms > b->wall_ms + entering_ms)
		return false;
	for (unsigned i = 0; i < b->own_count; i++)
		own |= b->own[i] == line->ppid || b->own[i] == line->pid;
	if (own && line->pid != KAUDIT_UNSET && b->own_count < KAUDIT_OWN_MAX)
		b->own[b->own_count++] = line->pid;
	return own;
}

/* ---- rows ------------------------------------------------------------------------------------- */

static struct kaudit_row *
row_of(struct kaudit *k, const struct kaudit_line *line, int64_t begin_ms)
{
	for (size_t i = k->rows; i > 0; i--) {
		struct kaudit_row *row = &k->row[i - 1];

		if (row->ses == line->ses && row->auid == line->auid && row->begin_ms == begin_ms)
			return row;
	}
	if (k->rows == KAUDIT_ROWS_MAX)
		return NULL;
	return &k->row[k->rows++];
}

static void
row_add(struct kaudit *k, const struct kaudit_line *line, int64_t begin_ms,
    enum kaudit_reason reason)
{
	struct kaudit_row *row = row_of(k, line, begin_ms);

	k->unexplained++;
	if (row == NULL) {
		k->beyond++;
		return;
	}
	if (row->count++ == 0) {
		row->auid = line->auid;
		row->ses = line->ses;
		row->reason = reason;
		row->kind = line->kind;
		row->begin_ms = begin_ms;
		row->first_ms = line->wall_ms;
		memcpy(row->what, line->what, sizeof(row->what));
	}
	row->last_ms = line->wall_ms;
}

/* ---- lines ------------------------------------------------------------------------------------ */

/* A use of privilege explains what follows in its session; before it, nothing does. */
static void
judge(struct kaudit *k, const struct kaudit_line *line, const struct gather *g)
{
	struct kaudit_begin *b = begin_of(k, line);
	struct gather_span span;
	int64_t begin_ms = b != NULL ? b->wall_ms : 0;

	k->shows++;
	k->execs += line->kind == KAUDIT_EXEC;
	if (is_of_login(b, line))
		return;
	gather_audit_span(g, line->ses, line->auid, begin_ms - slack_ms, line->wall_ms + slack_ms,
	    &span);
	if (span.used)
		return;
	if (begin_ms == 0)
		begin_ms = span.login_ms;
	if (span.login_ms != 0)
		row_add(k, line, begin_ms, KAUDIT_NO_USE);
	else if (begin_ms > g->period->from_ms + slack_ms && begin_ms > g->first_wall_ms + slack_ms)
		row_add(k, line, begin_ms, KAUDIT_NO_LOGIN);
	else
		row_add(k, line, begin_ms, KAUDIT_BEFORE);
}

void
kaudit_take(struct kaudit *k, const char *line, size_t len, const struct gather *g)
{
	struct kaudit_line read;
	int r = kaudit_parse(line, len, &read);

	k->lines++;
	if (r == SKS_INVALID) {
		k->odd++;
		return;
	}
	if (k->first_ms == 0 || read.wall_ms < k->first_ms)
		k->first_ms = read.wall_ms;
	if (r == 0)
		return;
	if (read.kind == KAUDIT_LOGIN)
		begin_put(k, &read);
	else if (read.wall_ms >= g->first_wall_ms &&
		 period_bucket(g->period, read.wall_ms) != g->period->count)
		judge(k, &read, g);
}
