#include "survey.h"

#include "clock.h"
#include "error.h"
#include "helper.h"
#include "text.h"
#include "warden.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <openssl/evp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* A directory stands for all below it. */
static const char *const patterns[AREA_COUNT][8] = {
    [AREA_PAM] = {"/etc/pam.conf", "/etc/pam.d", "/etc/security", "/usr/lib/pam.d"},
    [AREA_SUDO] = {"/etc/sudoers", "/etc/sudoers.d", "/etc/sudo.conf"},
    [AREA_SSHD] = {"/etc/ssh"},
    [AREA_NSS] = {"/etc/nsswitch.conf", "/etc/ld.so.preload"},
    [AREA_ACCOUNTS] = {"/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow",
	"/etc/login.defs", "/etc/subuid", "/etc/subgid"},
    [AREA_UNITS] = {"/etc/systemd/system", "/usr/lib/systemd/system"},
    [AREA_PACKAGES] = {"/var/lib/dpkg/status", "/var/lib/rpm/rpmdb.sqlite"},
    [AREA_SEKISHO] = {"/etc/sekisho", "/usr/sbin/sekisho-policyd", "/usr/bin/sekisho",
	SEKISHO_LIBEXEC, "/usr/lib/security/pam_sekisho.so",
	"/usr/lib/*/security/pam_sekisho.so", "/usr/lib64/security/pam_sekisho.so"},
};

/* ---- one file ---------------------------------------------------------------------------- */

static uint8_t
survey_kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return '-';
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFIFO:
		return 'p';
	case S_IFSOCK:
		return 's';
	case S_IFBLK:
		return 'b';
	default:
		return 'c';
	}
}

static bool
survey_is_late(const struct survey *s)
{
	return clock_monotonic_ms() >= s->until_ms;
}

/* Reads all of it into the digest. False when it could not be read. */
static bool
survey_read(struct survey *s, int fd, EVP_MD_CTX *hash, struct survey_entry *e)
{
	static uint8_t data[1 << 16];
	uint64_t left = SURVEY_FILE_MAX;
	bool binary = false;
	ssize_t n;

	e->lines = 0;
	while (left > 0 && (n = read(fd, data, sizeof(data))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		left -= (uint64_t)n < left ? (uint64_t)n : left;
		s->bytes += (uint64_t)n;
		if (EVP_DigestUpdate(hash, data, (size_t)n) != 1)
			return false;
		binary = binary || memchr(data, '\0', (size_t)n) != NULL;
		for (ssize_t i = 0; i < n && !binary; i++)
			e->lines += data[i] == '\n';
		if (survey_is_late(s))
			return false;
	}
	e->flags = (uint8_t)(binary ? e->flags & ~ENTRY_TEXT : e->flags | ENTRY_TEXT);
	if (binary)
		e->lines = 0;
	return true;
}

static bool
survey_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* One reading; true when it stayed the same from the first byte to the last. */
static bool
survey_digest_once(struct survey *s, int fd, struct survey_entry *e)
{
	struct stat before, after;
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	unsigned int len = 0;
	bool read_all;

	e->flags &= (uint8_t)~ENTRY_UNREADABLE;
	read_all = hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 &&
		   lseek(fd, 0, SEEK_SET) == 0 && fstat(fd, &before) == 0 &&
		   survey_read(s, fd, hash, e) && fstat(fd, &after) == 0 &&
		   EVP_DigestFinal_ex(hash, e->digest, &len) == 1;
	EVP_MD_CTX_free(hash);
	if (!read_all) {
		e->flags |= ENTRY_UNREADABLE;
		return true;
	}
	e->size = (uint64_t)after.st_size;
	return survey_same(&before, &after);
}

/* Looks before it opens: opening a device or a fifo would already do something. And opens what
 * it looked at, whatever has the name by then. */
static int
survey_open(int dir, const char *name, bool follow, struct stat *st)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int seen = openat(dir, name, O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW)), fd = -1;
	char path[32];

	if (seen < 0)
		return -1;
	if (fstat(seen, st) == 0 && S_ISREG(st->st_mode)) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", seen);
		fd = open(path, flags | O_NOATIME);
		if (fd < 0 &&
		    errno == EPERM) /* only its owner may leave the time of access alone */
			fd = open(path, flags);
	}
	(void)close(seen);
	return fd;
}

