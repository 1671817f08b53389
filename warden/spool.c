/*
 * The spool: files that root's logins wrote while no daemon answered (lib/spool.h). We hand
 * over bytes and say whether only root can have written them; what they mean is judged by the
 * daemon, which has no right to look here itself. A file stays until the daemon has committed
 * its record.
 */
#include "spool.h"

#include "error.h"
#include "log.h"
#include "warden.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SPOOL_REFUSED "refused"
#define SPOOL_LOST    "lost"
#define SPOOL_BURNED  "burned" /* of lib/breakglass.h: no event, and codes revive without it */

enum { PART_AGE_S = 3600, NAME_SIZE_MAX = 256 };

/* SKS_NOT_FOUND: nothing was ever spooled. */
static int
spool_open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT                                         ? SKS_NOT_FOUND
		       : errno == ELOOP || errno == ENOTDIR || errno == EACCES ? SKS_UNTRUSTED
									       : SKS_IO;
	if (fstat(fd, &st) != 0 || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		close(fd);
		return SKS_UNTRUSTED;
	}
	return fd;
}

/* A scan of its own open file, so that it starts at the beginning. */
static DIR *
spool_list(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (d == NULL && fd >= 0)
		close(fd);
	return d;
}

/* What a login left half written when it was killed, long ago. */
static void
spool_sweep(int dir, const char *name)
{
	const char *dot = strrchr(name, '.');
	struct stat st;

	if (dot == NULL || strcmp(dot, ".part") != 0 ||
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return;
	if (time(NULL) - st.st_ctime > PART_AGE_S)
		(void)unlinkat(dir, name, 0);
}

/* By the time in front of the name; what has none comes after what has. */
static long long
spool_time(const char *name)
{
	long long ms;
	char *end;

	if (*name < '0' || *name > '9')
		return INT64_MAX;
	errno = 0;
	ms = strtoll(name, &end, 10);
	return errno == 0 && *end == '-' ? ms : INT64_MAX;
}

static bool
spool_is_before(const char *a, const char *b)
{
	long long ta = spool_time(a), tb = spool_time(b);

	return ta != tb ? ta < tb : strcmp(a, b) < 0;
}

/* 0; SKS_NOT_FOUND when nothing waits. "lost" comes when nothing else is left. */
static int
spool_oldest(int dir, char name[NAME_SIZE_MAX])
{
	DIR *d = spool_list(dir);
	const struct dirent *entry;
	bool lost = false;

	name[0] = '\0';
	if (d == NULL)
		return SKS_IO;
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			spool_sweep(dir, entry->d_name);
		else if (strcmp(entry->d_name, SPOOL_LOST) == 0)
			lost = true;
		else if (strcmp(entry->d_name, SPOOL_REFUSED) != 0 &&
			 strcmp(entry->d_name, SPOOL_BURNED) != 0 &&
			 (name[0] == '\0' || spool_is_before(entry->d_name, name)))
			snprintf(name, NAME_SIZE_MAX, "%s", entry->d_name);
	}
	closedir(d);
	if (name[0] == '\0' && lost)
		snprintf(name, NAME_SIZE_MAX, SPOOL_LOST);
	return name[0] != '\0' ? SKS_OK : SKS_NOT_FOUND;
}

/* A name that no log line and no message can carry gets one that says where it is from. */
static int
spool_rename_odd(int dir, char name[NAME_SIZE_MAX])
{
	char sound[64];
	struct stat st;
	bool odd = false;

	for (const char *c = name; *c != '\0'; c++)
		odd |= (unsigned char)*c < 0x20 || *c == 0x7f;
	if (!odd)
		return SKS_OK;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return SKS_IO;
	snprintf(sound, sizeof(sound), "odd-%ju", (uintmax_t)st.st_ino);
	if (renameat2(dir, name, dir, sound, RENAME_NOREPLACE) != 0)
		return SKS_IO;
	snprintf(name, NAME_SIZE_MAX, "%s", sound);
	return SKS_OK;
}

