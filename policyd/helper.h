/*
 * The daemon's helpers, each behind one socketpair (SOCK_SEQPACKET), answered in any order.
 *
 * warden: root, a fixed table of requests, parses nothing from outside.
 * courier: the same program once more, for mail and the commands of alerts alone, see courier.c
 * there.
 * worker: the daemon's own user without its key: long reads of the log.
 * judge: the worker's program once more, for new passwords alone: neither store nor key, and a log
 * that is read does not stand behind hashes.
 * forwarder: the worker's program once more, in a process that may connect to other hosts.
 *
 * Message, both directions: u32 id, u16 type, u32 fields_len, fields, rest = payload. The
 * answer carries the id and type of its request. A payload that does not fit one message is
 * cut into several of the same id and type; all but the last have HELPER_MORE set in the type,
 * and only the last has fields. A warden, worker or judge that breaks the protocol or dies ends the
 * daemon: its supervisor starts all of it again. Without the forwarder or the courier it goes on; what
 * they have to do waits for the next start. A helper ends when its socket closes.
 */
#ifndef SEKISHO_HELPER_H
#define SEKISHO_HELPER_H

#include "alert/alert.h"
#include "buf.h"
#include "fields.h"
#include "password/judge.h"
#include "protocol.h"
#include "secret.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	HELPER_FD = 3,                /* the helper's end of the socketpair */
	HELPER_SHARED_FD = 4,         /* its end of the socket between both helpers */
	HELPER_MESSAGE_MAX = 1 << 16, /* one message; fits the kernel's default buffer */
	HELPER_FIELDS_MAX = COMMAND_FIELDS_MAX,
	HELPER_PAYLOAD_MAX = 900 * 1024, /* of an answer, all its parts together */
	HELPER_CALLS_MAX = 256,          /* under way at one time */
	HELPER_MORE = 0x8000,
};

/* ---- the warden ------------------------------------------------------------------------- */

enum warden_request {
	WARDEN_NONE,
	WARDEN_GROUPS,         /* user -> text: comma-separated group names */
	WARDEN_CHECK_PASSWORD, /* user, password -> status by PAM service "sekisho" */
	WARDEN_END_SESSION,    /* pid, pid_start: TERM, after 2 s KILL, to that process */
	/* -> name: the oldest spooled file; payload: its bytes. SKS_NOT_FOUND: none. Last of
	 * all comes "lost" without payload: text is the number of events that found no room. */
	WARDEN_SPOOL_NEXT,
	WARDEN_SPOOL_DONE, /* name: committed, remove it (number = 1: set it aside as refused)
			    */
	WARDEN_WHO, /* number = uid -> name: that account's; status SKS_NOT_FOUND without one */
	/* number = enum warden_key_file, limit = enum warden_key_step -> payload: that file's
	 * bytes; text: why not. They are a secret. number: when the file was written, wall clock
	 * ms; of the log key enum logkey_start. */
	WARDEN_KEYS,
	/* name = directory, text = recipients, number = run, limit = how many to keep -> name:
	 * SHA-256 in hex, number: bytes, text: the file's path. Takes what the worker sends
	 * through HELPER_SHARED_FD, and lasts as long. */
	WARDEN_BACKUP,
	/* alert.event, alert.outcome, alert.user, alert.source, alert.by, alert.detail,
	 * alert.record -> said to the kernel's audit. SKS_NOT_FOUND: there is none here. */
	WARDEN_AUDIT,
	/* These two only of the courier: name = an address, a command; alert. text: why not. */
	WARDEN_MAIL,
	WARDEN_COMMAND,
	/* number = enum survey_area, text = what survey/entry.h says, limit = ms at most ->
	 * payload: entries; number: how many files were looked at; untrusted: not all were.
	 * AREA_SETUID: text = cursor (empty: the beginning), then patterns to ignore, a line
	 * each -> text: the cursor to go on with, "" at the end. */
	WARDEN_SURVEY,
	/* user, number = uid, pid and pid_start = who asks, limit = enum sweep_flag: ends what that
	 * account runs -> number: sweep_unpack(); text: what was left, "PID NAME, PID NAME" */
	WARDEN_SWEEP,
	/* number = audit session and, from bit 32 on, the account run as; pid_start = since when,
	 * limit = 1: end it, text = pids that are there by right: what commands of a role left
	 * behind -> number: how many ended; text: what is left, "PID NAME, PID NAME" */
	WARDEN_LEFT,
	/* text = numbers of audit sessions, with commas, at most 64 -> text: a line for each that has
	 * a terminal: number, when it was last read from (wall clock s), its name below /dev */
	WARDEN_IDLE,
	/* Only of the courier, because terminals belong to whoever sits there: name = one below
	 * /dev, text = a line for them */
	WARDEN_TELL,
	/* text = names of groups, with commas -> payload: a line for each that exists, "GROUP:" and
	 * its accounts with commas, as far as the name services list accounts */
	WARDEN_MEMBERS,
	/* text = local ports, with commas -> payload: u64 cookie, u64 acknowledged bytes of each TCP
	 * connection on one of them, again and again; number: how many found no room */
	WARDEN_VOLUME,
	/* number = enum warden_host, name = the file -> number: the value, an int64_t; text: when it was
	 * written, wall clock ms. Else text: why not. */
	WARDEN_HOST,
	/* Only of the courier: name = a program in HOST_COMMANDS -> the same */
	WARDEN_HOST_COMMAND,
	/* text = uids, with commas -> payload: a line for each that an account has, "UID:NAME" */
	WARDEN_NAMES,
	/* number = run: the files of report/hostlogs.h, opened for reading, go to the worker through
	 * HELPER_SHARED_FD, which then may ask for them by WORKER_REPORT_LOGS */
	WARDEN_HOSTLOGS,
	WARDEN_COUNT,
};

