/*
 * The kernel's counters of connections: answers that are cut, oversize or lie, and a real
 * connection, which is what its four numbers say and no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../lib/sockdiag.c"

#include <netinet/in.h>
#include <stdio.h>

enum { SEQUENCE = 7 };

/* ---- answers made by hand ---------------------------------------------------------------- */

struct reply {
	uint8_t data[4096];
	size_t len;
};

static void
put(struct reply *r, const void *data, size_t len)
{
	assert_true(len <= sizeof(r->data) - r->len);
	memcpy(r->data + r->len, data, len);
	r->len += len;
}

static void
put_one(struct reply *r, uint64_t cookie, uint64_t acked, uint8_t state, uint16_t info_len)
{
	struct nlmsghdr h = {.nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_seq = SEQUENCE};
	struct nlattr other = {.nla_len = sizeof(other) + 1, .nla_type = INET_DIAG_PROTOCOL};
	struct nlattr info = {
	    .nla_len = (uint16_t)(sizeof(info) + info_len), .nla_type = INET_DIAG_INFO};
	struct inet_diag_msg m = {.idiag_state = state, .idiag_uid = 1000};
	struct tcp_info t = {.tcpi_bytes_acked = acked};
	const uint8_t pad[4] = {6};

	m.id.idiag_sport = htons(22);
	m.id.idiag_dport = htons(50000);
	m.id.idiag_cookie[0] = (uint32_t)cookie;
	m.id.idiag_cookie[1] = (uint32_t)(cookie >> 32);
	h.nlmsg_len = (uint32_t)(sizeof(h) + sizeof(m) + sizeof(other) + sizeof(pad) +
				 sizeof(info) + info_len);
	put(r, &h, sizeof(h));
	put(r, &m, sizeof(m));
	put(r, &other, sizeof(other));
	put(r, pad, sizeof(pad));
	put(r, &info, sizeof(info));
	put(r, &t, info_len);
}

static void
put_end(struct reply *r, uint16_t type, int error)
{
	struct nlmsgerr e = {.error = error};
	struct nlmsghdr h = {.nlmsg_len = sizeof(h) + sizeof(e),
	    .nlmsg_type = type,
	    .nlmsg_seq = SEQUENCE};

	put(r, &h, sizeof(h));
	put(r, &e, sizeof(e));
}

struct taken {
	struct sockdiag one[8];
	size_t count, stop_at;
};

static bool
take(void *ctx, const struct sockdiag *one)
{
	struct taken *t = ctx;

	assert_true(t->count < 8);
	t->one[t->count++] = *one;
	return t->count != t->stop_at;
}

static void
test_answers(void **state)
{
	struct reply r = {.len = 0};
	struct taken t = {.count = 0};

	(void)state;
	put_one(&r, UINT64_C(0x100000002), 12345, 1, sizeof(struct tcp_info));
	put_one(&r, 9, 1, STATE_LISTEN, sizeof(struct tcp_info)); /* nobody is connected */
	put_one(&r, 10, 1, 1, 100);				  /* a kernel that counts none */
	put_one(&r, 0, 1, 1, sizeof(struct tcp_info));		  /* nor has cookies */
	put_one(&r, 11, UINT64_MAX, 8, sizeof(struct tcp_info));
	assert_int_equal(sockdiag_parse(r.data, r.len, SEQUENCE, take, &t), SOCKDIAG_MORE);
	assert_int_equal(t.count, 2);
	assert_int_equal(t.one[0].cookie, UINT64_C(0x100000002));
	assert_int_equal(t.one[0].acked, 12345);
	assert_int_equal(t.one[0].uid, 1000);
	assert_int_equal(t.one[0].local_port, 22);
	assert_int_equal(t.one[0].peer_port, 50000);
	assert_int_equal(t.one[1].acked, UINT64_MAX);
	t = (struct taken){.stop_at = 1};
	assert_int_equal(sockdiag_parse(r.data, r.len, SEQUENCE, take, &t), SOCKDIAG_STOPPED);
	assert_int_equal(t.count, 1);
	t = (struct taken){.count = 0};
	assert_int_equal(sockdiag_parse(r.data, r.len, SEQUENCE + 1, take, &t), SOCKDIAG_MORE);
	assert_int_equal(t.count, 0); /* an answer to somebody else */
}