static bool
spool_is_trusted(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == geteuid() && (st->st_mode & 077) == 0 &&
	       st->st_nlink == 1 && st->st_size <= SPOOL_EVENT_MAX;
}

/* Looks before it opens: opening a device or a fifo would already do something. */
static size_t
spool_read_file(int dir, const char *name, struct warden_answer *answer, uint8_t *data)
{
	struct stat seen, st;
	ssize_t n;
	int fd;

	answer->untrusted = true;
	if (fstatat(dir, name, &seen, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(seen.st_mode))
		return 0;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) != 0 || st.st_ino != seen.st_ino || st.st_dev != seen.st_dev) {
		close(fd);
		return 0;
	}
	answer->untrusted = !spool_is_trusted(&st);
	n = read(fd, data, SPOOL_EVENT_MAX);
	close(fd);
	return n > 0 ? (size_t)n : 0;
}

void
spool_next(struct warden *w, struct ticket t, const struct warden_call *call)
{
	struct warden_answer answer = {.status = SKS_IO};
	uint8_t data[SPOOL_EVENT_MAX];
	struct stat st;
	size_t len = 0;
	int dir = spool_open_dir(w->spool);

	(void)call;
	if (dir < 0) {
		warden_status(w, t, dir);
		return;
	}
	answer.status = spool_oldest(dir, answer.name);
	if (answer.status == SKS_OK)
		answer.status = spool_rename_odd(dir, answer.name);
	if (answer.status == SKS_OK && strcmp(answer.name, SPOOL_LOST) == 0) {
		if (fstatat(dir, SPOOL_LOST, &st, AT_SYMLINK_NOFOLLOW) == 0)
			snprintf(answer.text, sizeof(answer.text), "%jd", (intmax_t)st.st_size);
	} else if (answer.status == SKS_OK) {
		len = spool_read_file(dir, answer.name, &answer, data);
	}
	close(dir);
	warden_answer(w, t, &answer, data, len);
}

/* ---- after the commit -----------------------------------------------------------------------
 */

static bool
spool_is_name(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL &&
	       strcmp(name, SPOOL_REFUSED) != 0 && strcmp(name, SPOOL_BURNED) != 0;
}

static int
spool_remove(int dir, const char *name)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return SKS_OK;
	if (errno == EISDIR && unlinkat(dir, name, AT_REMOVEDIR) == 0)
		return SKS_OK;
	return SKS_IO;
}

static bool
spool_has_room(int dir)
{
	DIR *d = spool_list(dir);
	size_t count = 0;

	if (d == NULL)
		return false;
	while (readdir(d) != NULL)
		count++;
	closedir(d);
	return count < REFUSED_MAX + 2; /* "." and ".." */
}

/* Kept for whoever looks into it, but not without bound: what does not fit goes. */
static int
spool_set_aside(int dir, const char *name)
{
	bool kept = false;
	int to;

	if (mkdirat(dir, SPOOL_REFUSED, 0700) != 0 && errno != EEXIST)
		return spool_remove(dir, name);
	to = openat(dir, SPOOL_REFUSED, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to >= 0) {
		kept =
		    spool_has_room(to) && renameat2(dir, name, to, name, RENAME_NOREPLACE) == 0;
		close(to);
	}
	log_warn("spooled event %s was refused%s", name,
	    kept ? " and set aside in " SPOOL_REFUSED : "");
	return kept ? SKS_OK : spool_remove(dir, name);
}

void
spool_done(struct warden *w, struct ticket t, const struct warden_call *call)
{
	int dir, r;

	if (!spool_is_name(call->name) || call->number > 1) {
		warden_status(w, t, SKS_INVALID);
		return;
	}
	dir = spool_open_dir(w->spool);
	if (dir < 0) {
		warden_status(w, t, dir);
		return;
	}
	if (call->number == 1)
		r = spool_set_aside(dir, call->name);
	else
		r = spool_remove(dir, call->name);
	close(dir);
	warden_status(w, t, r);
}
