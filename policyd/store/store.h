/*
 * The store: state and records in one place, changed in one transaction.
 *
 * One writer, one transaction per turn: begin, then for each request load its facts (which
 * sees what the requests before it in the same turn changed), apply its changes and append
 * its records, then commit. A request that fails is undone alone with a mark. The functions
 * name keys and effects, not tables, so that a shared store can stand behind them later.
 *
 * The embedded one is SQLite in DIR/sekisho.db: WAL, synchronous=FULL, persistent WAL file,
 * temp store in memory, no other open of the file in this process.
 *
 * Times are kept on both clocks with the boot they belong to. An age is taken on the boot
 * clock within one boot, on the wall clock across boots, and is never negative.
 */
#ifndef SEKISHO_STORE_H
#define SEKISHO_STORE_H

#include "audit/record.h"
#include "clock.h"
#include "decide/decide.h"
#include <stdbool.h>
#include <stdint.h>

#define STORE_FILE "sekisho.db" /* in the state directory */
#define LOG_ENDED  "log.ended"  /* meta: the host was decommissioned, nothing is added any more */

struct store;

struct store_options {
	const char *dir;		/* e.g. /var/lib/sekisho */
	const char *generation_path;	/* e.g. /run/sekisho/generation; NULL: none */
	uint8_t boot_id[16];
	bool read_only;			/* the worker: no transaction, no generation */
	uint64_t reserve_bytes;		/* preallocated for administrators, e.g. 2 MiB */
};

enum store_start {
	STORE_NEW,	  /* made now: nothing in it was spent before */
	STORE_CLEAN,	  /* this boot's memory vouches for it */
	STORE_UNVOUCHED,  /* killed, rebooted, or no memory of it: floors apply */
	STORE_REWOUND,	  /* older than this boot remembers */
};

/*
 * 0, SKS_CORRUPT (integrity), SKS_OLDER (a reader's alone: a writer brings it up to date),
 * SKS_NEWER, SKS_FULL, SKS_READONLY, SKS_IO; what failed is logged.
 * After STORE_UNVOUCHED and STORE_REWOUND the first turn that changes anything must call
 * store_floor_raise() (before any mark), or it cannot be committed: a crash before that must
 * not make the next start look clean. start may be NULL.
 */
int store_open(const struct store_options *options, struct store **out, enum store_start *start);
/* Checkpoints, keeps the WAL file, leaves the generation file equal to the store. NULL: nothing. */
void store_close(struct store *s);
/* What the last failure was, one phrase for the log. */
const char *store_error(const struct store *s);

/* ---- a turn ----------------------------------------------------------------------------- */

/*
 * The first turn of a boot also settles what earlier boots left: open charges count as failed,
 * their transactions go, times in the future become now. In a read_only store a turn is a
 * snapshot to read from: keep it short, end it with store_rollback().
 */
int store_begin(struct store *s, struct instant now);
int store_mark(struct store *s); /* a savepoint for one request; the mark before it is gone */
/* Back to it. SKS_CONFLICT when the whole turn is lost already: roll back, try each alone. */
int store_unmark(struct store *s);
/* Durable when it returns 0. SKS_FULL, SKS_READONLY, SKS_CONFLICT: nothing happened. SKS_IO:
 * nobody knows; answer no, exit, start again. A turn that changed nothing costs nothing. */
int store_commit(struct store *s);
void store_rollback(struct store *s);

/* Grows with every row that this store's owner changes: the same twice, nothing to undo between. */
int64_t store_changes(const struct store *s);
/* Grows with every commit that changed something, for ever. */
int64_t store_generation(const struct store *s);

enum store_space {
	STORE_SPACE_OK,
	STORE_SPACE_LOW,     /* still growing, but the file system nears its end */
	STORE_SPACE_RESERVE, /* cannot grow: only administrators' requests now */
	STORE_SPACE_NONE,    /* the reserve is used up too */
};
/* Grows the preallocation ahead of need; call once a turn, outside a transaction. */
enum store_space store_space(struct store *s);

/* Moves the WAL's content into the database file, as far as readers allow; outside a turn: when
 * idle, and after a turn when it is due (the WAL exceeds about 4 MiB). */
