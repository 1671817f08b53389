/* Requests that hang, crash, fork or come in too great a number, and what becomes of the rest.
 */
#include "warden_world.h"

enum { LIMIT_MS = 300, STEP_MS = 10 };

static struct warden warden;
static struct world world;
static struct said said;

/* ---- what runs in the children
 * ------------------------------------------------------------------ */

static void
run_quick(const struct warden_call *call, struct warden_answer *answer)
{
	snprintf(answer->text, sizeof(answer->text), "%s", call->user);
	answer->status = SKS_OK;
}

static void
run_hanging(const struct warden_call *call, struct warden_answer *answer)
{
	(void)call;
	(void)answer;
	for (;;)
		pause();
}

/* A module's own process, which must not outlive its request. */
static void
run_forking(const struct warden_call *call, struct warden_answer *answer)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (;;)
			pause();
	}
	(void)call;
	answer->status = pid;
}

static void
run_crashing(const struct warden_call *call, struct warden_answer *answer)
{
	(void)call;
	(void)answer;
	(void)raise(SIGKILL);
}

static void
run_silent(const struct warden_call *call, struct warden_answer *answer)
{
	(void)call;
	(void)answer;
	_exit(0);
}

static void
run_forgetful(const struct warden_call *call, struct warden_answer *answer)
{
	(void)call;
	(void)answer;
}

static void
run_unsendable(const struct warden_call *call, struct warden_answer *answer)
{
	(void)call;
	answer->status = SKS_OK;
	snprintf(answer->name, sizeof(answer->name), "line\nbreak");
}

static void
run_nosy(const struct warden_call *call, struct warden_answer *answer)
{
	int open_fds = 0;

	(void)call;
	for (int fd = RESULT_FD + 1; fd < 1024; fd++)
		open_fds += fcntl(fd, F_GETFD) >= 0;
	snprintf(answer->text, sizeof(answer->text), "%d", open_fds);
	answer->status = SKS_OK;
}

/* ---- the warden's loop
 * ---------------------------------------------------------------------------- */

static int
start(void **state)
{
	int end[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end), 0);
	world = (struct world){.fd = end[0]};
	memset(&warden, 0, sizeof(warden));
	warden.fd = end[1];
	warden.child_limit_ms = LIMIT_MS;
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	child_end_all(&warden);
	close(world.fd);
	close(warden.fd);
	return waitpid(-1, NULL, WNOHANG) == -1 ? 0 : -1; /* nothing left to reap */
}

static uint32_t
submit(warden_run *run, const char *user)
{
	struct warden_call call = {0};

	snprintf(call.user, sizeof(call.user), "%s", user);
	child_submit(&warden, (struct ticket){++world.id, WARDEN_GROUPS}, run, &call);
	return world.id;
}

