/*
 * The daemon's own state, and who does what with it:
 *
 *   main.c    start-up as a list, the same list backwards at the end; start_root.c and
 *             start_own.c: its two halves, before and after the daemon becomes its own user;
 *             start_helpers.c: helpers, its own and those that come to it; activation.c and
 *             notify.c: what the service manager hands over and hears
 *   loop.c    one epoll for all; connection.c: bytes in and out, job.c: what
 *             they become; stay.c: from an accepted code to the question behind it;
 *             watch.c: session monitors
 *   turn.c    all jobs that wait, in one transaction, answered after the commit
 *   sudo.c    MSG_SUDO: commands of sudo's, with sudo_facts.c, sudo_record.c, sudo_say.c;
 *             uses.c: two people for each; held.c: shared accounts; sudo_mask.c: what of them is
 *             secret; runs.c: those that run, told when their grant is over; left.c: what they left
 *             behind
 *   pam.c     MSG_PAM: facts, decide, changes; pam_prepare.c the request, pam_record.c the records
 *   ahead.c   account management, in the turn of the code that it follows, and whether its answer holds
 *   admission.c  two changes of passwords at a time
 *   asking.c  what either has to ask the warden first; judging.c: the judge about a password
 *   command/  MSG_COMMAND: command.c has the table of verbs; ask.c, proof.c, decide.c, answer.c
 *             what they share; a file for each noun carries them out
 *   keeper/   what nobody asks for: keeper.c start, stop and clock jumps, tick.c what comes back
 *             every second, session.c, chain.c, backup.c, spooled.c, drift.c; and what goes on
 *             beside logins: alerts, changes, forwarding, keys, retention, kernel_audit
 *
 * Everything that a decision depends on lives in the store; what is here can be lost.
 */
#ifndef SEKISHO_SERVER_H
#define SEKISHO_SERVER_H

#include "activation.h"
#include "audit/chain.h"
#include "audit/record.h"
#include "buf.h"
#include "clock.h"
#include "decide/decide.h"
#include "factor/seal.h"
#include "helper.h"
#include "peer.h"
#include "policy/policy.h"
#include "protocol.h"
#include "store/grant.h"
#include "store/store.h"
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct server_options {
	const char *state_dir;   /* /var/lib/sekisho */
	const char *run_dir;     /* /run/sekisho */
	const char *key_file;    /* /etc/sekisho/key, or a credential of the service manager */
	bool key_is_credential;
	const char *spool_key;   /* /etc/sekisho/spool.key */
	const char *log_key;     /* /etc/sekisho/log.key, or a credential */
	bool log_key_is_credential;
	const char *policy_file; /* read once, when the store has no policy yet */
	const char *policy_dropin;
	const char *libexec;
	const char *user; /* to run as */
	bool foreground;  /* also log to standard error */
	bool debug;
	bool confine; /* seccomp and Landlock; off only for a debugger */
};

enum { LISTEN_PAM, LISTEN_USER, LISTEN_COUNT };
/* All connections together; of these for everybody but root together; for one of them. */
enum { CONNECTIONS_MAX = 2048, CONNECTIONS_USERS = 512, CONNECTIONS_PER_UID = 16 };
enum { WATCHES_MAX = 16384 };
/* Commands under sudo that wait for the end of their grant; of these for one user. */
enum { RUNS_MAX = 2048, RUNS_PER_UID = 256 };

struct job;

/* Two changes of passwords at a time, see admission.c. */
enum { PASSWORD_PLACES = 2 };
struct admission {
	struct place *place[PASSWORD_PLACES]; /* NULL: free */
	struct place *gone;
	struct job *first, **last; /* who waits, in order */
	int64_t sweep_ms;          /* when to look next who of them hung up */
};

