/*
 * What one round of events leaves behind: an event may point to something that one before it
 * has ended. These fail under AddressSanitizer when that is freed too early.
 */
#include "error.h"
#include "loop.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* needs those before it */
#include <cmocka.h>

static struct server server;
static struct sockaddr_un address = {.sun_family = AF_UNIX};

static int
set_up(void **state)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	(void)state;
	server = (struct server){.connections_max = CONNECTIONS_MAX, .watches_max = 8};
	server.ready_tail = &server.ready;
	server.epoll = epoll_create1(EPOLL_CLOEXEC);
	(void)snprintf(
	    address.sun_path, sizeof(address.sun_path), "/tmp/sekisho-loop.%d", (int)getpid());
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 8) != 0)
		return -1;
	server.listener[LISTEN_USER] = fd;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	connection_close_all(&server);
	watch_close_all(&server);
	(void)close(server.listener[LISTEN_USER]);
	(void)close(server.epoll);
	return unlink(address.sun_path);
}

static int
client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	connection_accept(&server, LISTEN_USER);
	return fd;
}

/* A helper's answer drops the job; behind it, in the same round, the peer hung up. */
static void
test_a_dropped_connection_is_there_until_the_round_ends(void **state)
{
	struct job *job = calloc(1, sizeof(*job));
	struct connection *c;
	int fd = client();

	(void)state;
	assert_non_null(job);
	c = server.connections;
	assert_non_null(c);
	job->peer.pidfd = -1;
	job->connection = c;
	c->reading = false;
	c->job = job;
	loop_drop(&server, job);
	assert_null(server.connections);
	assert_int_equal(server.connection_count, 0);
	assert_int_equal(c->kind, SOURCE_GONE);
	connection_bury(&server);
	assert_null(server.gone_connections);
	assert_int_equal(close(fd), 0);
}

/* Two sessions of one process end at once; the first event may end the other's watch. */
static void
test_an_ended_watch_is_there_until_the_round_ends(void **state)
{
	const struct request session = {.pid = 77, .pid_start = 1};
	struct watch *w[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);

		assert_int_equal(loop_watch(&server, pidfd, &session), SKS_OK);
		w[i] = server.watches;
	}
	loop_unwatch(&server, 77, 1);
	assert_int_equal(w[0]->kind + w[1]->kind, SOURCE_WATCH + SOURCE_GONE);
	loop_unwatch(&server, 77, 1);
	assert_int_equal(w[0]->kind, SOURCE_GONE);
	assert_int_equal(w[1]->kind, SOURCE_GONE);
	assert_int_equal(server.watch_count, 0);
	watch_bury(&server);
}

static void
test_watches_end_where_files_would(void **state)
{
	const struct request session = {.pid = 77, .pid_start = 1};

	(void)state;
	for (size_t i = 0; i < server.watches_max; i++)
		assert_int_equal(
		    loop_watch(&server, (int)syscall(SYS_pidfd_open, getpid(), 0), &session),
		    SKS_OK);
	assert_int_equal(
	    loop_watch(&server, (int)syscall(SYS_pidfd_open, getpid(), 0), &session),
	    SKS_NOMEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_a_dropped_connection_is_there_until_the_round_ends, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_an_ended_watch_is_there_until_the_round_ends, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_watches_end_where_files_would, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
