/* sudo's plugin without sudo: what it tells the daemon, what it makes of the answers, which
 * processes are below it, and what becomes of an end that nobody hears of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client.h"
#include "clock.h"
#include "error.h"
#include "protocol.h"
#include "spool.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- a daemon of this test's --------------------------------------------------------------- */

static struct answer {
	int error;
	struct sudo_reply reply;
} answers[8];
static size_t answered;
static struct sudo_request heard[8];
static int naps, nap_fails_at;
static char spool_dir[] = "/tmp/sudo-plugin-XXXXXX";

static int
fake_call(const char *path, uint16_t type, const struct fields *in, const void *obj,
    const void *payload, size_t payload_len, const struct fields *out, void *reply,
    struct buf *reply_payload, int timeout_ms)
{
	assert_int_equal(type, MSG_SUDO);
	assert_ptr_equal(in, &sudo_request_fields);
	assert_ptr_equal(out, &sudo_reply_fields);
	assert_true(path[0] == '/' && payload == NULL && payload_len == 0 &&
		    reply_payload == NULL && timeout_ms > 0);
	assert_true(answered < 8);
	memcpy(&heard[answered], obj, sizeof(heard[0]));
	memcpy(reply, &answers[answered].reply, sizeof(answers[0].reply));
	return answers[answered++].error;
}

static int
fake_nap(void)
{
	naps++;
	return naps == nap_fails_at ? -1 : 0;
}

#define client_call fake_call
#define nanosleep(nap, left) ((void)(nap), (void)(left), fake_nap())
#define PLUGIN_SPOOL_DIR     spool_dir
#define PLUGIN_SPOOL_KEY     "/nonexistent/key"
#include "../../sudo_plugin/check.c"
#include "../../sudo_plugin/facts.c"
#undef nanosleep
#include "../../sudo_plugin/tree.c"
#define AGAIN_MS RUN_AGAIN_MS
#include "../../sudo_plugin/run.c"
#undef TELL_TIMEOUT_MS
#define TELL_TIMEOUT_MS AUDIT_TELL_TIMEOUT_MS
#include "../../sudo_plugin/approval.c"
#include "../../sudo_plugin/audit.c"
#undef TELL_TIMEOUT_MS

static int
reset(void **state)
{
	(void)state;
	memset(answers, 0, sizeof(answers));
	memset(heard, 0, sizeof(heard));
	memset(&plugin, 0, sizeof(plugin));
	answered = 0;
	naps = nap_fails_at = 0;
	return 0;
}

#define S(text) ((char[]){text})

/* ---- facts.c ------------------------------------------------------------------------------- */

static char *user_info[] = {S("user=alice"), S("uid=1001"), S("tty=/dev/pts/1"), S("cwd=/home/alice"), NULL};
static char *root_info[] = {S("user=root"), S("uid=0"), NULL};
static char *command_info[] = {
    S("command=/usr/bin/id"), S("runas_user=root"), S("runas_uid=0"), S("timeout=3613"), NULL};

static void
test_a_command(void **state)
{
	char *argv[] = {S("id"), S("-u"), S("a b"), NULL};
	static struct sudo_request q;

	(void)state;
	facts_fill(&q, user_info, command_info, argv);
	assert_string_equal(q.user, "alice");
	assert_int_equal(q.uid, 1001);
	assert_string_equal(q.tty, "/dev/pts/1");
	assert_string_equal(q.cwd, "/home/alice");
	assert_string_equal(q.command, "/usr/bin/id");
	assert_string_equal(q.arguments, "-u\na b\n");
	assert_string_equal(q.run_as, "root");
	assert_int_equal(q.run_as_uid, 0);
	assert_int_equal(q.timeout_s, 3613);
	assert_false(q.cut || q.edit);
}

