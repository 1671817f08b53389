/*
 * pamload: many logins at once through a host's real PAM stacks, each in processes of its own.
 *
 *	pamload [-b WHERE] [-H FILE] [-j N] [-T SECONDS] <JOBS
 *	  -b none|start|password|code	where all logins meet and are released together
 *	  -H FILE	prints "held" when all have met there, and releases them when FILE
 *exists -s		one after the other instead -T SECONDS	those that have not ended then
 *are killed (default 60)
 *
 * A job is a line of KEY=VALUE words: user service password code (several with commas between)
 * glass (break-glass code) rhost port tty ruser auth_info (SSH_AUTH_INFO_0, "~" for a blank)
 * as (run as that uid) real (real uid; effective root) junk=1 (answers as sshd does for a
 * refused account) between=FILE (runs that between authenticate and account) open=MS (session too,
 * held so long) n (so many of them). Service sshd runs
 * as sshd does it: authenticate and account in a child, the session in its parent.
 *
 * Prints a line per login, in the order of the jobs, and "# LET-IN of ALL". Results are PAM's,
 * "-" where a phase was not reached; "answer_us" is the time from the last response to the
 * end of authenticate.
 */
#include <errno.h>
#include <linux/futex.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { JOBS_MAX = 4096, NOT_REACHED = -1, RESPONSES_MAX = 8 };
enum where { WHERE_NONE, WHERE_START, WHERE_PASSWORD, WHERE_CODE };

struct job {
	char user[256], service[64], password[256], code[256], glass[64], rhost[256], tty[64],
	    ruser[64], auth_info[1024], between[256];
	int port, as, real, junk, open_ms, number;
};

struct result {
	int auth, account, open, close;
	int64_t start_us, response_us, end_us;
	size_t len;
	char transcript[2048];
};

/* What all processes share. */
struct board {
	atomic_uint met, finished, released;
	struct result result[JOBS_MAX];
};

static struct board *board;
static enum where meeting = WHERE_NONE;

/* The conversation of one login. */
struct talk {
	const struct job *job;
	struct result *result;
	const char *codes; /* not yet used */
	bool met;
};

static int64_t
now_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
sleep_ms(int ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000L};

	while (nanosleep(&ts, &ts) != 0 && errno == EINTR)
		;
}

/* ---- meeting --------------------------------------------------------------------------- */

