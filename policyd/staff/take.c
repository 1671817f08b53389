#include "error.h"
#include "keeper/ending.h"
#include "keeper/grants.h"
#include "keeper/keeper.h"
#include "keeper/retention.h"
#include "people.h"
#include "staff/staff.h"
#include "store/members.h"
#include <stdio.h>
#include <string.h>

enum { STAFF_A_LOOK = 64, LOOK_EVERY_MS = 60 * 1000 };

/* ---- taken over -------------------------------------------------------------------------- */

static int
record_move(struct server *s, const struct store_staff *before, const struct store_staff *now)
{
	struct record r;

	keeper_record(s, &r, ACTION_STAFF_MOVE, OUTCOME_SUCCESS, "ok");
	record_put_str(&r, "sekisho.person", now->person);
	record_put_str(&r, "sekisho.staff.unit", now->unit);
	record_put_str(&r, "sekisho.staff.unit.before", before->unit);
	return keeper_append(s, &r);
}

static void
fill(struct store_staff *p, const struct staff_person *x, int64_t now_ms)
{
	(void)snprintf(p->person, sizeof(p->person), "%s", x->person);
	(void)snprintf(p->name, sizeof(p->name), "%s", x->name);
	(void)snprintf(p->unit, sizeof(p->unit), "%s", x->unit);
	(void)snprintf(p->contact, sizeof(p->contact), "%s", x->contact);
	p->until_wall_ms = x->until_wall_ms;
	p->imported_wall_ms = now_ms;
}

static int
take_person(struct server *s, const struct staff_person *x, const char *by, int64_t now_ms,
    struct staff_taken *out)
{
	static struct store_staff before, p;
	struct store_staff_terms terms;
	int e = store_staff_get(s->store, x->person, &before);
	bool is_new = e == SKS_NOT_FOUND,
	     moved = e == SKS_OK && strcmp(before.unit, x->unit) != 0;

	if ((e != SKS_OK && e != SKS_NOT_FOUND) ||
	    (e = store_staff_terms_get(s->store, x->person, &terms)) != SKS_OK)
		return e;
	p = before;
	fill(&p, x, now_ms);
	if (before.until_wall_ms != x->until_wall_ms)
		terms.ended_wall_ms = 0; /* the new end is another one */
	terms.gone_wall_ms = 0;
	(void)snprintf(terms.kana, sizeof(terms.kana), "%s", x->kana);
	if (moved)
		p.moved_wall_ms = now_ms;
	out->new += is_new;
	out->moved += moved;
	if ((e = store_staff_put(s->store, &p)) != SKS_OK ||
	    (e = store_staff_terms_put(s->store, p.person, &terms)) != SKS_OK || !moved)
		return e;
	e = record_move(s, &before, &p);
	return e == SKS_OK ? grants_end_person(s, p.person, by, "moved") : e;
}

/* Who is named no more: that, and the unit, is kept, so that coming back elsewhere is a move.
 */
static int
let_go(struct server *s, const struct store_staff *was, int64_t now_ms, struct staff_taken *out)
{
	struct store_staff_terms terms;
	struct store_staff p = *was;
	int e = store_staff_terms_get(s->store, p.person, &terms);

	if (e != SKS_OK || terms.gone_wall_ms != 0)
		return e;
	p.name[0] = p.contact[0] = terms.kana[0] = '\0';
	terms.gone_wall_ms = now_ms;
	out->gone++;
	e = store_staff_put(s->store, &p);
	return e == SKS_OK ? store_staff_terms_put(s->store, p.person, &terms) : e;
}

static int
let_others_go(
    struct server *s, const struct staff_list *list, int64_t now_ms, struct staff_taken *out)
{
	static struct store_staff p[STAFF_A_LOOK];
	char after[NAME_SIZE] = "";
	size_t n = 0;
	int e;

	do {
		e = store_staff_list(s->store, after, p, STAFF_A_LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			memcpy(after, p[i].person, sizeof(after));
			if (staff_find(list, p[i].person) == NULL)
				e = let_go(s, &p[i], now_ms, out);
		}
	} while (e == SKS_OK && n == STAFF_A_LOOK);
	return e;
}

