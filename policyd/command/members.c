#include "command/members.h"
#include "error.h"
#include "hex.h"
#include "text.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- which groups are asked for ---------------------------------------------------------- */

static bool
groups_add(const struct role *role, char *out, size_t size)
{
	bool any = false;

	for (size_t i = 0; i < role->members.count; i++) {
		const char *name = role->members.item[i];
		size_t used = strlen(out);

		if (name[0] != '@' || policy_names(out, name + 1) ||
		    size - used <= strlen(name) + 1)
			continue;
		(void)snprintf(out + used, size - used, "%s%s", used > 0 ? "," : "", name + 1);
		any = true;
	}
	return any;
}

bool
members_groups(const struct server *s, const struct job *job, char *out, size_t size)
{
	const struct command *c = &job->command;
	const struct role *role = policy_role(s->policy, c->name);
	bool any = false;

	out[0] = '\0';
	if (c->verb == VERB_ROLE_REVIEW || c->verb == VERB_ROLE_CERTIFY)
		return role != NULL && groups_add(role, out, size);
	if (c->verb != VERB_ROLE_LIST || !c->newest_first)
		return false;
	for (size_t i = 0; i < s->policy->role_count; i++)
		any |= groups_add(&s->policy->role[i], out, size);
	return any;
}

/* ---- who is in them ---------------------------------------------------------------------- */

static int
member_add(struct members *m, const char *account, size_t len, const char *via)
{
	struct member *item;

	if (len == 0 || len >= sizeof(item->account))
		return SKS_OK;
	if (m->count == MEMBERS_MAX)
		return SKS_TOO_BIG;
	if (m->count % 64 == 0) {
		item = reallocarray(m->item, m->count + 64, sizeof(*item));
		if (item == NULL)
			return SKS_NOMEM;
		m->item = item;
	}
	item = &m->item[m->count++];
	memset(item, 0, sizeof(*item));
	memcpy(item->account, account, len);
	item->via = via;
	return SKS_OK;
}

/* "ops:alice,bob" for via "@ops". */
static int
group_add(struct members *m, const char *via, const char *line, size_t len)
{
	size_t name = strlen(via) - 1, at;
	int e = SKS_OK;

	if (len <= name || memcmp(line, via + 1, name) != 0 || line[name] != ':')
		return SKS_OK;
	for (at = name + 1; e == SKS_OK && at < len;) {
		const char *comma = memchr(line + at, ',', len - at);
		size_t n = comma != NULL ? (size_t)(comma - line) - at : len - at;

		e = member_add(m, line + at, n, via);
		at += n + 1;
	}
	return e;
}

static int
groups_read(struct members *m, const char *via, const struct buf *groups)
{
	const char *at = (const char *)groups->data, *end = at + groups->len;
	int e = SKS_OK;

	while (e == SKS_OK && at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t n = stop != NULL ? (size_t)(stop - at) : (size_t)(end - at);

		e = group_add(m, via, at, n);
		at += n + 1;
	}
	return e;
}

/* Who is named and in a group is named: "" stands before "@ops". */
static int
member_compare(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int r = strcmp(x->account, y->account);

	return r != 0 ? r : strcmp(x->via, y->via);
}

static void
drop_repeated(struct members *m)
{
	size_t kept = 0;

	if (m->count > 0)
		qsort(m->item, m->count, sizeof(*m->item), member_compare);
	for (size_t i = 0; i < m->count; i++) {
		if (kept == 0 || strcmp(m->item[kept - 1].account, m->item[i].account) != 0)
			m->item[kept++] = m->item[i];
	}
	m->count = kept;
}

static int
put_digest(const struct policy *p, struct members *m)
{
	uint8_t hash[32];
	struct buf text;
	int e;

	buf_init(&text, MEMBERS_MAX * 3 * NAME_SIZE);
	for (size_t i = 0; i < m->count; i++)
		buf_printf(&text, "%s\t%s\t%s\n", m->item[i].account,
		    policy_person(p, m->item[i].account), m->item[i].via);
	e = buf_error(&text);
	if (e == SKS_OK &&
	    EVP_Q_digest(NULL, "SHA256", NULL, text.data, text.len, hash, NULL) != 1)
		e = SKS_INTERNAL;
	if (e == SKS_OK)
		(void)hex_put(m->digest, hash, sizeof(hash));
	buf_clear(&text);
	return e;
}

int
members_of(const struct policy *p, const struct role *role, const struct buf *groups,
    struct members *out)
{
	int e = SKS_OK;

	*out = (struct members){0};
	for (size_t i = 0; e == SKS_OK && i < role->members.count; i++) {
		const char *name = role->members.item[i];

		if (clock_now().wall_ms >= role_entry_until(role, i))
			continue; /* was one */
		if (name[0] != '@')
			e = member_add(out, name, strlen(name), "");
		else if (groups != NULL)
			e = groups_read(out, name, groups);
	}
	drop_repeated(out);
	if (e == SKS_OK)
		e = put_digest(p, out);
	if (e != SKS_OK)
		members_clear(out);
	return e;
}

void
members_clear(struct members *m)
{
	free(m->item);
	*m = (struct members){0};
}

/* ---- asking ------------------------------------------------------------------------------ */

static int
member_find(const void *account, const void *member)
{
	return strcmp(account, ((const struct member *)member)->account);
}

const struct member *
members_find(const struct members *m, const char *account)
{
	return m->count == 0
		   ? NULL
		   : bsearch(account, m->item, m->count, sizeof(*m->item), member_find);
}

bool
members_have_person(const struct policy *p, const struct members *m, const char *person)
{
	for (size_t i = 0; i < m->count; i++) {
		if (strcmp(policy_person(p, m->item[i].account), person) == 0)
			return true;
	}
	return false;
}
