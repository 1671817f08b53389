/*
 * What the files of the embedded store share: the connection, its prepared statements, and
 * helpers that bind and read typed values.
 *
 * A time is kept as three columns X_in, X_wall, X_boot: the number of the boot it belongs to
 * (boots.id) and both clocks. Transactions of a login never outlive their boot and keep the
 * boot clock alone.
 */
#ifndef SEKISHO_STORE_INTERNAL_H
#define SEKISHO_STORE_INTERNAL_H

#include "error.h"
#include "store/store.h"
#include <sqlite3.h>

enum {
	STORE_PAGE_SIZE = 4096,
	STORE_BUSY_WRITER_MS = 100,
	STORE_SCHEMA_VERSION = 8,
	KNOWN_SOURCES_MAX = 16,
	RECENT = 128,
	STORE_DAY_MS = 24 * 3600 * 1000,
	TXN_AGE_MAX_MS = 10 * 60 * 1000,
};
#define KNOWN_SOURCE_AGE_MS ((int64_t)30 * STORE_DAY_MS)

enum counter { COUNTER_GENERATION, COUNTER_TXN, COUNTER_DEVICE, COUNTER_SESSION, COUNTER_INDEXED, COUNTERS };

/* One for each SQL text; prepared at its first use and kept. */
enum statement {
	ST_BEGIN,
	ST_COMMIT,
	ST_ROLLBACK,
	ST_MARK,
	ST_UNMARK,
	ST_RELEASE,
	ST_PAGES,
	ST_COUNTERS,
	ST_COUNTERS_PUT,
	ST_USER_FIND,
	ST_USER_ADD,
	ST_USER_GET,
	ST_USER_LIST,
	ST_USER_SUSPEND,
	ST_USER_SUCCESS,
	ST_USER_LAST_SOURCE,
	ST_USER_UNLOCK,
	ST_LANE_GET,
	ST_LANE_UPDATE,
	ST_LANE_ADD,
	ST_LANE_SWEEP,
	ST_LANE_SWEPT,
	ST_LANES_LOCKED,
	ST_SOURCE_GET,
	ST_SOURCE_UPDATE,
	ST_SOURCE_ADD,
	ST_SOURCE_SWEEP,
	ST_SOURCE_SWEPT,
	ST_SOURCE_DROP,
	ST_SOURCE_COUNT,
	ST_KNOWN_GET,
	ST_KNOWN_USERS,
	ST_KNOWN_PUT,
	ST_KNOWN_TRIM,
	ST_TXN_FIND,
	ST_TXN_ADD,
	ST_TXN_PROCESS_ADD,
	ST_TXN_UPDATE,
	ST_TXN_USED,
	ST_TXN_PROCESSES,
	ST_TXN_DELETE,
	ST_TXN_PROCESS_DELETE,
	ST_TXN_EXPIRED,
	ST_CHARGES,
	ST_CHARGE_OF,
	ST_SESSION_LOGIN,
	ST_SESSION_ADD,
	ST_SESSION_CLOSE,
	ST_SESSION_FACTOR,
	ST_SESSION_LIST,
	ST_SESSION_BEGAN,
	ST_SESSION_END,
	ST_SESSION_EARLIER,
	ST_FACTOR_COUNTS,
	ST_DEVICE_LIST,
	ST_DEVICE_GET,
	ST_DEVICE_ADD,
	ST_DEVICE_UPDATE,
	ST_DEVICE_SPEND,
	ST_DEVICE_SURVEY,
	ST_DEVICE_UNVERIFIED,
	ST_SEALED_HEADS,
	ST_SEALED_BATCH,
	ST_SEALED_REPLACE,
	ST_DEVICE_OWNERS,
	ST_DEVICE_OWNERS_COUNT,
	ST_DEVICE_OWNERS_FIRST,
	ST_FLOOR_ADD,
	ST_FLOOR_TRIM,
	ST_RECOVERY_CLEAR,
	ST_RECOVERY_ADD,
	ST_RECOVERY_FIND,
	ST_RECOVERY_SPEND,
	ST_REFUSAL_COUNT,
	ST_REFUSAL_KEYS,
	ST_REFUSAL_ADD,
	ST_REFUSAL_DUE,
	ST_REFUSAL_DELETE,
	ST_POLICY_PUT,
	ST_POLICY_ACTIVATE,
	ST_POLICY_BUNDLE,
	ST_POLICY_ACTIVE,
	ST_POLICY_HISTORY,
	ST_META_GET,
	ST_META_SET,
	ST_BASELINE_LIST,
	ST_BASELINE_PUT,
	ST_BASELINE_DROP,
	ST_PASSWORD_SALT,
	ST_PASSWORD_SALT_PUT,
	ST_PASSWORD_FIND,
	ST_PASSWORD_ADD,
	ST_PASSWORD_PRUNE,
	ST_LOG_SIZE,
	ST_LOG_APPEND,
	ST_INDEX_USER,
	ST_INDEX_SOURCE,
	ST_ERASE_FIND,
	ST_ERASE_USER,
	ST_ERASE_SOURCE,
	ST_ERASE,
	ST_ERASE_KEEP,
	ST_KEEP_SCAN,
	ST_KEEP_AGE_ADD,
	ST_KEEP_AGE_LAST,
	ST_KEEP_AGE_LIMIT,
	ST_KEEP_AGE_NEXT,
	ST_KEEP_WAITING,
	ST_KEEP_WAIT,
	ST_KEEP_WAIT_NO_MORE,
	ST_KEEP_WAITING_COUNT,
	ST_HOLD_ADD,
	ST_HOLD_COUNT,
	ST_HOLD_RELEASE,
	ST_HOLD_GET,
	ST_HOLD_LIST,
	ST_HOLD_MATCH,
	ST_REQUEST_NUMBER,
	ST_REQUEST_ADD,
	ST_REQUEST_GET,
	ST_REQUEST_LIST,
	ST_REQUEST_COUNT,
	ST_USER_IS_SUSPENDED,
	ST_REQUEST_END,
	ST_FEED,
	ST_FEED_BODY,
	ST_FEED_USER,
	ST_RECORD,
	ST_SESSION_ELSEWHERE,
	ST_CHAIN_GET,
	ST_CHAIN_ADD,
	ST_CHAIN_VKEY,
	ST_NODE_PUT,
	ST_NODE_GET,
	ST_HEAD_PUT,
	ST_HEAD_DROP,
	ST_HEAD_SEALED,
	ST_HEAD_NEWEST,
	ST_HEADERS,
	ST_ROW_GET,
	ST_HEAD_GET,
	ST_REQUEST_USE,
	ST_GRANT_COUNT,
	ST_GRANT_ASK,
	ST_GRANT_GET,
	ST_GRANT_START,
	ST_GRANT_END,
	ST_GRANT_LIST,
	ST_GRANT_LIST_OF,
	ST_GRANT_ENDED,
	ST_GRANT_HOLDERS,
	ST_GRANT_HAS,
	ST_GRANT_OF,
	ST_APPROVAL_COUNT,
	ST_APPROVAL_ADD,
	ST_APPROVAL_LIST,
	ST_ROLE_GID,
	ST_ROLE_GID_NEXT,
	ST_ROLE_GID_ADD,
	ST_RESTORED_DEVICE,
	ST_HEADERS_AT,
	ST_TERMS_PUT,
	ST_TERMS_GET,
	ST_TERMS_REPORT,
	ST_TERMS_CHASED,
	ST_TERMS_OVERDUE,
	ST_TERMS_OWED,
	ST_ATTRIBUTE_COUNT,
	ST_ATTRIBUTE_SET,
	ST_ATTRIBUTE_REVOKE,
	ST_ATTRIBUTES,
	ST_ATTRIBUTES_ALL,
	ST_REVIEW_ADD,
	ST_REVIEW_LAST,
	ST_STAFF_PUT,
	ST_STAFF_GET,
	ST_STAFF_LIST,
	ST_MEMBER_GET,
	ST_MEMBER_NOTE,
	ST_MEMBER_FORGET,
	ST_MEMBER_CERTIFY,
	ST_MEMBER_LIST,
	ST_DUTY_PUT,
	ST_DUTY_GET,
	ST_DUTY_NEXT,
	ST_DUTY_FOLLOWING,
	ST_ROLE_USES,
	ST_ROLE_OWED,
	ST_GRANT_UNTIL_PUT,
	ST_GRANT_UNTIL_GET,
	ST_GRANT_LIMIT,
	ST_STAFF_TERMS_GET,
	ST_STAFF_TERMS_PUT,
	ST_STAFF_DUE,
	ST_STAFF_ANY,
	ST_STAFF_ENDS,
	ST_INVITATION,
	ST_INVITATION_WITHDRAW,
	ST_INVITATION_NEXT,
	ST_INVITATION_ADD,
	ST_INVITATION_END,
	ST_ACCOUNT_TERMS,
	ST_ACCOUNT_TERMS_PUT,
	ST_PASSWORD_NEWEST,
	ST_PASSWORD_OPEN,
	ST_PASSWORD_OPEN_BEGIN,
	ST_PASSWORD_OPEN_END,
	ST_RESTORED_INVITATION,
	ST_RISKY,
	ST_SEEN_OPEN,
	ST_SEEN_MARK,
	ST_SEEN,
	ST_PERIOD_NUMBER,
	ST_PERIOD_ADD,
	ST_PERIODS,
	ST_POWER_OF,
	ST_FINDING_NUMBER,
	ST_FINDING_ADD,
	ST_FINDING_GET,
	ST_FINDING_CLOSE,
	ST_FINDING_CHASED,
	ST_FINDINGS,
	ST_EXCEPTION_COUNT,
	ST_EXCEPTION_ADD,
	ST_EXCEPTION_GET,
	ST_EXCEPTION_OF,
	ST_EXCEPTION_START,
	ST_EXCEPTION_UPDATE,
	ST_EXCEPTION_END,
	ST_EXCEPTION_REPORTED,
	ST_EXCEPTION_CHASED,
	ST_EXCEPTION_LIST,
	ST_EXCEPTION_LIST_ALL,
	ST_EXCEPTION_FOR,
	ST_APPROVED_FOR,
	ST_DOUBT_REQUESTS,
	ST_BYPASS_ASK,
	ST_BYPASS_GET,
	ST_BYPASS_ISSUE,
	ST_BYPASS_END,
	ST_BYPASS_LIST,
	ST_BYPASS_FIND,
	ST_BYPASS_COUNT,
	ST_BYPASS_SPEND,
	ST_BYPASS_LAST,
	ST_POLICY_REQUEST_ADD,
	ST_POLICY_REQUEST_GET,
	ST_POLICY_REQUEST_FIND,
	ST_VOLUME_OPEN,
	ST_VOLUME_LAST,
	ST_VOLUME_LIST,
	ST_VOLUME_GET,
	ST_VOLUME_PORTS,
	ST_VOLUME_PUT,
	ST_VOLUME_DROP,
	ST_VOLUME_DAY_ADD,
	ST_VOLUME_DAY_GET,
	ST_VOLUME_DAYS,
	ST_VOLUME_DAY_DROP,
	ST_NAMES_PEOPLE,
	ST_NAMES_ROLES,
	ST_TOTAL,
};