static void
test_what_cannot_stand_there(void **state)
{
	char *line[] = {S("id"), S("a\nb"), NULL};
	char *much[4] = {S("id"), NULL, NULL, NULL};
	char *unlike[] = {S("user=bob"), S("uid=12x"), NULL};
	static struct sudo_request q;
	char long_one[4000];

	(void)state;
	facts_fill(&q, user_info, command_info, line);
	assert_true(q.cut);
	assert_true(strchr(q.arguments, '\n') == q.arguments + strlen(q.arguments) - 1);
	memset(long_one, 'x', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = '\0';
	much[1] = much[2] = long_one;
	facts_fill(&q, user_info, command_info, much);
	assert_false(q.cut);
	much[3] = NULL;
	facts_fill(&q, user_info, command_info, (char *[]){S("id"), long_one, long_one, long_one, NULL});
	assert_true(q.cut);
	facts_fill(&q, unlike, NULL, line);
	assert_true(q.uid == UINT32_MAX && q.run_as_uid == UINT32_MAX);
	assert_string_equal(q.command, "id"); /* as typed */
	facts_fill(&q, NULL, NULL, NULL);
	assert_string_equal(q.command, "");
}

static void
test_sudoedit(void **state)
{
	char *info[] = {S("sudoedit=true"), S("runas_user=root"), NULL};
	char *argv[] = {S("vi"), S("-u"), S("--"), S("/etc/motd"), S("/etc/issue"), NULL};
	static struct sudo_request q;

	(void)state;
	facts_fill(&q, user_info, info, argv);
	assert_true(q.edit);
	assert_string_equal(q.command, "sudoedit");
	assert_string_equal(q.arguments, "/etc/motd\n/etc/issue\n");
}

/* ---- check.c ------------------------------------------------------------------------------- */

static char *argv_id[] = {S("id"), S("-u"), NULL};

static void
test_allowed_and_refused(void **state)
{
	(void)state;
	plugin.user_info = user_info;
	answers[0].reply = (struct sudo_reply){
	    .verdict = PAM_VERDICT_ALLOW, .record = 12, .grant = 7};
	assert_true(check_ask(command_info, argv_id));
	assert_true(plugin.checked && plugin.request.record == 12 && plugin.request.grant == 7);
	assert_int_equal(heard[0].step, SUDO_CHECK);
	answers[1].reply = (struct sudo_reply){.verdict = PAM_VERDICT_DENY, .text = "no"};
	assert_false(check_ask(command_info, argv_id));
	assert_string_equal(plugin.refusal, "no");
	answers[1].reply = (struct sudo_reply){
	    .verdict = PAM_VERDICT_DENY, .text = "no\n\xc2\x9b" "2Jyes\xe2\x80\xae"};
	answered = 1;
	assert_false(check_ask(command_info, argv_id));
	assert_string_equal(plugin.refusal, "no\n\xef\xbf\xbd" "2Jyes\xef\xbf\xbd");
	answers[2].reply = (struct sudo_reply){.verdict = 77};
	assert_false(check_ask(command_info, argv_id));
}

static void
test_without_the_daemon(void **state)
{
	(void)state;
	answers[0].error = answers[1].error = answers[2].error = SKS_UNREACHABLE;
	plugin.user_info = user_info;
	assert_false(check_ask(command_info, argv_id));
	assert_true(plugin.refusal[0] != '\0' && !plugin.checked);
	plugin.user_info = root_info;
	assert_true(check_ask(command_info, argv_id));
	plugin.user_info = NULL; /* nobody is not root */
	assert_false(check_ask(command_info, argv_id));
}

static void
test_a_second_person(void **state)
{
	(void)state;
	plugin.user_info = user_info;
	answers[0].reply =
	    (struct sudo_reply){.verdict = PAM_VERDICT_DENY, .wait = 5, .text = "it waits"};
	answers[1].reply = (struct sudo_reply){.verdict = PAM_VERDICT_DENY, .wait = 5};
	answers[2].reply = (struct sudo_reply){.verdict = PAM_VERDICT_ALLOW, .record = 3};
	assert_true(check_ask(command_info, argv_id));
	assert_int_equal(naps, 2);
	assert_true(heard[0].use == 0 && heard[1].use == 5 && heard[2].use == 5);
	assert_int_equal(plugin.request.record, 3);
}

static void
test_a_second_person_does_not_agree(void **state)
{
	(void)state;
	plugin.user_info = user_info;
	answers[0].reply = (struct sudo_reply){.verdict = PAM_VERDICT_DENY, .wait = 5};
	answers[1].reply = (struct sudo_reply){.verdict = PAM_VERDICT_DENY, .text = "not"};
	assert_false(check_ask(command_info, argv_id));
	assert_string_equal(plugin.refusal, "not");
	answers[2].reply = answers[0].reply;
	answers[3].error = SKS_TIMEOUT; /* the daemon is away meanwhile */
	assert_false(check_ask(command_info, argv_id));
	answers[4].reply = answers[0].reply;
	nap_fails_at = naps + 1; /* ^C */
	assert_false(check_ask(command_info, argv_id));
	assert_int_equal(answered, 5);
	assert_true(plugin.refusal[0] != '\0');
}

/* ---- tree.c -------------------------------------------------------------------------------- */

static void
test_processes_below(void **state)
{
	pid_t child = fork();
	int status = 0;

	(void)state;
	if (child == 0) {
		(void)execl("/bin/sh", "sh", "-c", "sleep 30 & sleep 30; :", (char *)NULL);
		_exit(1);
	}
	for (int i = 0; i < 200 && tree_signal(0) < 3; i++)
		(void)usleep(10000);
	assert_int_equal(tree_signal(0), 3); /* the shell and both of its own */
	assert_int_equal(tree_signal_known(SIGKILL), 3);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	for (int i = 0; i < 200 && tree_signal_known(0) > 0; i++)
		(void)usleep(10000);
	assert_int_equal(tree_signal_known(0), 0);
}

/* ---- run.c --------------------------------------------------------------------------------- */

static bool
spooled(struct spool_event *out)
{
	uint8_t data[SPOOL_EVENT_MAX];
	bool authenticated, found = false;
	struct dirent *entry;
	char path[512];
	DIR *dir = opendir(spool_dir);

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		ssize_t n;
		int fd;

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", spool_dir, entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = read(fd, data, sizeof(data));
		(void)close(fd);
		assert_true(n > 0);
		assert_int_equal(
		    spool_read(data, (size_t)n, (const uint8_t[32]){0}, out, &authenticated),
		    SKS_OK);
		assert_false(authenticated);
		(void)unlink(path);
		found = true;
	}
	(void)closedir(dir);
	return found;
}

