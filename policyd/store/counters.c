/*
 * Counters: numbers that are never given twice, and the count of commits.
 *
 * The writer is alone, so what it once read stays true: it counts in memory, and writes all of
 * them by one statement in the commit that makes them durable.
 */
#include "error.h"
#include "store/store_internal.h"
#include <string.h>

static int
counters_read(struct store *s)
{
	sqlite3_stmt *st;
	int r = store_first(s, ST_COUNTERS, "SELECT generation, txn, device, session, indexed FROM counter",
	    NO_VALUES, &st);

	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	s->counter[COUNTER_GENERATION] = col_int(st, 0);
	s->counter[COUNTER_TXN] = col_int(st, 1);
	s->counter[COUNTER_DEVICE] = col_int(st, 2);
	s->counter[COUNTER_SESSION] = col_int(st, 3);
	s->counter[COUNTER_INDEXED] = col_int(st, 4);
	sqlite3_reset(st);
	s->counters_known = !s->read_only;
	return SKS_OK;
}

int
store_counter(struct store *s, enum counter which, int64_t *out)
{
	int r = s->counters_known ? SKS_OK : counters_read(s);

	*out = r == SKS_OK ? s->counter[which] : 0;
	return r;
}

int
store_count(struct store *s, enum counter which, int64_t *out)
{
	int r = store_counter(s, which, out);

	if (r != SKS_OK)
		return r;
	*out = ++s->counter[which];
	s->counted = true;
	return SKS_OK;
}

int
counters_write(struct store *s)
{
	int r = s->counters_known ? SKS_OK : counters_read(s);

	if (r == SKS_OK)
		r = store_run(s, ST_COUNTERS_PUT,
		    "UPDATE counter SET generation = ?1, txn = ?2, device = ?3, session = ?4,"
		    " indexed = ?5",
		    VALUES(val_int(s->counter[COUNTER_GENERATION]),
			val_int(s->counter[COUNTER_TXN]), val_int(s->counter[COUNTER_DEVICE]),
			val_int(s->counter[COUNTER_SESSION]),
			val_int(s->counter[COUNTER_INDEXED])));
	return r == SKS_OK && sqlite3_changes(s->db) != 1 ? SKS_CORRUPT : r;
}
