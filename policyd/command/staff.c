/* The staff list: imported, shown, compared. */
#include "staff/staff.h"
#include "command/command.h"
#include "error.h"
#include "hex.h"
#include "i18n.h"
#include "store/members.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum { SHOW_MAX = 64, LIST_MAX = 100 };

/* ---- import ------------------------------------------------------------------------------ */

struct import {
	struct staff_taken taken;
	char digest[65];
};

static void
put_import(struct record *r, void *context)
{
	const struct import *x = context;

	record_put_str(r, "sekisho.staff.digest", x->digest);
	record_put_int(r, "sekisho.staff.persons", (int64_t)x->taken.persons);
	record_put_int(r, "sekisho.staff.new", (int64_t)x->taken.new);
	record_put_int(r, "sekisho.staff.moved", (int64_t)x->taken.moved);
	record_put_int(r, "sekisho.staff.gone", (int64_t)x->taken.gone);
}

static int
digest_of(const struct buf *b, char out[65])
{
	uint8_t hash[32];

	if (EVP_Q_digest(NULL, "SHA256", NULL, b->data, b->len, hash, NULL) != 1)
		return SKS_INTERNAL;
	(void)hex_put(out, hash, sizeof(hash));
	return SKS_OK;
}

static void
say_import_refused(struct job *job, const struct staff_list *list)
{
	const struct staff_problem *p = &list->problem[0];

	if (list->problems > 0)
		command_say(job, STATUS_REFUSED,
		    _("Nothing was imported: line %u, column %u: %s."), p->line, p->column,
		    p->text);
}

int
command_staff_import(struct server *s, struct job *job)
{
	static struct staff_list list;
	struct import x = {0};
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e = staff_parse((const char *)job->payload.data, job->payload.len, &list);

	if (e != SKS_OK && e != SKS_INVALID)
		return e;
	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = digest_of(&job->payload, x.digest)) != SKS_OK)
		goto out;
	f.found = list.problems == 0;
	decide_command(s->policy, &r, &f, &d);
	if (d.verdict == VERDICT_ALLOW && (e = staff_take(s, &list, r.by, &x.taken)) != SKS_OK)
		goto out;
	if ((e = command_decide(s, job, &r, &f, put_import, &x, &d)) != SKS_OK)
		goto out;
	if (d.verdict != VERDICT_ALLOW) {
		say_import_refused(job, &list);
		goto out;
	}
	job->after_commit = staff_tick_now;
	command_say(job, STATUS_DONE,
	    _("The staff list is in force: %zu persons, of whom %zu are new and %zu are in "
	      "another "
	      "unit; %zu are named no more. `sekisho staff reconcile` shows what differs from "
	      "it."),
	    x.taken.persons, x.taken.new, x.taken.moved, x.taken.gone);
out:
	staff_clear(&list);
	return e;
}

/* ---- show -------------------------------------------------------------------------------- */

static int
staff_json(struct server *s, const struct store_staff *p, json_t *list)
{
	struct store_staff_terms t;
	int e = store_staff_terms_get(s->store, p->person, &t);

	if (e == SKS_OK)
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I}", "person", p->person,
			"name", p->name, "kana", t.kana, "unit", p->unit, "contact", p->contact,
			"until", (json_int_t)p->until_wall_ms, "moved",
			(json_int_t)p->moved_wall_ms, "imported",
			(json_int_t)p->imported_wall_ms, "gone", (json_int_t)t.gone_wall_ms,
			"ended", (json_int_t)t.ended_wall_ms));
	return e;
}

/* One page, behind the person that the page before ended with; an empty one is the end. */
int
command_staff_show(struct server *s, struct job *job)
{
	static struct store_staff p[SHOW_MAX];
	json_t *list = json_array();
	size_t n = 0;
	int e;

	if (job->command.name[0] != '\0') {
		e = store_staff_get(
		    s->store, policy_person(s->policy, job->command.name), &p[0]);
		n = e == SKS_OK;
		e = e == SKS_NOT_FOUND ? SKS_OK : e;
	} else {
		e = store_staff_list(s->store, job->command.source, p, SHOW_MAX, &n);
	}
	for (size_t i = 0; e == SKS_OK && i < n; i++)
		e = staff_json(s, &p[i], list);
	if (e == SKS_OK)
		return command_json(job, list);
	json_decref(list);
	return e;
}

/* ---- reconcile --------------------------------------------------------------------------- */

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text != NULL ? text : "";
}

static void
put_differences(struct record *r, void *context)
{
	static char line[LIST_MAX][3 * NAME_SIZE];
	const char *item[LIST_MAX];
	const json_t *all = context, *one;
	size_t i;

	record_put_int(r, "sekisho.staff.differences", (int64_t)json_array_size(all));
	json_array_foreach(all, i, one)
	{
		if (i == LIST_MAX)
			break;
		(void)snprintf(line[i], sizeof(line[i]), "%s %s %s", text_of(one, "kind"),
		    text_of(one, "person"), text_of(one, "account"));
		item[i] = line[i];
	}
	if (i > 0)
		record_put_list(r, "sekisho.staff.list", item, i);
}

static int
keep_result(struct server *s, size_t differences)
{
	char text[48];
	int e;

	(void)snprintf(text, sizeof(text), "%lld", (long long)clock_now().wall_ms);
	if ((e = store_meta_set(s->store, "staff.reconciled", text)) != SKS_OK)
		return e;
	(void)snprintf(text, sizeof(text), "%zu", differences);
	return store_meta_set(s->store, "staff.differences", text);
}

int
command_staff_reconcile(struct server *s, struct job *job)
{
	json_t *differences = json_array();
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	bool any = false, ends = false;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = store_staff_any(s->store, &any, &ends)) != SKS_OK)
		goto out;
	f.found = any && staff_accounts_are_sane(&job->payload);
	if (f.found && (e = staff_compare(s, &job->payload, differences)) != SKS_OK)
		goto out;
	if ((e = command_decide(s, job, &r, &f, put_differences, differences, &d)) != SKS_OK)
		goto out;
	if (d.verdict != VERDICT_ALLOW) {
		if (!any)
			command_say(job, STATUS_REFUSED, "%s",
			    _("There is no staff list yet: sekisho staff import FILE"));
		goto out;
	}
	if ((e = keep_result(s, json_array_size(differences))) == SKS_OK)
		return command_json(job, differences);
out:
	json_decref(differences);
	return e;
}
