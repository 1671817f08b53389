/*
 * 識別コード台帳: accounts that the log knows to have been issued, given a device, suspended, resumed or
 * retired, and those that the policy names. What class they are of and whose stands in the policy.
 */
#include "audit/event.h"
#include "error.h"
#include "i18n.h"
#include "paper/kinds.h"
#include "protocol.h"
#include "store/invite.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { USERS_A_LOOK = 64 };

/* ---- from the log -------------------------------------------------------------------------- */

static void
id_of(const char *name, int64_t uid, char out[NAME_SIZE + 32])
{
	(void)snprintf(out, NAME_SIZE + 32, "%s (%" PRId64 ")", name, uid);
}

static void
changed(json_t *entry, const json_t *r, const char *state, const char *why)
{
	paper_set(entry, "state", state);
	paper_copy(entry, "changed_at", r, "at");
	paper_copy(entry, "changed_by", r, "user.effective.name");
	paper_set(entry, "changed_why", why);
}

static void
resumed(json_t *entry)
{
	paper_set(entry, "state", "active");
	paper_set_number(entry, "changed_at", 0);
	paper_set(entry, "changed_by", "");
	paper_set(entry, "changed_why", "");
}

static void
added(json_t *entry, const json_t *r)
{
	if (paper_number(r, "sekisho.invitation.number") != 0) {
		paper_copy(entry, "issued_by", r, "user.effective.name");
		paper_copy(entry, "verified_by", r, "sekisho.verified.by");
		paper_copy(entry, "made_at", r, "at");
	}
	paper_copy(entry, "until_at", r, "sekisho.account.until");
}

static void
take(json_t *entry, const json_t *r, uint16_t action)
{
	const char *report = paper_get(r, "sekisho.report");

	paper_copy(entry, "person", r, "sekisho.person");
	switch (action) {
	case ACTION_USER_INVITE:
		added(entry, r);
		break;
	case ACTION_USER_SUSPEND:
		changed(entry, r, "suspended", paper_get(r, "message"));
		break;
	case ACTION_USER_RETIRE:
		changed(entry, r, "retired", paper_get(r, "message"));
		break;
	case ACTION_USER_RESUME:
		resumed(entry);
		break;
	case ACTION_USER_REPORT: /* most kinds of report suspend the account; root stays */
		if (strcmp(report, "lost-device") != 0 && strcmp(report, "incident") != 0 &&
		    paper_number(entry, "uid") != 0)
			changed(entry, r, "suspended", report);
		break;
	default:
		break;
	}
}

json_t *
accounts_from_log(const struct paper *p)
{
	json_t *entries = json_array(), *entry;
	char id[NAME_SIZE + 32];
	const json_t *r;
	size_t i;

	json_array_foreach(p->records, i, r)
	{
		const struct event_info *event = event_by_name(paper_get(r, "event.action"));
		const char *name = paper_get(r, "user.name");

		if (event == NULL || name[0] == '\0' || !paper_is(r, "event.outcome", "success"))
			continue;
		id_of(name, paper_number(r, "user.id"), id);
		entry = paper_entry(entries, id);
		paper_set(entry, "account", name);
		paper_set_number(entry, "uid", paper_number(r, "user.id"));
		if (paper_get(entry, "state")[0] == '\0')
			paper_set(entry, "state", "active");
		take(entry, r, event->action);
	}
	return entries;
}

/* ---- from the tables ----------------------------------------------------------------------- */

static int
entry_of(const struct paper *p, const struct user_state *u, json_t *entry)
{
	struct account_terms t;
	int e = store_account_terms(p->store, u->user, u->uid, &t);

	if (e != SKS_OK)
		return e;
	paper_set(entry, "account", u->user);
	paper_set_number(entry, "uid", u->uid);
	paper_set(entry, "state", u->retired ? "retired" : u->suspended ? "suspended" : "active");
	paper_set_number(entry, "changed_at", u->suspended_wall_ms);
	paper_set(entry, "changed_by", u->suspended_by);
	paper_set(entry, "changed_why", u->suspended_why);
	paper_set_number(entry, "until_at", t.until_wall_ms);
	return SKS_OK;
}

/* The tables know everybody who ever tried to log in: those that the log issued are compared, and
 * whoever is not as others are. By whom they were issued the log alone says. */
