#include "new_file.h"

#include "i18n.h"
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static int
make(const char *path, mode_t mode)
{
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

static void
say_not_made(const char *path)
{
	fprintf(stderr, _("sekisho: cannot make %s: %s. It must not be there yet.\n"), path,
	    strerror(errno));
}

FILE *
new_file_begin(const char *path, mode_t mode)
{
	int fd = make(path, mode);
	FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (out == NULL)
		say_not_made(path);
	if (out == NULL && fd >= 0)
		(void)close(fd);
	return out;
}

int
new_file_end(FILE *out, const char *path)
{
	bool whole = ferror(out) == 0;

	if (fclose(out) == 0 && whole)
		return STATUS_DONE;
	fprintf(stderr, _("sekisho: %s could not be written: %s.\n"), path, strerror(errno));
	(void)unlink(path);
	return STATUS_INCOMPLETE;
}

int
new_file_line(const char *path, const void *line, size_t len)
{
	int fd = make(path, 0600);
	bool good;

	if (fd < 0) {
		say_not_made(path);
		return STATUS_REFUSED;
	}
	good = write(fd, line, len) == (ssize_t)len && write(fd, "\n", 1) == 1 && fsync(fd) == 0;
	if (close(fd) == 0 && good)
		return STATUS_DONE;
	fprintf(stderr, _("sekisho: %s cannot be written: %s\n"), path, strerror(errno));
	(void)unlink(path);
	return STATUS_REFUSED;
}
