/* What the warden answers about accounts, passwords and processes, and whom it obeys. */
#include "warden_world.h"

#include <crypt.h>
#include <netinet/in.h>

enum { OTHER = 60001, SLOW_S = 4 };

#define ALICE_PASSWORD "Gate+alice-1601!"

static const char passwd_text[] = "root:x:0:0::/root:/bin/sh\n"
				  "alice:x:60100:60100::/:/bin/sh\n"
				  "expired:x:60102:60100::/:/bin/sh\n"
				  "renew:x:60103:60100::/:/bin/sh\n"
				  "empty:x:60104:60100::/:/bin/sh\n"
				  "many:x:60105:60105::/:/bin/sh\n"
				  "slow:x:60106:60100::/:/bin/sh\n";
static char dir[] = "/tmp/sekisho-warden-XXXXXX";
static struct world world;
static struct said said;

/* Three groups of alice's, one of a name that would be two, and more of many's than fit. */
static void
make_groups(char *text, size_t size)
{
	size_t len;

	snprintf(text, size,
	    "root:x:0:\nalice:x:60100:\nmany:x:60105:\nops:x:60110:alice\n"
	    "a,b:x:60111:alice\nsecurity:x:60112:bob,alice\n");
	for (int i = 0; i < 200; i++) {
		len = strlen(text);
		snprintf(text + len, size - len, "group-with-a-long-name-%03d:x:%d:many\n", i,
		    61000 + i);
	}
}

/*
 * expired: the account ended in 1970; renew: has to choose a new password. Hashed here, and by
 * crypt_rn, so that libcrypt is loaded from the start: AddressSanitizer stands in for crypt_r
 * and would find nothing behind it when a PAM module brings the library later.
 */
static void
make_shadow(char *text, size_t size)
{
	static struct crypt_data space;
	const char *hash =
	    crypt_rn(ALICE_PASSWORD, "$6$rounds=1000$sekisho", &space, sizeof(space));

	assert_non_null(hash);
	snprintf(text, size,
	    "root:*:20000::::::\n"
	    "alice:%s:20000::::::\n"
	    "expired:%s:20000:::::1:\n"
	    "renew:%s:0::::::\n"
	    "empty::20000::::::\n"
	    "slow:%s:20000::::::\n",
	    hash, hash, hash, hash);
}

/* The stack as it is shipped, but one user's modules take their time. */
static void
make_service(char *text, size_t size)
{
	FILE *f = fopen("conf/pam.d/sekisho", "r");
	size_t len, n;

	snprintf(text, size,
	    "auth [success=ignore default=1] pam_succeed_if.so quiet user = slow\n"
	    "auth optional pam_exec.so quiet /bin/sleep %d\n",
	    SLOW_S);
	len = strlen(text);
	if (f == NULL)
		fail_msg("run this from the root of the tree");
	n = fread(text + len, 1, size - 1 - len, f);
	text[len + n] = '\0';
	fclose(f);
}

