/*
 * NSS module of the benchmarks: as many accounts as wanted, found by arithmetic. It stands for
 * a site's directory and its cache. A hundred thousand lines in /etc/passwd would be read from
 * the top at each lookup, and every module alike would be measured by that.
 */
#include "bench.h"

#include <errno.h>
#include <nss.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT enum nss_status _nss_bench_getpwnam_r(
    const char *name, struct passwd *pw, char *buf, size_t size, int *error);
EXPORT enum nss_status _nss_bench_getpwuid_r(
    uid_t uid, struct passwd *pw, char *buf, size_t size, int *error);

static enum nss_status
accounts_fill(unsigned int number, struct passwd *pw, char *buf, size_t size, int *error)
{
	static char secret[] = "x", home[] = "/nonexistent", shell[] = "/bin/false";

	if (size < BENCH_NAME_SIZE) {
		*error = ERANGE;
		return NSS_STATUS_TRYAGAIN;
	}
	(void)snprintf(buf, size, BENCH_NAME_FORMAT, number);
	*pw = (struct passwd){.pw_name = buf,
	    .pw_passwd = secret,
	    .pw_uid = BENCH_UID_FIRST + number,
	    .pw_gid = BENCH_UID_FIRST + number,
	    .pw_gecos = buf,
	    .pw_dir = home,
	    .pw_shell = shell};
	return NSS_STATUS_SUCCESS;
}

enum nss_status
_nss_bench_getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t size, int *error)
{
	char again[BENCH_NAME_SIZE];
	unsigned int number;

	/* Only names spelled as we spell them. */
	if (sscanf(name, "b%7u", &number) != 1 || number >= BENCH_USERS_MAX)
		return NSS_STATUS_NOTFOUND;
	(void)snprintf(again, sizeof(again), BENCH_NAME_FORMAT, number);
	if (strcmp(name, again) != 0)
		return NSS_STATUS_NOTFOUND;
	return accounts_fill(number, pw, buf, size, error);
}

enum nss_status
_nss_bench_getpwuid_r(uid_t uid, struct passwd *pw, char *buf, size_t size, int *error)
{
	if (uid < BENCH_UID_FIRST || uid - BENCH_UID_FIRST >= BENCH_USERS_MAX)
		return NSS_STATUS_NOTFOUND;
	return accounts_fill(uid - BENCH_UID_FIRST, pw, buf, size, error);
}