enum { KNOWN_COUNTS = 16 };
struct known_count { /* how many users a source has, see known.c */
	bool counted;
	char source[SOURCE_SIZE];
	uint32_t users;
	int64_t boot_ms;
};

/*
 * The last row that was asked for: a turn asks for the same one several times. It holds while
 * the connection has changed nothing at all since: no writer can forget to say so.
 */
struct user_memo { /* users.c */
	int64_t changes; /* sqlite3_total_changes64() when it was read; -1: nothing is kept */
	char name[NAME_SIZE];
	uint32_t uid;
	int64_t id;
	bool suspended;
};
struct known_memo { /* known.c */
	int64_t changes;
	int64_t user;
	char source[SOURCE_SIZE];
	int64_t age_ms;
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *stmt[ST_TOTAL];
	bool read_only;
	bool in_turn, marked;
	struct instant now; /* of the turn */
	int64_t changes_before;
	uint8_t boot_id[16];
	int64_t boot; /* number of this boot; 0 until its first turn */
	bool
	    boot_pending; /* the first turn in this boot still has to settle the earlier ones */

	int64_t counter[COUNTERS]; /* see counters.c */
	bool counters_known, counted; /* counted: since the last commit */
	int64_t generation;           /* of the last commit */
	int generation_fd;
	bool vouched;      /* by the memory, or because the floors are raised since */
	bool floor_raised; /* in this turn */

