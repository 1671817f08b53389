#include "lines.h"

#include "read.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* fgets(). */
static bool
lines_gets(struct lines *t, char *dst, size_t size)
{
	size_t used = 0;

	if (t->at >= t->size)
		return false;
	while (used + 1 < size && t->at < t->size) {
		dst[used++] = t->bytes[t->at++];
		if (dst[used - 1] == '\n') {
			t->number++;
			break;
		}
	}
	dst[used] = '\0';
	return true;
}

/* Where what has been read goes on: behind the blank that takes the place of a backslash at
 * its end; NULL: the line is whole. */
static char *
lines_continued(char *from)
{
	char *last = from + strlen(from);

	while (last > from) {
		last--;
		if (*last != ' ' && *last != '\t' && *last != '\n')
			break;
	}
	if (*last != '\\')
		return NULL;
	*last++ = ' ';
	*last = '\0';
	return last;
}

int
lines_next(struct lines *t, char line[LINES_SIZE], unsigned int *number)
{
	char *at = line;

	for (;;) {
		unsigned int here = t->number;
		char *from, *comment;

		if (at + 1 >= line + LINES_SIZE)
			return -1;
		if (!lines_gets(t, at, (size_t)(line + LINES_SIZE - at)))
			return at == line ? 0 : -1;
		from = at + strspn(at, " \n\t");
		if (*from == '\0' || *from == '#') {
			*at = '\0';
			continue;
		}
		if (at == line)
			*number = here;
		comment = strchr(from, '#');
		if (comment != NULL)
			*comment = '\0';
		else if ((at = lines_continued(from)) != NULL)
			continue;
		return 1;
	}
}

bool
lines_open(struct lines *t, const char *path)
{
	/* a fifo in its place must not keep us waiting */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	ssize_t n;

	memset(t, 0, sizeof(*t));
	t->number = 1;
	if (fd < 0)
		return false;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return false;
	}
	t->bytes = malloc(STACK_FILE_MAX);
	if (t->bytes == NULL)
		abort();
	while (t->size < STACK_FILE_MAX &&
	       (n = read(fd, t->bytes + t->size, STACK_FILE_MAX - t->size)) > 0)
		t->size += (size_t)n;
	close(fd);
	return true;
}

void
lines_close(struct lines *t)
{
	free(t->bytes);
	memset(t, 0, sizeof(*t));
}
