/*
 * sekisho-worker: what would keep the daemon's loop waiting. It runs as the daemon's user, with
 * a connection to the store that cannot write, and without the key under which secrets are
 * sealed. The daemon is the only one who can ask; what a person may see is settled there.
 */
#ifndef SEKISHO_WORKER_H
#define SEKISHO_WORKER_H

#include "report/known.h"
#include "backup/stream.h"
#include "buf.h"
#include "confine.h"
#include "helper.h"
#include "protocol.h"
#include "store/store.h"
#include <stdbool.h>

/* Leaves this process the files of the store in "dir", and nothing else of the directory: the key
 * that seals the log lies there too. Errors of confine_apply(), or SKS_TOO_BIG. */
int worker_confine(const char *dir, enum confine_profile profile)
    __attribute__((warn_unused_result));

/*
 * VERB_LOG: fills reply and payload (protocol.h says how it looks; at most HELPER_PAYLOAD_MAX).
 * What goes wrong is in reply->status and reply->text.
 */
void log_read(
    struct store *s, const struct command *c, struct command_reply *reply, struct buf *payload);

/* VERB_REVIEW and VERB_REVIEW_SIGN: the same, a page of command/audit_review.h. */
void log_read_review(
    struct store *s, const struct command *c, struct command_reply *reply, struct buf *payload);

/* ---- password.c: new passwords ----------------------------------------------------------- */

/* The program's role "judge": serves the daemon, WORKER_PASSWORD alone, until it goes, which is
 * SKS_NOT_FOUND. */
int password_loop(void);

/* ---- copying.c: the store goes to the warden, a little at a time ------------------------- */

struct copying {
	struct backup_source *source; /* NULL: none is under way */
	uint32_t id;                  /* of the request that waits for its end */
	uint64_t size;
	bool full; /* the warden has to take something first */
	char head[2048];
};

/* SKS_PROTOCOL for what the daemon never asks; what goes wrong otherwise is in the answer. */
int copying_begin(struct copying *c, const char *dir, struct helper_message *m);
/* How long a message may be waited for: -1 while there is nothing to copy. */
int copying_wait_ms(const struct copying *c);
/* Some more of it. An error only when the daemon has gone. */
int copying_step(struct copying *c);
void copying_end(struct copying *c);

/* ---- report.c: an auditor's report, a little at a time --------------------------------------- */

enum making_state {
	MAKING_COUNTS,
	MAKING_WAITS, /* for the host's logs, then for names */
	MAKING_COMPARES,
	MAKING_DONE, /* to be fetched */
};

struct making {
	struct report *report; /* NULL: none is under way or kept */
	enum making_state state;
	struct {
		uint32_t id; /* 0: nobody waits for an answer */
		uint16_t type;
	} asked;
	int64_t until_ms; /* monotonic: forgotten then, where nobody goes on with it */
	int error;        /* why the last one was not made */
	enum known_kind unknown; /* because there is no such name, with ones that were perhaps meant */
	char like[KNOWN_LIKE_SIZE];
};

/* WORKER_REPORT, WORKER_REPORT_LOGS, WORKER_REPORT_NAMES. SKS_PROTOCOL for what the daemon never asks;
 * what goes wrong otherwise is said to whoever fetches. */
int making_begin(struct making *m, const char *dir, struct helper_message *message);
int making_logs(struct making *m, struct helper_message *message);
int making_names(struct making *m, struct helper_message *message);
/* As copying_wait_ms() and copying_step(). */
int making_wait_ms(const struct making *m);
int making_step(struct making *m);
void making_end(struct making *m);
/* VERB_AUDIT_REPORT_PART: fills reply and payload. With the last part it is forgotten. */
void making_part(
    struct making *m, uint64_t number, struct command_reply *reply, struct buf *payload);

/* ---- bundle.c: records with their proofs for an auditor, a part at a time ------------------------ */

struct bundling; /* NULL: none is under way */

/* WORKER_BUNDLE. SKS_PROTOCOL for what the daemon never asks. */
int bundling_begin(struct bundling **b, const char *dir, struct helper_message *message);
/* VERB_AUDIT_BUNDLE_PART, VERB_AUDIT_BUNDLE_SIGN: fill reply and payload. */
void bundling_part(struct bundling **b, uint64_t number, struct command_reply *reply, struct buf *payload);
void bundling_sum(struct bundling **b, struct command_reply *reply, struct buf *payload);
void bundling_end(struct bundling **b);

/* ---- forward.c ------------------------------------------------------------------------------ */

/* The program's other role, "forward": serves the daemon until it goes, which is
 * SKS_NOT_FOUND. dir is the store's. */
int forward_loop(const char *dir);

#endif
