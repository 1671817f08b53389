#include "breakglass.h"

#include "breakglass_file.h"
#include "buf.h"
#include "clock.h"
#include "error.h"
#include "safeopen.h"
#include "text.h"
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	LETTERS = 20,
	GROUP = 5,
	LOCK_WAIT_MS = 3000,
	LOCK_STEP_MS = 20,
};

const struct breakglass breakglass_system = {BREAKGLASS_FILE, BREAKGLASS_BURNED};

/* Without I, L, O and U: nothing in a code can be mistaken for something else. */
static const char ALPHABET[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/*
 * Opens and locks the file. The lock is on the file itself, because it must work where nothing
 * can be created; as a burn replaces the file, whoever waited may hold the lock of a file that
 * is no longer there, and looks again.
 */
static int
breakglass_lock(const char *path)
{
	int64_t deadline_ms = clock_monotonic_ms() + LOCK_WAIT_MS;
	const struct timespec step = {.tv_nsec = LOCK_STEP_MS * 1000000L};

	for (;;) {
		struct stat mine, now;
		int fd = safeopen_read(path, geteuid(), 0600, NULL, 0);

		if (fd < 0)
			return fd;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			if (fstat(fd, &mine) == 0 && stat(path, &now) == 0 &&
			    mine.st_dev == now.st_dev && mine.st_ino == now.st_ino)
				return fd;
		} else if (errno != EWOULDBLOCK && errno != EINTR) {
			close(fd);
			return SKS_IO;
		}
		close(fd);
		if (clock_monotonic_ms() >= deadline_ms)
			return SKS_TIMEOUT;
		nanosleep(&step, NULL);
	}
}

static const char *
breakglass_tty_name(const char *tty)
{
	return strncmp(tty, "/dev/", 5) == 0 ? tty + 5 : tty;
}

/* FNM_PATHNAME: "*" means consoles, not pts/0 as well. */
static bool
breakglass_tty_matches(const char *globs, const char *tty)
{
	char copy[BREAKGLASS_TTYS_SIZE];
	char *save = NULL;
	const char *name = breakglass_tty_name(tty);

	if (name[0] == '\0' || strlen(globs) >= sizeof(copy))
		return false;
	memcpy(copy, globs, strlen(globs) + 1);
	for (char *glob = strtok_r(copy, " \t", &save); glob != NULL;
	     glob = strtok_r(NULL, " \t", &save)) {
		if (fnmatch(glob, name, FNM_PATHNAME) == 0)
			return true;
	}
	return false;
}

/* Letters as typed to letters as made: what a person reads as O or l is a digit. */
static int
breakglass_fold(const struct secret *typed, struct secret *out)
{
	char *text = (char *)out->bytes;
	int n;

	secret_clear(out);
	if (memchr(typed->bytes, '\0', typed->len) != NULL)
		return SKS_INVALID;
	n = text_fold_code((const char *)typed->bytes, text, SECRET_MAX);
	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		if (text[i] == 'O')
			text[i] = '0';
		else if (text[i] == 'I' || text[i] == 'L')
			text[i] = '1';
	}
	out->len = (size_t)n;
	return SKS_OK;
}

/* Takes "BG" off where it was typed. */
static void
breakglass_strip(struct secret *code)
{
	if (code->len != LETTERS + 2 || memcmp(code->bytes, "BG", 2) != 0)
		return;
	memmove(code->bytes, code->bytes + 2, LETTERS);
	explicit_bzero(code->bytes + LETTERS, 2);
	code->len = LETTERS;
}

bool
breakglass_is_form(const struct secret *typed)
{
	struct secret code = SECRET_INIT;
	bool form = breakglass_fold(typed, &code) == SKS_OK && code.len > 2 &&
		    memcmp(code.bytes, "BG", 2) == 0;

	secret_clear(&code);
	return form;
}

int
breakglass_count(const struct breakglass *place, struct breakglass_count *out)
{
	struct breakglass_file file;
	int r = breakglass_file_load(place, &file);

	memset(out, 0, sizeof(*out));
	if (r != SKS_OK)
		return r;
	memcpy(out->ttys, file.ttys, sizeof(out->ttys));
	out->total = (unsigned int)file.count;
	for (size_t i = 0; i < file.count; i++)
		out->unused += file.entry[i].used[0] == '\0' ? 1 : 0;
	return SKS_OK;
}

bool
breakglass_is_offered(const struct breakglass *place, const char *tty)
{
	struct breakglass_count count;

	if (breakglass_count(place, &count) != SKS_OK || count.unused == 0)
		return false;
	return breakglass_tty_matches(count.ttys, tty);
}

