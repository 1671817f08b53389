/*
 * pam_sekisho.so: what its files share.
 *
 * The module is a guest in sshd, sudo, su, login, cron and screen lockers: no signal, no global, no
 * thread; what it must remember from one phase to the next hangs on the PAM handle, with one
 * descriptor from an accepted code until account management (transaction.line). It collects facts,
 * asks the daemon, and carries out the answer. What it does when the daemon cannot be asked is in
 * absence.h.
 */
#ifndef SEKISHO_MODULE_H
#define SEKISHO_MODULE_H

#include "options.h"
#include <security/pam_modules.h>
#include <stdbool.h>

/* Everything else is hidden (-fvisibility=hidden and pam_sekisho.map). */
#define MODULE_ENTRY __attribute__((visibility("default")))

struct ask;

/* Reads the line's options; on a bad one says why in syslog, and the phase must end with
 * PAM_SERVICE_ERR: a line that is not understood grants nothing. */
bool module_begin(pam_handle_t *pamh, enum facility facility, int argc, const char **argv,
    struct options *options);

/* The lines of an auth stack, each in its own file. They return PAM codes. */
int preauth_run(struct ask *a);
int authfail_run(struct ask *a);
int keyproof_run(struct ask *a);
int success_run(struct ask *a);

#endif
