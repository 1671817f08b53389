/*
 * How far a target has come: over real sockets of this host, with a peer that reads, one that
 * never reads, and one that goes away. Whatever happens, what was not delivered is sent again.
 */
#include "../../worker/outlet.c" /* its folder is not on the path */

#include "clock.h"
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/un.h>
#include <time.h>

#include <cmocka.h>

static struct outlet out;
static char why[128];

static void
wait_ms(int ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&t, NULL);
}

/* A listener of that type on a port of the kernel's choice; target gets its name. */
static int
listen_on(int type, char target[64])
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	snprintf(target, 64, "%s:127.0.0.1:%u", type == SOCK_STREAM ? "tcp" : "udp",
	    ntohs(a.sin_port));
	return fd;
}

static int
prepare(uint64_t seq)
{
	const struct forward_place place = {.seq = seq};
	int r;

	for (int i = 0; i < 100; i++) {
		r = outlet_prepare(&out, &place, clock_monotonic_ms(), why, sizeof(why));
		if (r != SKS_TIMEOUT)
			return r;
		wait_ms(10);
	}
	return r;
}

/* Sends from behind what was sent up to "to", as long as there is room. */
static int
send_to(uint64_t to, size_t size)
{
	static char message[65536];
	int r = SKS_OK;

	memset(message, 'x', sizeof(message));
	while (r == SKS_OK && out.sent.seq < to) {
		struct forward_place place = {.seq = out.sent.seq + 1};

		snprintf(message, sizeof(message), "%llu", (unsigned long long)place.seq);
		r = outlet_send(&out, message, size, &place);
	}
	return r;
}

static uint64_t
confirmed(uint64_t at_least)
{
	for (int i = 0; i < 200; i++) {
		outlet_confirm(&out, clock_monotonic_ms());
		if (out.confirmed.seq >= at_least)
			break;
		wait_ms(10);
	}
	return out.confirmed.seq;
}

/* Reads messages of octet counting; *last becomes the number of the last whole one. */
static void
read_all(int fd, uint64_t *first, uint64_t *last)
{
	static char data[1 << 20];
	static size_t len;
	ssize_t n;

	*first = *last = 0;
	len = 0;
	while ((n = recv(fd, data + len, sizeof(data) - len, MSG_DONTWAIT)) > 0) {
		char *at = data, *end;

		len += (size_t)n;
		for (;;) {
			unsigned long size = strtoul(at, &end, 10);

			if (end == at || *end != ' ' || (size_t)(end + 1 - data) + size > len)
				break;
			*last = strtoull(end + 1, NULL, 10);
			if (*first == 0)
				*first = *last;
			at = end + 1 + size;
		}
		len -= (size_t)(at - data);
		memmove(data, at, len);
		wait_ms(1);
	}
}

static void
test_stream(void **state)
{
	uint64_t first, last;
	char target[64];
	int listener = listen_on(SOCK_STREAM, target), peer;

	(void)state;
	assert_int_equal(outlet_open(&out, target), SKS_OK);
	assert_int_equal(prepare(10), SKS_OK);
	assert_int_equal(out.sent.seq, 10);
	peer = accept(listener, NULL, NULL);
	assert_int_equal(send_to(110, 200), SKS_OK);
	assert_int_equal(confirmed(110), 110);
	read_all(peer, &first, &last);
	assert_int_equal(first, 11);
	assert_int_equal(last, 110);
	/* where no message is wanted the place goes on with the one before */
	outlet_pass(&out, &(struct forward_place){.seq = 120});
	assert_int_equal(confirmed(120), 120);
	close(peer);
	wait_ms(20);
	assert_int_equal(prepare(120), SKS_UNREACHABLE);
	/* nobody can tell whether the last ones were read */
	assert_in_range(out.confirmed.seq, 10, 110);
	close(listener);
	outlet_close(&out);
}

/* Its kernel confirms what it never reads; then it goes away, and a good one comes. */
static void
test_mute(void **state)
{
	uint64_t first, last, taken;
	char target[64];
	int listener = listen_on(SOCK_STREAM, target), peer;

	(void)state;
	assert_int_equal(outlet_open(&out, target), SKS_OK);
	assert_int_equal(prepare(0), SKS_OK);
	peer = accept(listener, NULL, NULL);
	assert_int_equal(send_to(100000, 1000), SKS_FULL);
	taken = confirmed(1);
	assert_in_range(taken, 1, out.sent.seq - 1);
	wait_ms(300);
	taken = confirmed(out.sent.seq); /* what the kernel takes at most */
	assert_in_range(taken, 1, out.sent.seq - 1);
	close(peer); /* with all that unread */
	wait_ms(20);
	assert_int_equal(prepare(taken), SKS_UNREACHABLE);
	/* as if nothing of it had arrived, as is the case */
	assert_int_equal(out.confirmed.seq, 0);
	assert_int_equal(prepare(out.confirmed.seq), SKS_OK);
	peer = accept(listener, NULL, NULL);
	assert_int_equal(send_to(50, 1000), SKS_OK);
	wait_ms(20);
	read_all(peer, &first, &last);
	assert_int_equal(first, 1);
	assert_int_equal(last, 50);
	close(peer);
	close(listener);
	outlet_close(&out);
}

