/*
 * Verifying the log of a store, live or a copy: from the bodies to the headers to the roots
 * that heads and seals sign, and back to every index that the log is searched by.
 *
 * Two passes. The first reads headers: numbers, clocks, the tree with its stored nodes, heads,
 * seals, chains and what was destroyed. The second reads each record by its number: body,
 * columns, and both search indexes. Memory does not grow with the log, but for what was
 * destroyed (24 bytes for each range) and heads seen elsewhere (64 bytes each).
 *
 * Nothing in the store is believed: the table of chains, nodes, heads and columns are made
 * again from the records and compared. What cannot be known from the log alone is said too.
 */
#ifndef SEKISHO_AUDIT_VERIFY_H
#define SEKISHO_AUDIT_VERIFY_H

#include "audit/checkpoint.h"
#include "store/store.h"
#include <stdbool.h>

enum verify_status {
	VERIFY_FINE,
	VERIFY_TAMPERED,
	VERIFY_UNREADABLE,
	VERIFY_INCOMPLETE,
	VERIFY_STALE
};

/* X(symbol, word, status, sentence) */
#define VERIFY_KINDS(X)                                                                        \
	X(BODY, "body-changed", TAMPERED, N_("its body is not the one that was recorded"))     \
	X(BODY_FORM, "body-malformed", TAMPERED,                                               \
	    N_("its body contradicts its header, or is no record's body"))                     \
	X(HEADER, "header-changed", TAMPERED, N_("its header is none that a record can have")) \
	X(MOVED, "record-moved", TAMPERED,                                                     \
	    N_("its header belongs to another number: records were swapped or copied"))        \
	X(MISSING, "record-missing", TAMPERED, N_("it is missing"))                            \
	X(DELETED, "deletion-not-due", TAMPERED,                                               \
	    N_("its body is gone and no record of a deletion that was due covers it"))         \
	X(DELETION, "deletion-false", TAMPERED,                                                \
	    N_("it tells of a deletion that was not due, or that nobody can read"))            \
	X(KEPT, "deletion-undone", TAMPERED,                                                   \
	    N_("its body is there although a record says that it was destroyed"))              \
	X(COLUMN, "index-column", TAMPERED,                                                    \
	    N_("a column that it is found by does not say what its body says"))                \
	X(INDEX, "index-search", TAMPERED,                                                     \
	    N_("a search index of the log does not hold what the records say"))                \
	X(SCHEMA, "index-schema", TAMPERED,                                                    \
	    N_("the tables of the log are not the ones that Sekisho makes"))                   \
	X(NODE, "index-node", TAMPERED, N_("a stored node of the tree is wrong or missing"))   \
	X(CHAINS, "index-chains", TAMPERED,                                                    \
	    N_("the table of chains does not say what the records say"))                       \
	X(BLOCK, "records-changed", TAMPERED,                                                  \
	    N_("this record, or one of those with it, is not the one that was signed for"))    \
	X(ROOT, "root", TAMPERED,                                                              \
	    N_("from here on the records are not the ones whose tree was signed"))             \
	X(HEAD, "head", TAMPERED, N_("a signed head is missing, false or of another tree"))    \
	X(CUT, "cut", TAMPERED,                                                                \
	    N_("the log ends here, and a signed head says that it went on"))                   \
	X(UNSIGNED, "unsigned", TAMPERED,                                                      \
	    N_("from here on more records stand without a signed head than there can be"))     \
	X(SEAL, "seal", TAMPERED,                                                              \
	    N_("this seal was not made by the key of its epoch, or says what is not so"))      \
	X(SEAL_ORDER, "seal-order", TAMPERED,                                                  \
	    N_("this seal does not follow the one before it"))                                 \
	X(BEGIN, "begin", TAMPERED,                                                            \
	    N_("this beginning of a chain is malformed, or cites what is not so"))             \
	X(KEY, "key", TAMPERED, N_("this change of the log key is not signed by the old one")) \
	X(OTHER_KEY, "other-log", TAMPERED,                                                    \
	    N_("this is not the log of the key that you trust"))                               \
	X(REANCHOR, "reanchor", TAMPERED,                                                      \
	    N_("this anchor is not signed by the auditor, or is for another chain"))           \
	X(CLOCK_BACK, "clock-back", TAMPERED,                                                  \
	    N_("within one boot the boot clock cannot go back"))                               \
	X(BOOT, "boot-order", TAMPERED, N_("a boot that had ended cannot come back"))          \
	X(START, "start", TAMPERED,                                                            \
	    N_("what it says about the end of the log before it is not so"))                   \
	X(FORK, "fork", TAMPERED,                                                              \
	    N_("a head seen elsewhere was signed for another log up to here"))                 \
	X(CLOCK_STEP, "clock-step", INCOMPLETE,                                                \
	    N_("the wall clock jumps here, and no record says that it was set"))               \
	X(NO_START, "start-missing", INCOMPLETE,                                               \
	    N_("a boot begins here without a start of the daemon"))                            \
	X(GAP, "gap", INCOMPLETE,                                                              \
	    N_("the epoch that ends here was longer than it may be, and nothing explains it")) \
	X(NO_CHAIN, "no-chain", INCOMPLETE, N_("no chain of the log covers it"))               \
	X(UNANCHORED, "unanchored", INCOMPLETE,                                                \
	    N_("a new chain begins here that no auditor has signed for"))                      \
	X(SEEN_KEY, "seen-key", INCOMPLETE,                                                    \
	    N_("a head seen elsewhere has the name of this log and a key that it does not "    \
	       "know: it may come from a log that went further, or from nobody"))              \
	X(OLDER, "older", STALE,                                                               \
	    N_("this copy ends here, and a head seen elsewhere goes further"))                 \
	X(SILENT, "silent", STALE,                                                             \
	    N_("the log ends here without a clean stop, longer ago than an idle daemon is "    \
	       "silent"))                                                                      \
	X(DAMAGED, "damaged", UNREADABLE, N_("the store cannot be read from here on"))