struct server {
	struct server_options options;
	struct activation handed;
	struct store *store;
	struct seal *seal;
	struct logkey log_key; /* until the chain has it */
	struct chain *chain;
	bool chain_started;
	int64_t suspended_ms; /* of this boot, as last seen */
	struct policy *policy;
	struct helper *warden, *worker, *judge, *forwarder, *courier;
	uint8_t boot_id[16];
	uint8_t spool_key[32];
	char version[32];
	enum store_start store_start;
	enum store_space space;
	int64_t started_wall_ms;
	int64_t clock_offset_ms; /* wall - boot, as last seen */
	bool clock_offset_known;
	uint64_t
	    refused_input[4]; /* malformed, oversize, unpermitted, too many: not yet recorded */
	uint64_t refused_full; /* denied because the disk is full, not yet recorded */
	int64_t log_made_ms;    /* of the log key; 0: its file does not say */
	struct note_vkey log_next; /* the one that was about to take over at the start */
	int64_t log_next_made_ms, spool_made_ms;
	bool resealing;		/* secrets lie under other keys than the current one */
	uint64_t resealed_to;	/* device id */
	uint64_t reseal_failed; /* devices whose secret does not open */
	bool change_pending; /* a change waits for its confirmation, see keeper/change.h */
	volatile sig_atomic_t stop;
	int exit_status;

	int epoll;
	int listener[LISTEN_COUNT];
	struct connection *connections; /* all of them, a list */
	struct connection *gone_connections;
	size_t connection_count, user_connection_count;
	size_t connections_max, watches_max; /* as many as there may be open files for */
	size_t user_questions; /* to the warden, under way for peers that are not root */
	struct job *ready, **ready_tail; /* to be decided in the next turn, in order */
	struct job *waiting;             /* for an open charge to settle */
	struct admission admission;
	struct watch *watches;           /* session monitors */
	struct watch *gone_watches;
	size_t watch_count;
	struct run *runs; /* commands under sudo */
	struct run *gone_runs;
	size_t run_count, runs_max;
	uint64_t news; /* commits that did anything else than let people in */
	uint64_t news_heard; /* by those who hold an answer that was decided ahead */
	struct ahead *unasked; /* decided, not asked for, not yet recorded */
};

enum refused_input {
	REFUSED_MALFORMED,
	REFUSED_OVERSIZE,
	REFUSED_UNPERMITTED,
	REFUSED_TOO_MANY,
};

/* What became of a job in a turn. */
enum job_result {
	JOB_DONE,   /* the reply is ready, to be sent after the commit */
	JOB_WAIT,   /* undo, and try again when something settles */
	JOB_PARKED, /* prepare only: a helper was asked */
	JOB_GONE,   /* nobody waits for it any more */
};

/* A kind of request: who may send it over which socket and how much of it, what becomes of it, and
 * where request and reply are in a job. One row each, in job.c. */
struct job_kind {
	uint16_t type;
	bool pam_socket, user_socket;
	uint32_t fields_max, payload_max_root, payload_max_user;
	const struct fields *fields, *reply_fields;
	size_t request, reply; /* offsets in struct job */
	enum job_result (*prepare)(struct server *, struct job *);
	int (*run)(struct server *, struct job *, enum job_result *);
	void (*refuse)(struct server *, struct job *, int error);
};

enum command_step { COMMAND_NEW, COMMAND_NAMED, COMMAND_READY };

struct job {
	struct server *server;
	struct job *next;
	struct connection *connection;
	struct peer peer;
	const struct job_kind *kind;
	bool from_root_socket;
	int64_t arrived_ms;    /* monotonic */
	int64_t arrived_us;    /* the same moment, for the histogram */
	int64_t wait_until_ms; /* monotonic; 0: may not wait (any more) */
	bool prepared;

	struct pam_request pam;
	struct request request;
	char groups[4096];
	bool groups_known, groups_asked;
	bool members_known, members_asked; /* of groups: in reply_payload until the verb runs */
	char lane_key[LANE_SIZE];

	struct command command;
	struct buf payload;  /* of the request; policy apply */
	int password_status; /* of the warden: SKS_OK when it was right, 1 not asked */
	char who[256];       /* the peer's account name, by the warden */
	enum command_step step;
	bool refused; /* the reply stands already */
	bool refusal_recorded; /* and that it was refused is a record of its own */
	bool auditor; /* the peer reads as one: what is about everybody */
	bool answered_later; /* by what after_commit began */

	helper_done *asked; /* what to do with the warden's answer, see asking.c */

