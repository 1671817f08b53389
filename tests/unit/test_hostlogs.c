/* The host's own logs: which files are opened, and that they come over a socket as they were
 * sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "report/hostlogs.h"
#include "report/wtmp.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/hostlogs-XXXXXX", wtmp[64], older[64], audit[64];
static struct hostlogs h, got;

static void
put(const char *path, const void *data, size_t len, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static int
setup_each(void **state)
{
	(void)state;
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(wtmp, sizeof(wtmp), "%s/wtmp", dir);
	(void)snprintf(older, sizeof(older), "%s/wtmp.1", dir);
	(void)snprintf(audit, sizeof(audit), "%s/audit.log", dir);
	hostlogs_init(&h);
	hostlogs_init(&got);
	return 0;
}

static int
teardown_each(void **state)
{
	(void)state;
	hostlogs_close(&h);
	hostlogs_close(&got);
	(void)unlink(wtmp);
	(void)unlink(older);
	(void)unlink(audit);
	return rmdir(dir);
}

static void
test_what_is_opened(void **state)
{
	(void)state;
	hostlogs_open_beside(&h, dir, geteuid());
	assert_int_equal(h.wtmp.state, HOSTLOG_ABSENT);
	assert_int_equal(h.audit.state, HOSTLOG_ABSENT);
	put(wtmp, "new", 3, 0664);
	put(older, "old", 3, 0600);
	put(audit, "audit", 5, 0664);
	hostlogs_open_beside(&h, dir, geteuid());
	assert_int_equal(h.wtmp.state, HOSTLOG_OPEN);
	assert_int_equal(h.wtmp.count, 2);
	assert_int_equal(h.audit.state, HOSTLOG_REFUSED); /* a group may write it */
	assert_non_null(strstr(h.audit.why, "0664"));
	assert_int_equal(h.audit.count, 0);
	hostlogs_close(&h);
	assert_int_equal(h.wtmp.state, HOSTLOG_NOT_READ);
	/* an older file that is a link refuses all of it */
	assert_int_equal(unlink(older), 0);
	assert_int_equal(symlink(wtmp, older), 0);
	hostlogs_open_beside(&h, dir, geteuid());
	assert_int_equal(h.wtmp.state, HOSTLOG_REFUSED);
	assert_int_equal(h.wtmp.count, 0);
}

static int
highest_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)close(fd);
	return fd;
}

static void
test_they_come_as_they_were_sent(void **state)
{
	int end[2], before;
	char text[8] = "";

	(void)state;
	put(wtmp, "new", 3, 0664);
	put(older, "old", 3, 0600);
	put(audit, "audit", 5, 0666);
	hostlogs_open_beside(&h, dir, geteuid());
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end), 0);
	before = highest_fd();
	assert_int_equal(hostlogs_receive(end[1], 7, &got), SKS_NOT_FOUND);
	/* what an earlier one left is thrown away, with its files */
	assert_int_equal(hostlogs_send(end[0], 6, &h), SKS_OK);
	assert_int_equal(hostlogs_receive(end[1], 7, &got), SKS_NOT_FOUND);
	assert_int_equal(highest_fd(), before);
	assert_int_equal(hostlogs_send(end[0], 6, &h), SKS_OK);
	assert_int_equal(hostlogs_send(end[0], 7, &h), SKS_OK);
	assert_int_equal(hostlogs_receive(end[1], 7, &got), SKS_OK);
	assert_int_equal(got.wtmp.state, HOSTLOG_OPEN);
	assert_int_equal(got.wtmp.count, 2);
	assert_int_equal(got.wtmp.size[1], 3);
	assert_int_equal(pread(got.wtmp.fd[1], text, sizeof(text), 0), 3);
	assert_string_equal(text, "old");
	assert_int_equal(fcntl(got.wtmp.fd[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(got.audit.state, HOSTLOG_REFUSED);
	assert_string_equal(got.audit.why, h.audit.why);
	hostlogs_close(&got);
	assert_int_equal(highest_fd(), before);
	(void)close(end[0]);
	(void)close(end[1]);
}

static void
test_nothing_else_is_taken(void **state)
{
	int end[2], before;

	(void)state;
	put(wtmp, "new", 3, 0664);
	hostlogs_open_beside(&h, dir, geteuid());
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end), 0);
	before = highest_fd();
	/* one that may be written */
	(void)close(h.wtmp.fd[0]);
	h.wtmp.fd[0] = open(wtmp, O_RDWR | O_CLOEXEC);
	assert_int_equal(hostlogs_send(end[0], 1, &h), SKS_OK);
	assert_int_equal(hostlogs_receive(end[1], 1, &got), SKS_PROTOCOL);
	/* one that is no file */
	(void)close(h.wtmp.fd[0]);
	h.wtmp.fd[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(hostlogs_send(end[0], 2, &h), SKS_OK);
	assert_int_equal(hostlogs_receive(end[1], 2, &got), SKS_PROTOCOL);
	/* a message that says more than came with it */
	assert_int_equal(send(end[0], "\0\0\0\3\3\2\0\0\1\0\0\0", 12, 0), 12);
	assert_int_equal(hostlogs_receive(end[1], 3, &got), SKS_PROTOCOL);
	assert_int_equal(got.wtmp.count, 0);
	assert_int_equal(highest_fd(), before);
	(void)close(end[0]);
	(void)close(end[1]);
}

/* ---- wtmp
 * ------------------------------------------------------------------------------------ */

static void
line(struct utmp *u, const char *user, int32_t when)
{
	memset(u, 0, sizeof(*u));
	u->ut_type = USER_PROCESS;
	(void)snprintf(u->ut_user, sizeof(u->ut_user), "%s", user);
	u->ut_tv.tv_sec = when;
}

static void
test_the_older_file_counts_too(void **state)
{
	static struct gather g;
	static struct period period;
	static struct wtmp w;
	struct utmp u[4] = {0};

	(void)state;
	assert_int_equal(period_between(1000000, 3000000, &period), SKS_OK);
	g.period = &period;
	assert_int_equal(gather_init(&g), SKS_OK);
	gather_finish(&g);
	line(&u[0], "first", 1500);
	line(&u[1], "second", 2000);
	line(&u[2], "outside", 4000);
	put(older, u, sizeof(u[0]), 0664);
	put(wtmp, u + 1, 2 * sizeof(u[0]) + 100, 0664); /* and one that is not whole yet */
	hostlogs_open_beside(&h, dir, geteuid());
	wtmp_begin(&w, &h.wtmp);
	while (wtmp_step(&w, 1, &g) == 1)
		continue;
	assert_true(w.read);
	assert_int_equal(w.count, 2);
	assert_int_equal(w.unknown, 2);
	assert_string_equal(w.row[0].user, "first");
	assert_string_equal(w.row[1].user, "second");
	gather_clear(&g);
}

int
main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup_each, teardown_each)
	const struct CMUnitTest tests[] = {
	    EACH(test_what_is_opened),
	    EACH(test_they_come_as_they_were_sent),
	    EACH(test_nothing_else_is_taken),
	    EACH(test_the_older_file_counts_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
