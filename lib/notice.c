#include "notice.h"

#include "error.h"
#include "text.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOTICE_LINE_MAX = 4096 };

static const char magic[] = "sekisho-notice 1";

/* What stands behind the word, "" when nothing does; NULL when it is another word. */
static const char *
notice_behind(const char *line, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(line, word, len) != 0)
		return NULL;
	if (line[len] == ' ')
		return line + len + 1;
	return line[len] == '\0' ? line + len : NULL;
}

/* Cleaned: it goes to a terminal as it stands here. */
static int
notice_add(char text[NOTICE_TEXT_MAX + 1], const char *line)
{
	char clean[NOTICE_LINE_MAX];
	size_t used = strlen(text), len = text_clean(clean, sizeof(clean), line);

	if (len >= NOTICE_TEXT_MAX - used)
		return SKS_TOO_BIG;
	memcpy(text + used, clean, len);
	text[used + len] = '\n';
	text[used + len + 1] = '\0';
	return SKS_OK;
}

/* A word that is not known is one of a newer daemon's. */
static int
notice_take(struct notice *n, const char *line, const char *service)
{
	const char *value;

	if ((value = notice_behind(line, "en")) != NULL)
		return notice_add(n->en, value);
	if ((value = notice_behind(line, "ja")) != NULL)
		return notice_add(n->ja, value);
	if ((value = notice_behind(line, "version")) != NULL) {
		if (strlen(value) >= sizeof(n->version))
			return SKS_TOO_BIG;
		(void)text_clean(n->version, sizeof(n->version), value);
	} else if ((value = notice_behind(line, "language")) != NULL) {
		n->japanese = strcmp(value, "ja") == 0;
	} else if ((value = notice_behind(line, "except")) != NULL) {
		n->excepted = n->excepted || (service != NULL && strcmp(service, value) == 0);
	} else if (notice_behind(line, "banner") != NULL) {
		n->banner = true;
	}
	return SKS_OK;
}

int
notice_parse(const void *data, size_t len, const char *service, struct notice *out)
{
	const char *at = data;
	size_t left = len, lines = 0;
	char line[NOTICE_LINE_MAX];
	int r = SKS_OK;

	memset(out, 0, sizeof(*out));
	while (r == SKS_OK && left > 0) {
		const char *end = memchr(at, '\n', left);
		size_t n = end != NULL ? (size_t)(end - at) : left;

		if (end == NULL || n >= sizeof(line) || memchr(at, '\0', n) != NULL) {
			r = SKS_INVALID;
			break;
		}
		memcpy(line, at, n);
		line[n] = '\0';
		at += n + 1;
		left -= n + 1;
		if (lines++ == 0)
			r = strcmp(line, magic) == 0 ? SKS_OK : SKS_INVALID;
		else
			r = notice_take(out, line, service);
	}
	if (r == SKS_OK &&
	    (out->version[0] == '\0' || out->en[0] == '\0' || out->ja[0] == '\0'))
		r = SKS_INVALID;
	if (r != SKS_OK)
		memset(out, 0, sizeof(*out));
	return r;
}

/* The directory is root's and the daemon's; a file that neither wrote is still not shown. */
static int
notice_slurp(int fd, char *data, size_t *len)
{
	struct stat st;

	*len = 0;
	if (fstat(fd, &st) != 0)
		return SKS_IO;
	if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return SKS_UNTRUSTED;
	while (*len < NOTICE_FILE_MAX) {
		ssize_t n = read(fd, data + *len, NOTICE_FILE_MAX - *len);

		if (n < 0)
			return SKS_IO;
		if (n == 0)
			return SKS_OK;
		*len += (size_t)n;
	}
	return SKS_TOO_BIG;
}

int
notice_read(const char *path, const char *service, struct notice *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	char *data;
	size_t len;
	int r;

	memset(out, 0, sizeof(*out));
	if (fd < 0)
		return SKS_NOT_FOUND;
	data = malloc(NOTICE_FILE_MAX);
	r = data == NULL ? SKS_NOMEM : notice_slurp(fd, data, &len);
	if (r == SKS_OK)
		r = notice_parse(data, len, service, out);
	free(data);
	close(fd);
	return r;
}

static bool
notice_is_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text > 0x7e)
			return false;
	}
	return true;
}

const char *
notice_text(const struct notice *n, bool ascii)
{
	return n->japanese && (!ascii || notice_is_ascii(n->ja)) ? n->ja : n->en;
}

bool
notice_terminal_is_ascii(const char *tty)
{
	static const char *const kinds[] = {"ttyS", "ttyAMA", "ttyUSB", "hvc", "console"};

	if (strncmp(tty, "/dev/", 5) == 0)
		tty += 5;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strncmp(tty, kinds[i], strlen(kinds[i])) == 0)
			return true;
	}
	return strncmp(tty, "tty", 3) == 0 && tty[3] >= '0' && tty[3] <= '9';
}