static void
test_an_end_is_told_or_spooled(void **state)
{
	static struct spool_event e;

	(void)state;
	assert_non_null(mkdtemp(spool_dir));
	plugin.user_info = user_info;
	answers[0].reply = (struct sudo_reply){.verdict = PAM_VERDICT_ALLOW, .record = 12};
	assert_true(check_ask(command_info, argv_id));
	assert_true(run_begin(NULL)); /* under no grant: nothing ends it */
	run_end(SUDO_ENDED_EXIT, 0);
	assert_int_equal(heard[1].step, SUDO_EXIT);
	assert_int_equal(heard[1].record, 12);
	assert_false(spooled(&e));
	run.reported = false;
	answers[2].error = SKS_UNREACHABLE;
	run_end(SUDO_ENDED_EXIT, 9);
	assert_true(spooled(&e));
	assert_int_equal(e.kind, SPOOL_SUDO_EXIT);
	assert_string_equal(e.user, "alice");
	assert_string_equal(e.command, "/usr/bin/id");
	assert_true(e.record == 12 && e.ended == SUDO_ENDED_EXIT && e.status == 9 && e.wall_ms > 0);
	run_end(SUDO_ENDED_EXIT, 9); /* once */
	assert_false(spooled(&e));
	(void)rmdir(spool_dir);
}

/* ---- approval.c and audit.c: what sudo calls ------------------------------------------------ */

static char said[512];

static int __attribute__((format(printf, 2, 3)))
fake_print(int type, const char *fmt, ...)
{
	va_list list;

	(void)type;
	va_start(list, fmt);
	(void)vsnprintf(said, sizeof(said), fmt, list);
	va_end(list);
	return 0;
}

static char *typed[] = {S("sudo"), S("-n"), S("id"), S("-u"), NULL};

/* sudo, as somebody typed "sudo -n id -u" (or without a command: sudo -v). */
static void
sudo_begins(bool command)
{
	said[0] = '\0';
	memset(&run, 0, sizeof(run));
	run.fd = -1;
	assert_int_equal(sekisho_approval.open(SUDO_API_VERSION, NULL, fake_print, NULL, user_info,
			     2, typed, NULL, NULL, NULL), 1);
	assert_int_equal(sekisho_audit.open(SUDO_API_VERSION, NULL, fake_print, NULL, user_info,
			     command ? 2 : 4, typed, NULL, NULL, NULL), 1);
}