enum verify_kind {
#define X(symbol, word, status, sentence) VERIFY_##symbol,
	VERIFY_KINDS(X)
#undef X
	    VERIFY_KIND_COUNT
};
struct verify_kind_info {
	const char *word;
	enum verify_status status;
	const char *sentence; /* for gettext */
};
extern const struct verify_kind_info verify_kinds[VERIFY_KIND_COUNT];

struct verify_finding {
	enum verify_kind kind;
	uint64_t seq;     /* 0: the log as a whole */
	uint64_t to;      /* the last of them; seq for a single one */
	char detail[160]; /* what exactly, for those who look into it; English, may be "" */
};

enum { VERIFY_FINDINGS_MAX = 64, VERIFY_CHAINS_MAX = 16 };

struct verify_chain {
	char origin[NOTE_NAME_SIZE], vkey[NOTE_VKEY_SIZE], auditor[NOTE_VKEY_SIZE];
	char reason[40], epoch_key[48]; /* why it begins; the public key of its first epoch */
	uint64_t first, size, head, seals, signed_size;
	int64_t sealed_wall_ms;
	bool trusted, anchored;
};

struct verify_result {
	enum verify_status status;
	uint64_t records, bodies, deleted, seals, starts, clock_steps, wall_back;
	uint64_t unsigned_records;         /* behind the newest head */
	uint64_t seen_heads, seen_unknown; /* compared; of other logs or keys */
	int64_t first_wall_ms, last_wall_ms;
	bool clean_stop;
	uint64_t resumed;   /* bodies up to here were verified by an earlier run */
	size_t chain_count; /* all; the newest VERIFY_CHAINS_MAX are kept, and the first */
	struct verify_chain chain[VERIFY_CHAINS_MAX];
	size_t finding_count; /* all; the first VERIFY_FINDINGS_MAX are kept */
	uint64_t count[VERIFY_KIND_COUNT];
	struct verify_finding finding[VERIFY_FINDINGS_MAX];
};

struct verify_seen; /* verify_seen.h */

struct verify_options {
	bool live;  /* the store in use: it must go as far as any head that it signed */
	bool quick; /* the first pass alone */
	const struct note_vkey *trusted; /* log keys */
	size_t trusted_count;
	const struct note_vkey *auditor;
	size_t auditor_count;
	const uint8_t (*epoch_key)[ED25519_KEY_SIZE]; /* of first epochs */
	size_t epoch_key_count;
	struct verify_seen *seen; /* NULL: none */
	int64_t now_wall_ms;
	const char *resume; /* file to go on from and to keep; NULL: none */
	/* called now and then; total is the same in each call */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *context;
};

/* 0 when the verdict stands in *out, whatever it is; SKS_NOMEM, SKS_INTERNAL. The store is open
 * read only. */
int verify_run(struct store *s, const struct verify_options *o, struct verify_result *out);

#endif
