/* Approvals that this person has from others, of what still waits or holds. */
#include "error.h"
#include "store/keep.h"
#include "store/store_internal.h"
#include <string.h>

int
store_approved_for(struct store *s, const char *person, struct store_approver *out, size_t max,
    size_t *count)
{
	/* a role: each who approved it; an exception, a bypass in the register, a policy and an
	 * export: who did; a contingency policy: each who did so far */
	sqlite3_stmt *st = store_query(s, ST_APPROVED_FOR,
	    "SELECT q.kind, q.number, a.account FROM requests q JOIN grants g ON g.number = q.number"
	    " JOIN approvals a ON a.number = q.number"
	    " WHERE q.kind = 'R' AND q.person = ?1 AND g.state < 2"
	    " UNION ALL SELECT q.kind, q.number, q.ended_by FROM requests q"
	    " JOIN exceptions x ON x.number = q.number"
	    " WHERE q.kind = 'E' AND q.person = ?1 AND q.state = 1 AND x.state = 1"
	    " UNION ALL SELECT q.kind, q.number, json_extract(a.value, '$.account')"
	    " FROM requests q JOIN exceptions x ON x.number = q.number,"
	    " json_each(x.paper, '$.approvals') a"
	    " WHERE q.kind = 'E' AND q.person = ?1 AND x.state < 2"
	    " UNION ALL SELECT q.kind, q.number, q.ended_by FROM requests q"
	    " WHERE q.kind IN ('P', 'D') AND q.person = ?1 AND q.state = 1 AND q.ended_wall > ?2"
	    " LIMIT ?3",
	    VALUES(val_text(person), val_int(s->now.wall_ms - REQUEST_LIFE_MS),
		val_int((int64_t)max)));
	int e = SKS_OK;

	*count = 0;
	while (*count < max && (e = store_step(s, st)) > 0) {
		struct store_approver *a = &out[*count];
		char kind[2];

		memset(a, 0, sizeof(*a));
		col_text(st, 0, kind, sizeof(kind));
		a->kind = kind[0];
		a->number = col_u64(st, 1);
		col_text(st, 2, a->account, sizeof(a->account));
		(*count)++;
	}
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}
