#include "keeper/permits.h"
#include "error.h"
#include "keeper/keeper.h"
#include "store/grant.h"
#include "store/terms.h"
#include <stdio.h>

enum { A_LOOK = 32, LOOK_EVERY_MS = 60 * 1000 };
#define OVERDUE_MS (INT64_C(3) * 24 * 60 * 60 * 1000)

static int
chase(struct server *s, uint64_t number)
{
	static struct store_grant g;
	char id[REQUEST_ID_SIZE];
	struct record r;
	int e = store_grant_get(s->store, number, &g);

	if (e == SKS_OK)
		e = store_terms_chased(s->store, number);
	if (e != SKS_OK)
		return e;
	(void)snprintf(id, sizeof(id), "R-%llu", (unsigned long long)number);
	keeper_record(s, &r, ACTION_PERMIT_OVERDUE, OUTCOME_FAILURE, reason_words[REASON_EXPIRED]);
	record_put_str(&r, "user.name", g.user);
	record_put_int(&r, "user.id", g.uid);
	record_put_str(&r, "sekisho.person", g.person);
	record_put_str(&r, "sekisho.request", id);
	record_put_str(&r, "sekisho.role", g.role);
	return keeper_append(s, &r);
}

static int
chase_all(struct server *s, void *context)
{
	uint64_t number[A_LOOK];
	size_t n = 0;
	int e = store_terms_overdue(
	    s->store, clock_now().wall_ms - OVERDUE_MS, number, A_LOOK, &n);

	(void)context;
	for (size_t i = 0; e == SKS_OK && i < n; i++)
		e = chase(s, number[i]);
	return e;
}

int
permits_tick(struct server *s)
{
	static int64_t next_boot_ms;
	int64_t now = clock_now().boot_ms;

	if (now < next_boot_ms)
		return SKS_OK;
	next_boot_ms = now + LOOK_EVERY_MS;
	return turn_own(s, chase_all, NULL);
}