	int64_t pages;      /* in use, the WAL's included; at most as many, unless pages_exact */
	bool pages_exact;
	int64_t file_bytes; /* allocated to the database file */
	int64_t wal_frames;
	bool wal_ready; /* its file is allocated */
	uint64_t reserve_bytes;

	char lane_cursor[LANE_SIZE]; /* where the sweepers stand */
	char source_cursor[SOURCE_SIZE];
	int64_t source_count; /* -1: unknown */
	int64_t log_size;     /* the same */
	/* headers that this writer appended last, for the tree: record seq at seq % RECENT */
	uint64_t recent_from; /* the first that is there; 0: none */
	uint8_t recent[RECENT][RECORD_HEADER_SIZE];
	struct user_memo user_memo;
	struct known_memo known_memo;
	struct known_count known_count[KNOWN_COUNTS];
	unsigned space_calls;
	bool space_low;
	bool wipe_due; /* the WAL file may hold what was destroyed */

	char error[256];
};

/* ---- sqlite.c ---------------------------------------------------------------------------- */

struct value {
	enum { VALUE_NULL, VALUE_NUMBER, VALUE_TEXT, VALUE_BLOB } kind;
	int64_t number;
	const void *bytes; /* the caller's, until the statement is reset */
	size_t len;
};

static inline struct value
val_null(void)
{
	return (struct value){.kind = VALUE_NULL};
}