int store_checkpoint(struct store *s);
bool store_checkpoint_due(const struct store *s);

/* ---- the PAM decisions ------------------------------------------------------------------- */

/* Did this user succeed from this source within 30 days? */
int store_known_source(struct store *s, const struct request *r, bool *known);

/*
 * Fills everything of *f that is stored: suspended, lane (f->lane and f->lane_key are given),
 * source, transaction, session, devices and recovery codes of f->principal. Now is that of
 * store_begin. The transaction is the newest whose processes {auth pid, its parent}, each with
 * its start time, contain this request's pid, with equal user, service and connection, younger
 * than 10 minutes and not used by a session yet. While its charge is open, f->lane and
 * f->lane_key become those it was charged to, whatever lane this request would choose now. The
 * session is the open login row of this boot's audit session. Users are keyed by uid and name
 * together.
 */
int store_load(struct store *s, const struct request *r, struct facts *f);
/* The facts about the transaction alone, again. */
int store_load_transaction(struct store *s, const struct request *r, struct facts *f);

/*
 * Carries out a decision's changes for that request and those facts, but not refusal_count.
 * For recovery_spend facts.device is the code's id. SKS_CONFLICT when what should be spent is
 * spent, or the transaction is gone.
 */
int store_apply(
    struct store *s, const struct request *r, const struct facts *f, const struct changes *c);

/* Assigns the next sequence and writes header and body. r must be finished. */
int store_append(struct store *s, struct record *r);

/*
 * The indexes that the log is searched by follow the records, see index.c: when records wait to
 * be in them, and a turn's work that takes some of these in. Nothing is missed by a search or by
 * verifying meanwhile. store_indexed() says up to which record they go.
 */
enum store_index_due { STORE_INDEX_DONE, STORE_INDEX_WHEN_IDLE, STORE_INDEX_PRESSING };
enum store_index_due store_index_due(struct store *s);
int store_index(struct store *s);
int store_indexed(struct store *s, uint64_t *seq);

/*
 * Open charges, oldest first, with a transaction id above "after" (0: all; then the last
 * facts.txn_id seen), at most "max" into out: the request that took the charge, and facts of
 * its lane, source and transaction. The caller knows which are too old or whose process has
 * gone, and settles them by decide_abandoned() and store_apply(). Inside a turn.
 */
struct store_open_charge {
	struct request request;
	struct facts facts;
	int64_t age_ms;
};
int store_open_charges(struct store *s, uint64_t after, struct store_open_charge *out, size_t max,
    size_t *count);
/* Reads it again: two of a list may share a lane, and the first one settled changes the other's
 * facts. SKS_NOT_FOUND when it is settled. */
int store_open_charge_refresh(struct store *s, struct store_open_charge *charge);
/* The oldest open charge that this process took itself, whatever user, service and connection
 * it was for; SKS_NOT_FOUND. For a process that charges again. */
int store_open_charge_of(
    struct store *s, uint32_t pid, uint64_t pid_start, struct store_open_charge *out);

/* ---- refusals, aggregated ---------------------------------------------------------------- */

/* Counts one more refusal under key (lane or source, reason); first is true when the caller
 * has to write the record itself. */
int store_refusal_count(struct store *s, const char *key, const char *reason, bool *first);
/* The next aggregate whose 10 s are over: key, reason, count, since; deletes it.
 * SKS_NOT_FOUND when there is none. */
struct store_refusals {
	char key[160], reason[40];
	uint64_t count;
	int64_t since_wall_ms;
};
int store_refusals_due(struct store *s, int64_t period_ms, struct store_refusals *out);

/* ---- factors ----------------------------------------------------------------------------- */

enum device_state { DEVICE_PENDING, DEVICE_ACTIVE, DEVICE_LOST, DEVICE_REVOKED, DEVICE_RETURNED };
extern const char *const device_state_words[];
enum { SEALED_MAX = 256, DEVICES_MAX = 16, RECOVERY_COUNT = 10, RECOVERY_HASH_SIZE = 32 };

