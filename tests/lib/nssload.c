/*
 * What programs make of the groups of the NSS module, through glibc as they do it.
 *
 *	nssload THREADS SECONDS USER GROUP	all calls from so many threads, for so long
 *
 * Prints how many rounds found GROUP with USER in it, and how many found it gone. Ends with 1 and
 * a sentence at whatever no program may ever see: a name or number that is not of a role, a gid
 * that files have, an answer that is not whole, an error that is none of getgrnam_r(3)'s.
 */
#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { GID_FIRST = 65536, GID_LAST = 99999, GROUPS_MAX = 256 };

static const char *user, *group;
static time_t until;
static atomic_ulong there, gone;

static void
wrong(const char *what, const char *name)
{
	fprintf(stderr, "nssload: %s: %s (%s)\n", what, name, strerror(errno));
	_exit(1);
}

static void
look(const struct group *g)
{
	if (strncmp(g->gr_name, "sekisho-", 8) != 0) {
		if (g->gr_gid >= GID_FIRST && g->gr_gid <= GID_LAST)
			wrong("a number of a role's under another name", g->gr_name);
		return;
	}
	if (g->gr_gid < GID_FIRST || g->gr_gid > GID_LAST)
		wrong("a role with a number that is not one's", g->gr_name);
	if (strcmp(g->gr_passwd, "x") != 0)
		wrong("a role with a password", g->gr_name);
	for (char **m = g->gr_mem; *m != NULL; m++) {
		if (**m == '\0' || strlen(*m) > 32)
			wrong("a member without a name", g->gr_name);
	}
}

static int
has_member(const struct group *g)
{
	for (char **m = g->gr_mem; *m != NULL; m++) {
		if (strcmp(*m, user) == 0)
			return 1;
	}
	return 0;
}

/* With the smallest buffer that does, from nothing up. */
static int
by_name(void)
{
	for (size_t size = 1; size < (size_t)1 << 20; size += size < 128 ? 1 : size) {
		char *space = malloc(size); /* of exactly that size: valgrind sees a byte too many */
		struct group g, *found = NULL;
		int r = getgrnam_r(group, &g, space, size, &found), has = 0;

		if (r == 0 && found != NULL) {
			look(found);
			if (strcmp(found->gr_name, group) != 0)
				wrong("another group than was asked for", found->gr_name);
			has = has_member(found);
		}
		free(space);
		if (r == 0)
			return has;
		if (r != ERANGE) {
			errno = r;
			wrong("getgrnam_r", group);
		}
	}
	wrong("no buffer is enough", group);
	return 0;
}

static void
by_number(gid_t gid)
{
	char space[65536];
	struct group g, *found = NULL;
	int r = getgrgid_r(gid, &g, space, sizeof(space), &found);

	if (r != 0 || found == NULL)
		return; /* it may be gone by now */
	look(found);
	if (found->gr_gid != gid)
		wrong("another number than was asked for", found->gr_name);
}

static void
by_user(void)
{
	gid_t list[GROUPS_MAX];
	int n = GROUPS_MAX, small = 1;

	errno = 0;
	if (getgrouplist(user, 7001, list, &n) < 0)
		wrong("getgrouplist", user);
	for (int i = 0; i < n; i++) {
		if (list[i] == 0)
			wrong("the group of root", user);
		if (list[i] >= GID_FIRST)
			by_number(list[i]);
		for (int j = 0; j < i; j++) {
			if (list[j] == list[i])
				wrong("a group twice", user);
		}
	}
	(void)getgrouplist(user, 7001, list, &small); /* too small: no more than that is written */
}

static void *
round_after_round(void *arg)
{
	char space[16384];
	struct passwd pw, *found;

	(void)arg;
	do {
		atomic_fetch_add(by_name() ? &there : &gone, 1);
		by_user();
		if (getpwnam_r(group, &pw, space, sizeof(space), &found) == 0 && found != NULL)
			wrong("a user", group);
	} while (time(NULL) < until);
	return NULL;
}

/* The three calls that walk through all have one place for the process. */
static void
walk(void)
{
	struct group *g;

	setgrent();
	while ((g = getgrent()) != NULL)
		look(g);
	endgrent();
}

int
main(int argc, char *argv[])
{
	pthread_t thread[64];
	int threads;

	if (argc != 5 || (threads = atoi(argv[1])) < 1 || threads > 64)
		return 2;
	until = time(NULL) + atoi(argv[2]);
	user = argv[3];
	group = argv[4];
	for (int i = 0; i < threads; i++) {
		if (pthread_create(&thread[i], NULL, round_after_round, NULL) != 0)
			return 2;
	}
	do
		walk();
	while (time(NULL) < until);
	for (int i = 0; i < threads; i++)
		(void)pthread_join(thread[i], NULL);
	printf("there %lu gone %lu\n", atomic_load(&there), atomic_load(&gone));
	return 0;
}