/* Long ones go on: what is far behind was read, and is not sent again. */
static void
test_rewind_is_bounded(void **state)
{
	uint64_t first, last, sent = 0;
	char target[64];
	int listener = listen_on(SOCK_STREAM, target), peer;

	(void)state;
	assert_int_equal(outlet_open(&out, target), SKS_OK);
	assert_int_equal(prepare(0), SKS_OK);
	peer = accept(listener, NULL, NULL);
	for (int i = 0; i < 400 && sent < 3 * OUTLET_MARKS; i++) {
		int r = send_to(3 * OUTLET_MARKS, 1000);

		assert_true(r == SKS_OK || r == SKS_FULL);
		read_all(peer, &first, &last);
		outlet_confirm(&out, clock_monotonic_ms());
		sent = out.sent.seq;
	}
	for (int i = 0; i < 200 && out.confirmed.seq < sent; i++) {
		assert_int_equal(prepare(0), SKS_OK);
		read_all(peer, &first, &last);
		outlet_confirm(&out, clock_monotonic_ms());
		wait_ms(5);
	}
	assert_int_equal(out.confirmed.seq, 3 * OUTLET_MARKS);
	close(peer);
	close(listener);
	wait_ms(20);
	assert_int_equal(prepare(sent), SKS_UNREACHABLE);
	assert_in_range(out.confirmed.seq, sent - 2 * OUTLET_REWIND / 1000, sent - 1);
	outlet_close(&out);
}

static void
test_datagrams(void **state)
{
	char target[64];
	int peer = listen_on(SOCK_DGRAM, target);
	char message[64];

	(void)state;
	assert_int_equal(outlet_open(&out, target), SKS_OK);
	assert_int_equal(prepare(5), SKS_OK);
	assert_int_equal(send_to(8, 50), SKS_OK);
	outlet_confirm(&out, clock_monotonic_ms());
	assert_int_equal(out.confirmed.seq, 5); /* an error may still come */
	assert_int_equal(confirmed(8), 8);
	for (int i = 0; i < 3; i++)
		assert_int_equal(recv(peer, message, sizeof(message), MSG_DONTWAIT), 50);
	assert_int_equal(
	    outlet_send(&out, message, 70000, &(struct forward_place){.seq = 9}), SKS_TOO_BIG);
	close(peer);
	/* the first is lost on the way, and the error comes back: so it counts as not sent */
	assert_int_equal(send_to(9, 50), SKS_OK);
	wait_ms(20);
	assert_int_equal(prepare(8), SKS_UNREACHABLE);
	assert_int_equal(out.confirmed.seq, 8);
	outlet_close(&out);
}

static void
test_unix_socket(void **state)
{
	char dir[] = "/tmp/sekisho-outlet.XXXXXX", target[64], message[64];
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int peer = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(a.sun_path, sizeof(a.sun_path), "%s/log", dir);
	snprintf(target, sizeof(target), "unix:%.58s", a.sun_path);
	assert_int_equal(outlet_open(&out, target), SKS_OK);
	assert_int_equal(prepare(0), SKS_UNREACHABLE);
	assert_string_equal(why, "No such file or directory");
	assert_int_equal(bind(peer, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(prepare(0), SKS_OK);
	/* nobody reads: full, and nothing is lost by that */
	assert_int_equal(send_to(100000, 60), SKS_FULL);
	assert_int_equal(confirmed(1), out.sent.seq);
	for (uint64_t seq = 1; seq <= out.sent.seq; seq++) {
		assert_int_equal(recv(peer, message, sizeof(message), MSG_DONTWAIT), 60);
		assert_int_equal(strtoull(message, NULL, 10), seq);
	}
	outlet_close(&out);
	unlink(a.sun_path);
	close(peer);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stream),
	    cmocka_unit_test(test_mute),
	    cmocka_unit_test(test_rewind_is_bounded),
	    cmocka_unit_test(test_datagrams),
	    cmocka_unit_test(test_unix_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