static bool
answered(void)
{
	struct pollfd p = {.fd = world.fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

/* Serves until an answer is there; its request. */
static uint32_t
serve(void)
{
	int64_t end = clock_monotonic_ms() + ANSWER_MS;
	struct pollfd p[CHILDREN_MAX];

	while (!answered() && clock_monotonic_ms() < end) {
		size_t count = child_polls(&warden, p);

		(void)poll(p, count, STEP_MS);
		child_turn(&warden, clock_monotonic_ms());
	}
	assert_true(answered());
	return world_receive(&world, &said);
}

/* ---- tests
 * ------------------------------------------------------------------------------------------ */

static void
answers_for_a_child(void **state)
{
	uint32_t id = submit(run_quick, "alice");

	(void)state;
	assert_int_equal(serve(), id);
	assert_int_equal(said.answer.status, SKS_OK);
	assert_string_equal(said.answer.text, "alice");
	id = submit(run_forgetful, "a");
	assert_int_equal(serve(), id);
	assert_int_equal(said.answer.status, SKS_INTERNAL);
	assert_int_equal(child_next_deadline(&warden), INT64_MAX);
}

static void
answers_for_one_that_cannot(void **state)
{
	warden_run *const runs[] = {run_crashing, run_silent, run_unsendable};

	(void)state;
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		uint32_t id = submit(runs[i], "a");

		assert_int_equal(serve(), id);
		assert_int_equal(said.answer.status, SKS_IO);
	}
}

static void
ends_one_that_hangs(void **state)
{
	int64_t begin = clock_monotonic_ms();
	uint32_t id = submit(run_hanging, "a");

	(void)state;
	assert_int_equal(serve(), id);
	assert_int_equal(said.answer.status, SKS_TIMEOUT);
	assert_true(clock_monotonic_ms() - begin >= LIMIT_MS);
}

/* Its orphan becomes ours, so that we see how it ended. */
static void
ends_what_it_left_behind(void **state)
{
	int64_t end = clock_monotonic_ms() + ANSWER_MS;
	pid_t orphan, reaped = 0;
	uint32_t id;
	int status;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	id = submit(run_forking, "a");
	assert_int_equal(serve(), id);
	orphan = (pid_t)said.answer.status;
	assert_true(orphan > 0);
	while (reaped == 0 && clock_monotonic_ms() < end)
		reaped = waitpid(orphan, &status, WNOHANG);
	(void)kill(orphan, SIGKILL);
	assert_int_equal(reaped, orphan);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void
gives_a_child_no_descriptor_of_ours(void **state)
{
	uint32_t id;

	(void)state;
	(void)submit(run_hanging, "a");
	id = submit(run_nosy, "b");
	assert_int_equal(serve(), id);
	assert_string_equal(said.answer.text, "0");
}

static void
lets_the_others_wait(void **state)
{
	uint32_t id = 0;
	int late = 0;

	(void)state;
	for (int i = 0; i < CHILDREN_MAX; i++)
		(void)submit(run_hanging, "a");
	for (int i = 0; i < WAITING_MAX; i++) {
		id = submit(run_quick, "b");
		assert_false(answered());
	}
	assert_int_equal(submit(run_quick, "one too many"), id + 1);
	assert_int_equal(serve(), id + 1);
	assert_int_equal(said.answer.status, SKS_FULL);
	for (int i = 0; i < CHILDREN_MAX + WAITING_MAX; i++) {
		bool hung = serve() <= CHILDREN_MAX;

		assert_int_equal(said.answer.status, hung ? SKS_TIMEOUT : SKS_OK);
		late += hung;
	}
	assert_int_equal(late, CHILDREN_MAX);
}

static void
starts_what_waited_longest(void **state)
{
	uint32_t id = 0;

	(void)state;
	warden.child_limit_ms = ANSWER_MS;
	for (int i = 0; i < CHILDREN_MAX - 1; i++)
		id = submit(run_hanging, "a");
	for (int i = 0; i < 5; i++)
		(void)submit(run_quick, "b");
	for (uint32_t i = 1; i <= 5; i++)
		assert_int_equal(serve(), id + i);
}

static void
wipes_what_waited(void **state)
{
	const char password[] = "Gate+canary-1601!";
	struct warden_call call = {0};

	(void)state;
	assert_int_equal(secret_set_str(&call.password, password), SKS_OK);
	child_submit(&warden, (struct ticket){1, WARDEN_CHECK_PASSWORD}, run_quick, &call);
	assert_null(memmem(&warden, sizeof(warden), password, sizeof(password) - 1));
	assert_int_equal(serve(), 1);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_WORLD(answers_for_a_child),
	    IN_WORLD(answers_for_one_that_cannot),
	    IN_WORLD(ends_one_that_hangs),
	    IN_WORLD(ends_what_it_left_behind),
	    IN_WORLD(gives_a_child_no_descriptor_of_ours),
	    IN_WORLD(lets_the_others_wait),
	    IN_WORLD(starts_what_waited_longest),
	    IN_WORLD(wipes_what_waited),
	};

	log_open("test_warden_child", true);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
