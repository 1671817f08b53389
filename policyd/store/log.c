/*
 * Records: appending, and reading them in order.
 *
 * A cursor reads in stretches of so many sequence numbers, each by a query of its own: however
 * little a filter matches, no read transaction lasts, and the log can be checkpointed.
 */
#include "error.h"
#include "store/store_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRETCH = 2048, LOG_ACTIONS_SIZE = 256 };

int
store_log_size(struct store *s, uint64_t *size)
{
	int64_t number = s->log_size;
	int r = SKS_OK;

	if (number < 0)
		r = store_number(s, ST_LOG_SIZE, "SELECT coalesce(max(seq), 0) FROM records",
		    NO_VALUES, &number);
	if (r == SKS_OK && !s->read_only) /* nobody else appends */
		s->log_size = number;
	*size = (uint64_t)number;
	return r;
}

int
store_append(struct store *s, struct record *r)
{
	uint8_t header[RECORD_HEADER_SIZE];
	uint64_t size;
	int error = buf_error(&r->body);

	if (error == SKS_OK)
		error = store_log_size(s, &size);
	if (error != SKS_OK)
		return error;
	r->seq = size + 1;
	record_header_encode(r, header);
	error = store_run(s, ST_LOG_APPEND,
	    "INSERT INTO records (seq, header, user, source, action, outcome, reason, body)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	    VALUES(val_uint(r->seq), val_blob(header, sizeof(header)),
		r->user[0] != '\0' ? val_text(r->user) : val_null(),
		r->source[0] != '\0' ? val_text(r->source) : val_null(), val_int(r->action),
		val_int(r->outcome), val_text(r->reason), val_blob(r->body.data, r->body.len)));
	if (error != SKS_OK)
		return error;
	s->log_size = (int64_t)r->seq;
	memcpy(s->recent[r->seq % RECENT], header, sizeof(header));
	if (s->recent_from == 0)
		s->recent_from = r->seq;
	else if (r->seq - s->recent_from >= RECENT)
		s->recent_from = r->seq - RECENT + 1;
	return SKS_OK;
}

/* ---- reading ----------------------------------------------------------------------------- */

struct log_cursor {
	struct store *store;
	sqlite3_stmt *st;      /* of the stretch */
	sqlite3_stmt *records; /* reads every record */
	sqlite3_stmt
	    *index; /* by an index, up to record "indexed"; NULL: neither is asked for */
	uint64_t indexed;
	bool newest_first, active; /* active: st stands in a stretch */
	int64_t since_wall_ms, until_wall_ms;
	uint64_t low, high; /* what is still to be read, both included; low > high: nothing */
	char user[NAME_SIZE], source[SOURCE_SIZE], reason[40];
	char actions[LOG_ACTIONS_SIZE]; /* "160,161" */
	int64_t outcome;
};

static bool
log_given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static int
log_copy(char *dst, size_t size, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	if (len >= size)
		return SKS_TOO_BIG;
	(void)snprintf(dst, size, "%s", text != NULL ? text : "");
	return SKS_OK;
}

/* Parameters that the text does not have cannot be bound, and need not be. */
static int
log_bind(struct log_cursor *c, sqlite3_stmt *st)
{
	int most = sqlite3_bind_parameter_count(st);
	int rc = SQLITE_OK;

	if (most >= 3)
		rc = sqlite3_bind_text(st, 3, c->user, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK && most >= 4)
		rc = sqlite3_bind_text(st, 4, c->source, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK && most >= 5)
		rc = sqlite3_bind_int64(st, 5, c->outcome);
	if (rc == SQLITE_OK && most >= 6)
		rc = sqlite3_bind_text(st, 6, c->reason, -1, SQLITE_STATIC);
	return rc == SQLITE_OK ? SKS_OK : store_fail(c->store, rc);
}

/* Only the conditions that are given. "index": NULL, or the word that its table is named for.
 */
static int
log_prepare_one(
    struct log_cursor *c, const struct log_filter *f, const char *index, sqlite3_stmt **st)
{
	char sql[1024], from[128] = "records r", seq[] = "r.seq";
	int rc;

	if (index != NULL) {
		(void)snprintf(from, sizeof(from),
		    "records_%s i CROSS JOIN records r ON r.seq = i.seq AND i.%s = ?%d", index,
		    index, strcmp(index, "user") == 0 ? 3 : 4);
		seq[0] = 'i';
	}
	(void)snprintf(sql, sizeof(sql),
	    "SELECT r.seq, r.header, r.body FROM %s WHERE %s BETWEEN ?1 AND ?2%s%s%s%s%s%s%s"
	    " ORDER BY %s %s",
	    from, seq, log_given(f->user) ? " AND r.user = ?3" : "",
	    log_given(f->source) ? " AND r.source = ?4" : "",
	    c->actions[0] != '\0' ? " AND r.action IN (" : "", c->actions,
	    c->actions[0] != '\0' ? ")" : "",
	    log_given(f->outcome) ? " AND r.outcome = ?5" : "",
	    log_given(f->reason) ? " AND r.reason = ?6" : "", seq,
	    f->newest_first ? "DESC" : "ASC");
	rc = sqlite3_prepare_v2(c->store->db, sql, -1, st, NULL);
	return rc == SQLITE_OK ? log_bind(c, *st) : store_fail(c->store, rc);
}

static int
log_prepare(struct log_cursor *c, const struct log_filter *f)
{
	const char *index = log_given(f->user)     ? "user"
			    : log_given(f->source) ? "source"
						   : NULL;
	int r = log_prepare_one(c, f, NULL, &c->records);

	if (r == SKS_OK && index != NULL)
		r = store_indexed(c->store, &c->indexed);
	if (r == SKS_OK && index != NULL)
		r = log_prepare_one(c, f, index, &c->index);
	return r;
}

