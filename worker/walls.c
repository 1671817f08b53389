#include "error.h"
#include "worker.h"
#include <limits.h>
#include <stdio.h>

enum { FILES = 3 };

int
worker_confine(const char *dir, enum confine_profile profile)
{
	static const char *const file[FILES] = {
	    STORE_FILE, STORE_FILE "-wal", STORE_FILE "-shm"};
	const char *readable[FILES + 1] = {NULL};
	const struct confine c = {.profile = profile, .readable = readable};
	char path[FILES][PATH_MAX];

	for (size_t i = 0; i < FILES; i++) {
		if (snprintf(path[i], sizeof(path[i]), "%s/%s", dir, file[i]) >= PATH_MAX)
			return SKS_TOO_BIG;
		readable[i] = path[i];
	}
	return confine_apply(&c);
}
