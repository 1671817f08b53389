/* What the files of the verifier share. */
#ifndef SEKISHO_AUDIT_VERIFY_INTERNAL_H
#define SEKISHO_AUDIT_VERIFY_INTERNAL_H

#include "audit/epoch.h"
#include "audit/flat.h"
#include "audit/verify.h"
#include "audit/verify_seen.h"
#include "store/verify.h"

enum {
	VERIFY_LEVELS = 7, /* of nodes above the leaves: 256^7 records */
	VERIFY_BOOTS = 256,
	BODY_STEPS = 6,      /* what a body costs beside a header */
	VERIFY_PENDING = 16, /* records within which a step or a start explains itself */
};
/* No clock shows more, in 285,000 years: sums of some such times fit. */
#define VERIFY_TIME_MAX (INT64_C(1) << 53)

/* ---- verify_tree.c ----------------------------------------------------------------------- */

/* A tree that grows, each level a frontier over its own units, as audit/tree.h. */
struct vtree {
	uint64_t size;
	struct merkle_frontier level[VERIFY_LEVELS];
};
int vtree_root(const struct vtree *t, struct merkle_hash *out);

/* ---- verify_deleted.c -------------------------------------------------------------------- */

struct deleted_range {
	uint64_t from, to;
	int64_t cutoff_ms; /* INT64_MAX: redacted, whatever its age */
	uint64_t by;       /* the record that says so */
	uint8_t retention; /* its class; RETAIN_COUNT: any */
};
struct deleted {
	struct deleted_range *range; /* sorted by from before the second pass */
	size_t count, room, next;
	size_t active[32]; /* those that hold the record where the second pass stands */
	size_t active_count;
	uint64_t newest; /* the last record that speaks of a deletion */
};

/* ---- verify_index.c ---------------------------------------------------------------------- */

/* Sums of keyed hashes: equal for equal sets, whatever their order. */
struct index_sum {
	uint64_t sum[4], rows;
};

/* ---- verify_resume.c --------------------------------------------------------------------- */

struct resume {
	char origin[NOTE_NAME_SIZE];
	uint64_t done, last, size;
	struct merkle_hash root;
	uint8_t salt[16];
	struct index_sum sum[2];
	bool holds;
	int64_t saved_ms;
};

/* ---- the run ----------------------------------------------------------------------------- */

struct header {
	uint64_t seq;
	int64_t wall_ms, boot_ms;
	const uint8_t *boot_id, *body_hash;
	uint8_t retention;
	uint16_t action;
};

struct vchain {
	uint64_t id; /* 0: none yet */
	struct verify_chain *out;
	struct note_vkey vkey;
	struct vtree tree, alt; /* alt: with the stored nodes where they differ */
	bool alt_used, broken, keyless;
	uint64_t bad_from, bad_to; /* leaves of the blocks that differ */
	uint64_t good;             /* leaves that a signed root has confirmed */
	uint64_t nodes, head_rows; /* found in the store so far */
	uint64_t head_size;        /* the newest stored head */
	uint64_t epoch;
	bool epochs_known;
	int64_t ran_ms; /* since the last seal, but for what a start or a sleep explains */
	uint8_t epoch_key[ED25519_KEY_SIZE];
	struct epoch_time from;
	uint64_t next_check; /* the tree's size at which a head is to be compared */
	size_t seen;         /* the next head seen elsewhere */
	size_t seen_end;
	bool seen_key_told;
};