/* An event or outcome that does not exist matches nothing, which is said rather than shown as
 * an empty log. */
static int
log_read_events(struct log_cursor *c, const char *list)
{
	char names[1024], *rest = names, *name;
	size_t used = 0;

	if (log_copy(names, sizeof(names), list) != SKS_OK)
		return SKS_INVALID;
	while ((name = strsep(&rest, ",")) != NULL) {
		const struct event_info *event = event_by_name(name);
		size_t left = sizeof(c->actions) - used;
		int n;

		if (event == NULL)
			return SKS_INVALID;
		n = snprintf(c->actions + used, left, "%s%u", used > 0 ? "," : "",
		    (unsigned)event->action);
		if (n < 0 || (size_t)n >= left)
			return SKS_INVALID;
		used += (size_t)n;
	}
	return SKS_OK;
}

static int
log_read_words(struct log_cursor *c, const struct log_filter *f)
{
	if (log_given(f->event) && log_read_events(c, f->event) != SKS_OK)
		return SKS_INVALID;
	if (log_given(f->outcome)) {
		c->outcome = fields_value(outcome_words, f->outcome);
		if (c->outcome < 0)
			return SKS_INVALID;
	}
	return SKS_OK;
}

static int
log_read_filter(struct log_cursor *c, const struct log_filter *f)
{
	int r = log_copy(c->user, sizeof(c->user), f->user);

	if (r == SKS_OK)
		r = log_copy(c->source, sizeof(c->source), f->source);
	if (r == SKS_OK)
		r = log_copy(c->reason, sizeof(c->reason), f->reason);
	if (r == SKS_OK)
		r = log_read_words(c, f);
	c->newest_first = f->newest_first;
	c->since_wall_ms = f->since_wall_ms;
	c->until_wall_ms = f->until_wall_ms;
	return r;
}

int
store_log_open(
    struct store *s, const struct log_filter *f, uint64_t from, struct log_cursor **out)
{
	struct log_cursor *c = calloc(1, sizeof(*c));
	uint64_t size = 0;
	int r = c != NULL ? SKS_OK : SKS_NOMEM;

	*out = NULL;
	if (r != SKS_OK)
		return r;
	c->store = s;
	r = log_read_filter(c, f);
	if (r == SKS_OK)
		r = store_log_size(s, &size);
	if (r == SKS_OK)
		r = log_prepare(c, f);
	if (r != SKS_OK) {
		store_log_close(c);
		return r;
	}
	c->low = c->newest_first || from >= size ? 1 : from + 1;
	c->high = size;
	if (c->newest_first && from > 0)
		c->high = from - 1 < size ? from - 1 : size;
	else if (!c->newest_first && from >= size)
		c->high = 0; /* nothing newer */
	*out = c;
	return SKS_OK;
}

/* Begins the next stretch and takes it off what is left. It lies on one side of the last record
 * that the indexes know. */
static int
log_begin_stretch(struct log_cursor *c)
{
	uint64_t low = c->low, high = c->high;
	bool last;
	int rc;

	if (c->newest_first && high - low >= STRETCH)
		low = high - STRETCH + 1;
	else if (high - low >= STRETCH)
		high = low + STRETCH - 1;
	if (c->newest_first && low <= c->indexed && high > c->indexed)
		low = c->indexed + 1;
	else if (low <= c->indexed && high > c->indexed)
		high = c->indexed;
	last = low == c->low && high == c->high;
	c->st = c->index != NULL && high <= c->indexed ? c->index : c->records;
	rc = sqlite3_bind_int64(c->st, 1, (int64_t)low);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(c->st, 2, (int64_t)high);
	if (rc != SQLITE_OK)
		return store_fail(c->store, rc);
	if (last)
		c->low = c->high + 1;
	else if (c->newest_first)
		c->high = low - 1;
	else
		c->low = high + 1;
	c->active = true;
	return SKS_OK;
}

/* The wall clock can step, so every header is asked for its own time. */
static int
log_read_row(struct log_cursor *c, struct log_row *row, bool *matches)
{
	struct record header;
	int r;

	memset(row, 0, sizeof(*row));
	row->seq = col_u64(c->st, 0);
	if (col_blob(c->st, 1, row->header, sizeof(row->header)) != sizeof(row->header))
		return SKS_CORRUPT;
	r = record_header_decode(row->header, &header);
	if (r != SKS_OK || header.seq != row->seq)
		return SKS_CORRUPT;
	*matches = (c->since_wall_ms == 0 || header.wall_ms >= c->since_wall_ms) &&
		   (c->until_wall_ms == 0 || header.wall_ms < c->until_wall_ms);
	if (!*matches)
		return SKS_OK; /* its body stays where it is */
	row->body = sqlite3_column_blob(c->st, 2);
	row->body_len = (size_t)sqlite3_column_bytes(c->st, 2);
	return SKS_OK;
}

int
store_log_step(struct log_cursor *c, struct log_row *row)
{
	bool matches = false;
	int r;

	for (;;) {
		if (!c->active) {
			if (c->low > c->high)
				return 0;
			r = log_begin_stretch(c);
			if (r != SKS_OK)
				return r;
		}
		r = store_step(c->store, c->st);
		if (r < 0)
			return r;
		if (r == 0) {
			c->active = false;
			continue;
		}
		r = log_read_row(c, row, &matches);
		if (r != SKS_OK)
			return r;
		if (matches)
			return 1;
	}
}

void
store_log_close(struct log_cursor *c)
{
	if (c == NULL)
		return;
	sqlite3_finalize(c->records);
	sqlite3_finalize(c->index);
	free(c);
}
