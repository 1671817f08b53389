/* 主体認証情報格納装置 貸与・返却簿: which device went to whom, and what became of it. */
#include "audit/event.h"
#include "error.h"
#include "i18n.h"
#include "paper/kinds.h"
#include "protocol.h"
#include "words.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DEVICES_OF_ONE = DEVICES_MAX * 8, USERS_A_LOOK = 64 };

/* ---- from the log -------------------------------------------------------------------------- */

static void
id_of(uint64_t id, char out[32])
{
	(void)snprintf(out, 32, "%" PRIu64, id);
}

static void
over(json_t *entry, const json_t *r, const char *state)
{
	paper_set(entry, "state", state);
	paper_copy(entry, "ended_at", r, "at");
	paper_copy(entry, "ended_by", r, "user.effective.name");
	paper_copy(entry, "ended_why", r, "message");
}

static void
confirmed(json_t *entry, const json_t *r)
{
	paper_set(entry, "state", "active");
	paper_copy(entry, "confirmed_at", r, "at");
	/* in the dialogue of a first login it is the person, not the program that asks */
	paper_copy(entry, "confirmed_by", r,
	    paper_get(r, "sekisho.verb")[0] != '\0' ? "user.effective.name" : "user.name");
}

/* One that was never confirmed gives way to the next of its name. */
static void
give_way(json_t *entries, const json_t *r)
{
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		if (!paper_is(entry, "state", "pending") ||
		    !paper_is(entry, "account", paper_get(r, "user.name")) ||
		    !paper_is(entry, "name", paper_get(r, "sekisho.device.name")) ||
		    paper_number(entry, "uid") != paper_number(r, "user.id"))
			continue;
		paper_set(entry, "state", "revoked");
		paper_copy(entry, "ended_at", r, "at");
		paper_set(entry, "ended_why", "never confirmed");
	}
}

static void
issued(json_t *entries, const char *id, const json_t *r)
{
	json_t *entry;

	give_way(entries, r);
	entry = paper_entry(entries, id);
	paper_copy(entry, "account", r, "user.name");
	paper_copy(entry, "uid", r, "user.id");
	paper_copy(entry, "person", r, "sekisho.person");
	paper_copy(entry, "name", r, "sekisho.device.name");
	paper_copy(entry, "made_at", r, "at");
	paper_copy(entry, "issued_by", r, "sekisho.device.issuer");
	paper_copy(entry, "verified_by", r, "sekisho.verified.by");
	paper_copy(entry, "verified_how", r, "sekisho.verified.how");
	paper_set(entry, "state", "pending");
}

static void
lost(json_t *entry, const json_t *r)
{
	over(entry, r, "lost");
	paper_copy(entry, "lost_at", r, "at");
	paper_copy(entry, "lost_by", r, "user.effective.name");
}

/* Whoever leaves, or lost what they had, has none any more. */
static void
all_of_one(json_t *entries, const json_t *r, bool are_lost)
{
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		bool pending = paper_is(entry, "state", "pending");

		if (!paper_is(entry, "account", paper_get(r, "user.name")) ||
		    paper_number(entry, "uid") != paper_number(r, "user.id") ||
		    (!paper_is(entry, "state", "active") && (are_lost || !pending)))
			continue;
		if (are_lost)
			lost(entry, r);
		else
			over(entry, r, "revoked");
		paper_set(entry, "ended_why", are_lost ? "reported lost" : "retired");
	}
}

json_t *
devices_from_log(const struct paper *p)
{
	json_t *entries = json_array();
	const json_t *r;
	size_t i;

	json_array_foreach(p->records, i, r)
	{
		const struct event_info *event = event_by_name(paper_get(r, "event.action"));
		int64_t number = paper_number(r, "sekisho.device.id");
		char id[32];

		if (event == NULL || !paper_is(r, "event.outcome", "success"))
			continue;
		if (event->action == ACTION_USER_RETIRE)
			all_of_one(entries, r, false);
		if (event->action == ACTION_USER_REPORT && paper_is(r, "sekisho.report", "lost-device"))
			all_of_one(entries, r, true);
		if (number == 0)
			continue;
		id_of((uint64_t)number, id);
		switch (event->action) {
		case ACTION_FACTOR_ENROLL:
			issued(entries, id, r);
			break;
		case ACTION_FACTOR_IMPORT:
			issued(entries, id, r);
			confirmed(paper_entry(entries, id), r);
			break;
		case ACTION_FACTOR_CONFIRM:
			confirmed(paper_entry(entries, id), r);
			break;
		case ACTION_FACTOR_LOST:
			lost(paper_entry(entries, id), r);
			break;
		case ACTION_FACTOR_RETURN:
			over(paper_entry(entries, id), r, "returned");
			break;
		case ACTION_FACTOR_REVOKE:
			over(paper_entry(entries, id), r, "revoked");
			break;
		default:
			break;
		}
	}
	return entries;
}

