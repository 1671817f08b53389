/* The files of the kernel's audit: how much of them, and their lines. */
#include "report/kaudit.h"

#include "error.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines of a file through a buffer that holds the longest; "skip": up to the next line's begin. */
struct kaudit_lines {
	char room[KAUDIT_LINE_MAX + 1];
	size_t used;
	bool skip;
	struct hostlog_reader reader;
};

/* Takes every whole line out of the buffer. */
static void
lines_take(struct kaudit_lines *l, struct kaudit *k, const struct gather *g)
{
	size_t at = 0;
	char *end;

	while ((end = memchr(l->room + at, '\n', l->used - at)) != NULL) {
		size_t len = (size_t)(end - (l->room + at));

		if (!l->skip)
			kaudit_take(k, l->room + at, len, g);
		l->skip = false;
		at += len + 1;
	}
	if (at == 0 && l->used == sizeof(l->room)) { /* a line that is too long for one of auditd's */
		k->lines += !l->skip;
		k->odd += !l->skip;
		l->skip = true;
		at = l->used;
	}
	memmove(l->room, l->room + at, l->used - at);
	l->used -= at;
}

int
kaudit_begin(struct kaudit *k, const struct hostlog *log)
{
	static const enum kaudit_state states[] = {[HOSTLOG_NOT_READ] = KAUDIT_NOT_READ,
	    [HOSTLOG_ABSENT] = KAUDIT_ABSENT,
	    [HOSTLOG_REFUSED] = KAUDIT_REFUSED,
	    [HOSTLOG_OPEN] = KAUDIT_READ};

	k->state = states[log->state];
	(void)snprintf(k->why, sizeof(k->why), "%s", log->why);
	if (k->state != KAUDIT_READ)
		return SKS_OK;
	k->begin = calloc(KAUDIT_RECENT, sizeof(*k->begin));
	k->lines_of = calloc(1, sizeof(*k->lines_of));
	if (k->begin == NULL || k->lines_of == NULL)
		return SKS_NOMEM;
	hostlog_reader_init(&k->lines_of->reader, log, KAUDIT_BYTES_MAX);
	return SKS_OK;
}

int
kaudit_step(struct kaudit *k, size_t bytes, const struct gather *g)
{
	struct kaudit_lines *l = k->lines_of;
	size_t n;

	for (size_t done = 0; l != NULL && hostlog_more(&l->reader); done += n) {
		if (done >= bytes)
			return 1;
		/* a line that is not whole yet does not count, nor the end of one */
		if (l->reader.begun) {
			l->used = 0;
			l->skip = l->reader.middle;
		}
		n = hostlog_read(&l->reader, l->room + l->used, sizeof(l->room) - l->used);
		l->used += n;
		lines_take(l, k, g);
	}
	k->cut |= l != NULL && l->reader.cut;
	return 0;
}

void
kaudit_end(struct kaudit *k)
{
	free(k->begin);
	free(k->lines_of);
	k->begin = NULL;
	k->lines_of = NULL;
}
