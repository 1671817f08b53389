/*
 * The daemon's end of a helper against helpers that behave, answer late, lie and die. This
 * program is the helper, too: it starts itself with the behaviour's name.
 */
#include "clock.h"
#include "error.h"
#include "helper.h"
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAIT_MS = 10000, SOON_MS = 50, LONG_MS = 60000 };

/* ---- helpers -------------------------------------------------------------------------------
 */

static uint8_t data[HELPER_MESSAGE_MAX];

static bool
receive(struct helper_message *m, struct warden_call *call)
{
	return helper_receive(HELPER_FD, -1, data, m) == SKS_OK &&
	       fields_decode(&warden_call_fields, &m->fields, call) == SKS_OK;
}

static void
answer(uint32_t id, uint16_t type, const char *text, const void *payload, size_t len)
{
	struct warden_answer a = {0};

	snprintf(a.text, sizeof(a.text), "%s", text);
	if (helper_answer(HELPER_FD, id, type, &warden_answer_fields, &a, payload, len) !=
	    SKS_OK)
		_exit(3);
}

/* Says back what it was asked, and that the password came through. */
static void
be_echo(void)
{
	static struct warden_call call;
	struct helper_message m;

	while (receive(&m, &call)) {
		char text[1024];

		snprintf(text, sizeof(text), "%s %zu %s", call.user, m.payload.len,
		    (const char *)call.password.bytes);
		answer(m.id, m.type, text, m.payload.data, m.payload.len);
	}
}

static void
be_backwards(void)
{
	static struct warden_call call[3];
	struct helper_message m[3];

	for (size_t i = 0; i < 3; i++) {
		if (!receive(&m[i], &call[i]))
			_exit(3);
	}
	for (size_t i = 3; i-- > 0;)
		answer(m[i].id, m[i].type, call[i].user, NULL, 0);
	(void)receive(&m[0], &call[0]);
}

/* number bytes of payload, each the low byte of its place. */
static void
be_generous(void)
{
	static struct warden_call call;
	static uint8_t payload[HELPER_PAYLOAD_MAX];
	struct helper_message m;

	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i % 251);
	while (receive(&m, &call))
		answer(m.id, m.type, "", payload, (size_t)call.number);
}

static void
be_endless(void)
{
	static struct warden_call call;
	static uint8_t payload[60000];
	struct helper_message m;
	struct buf out;

	if (!receive(&m, &call))
		_exit(3);
	buf_init(&out, HELPER_MESSAGE_MAX);
	for (;;) {
		buf_reset(&out);
		helper_encode(
		    &out, m.id, m.type | HELPER_MORE, NULL, NULL, payload, sizeof(payload));
		if (send(HELPER_FD, out.data, out.len, MSG_NOSIGNAL) < 0)
			_exit(0);
	}
}

static void
be_dying(void)
{
	static struct warden_call call;
	struct helper_message m;

	if (receive(&m, &call) && receive(&m, &call))
		_exit(7);
}

/* Answers the first request when the second comes: too late for its deadline. */
static void
be_late(void)
{
	static struct warden_call call;
	struct helper_message first, m;

	if (!receive(&first, &call) || !receive(&m, &call))
		_exit(3);
	answer(first.id, first.type, "late", "late", 4);
	answer(m.id, m.type, call.user, NULL, 0);
	(void)receive(&m, &call);
}

static void
be_silent(void)
{
	static struct warden_call call;
	struct helper_message m;

	while (receive(&m, &call))
		continue;
}

static void
be_stuck(void)
{
	for (;;)
		pause();
}

static void
be_curious(void)
{
	static struct warden_call call;
	extern char **environ;
	struct helper_message m;
	char text[64];
	sigset_t blocked;
	int open_fds = 0;

	if (!receive(&m, &call))
		_exit(3);
	for (int fd = HELPER_FD + 1; fd < 1024; fd++)
		open_fds += fcntl(fd, F_GETFD) >= 0;
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	snprintf(text, sizeof(text), "fds %d env %d%d blocked %d ignored %d", open_fds,
	    environ[0] != NULL && strncmp(environ[0], "PATH=", 5) == 0, environ[1] == NULL,
	    sigismember(&blocked, SIGUSR1), signal(SIGUSR2, SIG_DFL) == SIG_IGN);
	answer(m.id, m.type, text, NULL, 0);
	(void)receive(&m, &call);
}

