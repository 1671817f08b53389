#include "store/audit_review.h"
#include "audit/record.h"
#include "error.h"
#include "store/keep.h"
#include "store/store_internal.h"
#include <stdio.h>
#include <string.h>

/* ---- records ----------------------------------------------------------------------------- */

static void
risky_read(sqlite3_stmt *st, struct store_risky *x)
{
	uint8_t bytes[RECORD_HEADER_SIZE];
	struct record header;

	memset(x, 0, sizeof(*x));
	x->seq = col_u64(st, 0);
	x->action = (uint16_t)col_u32(st, 1);
	x->outcome = (uint8_t)col_u32(st, 2);
	if (col_blob(st, 3, bytes, sizeof(bytes)) == sizeof(bytes) &&
	    record_header_decode(bytes, &header) == SKS_OK)
		x->wall_ms = header.wall_ms;
	col_text(st, 4, x->user, sizeof(x->user));
	col_text(st, 5, x->source, sizeof(x->source));
	col_text(st, 6, x->reason, sizeof(x->reason));
	x->deleted = col_bool(st, 7);
	col_text(st, 8, x->by, sizeof(x->by));
	col_text(st, 9, x->mark, sizeof(x->mark));
	col_text(st, 10, x->comment, sizeof(x->comment));
}

int
store_risky_get(struct store *s, uint64_t seq, struct store_risky *out)
{
	sqlite3_stmt *st;
	int e = store_first(s, ST_RISKY,
	    "SELECT r.seq, r.action, r.outcome, r.header, r.user, r.source, r.reason,"
	    " r.body IS NULL, coalesce(v.by, ''), coalesce(v.mark, ''), coalesce(v.comment, '')"
	    " FROM records r LEFT JOIN audit_seen v ON v.record = r.seq WHERE r.seq = ?1",
	    VALUES(val_uint(seq)), &st);

	if (e <= 0)
		return e == 0 ? SKS_NOT_FOUND : e;
	risky_read(st, out);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_seen_open(struct store *s, uint64_t record, const char *by)
{
	return store_run(s, ST_SEEN_OPEN,
	    "INSERT OR IGNORE INTO audit_seen (record, by, wall) VALUES (?1, ?2, ?3)",
	    VALUES(val_uint(record), val_text(by), val_int(s->now.wall_ms)));
}

int
store_seen_mark(struct store *s, uint64_t record, const char *mark, const char *comment)
{
	return store_change(s, ST_SEEN_MARK,
	    "UPDATE audit_seen SET mark = ?2, comment = ?3 WHERE record = ?1",
	    VALUES(val_uint(record), val_text(mark), val_text(comment)));
}

int
store_seen(struct store *s, uint64_t record, bool *opened)
{
	int64_t count = 0;
	int e = store_number(s, ST_SEEN, "SELECT count(*) FROM audit_seen WHERE record = ?1",
	    VALUES(val_uint(record)), &count);

	*opened = count != 0;
	return e;
}

int
store_last_before(struct store *s, int64_t wall_ms, uint64_t *seq)
{
	uint64_t low = 0, high = 0;
	int e = store_log_size(s, &high);

	while (e == SKS_OK && low < high) {
		uint64_t middle = low + (high - low + 1) / 2;
		struct store_kept k;

		e = store_kept_get(s, middle, &k);
		if (e == SKS_NOT_FOUND)
			e = SKS_CORRUPT;
		if (e == SKS_OK && k.wall_ms < wall_ms)
			low = middle;
		else
			high = middle - 1;
	}
	*seq = low;
	return e;
}

/* ---- periods ----------------------------------------------------------------------------- */

int
store_period_add(struct store *s, struct store_period *p)
{
	int64_t number = 0;
	int e = store_number(s, ST_PERIOD_NUMBER,
	    "SELECT coalesce(max(number), 0) + 1 FROM audit_periods", NO_VALUES, &number);

	if (e != SKS_OK)
		return e;
	p->number = (uint64_t)number;
	p->wall_ms = s->now.wall_ms;
	return store_run(s, ST_PERIOD_ADD,
	    "INSERT INTO audit_periods (number, first, last, until_wall, by, person, wall, risky,"
	    " opened, head, comment) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	    VALUES(val_uint(p->number), val_uint(p->first), val_uint(p->last),
		val_int(p->until_wall_ms), val_text(p->by), val_text(p->person),
		val_int(p->wall_ms), val_uint(p->risky), val_uint(p->opened), val_text(p->head),
		val_text(p->comment)));
}

int
store_period_list(struct store *s, struct store_period *out, size_t max, size_t *count)
{
	sqlite3_stmt *st = store_query(s, ST_PERIODS,
	    "SELECT number, first, last, until_wall, by, person, wall, risky, opened, head, comment"
	    " FROM audit_periods ORDER BY number DESC LIMIT ?1",
	    VALUES(val_int((int64_t)max)));
	int e = SKS_OK;

	for (*count = 0; *count < max && (e = store_step(s, st)) > 0; (*count)++) {
		struct store_period *p = &out[*count];

		memset(p, 0, sizeof(*p));
		p->number = col_u64(st, 0);
		p->first = col_u64(st, 1);
		p->last = col_u64(st, 2);
		p->until_wall_ms = col_int(st, 3);
		col_text(st, 4, p->by, sizeof(p->by));
		col_text(st, 5, p->person, sizeof(p->person));
		p->wall_ms = col_int(st, 6);
		p->risky = col_u64(st, 7);
		p->opened = col_u64(st, 8);
		col_text(st, 9, p->head, sizeof(p->head));
		col_text(st, 10, p->comment, sizeof(p->comment));
	}
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}