int
staff_take(
    struct server *s, const struct staff_list *list, const char *by, struct staff_taken *out)
{
	int64_t now_ms = clock_now().wall_ms;
	char wall[32];
	int e = SKS_OK;

	*out = (struct staff_taken){.persons = list->count};
	people_staff_changed();
	for (size_t i = 0; e == SKS_OK && i < list->count; i++)
		e = take_person(s, &list->item[i], by, now_ms, out);
	if (e == SKS_OK)
		e = let_others_go(s, list, now_ms, out);
	(void)snprintf(wall, sizeof(wall), "%lld", (long long)now_ms);
	return e == SKS_OK ? store_meta_set(s->store, "staff.imported", wall) : e;
}

/* ---- contracts that have ended ----------------------------------------------------------- */

struct ended {
	char user[STAFF_A_LOOK][NAME_SIZE];
	uint32_t uid[STAFF_A_LOOK];
	size_t count;
};

static int
record_end(struct server *s, const struct store_staff *p)
{
	struct record r;

	keeper_record(s, &r, ACTION_STAFF_END, OUTCOME_SUCCESS, reason_words[REASON_EXPIRED]);
	record_put_str(&r, "sekisho.person", p->person);
	record_put_int(&r, "sekisho.staff.until", p->until_wall_ms);
	return keeper_append(s, &r);
}

/* Accounts of the person that the store knows: others have nothing that runs. */
static int
collect_accounts(struct server *s, const char *person, struct ended *out)
{
	static struct user_state u[STAFF_A_LOOK];
	char after[NAME_SIZE] = "";
	size_t n = 0;
	int e;

	do {
		e = store_users(s->store, after, s->policy->deny, s->policy->unlock_time_ms, u,
		    STAFF_A_LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			enum account_class class =
			    policy_account_class(s->policy, u[i].user, u[i].uid);

			memcpy(after, u[i].user, sizeof(after));
			if ((class != CLASS_PERSON && class != CLASS_ADMIN) || u[i].uid == 0 ||
			    strcmp(policy_person(s->policy, u[i].user), person) != 0 ||
			    out->count == STAFF_A_LOOK)
				continue;
			memcpy(out->user[out->count], u[i].user, NAME_SIZE);
			out->uid[out->count++] = u[i].uid;
		}
	} while (e == SKS_OK && n > 0);
	return e;
}

static int
end_contract(struct server *s, const struct store_staff *p, struct ended *out)
{
	struct store_staff_terms terms;
	int e = store_staff_terms_get(s->store, p->person, &terms);

	terms.ended_wall_ms = clock_now().wall_ms;
	if (e != SKS_OK || (e = store_staff_terms_put(s->store, p->person, &terms)) != SKS_OK ||
	    (e = record_end(s, p)) != SKS_OK ||
	    (e = grants_end_person(s, p->person, "", reason_words[REASON_ACCOUNT_ENDED])) !=
		SKS_OK)
		return e;
	return collect_accounts(s, p->person, out);
}

static int
end_contracts(struct server *s, void *context)
{
	static struct store_staff p[STAFF_A_LOOK];
	struct ended *out = context;
	int64_t date_ms = 0;
	size_t n = 0;
	int e = retention_date(s, clock_now(), &date_ms);

	out->count = 0; /* a turn may be tried again */
	if (e == SKS_OK)
		e = store_staff_due(s->store, date_ms, p, STAFF_A_LOOK / 4, &n);
	for (size_t i = 0; e == SKS_OK && i < n; i++)
		e = end_contract(s, &p[i], out);
	return e;
}

static int64_t next_boot_ms;

int
staff_tick(struct server *s)
{
	static struct ended out;
	int64_t now_ms = clock_now().boot_ms;
	int e;

	if (now_ms < next_boot_ms)
		return SKS_OK;
	next_boot_ms = now_ms + LOOK_EVERY_MS;
	if ((e = turn_own(s, end_contracts, &out)) != SKS_OK)
		return e;
	for (size_t i = 0; i < out.count; i++)
		ending_account(s, out.user[i], out.uid[i], reason_words[REASON_ACCOUNT_ENDED]);
	return SKS_OK;
}

void
staff_tick_now(struct server *s, struct job *job)
{
	next_boot_ms = 0;
	grants_publish(s, job);
}
