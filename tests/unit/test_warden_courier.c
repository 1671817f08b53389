/*
 * Mail and commands of alerts: what may be run at all, what it gets, and what becomes of one
 * that hangs, fails, prints without end or leaves something behind. In a private mount
 * namespace, so that /etc/sekisho/alert.d and sendmail are ours.
 */
#include "warden_world.h"

#include <sys/stat.h>

enum { LIMIT_MS = 700, STEP_MS = 10, OTHER = 60001 };

#define PAGE ALERT_COMMANDS "/page"

static struct warden warden;
static struct world world;
static struct said said;
static char dir[] = "/tmp/sekisho-courier-XXXXXX";

#define NEEDS_ROOT                                                                             \
	do {                                                                                   \
		if (geteuid() != 0)                                                            \
			skip();                                                                \
	} while (0)

/* ---- a world of its own ------------------------------------------------------------------ */

static void
bind_over(const char *name, const char *path)
{
	char own[256];

	snprintf(own, sizeof(own), "%s/%s", dir, name);
	assert_int_equal(mkdir(own, 0755), 0);
	assert_int_equal(mount(own, path, NULL, MS_BIND, NULL), 0);
}

static int
set_up(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return 0;
	assert_non_null(mkdtemp(dir));
	world_enter(dir);
	bind_over("etc", "/etc");
	bind_over("sbin", "/usr/sbin");
	assert_int_equal(mkdir("/etc/sekisho", 0755), 0);
	assert_int_equal(mkdir(ALERT_COMMANDS, 0755), 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	if (geteuid() != 0)
		return 0;
	(void)umount2("/etc", MNT_DETACH);
	(void)umount2("/usr/sbin", MNT_DETACH);
	return world_leave(dir);
}

static int
start(void **state)
{
	int end[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end), 0);
	world = (struct world){.fd = end[0]};
	memset(&warden, 0, sizeof(warden));
	warden.fd = end[1];
	warden.courier = true;
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
	(void)unlink(PAGE);
	(void)unlink("/etc/out");
	return 0;
}

static int
ask(uint16_t type, const struct warden_call *call)
{
	return table_dispatch(&warden, (struct ticket){++world.id, type}, call);
}

/* Serves until the answer is there; its status. */
static int64_t
serve(void)
{
	int64_t end = clock_monotonic_ms() + ANSWER_MS;
	struct pollfd answer = {.fd = world.fd, .events = POLLIN}, p[CHILDREN_MAX];

	while (poll(&answer, 1, 0) == 0 && clock_monotonic_ms() < end) {
		size_t count = child_polls(&warden, p);

		(void)poll(p, count, STEP_MS);
		child_turn(&warden, clock_monotonic_ms());
	}
	assert_true(world_receive(&world, &said) != 0);
	return said.answer.status;
}

static struct warden_call
alert_for(const char *where)
{
	struct warden_call call = {.alert = {.count = 1, .record = 5}};

	snprintf(call.name, sizeof(call.name), "%s", where);
	snprintf(call.alert.rule, sizeof(call.alert.rule), "mine");
	snprintf(call.alert.what, sizeof(call.alert.what), "$(touch /etc/owned) `id` \"x\"");
	return call;
}

static int64_t
run_page(const char *script, mode_t mode)
{
	struct warden_call call = alert_for(PAGE);

	(void)unlink(PAGE);
	world_write(PAGE, script, mode);
	assert_int_equal(ask(WARDEN_COMMAND, &call), SKS_OK);
	return serve();
}

static const char *
content(const char *path)
{
	static char text[8192];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n < 0 ? NULL : text;
}

/* ---- tests ------------------------------------------------------------------------------- */

static void
a_command_gets_the_alert_as_json(void **state)
{
	const char *text;

	(void)state;
	NEEDS_ROOT;
	assert_int_equal(run_page("#!/bin/sh\ncat >/etc/out; env >>/etc/out; echo \"args $#\" "
				  ">>/etc/out; ls /proc/$$/fd >>/etc/out\n",
			     0755),
	    SKS_OK);
	text = content("/etc/out");
	assert_non_null(strstr(text, "{\"alert\":\"mine\",\"test\":false,\"what\":\"$(touch "
				     "/etc/owned) `id` \\\"x\\\"\""));
	assert_non_null(strstr(text, "\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n"));
	assert_non_null(strstr(text, "\nargs 0\n"));
	assert_null(strstr(text, "\n3\n")); /* no descriptor of ours */
	assert_int_equal(access("/etc/owned", F_OK), -1);
}