int
store_period_last(struct store *s, struct store_period *out)
{
	size_t count = 0;
	int e = store_period_list(s, out, 1, &count);

	return e == SKS_OK && count == 0 ? SKS_NOT_FOUND : e;
}

int
store_power_of(struct store *s, const char *person, int64_t from_wall_ms, int64_t until_wall_ms,
    uint64_t *times)
{
	int64_t count = 0;
	int e = store_number(s, ST_POWER_OF,
	    "SELECT (SELECT count(*) FROM grants g JOIN requests q"
	    "  ON q.kind = 'R' AND q.number = g.number"
	    "  WHERE g.person = ?1 AND q.made_wall < ?3"
	    "  AND (q.made_wall >= ?2 OR g.ended_wall = 0 OR g.ended_wall >= ?2))"
	    " + (SELECT count(*) FROM approvals"
	    "  WHERE person = ?1 AND wall >= ?2 AND wall < ?3)",
	    VALUES(val_text(person), val_int(from_wall_ms), val_int(until_wall_ms)), &count);

	*times = (uint64_t)count;
	return e;
}

/* ---- findings ---------------------------------------------------------------------------- */

int
store_finding_add(struct store *s, struct store_finding *f)
{
	sqlite3_stmt *st;
	int64_t open;
	int e = store_first(s, ST_FINDING_NUMBER,
	    "SELECT coalesce(max(number), 0) + 1, coalesce(sum(closed_wall = 0), 0)"
	    " FROM audit_findings",
	    NO_VALUES, &st);

	if (e <= 0)
		return e == 0 ? SKS_INTERNAL : e;
	f->number = col_u64(st, 0);
	open = col_int(st, 1);
	sqlite3_reset(st);
	if (open >= FINDINGS_MAX)
		return SKS_FULL;
	f->wall_ms = s->now.wall_ms;
	return store_run(s, ST_FINDING_ADD,
	    "INSERT INTO audit_findings (number, record, what, owner, due_wall, grave, by, wall)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	    VALUES(val_uint(f->number), val_uint(f->record), val_text(f->what),
		val_text(f->owner), val_int(f->due_wall_ms), val_int(f->grave), val_text(f->by),
		val_int(f->wall_ms)));
}

#define FINDING_COLUMNS                                                                        \
	"number, record, what, owner, due_wall, grave, by, wall, chased_wall, closed_by,"      \
	" closed_why, closed_wall"

static void
finding_read(sqlite3_stmt *st, struct store_finding *f)
{
	memset(f, 0, sizeof(*f));
	f->number = col_u64(st, 0);
	f->record = col_u64(st, 1);
	col_text(st, 2, f->what, sizeof(f->what));
	col_text(st, 3, f->owner, sizeof(f->owner));
	f->due_wall_ms = col_int(st, 4);
	f->grave = col_bool(st, 5);
	col_text(st, 6, f->by, sizeof(f->by));
	f->wall_ms = col_int(st, 7);
	f->chased_wall_ms = col_int(st, 8);
	col_text(st, 9, f->closed_by, sizeof(f->closed_by));
	col_text(st, 10, f->closed_why, sizeof(f->closed_why));
	f->closed_wall_ms = col_int(st, 11);
}

int
store_finding_get(struct store *s, uint64_t number, struct store_finding *out)
{
	sqlite3_stmt *st;
	int e = store_first(s, ST_FINDING_GET,
	    "SELECT " FINDING_COLUMNS " FROM audit_findings WHERE number = ?1",
	    VALUES(val_uint(number)), &st);

	memset(out, 0, sizeof(*out));
	if (e <= 0)
		return e == 0 ? SKS_NOT_FOUND : e;
	finding_read(st, out);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_finding_close(struct store *s, uint64_t number, const char *by, const char *why)
{
	return store_change(s, ST_FINDING_CLOSE,
	    "UPDATE audit_findings SET closed_by = ?2, closed_why = ?3, closed_wall = ?4"
	    " WHERE number = ?1 AND closed_wall = 0",
	    VALUES(val_uint(number), val_text(by), val_text(why), val_int(s->now.wall_ms)));
}

int
store_finding_chased(struct store *s, uint64_t number)
{
	return store_run(s, ST_FINDING_CHASED,
	    "UPDATE audit_findings SET chased_wall = ?2 WHERE number = ?1",
	    VALUES(val_uint(number), val_int(s->now.wall_ms)));
}

int
store_finding_list(
    struct store *s, bool all, struct store_finding *out, size_t max, size_t *count)
{
	sqlite3_stmt *st = store_query(s, ST_FINDINGS,
	    "SELECT " FINDING_COLUMNS " FROM audit_findings WHERE ?1 OR closed_wall = 0"
	    " ORDER BY closed_wall <> 0, due_wall, number LIMIT ?2",
	    VALUES(val_int(all), val_int((int64_t)max)));
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0)
		finding_read(st, &out[(*count)++]);
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}