static void
test_approval_says_what_the_daemon_says(void **state)
{
	const char *why = NULL;

	(void)state;
	sudo_begins(true);
	answers[0].reply = (struct sudo_reply){.verdict = PAM_VERDICT_ALLOW};
	assert_int_equal(sekisho_approval.check(command_info, argv_id, NULL, &why), 1);
	assert_null(why);
	assert_string_equal(said, "");
	answers[1].reply = (struct sudo_reply){.verdict = PAM_VERDICT_DENY, .text = "not now"};
	assert_int_equal(sekisho_approval.check(command_info, argv_id, NULL, &why), 0);
	assert_string_equal(why, "not now");
	assert_string_equal(said, "not now\n");
	plugin_say("a\xc2\x9b" "2J\n\tb\xe2\x80\xae");
	assert_string_equal(said, "a\xef\xbf\xbd" "2J\n\tb\xef\xbf\xbd\n");
	answers[2].error = SKS_TIMEOUT;
	assert_int_equal(sekisho_approval.check(command_info, argv_id, NULL, NULL), 0);
	assert_non_null(strstr(said, "does not answer"));
}

static void
test_accept_asks_where_nobody_has(void **state)
{
	const char *why = NULL;

	(void)state;
	sudo_begins(true);
	/* sudo -l and the policy plugin's own yes: nothing is about to run */
	assert_int_equal(sekisho_audit.accept("sudoers_policy", SUDO_POLICY_PLUGIN, command_info, argv_id, NULL, &why), 1);
	assert_int_equal(sekisho_audit.accept("sudo", SUDO_FRONT_END, command_info, (char *[]){NULL}, NULL, &why), 1);
	assert_int_equal(sekisho_audit.accept("sudo", SUDO_FRONT_END, NULL, argv_id, NULL, &why), 1);
	assert_int_equal(answered, 0);
	assert_false(plugin.begun);
	answers[0].reply = (struct sudo_reply){.verdict = PAM_VERDICT_DENY, .text = "no"};
	assert_int_equal(sekisho_audit.accept("sudo", SUDO_FRONT_END, command_info, argv_id, NULL, &why), 0);
	assert_string_equal(why, "no");
	assert_string_equal(said, "no\n");
	assert_false(plugin.begun);
	answers[1].reply = (struct sudo_reply){.verdict = PAM_VERDICT_ALLOW, .record = 12};
	assert_int_equal(sekisho_audit.accept("sudo", SUDO_FRONT_END, command_info, argv_id, NULL, NULL), 1);
	assert_true(plugin.begun);
	assert_int_equal(answered, 2);
	/* a command of the one that runs (intercept) begins nothing */
	assert_int_equal(sekisho_audit.accept("sudo", SUDO_FRONT_END, command_info, argv_id, NULL, NULL), 1);
	assert_int_equal(answered, 2);
}

static void
test_accept_does_not_ask_twice(void **state)
{
	(void)state;
	sudo_begins(true);
	answers[0].reply = (struct sudo_reply){.verdict = PAM_VERDICT_ALLOW, .record = 12};
	assert_int_equal(sekisho_approval.check(command_info, argv_id, NULL, NULL), 1);
	assert_int_equal(sekisho_audit.accept("sudo", SUDO_FRONT_END, command_info, argv_id, NULL, NULL), 1);
	assert_int_equal(answered, 1);
	assert_true(plugin.begun);
}

/* Under a grant, where sudo has no event loop for plugins: not run, for nobody could end it. */
static void
test_accept_without_an_end(void **state)
{
	const char *why = NULL;

	(void)state;
	sudo_begins(true);
	answers[0].reply = (struct sudo_reply){.verdict = PAM_VERDICT_ALLOW, .record = 12, .grant = 7};
	assert_int_equal(sekisho_audit.accept("sudo", SUDO_FRONT_END, command_info, argv_id, NULL, &why), 0);
	assert_non_null(strstr(why, "cannot end a command in time"));
}

