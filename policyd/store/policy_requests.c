/* Policies that wait for another person; the bundle lies with those that were in force. */
#include "error.h"
#include "store/exceptions.h"
#include "store/store_internal.h"

int
store_policy_request_add(struct store *s, uint64_t number, const char *from, const char *to,
    const void *bundle, size_t len)
{
	/* the digest names the bytes: a bundle kept before is the same one */
	int e = store_policy_keep(s, to, bundle, len);

	if (e != SKS_OK)
		return e;
	return store_run(s, ST_POLICY_REQUEST_ADD,
	    "INSERT INTO policy_requests (number, from_digest, to_digest) VALUES (?1, ?2, ?3)",
	    VALUES(val_uint(number), val_text(from), val_text(to)));
}

int
store_policy_request_get(struct store *s, uint64_t number, char from[POLICY_DIGEST_SIZE],
    char to[POLICY_DIGEST_SIZE])
{
	sqlite3_stmt *st = NULL;
	int e = store_first(s, ST_POLICY_REQUEST_GET,
	    "SELECT from_digest, to_digest FROM policy_requests WHERE number = ?1",
	    VALUES(val_uint(number)), &st);

	from[0] = to[0] = '\0';
	if (e <= 0)
		return e == 0 ? SKS_NOT_FOUND : e;
	col_text(st, 0, from, POLICY_DIGEST_SIZE);
	col_text(st, 1, to, POLICY_DIGEST_SIZE);
	sqlite3_reset(st);
	return SKS_OK;
}

int
store_policy_request_find(
    struct store *s, const char *from, const char *to, uint64_t *number)
{
	int64_t found = 0;
	int e = store_number(s, ST_POLICY_REQUEST_FIND,
	    "SELECT number FROM policy_requests WHERE from_digest = ?1 AND to_digest = ?2"
	    " ORDER BY number DESC LIMIT 1",
	    VALUES(val_text(from), val_text(to)), &found);

	*number = (uint64_t)found;
	return e;
}