/* Modules drop privileges for a moment, and with that the kernel forgets it. */
static void
die_with_parent(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void
meet(struct talk *t, enum where here)
{
	if (t->met || here != meeting)
		return;
	t->met = true;
	die_with_parent();
	atomic_fetch_add(&board->met, 1);
	while (atomic_load(&board->released) == 0)
		(void)syscall(SYS_futex, &board->released, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static void
release(void)
{
	atomic_store(&board->released, 1);
	(void)syscall(SYS_futex, &board->released, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* ---- the conversation ------------------------------------------------------------------ */

static void
note(struct result *r, char kind, const char *text)
{
	int n = snprintf(r->transcript + r->len, sizeof(r->transcript) - r->len, "%s%c:%s",
	    r->len > 0 ? "|" : "", kind, text);

	if (n > 0)
		r->len += (size_t)n;
	if (r->len >= sizeof(r->transcript))
		r->len = sizeof(r->transcript) - 1;
	for (char *c = r->transcript; *c != '\0'; c++) {
		if (*c == '\n' || *c == '\t' || *c == '\r')
			*c = ' ';
	}
}

/* The next of the codes; the last one stays for further questions. */
static char *
next_code(struct talk *t)
{
	size_t len = strcspn(t->codes, ",");
	char *code = strndup(t->codes, len);

	if (t->codes[len] == ',')
		t->codes += len + 1;
	return code;
}

/* What sshd hands on instead of the password of somebody whom it refuses anyway. */
static char *
junk_response(const char *password)
{
	static const char junk[] = "\b\n\r\177INCORRECT";
	size_t len = strlen(password);
	char *out = malloc(len + 1);

	for (size_t i = 0; out != NULL && i <= len; i++)
		out[i] = i == len ? '\0' : junk[i % (sizeof(junk) - 1)];
	return out;
}

static char *
respond(struct talk *t, const char *prompt)
{
	char *response;

	note(t->result, 'P', prompt);
	if (strcasestr(prompt, "password") != NULL) {
		meet(t, WHERE_PASSWORD);
		response =
		    t->job->junk ? junk_response(t->job->password) : strdup(t->job->password);
	} else if (strcasestr(prompt, "break-glass") != NULL) {
		response = strdup(t->job->glass);
	} else {
		meet(t, WHERE_CODE);
		response = next_code(t);
	}
	t->result->response_us = now_us();
	return response;
}

static int
converse(
    int count, const struct pam_message **message, struct pam_response **out, void *context)
{
	struct talk *t = context;
	struct pam_response *response = calloc((size_t)count, sizeof(*response));

	if (response == NULL)
		return PAM_BUF_ERR;
	for (int i = 0; i < count; i++) {
		switch (message[i]->msg_style) {
		case PAM_TEXT_INFO:
			note(t->result, 'I', message[i]->msg);
			break;
		case PAM_ERROR_MSG:
			note(t->result, 'E', message[i]->msg);
			break;
		default:
			response[i].resp = respond(t, message[i]->msg);
		}
	}
	*out = response;
	return PAM_SUCCESS;
}

/* ---- one login ------------------------------------------------------------------------- */

static int
start(struct talk *t, const struct pam_conv *conv, pam_handle_t **pamh)
{
	const struct job *j = t->job;
	char text[1400];
	int r;

	if ((r = pam_start(j->service, j->user, conv, pamh)) != PAM_SUCCESS)
		return r;
	if (j->rhost[0] != '\0') {
		(void)pam_set_item(*pamh, PAM_RHOST, j->rhost);
		(void)snprintf(text, sizeof(text), "SSH_CONNECTION=%s %d 127.0.0.1 2222",
		    j->rhost, j->port + j->number);
		(void)pam_putenv(*pamh, text);
	}
	if (j->auth_info[0] != '\0') {
		(void)snprintf(text, sizeof(text), "SSH_AUTH_INFO_0=%s", j->auth_info);
		for (char *c = text; *c != '\0'; c++)
			*c = *c == '~' ? ' ' : *c;
		(void)pam_putenv(*pamh, text);
	}
	if (j->tty[0] != '\0')
		(void)pam_set_item(*pamh, PAM_TTY, j->tty);
	if (j->ruser[0] != '\0')
		(void)pam_set_item(*pamh, PAM_RUSER, j->ruser);
	return PAM_SUCCESS;
}

static void
authenticate(struct talk *t, pam_handle_t *pamh)
{
	struct result *r = t->result;

	meet(t, WHERE_START);
	r->start_us = r->response_us = now_us();
	r->auth = pam_authenticate(pamh, 0);
	r->end_us = now_us();
	if (t->job->between[0] != '\0' && system(t->job->between) != 0)
		r->auth = PAM_SYSTEM_ERR;
	if (r->auth == PAM_SUCCESS)
		r->account = pam_acct_mgmt(pamh, 0);
}

static void
hold_session(struct talk *t, pam_handle_t *pamh)
{
	struct result *r = t->result;

	if (r->account != PAM_SUCCESS || t->job->open_ms < 0)
		return;
	(void)pam_setcred(pamh, PAM_ESTABLISH_CRED);
	r->open = pam_open_session(pamh, 0);
	if (r->open == PAM_SUCCESS) {
		die_with_parent();
		sleep_ms(t->job->open_ms);
		r->close = pam_close_session(pamh, 0);
	}
	(void)pam_setcred(pamh, PAM_DELETE_CRED);
}

static bool
is_split(const struct job *j)
{
	return strcmp(j->service, "sshd") == 0;
}

static void
login_in_two(struct talk *t, pam_handle_t *pamh)
{
	pid_t child = fork();

	if (child == 0) {
		die_with_parent();
		authenticate(t, pamh);
		_exit(0); /* sshd's child does not call pam_end either */
	}
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	hold_session(t, pamh);
}

static void
login_run(const struct job *j, struct result *r)
{
	struct talk t = {.job = j, .result = r, .codes = j->code};
	struct pam_conv conv = {.conv = converse, .appdata_ptr = &t};
	pam_handle_t *pamh = NULL;

	if (j->as >= 0 && (setgid((gid_t)j->as) != 0 || setuid((uid_t)j->as) != 0))
		_exit(1);
	if (j->real >= 0 && setreuid((uid_t)j->real, 0) != 0)
		_exit(1);
	if (start(&t, &conv, &pamh) != PAM_SUCCESS)
		_exit(1);
	if (is_split(j)) {
		login_in_two(&t, pamh);
	} else {
		authenticate(&t, pamh);
		hold_session(&t, pamh);
	}
	(void)pam_end(pamh, PAM_SUCCESS);
}

/* ---- the jobs -------------------------------------------------------------------------- */

static void
die(const char *what, const char *which)
{
	fprintf(stderr, "pamload: %s %s\n", what, which);
	exit(2);
}

static void
copy(char *out, size_t size, const char *value)
{
	if (strlen(value) >= size)
		die("too long:", value);
	memcpy(out, value, strlen(value) + 1);
}

static void
job_set(struct job *j, int *n, const char *key, const char *value)
{
	const struct {
		const char *key;
		char *text;
		size_t size;
		int *number;
	} keys[] = {
	    {"user", j->user, sizeof(j->user), NULL},
	    {"service", j->service, sizeof(j->service), NULL},
	    {"password", j->password, sizeof(j->password), NULL},
	    {"code", j->code, sizeof(j->code), NULL},
	    {"glass", j->glass, sizeof(j->glass), NULL},
	    {"rhost", j->rhost, sizeof(j->rhost), NULL},
	    {"tty", j->tty, sizeof(j->tty), NULL},
	    {"ruser", j->ruser, sizeof(j->ruser), NULL},
	    {"auth_info", j->auth_info, sizeof(j->auth_info), NULL},
	    {"between", j->between, sizeof(j->between), NULL},
	    {"port", NULL, 0, &j->port},
	    {"as", NULL, 0, &j->as},
	    {"real", NULL, 0, &j->real},
	    {"junk", NULL, 0, &j->junk},
	    {"open", NULL, 0, &j->open_ms},
	    {"n", NULL, 0, n},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].key, key) != 0)
			continue;
		if (keys[i].text != NULL)
			copy(keys[i].text, keys[i].size, value);
		else
			*keys[i].number = atoi(value);
		return;
	}
	die("unknown key", key);
}

static size_t
jobs_read(struct job *jobs)
{
	char line[4096];
	size_t count = 0;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		struct job j = {.port = 40000, .as = -1, .real = -1, .open_ms = -1};
		int n = 1;

		copy(j.service, sizeof(j.service), "sshd");
		for (char *word = strtok(line, " \t\n"); word != NULL;
		     word = strtok(NULL, " \t\n")) {
			char *value = strchr(word, '=');

			if (value == NULL)
				die("no value:", word);
			*value = '\0';
			job_set(&j, &n, word, value + 1);
		}
		if (is_split(&j) && j.tty[0] == '\0')
			copy(j.tty, sizeof(j.tty), "ssh");
		for (; n > 0 && count < JOBS_MAX; n--, count++) {
			jobs[count] = j;
			jobs[count].number = (int)count;
		}
	}
	return count;
}

/* ---- all of them ----------------------------------------------------------------------- */

static pid_t
launch(const struct job *j, struct result *r)
{
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		die_with_parent();
		login_run(j, r);
		_exit(0);
	}
	return pid;
}

