/* 情報システム台帳: the sheet of this host, its officers, and which policies were in force when. */
#include "audit/event.h"
#include "i18n.h"
#include "paper/dates.h"
#include "paper/kinds.h"
#include "protocol.h"
#include "version.h"
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

json_t *
host_from_log(const struct paper *p)
{
	json_t *entries = json_array(), *entry;
	const json_t *r;
	char id[32];
	size_t i;

	json_array_foreach(p->records, i, r)
	{
		if (!paper_is(r, "event.outcome", "success"))
			continue;
		(void)snprintf(id, sizeof(id), "%lld", (long long)paper_number(r, "seq"));
		entry = paper_entry(entries, id);
		paper_copy(entry, "made_at", r, "at");
		paper_copy(entry, "ended_at", r, "at");
		paper_copy(entry, "by", r, "user.effective.name");
		paper_copy(entry, "digest", r, "sekisho.policy.to");
		paper_copy(entry, "message", r, "message");
	}
	return entries;
}

static void
put_text(struct paper *p, const char *label, const char *text)
{
	paper_pair(p, label, text != NULL ? text : "");
}

/* PRETTY_NAME of os-release(5). */
static void
system_name(char *out, size_t size)
{
	static const char key[] = "PRETTY_NAME=";
	FILE *f = fopen("/etc/os-release", "re");
	char line[512];

	out[0] = '\0';
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, key, sizeof(key) - 1) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		(void)snprintf(out, size, "%s", line + sizeof(key) - 1);
		if (out[0] == '"' && out[strlen(out) - 1] == '"' && strlen(out) > 1) {
			out[strlen(out) - 1] = '\0';
			memmove(out, out + 1, strlen(out));
		}
	}
	if (f != NULL)
		(void)fclose(f);
}

static void
put_versions(struct paper *p)
{
	char name[512], line[700];
	struct utsname u;

	if (!p->live)
		return; /* where a copy is read says nothing of where it comes from */
	system_name(name, sizeof(name));
	paper_pair(p, _("Operating system"), name);
	if (uname(&u) == 0) {
		(void)snprintf(line, sizeof(line), "%s %s %s", u.sysname, u.release, u.machine);
		paper_pair(p, _("Kernel"), line);
	}
	paper_pair(p, _("Sekisho"), SEKISHO_VERSION);
}

static void
put_names(struct paper *p, const char *label, const struct strings *names)
{
	char line[2048] = "";

	for (size_t i = 0; i < names->count; i++) {
		size_t used = strlen(line);

		(void)snprintf(line + used, sizeof(line) - used, "%s%s", i > 0 ? ", " : "",
		    names->item[i]);
	}
	paper_pair(p, label, line);
}

static void
put_officers(struct paper *p)
{
	static const struct paper_column columns[] = {{"role", N_("Role"), CELL_TEXT, 34},
	    {"name", N_("Name"), CELL_TEXT, 22}, {"unit", N_("Unit"), CELL_TEXT, 22},
	    {"contact", N_("Contact"), CELL_TEXT, 22}};
	json_t *list = json_array();

	for (size_t i = 0; i < p->policy->officer_count; i++) {
		const struct officer *o = &p->policy->officer[i];
		json_t *row = json_object();
		char name[600];

		paper_set(row, "role", o->role);
		paper_set(row, "name", paper_name(p, o->name, name, sizeof(name)));
		paper_set(row, "unit", o->unit);
		paper_set(row, "contact", o->contact);
		(void)json_array_append_new(list, row);
	}
	paper_heading(p, _("Officers"));
	paper_table(p, columns, sizeof(columns) / sizeof(columns[0]), list);
	json_decref(list);
}

int
host_fill(struct paper *p, json_t *entries)
{
	static const struct paper_column columns[] = {{"id", N_("Record"), CELL_TEXT, 10},
	    {"made_at", N_("In force from"), CELL_TIME, 18}, {"by", N_("By"), CELL_TEXT, 14},
	    {"message", N_("Comment"), CELL_TEXT, 26}, {"digest", N_("Policy"), CELL_TEXT, 32}};
	const char *const seals[] = {_("Security officer of the system"), _("Security officer"), NULL};
	const char *origin = paper_get(p->terms, "origin");
	char name[256], day[DATES_SIZE];

	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(origin, "/"), origin);
	paper_heading(p, _("The system"));
	paper_pair(p, _("Host"), name);
	paper_pair(p, _("Log"), origin);
	put_text(p, _("Who is responsible"), p->policy->owner);
	put_text(p, _("Rating"), p->policy->rating);
	put_text(p, _("Handling limits"), p->policy->limits);
	put_text(p, _("What it is for"), p->policy->purpose);
	put_text(p, _("External lines"), p->policy->external_lines);
	put_text(p, _("Contractor"), p->policy->contractor);
	paper_pair(p, _("Contract until"), dates_last_day(p->policy->contract_wall_ms, false, day));
	put_versions(p);
	put_names(p, _("Administrators"), &p->policy->administrators);
	put_names(p, _("Auditors"), &p->policy->auditors);
	paper_pair(p, _("Policy in force"), p->policy->digest);
	paper_pair(p, _("Rules to be reviewed by"),
	    dates_last_day(p->policy->review_wall_ms, false, day));
	put_officers(p);
	paper_heading(p, _("Policies that came into force"));
	paper_table(p, columns, sizeof(columns) / sizeof(columns[0]), entries);
	paper_seals(p, seals);
	return STATUS_DONE;
}