static int
set_up(void **state)
{
	static char text[65536];
	char pam_dir[128], service[160];

	(void)state;
	log_open("test_warden", true);
	if (geteuid() != 0)
		return 0;
	assert_non_null(mkdtemp(dir));
	world_enter(dir);
	world_replace("/etc/passwd", dir, "passwd", passwd_text);
	make_shadow(text, sizeof(text));
	world_replace("/etc/shadow", dir, "shadow", text);
	make_groups(text, sizeof(text));
	world_replace("/etc/group", dir, "group", text);
	snprintf(pam_dir, sizeof(pam_dir), "%s/pam.d", dir);
	assert_int_equal(mkdir(pam_dir, 0755), 0);
	snprintf(service, sizeof(service), "%s/sekisho", pam_dir);
	make_service(text, sizeof(text));
	world_write(service, text, 0644);
	world_replace("/etc/pam.d", dir, "pam.d", NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	return geteuid() == 0 ? world_leave(dir) : 0;
}

static int
start(void **state)
{
	(void)state;
	if (geteuid() == 0)
		world_start(&world, NULL);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	if (geteuid() == 0)
		assert_int_equal(world_stop(&world), EXIT_SUCCESS);
	return 0;
}

#define NEEDS_ROOT                                                                             \
	do {                                                                                   \
		(void)state;                                                                   \
		if (geteuid() != 0)                                                            \
			skip();                                                                \
	} while (0)

/* ---- accounts
 * -------------------------------------------------------------------------------- */

static int64_t
groups_of(const char *user)
{
	struct warden_call call = {0};

	snprintf(call.user, sizeof(call.user), "%s", user);
	return world_ask(&world, WARDEN_GROUPS, &call, &said);
}

static void
names_groups(void **state)
{
	NEEDS_ROOT;
	assert_int_equal(groups_of("alice"), SKS_OK);
	assert_string_equal(said.answer.text, "alice,ops,security");
	assert_string_equal(said.answer.name, "alice");
	assert_int_equal(groups_of("nobody-of-ours"), SKS_NOT_FOUND);
	assert_int_equal(groups_of(""), SKS_NOT_FOUND);
	assert_int_equal(groups_of("many"), SKS_TOO_BIG);
	assert_string_equal(said.answer.text, "");
}

static int64_t
who_is(uint64_t uid)
{
	const struct warden_call call = {.number = uid};

	return world_ask(&world, WARDEN_WHO, &call, &said);
}

static void
names_accounts(void **state)
{
	NEEDS_ROOT;
	assert_int_equal(who_is(60100), SKS_OK);
	assert_string_equal(said.answer.name, "alice");
	assert_int_equal(who_is(0), SKS_OK);
	assert_string_equal(said.answer.name, "root");
	assert_int_equal(who_is(OTHER), SKS_NOT_FOUND);
	assert_int_equal(who_is(UINT32_MAX), SKS_NOT_FOUND);
	assert_int_equal(who_is((1ULL << 32) + 60100), SKS_NOT_FOUND);
}

/* Many at once; who has no account has no line. */
static void
names_many(void **state)
{
	const struct warden_call call = {.text = "60100,60001,0,4294967295"};
	static const char lines[] = "60100:alice\n0:root\n";

	NEEDS_ROOT;
	assert_int_equal(world_ask(&world, WARDEN_NAMES, &call, &said), SKS_OK);
	assert_int_equal(said.len, strlen(lines));
	assert_memory_equal(said.payload, lines, said.len);
}

/* ---- the key file
 * ---------------------------------------------------------------------------- */

static int64_t
read_keys(void)
{
	const struct warden_call call = {.number = 0};

	return world_ask(&world, WARDEN_KEYS, &call, &said);
}

static void
hands_over_the_key_file(void **state)
{
	NEEDS_ROOT;
	assert_int_equal(read_keys(), SKS_NOT_FOUND); /* it was told of none */
	assert_int_equal(world_stop(&world), EXIT_SUCCESS);
	snprintf(world_key, sizeof(world_key), "%s/ring", dir);
	world_start(&world, NULL);
	assert_int_equal(read_keys(), SKS_NOT_FOUND);
	assert_int_equal(said.len, 0);
	world_write(world_key, "sekisho keys", 0600);
	assert_int_equal(read_keys(), SKS_OK);
	assert_int_equal(said.len, 12);
	assert_memory_equal(said.payload, "sekisho keys", 12);
	assert_int_equal(chmod(world_key, 0644), 0);
	assert_int_equal(read_keys(), SKS_UNTRUSTED);
	assert_int_equal(said.len, 0);
	assert_non_null(strstr(said.answer.text, "mode"));
	unlink(world_key);
	world_key[0] = '\0';
}

static int
ask_for(enum warden_key_file file, enum warden_key_step step)
{
	const struct warden_call call = {
	    .number = (uint64_t)file, .limit = (uint32_t)step};

	return (int)world_ask(&world, WARDEN_KEYS, &call, &said);
}

/* For a daemon that is not root: what is missing is made, and what is there is left. */
static void
makes_a_key_that_is_missing(void **state)
{
	uint8_t first[512];
	size_t len;

	NEEDS_ROOT;
	assert_int_equal(ask_for(WARDEN_SPOOL_KEY, WARDEN_KEY_MAKE), SKS_NOT_FOUND);
	assert_int_equal(world_stop(&world), EXIT_SUCCESS);
	snprintf(world_key, sizeof(world_key), "%s/made", dir);
	world_start(&world, NULL);
	assert_int_equal(ask_for(WARDEN_SEALING_KEYS, WARDEN_KEY_READ), SKS_NOT_FOUND);
	assert_int_equal(ask_for(WARDEN_SEALING_KEYS, WARDEN_KEY_START), SKS_NOT_FOUND);
	assert_int_equal(access(world_key, F_OK), -1);
	assert_int_equal(ask_for(WARDEN_SEALING_KEYS, WARDEN_KEY_MAKE), SKS_OK);
	assert_true(said.len > 64 && said.len < sizeof(first));
	assert_true(said.answer.number > 0);
	memcpy(first, said.payload, len = said.len);
	assert_int_equal(ask_for(WARDEN_SEALING_KEYS, WARDEN_KEY_MAKE), SKS_OK);
	assert_int_equal(said.len, len);
	assert_memory_equal(said.payload, first, len);
	unlink(world_key);
	world_write(world_key, "no key", 0600);
	assert_int_equal(ask_for(WARDEN_SEALING_KEYS, WARDEN_KEY_MAKE), SKS_OK);
	assert_int_equal(said.len, 6);
	unlink(world_key);
	world_key[0] = '\0';
}

/* ---- passwords
 * ------------------------------------------------------------------------------- */

static void
set_password(struct warden_call *call, const char *user, const char *password, size_t len)
{
	*call = (struct warden_call){0};
	snprintf(call->user, sizeof(call->user), "%s", user);
	assert_int_equal(secret_set(&call->password, password, len), SKS_OK);
}

static int64_t
password_of(const char *user, const char *password, size_t len)
{
	struct warden_call call;

	set_password(&call, user, password, len);
	return world_ask(&world, WARDEN_CHECK_PASSWORD, &call, &said);
}

/* The kernel's audit takes an address as it is: only one is given. */
static void
tells_the_audit_no_lies(void **state)
{
	struct alert a = {.event = "lockout.start", .user = "alice"};
	char message[AUDIT_MESSAGE_MAX];

	(void)state;
	snprintf(a.source, sizeof(a.source), "2001:db8::/64");
	assert_string_equal(audit_address(&a), "2001:db8::/64");
	audit_compose(&a, message, sizeof(message));
	assert_null(strstr(message, "from="));
	snprintf(a.source, sizeof(a.source), "name:x res=success acct=root");
	assert_null(audit_address(&a));
	audit_compose(&a, message, sizeof(message));
	assert_non_null(strstr(message, " from=")); /* in hex */
	assert_null(strstr(message, "res=success"));
	a.source[0] = '\0';
	assert_null(audit_address(&a));
}

static void
checks_passwords(void **state)
{
	static const struct {
		const char *user, *password;
		size_t len;
		int64_t status;
	} cases[] = {
	    {"alice", ALICE_PASSWORD, sizeof(ALICE_PASSWORD) - 1, SKS_OK},
	    {"alice", ALICE_PASSWORD "x", sizeof(ALICE_PASSWORD), SKS_DENIED},
	    {"alice", ALICE_PASSWORD, sizeof(ALICE_PASSWORD) - 2, SKS_DENIED},
	    {"alice", ALICE_PASSWORD "\0x", sizeof(ALICE_PASSWORD) + 1, SKS_DENIED},
	    {"alice", "", 0, SKS_DENIED},
	    {"empty", "", 0, SKS_DENIED},
	    {"root", "*", 1, SKS_DENIED},
	    {"expired", ALICE_PASSWORD, sizeof(ALICE_PASSWORD) - 1, SKS_DENIED},
	    {"renew", ALICE_PASSWORD, sizeof(ALICE_PASSWORD) - 1, SKS_DENIED},
	    {"nobody-of-ours", ALICE_PASSWORD, sizeof(ALICE_PASSWORD) - 1, SKS_DENIED},
	    {"", ALICE_PASSWORD, sizeof(ALICE_PASSWORD) - 1, SKS_DENIED},
	};

	NEEDS_ROOT;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t status = password_of(cases[i].user, cases[i].password, cases[i].len);

		if (status != cases[i].status)
			fail_msg("case %zu: %d (%s)", i, (int)status, said.answer.text);
		assert_null(strstr(said.answer.text, ALICE_PASSWORD));
	}
}

