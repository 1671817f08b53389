/*
 * Runs cells of a benchmark in turn, many rounds, and prints one line a cell.
 *
 *	driver ROUNDS KEYS NAME:USERS:CLIENTS:COUNT:CONFDIR:NAMESPACE...
 *
 * NAME     what is measured; free text
 * USERS    how many are enrolled; logins go round among up to WORKING_SET of them, spread
 *          evenly over all, because people come back
 * CLIENTS  at the same time
 * COUNT    transactions in each round, over all clients
 * CONFDIR  directory with the PAM stack, in a file named sshd
 * NAMESPACE process whose mount namespace the clients enter, 0 for none
 *
 * KEYS holds BENCH_KEY_SIZE bytes a user. A round runs each cell once, in an order that
 * changes; the one before the first is not counted. Before a user's turn comes again the
 * sandbox's clock moves one step, for everybody, so that each code is fresh.
 *
 * Prints: name users clients n failed p50_us p99_us per_s start_us auth_us account_us end_us,
 * four of them medians of the PAM calls, and slower_by: how much longer than in the first cell
 * of that name it took, as the median over the rounds of the ratio within a round. What slows
 * the machine down for some rounds falls out of it.
 */
#include "bench.h"

#include "../tests/lib/fakeclock.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <liboath/oath.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKING_SET = 200, CLIENTS_MAX = 64, CELLS_MAX = 64, ROUNDS_MAX = 10000 };

struct cell {
	char name[32];
	unsigned int users, clients, count;
	char confdir[256];
	long namespace;
	unsigned int next; /* of the working set */
	struct bench_result *result;
	size_t done, failed;
	uint64_t wall_ns;
	double *round_us; /* the median of each round; 0 where nothing succeeded */
};

struct client {
	pid_t pid;
	int in, out; /* where it reads from and writes to: our ends */
	unsigned int share;
};