static inline struct value
val_int(int64_t number)
{
	return (struct value){.kind = VALUE_NUMBER, .number = number};
}

/* Above INT64_MAX it is kept as the negative number with the same bits. */
static inline struct value
val_uint(uint64_t number)
{
	return (struct value){.kind = VALUE_NUMBER, .number = (int64_t)number};
}

static inline struct value
val_text(const char *text)
{
	return (struct value){.kind = VALUE_TEXT, .bytes = text};
}

static inline struct value
val_blob(const void *bytes, size_t len)
{
	return (struct value){.kind = VALUE_BLOB, .bytes = bytes, .len = len};
}

#define VALUES(...)                                                                            \
	(const struct value[]){__VA_ARGS__},                                                   \
	    sizeof((const struct value[]){__VA_ARGS__}) / sizeof(struct value)
#define NO_VALUES NULL, 0

/* Remembers what failed and gives the enum error for SQLite's result code. */
int store_fail(struct store *s, int rc);
/* The prepared statement with its values bound, or NULL: store_step() then gives the error. */
sqlite3_stmt *store_query(struct store *s, enum statement id, const char *sql,
    const struct value *value, size_t count);
/* 1 with a row; 0 at the end or a negative error, the statement then being reset. st may be
 * NULL: the error that store_query met. */
int store_step(struct store *s, sqlite3_stmt *st);
/* At most one row: 1, the caller resets st after reading it; 0 or a negative error. */
int store_first(struct store *s, enum statement id, const char *sql, const struct value *value,
    size_t count, sqlite3_stmt **st);
