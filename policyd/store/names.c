/* Names that the tables know, whatever the policy of today says. For reading only. */
#include "error.h"
#include "store/store_internal.h"

static const struct {
	enum statement id;
	const char *sql;
} names_sql[] = {
    [NAMES_PEOPLE] = {ST_NAMES_PEOPLE,
	"SELECT name FROM users UNION SELECT user FROM grants UNION SELECT person FROM grants"
	" UNION SELECT person FROM staff UNION SELECT person FROM volume_days ORDER BY 1"},
    [NAMES_ROLES] = {ST_NAMES_ROLES,
	"SELECT role FROM grants UNION SELECT role FROM role_gids ORDER BY 1"},
};

int
store_names(struct store *s, enum store_names kind,
    bool (*take)(void *context, const char *name), void *context)
{
	sqlite3_stmt *st = store_query(s, names_sql[kind].id, names_sql[kind].sql, NO_VALUES);
	bool more = true;
	int e = SKS_OK;

	while (more && (e = store_step(s, st)) > 0) {
		char name[NAME_SIZE];

		col_text(st, 0, name, sizeof(name));
		more = take(context, name);
	}
	if (st != NULL)
		sqlite3_reset(st);
	return e > 0 ? SKS_OK : e;
}