static void
test_ends(void **state)
{
	static const struct {
		uint16_t type;
		int error, result;
	} cases[] = {{NLMSG_DONE, 0, SOCKDIAG_DONE}, {NLMSG_ERROR, 0, SOCKDIAG_DONE},
	    {NLMSG_ERROR, -ENOENT, SKS_NOT_FOUND}, {NLMSG_ERROR, -ESTALE, SKS_NOT_FOUND},
	    {NLMSG_ERROR, -EPERM, SKS_UNREACHABLE}, {NLMSG_ERROR, -EINVAL, SKS_IO}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct reply r = {.len = 0};
		struct taken t = {.count = 0};

		put_end(&r, cases[i].type, cases[i].error);
		assert_int_equal(
		    sockdiag_parse(r.data, r.len, SEQUENCE, take, &t), cases[i].result);
	}
}

/* Each in memory of exactly its own size, so that the sanitizer sees a byte too many. */
static int
parse_copy(const uint8_t *data, size_t len, struct taken *t)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	int r;

	assert_non_null(copy);
	memcpy(copy, data, len);
	r = sockdiag_parse(copy, len, SEQUENCE, take, t);
	free(copy);
	return r;
}

static void
test_cut_anywhere(void **state)
{
	struct reply r = {.len = 0};

	(void)state;
	put_one(&r, 1, 5, 1, sizeof(struct tcp_info));
	for (size_t len = 1; len < r.len; len++) {
		struct taken t = {.count = 0};

		assert_int_equal(parse_copy(r.data, len, &t), SKS_INVALID);
		assert_int_equal(t.count, 0);
	}
}

static void
test_lengths_that_lie(void **state)
{
	static const uint32_t lengths[] = {0, 1, 15, 17, 87, UINT32_MAX, UINT32_MAX - 3};
	struct taken t = {.count = 0};
	struct reply r;
	struct nlattr a;

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		r.len = 0;
		put_one(&r, 1, 5, 1, sizeof(struct tcp_info));
		memcpy(r.data, &lengths[i], sizeof(lengths[i]));
		assert_int_equal(parse_copy(r.data, r.len, &t), SKS_INVALID);
	}
	for (uint32_t nla = 0; nla < 65536; nla += nla < 600 ? 1 : 509) {
		const size_t at = sizeof(struct nlmsghdr) + sizeof(struct inet_diag_msg);

		r.len = 0;
		put_one(&r, 1, 5, 1, sizeof(struct tcp_info));
		memcpy(&a, r.data + at, sizeof(a));
		a.nla_len = (uint16_t)nla;
		memcpy(r.data + at, &a, sizeof(a));
		t.count = 0;
		if (nla < sizeof(a) || nla > r.len - at)
			assert_int_equal(parse_copy(r.data, r.len, &t), SKS_INVALID);
		else
			(void)parse_copy(r.data, r.len, &t);
	}
}

static void
test_connections_in_words(void **state)
{
	static const char *const bad[] = {"", " ", "127.0.0.1", "127.0.0.1 1 127.0.0.1",
	    "127.0.0.1 0 127.0.0.1 22", "127.0.0.1 65536 127.0.0.1 22", "127.0.0.1 1 127.0.0.1 22 ",
	    "127.0.0.1 1 127.0.0.1 22 23", "127.0.0.1  1 127.0.0.1 22", "127.0.0.1 1 ::1 22",
	    "::1 1 127.0.0.1 22", "host 1 host 22", "127.0.0.1 -1 127.0.0.1 22",
	    "127.0.0.1 +1 127.0.0.1 22", "127.0.0.1 000001 127.0.0.1 22"};
	char text[300];
	struct sockdiag one;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(sockdiag_find(bad[i], &one), SKS_INVALID);
		assert_int_equal(sockdiag_port(bad[i]), 0);
	}
	memset(text, '1', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(sockdiag_port(text), 0);
	assert_int_equal(sockdiag_port("192.0.2.7 50000 192.0.2.1 22"), 22);
	assert_int_equal(sockdiag_port("2001:db8::7 50000 2001:db8::1 2222"), 2222);
	assert_int_equal(sockdiag_port("fe80::7%lo 50000 fe80::1%lo 22"), 22);
}