static void
test_what_others_refuse_is_told(void **state)
{
	(void)state;
	sudo_begins(true);
	assert_int_equal(sekisho_audit.reject("sudoers_policy", SUDO_POLICY_PLUGIN,
			     "command not allowed\n", command_info, NULL), 1);
	assert_int_equal(heard[0].step, SUDO_REFUSED);
	assert_string_equal(heard[0].plugin, "sudoers_policy");
	assert_non_null(strstr(heard[0].message, "command not allowed"));
	assert_null(strchr(heard[0].message, '\n'));
	assert_string_equal(heard[0].arguments, "-u\n");
	answers[1].error = SKS_UNREACHABLE; /* refused whether we hear of it or not */
	assert_int_equal(sekisho_audit.error(NULL, SUDO_FRONT_END, NULL, NULL, NULL), 1);
	assert_int_equal(answered, 2);
	/* ours is recorded already, and without a command there is nothing to tell */
	assert_int_equal(sekisho_audit.reject("sekisho_approval", SUDO_APPROVAL_PLUGIN, "no", command_info, NULL), 1);
	plugin.begun = true;
	assert_int_equal(sekisho_audit.reject("sudoers_policy", SUDO_POLICY_PLUGIN, "no", command_info, NULL), 1);
	plugin.begun = false;
	sudo_begins(false);
	assert_int_equal(sekisho_audit.reject("sudoers_policy", SUDO_POLICY_PLUGIN, "no", NULL, NULL), 1);
	assert_int_equal(answered, 2);
}

static const struct {
	int type, status;
	bool told;
	uint32_t ended, is;
} closes[] = {
    {SUDO_PLUGIN_NO_STATUS, 0, false, 0, 0},
    {SUDO_PLUGIN_WAIT_STATUS, 7 << 8, true, SUDO_ENDED_EXIT, 7},
    {SUDO_PLUGIN_WAIT_STATUS, SIGKILL, true, SUDO_ENDED_SIGNAL, SIGKILL},
    {SUDO_PLUGIN_EXEC_ERROR, ENOENT, true, SUDO_ENDED_ERROR, ENOENT},
    {SUDO_PLUGIN_SUDO_ERROR, ENOMEM, true, SUDO_ENDED_ERROR, ENOMEM},
};

static void
test_how_it_ended(void **state)
{
	for (size_t i = 0; i < sizeof(closes) / sizeof(closes[0]); i++) {
		reset(state);
		sudo_begins(true);
		sekisho_audit.close(closes[i].type, closes[i].status); /* nothing ran */
		assert_int_equal(answered, 0);
		answers[0].reply = (struct sudo_reply){.verdict = PAM_VERDICT_ALLOW, .record = 12};
		assert_int_equal(sekisho_audit.accept("sudo", SUDO_FRONT_END, command_info, argv_id, NULL, NULL), 1);
		sekisho_audit.close(closes[i].type, closes[i].status);
		assert_int_equal(answered, closes[i].told ? 2 : 1);
		if (closes[i].told) {
			assert_int_equal(heard[1].step, SUDO_EXIT);
			assert_int_equal(heard[1].ended, closes[i].ended);
			assert_int_equal(heard[1].status, closes[i].is);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_a_command, reset),
	    cmocka_unit_test_setup(test_what_cannot_stand_there, reset),
	    cmocka_unit_test_setup(test_sudoedit, reset),
	    cmocka_unit_test_setup(test_allowed_and_refused, reset),
	    cmocka_unit_test_setup(test_without_the_daemon, reset),
	    cmocka_unit_test_setup(test_a_second_person, reset),
	    cmocka_unit_test_setup(test_a_second_person_does_not_agree, reset),
	    cmocka_unit_test_setup(test_processes_below, reset),
	    cmocka_unit_test_setup(test_an_end_is_told_or_spooled, reset),
	    cmocka_unit_test_setup(test_approval_says_what_the_daemon_says, reset),
	    cmocka_unit_test_setup(test_accept_asks_where_nobody_has, reset),
	    cmocka_unit_test_setup(test_accept_does_not_ask_twice, reset),
	    cmocka_unit_test_setup(test_accept_without_an_end, reset),
	    cmocka_unit_test_setup(test_what_others_refuse_is_told, reset),
	    cmocka_unit_test_setup(test_how_it_ended, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