/* What is remembered beside the database may say what was just undone. */
void store_forget(struct store *s);
/* A statement without rows. */
int store_run(struct store *s, enum statement id, const char *sql, const struct value *value,
    size_t count);
/* The same, of one that has to change a row: SKS_NOT_FOUND where it changed none. */
static inline int
store_change(struct store *s, enum statement id, const char *sql, const struct value *value,
    size_t count)
{
	int64_t before = sqlite3_total_changes64(s->db);
	int e = store_run(s, id, sql, value, count);

	return e == SKS_OK && sqlite3_total_changes64(s->db) == before ? SKS_NOT_FOUND : e;
}
/* A query that gives one number; SKS_NOT_FOUND without a row. */
int store_number(struct store *s, enum statement id, const char *sql, const struct value *value,
    size_t count, int64_t *out);
/* Several statements without values, not kept. */
int store_exec(struct store *s, const char *sql);
void store_finalize(struct store *s);

void col_text(sqlite3_stmt *st, int column, char *dst, size_t size);
int64_t col_int(sqlite3_stmt *st, int column);
uint32_t col_u32(sqlite3_stmt *st, int column);
uint64_t col_u64(sqlite3_stmt *st, int column);
bool col_bool(sqlite3_stmt *st, int column);
/* At most "size" bytes; their number. */
size_t col_blob(sqlite3_stmt *st, int column, void *dst, size_t size);
/* The age of a time whose three columns begin at "column"; AGE_NEVER when they are NULL. */
int64_t col_age(const struct store *s, sqlite3_stmt *st, int column);

/* ---- the other files --------------------------------------------------------------------- */

/* counters.c: what a counter stands at, and the next of it; the commit writes them all. */
int store_counter(struct store *s, enum counter which, int64_t *out);
int store_count(struct store *s, enum counter which, int64_t *out);
int counters_write(struct store *s);
/* schema.c: makes the tables; SKS_CORRUPT when they are not of a version we know. */
int schema_create(struct store *s);
/* The steps from an older version that we know; of any other nothing changes. */
int schema_upgrade(struct store *s);
int schema_check(struct store *s, bool thorough);
/* boots.c: finds this boot's number; in its first turn, settles what earlier boots left. */
int boots_find(struct store *s);
int boots_settle(struct store *s);
/* generation.c */
int generation_open(struct store *s, const char *path, bool *known, uint64_t *value);
int generation_write(struct store *s, int64_t value);
/* walio.c: the VFS of a writer; NULL: SQLite's own, which is only slower. */
const char *walio_name(void);
/* space.c: takes over the allocated size, allocates the WAL. */
int space_open(struct store *s);
/* users.c: the row of (name, uid); with "create" made where there is none. *id 0: none. */
int user_find(
    struct store *s, const char *name, uint32_t uid, bool create, int64_t *id, bool *suspended);
/* txn.c */
int txn_load(struct store *s, const struct request *r, struct facts *f);
int txn_apply(
    struct store *s, const struct request *r, const struct facts *f, const struct changes *c);
/* lanes.c */
int lane_load(struct store *s, struct facts *f);
int lane_apply(
    struct store *s, const struct request *r, const struct facts *f, const struct changes *c);
int source_load(struct store *s, const struct request *r, struct facts *f);
int source_apply(struct store *s, const struct request *r, const struct changes *c);
/* known.c */
int known_load(struct store *s, int64_t user, const struct request *r, struct facts *f);
int known_learn(struct store *s, const struct request *r);
/* sessions.c */
int session_load(struct store *s, const struct request *r, struct facts *f);
int session_apply(
    struct store *s, const struct request *r, const struct facts *f, const struct changes *c);
/* devices.c, recovery.c */
int device_spend(struct store *s, const struct facts *f);
int recovery_spend(struct store *s, const struct facts *f);
/* bypasses.c */
int bypass_count(struct store *s, const char *user, uint32_t uid, uint32_t *count);
int bypass_spend(struct store *s, const struct facts *f);

#endif