enum warden_host { WARDEN_HOST_FILE = 1, WARDEN_HOST_UPDATES };

enum warden_key_file {
	WARDEN_SEALING_KEYS,
	WARDEN_LOG_KEY,
	WARDEN_SPOOL_KEY,
	WARDEN_KEY_FILES
};

enum warden_key_step {
	WARDEN_KEY_READ,  /* as it is */
	WARDEN_KEY_START, /* first: a log or spool key that is missing or unfit is made anew */
	WARDEN_KEY_MAKE,  /* first: any that is missing is made; never over one that is there */
};

struct warden_call {
	char user[256];
	char name[256];
	uint32_t pid;
	uint64_t pid_start;
	uint64_t number;
	struct secret password;
	uint32_t limit;
	char text[4096];
	struct alert alert;
};
extern const struct fields warden_call_fields;

struct warden_answer {
	int64_t status;  /* 0 or a negative enum error */
	char text[4096]; /* the answer, or why not: English, for the log */
	char name[256];
	bool untrusted; /* spool: owner, mode, links or type was wrong */
	uint64_t number;
	/* payload bytes, if any, follow the fields in the message */
};
extern const struct fields warden_answer_fields;

/* ---- the worker ------------------------------------------------------------------------- */

enum worker_request {
	WORKER_NONE,
	WORKER_LOG, /* struct command with VERB_LOG -> struct command_reply + payload, which is
		       the one of VERB_LOG in protocol.h */
	/* struct command with number = run -> struct command_reply: a copy of the store has gone
	 * through HELPER_SHARED_FD, or not; record: the log's size in it, text: its head */
	WORKER_BACKUP,
	/* Only of the judge: struct password_call -> struct command_reply: next = a bit per enum password_failure,
	 * record: its strength, 0 to 100,
	 * text: why it could not be judged (English, for the log), else the hashes of password
	 * and old under the salt, separated by a blank, if nothing failed */
	WORKER_PASSWORD,
	/* A report, in three steps; each is answered when the worker, which makes it while nobody asks,
	 * has come so far. Another one takes its place, and answers for it STATUS_REFUSED.
	 * struct command of VERB_AUDIT_REPORT, user = for whom, verified_by = person, subject = role
	 * -> the log is counted */
	WORKER_REPORT,
	/* number = run of WARDEN_HOSTLOGS, 0: none came; payload = lines of WARDEN_MEMBERS ->
	 * text = uids, with commas, whose names the page would tell */
	WORKER_REPORT_LOGS,
	/* payload = lines of WARDEN_NAMES -> it is made, and is fetched by WORKER_LOG with
	 * VERB_AUDIT_REPORT_PART. There the last part has text = SHA-256 of all of it in base64. */
	WORKER_REPORT_NAMES,
	/* struct command of VERB_AUDIT_BUNDLE, verified_by = person -> struct command_reply at once. What
	 * is in it is fetched by WORKER_LOG with VERB_AUDIT_BUNDLE_PART, in order; behind the last part
	 * VERB_AUDIT_BUNDLE_SIGN -> payload: JSON of records, deleted, unproved, heads, files */
	WORKER_BUNDLE,
	WORKER_COUNT,
};

