/*
 * The world in which the module runs in tests: as it is installed, under the real libpam, with
 * pam_unix and a small daemon of ours, in a mount namespace with its own /run, /etc and
 * /dev/log. Root only. Include behind cmocka.h.
 */
#ifndef SEKISHO_PAM_WORLD_H
#define SEKISHO_PAM_WORLD_H

#include "breakglass.h"
#include "clock.h"
#include "fake_daemon.h"
#include "spool.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <security/pam_appl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <syslog.h>

#define MODULE    "/run/pam_sekisho.so"
#define X32       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LONG_NAME X32 X32 X32 X32 X32 X32 X32 X32
#define PASSWORD  "Right+pass-1"
#define HASH      "Q/28vEAL//PEFikaCAOgFP1xBXuvbLQ3BLhjFAI5w02" /* of it, SHA-256 crypt */

enum { MESSAGES_MAX = 16, TEXT_SIZE = 256 };

static struct fake *fake;

/* ---- the world around the module -------------------------------------------------------- */

static __attribute__((unused)) void
must(bool holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(1);
}

static __attribute__((unused)) void
spill(const char *path, mode_t mode, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	must(fchmod(fd, mode) == 0, path);
	close(fd);
}

/* Beside the test program: build/tests/test_pam_login, build/pam_sekisho.so. A link, because
 * the stacks are easier to read with a short name. */
static __attribute__((unused)) void
find_module(void)
{
	char path[PATH_MAX + 32];
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);
	char *slash;

	must(n > 0, "/proc/self/exe");
	path[n] = '\0';
	for (int i = 0; i < 2; i++) {
		slash = strrchr(path, '/');
		must(slash != NULL, path);
		*slash = '\0';
	}
	strcat(path, "/pam_sekisho.so");
	must(access(path, R_OK) == 0, path);
	must(symlink(path, MODULE) == 0, MODULE);
}

/* What was said to /dev/log, collected by a child: a syslog that does not read soon blocks all
 * who write. */
struct log {
	volatile size_t used;
	char text[1 << 18];
};
static struct log *syslog_log;

static __attribute__((unused)) void
collect_syslog(int fd)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		char line[4096];
		ssize_t n = recv(fd, line, sizeof(line), 0);

		if (n <= 0)
			_exit(1);
		if ((size_t)n + 2 > sizeof(syslog_log->text) - syslog_log->used)
			continue;
		memcpy(syslog_log->text + syslog_log->used, line, (size_t)n);
		syslog_log->text[syslog_log->used + (size_t)n] = '\n';
		__sync_synchronize();
		syslog_log->used += (size_t)n + 1;
	}
}

