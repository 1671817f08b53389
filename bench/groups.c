/*
 * What our groups cost whoever asks for a user's groups, as every login and every sudo does:
 * getgrouplist(3) with "files sekisho" against "files" alone, in turns, in one process.
 *
 *	groups index PEOPLE FILE    writes a group index: each of them has one role
 *	groups time USER ROUNDS     prints microseconds: files, files and ours (medians)
 */
#include "bench.h"
#include "buf.h"
#include "group_index.h"
#include "groups/index.h"
#include <grp.h>
#include <nss.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROLES = 20, CALLS = 200, GROUPS_MAX = 64, ROUNDS_MAX = 10000 };

static int
write_index(size_t people, const char *path)
{
	struct index_member *m = calloc(people, sizeof(*m));
	struct index_group group[ROLES];
	char(*name)[24] = calloc(people, sizeof(*name));
	FILE *out = fopen(path, "w");
	struct buf b;

	buf_init(&b, GROUP_INDEX_MAX);
	if (m == NULL || name == NULL || out == NULL)
		return 1;
	for (uint32_t i = 0; i < ROLES; i++) {
		(void)snprintf(group[i].name, sizeof(group[i].name), "sekisho-role%u", i);
		group[i].gid = GROUP_INDEX_GID_MIN + i;
	}
	for (size_t i = 0; i < people; i++) {
		(void)snprintf(name[i], sizeof(name[i]), "user%zu", i);
		m[i] = (struct index_member){i % ROLES, name[i], INT64_MAX, INT64_MAX};
	}
	if (index_build(&b, group, ROLES, m, people) != 0 ||
	    fwrite(b.data, 1, b.len, out) != b.len)
		return 1;
	return fclose(out) != 0;
}

static double
one_round(const char *user, const char *services, int *found)
{
	struct timespec from, to;
	gid_t gid[GROUPS_MAX];

	if (__nss_configure_lookup("group", services) != 0)
		exit(1);
	for (int i = 0; i < CALLS + 1; i++) { /* the first one loads what it needs */
		int n = GROUPS_MAX;

		if (i == 1)
			(void)clock_gettime(CLOCK_MONOTONIC_RAW, &from);
		if (getgrouplist(user, 100, gid, &n) < 0)
			exit(1);
		*found = n;
	}
	(void)clock_gettime(CLOCK_MONOTONIC_RAW, &to);
	return ((double)(to.tv_sec - from.tv_sec) * 1e6 +
		   (double)(to.tv_nsec - from.tv_nsec) / 1e3) /
	       CALLS;
}

static int
compare(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static int
measure(const char *user, int rounds)
{
	static double files[ROUNDS_MAX], ours[ROUNDS_MAX];
	int with = 0, without = 0;

	if (rounds < 1 || rounds > ROUNDS_MAX)
		return 2;
	for (int i = 0; i < rounds; i++) {
		files[i] = one_round(user, "files", &without);
		ours[i] = one_round(user, "files sekisho", &with);
	}
	if (with != without + 1) {
		fprintf(stderr, "groups: %d groups with ours, %d without\n", with, without);
		return 1;
	}
	qsort(files, (size_t)rounds, sizeof(files[0]), compare);
	qsort(ours, (size_t)rounds, sizeof(ours[0]), compare);
	printf("%.2f %.2f %.2f\n", files[rounds / 2], ours[rounds / 2], ours[rounds * 99 / 100]);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "index") == 0)
		return write_index(strtoul(argv[2], NULL, 10), argv[3]);
	if (argc == 4 && strcmp(argv[1], "time") == 0)
		return measure(argv[2], atoi(argv[3]));
	fputs("usage: groups index PEOPLE FILE | groups time USER ROUNDS\n", stderr);
	return 2;
}
