/*
 * Reading a PAM service file as libpam does, as far as our own lines go.
 */
#ifndef SEKISHO_CLI_CHECK_PAM_FILE_H
#define SEKISHO_CLI_CHECK_PAM_FILE_H

#include <stdbool.h>

/* Which of our lines the stack of a service has, those it includes among them. */
struct pam_lines {
	bool preauth, authfail, factor; /* in auth; factor: the line without a word */
	bool factor_binds; /* and its control word lets nobody past without success */
	bool account, account_binds;
	bool session;
	bool observe, fail_open; /* some line says so */
	bool missing_file;       /* an included file does not exist */
};

/* dir: /etc/pam.d. Returns false when the service has no file there. */
bool pam_lines_read(const char *dir, const char *service, struct pam_lines *out);

#endif
