/* Names of backups, and how many of them stay. */
#include "backup/make.h"

#include "clock.h"
#include "error.h"
#include "log.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_TIME = sizeof("20261122T050311Z") - 1 };

/* The host's name, as far as it can stand in one of a file. */
static void
files_host(char out[128])
{
	size_t n = 0;
	char host[128] = "";

	(void)gethostname(host, sizeof(host) - 1);
	for (const char *c = host; *c != '\0' && n < 120; c++)
		out[n++] = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
				   (*c >= '0' && *c <= '9') || *c == '.' || *c == '_'
			       ? *c
			       : '-';
	out[n] = '\0';
	if (n == 0)
		memcpy(out, "host", 5);
}

int
backup_name(const char *dir, int64_t wall_ms, char path[BACKUP_PATH_SIZE])
{
	char host[128], stamp[32], time[NAME_TIME + 1];
	size_t n = 0;

	files_host(host);
	(void)clock_rfc3339(wall_ms, stamp, sizeof(stamp));
	for (const char *c = stamp; *c != '\0' && *c != '.' && n < NAME_TIME - 1; c++) {
		if (*c != '-' && *c != ':')
			time[n++] = *c;
	}
	time[n++] = 'Z';
	time[n] = '\0';
	if (snprintf(path, BACKUP_PATH_SIZE, "%s/%s-%s" BACKUP_SUFFIX, dir, host, time) >=
	    BACKUP_PATH_SIZE)
		return SKS_TOO_BIG;
	return SKS_OK;
}

/* One that this host made under a name of its own: nothing else is ever removed. */
static int
files_is_ours(const struct dirent *entry)
{
	char host[128];
	size_t len = strlen(entry->d_name), host_len;

	files_host(host);
	host_len = strlen(host);
	return len == host_len + 1 + NAME_TIME + sizeof(BACKUP_SUFFIX) - 1 &&
	       strncmp(entry->d_name, host, host_len) == 0 && entry->d_name[host_len] == '-' &&
	       strspn(entry->d_name + host_len + 1, "0123456789TZ") == NAME_TIME &&
	       strcmp(entry->d_name + host_len + 1 + NAME_TIME, BACKUP_SUFFIX) == 0;
}

int
backup_prune(const char *dir, unsigned int keep)
{
	struct dirent **found = NULL;
	int at, count, r = SKS_OK;

	if (keep == 0)
		return SKS_OK;
	at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	count = at >= 0 ? scandir(dir, &found, files_is_ours, alphasort) : -1;
	if (count < 0)
		r = SKS_IO;
	for (int i = 0; i < count; i++) {
		if (i + (int)keep < count && unlinkat(at, found[i]->d_name, 0) != 0)
			r = SKS_IO;
		free(found[i]);
	}
	free(found);
	if (at >= 0)
		close(at);
	return r;
}