static int64_t
run_number(const char *script, mode_t mode)
{
	struct warden_call call = {0};

	(void)mkdir(HOST_COMMANDS, 0755);
	(void)unlink(HOST_COMMANDS "/n");
	world_write(HOST_COMMANDS "/n", script, mode);
	snprintf(call.name, sizeof(call.name), "%s", HOST_COMMANDS "/n");
	assert_int_equal(ask(WARDEN_HOST_COMMAND, &call), SKS_OK);
	return serve();
}

static void
a_program_says_one_number(void **state)
{
	struct warden_call call = {0};

	(void)state;
	NEEDS_ROOT;
	assert_int_equal(run_number("#!/bin/sh\necho 31\n", 0755), SKS_OK);
	assert_int_equal(said.answer.number, 31);
	assert_true(strtoll(said.answer.text, NULL, 10) > 0);
	assert_int_equal(run_number("#!/bin/sh\necho -5\n", 0755), SKS_OK);
	assert_int_equal((int64_t)said.answer.number, -5);
	assert_int_equal(run_number("#!/bin/sh\necho root:x:0\n", 0755), SKS_INVALID);
	assert_null(strstr(said.answer.text, "root:")); /* nothing else comes back */
	assert_int_equal(run_number("#!/bin/sh\necho 3; echo 4\n", 0755), SKS_INVALID);
	assert_int_equal(run_number("#!/bin/sh\nyes 1 | head -n 9999\n", 0755), SKS_INVALID);
	assert_int_equal(run_number("#!/bin/sh\n", 0755), SKS_INVALID);
	assert_int_equal(run_number("#!/bin/sh\necho 3; exit 1\n", 0755), SKS_IO);
	assert_int_equal(run_number("#!/bin/sh\necho 3\n", 0775), SKS_UNTRUSTED);
	/* and no other program: those of alerts neither */
	world_write(PAGE, "#!/bin/sh\necho 3\n", 0755);
	snprintf(call.name, sizeof(call.name), "%s", PAGE);
	assert_int_equal(ask(WARDEN_HOST_COMMAND, &call), SKS_OK);
	assert_int_equal(serve(), SKS_INVALID);
}

static struct warden_answer
read_number(const char *content, size_t len, mode_t mode)
{
	static const char path[] = "/etc/number";
	struct warden_call call = {.number = WARDEN_HOST_FILE};
	struct warden_answer answer = {.status = SKS_INTERNAL};
	int fd;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	snprintf(call.name, sizeof(call.name), "%s", path);
	host_run(&call, &answer);
	return answer;
}

static void
a_file_says_one_number(void **state)
{
	static const char wide[] = "0000000000000000000000000000000000000000000000000000000000000001";
	struct warden_call call = {.number = WARDEN_HOST_FILE};
	struct warden_answer a;

	(void)state;
	NEEDS_ROOT;
	a = read_number("12\n", 3, 0600);
	assert_int_equal(a.status, SKS_OK);
	assert_int_equal(a.number, 12);
	a = read_number("secret\n", 7, 0644);
	assert_int_equal(a.status, SKS_INVALID);
	assert_null(strstr(a.text, "secret"));
	assert_int_equal(read_number("1\0", 2, 0644).status, SKS_INVALID);
	assert_int_equal(read_number("", 0, 0644).status, SKS_INVALID);
	assert_int_equal(read_number(wide, sizeof(wide) - 1, 0644).status, SKS_INVALID);
	assert_int_equal(read_number("1\n", 2, 0664).status, SKS_UNTRUSTED);
	assert_int_equal(read_number("1\n", 2, 0646).status, SKS_UNTRUSTED);
	assert_int_equal(chmod("/etc", 0777), 0);
	assert_int_equal(read_number("1\n", 2, 0644).status, SKS_UNTRUSTED);
	assert_int_equal(chmod("/etc", 0755), 0);
	assert_int_equal(symlink("/etc/number", "/etc/link"), 0);
	snprintf(call.name, sizeof(call.name), "/etc/link");
	host_run(&call, &a);
	assert_int_equal(a.status, SKS_UNTRUSTED);
	snprintf(call.name, sizeof(call.name), "/etc/none");
	host_run(&call, &a);
	assert_int_equal(a.status, SKS_NOT_FOUND);
}