/* Every line costs the same work, whether one before it matched or not. */
static int
breakglass_find(const struct breakglass_file *file, const struct secret *code, size_t *found)
{
	uint8_t hash[BREAKGLASS_HASH_SIZE];
	size_t at = file->count;
	int r = SKS_OK;

	for (size_t i = 0; i < file->count; i++) {
		if (breakglass_hash(file->entry[i].salt, code, hash) != SKS_OK) {
			r = SKS_INTERNAL;
			break;
		}
		if (secret_equal_bytes(hash, file->entry[i].hash, sizeof(hash)))
			at = i;
	}
	explicit_bzero(hash, sizeof(hash));
	if (r != SKS_OK)
		return r;
	if (at == file->count || code->len != LETTERS)
		return SKS_NOT_FOUND;
	*found = at;
	return SKS_OK;
}

static int
breakglass_burn_locked(const struct breakglass *place, const char *tty,
    const struct secret *code, unsigned int *index)
{
	struct breakglass_file file;
	size_t found;
	int r = breakglass_file_load(place, &file);

	if (r != SKS_OK)
		return r;
	if (!breakglass_tty_matches(file.ttys, tty))
		return SKS_DENIED;
	r = breakglass_find(&file, code, &found);
	if (r != SKS_OK)
		return r;
	*index = file.entry[found].index;
	if (file.entry[found].used[0] != '\0')
		return SKS_CONFLICT;
	clock_rfc3339(
	    clock_now().wall_ms, file.entry[found].used, sizeof(file.entry[found].used));
	r = breakglass_file_save(place, &file);
	if (r != SKS_OK)
		r = breakglass_file_note_burned(place, &file.entry[found]);
	return r;
}

int
breakglass_burn(const struct breakglass *place, const char *tty, const struct secret *typed,
    unsigned int *index)
{
	struct secret code = SECRET_INIT;
	int fd = -1, r;

	*index = 0;
	if (breakglass_fold(typed, &code) != SKS_OK) {
		r = SKS_NOT_FOUND;
		goto out;
	}
	breakglass_strip(&code);
	fd = breakglass_lock(place->file);
	r = fd < 0 ? fd : breakglass_burn_locked(place, tty, &code, index);
	if (fd >= 0)
		close(fd);
out:
	secret_clear(&code);
	return r;
}

/* "out" is the code as printed, "bare" its letters alone, which are hashed. */
static int
breakglass_draw(struct secret *out, struct secret *bare)
{
	uint8_t random[LETTERS];
	size_t n = 0;

	secret_clear(out);
	secret_clear(bare);
	if (secret_random(random, sizeof(random)) != SKS_OK)
		return SKS_IO;
	out->bytes[n++] = 'B';
	out->bytes[n++] = 'G';
	for (size_t i = 0; i < LETTERS; i++) {
		uint8_t letter = (uint8_t)ALPHABET[random[i] % 32];

		if (i % GROUP == 0)
			out->bytes[n++] = '-';
		out->bytes[n++] = letter;
		bare->bytes[i] = letter;
	}
	out->len = n;
	bare->len = LETTERS;
	explicit_bzero(random, sizeof(random));
	return SKS_OK;
}

static int
breakglass_fill(struct breakglass_file *file, size_t n, struct secret codes[])
{
	struct secret bare = SECRET_INIT;
	int r = SKS_OK;

	file->count = n;
	for (size_t i = 0; i < n && r == SKS_OK; i++) {
		struct breakglass_entry *e = &file->entry[i];

		memset(e, 0, sizeof(*e));
		e->index = (unsigned int)i + 1;
		r = secret_random(e->salt, sizeof(e->salt));
		if (r == SKS_OK)
			r = breakglass_draw(&codes[i], &bare);
		if (r == SKS_OK)
			r = breakglass_hash(e->salt, &bare, e->hash);
	}
	secret_clear(&bare);
	return r;
}

int
breakglass_make(
    const struct breakglass *place, const char *ttys, size_t n, struct secret codes[])
{
	struct breakglass_file file;
	int fd, r = SKS_INVALID;

	if (n == 0 || n > BREAKGLASS_MAX)
		return SKS_INVALID;
	fd = breakglass_lock(place->file); /* a burn must not put the old codes back */
	if (fd < 0 && fd != SKS_NOT_FOUND)
		return fd;
	if (fd < 0 || breakglass_file_load(place, &file) != SKS_OK)
		(void)breakglass_file_set_ttys(&file, BREAKGLASS_TTYS);
	if (ttys != NULL && breakglass_file_set_ttys(&file, ttys) != SKS_OK)
		goto out;
	r = breakglass_fill(&file, n, codes);
	if (r == SKS_OK)
		r = breakglass_file_save(place, &file);
out:
	if (fd >= 0)
		close(fd);
	if (r != SKS_OK) {
		for (size_t i = 0; i < n; i++)
			secret_clear(&codes[i]);
	}
	return r;
}
