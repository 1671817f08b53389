/*
 * One client: reads "USER CODE" lines, runs for each a whole PAM transaction in a process of
 * its own, as sshd does, and writes a struct bench_result. Links libpam alone, so that no
 * module finds its libraries loaded already.
 *
 *	client CONFDIR SERVICE
 */
#include "bench.h"

#include <pwd.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct person {
	char user[BENCH_NAME_SIZE];
	char code[16];
	uint32_t asked;
};

static uint64_t
now_ns(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC_RAW, &t) != 0)
		abort();
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/* Answers every prompt with the code. */
static int
client_converse(
    int count, const struct pam_message **message, struct pam_response **out, void *appdata)
{
	struct person *person = appdata;
	struct pam_response *response;

	if (count < 1 || count > PAM_MAX_NUM_MSG)
		return PAM_CONV_ERR;
	response = calloc((size_t)count, sizeof(*response));
	if (response == NULL)
		return PAM_BUF_ERR;
	for (int i = 0; i < count; i++) {
		int style = message[i]->msg_style;

		if (style != PAM_PROMPT_ECHO_OFF && style != PAM_PROMPT_ECHO_ON)
			continue;
		response[i].resp = strdup(person->code);
		person->asked++;
	}
	*out = response;
	return PAM_SUCCESS;
}

/* What sshd tells a module about the connection. */
static int
client_describe(pam_handle_t *pamh)
{
	if (pam_set_item(pamh, PAM_RHOST, "192.0.2.7") != PAM_SUCCESS ||
	    pam_set_item(pamh, PAM_TTY, "ssh") != PAM_SUCCESS ||
	    pam_putenv(pamh, "SSH_CONNECTION=192.0.2.7 40000 192.0.2.1 22") != PAM_SUCCESS)
		return PAM_BUF_ERR;
	return PAM_SUCCESS;
}

static void
client_transact(
    const char *confdir, const char *service, struct person *person, struct bench_result *out)
{
	const struct pam_conv conv = {.conv = client_converse, .appdata_ptr = person};
	pam_handle_t *pamh = NULL;
	uint64_t begun, started, proved, accounted;
	int rc;

	begun = now_ns();
	rc = pam_start_confdir(service, person->user, &conv, confdir, &pamh);
	if (rc == PAM_SUCCESS)
		rc = client_describe(pamh);
	started = now_ns();
	if (rc == PAM_SUCCESS)
		rc = pam_authenticate(pamh, PAM_SILENT);
	proved = now_ns();
	if (rc == PAM_SUCCESS)
		rc = pam_acct_mgmt(pamh, PAM_SILENT);
	accounted = now_ns();
	if (pamh != NULL)
		(void)pam_end(pamh, rc);
	*out = (struct bench_result){.begun_ns = begun,
	    .start_ns = (uint32_t)(started - begun),
	    .authenticate_ns = (uint32_t)(proved - started),
	    .account_ns = (uint32_t)(accounted - proved),
	    .end_ns = (uint32_t)(now_ns() - accounted),
	    .status = rc,
	    .asked = person->asked};
}

int
main(int argc, char **argv)
{
	struct person person = {.asked = 0};
	struct bench_result result;
	char line[64];
	int status;
	pid_t pid;

	if (argc != 3) {
		fputs("usage: client CONFDIR SERVICE\n", stderr);
		return 2;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (sscanf(line, "%15s %15s", person.user, person.code) != 2)
			return 2;
		/* So have sshd, su, sudo and login done before they start PAM: it is not the
		 * modules that have to load what finds accounts. */
		if (getpwnam(person.user) == NULL)
			return 3;
		pid = fork();
		if (pid < 0)
			return 1;
		if (pid == 0) {
			client_transact(argv[1], argv[2], &person, &result);
			_exit(write(STDOUT_FILENO, &result, sizeof(result)) != sizeof(result));
		}
		if (waitpid(pid, &status, 0) != pid || status != 0)
			return 1;
	}
	return 0;
}
