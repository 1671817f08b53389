/* Lines as auditd writes them, cut and hostile ones, and which login session was root unexplained. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../policyd/report/gather_audit.c"
#include "../../policyd/report/kaudit.c"
#include "../../policyd/report/kaudit_file.c"
#include "../../policyd/report/kaudit_line.c"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- one line ------------------------------------------------------------------------------ */

static struct kaudit_line line;

static int
parse(const char *text)
{
	return kaudit_parse(text, strlen(text), &line);
}

#define EXEC                                                                                   \
	"type=SYSCALL msg=audit(1795340163.161:4242): arch=c000003e syscall=59 success=yes exit=0 " \
	"a0=55d0 a1=55d1 a2=55d2 a3=8 items=2 ppid=311 pid=320 auid=1000 uid=0 gid=0 euid=0 suid=0 " \
	"fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=7 comm=\"bash\" exe=\"/usr/bin/bash\" "          \
	"subj=unconfined key=\"root\""
#define ENRICHED                                                                               \
	"\x1d"                                                                                 \
	"ARCH=x86_64 SYSCALL=execve AUID=\"root\" UID=\"root\" GID=\"root\" EUID=\"root\""

static void
test_a_program_started_as_root(void **state)
{
	(void)state;
	assert_int_equal(parse(EXEC), 1);
	assert_int_equal(line.kind, KAUDIT_EXEC);
	assert_int_equal(line.wall_ms, 1795340163161);
	assert_int_equal(line.auid, 1000);
	assert_int_equal(line.ses, 7);
	assert_int_equal(line.pid, 320);
	assert_int_equal(line.ppid, 311);
	assert_string_equal(line.what, "/usr/bin/bash");
	assert_int_equal(parse(EXEC ENRICHED), 1);
	assert_int_equal(line.auid, 1000);
	assert_int_equal(parse("node=gate " EXEC), 1);
}

static void
test_keys_in_another_order(void **state)
{
	(void)state;
	assert_int_equal(parse("exe=2F746D702F6120622F7800 ses=7 euid=0 uid=1000 syscall=322 success=yes "
			       "arch=c000003e auid=1000 msg=audit(1795340163.001:1): type=SYSCALL"),
	    1);
	assert_string_equal(line.what, "/tmp/a b/x ");
	assert_int_equal(line.wall_ms, 1795340163001);
	assert_int_equal(line.pid, KAUDIT_UNSET);
}

