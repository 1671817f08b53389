#include "error.h"
#include "worker.h"
#include <limits.h>
#include <stdio.h>

enum { FILES = 3, MORE_MAX = 8 };

int
worker_confine(const char *dir, enum confine_profile profile, const char *const *more)
{
	static const char *const file[FILES] = {
	    STORE_FILE, STORE_FILE "-wal", STORE_FILE "-shm"};
	const char *readable[FILES + MORE_MAX + 1] = {NULL};
	const struct confine c = {.profile = profile, .readable = readable};
	char path[FILES][PATH_MAX];

	for (size_t i = 0; i < FILES; i++) {
		if (snprintf(path[i], sizeof(path[i]), "%s/%s", dir, file[i]) >= PATH_MAX)
			return SKS_TOO_BIG;
		readable[i] = path[i];
	}
	for (size_t i = 0; more != NULL && more[i] != NULL; i++) {
		if (i == MORE_MAX)
			return SKS_TOO_BIG;
		readable[FILES + i] = more[i];
	}
	return confine_apply(&c);
}