static void
survey_digest(struct survey *s, int dir, const char *name, bool follow, struct survey_entry *e)
{
	struct stat st;
	int fd = survey_open(dir, name, follow, &st);

	if (fd < 0) {
		e->flags |= ENTRY_UNREADABLE;
	} else if (st.st_size > SURVEY_FILE_MAX || s->bytes > SURVEY_BYTES_MAX) {
		e->flags |= ENTRY_HUGE;
	} else {
		bool still = false;

		for (int i = 0; i < SURVEY_TRIES && !still; i++)
			still = survey_digest_once(s, fd, e);
		if (!still)
			e->flags |= ENTRY_CHANGING;
	}
	if (fd >= 0)
		(void)close(fd);
}

static void
survey_link(int dir, const char *name, struct survey_entry *e)
{
	char to[ENTRY_PATH_SIZE];
	ssize_t n = readlinkat(dir, name, to, sizeof(to));
	unsigned int len = 0;

	if (n < 0 || EVP_Digest(to, (size_t)n, e->digest, &len, EVP_sha256(), NULL) != 1)
		e->flags |= ENTRY_UNREADABLE;
}

uint64_t
survey_capabilities(int dir, const char *name)
{
	uint8_t value[64], hash[32];
	char path[64 + 256];
	unsigned int len = 0;
	uint64_t caps = 0;
	ssize_t n;

	/* through the descriptor: the kernel has no lgetxattrat */
	if (dir != AT_FDCWD &&
	    snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir, name) >= (int)sizeof(path))
		return 0;
	n = lgetxattr(
	    dir == AT_FDCWD ? name : path, "security.capability", value, sizeof(value));
	if (n <= 0 || EVP_Digest(value, (size_t)n, hash, &len, EVP_sha256(), NULL) != 1)
		return 0;
	for (size_t i = 0; i < 7; i++) /* 56 bits: a positive number everywhere */
		caps = caps << 8 | hash[i];
	return caps | 1;
}

void
survey_file(struct survey *s, int dir, const char *name, const char *path,
    const struct stat *st, bool follow)
{
	char clean[ENTRY_PATH_SIZE];
	struct survey_entry e = {.path = clean,
	    .kind = survey_kind(st->st_mode),
	    .mode = st->st_mode & 07777,
	    .uid = st->st_uid,
	    .gid = st->st_gid};

	if (s->files == SURVEY_FILES_MAX || survey_is_late(s)) {
		s->cut = s->full = true;
		return;
	}
	s->files++;
	(void)text_clean(clean, sizeof(clean), path);
	if (S_ISREG(st->st_mode) || (S_ISLNK(st->st_mode) && follow)) {
		e.size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;
		survey_digest(s, dir, name, follow, &e);
		if (S_ISREG(st->st_mode))
			e.caps = survey_capabilities(dir, name);
	} else if (S_ISLNK(st->st_mode)) {
		survey_link(dir, name, &e);
	}
	survey_put(&s->out, &e);
}

/* ---- named files, and directories with all below them ------------------------------------ */

static void survey_directory(struct survey *s, int fd, const char *path, int depth);

static void
survey_below(struct survey *s, int dir, const char *name, const char *path, int depth)
{
	struct stat st;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return; /* it went while we looked */
	survey_file(s, dir, name, path, &st, false);
	if (!S_ISDIR(st.st_mode))
		return;
	fd = depth < SURVEY_DEPTH_MAX
		 ? openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
		 : -1;
	if (fd < 0)
		s->cut = true;
	else
		survey_directory(s, fd, path, depth + 1);
}

/* Takes the descriptor. */
static void
survey_directory(struct survey *s, int fd, const char *path, int depth)
{
	DIR *d = fdopendir(fd);
	const struct dirent *entry;

	if (d == NULL) {
		(void)close(fd);
		s->cut = true;
		return;
	}
	while (!s->full && (entry = readdir(d)) != NULL) {
		char below[ENTRY_PATH_SIZE];

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) <
		    (int)sizeof(below))
			survey_below(s, fd, entry->d_name, below, depth);
	}
	(void)closedir(d);
}

/* below: a directory stands for all in it. Not where people other than root choose what lies
 * there: one of them could fill what there is room for, and nobody's would be looked at. */