struct device {
	uint64_t id; /* never reused; binds the sealed secret */
	char user[NAME_SIZE];
	uint32_t uid;
	char name[64];
	uint32_t state; /* enum device_state */
	char algorithm[16]; /* SHA1, SHA256, SHA512 */
	uint32_t digits, period_s;
	uint8_t sealed[SEALED_MAX];
	size_t sealed_len;
	int64_t last_step, floor_step; /* a code counts only above both */
	int32_t drift;
	bool imported;
	char issued_by[NAME_SIZE], verified_by[NAME_SIZE], verified_how[NAME_SIZE];
	char source[SOURCE_SIZE], purpose_version[64];
	int64_t issued_wall_ms, confirmed_wall_ms, ended_wall_ms, used_wall_ms;
	char ended_by[NAME_SIZE], ended_why[256];
	/* a lost one may be found and given back: that is its end then, and this stays */
	char confirmed_by[NAME_SIZE], lost_by[NAME_SIZE];
	int64_t lost_wall_ms;
};

/* Active devices that somebody else issued without saying who verified the person. */
int store_devices_unverified(struct store *s, uint64_t *count);
/* All devices of a user, newest first; SKS_TOO_BIG beyond max. active_only leaves out others. */
int store_devices(struct store *s, const char *user, uint32_t uid, bool active_only,
    struct device *out, size_t max, size_t *count);
/* A name is unique among a user's pending and active devices: SKS_CONFLICT. Assigns id. The
 * caller seals the secret under that id: reserve it first. */
int store_device_reserve_id(struct store *s, uint64_t *id);
int store_device_add(struct store *s, const struct device *d);
int store_device_get(struct store *s, uint64_t id, struct device *out);
int store_device_update(struct store *s, const struct device *d); /* all but id, user, uid, sealed */
/* No code at or below step(now) + window + drift of any device counts any more. */
int store_floor_raise(struct store *s, int64_t wall_ms, uint32_t window_steps);
/* How many active devices used in the last 7 days drift by more than one step: early ones show
 * codes of the future, late ones of the past. */
int store_drift_survey(struct store *s, uint32_t *used, uint32_t *early, uint32_t *late);

/* ---- secrets sealed under keys (policyd/factor/seal.h) ------------------------------------ */

/* "head": the first bytes of a sealed secret, which name its algorithm and key. */
enum { SEALED_HEAD_SIZE = 5, SEALED_STRETCH = 512 };
struct store_sealed_head {
	uint8_t head[SEALED_HEAD_SIZE];
	uint64_t total, live; /* of these of pending and active devices */
};
/* Under which keys secrets are sealed. Reads all devices: not in a login's way. SKS_TOO_BIG. */
int store_sealed_heads(
    struct store *s, struct store_sealed_head *out, size_t max, size_t *count);
/* The next devices behind id *after (which moves on) whose secret has another head: id, user,
 * uid, state and sealed only, at most max; there may be none in this stretch. SKS_NOT_FOUND
 * behind the last device. */
int store_sealed_batch(struct store *s, uint64_t *after, const uint8_t head[SEALED_HEAD_SIZE],
    struct device *out, size_t max, size_t *count);
/* The same secret, sealed anew. SKS_CONFLICT when it is not what it was. */
int store_sealed_replace(
    struct store *s, const struct device *before, const struct device *after);
/* The highest id that a device ever had. */
int store_device_last(struct store *s, uint64_t *id);
/* Who has pending or active devices of ids up to "bound" and of this algorithm ("": any): at
 * most max of them, by name, and how many devices that are in all. */
struct store_device_owner {
	char user[NAME_SIZE];
	uint32_t uid, devices;
};
int store_device_owners(struct store *s, uint64_t bound, const char *algorithm,
    struct store_device_owner *out, size_t max, size_t *count, uint64_t *devices);

/* Replaces all recovery codes of a user by these hashes. */
int store_recovery_replace(struct store *s, const char *user, uint32_t uid,
    const uint8_t hash[][RECOVERY_HASH_SIZE], size_t count);
/* SKS_NOT_FOUND, or 0 with spent telling whether it was used before. */
int store_recovery_find(struct store *s, const char *user, uint32_t uid,
    const uint8_t hash[RECOVERY_HASH_SIZE], uint64_t *id, bool *spent);