	struct sudo_request sudo;

	struct pam_reply pam_reply;
	struct command_reply command_reply;
	struct sudo_reply sudo_reply; /* "held": the connection becomes a run */
	struct buf reply_payload;
	/* Runs once after the commit that made the job true. */
	void (*after_commit)(struct server *, struct job *);
	struct policy *new_policy; /* owned until after_commit */
	uint32_t password_failed;  /* a bit per enum password_failure */
	uint32_t password_turn;    /* enum password_turn, once admission_enter() was asked */
	bool admitted;
	bool cut_off; /* the password that was accepted last is not the host's */
	uint32_t password_strength; /* 0 to 100: said to the person, kept nowhere */
	size_t password_macs;      /* of the new one, and of the old one where it is known */
	uint8_t password_mac[2][PASSWORD_MAC_SIZE];
	int key_status;            /* VERB_KEY_LOAD: of reading and staging the ring */
	struct ahead *ahead;       /* of the account management that follows, see ahead.h */
};

/* ---- loop.c ------------------------------------------------------------------------------ */

int loop_open(struct server *s);
/* Until s->stop. */
int loop_run(struct server *s);
void loop_close(struct server *s);
/* Sends the job's reply and forgets the job. */
void loop_answer(struct server *s, struct job *job);
/* Forgets a job nobody waits for. */
void loop_drop(struct server *s, struct job *job);
/* The peer hung up: nothing to decide any more. SKS_INVALID when it sent trailing bytes. */
int loop_check_peer(const struct job *job);
/* Puts a job (again) in line for the next turn. */
void loop_ready(struct server *s, struct job *job);
void loop_refused(struct server *s, enum refused_input why);
/* Watches a process by pidfd, which is taken, also on an error; keeper_process_gone() is called once
 * when it ends. SKS_NOMEM, also when too many are watched; SKS_IO. */
int loop_watch(struct server *s, int pidfd, const struct request *session);
void loop_unwatch(struct server *s, uint32_t pid, uint64_t pid_start);

/* ---- turn.c ------------------------------------------------------------------------------ */

/* Decides all that is ready. Returns 0, or a negative error that must end the daemon. */
int turn_run(struct server *s);
/* One transaction of the daemon's own. work() returns 0 to commit. */
int turn_own(struct server *s, int (*work)(struct server *, void *), void *context);
/* The same for what no decision about letting in depends on: it is no news. */
int turn_aside(struct server *s, int (*work)(struct server *, void *), void *context);
/* Appends a finished record; *seq may be NULL. */
int turn_append(struct server *s, struct record *r, uint64_t *seq);

/* ---- admission.c ------------------------------------------------------------------------- */

/* May this job change a password now? True: job->password_turn says it. False: it waits in line
 * and comes back ready. */
bool admission_enter(struct server *s, struct job *job);
/* Its answer is sent: how long its process keeps the place. */
void admission_answered(struct server *s, struct job *job);
/* Its process does something else by now. */
void admission_leave(struct server *s, struct job *job);
/* Those whose time is over, and places that nobody uses; called in each round. */
void admission_expire(struct server *s, int64_t now_ms);
/* When that is due next; "at" when it is not before. */
int64_t admission_next_deadline(const struct server *s, int64_t at);
void admission_close_all(struct server *s);

/* ---- asking.c --------------------------------------------------------------------------- */

/* Asks the warden for a job; done gets the job. SKS_FULL when users have asked enough. */
int asking_send(struct server *s, struct job *job, uint16_t type,
    const struct warden_call *call, helper_done *done, int64_t within_ms);

/* ---- judging.c --------------------------------------------------------------------------- */

/* Has a password judged, under the rules for this account; both secrets are wiped. The
 * job comes back ready, with password_failed. SKS_FULL when users have asked enough. */
int judging_send(struct server *s, struct job *job, const char *user, uint32_t uid,
    const char *full_name, struct secret *password, struct secret *old, const char *salt);

/* ---- remember.c ---------------------------------------------------------------------------- */

/* The salt of the person whose account it is, made when there is none; "" where nothing is to be
 * remembered. In a turn of its own. */