static void
survey_named(struct survey *s, const char *path, bool below)
{
	struct stat st, to;
	int fd;

	if (lstat(path, &st) != 0)
		return;
	/* a link that was named stands for the file behind it */
	survey_file(s, AT_FDCWD, path, path, &st,
	    S_ISLNK(st.st_mode) && stat(path, &to) == 0 && S_ISREG(to.st_mode));
	if (!below)
		return;
	if (!S_ISDIR(st.st_mode) &&
	    !(S_ISLNK(st.st_mode) && stat(path, &to) == 0 && S_ISDIR(to.st_mode)))
		return;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		survey_directory(s, fd, path, 0);
}

static void
survey_pattern(struct survey *s, const char *pattern)
{
	glob_t found = {0};

	if (strpbrk(pattern, "*?[") == NULL) {
		survey_named(s, pattern, true);
		return;
	}
	if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc && !s->full; i++)
			survey_named(s, found.gl_pathv[i], true);
	}
	globfree(&found);
}

static void
survey_keys(struct survey *s, const char *account)
{
	static const char *const names[] = {
	    ".ssh/authorized_keys", ".ssh/authorized_keys2", ".ssh/rc", ".ssh/environment"};
	const struct passwd *pw = getpwnam(account);
	char path[ENTRY_PATH_SIZE];

	for (size_t i = 0; pw != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		if (snprintf(path, sizeof(path), "%s/%s", pw->pw_dir, names[i]) <
		    (int)sizeof(path))
			survey_named(s, path, false);
	}
}

/* ---- the request ------------------------------------------------------------------------- */

static void
survey_each_line(
    struct survey *s, const char *text, void (*each)(struct survey *, const char *))
{
	char line[ENTRY_PATH_SIZE];

	while (*text != '\0' && !s->full) {
		size_t len = strcspn(text, "\n");

		if (len > 0 && len < sizeof(line)) {
			memcpy(line, text, len);
			line[len] = '\0';
			each(s, line);
		}
		text += len;
		text += *text == '\n';
	}
}

/* Others come first, on the processor and on the disk. */
static void
survey_step_back(void)
{
	enum { IOPRIO_PROCESS = 1, IOPRIO_IDLE = 3 << 13 };

	(void)!nice(19);
	(void)syscall(SYS_ioprio_set, IOPRIO_PROCESS, 0, IOPRIO_IDLE);
}

static int
survey_may_read(void)
{
	const cap_value_t reads = CAP_DAC_READ_SEARCH;
	cap_t caps = cap_get_proc();
	int r = SKS_OK;

	/* keys of people lie in directories that are theirs alone */
	if (caps == NULL || cap_set_flag(caps, CAP_EFFECTIVE, 1, &reads, CAP_SET) != 0 ||
	    cap_set_proc(caps) != 0)
		r = SKS_DENIED;
	if (caps != NULL)
		(void)cap_free(caps);
	return r;
}

void
survey_run(const struct warden_call *call, struct warden_answer *answer)
{
	static struct survey s;

	s.until_ms = clock_monotonic_ms() + (call->limit != 0 && call->limit < SURVEY_TIME_MS
						    ? (int64_t)call->limit
						    : SURVEY_TIME_MS);
	buf_init(&s.out, HELPER_PAYLOAD_MAX);
	if (call->number >= AREA_COUNT) {
		answer->status = SKS_INVALID;
		return;
	}
	(void)survey_may_read();
	survey_step_back();
	if (call->number == AREA_SETUID) {
		size_t len = strcspn(call->text, "\n");
		char cursor[ENTRY_PATH_SIZE];

		memcpy(cursor, call->text, len);
		cursor[len] = '\0';
		walk_slice(
		    &s, cursor, sizeof(cursor), call->text + len + (call->text[len] == '\n'));
		(void)snprintf(answer->text, sizeof(answer->text), "%s", cursor);
	} else if (call->number == AREA_KEYS) {
		survey_each_line(&s, call->text, survey_keys);
	} else if (call->number == AREA_WATCH) {
		survey_each_line(&s, call->text, survey_pattern);
	} else {
		for (size_t i = 0; patterns[call->number][i] != NULL; i++)
			survey_pattern(&s, patterns[call->number][i]);
	}
	answer->number = s.visited != 0 ? s.visited : s.files;
	answer->untrusted = s.cut;
	answer->status = buf_error(&s.out);
	child_payload(s.out.data, s.out.len);
}