/* {line, what is expected, what it says} */
static void
test_what_shows_privilege(void **state)
{
#define HEAD(type) "type=" type " msg=audit(1795340163.161:9): pid=50 uid=0 auid=1000 ses=7 subj=unconfined "
#define CALL(more) "type=SYSCALL msg=audit(1795340163.161:9): " more
	static const struct {
		const char *text;
		int taken;
		enum kaudit_kind kind;
		const char *what;
	} cases[] = {
	    {"type=LOGIN msg=audit(1795340163.161:9): pid=50 uid=0 subj=unconfined old-auid=4294967295 "
	     "auid=1000 tty=(none) old-ses=4294967295 ses=7 res=1",
		1, KAUDIT_LOGIN, ""},
	    {"type=USER_CMD msg=audit(1795340163.161:9): pid=50 uid=1000 auid=1000 ses=7 subj=unconfined "
	     "msg='cwd=\"/home/a\" cmd=6C73202D6C202F726F6F74 exe=\"/usr/bin/sudo\" terminal=pts/0 res=success'",
		1, KAUDIT_COMMAND, "ls -l /root"},
	    {HEAD("USER_CMD") "msg='cwd=\"/\" cmd=\"it's\" exe=\"/usr/bin/sudo\" terminal=? res=success'\x1dUID=\"a\"",
		1, KAUDIT_COMMAND, "it's"},
	    {HEAD("USER_CMD") "msg='cwd=\"/\" cmd=\"id\" exe=\"/usr/bin/sudo\" terminal=? res=failed'", 0,
		KAUDIT_COMMAND, NULL},
	    {HEAD("USER_START") "msg='op=PAM:session_open grantors=pam_unix acct=\"root\" exe=\"/usr/bin/su\" "
				"hostname=? addr=? terminal=/dev/pts/0 res=success'",
		1, KAUDIT_SESSION, "/usr/bin/su"},
	    {HEAD("USER_START") "msg='op=PAM:session_open grantors=pam_unix acct=\"user1\" exe=\"/usr/sbin/sshd\" "
				"hostname=? addr=? terminal=ssh res=success'",
		0, KAUDIT_SESSION, NULL},
	    {HEAD("ADD_USER") "msg='op=adding user acct=\"mallory\" exe=\"/usr/sbin/useradd\" hostname=? addr=? "
			      "terminal=pts/0 res=success'",
		1, KAUDIT_ACCOUNT, "ADD_USER mallory"},
	    {"type=CONFIG_CHANGE msg=audit(1795340163.161:9): auid=1000 ses=7 subj=unconfined op=remove_rule "
	     "key=\"x\" list=4 res=1",
		1, KAUDIT_CONFIG, "remove_rule"},
	    /* a set-uid program as everybody starts it, and one that nobody knows */
	    {CALL("arch=c000003e syscall=59 success=yes auid=1000 uid=1000 euid=0 ses=7 exe=\"/usr/bin/passwd\""), 0,
		KAUDIT_EXEC, NULL},
	    {CALL("arch=c000003e syscall=59 success=yes auid=1000 uid=1000 euid=0 ses=7 exe=\"/tmp/passwd\""), 1,
		KAUDIT_EXEC, "/tmp/passwd"},
	    {CALL("arch=c000003e syscall=59 success=yes auid=1000 uid=1000 euid=1000 ses=7 exe=\"/bin/ls\""), 0,
		KAUDIT_EXEC, NULL},
	    {CALL("arch=c000003e syscall=257 success=yes auid=1000 uid=0 euid=0 ses=7 exe=\"/usr/sbin/sshd\""), 0,
		KAUDIT_EXEC, NULL},
	    {CALL("arch=c000003e syscall=59 success=no auid=1000 uid=0 euid=0 ses=7 exe=\"/bin/ls\""), 0,
		KAUDIT_EXEC, NULL},
	    /* nobody's, and root's own */
	    {CALL("arch=c000003e syscall=59 success=yes auid=4294967295 uid=0 euid=0 ses=7 exe=\"/bin/ls\""), 0,
		KAUDIT_EXEC, NULL},
	    {CALL("arch=c000003e syscall=59 success=yes auid=unset uid=0 euid=0 ses=unset exe=\"/bin/ls\""), 0,
		KAUDIT_EXEC, NULL},
	    {CALL("arch=c000003e syscall=59 success=yes auid=0 uid=0 euid=0 ses=7 exe=\"/bin/ls\""), 0, KAUDIT_EXEC,
		NULL},
	    {"type=PROCTITLE msg=audit(1795340163.161:9): proctitle=\"an open quote", 0, KAUDIT_KINDS, NULL},
	    {"type=EXECVE msg=audit(1795340163.161:9): argc=1 a0=\"x\" auid=1000 uid=0 uid=0", 0, KAUDIT_KINDS, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int r = parse(cases[i].text);

		if (r != cases[i].taken || line.kind != cases[i].kind ||
		    (cases[i].what != NULL && strcmp(line.what, cases[i].what) != 0))
			fail_msg("%s: %d, kind %d, \"%s\"", cases[i].text, r, (int)line.kind, line.what);
	}
}

/* Nothing of what a program is called or was told to do says who did it. */
static void
test_texts_of_strangers(void **state)
{
	(void)state;
	assert_int_equal(parse(CALL("arch=c000003e syscall=59 success=yes auid=1000 uid=0 ses=7 "
				    "comm=\"a auid=0 ses=9\" exe=\"/x\"")),
	    1);
	assert_int_equal(line.auid, 1000);
	assert_int_equal(line.ses, 7);
	assert_int_equal(parse(HEAD("USER_CMD") "msg='cwd=\"/\" cmd=\"x auid=5\" auid=5 ses=6 uid=5 res=success'"), 1);
	assert_int_equal(line.auid, 1000);
	assert_int_equal(line.ses, 7);
	/* who it was, twice; cut in the middle; without a time; numbers that are none */
	assert_int_equal(parse(EXEC " auid=0"), SKS_INVALID);
	assert_int_equal(parse(HEAD("USER_CMD") "msg='cwd=\"/\" cmd=\"x\" res=succ"), SKS_INVALID);
	assert_int_equal(parse("type=SYSCALL arch=c000003e syscall=59 success=yes auid=1000 uid=0 ses=7"), SKS_INVALID);
	assert_int_equal(parse("type=SYSCALL msg=audit(1795340163.16:9): auid=1000 uid=0"), SKS_INVALID);
	assert_int_equal(parse(CALL("arch=c000003e syscall=59 success=yes auid=99999999999 uid=0")), SKS_INVALID);
	assert_int_equal(parse(CALL("arch=c000003e syscall=59 success=yes auid=\"1000\" uid=0")), SKS_INVALID);
	assert_int_equal(parse(""), SKS_INVALID);
	for (size_t cut = 0; cut < sizeof(EXEC) - 1; cut++)
		(void)kaudit_parse(EXEC, cut, &line);
}

static void
test_long_texts_are_cut(void **state)
{
	char text[1024];
	int used = snprintf(text, sizeof(text),
	    CALL("arch=c000003e syscall=59 success=yes auid=1000 uid=0 ses=7 exe=\""));

	(void)state;
	memset(text + used, 'x', 500);
	text[used + 500] = '"';
	assert_int_equal(kaudit_parse(text, (size_t)used + 501, &line), 1);
	assert_int_equal(strlen(line.what), KAUDIT_WHAT_SIZE - 1);
}

/* ---- held against the log ------------------------------------------------------------------- */

static struct gather *g;
static struct period period;
static struct kaudit *k;
static const int64_t t0 = 1795340000000;

static int
setup_each(void **state)
{
	(void)state;
	g = calloc(1, sizeof(*g));
	k = calloc(1, sizeof(*k));
	g->audit = calloc(16, sizeof(*g->audit));
	k->begin = calloc(KAUDIT_RECENT, sizeof(*k->begin));
	(void)period_between(t0 - 3600000, t0 + 86400000, &period);
	g->period = &period;
	g->first_wall_ms = t0 - 3600000;
	return 0;
}

static int
teardown_each(void **state)
{
	(void)state;
	free(g->audit);
	free(g);
	free(k->begin);
	free(k);
	return 0;
}

static void
known(uint32_t ses, uint32_t uid, int64_t at_s, bool use)
{
	g->audit[g->audit_count++] =
	    (struct gather_audit){.ses = ses, .uid = uid, .boot = 1, .wall_ms = t0 + at_s * 1000, .use = use};
	gather_audit_finish(g);
}

static void
put(const char *format, int64_t at_s, unsigned auid, unsigned ses, unsigned pid, unsigned ppid)
{
	char text[512];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(text, sizeof(text), format, (long long)(t0 / 1000 + at_s), auid, ses, pid, ppid);
#pragma GCC diagnostic pop
	kaudit_take(k, text, strlen(text), g);
}

static void
kernel_login(int64_t at_s, unsigned auid, unsigned ses)
{
	put("type=LOGIN msg=audit(%lld.000:1): old-auid=4294967295 auid=%u ses=%u pid=%u uid=0 res=1 xid=%u", at_s,
	    auid, ses, 500, 0);
}

static void
root(int64_t at_s, unsigned auid, unsigned ses, unsigned pid, unsigned ppid)
{
	put("type=SYSCALL msg=audit(%lld.000:2): arch=c000003e syscall=59 success=yes auid=%u ses=%u pid=%u ppid=%u "
	    "uid=0 euid=0 exe=\"/usr/bin/id\"",
	    at_s, auid, ses, pid, ppid);
}

static void
test_a_use_explains_what_follows_in_its_session(void **state)
{
	(void)state;
	known(7, 1000, 0, false);
	known(7, 1000, 100, true);
	kernel_login(0, 1000, 7);
	root(101, 1000, 7, 600, 599);
	root(5000, 1000, 7, 700, 600);
	assert_int_equal(k->shows, 2);
	assert_int_equal(k->rows, 0);
	/* before it, in another session, and by somebody else nothing is explained */
	root(60, 1000, 7, 600, 599);
	assert_int_equal(k->rows, 1);
	assert_int_equal(k->row[0].reason, KAUDIT_NO_USE);
	root(200, 1000, 8, 600, 599);
	assert_int_equal(k->rows, 2);
	root(200, 1001, 7, 600, 599);
	assert_int_equal(k->rows, 3);
	assert_int_equal(k->row[2].auid, 1001);
}

static void
test_why_it_is_not_explained(void **state)
{
	(void)state;
	known(7, 1000, 0, false);
	root(50, 1000, 7, 600, 599);
	kernel_login(100, 1000, 8);
	root(150, 1000, 8, 600, 599);
	root(160, 1000, 8, 601, 599);
	root(50, 1000, 5, 600, 599);
	assert_int_equal(k->rows, 3);
	assert_int_equal(k->row[0].reason, KAUDIT_NO_USE);
	assert_int_equal(k->row[1].reason, KAUDIT_NO_LOGIN);
	assert_int_equal(k->row[1].count, 2);
	assert_int_equal(k->row[1].first_ms, t0 + 150000);
	assert_int_equal(k->row[1].last_ms, t0 + 160000);
	assert_string_equal(k->row[1].what, "/usr/bin/id");
	assert_int_equal(k->row[2].reason, KAUDIT_BEFORE);
	assert_int_equal(k->unexplained, 4);
}

/* sshd has the message of the day made as root in the person's session; whose shell it starts is not. */
static void
test_what_the_login_itself_starts(void **state)
{
	(void)state;
	known(7, 1000, 0, false);
	kernel_login(0, 1000, 7);
	root(1, 1000, 7, 510, 500);
	root(1, 1000, 7, 511, 510);
	assert_int_equal(k->rows, 0);
	root(2, 1000, 7, 601, 600);
	assert_int_equal(k->rows, 1);
	root(40, 1000, 7, 512, 500);
	assert_int_equal(k->row[0].count, 2);
}

/* After a restart the kernel's numbers begin anew: a use of the run before explains nothing. */
static void
test_numbers_begin_anew(void **state)
{
	(void)state;
	known(7, 1000, 0, false);
	known(7, 1000, 10, true);
	g->audit[g->audit_count++] =
	    (struct gather_audit){.ses = 7, .uid = 1000, .boot = 2, .wall_ms = t0 + 5000000};
	gather_audit_finish(g);
	root(5100, 1000, 7, 600, 599);
	assert_int_equal(k->rows, 1);
	assert_int_equal(k->row[0].reason, KAUDIT_NO_USE);
	kernel_login(6000, 1000, 7);
	root(6100, 1000, 7, 600, 599);
	assert_int_equal(k->rows, 2);
	assert_int_equal(k->row[1].reason, KAUDIT_NO_LOGIN);
}

static void
test_rows_are_bounded(void **state)
{
	(void)state;
	for (unsigned ses = 0; ses < KAUDIT_ROWS_MAX + 5; ses++)
		root(50, 1000, ses, 600, 599);
	assert_int_equal(k->rows, KAUDIT_ROWS_MAX);
	assert_int_equal(k->beyond, 5);
	assert_int_equal(k->unexplained, KAUDIT_ROWS_MAX + 5);
	/* outside of the period, or before the log began */
	root(90000, 1000, 7, 600, 599);
	root(-4000, 1000, 7, 600, 599);
	assert_int_equal(k->unexplained, KAUDIT_ROWS_MAX + 5);
}

/* ---- files ---------------------------------------------------------------------------------- */

static char dir[] = "/tmp/kaudit-XXXXXX", path[64];

static void
write_file(const char *suffix, const char *text, mode_t mode)
{
	char name[80];
	FILE *f;

	(void)snprintf(name, sizeof(name), "%s%s", path, suffix);
	f = fopen(name, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(name, mode), 0);
}

/* All of a log in one go. */
static void
compare(const struct hostlog *l)
{
	int r = kaudit_begin(k, l);

	while (r == SKS_OK && (r = kaudit_step(k, 1000, g)) == 1)
		r = SKS_OK;
	assert_int_equal(r, SKS_OK);
	kaudit_end(k);
}

static void
compare_path(void)
{
	struct hostlogs h;

	hostlogs_init(&h);
	hostlog_open(&h.audit, path, geteuid(), 0644);
	compare(&h.audit);
	hostlogs_close(&h);
}

static void
test_files(void **state)
{
	char name[80];

	(void)state;
	free(k->begin); /* its own here */
	k->begin = NULL;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/audit.log", dir);
	compare_path();
	assert_int_equal(k->state, KAUDIT_ABSENT);
	write_file("", EXEC "\nrubbish\n" EXEC "\n" EXEC, 0640);
	write_file(".1", EXEC "\n", 0600);
	compare_path();
	assert_int_equal(k->state, KAUDIT_READ);
	assert_int_equal(k->lines, 4); /* the last one is not whole yet */
	assert_int_equal(k->odd, 1);
	assert_int_equal(k->unexplained, 3);
	assert_int_equal(k->first_ms, 1795340163161);
	assert_false(k->cut);
	/* what others may write, and a link, is not believed */
	write_file(".1", EXEC "\n", 0666);
	compare_path();
	assert_int_equal(k->state, KAUDIT_REFUSED);
	assert_non_null(strstr(k->why, "0666"));
	(void)snprintf(name, sizeof(name), "%s.1", path);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(symlink(path, name), 0);
	compare_path();
	assert_int_equal(k->state, KAUDIT_REFUSED);
	(void)unlink(name);
	(void)unlink(path);
	(void)rmdir(dir);
}

/* Only the end of a file counts where there is too much, and a line of any length is no danger. */
static void
test_the_end_of_a_large_file(void **state)
{
	const int64_t all = KAUDIT_BYTES_MAX;
	struct hostlog l = {.state = HOSTLOG_OPEN, .count = 1};
	FILE *f = tmpfile();

	(void)state;
	free(k->begin); /* its own here */
	k->begin = NULL;
	fputs(EXEC "\n", f);
	for (int i = 0; i < 3 * KAUDIT_LINE_MAX; i++)
		fputc('x', f);
	fputs("\n" EXEC "\n" EXEC "\n", f);
	assert_int_equal(fflush(f), 0);
	l.fd[0] = fileno(f);
	l.size[0] = ftell(f);
	compare(&l);
	assert_int_equal(k->lines, 4);
	assert_int_equal(k->odd, 1);
	assert_int_equal(k->unexplained, 3);
	assert_false(k->cut);
	/* with a newer file that leaves it no more room than one line and the end of another */
	l.count = 2;
	l.fd[1] = l.fd[0];
	l.size[1] = l.size[0];
	l.size[0] = all - ((int64_t)sizeof(EXEC) + 5);
	compare(&l);
	assert_int_equal(k->lines, 4 + 1 + 4); /* not the end of the line before; the newer file as it is */
	assert_int_equal(k->unexplained, 3 + 1 + 3);
	assert_true(k->cut);
	(void)fclose(f);
}

int
main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup_each, teardown_each)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_program_started_as_root),
	    cmocka_unit_test(test_keys_in_another_order),
	    cmocka_unit_test(test_what_shows_privilege),
	    cmocka_unit_test(test_texts_of_strangers),
	    cmocka_unit_test(test_long_texts_are_cut),
	    EACH(test_a_use_explains_what_follows_in_its_session),
	    EACH(test_why_it_is_not_explained),
	    EACH(test_what_the_login_itself_starts),
	    EACH(test_numbers_begin_anew),
	    EACH(test_rows_are_bounded),
	    EACH(test_files),
	    EACH(test_the_end_of_a_large_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
