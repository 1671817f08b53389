/* What the files that are watched looked like when they were last looked at. */
#include "error.h"
#include "store/store_internal.h"
#include "survey/entry.h"
#include <string.h>

int
store_baseline(struct store *s, uint32_t area, store_baseline_fn *each, void *context)
{
	static char path[ENTRY_PATH_SIZE];
	sqlite3_stmt *st = store_query(s, ST_BASELINE_LIST,
	    "SELECT path, kind, flags, mode, uid, gid, size, lines, caps, digest FROM baseline"
	    " WHERE area = ?1 ORDER BY path",
	    VALUES(val_int(area)));
	int r;

	while ((r = store_step(s, st)) > 0) {
		struct survey_entry e = {.path = path,
		    .kind = (uint8_t)col_u32(st, 1),
		    .flags = (uint8_t)col_u32(st, 2),
		    .mode = col_u32(st, 3),
		    .uid = col_u32(st, 4),
		    .gid = col_u32(st, 5),
		    .size = col_u64(st, 6),
		    .lines = col_u32(st, 7),
		    .caps = col_u64(st, 8)};

		col_text(st, 0, path, sizeof(path));
		(void)col_blob(st, 9, e.digest, sizeof(e.digest));
		if ((r = each(context, &e)) != SKS_OK)
			break;
	}
	if (st != NULL)
		sqlite3_reset(st);
	return r;
}

int
store_baseline_put(struct store *s, uint32_t area, const struct survey_entry *e)
{
	return store_run(s, ST_BASELINE_PUT,
	    "INSERT OR REPLACE INTO baseline (area, path, kind, flags, mode, uid, gid, size,"
	    " lines, caps, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	    VALUES(val_int(area), val_text(e->path), val_int(e->kind), val_int(e->flags),
		val_int(e->mode), val_int(e->uid), val_int(e->gid), val_uint(e->size),
		val_int(e->lines), val_uint(e->caps), val_blob(e->digest, sizeof(e->digest))));
}

int
store_baseline_drop(struct store *s, uint32_t area, const char *path)
{
	return store_run(s, ST_BASELINE_DROP,
	    "DELETE FROM baseline WHERE area = ?1 AND path = ?2",
	    VALUES(val_int(area), val_text(path)));
}
