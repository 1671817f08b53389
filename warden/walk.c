/*
 * Files that give whoever runs them another's rights, on all local file systems. A slice at a
 * time: names are taken in their order, so that the path where one slice ended is where the
 * next begins, whatever has come and gone in between.
 */
#include "clock.h"
#include "survey.h"
#include "text.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOUNTS_MAX = 256, CURSOR_MAX = 1500, LOOK_AT_CLOCK = 64 };

struct mount {
	char path[1024];
	dev_t device;
	ino_t node;
};

struct walk {
	struct survey *survey;
	const char *ignore;
	const char *after; /* go on behind this path; "": from here on all */
	char *cursor;
	size_t cursor_size;
	dev_t device;
	uint64_t mount; /* its id; 0: this kernel does not tell */
	bool stopped;
};

/* ---- what is ignored --------------------------------------------------------------------- */

static bool
walk_is_ignored(const struct walk *w, const char *path)
{
	const char *line = w->ignore;
	char pattern[1024];

	while (*line != '\0') {
		size_t len = strcspn(line, "\n");

		if (len > 0 && len < sizeof(pattern)) {
			memcpy(pattern, line, len);
			pattern[len] = '\0';
			/* a directory stands for all below it */
			if (fnmatch(pattern, path, FNM_PATHNAME | FNM_LEADING_DIR) == 0)
				return true;
		}
		line += len;
		line += *line == '\n';
	}
	return false;
}

/* ---- the walk ---------------------------------------------------------------------------- */

static void walk_directory(struct walk *w, int fd, const char *path, int depth);

static int
walk_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* 0: this kernel does not tell. */
static uint64_t
walk_mount_id(int dir, const char *name)
{
	struct statx x;

	if (statx(dir, name, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &x) != 0 ||
	    (x.stx_mask & STATX_MNT_ID) == 0)
		return 0;
	return x.stx_mnt_id;
}

/* Something else is mounted there: it has its own turn, or none. A bind mount is of the same
 * device. */
static bool
walk_is_elsewhere(const struct walk *w, int dir, const char *name, const struct stat *st)
{
	return st->st_dev != w->device ||
	       (w->mount != 0 && walk_mount_id(dir, name) != w->mount);
}

static bool
walk_is_special(int dir, const char *name, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return false;
	if ((st->st_mode & (S_ISUID | S_ISGID)) != 0)
		return true;
	return (st->st_mode & 0111) != 0 && survey_capabilities(dir, name) != 0;
}

/* Only a path that a message can carry can be gone on from. */
static void
walk_pause(struct walk *w, const char *path)
{
	char clean[CURSOR_MAX];

	if (clock_monotonic_ms() < w->survey->until_ms || strlen(path) >= sizeof(clean) ||
	    text_clean(clean, sizeof(clean), path) != strlen(path) || strcmp(clean, path) != 0)
		return;
	(void)snprintf(w->cursor, w->cursor_size, "%s", path);
	w->stopped = true;
}

static void
walk_entry(struct walk *w, int dir, const char *name, const char *path, int depth)
{
	struct stat st;
	int fd;

	/* in an overlay only directories tell which file system they are of */
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    (S_ISDIR(st.st_mode) && walk_is_elsewhere(w, dir, name, &st)))
		return;
	if (w->after[0] == '\0') {
		w->survey->visited++;
		if (walk_is_special(dir, name, &st)) {
			const int64_t until = w->survey->until_ms;

			/* what was found is finished, with time of its own */
			w->survey->until_ms = clock_monotonic_ms() + SURVEY_TIME_MS / 4;
			survey_file(w->survey, dir, name, path, &st, false);
			w->survey->until_ms = until;
		}
	}
	if (S_ISDIR(st.st_mode) && depth < SURVEY_DEPTH_MAX && !walk_is_ignored(w, path) &&
	    (fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) >= 0)
		walk_directory(w, fd, path, depth + 1);
	if (!w->stopped && w->after[0] == '\0' && w->survey->visited % LOOK_AT_CLOCK == 0)
		walk_pause(w, path);
}

/* Names in order; NULL at the end. */
static char **
walk_names(int fd, size_t *count)
{
	DIR *d = fdopendir(dup(fd));
	const struct dirent *entry;
	char **names = NULL;

	*count = 0;
	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if ((*count & (*count - 1)) == 0) {
			char **more =
			    reallocarray(names, *count == 0 ? 1 : *count * 2, sizeof(*names));

			if (more == NULL)
				break;
			names = more;
		}
		if ((names[*count] = strdup(entry->d_name)) == NULL)
			break;
		(*count)++;
	}
	if (d != NULL)
		(void)closedir(d);
	if (*count > 0)
		qsort(names, *count, sizeof(*names), walk_order);
	return names;
}