/* ---- users, sessions, policies ------------------------------------------------------------ */

struct user_state {
	char user[NAME_SIZE];
	uint32_t uid;
	bool suspended, retired; /* who is retired is suspended too */
	int64_t suspended_wall_ms;
	char suspended_by[NAME_SIZE], suspended_why[256];
	uint32_t lanes_locked; /* lanes with as many charges as deny */
	int64_t last_success_wall_ms;
	char last_success_source[SOURCE_SIZE];
	uint32_t devices, recovery_codes;
};
/* deny and unlock_time tell which lanes count as locked. A user without a row is all zero. */
int store_user(struct store *s, const char *user, uint32_t uid, uint32_t deny,
    int64_t unlock_time_ms, struct user_state *out);
/* Is an account of this name suspended, whatever its number? Asks for less than store_user(). */
int store_is_suspended(struct store *s, const char *user, bool *suspended);
/* Everybody the store knows (devices, lanes, suspensions), by name, after "after". */
int store_users(struct store *s, const char *after, uint32_t deny, int64_t unlock_time_ms,
    struct user_state *out, size_t max, size_t *count);
enum user_suspension { USER_FREE, USER_SUSPENDED, USER_RETIRED };
int store_user_suspend(struct store *s, const char *user, uint32_t uid,
    enum user_suspension suspension, const char *by, const char *why);
/* Empties the user's lanes; their number. Source budgets stay. */
int store_user_unlock(struct store *s, const char *user, uint32_t uid, uint32_t *lanes);

struct session {
	uint64_t id;
	char user[NAME_SIZE], service[64], source[SOURCE_SIZE], tty[64], key[KEY_SIZE],
	    actor[NAME_SIZE];
	uint32_t uid, login_uid, audit_session, pid;
	uint64_t pid_start;
	bool login; /* opened the audit session (not su or sudo inside it) */
	uint32_t factor;
	int64_t opened_wall_ms, factor_wall_ms;
};
/* Open sessions; uid NO_UID: all. */
int store_sessions(struct store *s, uint32_t uid, struct session *out, size_t max, size_t *count);
/* The session that an audit session of this boot began with, while it is open: SKS_NOT_FOUND. */
int store_session_login(struct store *s, uint32_t audit_session, struct session *out);
/* Ends a row that nobody closed: its monitor is gone. SKS_NOT_FOUND. */
int store_session_end(struct store *s, uint64_t id);
/* How many sessions were ever opened. */
int store_sessions_ever(struct store *s, uint64_t *count);
/* Sessions of earlier boots, ended now, at most max; call until count is 0. Inside a turn. */
int store_sessions_of_earlier_boots(struct store *s, struct session *out, size_t max, size_t *count);

struct stored_policy {
	char digest[POLICY_DIGEST_SIZE];
	int64_t applied_wall_ms;
	char by[NAME_SIZE], comment[256];
	bool active;
};
/* Keeps the bundle, or a part of one, under its digest. */
int store_policy_keep(struct store *s, const char *digest, const void *bundle, size_t len);
/* Keeps the bundle under its digest and makes it the active one. */
int store_policy_activate(struct store *s, const char *digest, const void *bundle, size_t len,
    const char *by, const char *comment);
/* digest "" is the active one. SKS_NOT_FOUND. */
int store_policy_bundle(struct store *s, const char *digest, struct buf *bundle);
/* Activations, newest first. */
int store_policy_history(struct store *s, struct stored_policy *out, size_t max, size_t *count);

/* Small named values (clock offset, clean stop…). SKS_NOT_FOUND; value[size] is NUL-terminated. */
int store_meta_get(struct store *s, const char *name, char *value, size_t size);
int store_meta_set(struct store *s, const char *name, const char *value);

/* ---- passwords that people had ------------------------------------------------------------ */

enum { PASSWORD_SALT_SIZE = 16, PASSWORD_MAC_SIZE = 32 };
/* What is younger is kept however many there are, so that nobody gets rid of an old password by
 * setting others quickly. */
#define PASSWORD_KEPT_ANYWAY_MS (INT64_C(24) * 60 * 60 * 1000)

