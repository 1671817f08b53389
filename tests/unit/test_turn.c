/*
 * A turn: one commit for all that wait, answers only after it, each alone when it fails. The
 * store, the sockets and the deciding are played by this file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../policyd/turn.c"

enum { JOBS = 4 };

/* What happened, a letter each: b(egin), m(ark), u(nmark), c(ommit), r(ollback), A(nswer),
 * F(ail and answer), D(rop), ! after_commit; with the number of the job where there is one. */
static char story[256];
static struct job jobs[JOBS];
static struct server server;
static int run_error[JOBS];              /* what deciding that job gives */
static enum job_result run_result[JOBS]; /* and how it ended */
static bool changes[JOBS];               /* what it does to rows before that */
static int64_t rows;
static bool acts[JOBS];                  /* sets after_commit when it is decided */
static int commits_fail;                 /* so many commits fail with this: */
static int commit_error;
static bool gone[JOBS];

static void
tell(char what, const struct job *job)
{
	size_t len = strlen(story);

	story[len++] = what;
	if (job != NULL)
		story[len++] = (char)('0' + (job - jobs));
	story[len] = '\0';
}

static void
act(struct server *s, struct job *job)
{
	(void)s;
	tell('!', job);
}

/* ---- the rest of the daemon -------------------------------------------------------------- */

static int
run(struct server *s, struct job *job, enum job_result *result)
{
	size_t i = (size_t)(job - jobs);

	(void)s;
	if (acts[i])
		job->after_commit = act;
	rows += changes[i];
	*result = run_result[i];
	return run_error[i];
}

static void
refuse(struct server *s, struct job *job, int error)
{
	(void)s;
	(void)error;
	tell('F', job);
}

static enum job_result
prepare(struct server *s, struct job *job)
{
	(void)s;
	(void)job;
	return JOB_DONE;
}

static const struct job_kind kinds[] = {
    {.type = MSG_PAM, .prepare = prepare, .run = run, .refuse = refuse},
    {.type = MSG_COMMAND, .prepare = prepare, .run = run, .refuse = refuse},
};

int
keeper_clock(struct server *s, struct instant *now)
{
	(void)s;
	*now = (struct instant){0};
	return SKS_OK;
}

int
loop_check_peer(const struct job *job)
{
	return gone[job - jobs] ? SKS_UNREACHABLE : SKS_OK;
}

/* Who holds an answer from before a commit loses it before anybody is answered behind it. */
static bool unheard;

void
stay_overtake(struct server *s)
{
	(void)s;
	unheard = false;
}

void
ahead_say(const struct server *s, struct job *job)
{
	(void)s;
	(void)job;
}

void
loop_answer(struct server *s, struct job *job)
{
	(void)s;
	assert_false(unheard);
	tell('A', job);
}

void
loop_drop(struct server *s, struct job *job)
{
	(void)s;
	tell('D', job);
}

void
loop_ready(struct server *s, struct job *job)
{
	job->next = NULL;
	*s->ready_tail = job;
	s->ready_tail = &job->next;
}

void
loop_refused(struct server *s, enum refused_input why)
{
	(void)s;
	(void)why;
}

int
chain_turn(struct chain *c, struct store *s, struct instant now)
{
	(void)c;
	(void)s;
	(void)now;
	return SKS_OK;
}

void
chain_committed(struct chain *c)
{
	(void)c;
}

void
chain_undone(struct chain *c)
{
	(void)c;
}

/* ---- figures ----------------------------------------------------------------------------- */

void
metrics_answered(const struct server *s, const struct job *job, bool failed)
{
	(void)s;
	(void)job;
	(void)failed;
}

void
metrics_turn(size_t decided, size_t waiting)
{
	(void)decided;
	(void)waiting;
}

void
metrics_committed(int64_t took_us)
{
	(void)took_us;
}

/* ---- the store --------------------------------------------------------------------------- */

int
store_begin(struct store *s, struct instant now)
{
	(void)s;
	(void)now;
	tell('b', NULL);
	return SKS_OK;
}

int
store_commit(struct store *s)
{
	(void)s;
	if (commits_fail > 0) {
		commits_fail--;
		return commit_error;
	}
	tell('c', NULL);
	unheard = true;
	return SKS_OK;
}

int
store_mark(struct store *s)
{
	(void)s;
	tell('m', NULL);
	return SKS_OK;
}

int
store_unmark(struct store *s)
{
	(void)s;
	tell('u', NULL);
	return SKS_OK;
}

void
store_rollback(struct store *s)
{
	(void)s;
	tell('r', NULL);
}

int
store_append(struct store *s, struct record *r)
{
	(void)s;
	(void)r;
	return SKS_OK;
}

const char *
store_error(const struct store *s)
{
	(void)s;
	return "";
}

int64_t
store_generation(const struct store *s)
{
	(void)s;
	return 0;
}

int64_t
store_changes(const struct store *s)
{
	(void)s;
	return rows;
}