int remember_salt(struct server *s, const struct request *r, char out[2 * PASSWORD_SALT_SIZE + 1]);
/* Takes the worker's hashes, of the new and the old password, as MACs. */
void remember_hashes(struct server *s, struct job *job, const char *hashes);
/* Inside a turn: was it used before? A failure more in the facts. */
int remember_compare(struct server *s, const struct job *job, struct facts *f);
/* Inside the turn that accepts it. */
int remember_accepted(struct server *s, const struct job *job, int64_t wall_ms);

/* ---- unfinished.c -------------------------------------------------------------------------- */

/* Inside a turn: was a password accepted for this account before, and what became of it? Says it in
 * the log when the host's own word is there. */
int unfinished_look(struct server *s, struct job *job);
/* One is accepted now, by this record. */
int unfinished_begin(struct server *s, const struct job *job, uint64_t seq);
/* Puts before the text for the person that their change was cut off, if it was. */
void unfinished_tell(const struct job *job, char *out, size_t size);

/* ---- pam.c ------------------------------------------------------------------------------- */

/* Checks and completes the request; may park it. Called until it returns JOB_DONE. */
enum job_result pam_prepare(struct server *s, struct job *job);
/* Inside a transaction. Negative: undo this job alone. */
int pam_run(struct server *s, struct job *job, enum job_result *result);
/* The request, out of what the module says and the kernel knows. */
void pam_request_build(struct job *job);
/* Inside a transaction: all facts for a job. */
int pam_gather(struct server *s, struct job *job, struct facts *f);
/* Makes a decision true: changes, records, the reply. */
int pam_settle(
    struct server *s, struct job *job, const struct facts *f, const struct decision *d);
/* The refusal for a job that could not be decided. */
void pam_fail(struct server *s, struct job *job, int error);
/* The record of a decision's event; request and facts go into the first one whole. */
int pam_record(struct server *s, const struct request *r, const struct facts *f,
    const struct decision *d, size_t event, uint64_t *seq);
/* All of a decision's events; refusals that could come without end are counted instead, after
 * the first of their kind. *seq is 0 where nothing was written. */
int pam_record_all(struct server *s, const struct request *r, const struct facts *f,
    const struct decision *d, uint64_t *seq);
/* Day and minute by the host's time zone; working them out anew each time costs more than a
 * question to the store, so the last minute is kept. */
void pam_local_time(int64_t wall_ms, uint32_t *weekday, uint32_t *minute_of_day);
/* Those about sessions (pam_session.c). Inside a turn. */
int pam_session_facts(struct server *s, const struct request *r, struct facts *f);
/* Facts for a request: clock, groups, lane, everything stored. */
int pam_facts(struct server *s, const struct request *r, const char *groups, struct facts *f);

/* ---- command/ -------------------------------------------------------------------------------
 */

enum job_result command_prepare(struct server *s, struct job *job);
int command_run(struct server *s, struct job *job, enum job_result *result);
void command_fail(struct server *s, struct job *job, int error);

/* ---- sudo.c ------------------------------------------------------------------------------ */

enum job_result sudo_prepare(struct server *s, struct job *job);
int sudo_run(struct server *s, struct job *job, enum job_result *result);
void sudo_fail(struct server *s, struct job *job, int error);
/* What a person is told when this grant ends, and why: a word of event.reason. */
void sudo_say_over(const struct store_grant *g, const char *why, char *out, size_t size);

/* ---- held.c ------------------------------------------------------------------------------ */

/* Which account of another person than "actor" has this shared account open; out stays as it is
 * where none has. Inside a turn. */
int held_find(struct server *s, const char *account, uint32_t uid, const char *actor,
    char out[NAME_SIZE]);
/* The peer is about to: from now on, until it ends. False when too many are. */
bool held_note(uint32_t uid, const char *actor, const struct peer *peer);

/* ---- left.c ------------------------------------------------------------------------------ */

struct left_begun {
	uint64_t grant;
	const char *role, *user;
	uint32_t uid, audit_session, run_as;
	uint64_t since; /* start of sudo's process */
};
/* A command was allowed under that grant. */
void left_note(struct server *s, const struct left_begun *b);
/* Once a second: has the warden look after grants that are over. */
int left_tick(struct server *s);