enum password_known {
	PASSWORD_NEW,
	PASSWORD_NEWEST, /* accepted last for this account; it may not have been stored then */
	PASSWORD_USED_BEFORE,
	PASSWORD_OF_OTHER_ACCOUNT, /* of the same person, whenever */
};

/* SKS_NOT_FOUND when the person has none. */
int store_password_salt(struct store *s, const char *person, uint8_t salt[PASSWORD_SALT_SIZE]);
int store_password_salt_put(
    struct store *s, const char *person, const uint8_t salt[PASSWORD_SALT_SIZE]);
int store_password_known(struct store *s, const char *person, const char *account,
    const uint8_t mac[PASSWORD_MAC_SIZE], enum password_known *known);
/* The newest of the account from now on; "keep" of them stay, and those of the last day. */
int store_password_add(struct store *s, const char *person, const char *account,
    const uint8_t mac[PASSWORD_MAC_SIZE], uint32_t keep, int64_t wall_ms);

/* One that was accepted and of which nobody knows yet whether the host stored it: an account has one
 * at most. */
struct password_open {
	char mark[MARK_SIZE]; /* of the password that the host had when it was accepted */
	uint64_t seq;         /* the record that accepted it */
	uint32_t pid;         /* who was to store it */
	uint64_t pid_start;
};
#define PASSWORD_OPEN_SQL                                                                      \
	"CREATE TABLE IF NOT EXISTS password_open (account TEXT PRIMARY KEY, mark TEXT NOT NULL," \
	" seq INTEGER NOT NULL, pid INTEGER NOT NULL, pid_start INTEGER NOT NULL)"             \
	" STRICT, WITHOUT ROWID;"
/* SKS_NOT_FOUND */
int store_password_open(struct store *s, const char *account, struct password_open *out);
int store_password_open_begin(
    struct store *s, const char *account, const struct password_open *open);
int store_password_open_end(struct store *s, const char *account);

/* ---- what files looked like (survey/entry.h) ---------------------------------------------- */

struct survey_entry;
/* Calls each() for what an area had, by path; an entry is each()'s until it returns. Stops at
 * its first error. */
typedef int store_baseline_fn(void *context, const struct survey_entry *e);
int store_baseline(struct store *s, uint32_t area, store_baseline_fn *each, void *context);
int store_baseline_put(struct store *s, uint32_t area, const struct survey_entry *e);
int store_baseline_drop(struct store *s, uint32_t area, const char *path);

/* ---- the log's proof ----------------------------------------------------------------------- */

enum { STORE_HASH_SIZE = 32, ORIGIN_SIZE = 256, VKEY_SIZE = 320 };

/* A chain: the tree whose leaf i is the header of record first + i. A later chain goes on with
 * the sequence numbers and begins a tree of its own. */
struct store_chain {
	uint64_t id, first;
	char origin[ORIGIN_SIZE];
	char vkey[VKEY_SIZE]; /* of the key that signs its heads now */
};
/* id 0: the newest. SKS_NOT_FOUND. */
int store_chain(struct store *s, uint64_t id, struct store_chain *out);
/* Assigns the next id. */
int store_chain_begin(struct store *s, struct store_chain *c);
int store_chain_vkey(struct store *s, uint64_t id, const char *vkey);

/* Roots of full subtrees: level 1 covers 256 leaves, level 2 covers 256 of those, and so on. They
 * are an index: verifying makes them again. SKS_NOT_FOUND. */
int store_node_put(struct store *s, uint64_t chain, unsigned level, uint64_t n,
    const uint8_t hash[STORE_HASH_SIZE]);
int store_node_get(
    struct store *s, uint64_t chain, unsigned level, uint64_t n, uint8_t hash[STORE_HASH_SIZE]);

/* Signed heads. Only the newest is kept, and those that a seal covers. */
int store_head_put(struct store *s, uint64_t chain, uint64_t size, const char *note);
int store_head_sealed(struct store *s, uint64_t chain, uint64_t size);
/* note may be NULL; not terminated in the buffer. SKS_NOT_FOUND. */
int store_head_newest(struct store *s, uint64_t chain, uint64_t *size, struct buf *note);

/* Calls each() for the headers of records from..to in order; SKS_CORRUPT when one is missing or
 * has the wrong size, else what each() returned when it was not 0. */