/* All places are taken by modules that sleep; only what needs a place has to wait. */
static void
is_not_held_up_by_a_slow_module(void **state)
{
	struct warden_call slow, call = {.user = "alice"};
	int64_t begin = clock_monotonic_ms();
	uint32_t id;

	NEEDS_ROOT;
	set_password(&slow, "slow", ALICE_PASSWORD, sizeof(ALICE_PASSWORD) - 1);
	for (int i = 0; i < CHILDREN_MAX - 1; i++)
		(void)world_send(&world, WARDEN_CHECK_PASSWORD, &slow);
	id = world_send(&world, WARDEN_GROUPS, &call);
	assert_int_equal(world_receive(&world, &said), id);
	(void)world_send(&world, WARDEN_CHECK_PASSWORD, &slow);
	call.pid = 1;
	id = world_send(&world, WARDEN_END_SESSION, &call);
	assert_int_equal(world_receive(&world, &said), id);
	assert_true(clock_monotonic_ms() - begin < SLOW_S * 1000 / 2);
	for (int i = 0; i < CHILDREN_MAX; i++) {
		assert_int_not_equal(world_receive(&world, &said), 0);
		assert_int_equal(said.answer.status, SKS_OK);
	}
	assert_true(clock_monotonic_ms() - begin < SLOW_S * 1000 * 2);
}

