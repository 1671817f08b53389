/*
 * libnss_sekisho: groups sekisho-ROLE, and nothing else; never a user. The calls are those that
 * glibc makes (nss(5)); what is not ours is answered without a look at the index.
 */
#include "reader.h"

#include <errno.h>
#include <nss.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

enum nss_status _nss_sekisho_getgrnam_r(
    const char *name, struct group *out, char *buffer, size_t size, int *error);
enum nss_status _nss_sekisho_getgrgid_r(
    gid_t gid, struct group *out, char *buffer, size_t size, int *error);
enum nss_status _nss_sekisho_setgrent(int stay_open);
enum nss_status _nss_sekisho_endgrent(void);
enum nss_status _nss_sekisho_getgrent_r(
    struct group *out, char *buffer, size_t size, int *error);
enum nss_status _nss_sekisho_initgroups_dyn(const char *user, gid_t group, long *start,
    long *size, gid_t **gids, long limit, int *error);

static enum nss_status
answer(enum reader_result result, int *error)
{
	switch (result) {
	case READER_FOUND:
		return NSS_STATUS_SUCCESS;
	case READER_AGAIN:
		*error = ERANGE;
		return NSS_STATUS_TRYAGAIN;
	case READER_UNUSABLE: /* nobody has a role, which is not an error of the caller */
	case READER_NOT_FOUND:
		break;
	}
	*error = ENOENT;
	return NSS_STATUS_NOTFOUND;
}

EXPORTED enum nss_status
_nss_sekisho_getgrnam_r(
    const char *name, struct group *out, char *buffer, size_t size, int *error)
{
	enum reader_result result = READER_NOT_FOUND;
	struct reader r;
	int before = errno;

	if (strncmp(name, GROUP_INDEX_PREFIX, strlen(GROUP_INDEX_PREFIX)) == 0 &&
	    (result = reader_open(GROUP_INDEX_PATH, &r)) == READER_FOUND) {
		result = reader_group_by_name(&r, name, out, buffer, size);
		reader_close(&r);
	}
	errno = before;
	return answer(result, error);
}

EXPORTED enum nss_status
_nss_sekisho_getgrgid_r(gid_t gid, struct group *out, char *buffer, size_t size, int *error)
{
	enum reader_result result = READER_NOT_FOUND;
	struct reader r;
	int before = errno;

	if (gid >= GROUP_INDEX_GID_MIN && gid <= GROUP_INDEX_GID_MAX &&
	    (result = reader_open(GROUP_INDEX_PATH, &r)) == READER_FOUND) {
		result = reader_group_by_gid(&r, gid, out, buffer, size);
		reader_close(&r);
	}
	errno = before;
	return answer(result, error);
}

/* ---- all of them: glibc holds its own lock around these three ------------------------------ */

static uint32_t next_group;

EXPORTED enum nss_status
_nss_sekisho_setgrent(int stay_open)
{
	(void)stay_open;
	next_group = 0;
	return NSS_STATUS_SUCCESS;
}

EXPORTED enum nss_status
_nss_sekisho_endgrent(void)
{
	next_group = 0;
	return NSS_STATUS_SUCCESS;
}

EXPORTED enum nss_status
_nss_sekisho_getgrent_r(struct group *out, char *buffer, size_t size, int *error)
{
	struct reader r;
	int before = errno;
	enum reader_result result = reader_open(GROUP_INDEX_PATH, &r);

	if (result == READER_FOUND) {
		result = reader_group_at(&r, next_group, out, buffer, size);
		reader_close(&r);
	}
	if (result == READER_FOUND)
		next_group++;
	errno = before;
	return answer(result, error);
}

/* ---- a user's groups ----------------------------------------------------------------------- */

/* glibc's own array: malloced by it, grown by whoever needs room. */
static bool
add_gid(gid_t gid, long *start, long *size, gid_t **gids, long limit)
{
	for (long i = 0; i < *start; i++) {
		if ((*gids)[i] == gid)
			return true;
	}
	if (limit > 0 && *start >= limit)
		return true;
	if (*start == *size) {
		long more = *size > 0 ? 2 * *size : 16;
		gid_t *grown;

		if (limit > 0 && more > limit)
			more = limit;
		grown = reallocarray(*gids, (size_t)more, sizeof(**gids));
		if (grown == NULL)
			return false;
		*gids = grown;
		*size = more;
	}
	(*gids)[(*start)++] = gid;
	return true;
}

EXPORTED enum nss_status
_nss_sekisho_initgroups_dyn(const char *user, gid_t group, long *start, long *size,
    gid_t **gids, long limit, int *error)
{
	uint32_t found[GROUP_INDEX_USER_GROUPS];
	struct reader r;
	size_t count = 0;
	int before = errno;
	enum reader_result result = reader_open(GROUP_INDEX_PATH, &r);

	if (result == READER_FOUND) {
		result = reader_gids(&r, user, found, &count);
		reader_close(&r);
	}
	for (size_t i = 0; result == READER_FOUND && i < count; i++) {
		if (found[i] != group && !add_gid(found[i], start, size, gids, limit)) {
			*error = ENOMEM;
			return NSS_STATUS_TRYAGAIN;
		}
	}
	errno = before;
	return answer(result, error);
}