typedef int store_header_fn(
    void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE]);
int store_headers(
    struct store *s, uint64_t from, uint64_t to, store_header_fn *each, void *context);

/* ---- after a restore ------------------------------------------------------------------------ */

struct store_restored {
	uint32_t sessions, recovery_codes, transactions, invitations, attributes;
};
/*
 * A store that was put back knows nothing of what came after it: all sessions and transactions end,
 * all recovery codes and open invitations are void. Inside a turn; the caller raises the floors and
 * takes over what else is known.
 */
int store_restored(struct store *s, struct store_restored *out);
/* What came after this state of the store is unknown: attributes of people count only once they are
 * set again, and requests and approvals that nobody used yet are void. Part of store_restored(). */
int store_doubt(struct store *s, uint32_t *attributes);
/* A device that ended after the backup. False in *ended: it is not there, or had ended. */
int store_restored_device(struct store *s, const struct device *d, bool *ended);

/* ---- reading the log (worker) -------------------------------------------------------------- */

struct log_filter {
	/* NULL or "": any; event: one or several, with commas */
	const char *user, *source, *event, *outcome, *reason;
	int64_t since_wall_ms, until_wall_ms;		      /* 0: open */
	bool newest_first;
};
struct log_row {
	uint64_t seq;
	uint8_t header[RECORD_HEADER_SIZE];
	const void *body; /* until the next step; NULL when deleted */
	size_t body_len;
};
struct log_cursor;
/* From "from" (exclusive; 0: the beginning, or the end when newest first). SKS_INVALID: no such
 * event or outcome. Outside a turn, so that no read transaction lasts. */
int store_log_open(struct store *s, const struct log_filter *f, uint64_t from, struct log_cursor **out);
/* 1 with a row, 0 at the end, or a negative error. */
int store_log_step(struct log_cursor *c, struct log_row *row);
void store_log_close(struct log_cursor *c);
/* ---- names.c ---- */
enum store_names { NAMES_PEOPLE, NAMES_ROLES };
/* Hands over, in their order, the accounts and people, or the roles, that the tables have had to do with;
 * take() ends it by false and asks the store nothing. */
int store_names(struct store *s, enum store_names kind,
    bool (*take)(void *context, const char *name), void *context);

/* The highest sequence; 0 when empty. */
int store_log_size(struct store *s, uint64_t *size);

/* ---- watching the log -------------------------------------------------------------------- */

struct feed_row {
	uint64_t seq;
	uint16_t action;
	uint32_t outcome;
	char reason[40], user[NAME_SIZE], source[SOURCE_SIZE]; /* "": none */
	int64_t wall_ms, boot_ms;
	uint8_t boot_id[16];
};
/* Hands over the committed records after "after", oldest first, at most max; *last is the last
 * one taken. take() may ask the store, not change it; what it returns but 0 ends it. Outside a
 * turn. */
int store_feed(struct store *s, uint64_t after, size_t max,
    int (*take)(void *context, const struct feed_row *row), void *context, uint64_t *last);
/* The named rows of one record's body: the feed leaves it where it is, because reading it costs
 * twenty times as much as the rest. SKS_NOT_FOUND (destroyed, or no such record), SKS_INVALID,
 * SKS_TOO_BIG as record_read_fields(); obj is then zero. */
int store_feed_body(struct store *s, uint64_t seq, const struct fields *f, void *obj);
/* The same rows of one user, the newest first, before "before"; take() ends it with any other
 * value than 0, which is returned. */
int store_feed_user(struct store *s, const char *user, uint64_t before, size_t max,
    int (*take)(void *context, const struct feed_row *row), void *context);
/* One record: whose it is in the index, header, and body, empty where it was destroyed.
 * SKS_NOT_FOUND. */
int store_record(struct store *s, uint64_t seq, uint8_t header[RECORD_HEADER_SIZE],
    char user[NAME_SIZE], struct buf *body);
/* Where else this user has a login open, of those over the network: SKS_NOT_FOUND. */
int store_session_elsewhere(
    struct store *s, const char *user, const char *source, char other[SOURCE_SIZE]);

#endif