/* Sends what its name says and then waits. */
static void
be_garbled(const char *how)
{
	static struct warden_call call;
	struct helper_message m;
	struct buf out;

	if (!receive(&m, &call))
		_exit(3);
	buf_init(&out, HELPER_MESSAGE_MAX);
	if (strcmp(how, "short") == 0)
		buf_put_u16(&out, 1);
	else if (strcmp(how, "random") == 0)
		buf_put_bytes(&out, "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7\xf6\xf5\xf4", 12);
	else if (strcmp(how, "stranger") == 0)
		helper_encode(&out, m.id + 1, m.type, NULL, NULL, NULL, 0);
	else if (strcmp(how, "type") == 0)
		helper_encode(&out, m.id, m.type + 1, NULL, NULL, NULL, 0);
	else if (strcmp(how, "twice") == 0)
		answer(m.id, m.type, "once", NULL, 0);
	if (strcmp(how, "fields") == 0) {
		buf_put_u32(&out, m.id);
		buf_put_u16(&out, m.type);
		buf_put_u32(&out, 6);
		buf_put_bytes(&out, "\x7f\xff\0\2ab", 6);
	} else if (strcmp(how, "twice") == 0) {
		helper_encode(&out, m.id, m.type, NULL, NULL, NULL, 0);
	}
	(void)!send(HELPER_FD, out.data, out.len, MSG_NOSIGNAL);
	buf_clear(&out);
	(void)receive(&m, &call);
}

static int
be(const char *how)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} behaviours[] = {
	    {"echo", be_echo},
	    {"backwards", be_backwards},
	    {"generous", be_generous},
	    {"endless", be_endless},
	    {"dying", be_dying},
	    {"late", be_late},
	    {"silent", be_silent},
	    {"stuck", be_stuck},
	    {"curious", be_curious},
	};

	for (size_t i = 0; i < sizeof(behaviours) / sizeof(behaviours[0]); i++) {
		if (strcmp(behaviours[i].name, how) == 0) {
			behaviours[i].run();
			return 0;
		}
	}
	be_garbled(how);
	return 0;
}

/* ---- the daemon's side
 * ----------------------------------------------------------------------- */

struct outcome {
	int calls, error;
	int64_t status;
	char text[1024];
	size_t len;
	bool pattern; /* the payload is be_generous()'s */
	int order;    /* which of all answers it was */
};

static int answers;

static void
note(void *ctx, int error, const void *said, const void *payload, size_t payload_len)
{
	const struct warden_answer *a = said;
	const uint8_t *byte = payload;
	struct outcome *o = ctx;

	o->calls++;
	o->error = error;
	o->order = ++answers;
	o->len = payload_len;
	if (error != SKS_OK) {
		assert_null(said);
		return;
	}
	o->status = a->status;
	snprintf(o->text, sizeof(o->text), "%.1000s", a->text);
	o->pattern = true;
	for (size_t i = 0; i < payload_len; i++)
		o->pattern = o->pattern && byte[i] == i % 251;
}

static struct helper *
start(const char *how)
{
	static char self[4096], name[] = "test-helper", behave[32], flag[] = "--be";
	char *argv[] = {name, flag, behave, NULL};
	const struct helper_options options = {
	    .name = "test-helper", .path = self, .argv = argv, .answer = &warden_answer_fields};
	struct helper *h = NULL;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(n > 0);
	self[n] = '\0';
	snprintf(behave, sizeof(behave), "%s", how);
	assert_int_equal(helper_start(&options, &h), SKS_OK);
	answers = 0;
	return h;
}

static int
ask(struct helper *h, struct outcome *o, const char *user, int64_t within_ms)
{
	struct warden_call call = {0};

	*o = (struct outcome){0};
	snprintf(call.user, sizeof(call.user), "%s", user);
	return helper_send(h, WARDEN_GROUPS, &warden_call_fields, &call, NULL, 0, note, o,
	    clock_monotonic_ms() + within_ms);
}

/* What the daemon's loop does, until the outcome is there. */
static void
serve_until(struct helper *h, const struct outcome *o)
{
	int64_t end = clock_monotonic_ms() + WAIT_MS;

	while (o->calls == 0 && clock_monotonic_ms() < end) {
		struct pollfd p = {.fd = helper_fd(h), .events = POLLIN};

		(void)poll(&p, 1, 20);
		if (p.revents != 0)
			helper_readable(h);
		helper_expire(h, clock_monotonic_ms());
	}
	assert_int_equal(o->calls, 1);
}