/* Until all wait at the meeting point or have ended before it. */
static void
wait_for_meeting(size_t count, int64_t until_us, const char *hold)
{
	while (atomic_load(&board->met) + atomic_load(&board->finished) < count &&
	       now_us() < until_us) {
		if (waitpid(-1, NULL, WNOHANG) > 0)
			atomic_fetch_add(&board->finished, 1);
		else
			sleep_ms(2);
	}
	if (hold == NULL)
		return;
	printf("held %u\n", atomic_load(&board->met));
	(void)fflush(stdout);
	while (access(hold, F_OK) != 0 && now_us() < until_us)
		sleep_ms(10);
}

static void
reap(size_t count, int64_t until_us)
{
	while (atomic_load(&board->finished) < count && now_us() < until_us) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid > 0)
			atomic_fetch_add(&board->finished, 1);
		else if (pid < 0)
			break;
		else
			sleep_ms(2);
	}
}

static void
run_all(const struct job *jobs, size_t count, size_t at_a_time, int limit_s, const char *hold)
{
	int64_t until_us = now_us() + (int64_t)limit_s * 1000000;
	static pid_t pid[JOBS_MAX];

	if (at_a_time != 0 || meeting == WHERE_NONE)
		atomic_store(&board->released, 1);
	for (size_t i = 0; i < count; i++) {
		pid[i] = launch(&jobs[i], &board->result[i]);
		if (at_a_time != 0 && i + 1 >= at_a_time)
			reap(i + 2 - at_a_time, until_us);
	}
	if (at_a_time == 0 && meeting != WHERE_NONE) {
		wait_for_meeting(count, until_us, hold);
		release();
	}
	reap(count, until_us);
	for (size_t i = 0; i < count && atomic_load(&board->finished) < count; i++)
		(void)kill(pid[i], SIGKILL);
}