/* ---- the kernel's own -------------------------------------------------------------------- */

struct pair {
	int listener, from, to;
	char text[128]; /* as sshd at "to" would say it */
	uint16_t port;
};

static void
pair_open(struct pair *p)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
			   b;
	socklen_t len = sizeof(a);

	p->listener = socket(AF_INET, SOCK_STREAM, 0);
	p->from = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(p->listener, 1), 0);
	assert_int_equal(getsockname(p->listener, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(connect(p->from, (struct sockaddr *)&a, sizeof(a)), 0);
	p->to = accept(p->listener, NULL, NULL);
	assert_true(p->to >= 0);
	len = sizeof(b);
	assert_int_equal(getsockname(p->from, (struct sockaddr *)&b, &len), 0);
	p->port = ntohs(a.sin_port);
	(void)snprintf(p->text, sizeof(p->text), "127.0.0.1 %u 127.0.0.1 %u", ntohs(b.sin_port),
	    p->port);
}

static void
pair_close(struct pair *p)
{
	(void)close(p->from);
	(void)close(p->to);
	(void)close(p->listener);
}

static void
test_a_connection(void **state)
{
	static uint8_t data[10000];
	const struct linger reset = {.l_onoff = 1};
	struct sockdiag one, again;
	struct taken t = {.count = 0};
	struct pair p, q;

	(void)state;
	pair_open(&p);
	pair_open(&q);
	assert_int_equal(sockdiag_find(p.text, &one), SKS_OK);
	assert_int_equal(send(p.to, data, sizeof(data), 0), (int)sizeof(data));
	assert_int_equal(recv(p.from, data, sizeof(data), MSG_WAITALL), (int)sizeof(data));
	assert_int_equal(sockdiag_find(p.text, &again), SKS_OK);
	assert_int_equal(again.cookie, one.cookie);
	assert_int_equal(again.acked - one.acked, sizeof(data));
	assert_int_equal(again.local_port, p.port);
	assert_int_equal(sockdiag_each(&p.port, 1, take, &t), SKS_OK);
	assert_int_equal(t.count, 1); /* not its other end, not the listener, not the other pair */
	assert_int_equal(t.one[0].cookie, one.cookie);
	t.count = 0;
	assert_int_equal(sockdiag_each((uint16_t[]){1, q.port, p.port}, 3, take, &t), SKS_OK);
	assert_int_equal(t.count, 2);
	t.count = 0;
	assert_int_equal(sockdiag_each((uint16_t[]){1}, 1, take, &t), SKS_OK);
	assert_int_equal(t.count, 0);
	assert_int_equal(sockdiag_own(one.cookie, &again), SKS_OK);
	assert_int_equal(again.acked, sizeof(data));
	/* its far end resets it: nobody finds it any more, but who holds it */
	assert_int_equal(sockdiag_find(q.text, &one), SKS_OK);
	assert_int_equal(send(q.to, data, 777, 0), 777);
	assert_int_equal(recv(q.from, data, 777, MSG_WAITALL), 777);
	assert_int_equal(setsockopt(q.from, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	(void)close(q.from);
	q.from = -1;
	assert_int_equal(sockdiag_find(q.text, &again), SKS_NOT_FOUND);
	assert_int_equal(sockdiag_own(one.cookie, &again), SKS_OK);
	assert_int_equal(again.acked - one.acked, 777);
	pair_close(&q);
	assert_int_equal(sockdiag_own(one.cookie, &again), SKS_NOT_FOUND);
	(void)close(p.from);
	(void)close(p.to);
	/* only who listens there is left */
	assert_int_equal(sockdiag_find(p.text, &one), SKS_NOT_FOUND);
	(void)close(p.listener);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_answers),
	    cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_cut_anywhere),
	    cmocka_unit_test(test_lengths_that_lie),
	    cmocka_unit_test(test_connections_in_words),
	    cmocka_unit_test(test_a_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