/* Filters of listed passwords: the site's, and those that are installed. */
#define FILTER_DIR         "/etc/sekisho/filter"
#define FILTER_SHIPPED_DIR "/usr/share/sekisho/filter"

struct password_call {
	struct password_rules rules;
	char user[256], full_name[512];
	struct secret password, old; /* old: empty where it is not known */
	char salt[40];               /* hexadecimal; "": no hashes are wanted */
};
extern const struct fields password_call_fields;

/* ---- the forwarder ---------------------------------------------------------------------- */

enum { FORWARD_REQUEST = 1 }; /* its only one: struct forward_call -> struct forward_answer */

/* How far a target has come: everything up to this record, and this head. */
struct forward_place {
	uint64_t seq;
	uint64_t head_chain, head_size; /* 0: none yet */
};

struct forward_call {
	char target[128]; /* policy/target.h */
	struct forward_place place;
	uint32_t limit;   /* records */
	uint32_t classes; /* bit per enum retention: which are sent */
};
extern const struct fields forward_call_fields;

struct forward_answer {
	/* SKS_OK: all that there was, up to the limit; SKS_FULL: the target takes no more now;
	 * SKS_TIMEOUT: still connecting; SKS_UNREACHABLE; or what failed in the store */
	int64_t status;
	char text[128]; /* why not: English, for the log */
	/* What the target has taken, as far as we can know. It can lie before the call's: what
	 * a broken connection had not delivered is to be sent again. */
	struct forward_place place;
	uint32_t shortened; /* records too long for the target: sent without their body */
	bool more;	    /* the limit was reached: ask again at once */
};
extern const struct fields forward_answer_fields;

/* ---- messages: shared by all three programs (helper_wire.c) ------------------------------ */

struct helper_message {
	uint32_t id;
	uint16_t type; /* without HELPER_MORE */
	bool more;
	struct buf fields; /* readers over the bytes that were decoded: theirs to outlive it */
	struct buf payload;
};

/* Appends one message. f and obj may be NULL together: no fields. The sticky error tells. */
void helper_encode(struct buf *out, uint32_t id, uint16_t type, const struct fields *f,
    const void *obj, const void *payload, size_t payload_len);
/* Splits one received message. SKS_TRUNCATED, SKS_TOO_BIG, SKS_INVALID (id or type 0). */
int helper_decode(const void *data, size_t len, struct helper_message *out);

/*
 * For the helpers, whose end blocks. Waits for a message into data[HELPER_MESSAGE_MAX] and
 * decodes it. 0; SKS_NOT_FOUND when the daemon closed its end; SKS_TIMEOUT after timeout_ms
 * (negative: none) or a signal; SKS_PROTOCOL; SKS_IO. data may hold secrets: the caller wipes.
 */
int helper_receive(int fd, int timeout_ms, void *data, struct helper_message *out);
/* Sends an answer in as many messages as it needs. 0, SKS_NOT_FOUND when the daemon has gone,
 * SKS_TOO_BIG beyond HELPER_PAYLOAD_MAX, SKS_INVALID (unencodable, nothing sent), SKS_IO. */