static const char *
outcome(int rc)
{
	static char text[4][16];
	static int next;

	if (rc == NOT_REACHED)
		return "-";
	next = (next + 1) % 4;
	(void)snprintf(text[next], sizeof(text[next]), "%d", rc);
	return text[next];
}

static void
print_all(const struct job *jobs, size_t count)
{
	size_t in = 0;

	for (size_t i = 0; i < count; i++) {
		const struct result *r = &board->result[i];

		in += r->account == PAM_SUCCESS;
		printf("n=%zu\tuser=%s\tservice=%s\trhost=%s\tcode=%s\tauth=%s\tacct=%s"
		       "\topen=%s\tclose=%s\tms=%lld\tanswer_us=%lld\tsaid=%s\n",
		    i, jobs[i].user, jobs[i].service, jobs[i].rhost, jobs[i].code,
		    outcome(r->auth), outcome(r->account), outcome(r->open), outcome(r->close),
		    (long long)(r->end_us - r->start_us) / 1000,
		    (long long)(r->end_us - r->response_us), r->transcript);
	}
	printf("# %zu of %zu\n", in, count);
}

int
main(int argc, char **argv)
{
	static const char *const words[] = {"none", "start", "password", "code"};
	static struct job jobs[JOBS_MAX];
	const char *hold = NULL;
	size_t at_a_time = 0;
	int limit_s = 60, option;
	size_t count;

	while ((option = getopt(argc, argv, "b:H:j:T:")) != -1) {
		if (option == 'b') {
			for (unsigned i = 0; i < 4; i++)
				if (strcmp(words[i], optarg) == 0)
					meeting = (enum where)i;
		} else if (option == 'H') {
			hold = optarg;
		} else if (option == 'j') {
			at_a_time = (size_t)atoi(optarg);
		} else if (option == 'T') {
			limit_s = atoi(optarg);
		} else {
			return 2;
		}
	}
	board = mmap(
	    NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		die("no memory", "");
	count = jobs_read(jobs);
	for (size_t i = 0; i < count; i++) {
		struct result *r = &board->result[i];

		r->auth = r->account = r->open = r->close = NOT_REACHED;
	}
	run_all(jobs, count, at_a_time, limit_s, hold);
	print_all(jobs, count);
	return 0;
}