static const char *client_path;
static struct fakeclock *clock_page;
static const uint8_t *keys;
static size_t keys_len;

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("driver: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static void *
map_file(const char *path, int prot, size_t *len)
{
	int fd = open(path, (prot & PROT_WRITE ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	struct stat st;
	void *map;

	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size <= 0)
		die("%s: %s", path, strerror(errno));
	*len = (size_t)st.st_size;
	map = mmap(NULL, *len, prot, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("%s: %s", path, strerror(errno));
	close(fd);
	return map;
}

/* ---- clients ----------------------------------------------------------------------------- */

static void __attribute__((noreturn)) client_become(const struct cell *c, int in, int out)
{
	char path[64];
	int fd;

	if (c->namespace != 0) {
		(void)snprintf(path, sizeof(path), "/proc/%ld/ns/mnt", c->namespace);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || setns(fd, CLONE_NEWNS) != 0)
			die("namespace of %ld: %s", c->namespace, strerror(errno));
	}
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		die("dup2: %s", strerror(errno));
	execl(client_path, "client", c->confdir, "sshd", (char *)NULL);
	die("%s: %s", client_path, strerror(errno));
}

static void
client_spawn(const struct cell *c, struct client *client)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		die("pipe: %s", strerror(errno));
	client->pid = fork();
	if (client->pid < 0)
		die("fork: %s", strerror(errno));
	if (client->pid == 0)
		client_become(c, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	client->in = in[1];
	client->out = out[0];
}

static void
client_reap(struct client *client)
{
	int status = -1;

	close(client->in);
	close(client->out);
	if (waitpid(client->pid, &status, 0) != client->pid || status != 0)
		die("a client ended with status %d", status);
}

/* ---- a batch: as many transactions as there are users to take turns ---------------------- */

static unsigned int
cell_working_set(const struct cell *c)
{
	return c->users < WORKING_SET ? c->users : WORKING_SET;
}

/* The next user's line, "NAME CODE". */
static size_t
cell_line(struct cell *c, char *out, size_t size)
{
	unsigned int set = cell_working_set(c);
	unsigned int user = (unsigned int)((uint64_t)c->next * c->users / set);
	char code[BENCH_DIGITS + 1];
	int n, rc;

	if (((size_t)user + 1) * BENCH_KEY_SIZE > keys_len)
		die("no key for user %u", user);
	rc = oath_totp_generate((const char *)keys + (size_t)user * BENCH_KEY_SIZE,
	    BENCH_KEY_SIZE, time(NULL), BENCH_STEP_S, 0, BENCH_DIGITS, code);
	if (rc != OATH_OK)
		die("oath_totp_generate: %s", oath_strerror(rc));
	c->next = (c->next + 1) % set;
	n = snprintf(out, size, BENCH_NAME_FORMAT " %s\n", user, code);
	return (size_t)n;
}

static void
batch_send(struct cell *c, struct client *client)
{
	char text[WORKING_SET * 32];
	size_t len = 0;

	for (unsigned int i = 0; i < client->share; i++)
		len += cell_line(c, text + len, sizeof(text) - len);
	if (write(client->in, text, len) != (ssize_t)len)
		die("write: %s", strerror(errno));
}

static void
result_read(int fd, struct bench_result *r)
{
	ssize_t n;

	do
		n = read(fd, r, sizeof(*r));
	while (n < 0 && errno == EINTR);
	/* Written whole, and smaller than PIPE_BUF. */
	if (n != (ssize_t)sizeof(*r))
		die("a client died");
}

static uint64_t
result_total(const struct bench_result *r)
{
	return (uint64_t)r->start_ns + r->authenticate_ns + r->account_ns + r->end_ns;
}

static void
result_keep(struct cell *c, const struct bench_result *r, bool counted)
{
	if (r->status == 0 && r->asked != 1 && strcmp(c->name, "permit") != 0)
		die("%s let somebody in after %u prompts", c->name, r->asked);
	if (!counted)
		return;
	if (r->status != 0) {
		c->failed++;
		return;
	}
	c->result = reallocarray(c->result, c->done + 1, sizeof(*c->result));
	if (c->result == NULL)
		die("no memory");
	c->result[c->done++] = *r;
}

static void
batch_run(struct cell *c, struct client *client, unsigned int count, bool counted)
{
	uint64_t first = UINT64_MAX, last = 0;
	struct bench_result r;

	__atomic_add_fetch(&clock_page->shift_s, BENCH_STEP_S, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&clock_page->awake_s, BENCH_STEP_S, __ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < c->clients; i++)
		client[i].share = (count + i) / c->clients;
	for (unsigned int i = 0; i < c->clients; i++)
		batch_send(c, &client[i]);
	for (unsigned int i = 0; i < c->clients; i++) {
		for (unsigned int k = 0; k < client[i].share; k++) {
			result_read(client[i].out, &r);
			result_keep(c, &r, counted);
			if (r.begun_ns < first)
				first = r.begun_ns;
			if (r.begun_ns + result_total(&r) > last)
				last = r.begun_ns + result_total(&r);
		}
	}
	if (counted)
		c->wall_ns += last - first;
}

static void
cell_run(struct cell *c, unsigned int count, bool counted)
{
	struct client client[CLIENTS_MAX];
	unsigned int set = cell_working_set(c);

	for (unsigned int i = 0; i < c->clients; i++)
		client_spawn(c, &client[i]);
	while (count > 0) {
		unsigned int n = count < set ? count : set;

		batch_run(c, client, n, counted);
		count -= n;
	}
	for (unsigned int i = 0; i < c->clients; i++)
		client_reap(&client[i]);
}

/* ---- figures ----------------------------------------------------------------------------- */

static int
compare_u64(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

enum part { PART_ALL, PART_START, PART_AUTHENTICATE, PART_ACCOUNT, PART_END };

static uint64_t
result_part(const struct bench_result *r, enum part part)
{
	switch (part) {
	case PART_START:
		return r->start_ns;
	case PART_AUTHENTICATE:
		return r->authenticate_ns;
	case PART_ACCOUNT:
		return r->account_ns;
	case PART_END:
		return r->end_ns;
	default:
		return result_total(r);
	}
}

/* The nearest-rank percentile of the results from "first" on, in microseconds. */
static double
cell_percentile(const struct cell *c, size_t first, enum part part, unsigned int percent)
{
	size_t count = c->done - first, rank = (count * percent + 99) / 100;
	uint64_t *v = calloc(count + 1, sizeof(*v));
	double us;

	if (v == NULL)
		die("no memory");
	for (size_t i = 0; i < count; i++)
		v[i] = result_part(&c->result[first + i], part);
	qsort(v, count, sizeof(*v), compare_u64);
	us = (double)v[rank > 0 ? rank - 1 : 0] / 1000;
	free(v);
	return us;
}

static int
compare_double(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

/* 0 when there is no round in which both succeeded. */
static double
cell_slower_by(const struct cell *c, const struct cell *base, unsigned int rounds)
{
	double *ratio = calloc(rounds, sizeof(*ratio)), median;
	size_t n = 0;

	if (ratio == NULL)
		die("no memory");
	for (unsigned int i = 0; i < rounds; i++) {
		if (base->round_us[i] > 0 && c->round_us[i] > 0)
			ratio[n++] = c->round_us[i] / base->round_us[i];
	}
	qsort(ratio, n, sizeof(*ratio), compare_double);
	median = n > 0 ? ratio[n / 2] : 0;
	free(ratio);
	return median;
}

static void
cell_print(const struct cell *c, const struct cell *first, unsigned int rounds)
{
	if (c->done == 0)
		die("%s at %u users: not one transaction succeeded", c->name, c->users);
	printf("%s %u %u %zu %zu %.0f %.0f %.1f", c->name, c->users, c->clients, c->done,
	    c->failed, cell_percentile(c, 0, PART_ALL, 50), cell_percentile(c, 0, PART_ALL, 99),
	    (double)c->done * 1e9 / (double)c->wall_ns);
	for (unsigned int part = PART_START; part <= PART_END; part++)
		printf(" %.0f", cell_percentile(c, 0, (enum part)part, 50));
	while (strcmp(first->name, c->name) != 0)
		first++;
	printf(" %.3f\n", cell_slower_by(c, first, rounds));
}

/* ---- the run ----------------------------------------------------------------------------- */

static void
cell_parse(const char *text, struct cell *c)
{
	int end = 0;

	*c = (struct cell){.users = 0};
	if (sscanf(text, "%31[^:]:%u:%u:%u:%255[^:]:%ld%n", c->name, &c->users, &c->clients,
		&c->count, c->confdir, &c->namespace, &end) != 6 ||
	    text[end] != '\0')
		die("not a cell: %s", text);
	if (c->users == 0 || c->users > BENCH_USERS_MAX || c->count == 0)
		die("%s: USERS or COUNT is out of range", text);
	/* More clients than users to take turns would share a code. */
	if (c->clients == 0 || c->clients > CLIENTS_MAX || c->clients > c->users)
		die("%s: CLIENTS is out of range", text);
}

/* Every cell once, in an order of its own. Round 0 is not counted. */
static void
round_run(struct cell *cell, size_t count, unsigned int round)
{
	size_t order[CELLS_MAX];

	for (size_t i = 0; i < count; i++) {
		size_t k = (size_t)random() % (i + 1);

		order[i] = order[k];
		order[k] = i;
	}
	for (size_t i = 0; i < count; i++) {
		struct cell *c = &cell[order[i]];
		size_t before = c->done;

		cell_run(c, c->count, round > 0);
		if (c->done > before)
			c->round_us[round - 1] = cell_percentile(c, before, PART_ALL, 50);
	}
}

int
main(int argc, char **argv)
{
	static struct cell cell[CELLS_MAX];
	size_t count, len;
	unsigned int rounds;

	client_path = getenv("BENCH_CLIENT");
	if (argc < 4 || client_path == NULL)
		die("usage: BENCH_CLIENT=PATH driver ROUNDS KEYS CELL...");
	count = (size_t)argc - 3;
	rounds = (unsigned int)strtoul(argv[1], NULL, 10);
	if (rounds == 0 || rounds > ROUNDS_MAX || count > CELLS_MAX)
		die("from 1 to %d rounds, at most %d cells", ROUNDS_MAX, CELLS_MAX);
	keys = map_file(argv[2], PROT_READ, &keys_len);
	clock_page = map_file(FAKECLOCK_PATH, PROT_READ | PROT_WRITE, &len);
	for (size_t i = 0; i < count; i++) {
		cell_parse(argv[3 + i], &cell[i]);
		cell[i].round_us = calloc(rounds, sizeof(*cell[i].round_us));
		if (cell[i].round_us == NULL)
			die("no memory");
	}
	srandom(1601);
	for (unsigned int round = 0; round <= rounds; round++)
		round_run(cell, count, round);
	for (size_t i = 0; i < count; i++)
		cell_print(&cell[i], cell, rounds);
	return 0;
}