static void
brings_request_and_answer(void **state)
{
	struct helper *h = start("echo");
	struct warden_call call = {.user = "alice"};
	struct outcome o = {0};

	(void)state;
	assert_int_equal(secret_set_str(&call.password, "Gate+alice"), SKS_OK);
	assert_int_equal(helper_send(h, WARDEN_CHECK_PASSWORD, &warden_call_fields, &call,
			     "\0\1\2\3", 4, note, &o, clock_monotonic_ms() + LONG_MS),
	    SKS_OK);
	assert_int_equal(o.calls, 0); /* never from inside the call */
	serve_until(h, &o);
	assert_int_equal(o.error, SKS_OK);
	assert_string_equal(o.text, "alice 4 Gate+alice");
	assert_int_equal(o.len, 4);
	assert_true(o.pattern);
	helper_stop(&h);
	assert_null(h);
}

static void
takes_answers_in_any_order(void **state)
{
	struct helper *h = start("backwards");
	struct outcome o[3];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(ask(h, &o[i], (const char *[]){"a", "b", "c"}[i], LONG_MS), 0);
	serve_until(h, &o[0]);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(o[i].calls, 1);
		assert_int_equal(o[i].text[0], 'a' + (int)i);
		assert_int_equal(o[i].order, 3 - (int)i);
	}
	helper_stop(&h);
}

static void
puts_parts_together(void **state)
{
	const uint64_t sizes[] = {
	    0, 1, 65525, 65526, 65527, 131052, 200000, HELPER_PAYLOAD_MAX};
	struct helper *h = start("generous");

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct warden_call call = {.number = sizes[i]};
		struct outcome o = {0};

		assert_int_equal(helper_send(h, WARDEN_SPOOL_NEXT, &warden_call_fields, &call,
				     NULL, 0, note, &o, clock_monotonic_ms() + LONG_MS),
		    SKS_OK);
		serve_until(h, &o);
		assert_int_equal(o.error, SKS_OK);
		assert_int_equal(o.len, sizes[i]);
		assert_true(o.pattern);
	}
	helper_stop(&h);
}

static void
sends_more_than_the_socket_takes(void **state)
{
	enum { PAYLOAD = 60000 };
	static struct outcome o[HELPER_CALLS_MAX + 1];
	static uint8_t payload[PAYLOAD];
	struct warden_call call = {.user = "u"};
	struct helper *h = start("echo");

	(void)state;
	memset(o, 0, sizeof(o));
	for (size_t i = 0; i < PAYLOAD; i++)
		payload[i] = (uint8_t)(i % 251);
	for (size_t i = 0; i < HELPER_CALLS_MAX; i++)
		assert_int_equal(
		    helper_send(h, WARDEN_GROUPS, &warden_call_fields, &call, payload, PAYLOAD,
			note, &o[i], clock_monotonic_ms() + LONG_MS),
		    SKS_OK);
	assert_int_equal(ask(h, &o[HELPER_CALLS_MAX], "one too many", LONG_MS), SKS_FULL);
	serve_until(h, &o[HELPER_CALLS_MAX - 1]);
	for (size_t i = 0; i < HELPER_CALLS_MAX; i++) {
		assert_int_equal(o[i].calls, 1);
		assert_int_equal(o[i].error, SKS_OK);
		assert_int_equal(o[i].len, PAYLOAD);
		assert_true(o[i].pattern);
		assert_int_equal(o[i].order, (int)i + 1);
	}
	assert_int_equal(ask(h, &o[0], "again", LONG_MS), SKS_OK);
	serve_until(h, &o[0]);
	helper_stop(&h);
}

static void
tells_when_it_dies(void **state)
{
	struct helper *h = start("dying");
	struct outcome first, second, third;

	(void)state;
	assert_int_equal(ask(h, &first, "a", LONG_MS), SKS_OK);
	assert_int_equal(ask(h, &second, "b", LONG_MS), SKS_OK);
	serve_until(h, &second);
	assert_int_equal(first.calls, 1);
	assert_int_equal(first.error, SKS_UNREACHABLE);
	assert_int_equal(second.error, SKS_UNREACHABLE);
	assert_true(helper_is_dead(h));
	assert_int_equal(ask(h, &third, "c", LONG_MS), SKS_UNREACHABLE);
	assert_int_equal(third.calls, 0);
	helper_readable(h);
	helper_expire(h, INT64_MAX);
	assert_int_equal(first.calls, 1);
	helper_stop(&h);
}