/* Where to go on lies at or below path/name, before it, or behind it: -1, 0, 1. What is above
 * the place in the tree was seen in an earlier slice. */
static int
walk_where(const struct walk *w, const char *path, const char *name)
{
	size_t len = strlen(path);
	const char *rest = w->after + len;
	size_t part;
	int order;

	if (w->after[0] == '\0' || strncmp(w->after, path, len) != 0)
		return 1;
	rest += *rest == '/';
	part = strcspn(rest, "/");
	order = strncmp(name, rest, part);
	if (order == 0)
		order = strlen(name) > part;
	return order;
}

/* Takes the descriptor. */
static void
walk_directory(struct walk *w, int fd, const char *path, int depth)
{
	size_t count = 0;
	char **names = walk_names(fd, &count);

	for (size_t i = 0; i < count && !w->stopped; i++) {
		const char *slash = strcmp(path, "/") == 0 ? "" : "/";
		char below[ENTRY_PATH_SIZE];
		int where = walk_where(w, path, names[i]);

		if (where < 0 || snprintf(below, sizeof(below), "%s%s%s", path, slash,
				     names[i]) >= (int)sizeof(below))
			continue;
		if (where > 0)
			w->after = "";
		/* exactly there: what is below it comes before the pause, so it is done */
		if (where == 0 && strcmp(below, w->after) == 0) {
			w->after = "";
			continue;
		}
		walk_entry(w, fd, names[i], below, depth);
	}
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
	(void)close(fd);
}

/* ---- which file systems ------------------------------------------------------------------ */

/* Not those of other hosts, which hang, and not those that hold no programs. */
static bool
walk_is_local(const struct mntent *m)
{
	static const char *const types[] = {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs",
	    "jfs", "reiserfs", "zfs", "bcachefs", "overlay", "tmpfs", "ramfs", "squashfs",
	    "erofs", "iso9660", "vfat", "exfat", "ntfs3"};

	if (hasmntopt(m, "nosuid") != NULL)
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(m->mnt_type, types[i]) == 0)
			return true;
	}
	return false;
}

static int
walk_mount_order(const void *a, const void *b)
{
	return strcmp(((const struct mount *)a)->path, ((const struct mount *)b)->path);
}

static size_t
walk_mounts(struct mount *mount, bool *all)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	size_t count = 0;

	while (f != NULL && count < MOUNTS_MAX && (m = getmntent(f)) != NULL) {
		struct stat st;
		bool known = false;

		if (!walk_is_local(m) || strlen(m->mnt_dir) >= sizeof(mount->path) ||
		    lstat(m->mnt_dir, &st) != 0 || !S_ISDIR(st.st_mode))
			continue;
		for (size_t i = 0; i < count; i++)
			known = known ||
				(mount[i].device == st.st_dev && mount[i].node == st.st_ino);
		if (known)
			continue;
		(void)snprintf(mount[count].path, sizeof(mount->path), "%s", m->mnt_dir);
		mount[count].device = st.st_dev;
		mount[count++].node = st.st_ino;
	}
	if (f != NULL)
		(void)endmntent(f);
	if (f == NULL || count == MOUNTS_MAX)
		*all = false;
	qsort(mount, count, sizeof(*mount), walk_mount_order);
	return count;
}

/* The cursor's file system: the last one in order whose path the cursor lies below. */
static size_t
walk_mount_of(const struct mount *mount, size_t count, const char *cursor)
{
	size_t found = 0, length = 0;

	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(mount[i].path);
		bool below = strncmp(cursor, mount[i].path, len) == 0 &&
			     (cursor[len] == '/' || cursor[len] == '\0' || len == 1);

		if (below && len >= length) {
			found = i;
			length = len;
		}
	}
	return found;
}

void
walk_slice(struct survey *s, char *cursor, size_t size, const char *ignore)
{
	static struct mount mount[MOUNTS_MAX];
	static char after[ENTRY_PATH_SIZE];
	struct walk w = {.survey = s,
	    .ignore = ignore,
	    .after = after,
	    .cursor = cursor,
	    .cursor_size = size};
	bool all = true;
	size_t count = walk_mounts(mount, &all);
	size_t i = cursor[0] != '\0' ? walk_mount_of(mount, count, cursor) : 0;

	s->cut = !all;
	(void)snprintf(after, sizeof(after), "%s", cursor);
	cursor[0] = '\0';
	for (; i < count && !w.stopped; i++) {
		int fd = -1;

		if (!walk_is_ignored(&w, mount[i].path))
			fd = open(
			    mount[i].path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		w.device = mount[i].device;
		w.mount = fd >= 0 ? walk_mount_id(fd, "") : 0;
		if (fd >= 0)
			walk_directory(&w, fd, mount[i].path, 0);
		w.after = "";
	}
}
