/*
 * Two changes of passwords at a time: who gets a place, who waits, and how a place comes back.
 * The clock and the sockets are played by this file; the processes are real, and so are their
 * ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"

static int64_t clock_ms;
#define clock_monotonic_ms() clock_ms

#include "../../policyd/admission.c"

#include "error.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { JOBS = 600, PROCESSES = 6 };

static struct server server;
static struct job jobs[JOBS];
static bool hung_up[JOBS];
static size_t ready_count;
static pid_t process[PROCESSES];

/* ---- the rest of the daemon -------------------------------------------------------------- */

int
loop_poll(struct server *s, int op, int fd, uint32_t events, void *source)
{
	struct epoll_event e = {.events = events, .data.ptr = source};

	return epoll_ctl(s->epoll, op, fd, &e) == 0 ? SKS_OK : SKS_IO;
}

void
loop_ready(struct server *s, struct job *job)
{
	(void)s;
	(void)job;
	ready_count++;
}

int
loop_check_peer(const struct job *job)
{
	return hung_up[job - jobs] ? SKS_UNREACHABLE : SKS_OK;
}

/* ---- what happens ------------------------------------------------------------------------ */

static int
set_up(void **state)
{
	(void)state;
	clock_ms = 1000000;
	ready_count = 0;
	server = (struct server){.epoll = epoll_create1(EPOLL_CLOEXEC)};
	server.admission.last = &server.admission.first;
	memset(jobs, 0, sizeof(jobs));
	memset(hung_up, 0, sizeof(hung_up));
	for (size_t i = 0; i < PROCESSES; i++)
		if ((process[i] = fork()) == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				(void)pause();
		}
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < PROCESSES; i++)
		if (process[i] > 0) {
			(void)kill(process[i], SIGKILL);
			(void)waitpid(process[i], NULL, 0);
		}
	admission_close_all(&server);
	return close(server.epoll);
}

static uint64_t
start_of(pid_t pid)
{
	char path[64], text[1024] = "";
	unsigned long long start = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	(void)!fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	assert_int_equal(
	    sscanf(strrchr(text, ')') + 2,
		"%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
		"%*d %*d %llu",
		&start),
	    1);
	return start;
}

/* A question of that process; waits: it was told. */
static struct job *
asks(size_t i, size_t process_number, bool waits, uint32_t real_uid)
{
	struct job *job = &jobs[i];

	*job = (struct job){.arrived_ms = clock_ms, .server = &server};
	job->peer.pidfd = -1;
	job->peer.pid = (uint32_t)process[process_number];
	job->peer.pid_start = start_of(process[process_number]);
	job->peer.real_uid = real_uid;
	job->request.flags = waits ? 0 : PAM_FLAG_TELL_TURN;
	return job;
}

static void
is_let(struct job *job, enum password_turn turn)
{
	assert_true(admission_enter(&server, job));
	assert_int_equal(job->password_turn, turn);
}

static void
is_parked(struct job *job)
{
	assert_false(admission_enter(&server, job));
}

static void
is_answered(struct job *job, enum pam_verdict verdict)
{
	job->pam_reply.verdict = verdict;
	admission_answered(&server, job);
}

/* All that epoll has to say. */
static void
a_round(void)
{
	struct epoll_event e[8];
	int n = epoll_wait(server.epoll, e, 8, 1000);

	for (int i = 0; i < n; i++)
		if (*(enum source_kind *)e[i].data.ptr == SOURCE_PLACE)
			admission_event(&server, e[i].data.ptr);
	admission_bury(&server);
}

static void
test_two_at_a_time(void **state)
{
	(void)state;
	is_let(asks(0, 0, false, 0), PASSWORD_TURN_HERE);
	is_let(asks(1, 1, false, 0), PASSWORD_TURN_HERE);
	is_let(asks(2, 2, false, 0), PASSWORD_TURN_LATER);
	is_parked(asks(3, 2, true, 0));
	/* those who are at it ask again, and are let */
	is_answered(&jobs[0], PAM_VERDICT_ALLOW);
	is_let(asks(4, 0, false, 0), PASSWORD_TURN_HERE);
	is_let(&jobs[4], PASSWORD_TURN_HERE); /* the same job, prepared once more */
	assert_int_equal(ready_count, 0);
}

/* Whoever comes later does not go before those in line. */
static void
test_in_order(void **state)
{
	(void)state;
	is_let(asks(0, 0, false, 0), PASSWORD_TURN_HERE);
	is_let(asks(1, 1, false, 0), PASSWORD_TURN_HERE);
	is_parked(asks(2, 2, true, 0));
	is_parked(asks(3, 3, true, 0));
	is_answered(&jobs[0], PAM_VERDICT_DENY);
	assert_int_equal(ready_count, 1);
	assert_true(jobs[2].admitted && !jobs[3].admitted);
	is_let(asks(4, 4, false, 0), PASSWORD_TURN_LATER);
	is_answered(&jobs[1], PAM_VERDICT_DENY);
	assert_true(jobs[3].admitted);
	assert_int_equal(ready_count, 2);
	is_answered(&jobs[2], PAM_VERDICT_DENY);
	is_let(asks(5, 5, false, 0), PASSWORD_TURN_HERE);
}

static void
test_who_dies_gives_it_back(void **state)
{
	(void)state;
	is_let(asks(0, 0, false, 0), PASSWORD_TURN_HERE);
	is_let(asks(1, 1, false, 0), PASSWORD_TURN_HERE);
	is_parked(asks(2, 2, true, 0));
	is_answered(&jobs[0], PAM_VERDICT_ALLOW);
	(void)kill(process[0], SIGKILL);
	(void)waitpid(process[0], NULL, 0);
	process[0] = 0;
	a_round();
	assert_true(jobs[2].admitted);
	assert_int_equal(jobs[2].password_turn, PASSWORD_TURN_HERE);
	assert_int_equal(ready_count, 1);
}

