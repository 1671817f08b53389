/* Policies by digest, their activations, and small named values. */
#include "error.h"
#include "store/store_internal.h"
#include <string.h>

int
store_policy_keep(struct store *s, const char *digest, const void *bundle, size_t len)
{
	return store_run(s, ST_POLICY_PUT,
	    "INSERT OR IGNORE INTO policies (digest, bundle) VALUES (?1, ?2)",
	    VALUES(val_text(digest), val_blob(bundle, len)));
}

int
store_policy_activate(struct store *s, const char *digest, const void *bundle, size_t len,
    const char *by, const char *comment)
{
	/* the digest names the bytes: a bundle kept before is the same one */
	int r = store_policy_keep(s, digest, bundle, len);

	if (r == SKS_OK)
		r = store_run(s, ST_POLICY_ACTIVATE,
		    "INSERT INTO activations (digest, wall, by, comment) VALUES (?1, ?2, ?3, "
		    "?4)",
		    VALUES(val_text(digest), val_int(s->now.wall_ms), val_text(by),
			val_text(comment)));
	return r;
}

int
store_policy_bundle(struct store *s, const char *digest, struct buf *bundle)
{
	sqlite3_stmt *st;
	int r;

	if (digest[0] != '\0')
		r = store_first(s, ST_POLICY_BUNDLE,
		    "SELECT bundle FROM policies WHERE digest = ?1", VALUES(val_text(digest)),
		    &st);
	else
		r = store_first(s, ST_POLICY_ACTIVE,
		    "SELECT p.bundle FROM activations a CROSS JOIN policies p"
		    " ON p.digest = a.digest ORDER BY a.id DESC LIMIT 1",
		    NO_VALUES, &st);
	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	buf_put_bytes(bundle, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0));
	sqlite3_reset(st);
	return buf_error(bundle);
}

int
store_policy_history(struct store *s, struct stored_policy *out, size_t max, size_t *count)
{
	sqlite3_stmt *st;
	int r = SKS_OK;

	*count = 0;
	st = store_query(s, ST_POLICY_HISTORY,
	    "SELECT digest, wall, by, comment FROM activations ORDER BY id DESC LIMIT ?1",
	    VALUES(val_int((int64_t)max)));
	while (*count < max && (r = store_step(s, st)) > 0) {
		struct stored_policy *p = &out[*count];

		memset(p, 0, sizeof(*p));
		col_text(st, 0, p->digest, sizeof(p->digest));
		p->applied_wall_ms = col_int(st, 1);
		col_text(st, 2, p->by, sizeof(p->by));
		col_text(st, 3, p->comment, sizeof(p->comment));
		p->active = *count == 0;
		(*count)++;
	}
	sqlite3_reset(st);
	return r > 0 ? SKS_OK : r;
}

int
store_meta_get(struct store *s, const char *name, char *value, size_t size)
{
	sqlite3_stmt *st;
	int r = store_first(s, ST_META_GET, "SELECT value FROM meta WHERE name = ?1",
	    VALUES(val_text(name)), &st);

	value[0] = '\0';
	if (r <= 0)
		return r == 0 ? SKS_NOT_FOUND : r;
	if ((size_t)sqlite3_column_bytes(st, 0) >= size)
		r = SKS_TOO_BIG;
	else
		col_text(st, 0, value, size);
	sqlite3_reset(st);
	return r > 0 ? SKS_OK : r;
}

int
store_meta_set(struct store *s, const char *name, const char *value)
{
	return store_run(s, ST_META_SET,
	    "INSERT INTO meta (name, value) VALUES (?1, ?2)"
	    " ON CONFLICT (name) DO UPDATE SET value = ?2",
	    VALUES(val_text(name), val_text(value)));
}