/* ---- processes
 * ------------------------------------------------------------------------------- */

static pid_t
sleeper(bool stubborn)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(world.fd); /* the warden ends with it, also when a test fails */
		(void)signal(SIGTERM, stubborn ? SIG_IGN : SIG_DFL);
		if (setresuid(OTHER, OTHER, OTHER) != 0 ||
		    prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static uint64_t
start_of(pid_t pid)
{
	char path[64];
	unsigned long long ticks = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f,
			     "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			     "%*s %*s %*s %*s %*s %*s %*s %llu",
			     &ticks),
	    1);
	fclose(f);
	return ticks;
}

static int64_t
end_process(pid_t pid, uint64_t ticks)
{
	const struct warden_call call = {.pid = (uint32_t)pid, .pid_start = ticks};

	return world_ask(&world, WARDEN_END_SESSION, &call, &said);
}

static void
ends_a_process(void **state)
{
	int64_t begin = clock_monotonic_ms();
	pid_t pid;
	uint64_t ticks;
	int status;

	NEEDS_ROOT;
	pid = sleeper(false);
	ticks = start_of(pid);
	assert_int_equal(end_process(pid, ticks), SKS_OK);
	assert_true(clock_monotonic_ms() - begin < TERM_MS);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	assert_int_equal(end_process(pid, ticks), SKS_NOT_FOUND);
}

static void
kills_one_that_ignores_it(void **state)
{
	int64_t begin = clock_monotonic_ms();
	pid_t pid;
	int status;

	NEEDS_ROOT;
	pid = sleeper(true);
	assert_int_equal(end_process(pid, start_of(pid)), SKS_OK);
	assert_true(clock_monotonic_ms() - begin >= TERM_MS);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void
spares_everybody_else(void **state)
{
	pid_t pid;
	int status;

	NEEDS_ROOT;
	pid = sleeper(false);
	assert_int_equal(end_process(pid, start_of(pid) + 1), SKS_NOT_FOUND);
	assert_int_equal(end_process(pid, 0), SKS_NOT_FOUND);
	assert_int_equal(end_process(0, 0), SKS_DENIED);
	/* Refused before their start time is looked at; no process has this one. */
	assert_int_equal(end_process(1, UINT64_MAX), SKS_DENIED);
	assert_int_equal(end_process(getpid(), UINT64_MAX), SKS_DENIED);
	assert_int_equal(end_process(world.pid, UINT64_MAX), SKS_DENIED);
	assert_int_equal(end_process(-1, 0), SKS_DENIED);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

/* ---- itself
 * ----------------------------------------------------------------------------------- */

static void
keeps_little_power(void **state)
{
	struct warden_call call = {.number = 0};
	char path[64], line[256];
	int seen = 0;
	FILE *f;

	NEEDS_ROOT;
	assert_int_equal(world_ask(&world, WARDEN_WHO, &call, &said), SKS_OK);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)world.pid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		const uint64_t few = 1ULL << CAP_KILL | 1ULL << CAP_AUDIT_WRITE;
		/* for the child that looks at files: not effective here */
		const uint64_t reads = few | 1ULL << CAP_DAC_READ_SEARCH;

		if (strncmp(line, "CapEff:", 7) == 0 || strncmp(line, "CapPrm:", 7) == 0 ||
		    strncmp(line, "CapBnd:", 7) == 0) {
			assert_int_equal(strtoull(line + 7, NULL, 16),
			    strncmp(line, "CapEff:", 7) == 0 ? few : reads);
			seen++;
		} else if (strncmp(line, "NoNewPrivs:", 11) == 0) {
			assert_int_equal(atoi(line + 11), 1);
			seen++;
		}
	}
	fclose(f);
	assert_int_equal(seen, 4);
}

