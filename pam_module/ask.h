/*
 * The facts of one PAM phase, and the question to the daemon.
 */
#ifndef SEKISHO_ASK_H
#define SEKISHO_ASK_H

#include "options.h"
#include "protocol.h"
#include "transaction.h"
#include <security/pam_modules.h>
#include <stdbool.h>

#define NOBODY UINT32_MAX

struct ask {
	pam_handle_t *pamh;
	const struct options *options;
	struct transaction *txn;
	bool by_root;       /* geteuid() == 0 */
	uint32_t login_uid; /* NOBODY when unset */
	int patience_ms;    /* beyond the line's timeout: in line behind others */
	bool root_caller;   /* root's own su or cron: must never depend on the daemon */
	struct pam_request request;
	struct shadow_stamp shadow; /* that the request was filled from */
	struct pam_reply reply;
};

/* Reads PAM_USER and the other items anew, as each phase must. PAM_SUCCESS, or why the phase
 * cannot go on (a denying code). The caller calls ask_end in any case. */
int ask_begin(struct ask *a, pam_handle_t *pamh, const struct options *options);
void ask_end(struct ask *a);

/*
 * Asks, within what is left of the line's timeout: the waits of one attempt add up, so that a
 * login ends in time over several phases. 0, with the answer in a->reply, or an error of
 * client_call, with an empty reply, which denies.
 */
int ask_daemon(struct ask *a, enum phase phase);

/* The same; what comes with the reply goes into payload, which may be NULL. */
int ask_daemon_for(struct ask *a, enum phase phase, struct buf *payload);

/* Did the daemon allow? */
bool ask_is_allowed(const struct ask *a);
/* Did preauth ask about this very user, and was its attempt charged? */
bool ask_is_charged(const struct ask *a);
/* Shows the reply's text unless the line is quiet. */
void ask_show_info(const struct ask *a);
/* The same for a refusal; then waits until delay_ms after the last answer came in. */
void ask_refuse(const struct ask *a);

#endif