static void
gives_up_who_breaks_the_protocol(void **state)
{
	static const char *const how[] = {
	    "short", "random", "stranger", "type", "fields", "endless"};

	(void)state;
	for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		struct helper *h = start(how[i]);
		struct outcome o;

		assert_int_equal(ask(h, &o, "a", LONG_MS), SKS_OK);
		serve_until(h, &o);
		assert_int_equal(o.error, SKS_PROTOCOL);
		assert_true(helper_is_dead(h));
		helper_stop(&h);
	}
}

static void
gives_up_who_answers_twice(void **state)
{
	struct helper *h = start("twice");
	int64_t end = clock_monotonic_ms() + WAIT_MS;
	struct outcome o;

	(void)state;
	assert_int_equal(ask(h, &o, "a", LONG_MS), SKS_OK);
	serve_until(h, &o);
	assert_int_equal(o.error, SKS_OK);
	while (!helper_is_dead(h) && clock_monotonic_ms() < end)
		helper_readable(h);
	assert_true(helper_is_dead(h));
	assert_int_equal(o.calls, 1);
	helper_stop(&h);
}

static void
drops_a_late_answer(void **state)
{
	struct helper *h = start("late");
	struct outcome first, second;

	(void)state;
	assert_int_equal(ask(h, &first, "a", SOON_MS), SKS_OK);
	serve_until(h, &first);
	assert_int_equal(first.error, SKS_TIMEOUT);
	assert_int_equal(ask(h, &second, "b", LONG_MS), SKS_OK);
	serve_until(h, &second);
	assert_int_equal(second.error, SKS_OK);
	assert_string_equal(second.text, "b");
	assert_int_equal(second.len, 0);
	assert_int_equal(first.calls, 1);
	assert_false(helper_is_dead(h));
	helper_stop(&h);
}

static void
gives_up_who_never_answers(void **state)
{
	static struct outcome o[HELPER_CALLS_MAX];
	struct helper *h = start("silent");

	(void)state;
	for (size_t i = 0; i < HELPER_CALLS_MAX; i++)
		assert_int_equal(ask(h, &o[i], "a", LONG_MS), SKS_OK);
	helper_expire(h, clock_monotonic_ms() + LONG_MS - WAIT_MS);
	assert_int_equal(o[0].calls, 0);
	helper_expire(h, clock_monotonic_ms() + LONG_MS);
	for (size_t i = 0; i < HELPER_CALLS_MAX; i++) {
		assert_int_equal(o[i].calls, 1);
		assert_int_equal(o[i].error, SKS_TIMEOUT);
	}
	assert_true(helper_is_dead(h));
	helper_stop(&h);
}

static void
stops_one_that_will_not(void **state)
{
	struct helper *h = start("stuck");
	pid_t pid = helper_pid(h);
	int64_t begin = clock_monotonic_ms();
	struct outcome o;

	(void)state;
	assert_int_equal(ask(h, &o, "a", LONG_MS), SKS_OK);
	helper_stop(&h);
	assert_int_equal(o.calls, 1);
	assert_int_equal(o.error, SKS_CONFLICT);
	assert_int_equal(kill(pid, 0), -1); /* reaped, not a zombie */
	assert_true(clock_monotonic_ms() - begin < WAIT_MS);
	helper_stop(&h); /* NULL */
}

static void
leaves_nothing_of_ours_to_it(void **state)
{
	sigset_t usr1, before;
	struct helper *h;
	struct outcome o;
	int leak = open("/dev/null", O_RDONLY); /* not O_CLOEXEC */

	(void)state;
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	assert_int_equal(sigprocmask(SIG_BLOCK, &usr1, &before), 0);
	(void)signal(SIGUSR2, SIG_IGN);
	assert_true(leak > HELPER_FD || dup2(leak, 900) == 900);
	h = start("curious");
	(void)signal(SIGUSR2, SIG_DFL);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	assert_int_equal(ask(h, &o, "a", LONG_MS), SKS_OK);
	serve_until(h, &o);
	assert_string_equal(o.text, "fds 0 env 11 blocked 0 ignored 0");
	helper_stop(&h);
	close(leak);
}

static void
refuses_what_it_cannot_start(void **state)
{
	char name[] = "x";
	char *argv[] = {name, NULL};
	struct helper_options options = {
	    .name = "x", .path = "bin/true", .argv = argv, .answer = &warden_answer_fields};
	struct helper *h;
	struct outcome o;

	(void)state;
	assert_int_equal(helper_start(&options, &h), SKS_INVALID);
	assert_null(h);
	options.path = "/nonexistent/helper";
	assert_int_equal(helper_start(&options, &h), SKS_NOT_FOUND);
	assert_null(h);
	options.path = "/"; /* may be "executed", but not by exec */
	if (helper_start(&options, &h) == SKS_OK) {
		assert_int_equal(ask(h, &o, "a", LONG_MS), SKS_OK);
		serve_until(h, &o);
		assert_int_equal(o.error, SKS_UNREACHABLE);
		helper_stop(&h);
	}
}