/* ---- from the tables ----------------------------------------------------------------------- */

static void
entry_of(const struct device *d, json_t *entry)
{
	paper_set(entry, "account", d->user);
	paper_set_number(entry, "uid", d->uid);
	paper_set(entry, "name", d->name);
	paper_set_number(entry, "made_at", d->issued_wall_ms);
	paper_set(entry, "issued_by", d->issued_by);
	paper_set(entry, "verified_by", d->verified_by);
	paper_set(entry, "verified_how", d->verified_how);
	paper_set(entry, "state", device_state_words[d->state]);
	paper_set_number(entry, "confirmed_at", d->confirmed_wall_ms);
	paper_set(entry, "confirmed_by", d->confirmed_by);
	paper_set_number(entry, "lost_at", d->lost_wall_ms);
	paper_set(entry, "lost_by", d->lost_by);
	paper_set_number(entry, "ended_at", d->ended_wall_ms);
	paper_set(entry, "ended_by", d->ended_by);
	paper_set(entry, "ended_why", d->ended_why);
}

static int
devices_of(const struct paper *p, const struct user_state *u, json_t *entries)
{
	struct device *d = calloc(DEVICES_OF_ONE, sizeof(*d));
	size_t n = 0;
	int e = d == NULL ? SKS_NOMEM
			  : store_devices(p->store, u->user, u->uid, false, d, DEVICES_OF_ONE, &n);

	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		char id[32];

		id_of(d[i].id, id);
		entry_of(&d[i], paper_entry(entries, id));
	}
	free(d);
	return e;
}

int
devices_from_tables(const struct paper *p, json_t **entries)
{
	struct user_state *u = calloc(USERS_A_LOOK, sizeof(*u));
	char after[NAME_SIZE] = "";
	size_t n = USERS_A_LOOK;
	int e = u != NULL ? SKS_OK : SKS_NOMEM;

	*entries = json_array();
	while (e == SKS_OK && n > 0) {
		e = store_users(p->store, after, p->policy->deny, p->policy->unlock_time_ms, u,
		    USERS_A_LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++)
			e = devices_of(p, &u[i], *entries);
		if (e == SKS_OK && n > 0)
			(void)snprintf(after, sizeof(after), "%s", u[n - 1].user);
	}
	free(u);
	return e;
}

/* ---- on paper ------------------------------------------------------------------------------ */

static void
compose(json_t *entry)
{
	const char *person = paper_get(entry, "person");
	char text[2048];

	(void)snprintf(text, sizeof(text), "%s\n%s", person, paper_get(entry, "account"));
	paper_set(entry, "who", strcmp(person, paper_get(entry, "account")) == 0 ? person : text);
	(void)snprintf(text, sizeof(text), "%s%s%s",
	    words_why(paper_get(entry, "verified_by")),
	    paper_get(entry, "verified_how")[0] != '\0' ? "\n" : "",
	    paper_get(entry, "verified_how"));
	paper_set(entry, "verified", text);
	(void)snprintf(text, sizeof(text), "%s%s%s", paper_get(entry, "ended_by"),
	    paper_get(entry, "ended_why")[0] != '\0' ? "\n" : "", paper_get(entry, "ended_why"));
	paper_set(entry, "end_shown", text);
}

int
devices_fill(struct paper *p, json_t *entries)
{
	static const struct paper_column columns[] = {{"id", N_("Entry"), CELL_TEXT, 5},
	    {"who", N_("Person, account"), CELL_TEXT, 12}, {"name", N_("Device"), CELL_TEXT, 10},
	    {"made_at", N_("Issued"), CELL_TIME, 11}, {"issued_by", N_("Issued by"), CELL_TEXT, 9},
	    {"verified", N_("Identity verified by, how"), CELL_TEXT, 12},
	    {"confirmed_at", N_("Confirmed"), CELL_TIME, 11}, {"state", N_("State"), CELL_WORD, 8},
	    {"ended_at", N_("Given back, lost or revoked"), CELL_TIME, 11},
	    {"end_shown", N_("By, reason"), CELL_TEXT, 11}};
	const char *const seals[] = {_("Security manager of the system"), _("Audit officer"), NULL};
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
		compose(entry);
	paper_table(p, columns, sizeof(columns) / sizeof(columns[0]), entries);
	paper_seals(p, seals);
	return STATUS_DONE;
}
