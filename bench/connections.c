/*
 * bench/connections DIR: what looking at connections costs. Opens 1,000 of them to one port and 4,000
 * to another, and prints p50 and p99 in µs of: one connection by its four numbers (what a
 * login pays, twice), all 1,000 in one question (what the warden does every ten seconds), and the
 * daemon's part of it on a store in DIR with 1,000 sessions, none or all of which moved.
 */
#include "error.h"
#include "sockdiag.h"
#include "store/volume.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MEASURED = 1000, OTHERS = 4000, ROUNDS = 200, A_TIME = 64 };

static struct store_volume v[A_TIME];

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
must(bool holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(1);
}

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
print(const char *what, int64_t *took)
{
	qsort(took, ROUNDS, sizeof(*took), compare);
	printf("%s\t%lld\t%lld\n", what, (long long)took[ROUNDS / 2],
	    (long long)took[ROUNDS * 99 / 100]);
}

/* "text": the last one, as sshd would say it. */
static uint16_t
connect_many(size_t count, char *text, size_t size)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
			   b;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(a);

	must(bind(listener, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(listener, 64) == 0 &&
		 getsockname(listener, (struct sockaddr *)&a, &len) == 0,
	    "a port");
	for (size_t i = 0; i < count; i++) {
		int from = socket(AF_INET, SOCK_STREAM, 0);

		must(from >= 0 && connect(from, (struct sockaddr *)&a, sizeof(a)) == 0 &&
			 accept(listener, NULL, NULL) >= 0,
		    "a connection");
		len = sizeof(b);
		must(getsockname(from, (struct sockaddr *)&b, &len) == 0, "its name");
	}
	(void)snprintf(text, size, "127.0.0.1 %u 127.0.0.1 %u", ntohs(b.sin_port),
	    ntohs(a.sin_port));
	return ntohs(a.sin_port);
}

static bool
take(void *ctx, const struct sockdiag *one)
{
	(void)one;
	(*(size_t *)ctx)++;
	return true;
}

static struct instant
at(int64_t ms)
{
	return (struct instant){INT64_C(1800000000000) + ms, 1000 + ms};
}

static void
make_sessions(struct store *s)
{
	const struct changes c = {.session_open = true};
	struct facts f = {.lane = 0};

	must(store_begin(s, at(0)) == SKS_OK, "begin");
	for (uint32_t i = 0; i < MEASURED; i++) {
		struct request r = {.phase = PHASE_OPEN, .known = true, .uid = 1000 + i,
		    .by_root = true, .audit_session = i, .pid = 1000 + i, .pid_start = i};

		(void)snprintf(r.user, sizeof(r.user), "user%u", i);
		(void)snprintf(r.service, sizeof(r.service), "sshd");
		(void)snprintf(r.source, sizeof(r.source), "192.0.2.7");
		must(store_apply(s, &r, &f, &c) == SKS_OK &&
			 store_volume_open(s, &r, 22, i + 1, 0) == SKS_OK,
		    "a session");
	}
	must(store_commit(s) == SKS_OK, "commit");
}

/* As the keeper does, without records. */
static void
look(struct store *s, int64_t round, bool moved)
{
	uint64_t after = 0;
	size_t n = 0;

	must(store_begin(s, at(round * 10000)) == SKS_OK, "begin");
	do {
		must(store_volumes(s, false, after, v, A_TIME, &n) == SKS_OK, "list");
		for (size_t i = 0; i < n; i++) {
			struct store_volume_day d = {.day = "2026-11-22", .bytes = 1};

			after = v[i].session;
			if (!moved)
				continue;
			memcpy(d.person, v[i].user, sizeof(d.person));
			v[i].sent++;
			v[i].measured_wall_ms = round;
			must(store_volume_day_add(s, &d) == SKS_OK &&
				 store_volume_put(s, &v[i]) == SKS_OK,
			    "put");
		}
	} while (n == A_TIME);
	must(store_commit(s) == SKS_OK, "commit");
}

static void
bench_store(const char *dir)
{
	char generation[512];
	struct store_options o = {.dir = dir, .generation_path = generation};
	enum store_start start;
	struct store *s;
	int64_t took[ROUNDS], from, round = 1;

	(void)snprintf(generation, sizeof(generation), "%s/generation", dir);
	must(store_open(&o, &s, &start) == SKS_OK, "store");
	make_sessions(s);
	for (int moved = 0; moved < 2; moved++) {
		for (size_t i = 0; i < ROUNDS; i++) {
			from = now_us();
			look(s, round++, moved != 0);
			took[i] = now_us() - from;
		}
		print(moved ? "daemon, all 1,000 moved" : "daemon, none of 1,000 moved", took);
	}
	store_close(s);
}

int
main(int argc, char **argv)
{
	struct rlimit many = {.rlim_cur = 2 * (MEASURED + OTHERS) + 64};
	char one[128], other[128];
	struct sockdiag found;
	int64_t took[ROUNDS], from;
	uint16_t port;

	if (argc != 2)
		return 2;
	many.rlim_max = many.rlim_cur;
	must(setrlimit(RLIMIT_NOFILE, &many) == 0, "descriptors");
	port = connect_many(MEASURED, one, sizeof(one));
	(void)connect_many(OTHERS, other, sizeof(other));
	for (size_t i = 0; i < ROUNDS; i++) {
		from = now_us();
		must(sockdiag_find(one, &found) == SKS_OK, "find");
		took[i] = now_us() - from;
	}
	print("one by its four numbers", took);
	for (size_t i = 0; i < ROUNDS; i++) {
		size_t count = 0;

		from = now_us();
		must(sockdiag_each(&port, 1, take, &count) == SKS_OK && count == MEASURED, "each");
		took[i] = now_us() - from;
	}
	print("all 1,000 of 10,000", took);
	bench_store(argv[1]);
	return 0;
}