static __attribute__((unused)) void
make_syslog(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	syslog_log = mmap(NULL, sizeof(*syslog_log), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(syslog_log != MAP_FAILED, "mmap");
	must(
	    fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "/dev/log");
	if (fork() == 0)
		collect_syslog(fd);
	close(fd);
	syslog(LOG_DEBUG, "begin"); /* libc keeps its socket: open it before anybody counts */
}

/* user1's line, and user2's. */
static __attribute__((unused)) void
write_shadow(const char *user1)
{
	char text[512];

	snprintf(text, sizeof(text), "root:*:20000:0:99999:7:::\n%suser2:$5$sekisho$" HASH ":20000:0:99999:7:::\n",
	    user1);
	unlink("/etc/shadow"); /* as its tools do */
	spill("/etc/shadow", 0640, text);
	/* for unix_chkpwd, which checks for those who may not look themselves */
	must(chown("/etc/shadow", 0, 42) == 0, "/etc/shadow");
}

static __attribute__((unused)) void
make_world(void)
{
	must(unshare(CLONE_NEWNS) == 0, "unshare");
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private");
	must(mount("run", "/run", "tmpfs", 0, "mode=755") == 0, "/run");
	must(mount("etc", "/etc", "tmpfs", 0, "mode=755") == 0, "/etc");
	must(mount("dev", "/dev", "tmpfs", 0, "mode=755") == 0, "/dev");
	must(mknod("/dev/null", S_IFCHR | 0666, makedev(1, 3)) == 0, "/dev/null");
	must(mknod("/dev/urandom", S_IFCHR | 0666, makedev(1, 9)) == 0, "/dev/urandom");
	must(mkdir("/run/sekisho", 0755) == 0 && mkdir("/run/pam.d", 0755) == 0, "/run");
	must(mkdir("/etc/sekisho", 0755) == 0, "/etc/sekisho");
	spill("/etc/nsswitch.conf", 0644, "passwd: files\ngroup: files\nshadow: files\n");
	spill("/etc/passwd", 0644,
	    "root:x:0:0:root:/root:/bin/sh\nuser1:x:1001:1001::/:/bin/sh\n"
	    "user2:x:1002:1002::/:/bin/sh\n" LONG_NAME ":x:1003:1003::/:/bin/sh\n");
	spill("/etc/group", 0644, "root:x:0:\nuser1:x:1001:\nuser2:x:1002:\n");
	spill("/etc/sekisho/spool.key", 0600, "0123456789abcdef0123456789abcdef");
	make_syslog();
}

/* The shipped stack, with "options" behind each of our lines. */
static __attribute__((unused)) void
write_stack(const char *service, const char *options)
{
	char text[8192], path[128];

	snprintf(text, sizeof(text),
	    "auth [success=3 default=ignore] %1$s keyproof %2$s\n"
	    "auth requisite %1$s preauth %2$s\n"
	    "auth [success=1 default=ignore] pam_unix.so use_first_pass nodelay\n"
	    "auth [default=die] %1$s authfail %2$s\n"
	    "auth required %1$s %2$s\n"
	    "account required %1$s %2$s\n"
	    "account required pam_permit.so\n"
	    "session required %1$s %2$s\n",
	    MODULE, options);
	snprintf(path, sizeof(path), "/run/pam.d/%s", service);
	spill(path, 0644, text);
}

/* ---- the person at the terminal ---------------------------------------------------------- */

struct person {
	const char *answer[8]; /* to each prompt in turn; NULL: nobody answers */
	const char *becomes;   /* PAM_USER changes to this name at the first prompt */
	pam_handle_t *pamh;
	int asked;
	char prompt[8][TEXT_SIZE];
	char shown[MESSAGES_MAX][TEXT_SIZE]; /* 'i' or 'e' and the text */
	int shown_count;
};

static __attribute__((unused)) int
person_converse(
    int count, const struct pam_message **messages, struct pam_response **responses, void *data)
{
	struct person *p = data;
	struct pam_response *r = calloc((size_t)count, sizeof(*r));

	for (int i = 0; i < count; i++) {
		const struct pam_message *m = messages[i];

		if (m->msg_style == PAM_PROMPT_ECHO_OFF || m->msg_style == PAM_PROMPT_ECHO_ON) {
			const char *answer = p->asked < 8 ? p->answer[p->asked] : NULL;

			if (p->becomes != NULL)
				pam_set_item(p->pamh, PAM_USER, p->becomes);
			if (p->asked < 8)
				snprintf(p->prompt[p->asked++], TEXT_SIZE, "%s", m->msg);
			if (answer == NULL) {
				free(r);
				return PAM_CONV_ERR;
			}
			r[i].resp = strdup(answer);
		} else if (p->shown_count < MESSAGES_MAX) {
			snprintf(p->shown[p->shown_count++], TEXT_SIZE, "%c%s",
			    m->msg_style == PAM_ERROR_MSG ? 'e' : 'i', m->msg);
		}
	}
	*responses = r;
	return PAM_SUCCESS;
}

static __attribute__((unused)) bool
person_saw(const struct person *p, const char *part)
{
	for (int i = 0; i < p->shown_count; i++) {
		if (strstr(p->shown[i], part) != NULL)
			return true;
	}
	return false;
}

static __attribute__((unused)) pam_handle_t *
start(const char *service, const char *user, const char *tty, struct person *p)
{
	struct pam_conv conversation = {person_converse, p};
	pam_handle_t *pamh = NULL;

	assert_int_equal(
	    pam_start_confdir(service, user, &conversation, "/run/pam.d", &pamh), PAM_SUCCESS);
	assert_int_equal(pam_set_item(pamh, PAM_TTY, tty), PAM_SUCCESS);
	p->pamh = pamh;
	return pamh;
}

/* ---- what was left behind ---------------------------------------------------------------- */

static char syslog_text[sizeof(((struct log *)0)->text) + 1];

/* Everything said to syslog since the last call. */
static __attribute__((unused)) const char *
read_syslog(void)
{
	static const char mark[] = "mark of the reader";
	static size_t from;
	size_t len;

	syslog(LOG_DEBUG, "%s", mark); /* what was said before it has arrived with it */
	do {
		usleep(1000);
		len = syslog_log->used - from;
		memcpy(syslog_text, syslog_log->text + from, len);
		syslog_text[len] = '\0';
	} while (strstr(syslog_text, mark) == NULL);
	from += len;
	return syslog_text;
}

/* Takes all spooled events; how many there were. The one of "kind" and "phase", if any, in e.
 */
static __attribute__((unused)) int
take_spool(enum spool_kind kind, enum phase phase, struct spool_event *found)
{
	DIR *d = opendir(SPOOL_DIR);
	struct dirent *entry;
	int count = 0;

	memset(found, 0, sizeof(*found));
	while (d != NULL && (entry = readdir(d)) != NULL) {
		uint8_t data[SPOOL_EVENT_MAX];
		char path[PATH_MAX];
		struct spool_event e;
		bool authenticated = false;
		ssize_t n;
		int fd;

		if (strstr(entry->d_name, ".event") == NULL)
			continue;
		snprintf(path, sizeof(path), "%s/%s", SPOOL_DIR, entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = read(fd, data, sizeof(data));
		close(fd);
		unlink(path);
		assert_true(n > 0);
		assert_int_equal(spool_read(data, (size_t)n,
				     (const uint8_t *)"0123456789abcdef0123456789abcdef", &e,
				     &authenticated),
		    SKS_OK);
		assert_true(authenticated);
		if (e.kind == kind && e.phase == phase)
			*found = e;
		count++;
	}
	if (d != NULL)
		closedir(d);
	return count;
}

static __attribute__((unused)) bool
spooled(enum spool_kind kind, enum phase phase, const char *cause)
{
	struct spool_event e;

	if (take_spool(kind, phase, &e) != 1 || e.kind != kind || e.phase != phase)
		return false;
	assert_string_equal(e.cause, cause);
	assert_int_equal(e.pid, getpid());
	return true;
}

static __attribute__((unused)) bool
spool_is_empty(void)
{
	struct spool_event e;

	return take_spool(SPOOL_NONE, PHASE_NONE, &e) == 0;
}

static __attribute__((unused)) unsigned int
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static __attribute__((unused)) const struct pam_request *
seen(size_t i)
{
	assert_true(i < fake->seen_count);
	return &fake->seen[i];
}

/* The daemon that a case begins with: says yes, and wants a code. */
static __attribute__((unused)) int
setup(void **state)
{
	(void)state;
	memset(fake->reply, 0, sizeof(fake->reply));
	memset(fake->dies_after, 0, sizeof(fake->dies_after));
	fake->payload[0] = '\0';
	memset(fake->waits_us, 0, sizeof(fake->waits_us));
	fake->serve = SERVE_WELL;
	fake->code_opens_account = false;
	for (int i = PHASE_CHARGE; i < PHASE_COUNT; i++)
		fake->reply[i].verdict = PAM_VERDICT_ALLOW;
	fake->reply[PHASE_CHARGE].delay_ms = 300;
	fake->reply[PHASE_NEED].need = PAM_NEED_CODE;
	strcpy(fake->reply[PHASE_NEED].prompt, "Code please: ");
	strcpy(fake->reply[PHASE_NEED].text, "Your device has it.");
	write_shadow("user1:$5$sekisho$" HASH ":20000:0:99999:7:::\n");
	write_stack("login", "timeout=1");
	write_stack("sshd", "timeout=1");
	fake_start(fake, PAM_SOCKET_PATH, 0);
	(void)read_syslog();
	return spool_is_empty() ? 0 : -1;
}

static __attribute__((unused)) int
teardown(void **state)
{
	struct spool_event e;

	(void)state;
	fake_stop(fake);
	unlink(BREAKGLASS_FILE);
	unlink(BREAKGLASS_BURNED);
	take_spool(SPOOL_NONE, PHASE_NONE, &e);
	return 0;
}

/* ---- how the daemon can be missing --------------------------------------------------------
 */

struct absence {
	const char *name;
	enum serve serve;
	bool absent, foreign;
	const char *cause;
};

static const struct absence absences[] = {
    {"no socket", SERVE_WELL, true, false, "absent"},
    {"hung", SERVE_HANG, false, false, "timeout"},
    {"dripping", SERVE_DRIP, false, false, "timeout"},
    {"garbage", SERVE_GARBAGE, false, false, "garbled"},
    {"half a reply", SERVE_HALF, false, false, "garbled"},
    {"trailing bytes", SERVE_TRAILING, false, false, "garbled"},
    {"hangs up", SERVE_CLOSE, false, false, "garbled"},
    {"another user's", SERVE_WELL, false, true, "untrusted"},
};

static __attribute__((unused)) void
take_away(const struct absence *a)
{
	fake_stop(fake);
	fake->serve = a->serve;
	if (a->absent)
		return;
	fake_start(fake, PAM_SOCKET_PATH, a->foreign ? 65533 : 0);
}

/*
 * AddressSanitizer's crypt_r calls the one it found at the start: none, as only pam_unix brings
 * libcrypt along, later. So it is there from the start, in a second try.
 */
static __attribute__((unused)) void
load_crypt_first(char **argv)
{
#ifdef __SANITIZE_ADDRESS__
	if (getenv("LD_PRELOAD") != NULL)
		return;
	setenv("LD_PRELOAD", "libcrypt.so.1", 1);
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
	execv("/proc/self/exe", argv);
	must(false, "/proc/self/exe");
#else
	(void)argv;
#endif
}

/* Ends the program, with success, where it cannot run. */
static __attribute__((unused)) void
world_begin(char **argv)
{
	load_crypt_first(argv);
	if (geteuid() != 0) {
		print_message("needs root for a mount namespace: skipped\n");
		exit(0);
	}
	make_world();
	find_module();
	fake = fake_new();
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
