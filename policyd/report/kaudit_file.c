/* The files of the kernel's audit: which, in which order, how much of them, and their lines. */
#include "report/kaudit.h"

#include "error.h"
#include "safeopen.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct piece {
	int fd;
	struct stat st;
};

/* Lines of a file through a buffer that holds the longest; "skip": up to the next line's begin. */
struct lines {
	char room[KAUDIT_LINE_MAX + 1];
	size_t used;
	bool skip;
};

/* Takes every whole line out of the buffer. */
static void
lines_take(struct lines *l, struct kaudit *k, const struct gather *g)
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
kaudit_file(struct kaudit *k, int fd, int64_t size, int64_t most, const struct gather *g)
{
	static struct lines l;
	int64_t at = size > most ? size - most : 0, left = size - at;
	ssize_t n = 0;

	l.used = 0;
	l.skip = at > 0;
	k->cut |= at > 0;
	/* what is written meanwhile is not waited for; a line that is not whole yet does not count */
	while (left > 0) {
		size_t room = sizeof(l.room) - l.used;

		n = pread(fd, l.room + l.used, (int64_t)room < left ? room : (size_t)left, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += n;
		left -= n;
		l.used += (size_t)n;
		lines_take(&l, k, g);
	}
	return n < 0 ? SKS_IO : SKS_OK;
}

/* The newest first, so that one that is moved away meanwhile shows up twice and not never. */
static int
open_pieces(struct kaudit *k, const char *path, uint32_t owner, struct piece piece[], size_t *count)
{
	char name[4200];
	int r = SKS_OK;

	*count = 0;
	for (int i = 0; i < KAUDIT_FILES_MAX; i++) {
		struct piece *p = &piece[*count];

		(void)snprintf(name, sizeof(name), i > 0 ? "%s.%d" : "%s", path, i);
		p->fd = safeopen_read(name, owner, 0644, k->why, sizeof(k->why));
		if (p->fd < 0)
			return p->fd == SKS_NOT_FOUND ? SKS_OK : SKS_UNTRUSTED;
		if (fstat(p->fd, &p->st) != 0 ||
		    (*count > 0 && p->st.st_ino == p[-1].st.st_ino && p->st.st_dev == p[-1].st.st_dev))
			(void)close(p->fd);
		else
			(*count)++;
	}
	return r;
}

static void
read_pieces(struct kaudit *k, struct piece piece[], size_t count, const struct gather *g)
{
	int64_t room = KAUDIT_BYTES_MAX;
	size_t oldest = 0;

	while (oldest < count && room > 0)
		room -= piece[oldest++].st.st_size;
	k->cut = oldest < count;
	for (size_t i = oldest; i > 0; i--) {
		const struct piece *p = &piece[i - 1];
		/* of the oldest only what is left of the room */
		int64_t most = i == oldest && room < 0 ? p->st.st_size + room : p->st.st_size;

		k->cut |= kaudit_file(k, p->fd, p->st.st_size, most, g) != SKS_OK;
	}
}

int
kaudit_compare(struct kaudit *k, const char *path, uint32_t owner, const struct gather *g)
{
	struct piece piece[KAUDIT_FILES_MAX];
	size_t count;
	int r = open_pieces(k, path, owner, piece, &count);

	k->state = r != SKS_OK ? KAUDIT_REFUSED : count == 0 ? KAUDIT_ABSENT : KAUDIT_READ;
	if (k->state == KAUDIT_READ) {
		k->begin = calloc(KAUDIT_RECENT, sizeof(*k->begin));
		if (k->begin != NULL)
			read_pieces(k, piece, count, g);
		r = k->begin != NULL ? SKS_OK : SKS_NOMEM;
		free(k->begin);
		k->begin = NULL;
	}
	while (count > 0)
		(void)close(piece[--count].fd);
	return r == SKS_NOMEM ? r : SKS_OK;
}