static void
stays_when_told_to_end(void **state)
{
	const int signals[] = {SIGTERM, SIGINT, SIGHUP};

	NEEDS_ROOT;
	assert_int_equal(who_is(0), SKS_OK);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		assert_int_equal(kill(world.pid, signals[i]), 0);
	assert_int_equal(who_is(0), SKS_OK);
}

static void
ends_at_what_is_no_request(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
	    {"garbage", 7}, {"\0\0\0\1\0\0\0\0\0\0", 10}, /* type 0 */
	    {"\0\0\0\1\0\x77\0\0\0\0", 10},               /* a type that does not exist */
	    {"\0\0\0\1\0\1\0\0\0\0payload", 17},          /* nothing takes a payload */
	    {"\0\0\0\1\x80\1\0\0\0\0p", 11},              /* part of one */
	    {"\0\0\0\1\0\1\0\0\0\4\x7f\xff\0\0", 14},     /* an unknown field */
	};

	NEEDS_ROOT;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world other;

		world_start(&other, NULL);
		assert_int_equal(
		    send(other.fd, cases[i].bytes, cases[i].len, 0), (ssize_t)cases[i].len);
		if (world_receive(&other, &said) != 0)
			fail_msg("case %zu was answered", i);
		(void)world_stop(&other);
	}
}

static void
ends_with_its_socket(void **state)
{
	struct warden_call slow;
	struct world other;
	int64_t begin;

	NEEDS_ROOT;
	world_start(&other, NULL);
	set_password(&slow, "slow", ALICE_PASSWORD, sizeof(ALICE_PASSWORD) - 1);
	(void)world_send(&other, WARDEN_CHECK_PASSWORD, &slow);
	begin = clock_monotonic_ms();
	assert_int_equal(world_stop(&other), EXIT_SUCCESS);
	assert_true(clock_monotonic_ms() - begin < SLOW_S * 1000 / 2);
}

/* What it is asked is numbers of ports and nothing else; the cookie is the one that the socket says. */
static void
counts_connections(void **state)
{
	static const char *const bad[] = {"", "x", "0", "65536", "-1", ",22", " "};
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), from = socket(AF_INET, SOCK_STREAM, 0), to;
	struct warden_call call = {.text = ""};
	socklen_t len = sizeof(a);
	uint64_t cookie = 0;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(call.text, sizeof(call.text), "%s", bad[i]);
		assert_int_equal(world_ask(&world, WARDEN_VOLUME, &call, &said), SKS_INVALID);
		assert_int_equal(said.len, 0);
	}
	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(connect(from, (struct sockaddr *)&a, sizeof(a)), 0);
	to = accept(listener, NULL, NULL);
	len = sizeof(cookie);
	assert_int_equal(getsockopt(to, SOL_SOCKET, SO_COOKIE, &cookie, &len), 0);
	assert_int_equal(send(to, "12345", 5, 0), 5);
	assert_int_equal(recv(from, call.text, 5, MSG_WAITALL), 5);
	snprintf(call.text, sizeof(call.text), "1,%u,x", ntohs(a.sin_port));
	assert_int_equal(world_ask(&world, WARDEN_VOLUME, &call, &said), SKS_OK);
	assert_int_equal(said.len, 16);
	buf_init_read(&b, said.payload, said.len);
	assert_int_equal(buf_get_u64(&b), cookie);
	assert_int_equal(buf_get_u64(&b), 5);
	close(from);
	close(to);
	close(listener);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_WORLD(names_groups),
	    IN_WORLD(names_accounts),
	    IN_WORLD(names_many),
	    IN_WORLD(hands_over_the_key_file),
	    IN_WORLD(makes_a_key_that_is_missing),
	    cmocka_unit_test(tells_the_audit_no_lies),
	    IN_WORLD(checks_passwords),
	    IN_WORLD(is_not_held_up_by_a_slow_module),
	    IN_WORLD(ends_a_process),
	    IN_WORLD(kills_one_that_ignores_it),
	    IN_WORLD(spares_everybody_else),
	    IN_WORLD(keeps_little_power),
	    IN_WORLD(counts_connections),
	    IN_WORLD(stays_when_told_to_end),
	    cmocka_unit_test(ends_at_what_is_no_request),
	    cmocka_unit_test(ends_with_its_socket),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
