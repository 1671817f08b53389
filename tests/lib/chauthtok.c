/*
 * chauthtok SERVICE USER: sets each line of standard input as the user's password through the
 * password phase of a service, as root's program, and prints for each "yes" or "no", a tab and
 * the first message that came. Nobody is asked twice: a prompt gets the same line again.
 */
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char line[1024], said[256];

static int
converse(int n, const struct pam_message **message, struct pam_response **response, void *data)
{
	struct pam_response *r = calloc((size_t)n, sizeof(*r));

	(void)data;
	if (r == NULL)
		return PAM_BUF_ERR;
	for (int i = 0; i < n; i++) {
		int style = message[i]->msg_style;

		if (style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON)
			r[i].resp = strdup(line);
		else if (said[0] == '\0')
			snprintf(said, sizeof(said), "%s", message[i]->msg);
	}
	*response = r;
	return PAM_SUCCESS;
}

int
main(int argc, char **argv)
{
	const struct pam_conv conv = {converse, NULL};

	if (argc != 3)
		return 2;
	while (fgets(line, sizeof(line), stdin) != NULL) {
		pam_handle_t *pamh = NULL;
		int rc;

		line[strcspn(line, "\n")] = '\0';
		said[0] = '\0';
		if (pam_start(argv[1], argv[2], &conv, &pamh) != PAM_SUCCESS)
			return 1;
		rc = pam_chauthtok(pamh, 0);
		pam_end(pamh, rc);
		printf("%s\t%s\n", rc == PAM_SUCCESS ? "yes" : "no", said);
	}
	return 0;
}
