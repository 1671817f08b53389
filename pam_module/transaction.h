/*
 * What one PAM handle remembers from line to line and phase to phase. It dies with the handle;
 * sshd authenticates in another process than it opens sessions, and starts here anew.
 */
#ifndef SEKISHO_TRANSACTION_H
#define SEKISHO_TRANSACTION_H

#include "buf.h"
#include "client.h"
#include "clock.h"
#include "secret.h"
#include <security/pam_modules.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum { DELAY_DEFAULT_MS = 800 };

/*
 * Whom authenticate found: the account phase behind it asks about the same account, and a
 * directory need not be asked twice. Each authenticate looks anew.
 */
struct found {
	bool valid;
	char asked[256]; /* PAM_USER */
	char user[256];  /* the account's own name */
	bool known;
	uint32_t uid;
	uint32_t actor_uid;
	char actor[256]; /* "" where that uid has no name */
	uint32_t login_uid;
};

/* The notice before login: once a handle, however many attempts there are. */
struct shown {
	char version[64]; /* "" before it was shown, and where there is none */
	bool banner;      /* by sshd itself */
	bool answered;    /* a prompt behind it was */
};

/* Which /etc/shadow was read, and in which state; all zero where there is none. */
struct shadow_stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified, changed;
};

/*
 * Account management as the daemon decided it along with the code (then_ms in protocol.h): allowed, for
 * whoever would ask exactly this, and for so long.
 */
struct foretold {
	bool valid;
	struct instant since; /* when the question about the code was sent */
	uint32_t good_ms;     /* from then on */
	struct buf question; /* its fields; no secret is in them */
	struct shadow_stamp shadow;
	char password_mark[33]; /* what /etc/shadow said of it */
	int64_t shadow_day, shadow_max, shadow_end;
};

struct transaction {
	char user[256];      /* whom preauth asked about; another name inherits nothing */
	bool charged;        /* preauth asked, the daemon charged and allowed */
	bool went_on;        /* preauth let the stack go on without the daemon */
	bool responded;      /* response_ms is set: a preauth line stood in this attempt */
	bool here;           /* authenticate ran in this process: its conversation can ask */
	bool break_glass;    /* let in by a burned code: later phases pass too */
	int64_t response_ms; /* monotonic: when the last answer to a prompt came in */
	uint32_t delay_ms;   /* a failure is answered so long after it */
	int64_t spent_ms;    /* waited for the daemon in this attempt */
	struct secret code;  /* split off the password */
	char hint[2048];     /* what the rules ask of a new password */
	struct found found;
	struct shown shown;
	uint64_t cookie; /* of the connection, from the session's opening on; 0: not known */
	struct client_line line; /* from the answer to the code until account management */
	struct foretold foretold; /* along with that answer */
};

/* The handle's, made when there is none; NULL without memory. Belongs to the handle, which
 * hangs up, wipes and frees it. */
struct transaction *transaction_get(pam_handle_t *pamh);
/* Hangs up, and forgets all but whom this phase has found and what was shown: a new attempt
 * begins. */
void transaction_reset(struct transaction *t);
/* What was foretold holds no more. */
void transaction_forget(struct transaction *t);

#endif
