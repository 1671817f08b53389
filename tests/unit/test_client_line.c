/*
 * A connection that stays for the next question: used where it stands, replaced where it does
 * not, and never another file of the host program under the same number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client.h"
#include "fake_daemon.h"
#include <fcntl.h>
#include <sys/stat.h>

static char dir[64];
static char path[96];
static struct fake *fake;
static struct client_line line;
static int timeout_ms;

static int
setup(void **state)
{
	(void)state;
	fake = fake_new();
	strcpy(dir, "/tmp/sekisho-line.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/sock", dir);
	fake->reply[PHASE_CODE].verdict = PAM_VERDICT_ALLOW;
	fake->reply[PHASE_ACCOUNT].verdict = PAM_VERDICT_ALLOW;
	fake->serve = SERVE_STAYS;
	fake_start(fake, path, geteuid());
	client_line_init(&line);
	timeout_ms = 5000;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	client_hang_up(&line);
	fake_stop(fake);
	munmap(fake, sizeof(*fake));
	unlink(path);
	return rmdir(dir);
}

static int
ask(enum phase phase, bool stays)
{
	struct pam_request q = {.phase = phase, .known = true, .uid = 1000};
	struct pam_reply reply;
	int r;

	line.stays = stays;
	r = client_call_line(&line, path, MSG_PAM, &pam_request_fields, &q, &pam_reply_fields,
	    &reply, timeout_ms);
	if (r == SKS_OK)
		assert_int_equal(reply.verdict, PAM_VERDICT_ALLOW);
	return r;
}

static void
assert_closed(int fd)
{
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void
test_two_questions_one_connection(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(ask(PHASE_CODE, true), SKS_OK);
	fd = line.fd;
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(ask(PHASE_ACCOUNT, false), SKS_OK);
	assert_int_equal(fake->seen_count, 2);
	assert_int_equal(fake->connection_count, 1);
	assert_int_equal(line.fd, -1);
	assert_closed(fd);
}

static void
test_without_a_line_there_are_two(void **state)
{
	(void)state;
	assert_int_equal(ask(PHASE_CODE, false), SKS_OK);
	assert_int_equal(line.fd, -1);
	assert_int_equal(ask(PHASE_ACCOUNT, false), SKS_OK);
	assert_int_equal(fake->connection_count, 2);
}

/* A daemon that was started anew, or one that waits for nobody. */
static void
test_a_line_that_ended_is_replaced(void **state)
{
	(void)state;
	assert_int_equal(ask(PHASE_CODE, true), SKS_OK);
	fake_stop(fake);
	fake_start(fake, path, geteuid());
	assert_int_equal(ask(PHASE_ACCOUNT, false), SKS_OK);
	assert_int_equal(fake->seen_count, 1);
}

/* It hangs up while our question is on its way: nobody has read it, so it is asked again. */
static void
test_a_question_that_nobody_read_is_asked_again(void **state)
{
	(void)state;
	fake->serve = SERVE_UNREAD;
	assert_int_equal(ask(PHASE_CODE, true), SKS_OK);
	assert_int_equal(ask(PHASE_ACCOUNT, false), SKS_OK);
	assert_int_equal(fake->seen_count, 2);
	assert_int_equal(fake->connection_count, 2);
}

/* It was read and not answered: asked again, it might be decided twice. */
static void
test_a_question_that_was_read_is_not(void **state)
{
	(void)state;
	fake->dies_after[PHASE_ACCOUNT] = true;
	assert_int_equal(ask(PHASE_CODE, true), SKS_OK);
	fake->serve = SERVE_HALF;
	assert_int_equal(ask(PHASE_ACCOUNT, true), SKS_PROTOCOL);
	assert_int_equal(fake->seen_count, 2);
	assert_int_equal(line.fd, -1);
}

/* closefrom(3) in the host program, and a file of its own under our number. */
static void
test_another_file_is_left_alone(void **state)
{
	int fd, file;
	struct stat st;

	(void)state;
	assert_int_equal(ask(PHASE_CODE, true), SKS_OK);
	fd = line.fd;
	close(fd);
	file = open("/dev/null", O_WRONLY | O_CLOEXEC);
	assert_int_equal(file, fd);
	assert_int_equal(ask(PHASE_ACCOUNT, false), SKS_OK);
	assert_int_equal(fake->connection_count, 2);
	assert_int_equal(fstat(file, &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	close(file);
}

/* A host program that runs without standard output would print to us. */
static void
test_no_line_stands_for_a_standard_stream(void **state)
{
	int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10), r;

	(void)state;
	close(STDOUT_FILENO);
	r = ask(PHASE_CODE, true);
	assert_int_equal(fcntl(STDOUT_FILENO, F_GETFD), -1);
	dup2(out, STDOUT_FILENO);
	close(out);
	assert_int_equal(r, SKS_OK);
	assert_int_equal(line.fd, -1);
	assert_int_equal(ask(PHASE_ACCOUNT, false), SKS_OK);
	assert_int_equal(fake->connection_count, 2);
}

static void
test_hanging_up_leaves_another_socket_alone(void **state)
{
	int fd, other;

	(void)state;
	assert_int_equal(ask(PHASE_CODE, true), SKS_OK);
	fd = line.fd;
	close(fd);
	other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(other, fd);
	client_hang_up(&line);
	assert_int_equal(fcntl(other, F_GETFD), FD_CLOEXEC);
	close(other);
}

/* Two processes would read each other's answers. The fake takes no second connection while the
 * first is there: a child that asks for itself is not answered. */
static void
test_a_child_asks_for_itself(void **state)
{
	pid_t child;
	int status = 0;

	(void)state;
	assert_int_equal(ask(PHASE_CODE, true), SKS_OK);
	child = fork();
	if (child == 0) {
		timeout_ms = 100;
		_exit(ask(PHASE_ACCOUNT, false) == SKS_TIMEOUT ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(fake->seen_count, 1);
	assert_true(line.fd >= 0); /* the parent's own is still there, and still answered */
	assert_int_equal(ask(PHASE_ACCOUNT, false), SKS_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_two_questions_one_connection, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_without_a_line_there_are_two, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_a_line_that_ended_is_replaced, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_a_question_that_nobody_read_is_asked_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_a_question_that_was_read_is_not, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_another_file_is_left_alone, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_no_line_stands_for_a_standard_stream, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_hanging_up_leaves_another_socket_alone, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_child_asks_for_itself, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
