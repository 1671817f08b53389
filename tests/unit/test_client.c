/*
 * One call against servers that are absent, foreign, hung or talk nonsense: each ends before
 * the deadline with the error of the contract, an empty reply and no descriptor left.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client.h"
#include "clock.h"
#include "fake_daemon.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>

enum { STRANGER = 65533, TIMEOUT_MS = 400, SLACK_MS = 250 };

static char dir[64];
static char path[96];
static struct fake *fake;

static unsigned int
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static int
call(struct pam_reply *reply, int timeout_ms)
{
	struct pam_request q = {.phase = PHASE_CHARGE, .known = true, .uid = 1000};

	strcpy(q.user, "user1");
	memset(reply, 0x5a, sizeof(*reply));
	return client_call(path, MSG_PAM, &pam_request_fields, &q, NULL, 0, &pam_reply_fields,
	    reply, NULL, timeout_ms);
}

/* Calls, and checks what must be true of every failure. */
static void
expect_failure(int error)
{
	static const struct pam_reply empty;
	struct pam_reply reply;
	unsigned int fds = count_fds();
	int64_t start = clock_monotonic_ms();

	assert_int_equal(call(&reply, TIMEOUT_MS), error);
	assert_in_range(clock_monotonic_ms() - start, 0, TIMEOUT_MS + SLACK_MS);
	assert_memory_equal(&reply, &empty, sizeof(empty));
	assert_int_equal(count_fds(), fds);
}

static int
setup(void **state)
{
	(void)state;
	fake = fake_new();
	strcpy(dir, "/tmp/sekisho-client.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/sock", dir);
	fake->reply[PHASE_CHARGE].verdict = PAM_VERDICT_ALLOW;
	fake->reply[PHASE_CHARGE].delay_ms = 800;
	strcpy(fake->reply[PHASE_CHARGE].text, "two\nlines");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fake_stop(fake);
	munmap(fake, sizeof(*fake));
	unlink(path);
	return rmdir(dir);
}

static void
test_answer(void **state)
{
	struct pam_reply reply;
	unsigned int fds = count_fds();

	(void)state;
	fake_start(fake, path, geteuid());
	assert_int_equal(call(&reply, 5000), SKS_OK);
	assert_int_equal(reply.verdict, PAM_VERDICT_ALLOW);
	assert_int_equal(reply.delay_ms, 800);
	assert_string_equal(reply.text, "two\nlines");
	assert_int_equal(fake->seen_count, 1);
	assert_string_equal(fake->seen[0].user, "user1");
	assert_int_equal(count_fds(), fds);
}

static void
test_absent(void **state)
{
	(void)state;
	expect_failure(SKS_UNREACHABLE);
	/* not even the directory: before the daemon's first start */
	snprintf(path, sizeof(path), "%s/none/sock", dir);
	expect_failure(SKS_UNREACHABLE);
}

static void
test_refuses(void **state)
{
	(void)state;
	fake_start(fake, path, geteuid());
	kill(fake->pid, SIGKILL); /* the socket stays, nobody listens */
	waitpid(fake->pid, NULL, 0);
	fake->pid = 0;
	expect_failure(SKS_UNREACHABLE);
}

static void
test_bad_servers(void **state)
{
	static const struct {
		enum serve serve;
		int error;
	} servers[] = {
	    {SERVE_HANG, SKS_TIMEOUT},
	    {SERVE_DRIP, SKS_TIMEOUT},
	    {SERVE_GARBAGE, SKS_PROTOCOL},
	    {SERVE_HALF, SKS_PROTOCOL},
	    {SERVE_TRAILING, SKS_PROTOCOL},
	    {SERVE_OVERSIZE, SKS_PROTOCOL},
	    {SERVE_PAYLOAD, SKS_PROTOCOL},
	    {SERVE_TYPE, SKS_PROTOCOL},
	    {SERVE_FIELDS, SKS_PROTOCOL},
	    {SERVE_CLOSE, SKS_PROTOCOL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		print_message("server %d\n", servers[i].serve);
		fake->serve = servers[i].serve;
		fake_start(fake, path, geteuid());
		expect_failure(servers[i].error);
		fake_stop(fake);
	}
}

/* Nobody accepts and the backlog is full: connect itself must end in time, and is not absent.
 */
static void
test_full_backlog(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int waiting[8];

	(void)state;
	memcpy(address.sun_path, path, strlen(path) + 1);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	for (int i = 0; i < 8; i++) {
		waiting[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)!connect(waiting[i], (struct sockaddr *)&address, sizeof(address));
	}
	expect_failure(SKS_TIMEOUT);
	for (int i = 0; i < 8; i++)
		close(waiting[i]);
	close(listener);
}

static void
test_untrusted(void **state)
{
	char target[96];

	(void)state;
	close(open(path, O_CREAT | O_WRONLY, 0600)); /* a file */
	expect_failure(SKS_UNTRUSTED);
	unlink(path);
	/* a link to a good socket */
	snprintf(target, sizeof(target), "%s/real", dir);
	fake_start(fake, target, geteuid());
	assert_int_equal(symlink(target, path), 0);
	expect_failure(SKS_UNTRUSTED);
	fake_stop(fake);
	unlink(path);
	/* a directory in which others may put their own */
	assert_int_equal(chmod(dir, 0777), 0);
	fake_start(fake, path, geteuid());
	expect_failure(SKS_UNTRUSTED);
	assert_int_equal(fake->seen_count, 0);
}

static void
test_foreign_server(void **state)
{
	struct pam_reply reply;

	(void)state;
	if (geteuid() != 0)
		skip();
	fake_start(fake, path, STRANGER); /* root's socket, served by somebody else */
	expect_failure(SKS_UNTRUSTED);
	assert_int_equal(fake->seen_count, 0); /* and not a byte of the request reached him */
	fake_stop(fake);
	/* a stranger's socket in our directory */
	fake_start(fake, path, geteuid());
	assert_int_equal(chown(path, STRANGER, (gid_t)-1), 0);
	expect_failure(SKS_UNTRUSTED);
	fake_stop(fake);
	/* the daemon's own directory: dropped after bind, or before */
	assert_int_equal(chown(dir, STRANGER, (gid_t)-1), 0);
	fake_start(fake, path, STRANGER);
	assert_int_equal(call(&reply, 5000), SKS_OK);
	assert_int_equal(chown(path, STRANGER, (gid_t)-1), 0);
	assert_int_equal(call(&reply, 5000), SKS_OK);
}

static volatile sig_atomic_t alarms;

static void
on_alarm(int signal)
{
	(void)signal;
	alarms++;
}

/* A host's own timer must neither end the call early nor prolong it. */
static void
test_signals(void **state)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct itimerval every = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};

	(void)state;
	fake->serve = SERVE_HANG;
	fake_start(fake, path, geteuid());
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
	expect_failure(SKS_TIMEOUT);
	setitimer(ITIMER_REAL, &never, NULL);
	assert_true(alarms > 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_answer, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_absent, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_refuses, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bad_servers, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_full_backlog, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_untrusted, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_foreign_server, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_signals, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
