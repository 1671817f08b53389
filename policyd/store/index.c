/*
 * The two indexes that the log is searched by, written behind it.
 *
 * An entry for each record in its own commit would cost every login two pages and two searches
 * more, twice. So they are written some at a time, when nobody waits: "indexed" says up to
 * where, in the same commit as the entries, so a crash leaves nothing to repair. What comes
 * behind it is read from the records themselves, by searches as by verifying.
 */
#include "error.h"
#include "store/store_internal.h"

enum {
	INDEX_DUE = 64,      /* fewer are not worth a commit */
	INDEX_AT_ONCE = 256, /* some milliseconds */
	INDEX_PRESSING = 4096,
};

int
store_indexed(struct store *s, uint64_t *seq)
{
	int64_t number;
	int r = store_counter(s, COUNTER_INDEXED, &number);

	*seq = (uint64_t)number;
	return r;
}

enum store_index_due
store_index_due(struct store *s)
{
	uint64_t size, done;

	if (s->read_only || s->in_turn || store_log_size(s, &size) != SKS_OK ||
	    store_indexed(s, &done) != SKS_OK || size < done + INDEX_DUE)
		return STORE_INDEX_DONE;
	return size < done + INDEX_PRESSING ? STORE_INDEX_WHEN_IDLE : STORE_INDEX_PRESSING;
}

int
store_index(struct store *s)
{
	uint64_t size, done, last;
	int r = store_log_size(s, &size);

	if (r == SKS_OK)
		r = store_indexed(s, &done);
	if (r != SKS_OK || done >= size)
		return r;
	last = size - done > INDEX_AT_ONCE ? done + INDEX_AT_ONCE : size;
	r = store_run(s, ST_INDEX_USER,
	    "INSERT INTO records_user (user, seq) SELECT user, seq FROM records"
	    " WHERE seq > ?1 AND seq <= ?2 AND user IS NOT NULL",
	    VALUES(val_uint(done), val_uint(last)));
	if (r == SKS_OK)
		r = store_run(s, ST_INDEX_SOURCE,
		    "INSERT INTO records_source (source, seq) SELECT source, seq FROM records"
		    " WHERE seq > ?1 AND seq <= ?2 AND source IS NOT NULL",
		    VALUES(val_uint(done), val_uint(last)));
	if (r == SKS_OK) {
		s->counter[COUNTER_INDEXED] = (int64_t)last;
		s->counted = true;
	}
	return r;
}