static void
mail_goes_through_sendmail(void **state)
{
	struct warden_call call = alert_for("ops@example.org");
	const char *text;

	(void)state;
	NEEDS_ROOT;
	assert_int_equal(ask(WARDEN_MAIL, &call), SKS_OK);
	assert_int_equal(serve(), SKS_NOT_FOUND);
	assert_non_null(strstr(said.answer.text, "/usr/sbin/sendmail"));
	world_write(
	    "/usr/sbin/sendmail", "#!/bin/sh\necho \"$*\" >/etc/out; cat >>/etc/out\n", 0755);
	assert_int_equal(ask(WARDEN_MAIL, &call), SKS_OK);
	assert_int_equal(serve(), SKS_OK);
	text = content("/etc/out");
	assert_int_equal(strncmp(text, "-i -t\nTo: ops@example.org\nSubject: ", 35), 0);
	/* a link, as packages make it: whoever could change that could choose the program */
	assert_int_equal(rename("/usr/sbin/sendmail", "/usr/sbin/mta"), 0);
	assert_int_equal(symlink("/usr/sbin/mta", "/usr/sbin/sendmail"), 0);
	assert_int_equal(ask(WARDEN_MAIL, &call), SKS_OK);
	assert_int_equal(serve(), SKS_OK);
	assert_int_equal(unlink("/usr/sbin/sendmail"), 0);
	assert_int_equal(symlink("/etc/mta", "/usr/sbin/sendmail"), 0);
	world_write("/etc/mta", "#!/bin/sh\nexit 0\n", 0755);
	assert_int_equal(chmod("/usr/sbin", 0777), 0);
	assert_int_equal(ask(WARDEN_MAIL, &call), SKS_OK);
	assert_int_equal(serve(), SKS_UNTRUSTED);
	assert_int_equal(chmod("/usr/sbin", 0755), 0);
}

static void
nothing_else_is_run(void **state)
{
	static const char *const where[] = {
	    "/bin/sh", ALERT_COMMANDS "/../../../bin/sh", "page", ""};
	struct warden_call call;

	(void)state;
	NEEDS_ROOT;
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		call = alert_for(where[i]);
		assert_int_equal(ask(WARDEN_COMMAND, &call), SKS_OK);
		assert_int_equal(serve(), SKS_INVALID);
	}
	call = alert_for("-oQ/tmp");
	assert_int_equal(ask(WARDEN_MAIL, &call), SKS_OK);
	assert_int_equal(serve(), SKS_INVALID);
	call = alert_for(PAGE);
	assert_int_equal(ask(WARDEN_COMMAND, &call), SKS_OK);
	assert_int_equal(serve(), SKS_NOT_FOUND);
	/* each of the two processes has its own half of the table */
	assert_int_equal(ask(WARDEN_CHECK_PASSWORD, &call), SKS_PROTOCOL);
	assert_int_equal(ask(WARDEN_END_SESSION, &call), SKS_PROTOCOL);
	assert_int_equal(ask(WARDEN_AUDIT, &call), SKS_PROTOCOL);
	warden.courier = false;
	assert_int_equal(ask(WARDEN_COMMAND, &call), SKS_PROTOCOL);
	assert_int_equal(ask(WARDEN_MAIL, &call), SKS_PROTOCOL);
}

static void
only_what_root_alone_can_change(void **state)
{
	static const char script[] = "#!/bin/sh\ntouch /etc/out\n";
	struct warden_call call = alert_for(PAGE);

	(void)state;
	NEEDS_ROOT;
	assert_int_equal(run_page(script, 0775), SKS_UNTRUSTED);
	assert_int_equal(run_page(script, 0757), SKS_UNTRUSTED);
	assert_int_equal(chmod(PAGE, 0755), 0);
	assert_int_equal(chown(PAGE, OTHER, 0), 0);
	assert_int_equal(ask(WARDEN_COMMAND, &call), SKS_OK);
	assert_int_equal(serve(), SKS_UNTRUSTED);
	/* a link, even to a program of root's */
	assert_int_equal(unlink(PAGE), 0);
	assert_int_equal(symlink("/bin/true", PAGE), 0);
	assert_int_equal(ask(WARDEN_COMMAND, &call), SKS_OK);
	assert_int_equal(serve(), SKS_UNTRUSTED);
	/* a way to it that others can change */
	assert_int_equal(chmod(ALERT_COMMANDS, 0777), 0);
	assert_int_equal(run_page(script, 0755), SKS_UNTRUSTED);
	assert_int_equal(chmod(ALERT_COMMANDS, 0755), 0);
	assert_int_equal(access("/etc/out", F_OK), -1);
	assert_int_equal(run_page(script, 0755), SKS_OK);
	assert_int_equal(access("/etc/out", F_OK), 0);
}

