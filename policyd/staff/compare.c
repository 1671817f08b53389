/*
 * What was entered, compared with the original (PROVE-8): the staff list with the policy's
 * persons, officers and accounts, and with the accounts of the host.
 */
#include "error.h"
#include "keeper/retention.h"
#include "staff/staff.h"
#include "store/members.h"
#include <string.h>

enum { DIFFERENCES_MAX = 1000 };

struct comparison {
	struct server *server;
	const struct buf *accounts;
	json_t *out;
	int64_t date_ms;
	bool any; /* there is a list at all */
};

static void
add(struct comparison *c, const char *kind, const char *person, const char *account,
    const char *listed, const char *here)
{
	if (json_array_size(c->out) < DIFFERENCES_MAX)
		(void)json_array_append_new(c->out,
		    json_pack("{s:s,s:s,s:s,s:s,s:s}", "kind", kind, "person", person,
			"account", account, "list", listed, "here", here != NULL ? here : ""));
}

/* SKS_NOT_FOUND too where the list names them no more. */
static int
listed(struct comparison *c, const char *person, struct store_staff *p)
{
	struct store_staff_terms terms;
	int e = store_staff_get(c->server->store, person, p);

	if (e == SKS_OK)
		e = store_staff_terms_get(c->server->store, person, &terms);
	return e == SKS_OK && terms.gone_wall_ms != 0 ? SKS_NOT_FOUND : e;
}

/* ---- accounts ---------------------------------------------------------------------------- */

static int
compare_account(struct comparison *c, const char *account)
{
	const struct policy *p = c->server->policy;
	enum account_class class = policy_account_class(p, account, NO_UID);
	const char *person = policy_person(p, account);
	static struct user_state user;
	static struct store_staff x;
	int e;

	if (class != CLASS_PERSON && class != CLASS_ADMIN)
		return SKS_OK;
	e = listed(c, person, &x);
	if (e == SKS_NOT_FOUND)
		add(c, "not-on-the-list", person, account, "", "");
	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	if (x.until_wall_ms == 0 || c->date_ms < x.until_wall_ms)
		return SKS_OK;
	if ((e = store_user(c->server->store, account, NO_UID, p->deny, p->unlock_time_ms,
		 &user)) == SKS_OK)
		add(c, "contract-ended", person, account, x.unit, "");
	return e;
}

static int
compare_accounts(struct comparison *c)
{
	const char *at = (const char *)c->accounts->data, *end = at + c->accounts->len;
	int e = SKS_OK;

	while (e == SKS_OK && at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t n = stop != NULL ? (size_t)(stop - at) : (size_t)(end - at);
		char account[NAME_SIZE] = "";

		if (n > 0 && n < sizeof(account)) {
			memcpy(account, at, n);
			e = compare_account(c, account);
		}
		at += n + 1;
	}
	return e;
}

static bool
host_has(const struct comparison *c, const char *account)
{
	const char *at = (const char *)c->accounts->data, *end = at + c->accounts->len;
	size_t len = strlen(account);

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t n = stop != NULL ? (size_t)(stop - at) : (size_t)(end - at);

		if (n == len && memcmp(at, account, n) == 0)
			return true;
		at += n + 1;
	}
	return false;
}

/* ---- what the policy says of people ------------------------------------------------------ */

static int
compare_words(struct comparison *c, const char *what, const char *person, const char *unit,
    const char *contact)
{
	static struct store_staff x;
	int e = listed(c, person, &x);

	if (e == SKS_NOT_FOUND)
		add(c, what, person, "", "", "");
	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	if (unit != NULL && strcmp(unit, x.unit) != 0)
		add(c, "unit-differs", person, "", x.unit, unit);
	if (contact != NULL && x.contact[0] != '\0' && strcmp(contact, x.contact) != 0)
		add(c, "contact-differs", person, "", x.contact, contact);
	return SKS_OK;
}

static int
compare_policy(struct comparison *c)
{
	const struct policy *p = c->server->policy;
	int e = SKS_OK;

	for (size_t i = 0; e == SKS_OK && i < p->person_count; i++)
		e = compare_words(c, "person-not-on-the-list", p->person[i].name,
		    p->person[i].unit, p->person[i].contact);
	for (size_t i = 0; e == SKS_OK && i < p->officer_count; i++)
		e = compare_words(c, "officer-not-on-the-list", p->officer[i].name,
		    p->officer[i].unit, p->officer[i].contact);
	for (size_t i = 0; e == SKS_OK && i < p->account_count; i++) {
		if (!host_has(c, p->account[i].name))
			add(c, "account-missing", p->account[i].person, p->account[i].name, "",
			    "");
	}
	return e;
}

int
staff_compare(struct server *s, const struct buf *accounts, json_t *differences)
{
	struct comparison c = {.server = s, .accounts = accounts, .out = differences};
	int e = retention_date(s, clock_now(), &c.date_ms);

	if (e == SKS_OK)
		e = compare_accounts(&c);
	return e == SKS_OK ? compare_policy(&c) : e;
}

bool
staff_accounts_are_sane(const struct buf *accounts)
{
	for (size_t i = 0; i < accounts->len; i++) {
		unsigned char c = accounts->data[i];

		if ((c <= 0x20 && c != '\n') || c == 0x7f || c == ',' || c == ':')
			return false;
	}
	return accounts->len > 0;
}