enum store_space
store_space(struct store *s)
{
	(void)s;
	return STORE_SPACE_OK;
}

/* ---- cases ------------------------------------------------------------------------------- */

static int
begin(void **state)
{
	(void)state;
	memset(jobs, 0, sizeof(jobs));
	memset(&server, 0, sizeof(server));
	memset(run_error, 0, sizeof(run_error));
	memset(run_result, 0, sizeof(run_result));
	memset(changes, 0, sizeof(changes));
	memset(acts, 0, sizeof(acts));
	memset(gone, 0, sizeof(gone));
	commits_fail = 0;
	story[0] = '\0';
	server.ready_tail = &server.ready;
	for (size_t i = 0; i < JOBS; i++) {
		jobs[i].kind = &kinds[i % 2];
		jobs[i].prepared = true;
	}
	return 0;
}

/* Puts the first n in line, has a turn, and what happened must be this. */
static void
assert_turn(size_t n, int wanted, const char *happened)
{
	for (size_t i = 0; i < n; i++)
		loop_ready(&server, &jobs[i]);
	assert_int_equal(turn_run(&server), wanted);
	assert_string_equal(story, happened);
	story[0] = '\0';
}

static void
test_one_commit(void **state)
{
	(void)state;
	acts[1] = true;
	gone[2] = true;
	assert_turn(3, SKS_OK, "D2bcA0!1A1");
	assert_turn(1, SKS_OK, "bcA0"); /* alone, nothing to undo by itself */
	assert_turn(0, SKS_OK, "");
}

/* One that cannot be decided costs the others nothing: all are decided again, and it alone is undone. */
static void
test_one_undone(void **state)
{
	(void)state;
	acts[1] = changes[1] = true;
	run_error[1] = SKS_INVALID;
	assert_turn(3, SKS_OK, "brbmmumcA0F1A1A2");
	assert_turn(0, SKS_OK, "");
	run_error[1] = SKS_OK;
	run_result[1] = JOB_WAIT;
	assert_turn(3, SKS_OK, "brbmmumcA0A2");
	assert_ptr_equal(server.waiting, &jobs[1]);
}

/* With nothing to undo nobody is decided twice. */
static void
test_nothing_to_undo(void **state)
{
	(void)state;
	run_error[1] = SKS_INVALID;
	run_result[2] = JOB_WAIT;
	assert_turn(3, SKS_OK, "bcA0F1A1");
	assert_ptr_equal(server.waiting, &jobs[2]);
}

static void
test_each_alone(void **state)
{
	(void)state;
	acts[1] = true;
	commits_fail = 2; /* that of all, and that of the first alone */
	commit_error = SKS_CONFLICT;
	assert_turn(3, SKS_OK, "brbrF0A0bc!1A1bcA2");
}

/* What an attempt that was undone wanted to do afterwards is not done when the next one decides
 * otherwise. */
static void
test_nothing_of_an_undone_attempt(void **state)
{
	struct batch b = {.job = {&jobs[0], &jobs[1]}, .count = 2};

	(void)state;
	acts[1] = true;
	commits_fail = 1;
	commit_error = SKS_CONFLICT;
	assert_int_equal(decide_range(&server, &b, 0, 2), SKS_CONFLICT);
	assert_ptr_equal(jobs[1].after_commit, act);
	acts[1] = false; /* now it is refused */
	story[0] = '\0';
	assert_int_equal(decide_alone(&server, &b), SKS_OK);
	assert_string_equal(story, "bcA0bcA1");
}

/* A disk that fails: nobody is told yes, and the daemon ends. */
static void
test_failing_disk(void **state)
{
	(void)state;
	acts[0] = true;
	commits_fail = 9;
	commit_error = SKS_IO;
	assert_turn(2, SKS_IO, "brbrF0A0F1A1");
	assert_int_equal(server.exit_status, 75);
}

/* Who waits is asked again when somebody else got on, and not before. */
static void
test_waiting(void **state)
{
	(void)state;
	run_result[0] = JOB_WAIT;
	changes[0] = true;
	assert_turn(1, SKS_OK, "br");
	assert_ptr_equal(server.waiting, &jobs[0]);
	assert_null(server.ready);
	loop_ready(&server, &jobs[1]);
	assert_turn(0, SKS_OK, "bcA1");
	assert_null(server.waiting);
	assert_ptr_equal(server.ready, &jobs[0]);
	run_result[0] = JOB_DONE;
	assert_turn(0, SKS_OK, "bcA0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_one_commit, begin),
	    cmocka_unit_test_setup(test_one_undone, begin),
	    cmocka_unit_test_setup(test_nothing_to_undo, begin),
	    cmocka_unit_test_setup(test_each_alone, begin),
	    cmocka_unit_test_setup(test_nothing_of_an_undone_attempt, begin),
	    cmocka_unit_test_setup(test_failing_disk, begin),
	    cmocka_unit_test_setup(test_waiting, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
