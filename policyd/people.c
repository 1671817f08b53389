#include "people.h"
#include "error.h"
#include "store/members.h"
#include "store/terms.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
people_attributes(struct server *s, const char *person, char *out, size_t size)
{
	static struct store_attribute a[ATTRIBUTES_MAX];
	size_t n = 0, used = 0;
	int e = store_attributes(s->store, person, a, ATTRIBUTES_MAX, &n);

	out[0] = '\0';
	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		int len;

		/* unknown since the store was put back, see store_doubt() */
		if (policy_attribute(s->policy, a[i].name) == NULL || a[i].set_wall_ms <= 0)
			continue;
		len = snprintf(out + used, size - used, "%s%s=%lld:%lld", used > 0 ? "," : "",
		    a[i].name, (long long)a[i].set_wall_ms, (long long)a[i].until_wall_ms);
		if (len < 0 || (size_t)len >= size - used)
			return SKS_TOO_BIG;
		used += (size_t)len;
	}
	return e;
}

/* ---- the staff list ---------------------------------------------------------------------- */

/* Looked up once: a login must not ask for what nobody uses. */
static struct {
	bool known, any, ends;
} staff;

void
people_staff_changed(void)
{
	staff.known = false;
}

static int
staff_look(struct server *s)
{
	int e = staff.known ? SKS_OK : store_staff_any(s->store, &staff.any, &staff.ends);

	staff.known = e == SKS_OK;
	return e;
}

int
people_contract_end(struct server *s, const char *user, uint32_t uid, int64_t *until_ms)
{
	enum account_class class = policy_account_class(s->policy, user, uid);
	static struct store_staff p;
	int e = staff_look(s);

	*until_ms = 0;
	if (e != SKS_OK || !staff.ends || (class != CLASS_PERSON && class != CLASS_ADMIN))
		return e;
	e = store_staff_get(s->store, policy_person(s->policy, user), &p);
	if (e == SKS_OK)
		*until_ms = p.until_wall_ms;
	return e == SKS_NOT_FOUND ? SKS_OK : e;
}

static bool
names_account(const struct role *role, const char *account)
{
	for (size_t i = 0; i < role->members.count; i++) {
		if (strcmp(role->members.item[i], account) == 0)
			return true;
	}
	return false;
}

/* Since when somebody vouches for the membership: a review, or whoever wrote the name into the
 * policy. Of a group's members nobody does before a review. */
static int64_t
vouched_ms(const struct role *role, const struct store_member *m, const char *account)
{
	int64_t since_ms = names_account(role, account) ? m->since_wall_ms : 0;

	return m->certified_wall_ms > since_ms ? m->certified_wall_ms : since_ms;
}

static int
has_moved(struct server *s, const char *account, int64_t vouched_wall_ms, bool *moved)
{
	static struct store_staff p;
	int e = staff_look(s);

	*moved = false;
	if (e != SKS_OK || !staff.any)
		return e;
	e = store_staff_get(s->store, policy_person(s->policy, account), &p);
	*moved = e == SKS_OK && p.moved_wall_ms != 0 && p.moved_wall_ms >= vouched_wall_ms;
	return e == SKS_NOT_FOUND ? SKS_OK : e;
}

int
people_standing(
    struct server *s, const struct role *role, const char *account, uint32_t *standing)
{
	bool reviewed = role->review_ms != 0 || role->review_fiscal_year || role->reviewers.count > 0;
	struct store_member m;
	char restored[32] = "";
	bool moved;
	int e = store_member_get(s->store, role->name, account, &m);

	*standing = STANDING_COUNTS;
	if (e == SKS_OK && reviewed)
		e = store_meta_get(s->store, "members.restored", restored, sizeof(restored));
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	if ((e = has_moved(s, account, vouched_ms(role, &m, account), &moved)) != SKS_OK)
		return e;
	if (m.out_wall_ms != 0)
		*standing = STANDING_OUT;
	else if (moved)
		*standing = STANDING_MOVED;
	else if (restored[0] != '\0' && strtoll(restored, NULL, 10) > m.certified_wall_ms)
		*standing = STANDING_RESTORED;
	return SKS_OK;
}