/* ---- runs.c ------------------------------------------------------------------------------ */

/* Is there room for one more of this user's? */
bool runs_have_room(const struct server *s, uint32_t uid);
/* Takes over the connection of a job whose reply is sent. SKS_NOMEM, SKS_IO: it is closed. */
int runs_take(struct server *s, struct job *job, int fd);
/* That command has ended and said so: of its record's number. */
void runs_ended(struct server *s, uint64_t record);
/* How many run because of this grant. */
size_t runs_of(const struct server *s, uint64_t grant);
/* The pids of those that run by right, each with a blank behind it. Returns the length. */
size_t runs_put_pids(const struct server *s, char *out, size_t size);
/* Those whose grant is over are told, each with its record. Between turns. */
void runs_look(struct server *s);

/* ---- keeper/ ----------------------------------------------------------------------------- */

/* Before the first request: floors, earlier boots, start record, first policy. */
int keeper_start(struct server *s);
int keeper_stop(struct server *s);
/* About once a second, between turns. */
int keeper_tick(struct server *s);
/* The indexes of the log: is there something to take in, and some of it, in a turn of its own. */
enum store_index_due keeper_index_due(const struct server *s);
int keeper_index(struct server *s);
/* Charges whose process is gone. Sooner than that while somebody waits: how long they wait must
 * not tell a name that exists from one that has no charges to settle. */
int keeper_settle(struct server *s);
/* Reads the clocks for a turn; records a jump between them and raises the floors. */
int keeper_clock(struct server *s, struct instant *now);
int keeper_process_gone(struct server *s, const struct request *session);

/* ---- drift.c --------------------------------------------------------------------------------
 */

/* Do most devices of late drift the same way? Then the host's clock is wrong. */
enum host_clock { HOST_CLOCK_FINE, HOST_CLOCK_SLOW, HOST_CLOCK_FAST };
enum host_clock drift_host_clock(uint32_t used, uint32_t early, uint32_t late);
/* Records it where it is so. Inside a turn. */
int drift_survey(struct server *s, void *context);
/* Records months that nobody signed off, and findings whose date has passed. */
int audit_review_survey(struct server *s, void *context);
/* Does the policy name auditors, and did they leave a month that is over lying for too long? */
int audit_review_is_overdue(struct server *s, bool *overdue);

/* ---- texts.c --------------------------------------------------------------------------------
 */

/* The sentence for a person. */
void texts_render(const struct policy *p, enum text text, int64_t wait_ms,
    const struct facts *f, char *out, size_t size);

/* The sentences about what ends by the calendar. */
void texts_time(const struct policy *p, enum text text, const struct facts *f, char *out,
    size_t size);

/* Why a password is not accepted, a line each, for an account of this class. */
void texts_password(const struct policy *p, enum account_class class, uint32_t failed, char *out,
    size_t size);
/* A line for who chooses one: before, what the rules ask; after, how strong it is. */
void texts_password_asked(
    const struct policy *p, enum account_class class, char *out, size_t size);
void texts_password_strength(uint32_t strength, char *out, size_t size);

/* ---- welcome.c ---------------------------------------------------------------------------- */

/* Adds to the text for a person what is said after login, when this is one; seq is the record of
 * it, in this turn. groups are theirs, comma separated; NULL: not known. */
void welcome_render(struct server *s, const struct request *r, const char *groups, uint64_t seq,
    char *out, size_t size);

/* ---- notice.c ----------------------------------------------------------------------------- */

/* Lays it out in the run directory, or takes it away: whenever a policy goes into force. */
void notice_publish(struct server *s);

/* ---- source.c -------------------------------------------------------------------------------
 */

/* Where a request comes from: SSH_CONNECTION, else the remote host when it is an address. */
void source_normalize(const char *connection, const char *rhost, char source[SOURCE_SIZE]);
/* "publickey ssh-ed25519 AAAA..." -> key "SHA256:...", method "publickey,...". */
void source_auth_info(const char *info, char key[KEY_SIZE], char *method, size_t method_size);

#endif