static void
refuses_what_it_cannot_encode(void **state)
{
	struct warden_call call = {.user = "line\nbreak"};
	struct helper *h = start("echo");
	static uint8_t payload[HELPER_MESSAGE_MAX];
	struct outcome o = {0};

	(void)state;
	assert_int_equal(
	    helper_send(h, 1, &warden_call_fields, &call, NULL, 0, note, &o, 0), SKS_INVALID);
	assert_int_equal(
	    helper_send(h, 1, NULL, NULL, payload, sizeof(payload), note, &o, INT64_MAX),
	    SKS_TOO_BIG);
	helper_expire(h, INT64_MAX);
	assert_int_equal(o.calls, 0);
	helper_stop(&h);
}

/* ---- one message
 * ----------------------------------------------------------------------------- */

static void
decodes_only_what_it_encodes(void **state)
{
	struct warden_call call = {.user = "alice", .pid = 7};
	struct helper_message m;
	struct buf b;

	(void)state;
	buf_init(&b, HELPER_MESSAGE_MAX);
	helper_encode(&b, 5, WARDEN_GROUPS, &warden_call_fields, &call, "xyz", 3);
	assert_int_equal(buf_error(&b), SKS_OK);
	assert_int_equal(helper_decode(b.data, b.len, &m), SKS_OK);
	assert_int_equal(m.id, 5);
	assert_int_equal(m.type, WARDEN_GROUPS);
	assert_false(m.more);
	assert_int_equal(m.payload.len, 3);
	memset(&call, 0, sizeof(call));
	assert_int_equal(fields_decode(&warden_call_fields, &m.fields, &call), SKS_OK);
	assert_string_equal(call.user, "alice");
	assert_int_equal(call.pid, 7);
	/* Without its end it is a message without payload, until the fields are cut. */
	for (size_t len = 0; len < b.len - 3; len++)
		assert_int_equal(helper_decode(b.data, len, &m), SKS_TRUNCATED);
	buf_clear(&b);
}

static void
refuses_malformed_messages(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		int error;
	} cases[] = {
	    {"\0\0\0\0\0\1\0\0\0\0", 10, SKS_INVALID},     /* id 0 */
	    {"\0\0\0\1\0\0\0\0\0\0", 10, SKS_INVALID},     /* type 0 */
	    {"\0\0\0\1\x80\0\0\0\0\0x", 11, SKS_INVALID},  /* type 0 with HELPER_MORE */
	    {"\0\0\0\1\x80\1\0\0\0\0", 10, SKS_INVALID},   /* a part of nothing */
	    {"\0\0\0\1\x80\1\0\0\0\1xy", 12, SKS_INVALID}, /* a part with fields */
	    {"\0\0\0\1\0\1\0\0\0\3xy", 12, SKS_TRUNCATED}, /* fields longer than the message */
	    {"\0\0\0\1\0\1\0\0\x40\1", 10, SKS_TOO_BIG},   /* fields beyond their limit */
	    {"\0\0\0\1\0\1\xff\xff\xff\xff", 10, SKS_TOO_BIG},
	    {"", 0, SKS_TRUNCATED},
	};
	struct helper_message m;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    helper_decode(cases[i].bytes, cases[i].len, &m), cases[i].error);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(brings_request_and_answer),
	    cmocka_unit_test(takes_answers_in_any_order),
	    cmocka_unit_test(puts_parts_together),
	    cmocka_unit_test(sends_more_than_the_socket_takes),
	    cmocka_unit_test(tells_when_it_dies),
	    cmocka_unit_test(gives_up_who_breaks_the_protocol),
	    cmocka_unit_test(gives_up_who_answers_twice),
	    cmocka_unit_test(drops_a_late_answer),
	    cmocka_unit_test(gives_up_who_never_answers),
	    cmocka_unit_test(stops_one_that_will_not),
	    cmocka_unit_test(leaves_nothing_of_ours_to_it),
	    cmocka_unit_test(refuses_what_it_cannot_start),
	    cmocka_unit_test(refuses_what_it_cannot_encode),
	    cmocka_unit_test(decodes_only_what_it_encodes),
	    cmocka_unit_test(refuses_malformed_messages),
	};

	if (argc == 3 && strcmp(argv[1], "--be") == 0)
		return be(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