static void
says_why_it_failed(void **state)
{
	(void)state;
	NEEDS_ROOT;
	assert_int_equal(
	    run_page("#!/bin/sh\necho no route; echo to it >&2; exit 3\n", 0755), SKS_IO);
	assert_string_equal(said.answer.text, PAGE " ended with status 3. no route to it ");
	assert_int_equal(run_page("#!/bin/sh\nkill -SEGV $$\n", 0755), SKS_IO);
	assert_non_null(strstr(said.answer.text, "ended by signal 11"));
	assert_int_equal(run_page("#!/no/such/shell\n", 0755), SKS_IO);
	assert_non_null(strstr(said.answer.text, "could not be run"));
	assert_int_equal(run_page("#!/bin/sh\n", 0644), SKS_IO);
	assert_non_null(strstr(said.answer.text, "could not be run"));
}

/* Prints more than any pipe holds, and reads nothing. */
static void
output_is_thrown_away(void **state)
{
	(void)state;
	NEEDS_ROOT;
	assert_int_equal(
	    run_page("#!/bin/sh\nhead -c 3000000 /dev/zero; exit 0\n", 0755), SKS_OK);
	assert_int_equal(
	    run_page(
		"#!/bin/sh\nexec 0<&-; head -c 100000 /dev/zero | tr '\\0' x; exit 1\n", 0755),
	    SKS_IO);
	assert_true(strlen(said.answer.text) < 300);
}

static pid_t
pid_in(const char *path)
{
	const char *text = content(path);

	return text != NULL ? (pid_t)atoi(text) : 0;
}

static void
one_that_hangs_is_ended_with_its_children(void **state)
{
	int64_t begin = clock_monotonic_ms(), end;
	pid_t left;

	(void)state;
	NEEDS_ROOT;
	assert_int_equal(
	    run_page("#!/bin/sh\nsleep 60 & echo $! >/etc/out; trap '' TERM; wait; sleep 60\n",
		0755),
	    SKS_TIMEOUT);
	assert_true(clock_monotonic_ms() - begin < 5 * LIMIT_MS);
	left = pid_in("/etc/out");
	assert_true(left > 1);
	for (end = clock_monotonic_ms() + ANSWER_MS; kill(left, 0) == 0;) {
		char path[64];
		const char *stat;

		snprintf(path, sizeof(path), "/proc/%d/stat", (int)left);
		stat = content(path);
		if (stat == NULL || strstr(stat, ") Z ") != NULL)
			break;
		assert_true(clock_monotonic_ms() < end);
	}
}

/* A child that holds the output open does not keep the answer. */
static void
what_it_leaves_behind_is_not_waited_for(void **state)
{
	(void)state;
	NEEDS_ROOT;
	assert_int_equal(run_page("#!/bin/sh\nsleep 60 &\nexit 0\n", 0755), SKS_OK);
}

/* What the kernel's audit is told: no text ends its field and begins another. */
static void
no_text_becomes_a_field_of_the_audit(void **state)
{
	struct alert a = {.record = 5};
	char message[AUDIT_MESSAGE_MAX];

	(void)state;
	snprintf(a.event, sizeof(a.event), "user.suspend");
	snprintf(a.user, sizeof(a.user), "bob");
	snprintf(a.by, sizeof(a.by), "x\" res=failed y");
	snprintf(a.detail, sizeof(a.detail), "a b=c");
	audit_compose(&a, message, sizeof(message));
	assert_string_equal(message,
	    "op=sekisho:user.suspend acct=\"bob\" by=7822207265733D6661696C65642079 "
	    "what=6120623D63 record=5");
	memset(a.user, 'u', sizeof(a.user) - 1);
	memset(a.by, ' ', sizeof(a.by) - 1);
	memset(a.detail, ' ', sizeof(a.detail) - 1);
	audit_compose(&a, message, sizeof(message));
	assert_true(strlen(message) < sizeof(message) - 1);
	assert_null(strstr(message, "what=")); /* whole pairs only */
	assert_int_equal(audit_type("session.open"), 0);
	assert_int_equal(audit_type("no such"), 0);
	assert_int_equal(audit_type("policy.apply"), AUDIT_USYS_CONFIG);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_WORLD(a_command_gets_the_alert_as_json),
	    IN_WORLD(a_program_says_one_number),
	    IN_WORLD(a_file_says_one_number),
	    IN_WORLD(mail_goes_through_sendmail),
	    IN_WORLD(nothing_else_is_run),
	    IN_WORLD(only_what_root_alone_can_change),
	    IN_WORLD(says_why_it_failed),
	    IN_WORLD(output_is_thrown_away),
	    IN_WORLD(one_that_hangs_is_ended_with_its_children),
	    IN_WORLD(what_it_leaves_behind_is_not_waited_for),
	    cmocka_unit_test(no_text_becomes_a_field_of_the_audit),
	};

	log_open("test_warden_courier", true);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
