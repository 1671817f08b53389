/*
 * A host process and what one PAM transaction adds to it, in KiB: resident memory, its
 * proportional share (what others map too is divided), and what is its alone.
 *
 *	host CONFDIR SERVICE USER CODE
 *
 * Links libpam alone, and has looked the account up before, as sshd, su and sudo have.
 */
#include <pwd.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct memory {
	long rss, pss, own;
};

/* Every prompt is answered with the code. */
static int
host_converse(
    int count, const struct pam_message **message, struct pam_response **out, void *appdata)
{
	struct pam_response *response;

	(void)message;
	if (count < 1 || count > PAM_MAX_NUM_MSG)
		return PAM_CONV_ERR;
	response = calloc((size_t)count, sizeof(*response));
	if (response == NULL)
		return PAM_BUF_ERR;
	for (int i = 0; i < count; i++)
		response[i].resp = strdup(appdata);
	*out = response;
	return PAM_SUCCESS;
}

static int
host_memory(struct memory *m)
{
	FILE *in = fopen("/proc/self/smaps_rollup", "re");
	char line[128];
	long value;

	*m = (struct memory){0};
	if (in == NULL)
		return -1;
	while (fgets(line, sizeof(line), in) != NULL) {
		if (sscanf(line, "Rss: %ld", &value) == 1)
			m->rss = value;
		else if (sscanf(line, "Pss: %ld", &value) == 1)
			m->pss = value;
		else if (sscanf(line, "Private_Clean: %ld", &value) == 1 ||
			 sscanf(line, "Private_Dirty: %ld", &value) == 1)
			m->own += value;
	}
	fclose(in);
	return m->rss > 0 ? 0 : -1;
}

int
main(int argc, char **argv)
{
	struct memory before, after;
	struct pam_conv conv = {.conv = host_converse};
	pam_handle_t *pamh = NULL;
	int rc;

	if (argc != 5 || getpwnam(argv[3]) == NULL)
		return 2;
	conv.appdata_ptr = argv[4];
	/* what reading itself takes is there before */
	if (host_memory(&before) != 0 || host_memory(&before) != 0)
		return 2;
	rc = pam_start_confdir(argv[2], argv[3], &conv, argv[1], &pamh);
	if (rc == PAM_SUCCESS &&
	    (rc = pam_set_item(pamh, PAM_RHOST, "192.0.2.7")) == PAM_SUCCESS)
		rc = pam_putenv(pamh, "SSH_CONNECTION=192.0.2.7 40000 192.0.2.1 22");
	if (rc == PAM_SUCCESS)
		rc = pam_authenticate(pamh, PAM_SILENT);
	if (rc == PAM_SUCCESS)
		rc = pam_acct_mgmt(pamh, PAM_SILENT);
	if (rc == PAM_SUCCESS && host_memory(&after) != 0)
		rc = PAM_SYSTEM_ERR;
	if (pamh != NULL)
		(void)pam_end(pamh, rc);
	if (rc != PAM_SUCCESS) {
		fprintf(stderr, "host: %s\n", pam_strerror(NULL, rc));
		return 1;
	}
	printf("%ld %ld %ld\n", after.rss - before.rss, after.pss - before.pss,
	    after.own - before.own);
	return 0;
}
