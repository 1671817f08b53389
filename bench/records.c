/*
 * The log under load, for the group "log": decisions with and without the tree, a log of any
 * size, and what a command takes.
 *
 *	records decide DIR RUNDIR KEY SECONDS BATCH on|off	decisions a second, each durable
 *	records fill DIR RUNDIR KEY COUNT decisions|short	a log of that many records:
 *decisions as they are, or a few lines each
 *	records run COMMAND...		milliseconds, of the processor too, and the most kB in
 *memory records first COMMAND...	milliseconds until its first line
 *
 * BENCH_POLICY names a policy bundle for them (see decide.c); then people log in at a console
 *instead of scheduled jobs, so that each rule is looked at.
 *
 * Decisions are the daemon's own: request, facts, decide(), changes, record, one commit a
 *batch.
 */
#include "error.h"
#include "secret.h"
#include "server.h"
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	RESERVE_BYTES = 2 << 20,
	FILL_TURN = 1000,
	USERS = 2000,
	SOURCES = 700,
	SEAL_EVERY = 4096
};

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("records: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static double
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

/* ---- a daemon without its sockets -------------------------------------------------------- */

static struct server server;

static const char *policy_path;

/* The policy of BENCH_POLICY, else an empty one. */
static int
load_policy(struct policy **out)
{
	static const char bundle[] = "sekisho policy bundle 1\nfile policy.conf 0\n\n";
	static struct policy_problems problems;
	static char text[4 << 20];
	size_t len = 0;
	FILE *f;

	policy_path = getenv("BENCH_POLICY");
	if (policy_path == NULL)
		return policy_parse(bundle, sizeof(bundle) - 1, out, &problems);
	if ((f = fopen(policy_path, "re")) != NULL) {
		len = fread(text, 1, sizeof(text), f);
		(void)fclose(f);
	}
	return policy_parse(text, len, out, &problems);
}

static void
server_open(const char *dir, const char *run_dir, const char *key, bool chain)
{
	static char generation[4096], seal_dir[4096];
	struct store_options options = {
	    .dir = dir, .generation_path = generation, .reserve_bytes = RESERVE_BYTES};
	struct logkey log_key;
	char why[512];

	(void)snprintf(generation, sizeof(generation), "%s/generation", run_dir);
	(void)snprintf(seal_dir, sizeof(seal_dir), "%s/seal", dir);
	memset(options.boot_id, 7, sizeof(options.boot_id));
	memset(server.boot_id, 7, sizeof(server.boot_id));
	if (store_open(&options, &server.store, &server.store_start) != SKS_OK ||
	    load_policy(&server.policy) != SKS_OK)
		die("%s: no store or policy", dir);
	if (!chain)
		return;
	if (logkey_open(key, &log_key, why, sizeof(why)) != SKS_OK)
		die("%s", why);
	if (chain_new(&log_key, seal_dir, server.boot_id, &server.chain) != SKS_OK)
		die("%s: no chain", seal_dir);
}

static int
begin_chain(struct server *s, void *context)
{
	const char *reason;

	(void)context;
	if (s->chain == NULL)
		return SKS_OK;
	return chain_start(s->chain, s->store, clock_now(), s->store_start, &reason);
}

static void
turn(int (*work)(struct server *, void *), void *context)
{
	int r = turn_own(&server, work, context);

	if (r != SKS_OK)
		die("a turn failed: %s (%s)", error_text(r), store_error(server.store));
	while (keeper_index_due(&server) != STORE_INDEX_DONE)
		if (keeper_index(&server) != SKS_OK)
			die("the indexes: %s", store_error(server.store));
	if (store_checkpoint_due(server.store))
		(void)store_checkpoint(server.store);
	(void)store_space(server.store);
}

static int
seal(struct server *s, void *context)
{
	(void)context;
	return chain_seal(s->chain, s->store, clock_now());
}

/* ---- decisions --------------------------------------------------------------------------- */

struct batch {
	uint64_t next;
	int count;
	bool is_short;
};

/* A scheduled job asks whether it may run: allowed, and recorded. */
static int
decide_one(struct server *s, uint64_t n)
{
	struct request r = {.phase = PHASE_ACCOUNT,
	    .known = true,
	    .by_root = true,
	    .uid = (uint32_t)(1000 + n % USERS),
	    .login_uid = NO_UID,
	    .audit_session = NO_UID,
	    .pid = (uint32_t)(1000 + n % 30000),
	    .pid_start = n,
	    .parent = 900,
	    .parent_start = 1};
	static struct decision d;
	static struct facts f;
	uint64_t seq;
	int e;

	(void)snprintf(r.user, sizeof(r.user), "user%04d", (int)(n % USERS));
	(void)snprintf(
	    r.service, sizeof(r.service), "%s", policy_path != NULL ? "login" : "cron");
	if (policy_path == NULL)
		(void)snprintf(r.source, sizeof(r.source), "192.0.%d.%d",
		    (int)(n % SOURCES / 250), (int)(n % SOURCES % 250));
	if ((e = pam_facts(s, &r, policy_path != NULL ? "users,staff" : NULL, &f)) != SKS_OK)
		return e;
	decide(s->policy, &r, &f, &d);
	if ((e = store_apply(s->store, &r, &f, &d.changes)) != SKS_OK)
		return e;
	return pam_record_all(s, &r, &f, &d, &seq);
}

static int
append_short(struct server *s, uint64_t n)
{
	struct record r;
	char source[32];
	int e;

	(void)snprintf(source, sizeof(source), "192.0.%d.%d", (int)(n % SOURCES / 250),
	    (int)(n % SOURCES % 250));
	record_init(
	    &r, event_by_action(ACTION_ACCOUNT), clock_now(), s->boot_id, "success", "ok");
	record_put_str(&r, "source.ip", source);
	(void)snprintf(source, sizeof(source), "user%04d", (int)(n % USERS));
	record_put_str(&r, "user.name", source);
	e = turn_append(s, &r, NULL);
	record_clear(&r);
	return e;
}

static int
decide_batch(struct server *s, void *context)
{
	struct batch *b = context;
	int e = SKS_OK;

	for (int i = 0; e == SKS_OK && i < b->count; i++)
		e = b->is_short ? append_short(s, b->next++) : decide_one(s, b->next++);
	return e;
}

static void
run_decide(double seconds, int count)
{
	struct batch b = {.count = count};
	double begin, end;
	uint64_t sealed = 0;

	turn(begin_chain, NULL);
	begin = now_ms();
	do {
		turn(decide_batch, &b);
		if (server.chain != NULL && b.next - sealed >= SEAL_EVERY) {
			turn(seal, NULL);
			sealed = b.next;
		}
		end = now_ms();
	} while (end - begin < seconds * 1000);
	printf("%.1f\n", (double)b.next * 1000 / (end - begin));
}

static void
run_fill(uint64_t count, bool is_short)
{
	struct batch b = {.count = FILL_TURN, .is_short = is_short};
	uint64_t sealed = 0;

	turn(begin_chain, NULL);
	while (b.next < count) {
		if (count - b.next < FILL_TURN)
			b.count = (int)(count - b.next);
		turn(decide_batch, &b);
		if (b.next - sealed >= SEAL_EVERY) {
			turn(seal, NULL);
			sealed = b.next;
		}
	}
	turn(seal, NULL);
	printf("%" PRIu64 "\n", b.next);
}

/* ---- commands ---------------------------------------------------------------------------- */

static double
ms_of(const struct timeval *t)
{
	return (double)t->tv_sec * 1000 + (double)t->tv_usec / 1000;
}

static int
run_command(char **argv)
{
	double begin = now_ms();
	struct rusage usage;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		die("%s: %s", argv[0], strerror(errno));
	fprintf(stderr, "%.0f %.0f %ld\n", now_ms() - begin,
	    ms_of(&usage.ru_utime) + ms_of(&usage.ru_stime), usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int
run_first(char **argv)
{
	double begin = now_ms();
	char text[1];
	int ends[2], status = 0;
	ssize_t n;
	pid_t pid;

	if (pipe(ends) != 0 || (pid = fork()) < 0)
		die("%s: %s", argv[0], strerror(errno));
	if (pid == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)close(ends[0]);
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	(void)close(ends[1]);
	n = read(ends[0], text, 1);
	printf("%.1f\n", now_ms() - begin);
	(void)close(ends[0]);
	(void)waitpid(pid, &status, 0);
	return n == 1 ? 0 : 1;
}

static void
server_close(void)
{
	store_close(server.store);
	chain_free(server.chain);
	policy_free(server.policy);
}

int
main(int argc, char **argv)
{
	if (argc >= 3 && strcmp(argv[1], "run") == 0)
		return run_command(argv + 2);
	if (argc >= 3 && strcmp(argv[1], "first") == 0)
		return run_first(argv + 2);
	if (argc == 8 && strcmp(argv[1], "decide") == 0) {
		server_open(argv[2], argv[3], argv[4], strcmp(argv[7], "on") == 0);
		run_decide(strtod(argv[5], NULL), atoi(argv[6]));
	} else if (argc == 7 && strcmp(argv[1], "fill") == 0) {
		server_open(argv[2], argv[3], argv[4], true);
		run_fill(strtoull(argv[5], NULL, 10), strcmp(argv[6], "short") == 0);
	} else {
		die("see the head of bench/records.c");
	}
	server_close();
	return 0;
}