int
accounts_from_tables(const struct paper *p, json_t **entries)
{
	struct user_state *u = calloc(USERS_A_LOOK, sizeof(*u));
	json_t *known = accounts_from_log(p), *entry;
	char after[NAME_SIZE] = "", id[NAME_SIZE + 32];
	size_t n = USERS_A_LOOK, k;
	int e = u != NULL ? SKS_OK : SKS_NOMEM;

	*entries = known;
	json_array_foreach(known, k, entry)
	{
		resumed(entry);
		paper_set_number(entry, "until_at", 0);
	}
	while (e == SKS_OK && n > 0) {
		e = store_users(p->store, after, p->policy->deny, p->policy->unlock_time_ms, u,
		    USERS_A_LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			size_t before = json_array_size(known);

			id_of(u[i].user, u[i].uid, id);
			entry = paper_entry(known, id);
			e = entry_of(p, &u[i], entry);
			if (json_array_size(known) > before && !u[i].suspended &&
			    paper_number(entry, "until_at") == 0)
				(void)json_array_remove(known, before);
		}
		if (e == SKS_OK && n > 0)
			(void)snprintf(after, sizeof(after), "%s", u[n - 1].user);
	}
	free(u);
	return e;
}

/* ---- on paper ------------------------------------------------------------------------------ */

static const struct person *
person_of(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->person_count; i++) {
		if (strcmp(p->person[i].name, name) == 0)
			return &p->person[i];
	}
	return NULL;
}

static const char *
state_shown(const json_t *entry)
{
	if (paper_is(entry, "state", "retired"))
		return _("retired");
	return paper_is(entry, "state", "suspended") ? _("suspended") : _("in use");
}

static void
compose(const struct paper *p, json_t *entry)
{
	const char *name = paper_get(entry, "account");
	const struct account *a = policy_account(p->policy, name);
	enum account_class class =
	    policy_account_class(p->policy, name, (uint32_t)paper_number(entry, "uid"));
	const struct person *who = person_of(p->policy, policy_person(p->policy, name));
	char text[1024];

	paper_set(entry, "class", account_class_words[class]);
	if (paper_get(entry, "person")[0] == '\0')
		paper_set(entry, "person", policy_person(p->policy, name));
	paper_set(entry, "unit", who != NULL && who->unit != NULL ? who->unit : "");
	paper_set(entry, "state_shown", state_shown(entry));
	(void)snprintf(text, sizeof(text), "%s%s%s", paper_get(entry, "issued_by"),
	    paper_get(entry, "verified_by")[0] != '\0' ? "\n" : "",
	    paper_get(entry, "verified_by"));
	paper_set(entry, "issued_shown", text);
	(void)snprintf(text, sizeof(text), "%s%s%s", paper_get(entry, "changed_by"),
	    paper_get(entry, "changed_why")[0] != '\0' ? "\n" : "",
	    paper_get(entry, "changed_why"));
	if (a != NULL && a->reason != NULL && paper_get(entry, "changed_at")[0] == '\0' &&
	    strcmp(text, "") == 0)
		(void)snprintf(text, sizeof(text), "%s", a->reason);
	paper_set(entry, "changed_shown", text);
}

static void
add_named(const struct paper *p, json_t *entries)
{
	for (size_t i = 0; i < p->policy->account_count; i++) {
		const char *name = p->policy->account[i].name;
		bool known = false;
		json_t *entry;
		size_t k;

		json_array_foreach(entries, k, entry)
			known |= paper_is(entry, "account", name);
		if (known || (p->person[0] != '\0' &&
				 strcmp(policy_person(p->policy, name), p->person) != 0))
			continue;
		entry = paper_entry(entries, name);
		paper_set(entry, "account", name);
		paper_set_number(entry, "uid", NO_UID);
		paper_set(entry, "state", "active");
	}
}

int
accounts_fill(struct paper *p, json_t *entries)
{
	static const struct paper_column columns[] = {{"id", N_("Identifier (uid)"), CELL_TEXT, 13},
	    {"person", N_("Person"), CELL_TEXT, 10}, {"unit", N_("Unit"), CELL_TEXT, 10},
	    {"class", N_("Kind"), CELL_WORD, 9}, {"made_at", N_("Issued"), CELL_TIME, 11},
	    {"issued_shown", N_("Issued by, identity verified by"), CELL_TEXT, 11},
	    {"until_at", N_("Ends on"), CELL_DAY, 11}, {"state_shown", N_("State"), CELL_TEXT, 7},
	    {"changed_at", N_("Suspended or retired"), CELL_TIME, 11},
	    {"changed_shown", N_("By, reason"), CELL_TEXT, 12}};
	const char *const seals[] = {_("Security manager of the system"), _("Audit officer"), NULL};
	json_t *entry;
	size_t i;

	add_named(p, entries);
	json_array_foreach(entries, i, entry)
		compose(p, entry);
	paper_table(p, columns, sizeof(columns) / sizeof(columns[0]), entries);
	paper_seals(p, seals);
	return STATUS_DONE;
}
