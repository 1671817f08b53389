/*
 * The log as it lies in the store, for verifying it: every column as it is, nothing believed.
 * Read only; each call reads in stretches, so that no read transaction lasts.
 */
#ifndef SEKISHO_STORE_VERIFY_H
#define SEKISHO_STORE_VERIFY_H

#include "store/store.h"

/* What there is to verify, seen at one moment: on a live store the newest head will soon be
 * another one. */
enum { STORE_NOTE_MAX = 2048 };
struct store_extent {
	uint64_t first, last; /* records; 0: none */
	uint64_t chains, nodes, heads;
	uint64_t head_chain, head_size; /* the newest head; 0: none */
	int64_t head_sealed; /* as in store_head_get() */
	size_t head_len; /* more than STORE_NOTE_MAX: none that is kept */
	char head_note[STORE_NOTE_MAX];
};
int store_extent(struct store *s, struct store_extent *out);

/* A row of the table of records; pointers until the next row is read. NULL: no value. */
struct store_row {
	uint64_t seq;
	const uint8_t *header;
	size_t header_len;
	const void *body;
	size_t body_len;
	const char *user, *source, *reason;
	int64_t action, outcome;
};

/* Calls each() for the headers of from..to that there are, in order: seq, header and header_len
 * of the row. What each() returns, when it is not 0, ends it. */
typedef int store_row_fn(void *context, const struct store_row *row);
int store_scan_headers(
    struct store *s, uint64_t from, uint64_t to, store_row_fn *each, void *context);

/* One whole row, found by its number. 0, SKS_NOT_FOUND, SKS_CORRUPT. Call store_row_done() when it
 * was looked at: until then the store is being read. */
int store_row_get(struct store *s, uint64_t seq, struct store_row *row);
void store_row_done(struct store *s);

/* One of the two indexes that the log is searched by, in its own order, up to record "last". */
enum store_log_index { STORE_INDEX_USER, STORE_INDEX_SOURCE };
typedef int store_index_fn(void *context, const char *value, uint64_t seq);
int store_scan_index(struct store *s, enum store_log_index which, uint64_t last,
    store_index_fn *each, void *context);

/* The row of one head. sealed is 0 or 1 in a sound one; note is appended, not terminated.
 * SKS_NOT_FOUND. */
int store_head_get(
    struct store *s, uint64_t chain, uint64_t size, int64_t *sealed, struct buf *note);

/* 0 when the log's tables and indexes are the ones this program makes, and no trigger or view
 * is beside them; SKS_CORRUPT with the name of the first that is not. */
int store_check_schema(struct store *s, char *name, size_t size);

#endif