/* Who sits at a prompt holds nobody up, and gets a place again for what they typed. */
static void
test_a_prompt_holds_no_place(void **state)
{
	(void)state;
	is_let(asks(0, 0, false, 0), PASSWORD_TURN_HERE);
	is_let(asks(1, 1, false, 0), PASSWORD_TURN_HERE);
	is_answered(&jobs[0], PAM_VERDICT_ALLOW);
	is_parked(asks(2, 2, true, 0));
	assert_int_equal(admission_next_deadline(&server, INT64_MAX), clock_ms + QUIET_MS);
	clock_ms += QUIET_MS - 1;
	admission_expire(&server, clock_ms);
	assert_int_equal(ready_count, 0);
	clock_ms++;
	admission_expire(&server, clock_ms);
	assert_true(jobs[2].admitted);
	/* the other one is being judged all the while, and keeps its place */
	is_let(asks(3, 1, false, 0), PASSWORD_TURN_HERE);
	is_let(asks(4, 0, false, 0), PASSWORD_TURN_LATER);
	is_parked(asks(5, 0, true, 0));
	is_answered(&jobs[2], PAM_VERDICT_DENY);
	assert_true(jobs[5].admitted);
}

/* While nobody waits they may take their time. */
static void
test_nobody_waits(void **state)
{
	(void)state;
	is_let(asks(0, 0, false, 0), PASSWORD_TURN_HERE);
	is_answered(&jobs[0], PAM_VERDICT_ALLOW);
	clock_ms += 3600000;
	admission_expire(&server, clock_ms);
	assert_int_equal(admission_next_deadline(&server, INT64_MAX), INT64_MAX);
	is_let(asks(1, 0, false, 0), PASSWORD_TURN_HERE);
}

static void
test_waiting_ends(void **state)
{
	(void)state;
	is_let(asks(0, 0, false, 0), PASSWORD_TURN_HERE);
	is_let(asks(1, 1, false, 0), PASSWORD_TURN_HERE);
	is_parked(asks(2, 2, true, 0));
	is_parked(asks(3, 3, true, 0));
	for (int64_t end = clock_ms + PASSWORD_TURN_MS; clock_ms < end; clock_ms += 1000) {
		assert_true(admission_enter(&server, asks(4, 0, false, 0)));
		assert_true(admission_enter(&server, asks(5, 1, false, 0)));
		assert_int_equal(ready_count, 0);
		admission_expire(&server, clock_ms);
	}
	admission_expire(&server, clock_ms);
	assert_int_equal(ready_count, 2);
	assert_int_equal(jobs[2].password_turn, PASSWORD_TURN_OVER);
	assert_int_equal(jobs[3].password_turn, PASSWORD_TURN_OVER);
	is_parked(asks(6, 4, true, 0)); /* the line is in order still */
}

/* Who hung up in line is no longer in it. */
static void
test_hung_up(void **state)
{
	(void)state;
	is_let(asks(0, 0, false, 0), PASSWORD_TURN_HERE);
	is_let(asks(1, 1, false, 0), PASSWORD_TURN_HERE);
	is_parked(asks(2, 2, true, 7001));
	is_parked(asks(3, 3, true, 7002));
	hung_up[2] = true;
	admission_expire(&server, clock_ms);
	assert_int_equal(ready_count, 1); /* for the turn, which drops it */
	assert_ptr_equal(server.admission.first, &jobs[3]);
	is_parked(asks(4, 4, true, 7003));
	assert_ptr_equal(jobs[3].next, &jobs[4]);
}

/* One user does not fill the line, nor do all of them together. */
static void
test_bounds(void **state)
{
	size_t i;

	(void)state;
	is_let(asks(0, 0, false, 0), PASSWORD_TURN_HERE);
	is_let(asks(1, 1, false, 0), PASSWORD_TURN_HERE);
	for (i = 2; i < 2 + WAITING_OF_ONE; i++)
		is_parked(asks(i, 2, true, 7001));
	is_let(asks(i, 2, true, 7001), PASSWORD_TURN_OVER);
	for (i = 10; i < 10 + WAITING_USERS - WAITING_OF_ONE; i++)
		is_parked(asks(i, 3, true, 8000 + (uint32_t)i));
	is_let(asks(i, 3, true, 7777), PASSWORD_TURN_OVER);
	for (i = 300; i < 300 + WAITING_MAX - WAITING_USERS; i++)
		is_parked(asks(i, 4, true, 0));
	is_let(asks(i, 4, true, 0), PASSWORD_TURN_OVER);
}

/* login(1) goes on in the same process. */
static void
test_goes_on(void **state)
{
	(void)state;
	is_let(asks(0, 0, false, 0), PASSWORD_TURN_HERE);
	is_let(asks(1, 1, false, 0), PASSWORD_TURN_HERE);
	is_parked(asks(2, 2, true, 0));
	is_answered(&jobs[1], PAM_VERDICT_ALLOW);
	admission_leave(&server, asks(3, 1, false, 0));
	assert_true(jobs[2].admitted);
	admission_leave(&server, asks(4, 5, false, 0)); /* that has none */
	assert_int_equal(ready_count, 1);
}

int
main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {CASE(test_two_at_a_time), CASE(test_in_order),
	    CASE(test_who_dies_gives_it_back), CASE(test_a_prompt_holds_no_place),
	    CASE(test_nobody_waits), CASE(test_waiting_ends), CASE(test_hung_up),
	    CASE(test_bounds), CASE(test_goes_on)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