int helper_answer(int fd, uint32_t id, uint16_t type, const struct fields *f, const void *obj,
    const void *payload, size_t payload_len);

/* ---- helpers that the service manager started (helper_attach.c) --------------------------- */

/* The daemon's side: waits until deadline_ms (clock_monotonic_ms()) for a process of root's to come
 * to a listening, non-blocking SOCK_SEQPACKET socket, and hands it "shared", which stays the
 * caller's (-1: none). *out is the connection, non-blocking. 0, SKS_TIMEOUT, SKS_IO. */
int helper_accept(int listener, int shared, int64_t deadline_ms, int *out);
/* The helper's: goes there, waits to be taken, and has HELPER_FD and HELPER_SHARED_FD as if the
 * daemon had started it; so it comes before anything else is open. SKS_UNREACHABLE; SKS_NOT_FOUND
 * when the daemon hung up; SKS_PROTOCOL. */
int helper_attach(const char *path);

/* ---- the daemon's side (helper.c) -------------------------------------------------------- */

struct helper;

/*
 * Called once for each helper_send that returned 0: error 0 with the decoded answer (the structure
 * of helper_options.answer) and its payload, both the helper's, until the return; or a
 * negative error and NULL: SKS_TIMEOUT, SKS_UNREACHABLE (the helper died), SKS_PROTOCOL (it
 * broke the protocol), SKS_CONFLICT (helper_stop). It may call helper_send, never helper_stop.
 */
typedef void helper_done(
    void *ctx, int error, const void *answer, const void *payload, size_t payload_len);

struct helper_options {
	const char *name;  /* for the log; kept, not copied */
	const char *path;  /* absolute; checked: root's (or ours), not writable by others */
	char *const *argv; /* with argv[0], NULL-terminated */
	const struct fields *answer; /* warden_answer_fields, command_reply_fields … */
	int shared; /* becomes HELPER_SHARED_FD there; stays the caller's; 0: none */
};

/*
 * Starts the program by fork and execv: HELPER_FD is its end, standard input /dev/null,
 * standard output and error are ours, no other descriptor is left, signals are at their
 * defaults and the environment is PATH alone. Whatever runs there runs as we do, so call it
 * before a drop where it needs to. 0, SKS_INVALID (no absolute path), SKS_NOT_FOUND (cannot be
 * executed), SKS_NOMEM, SKS_IO.
 */
int helper_start(const struct helper_options *options, struct helper **out);
/* The same for a helper that came by itself: fd is its connection, from then on ours. Of the
 * options only name and answer count. 0 or SKS_NOMEM, and then fd is the caller's. */
int helper_adopt(const struct helper_options *options, int fd, struct helper **out);
/* Ends it: closes the socket, gives it 2 s, kills it, reaps it, and answers what was open with
 * SKS_CONFLICT. *h becomes NULL; NULL is allowed. */
void helper_stop(struct helper **h);

/*
 * Sends a request; never blocks. deadline_ms is on clock_monotonic_ms(). Beyond what the
 * socket takes at once requests wait their turn. 0; SKS_FULL when HELPER_CALLS_MAX are under
 * way; SKS_UNREACHABLE when the helper is dead; SKS_TOO_BIG, SKS_INVALID, SKS_NOMEM. done is
 * called only after a 0, and never from inside this call.
 */
int helper_send(struct helper *h, uint16_t type, const struct fields *f, const void *obj,
    const void *payload, size_t payload_len, helper_done *done, void *ctx, int64_t deadline_ms);

/* For the loop: poll this for reading, then call helper_readable. */
int helper_fd(const struct helper *h);
void helper_readable(struct helper *h);
/* Answers the calls past their deadline with SKS_TIMEOUT. Late answers are then dropped. */
void helper_expire(struct helper *h, int64_t now_ms);
/* It died, or broke the protocol and was given up; all calls have had their answer. Its
 * descriptor then stays readable: stop polling it. */
bool helper_is_dead(const struct helper *h);
pid_t helper_pid(const struct helper *h);

#endif