struct verify {
	struct store *store;
	const struct verify_options *o;
	struct verify_result *out;
	struct store_extent extent;
	uint64_t next; /* the record that is to come */
	struct vchain chain;
	bool seen_chains[VERIFY_SEEN_ORIGINS]; /* origins of heads seen whose chain is there */
	uint64_t chains, nodes, heads;
	struct deleted deleted;
	/* clocks */
	bool has_last;
	int64_t wall_ms, boot_ms;
	uint8_t boot_id[16];
	uint16_t last_action, before_last_action;
	uint8_t boots[VERIFY_BOOTS][16];
	size_t boot_count;
	uint64_t step_at, start_wanted; /* records that wait for an explanation; 0: none */
	int64_t step_ms;
	/* the second pass */
	struct index_sum of_rows[2], of_index[2];
	uint8_t salt[16];
	struct resume resume;
	uint64_t before; /* steps of the passes that are over, for the progress */
	int fatal;       /* SKS_NOMEM, SKS_INTERNAL */
};

/* verify.c */
void verify_find(struct verify *v, enum verify_kind kind, uint64_t seq, uint64_t to,
    const char *detail, ...) __attribute__((format(printf, 5, 6)));
void verify_progress(struct verify *v, uint64_t done);
static inline bool
header_times_are_possible(const struct header *h)
{
	return h->wall_ms >= -VERIFY_TIME_MAX && h->wall_ms <= VERIFY_TIME_MAX &&
	       h->boot_ms >= -VERIFY_TIME_MAX && h->boot_ms <= VERIFY_TIME_MAX;
}
/* SKS_INVALID when it has none of a record's. Pointers into the bytes. */
int header_read(const struct store_row *row, struct header *h);

/* verify_header.c: one row of the first pass. */
int verify_header(void *context, const struct store_row *row);
void verify_headers_end(struct verify *v);

/* verify_clock.c */
void verify_clock(struct verify *v, const struct header *h);

/* verify_tree.c: adds a leaf and compares the nodes that it completes. */
void verify_leaf(struct verify *v, const uint8_t *header);
/* Compares a root that was signed for the leaves so far; false after saying so. what: whose. */
bool verify_signed_root(
    struct verify *v, enum verify_kind kind, const struct merkle_hash *root, const char *what);

/* verify_head.c: the heads of a chain. */
void verify_heads_begin(struct verify *v);
void verify_heads_at(struct verify *v); /* where the tree has next_check leaves */
void verify_heads_end(struct verify *v);
/* Behind the last chain: heads of chains of this log that are not in it. */
void verify_heads_without_chain(struct verify *v);
/* The stored head over what is there so far must be there, right, and marked so. */
void verify_head_row(struct verify *v, uint64_t seq, bool sealed);

/* verify_chain.c, verify_seal.c: records that the first pass reads whole. */
void verify_begin(struct verify *v, const struct header *h);
void verify_chain_end(struct verify *v, uint64_t next_first);
void verify_key(struct verify *v, const struct header *h);
void verify_reanchor(struct verify *v, const struct header *h);
void verify_trust(struct verify *v);
void verify_seal(struct verify *v, const struct header *h);
void verify_start(struct verify *v, const struct header *h);
void verify_suspend(struct verify *v, const struct header *h);

/* verify_deleted.c */
void verify_retention(struct verify *v, const struct header *h);
void verify_redaction(struct verify *v, const struct header *h);
void verify_restored(struct verify *v, const struct header *h);
void verify_deleted_sort(struct deleted *d);
/* In ascending order of seq: what allows that its body is gone; NULL: nothing. */
const struct deleted_range *verify_deleted_find(struct deleted *d, const struct header *h);

/* verify_body.c, verify_index.c: the second pass. */
void verify_bodies(struct verify *v);
void index_add(struct index_sum *s, const uint8_t salt[16], const char *value, uint64_t seq);
void verify_indexes(struct verify *v);

/* verify_read.c: a body, checked against its header, member by member into a table of places.
 */
struct place {
	const char *key;
	char *text; /* NULL: a number */
	size_t size;
	int64_t *number;
	bool found;
};
/* False (after saying so) when the body is gone or not its header's; gone: nothing is said. */
bool verify_read(
    struct verify *v, const struct header *h, struct place *place, size_t count, bool *gone);
bool verify_base64(const char *text, void *out, size_t size);
bool verify_boot_id(const char *text, uint8_t out[16]);

#endif
