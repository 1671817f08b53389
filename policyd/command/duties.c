/* What is due once in a fiscal year: trainings of people, the yearly plan, self-check sheets. */
#include "command/command.h"
#include "command/request.h"
#include "command/sheet.h"
#include "error.h"
#include "i18n.h"
#include "keeper/duties.h"
#include "keeper/retention.h"
#include "store/duties.h"
#include "text.h"
#include <stdio.h>
#include <string.h>

enum { YEAR_FIRST = 1971, YEAR_LAST = 9000 };

static int
date_and_year(struct server *s, const struct job *job, int64_t *date_ms, int64_t *year)
{
	int e = retention_date(s, clock_now(), date_ms);

	*year = job->command.number >= YEAR_FIRST && job->command.number <= YEAR_LAST
		    ? (int64_t)job->command.number
		    : duties_year(s->policy, *date_ms);
	return e;
}

static void
put_year(struct record *r, void *context)
{
	const struct store_duty *d = context;

	record_put_int(r, "sekisho.fiscal.year", d->year);
	if (strcmp(d->kind, DUTY_DONE) == 0)
		record_put_str(r, "sekisho.plan", d->name);
}

/* ---- trainings --------------------------------------------------------------------------- */

static const struct person *
person_of(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->person_count; i++) {
		if (strcmp(p->person[i].name, name) == 0)
			return &p->person[i];
	}
	return NULL;
}

static json_t *
training_json(struct server *s, const char *person, int64_t year, const struct training *t)
{
	const struct person *who = person_of(s->policy, person);
	json_t *o = json_pack("{s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:s,s:s}", "person", person,
	    "name", t->what->name, "text", t->what->text != NULL ? t->what->text : "", "state",
	    training_state_words[t->state], "year", (json_int_t)year, "due",
	    (json_int_t)t->due_wall_ms, "at", (json_int_t)t->at_wall_ms, "urged",
	    (json_int_t)t->urged_wall_ms, "by", t->by, "why", t->text);

	if (who != NULL && who->unit != NULL)
		(void)json_object_set_new(o, "unit", json_string(who->unit));
	if (who != NULL && who->appointed_wall_ms != 0)
		(void)json_object_set_new(
		    o, "appointed", json_integer((json_int_t)who->appointed_wall_ms));
	return o;
}

static int
list_trainings(
    struct server *s, const char *person, int64_t year, int64_t date_ms, json_t *list)
{
	struct training t;
	int e = SKS_OK;

	for (size_t i = 0; e == SKS_OK && i < s->policy->attribute_count; i++) {
		const struct attribute *a = &s->policy->attribute[i];

		if (!a->fiscal_year)
			continue;
		e = duties_training(s, a, person, year, date_ms, &t);
		if (e == SKS_OK)
			(void)json_array_append_new(list, training_json(s, person, year, &t));
	}
	return e;
}

int
command_training_list(struct server *s, struct job *job)
{
	bool all = (job->peer.uid == 0 || job->auditor) &&
		   strcmp(job->command.user, job->who) == 0;
	json_t *list = json_array(), *people = json_object(), *unused;
	int64_t date_ms, year;
	const char *person;
	int e = date_and_year(s, job, &date_ms, &year);

	if (all && e == SKS_OK)
		e = duties_people(s, people);
	else
		(void)json_object_set_new(
		    people, policy_person(s->policy, job->command.user), json_true());
	json_object_foreach(people, person, unused)
	{
		(void)unused;
		if (e == SKS_OK)
			e = list_trainings(s, person, year, date_ms, list);
	}
	json_decref(people);
	if (e == SKS_OK)
		return command_json(job, list);
	json_decref(list);
	return e;
}

int
command_training_excuse(struct server *s, struct job *job)
{
	static struct store_duty duty;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int64_t date_ms;
	int e;

	memset(&duty, 0, sizeof(duty));
	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = date_and_year(s, job, &date_ms, &duty.year)) != SKS_OK)
		return e;
	(void)snprintf(r.user, sizeof(r.user), "%s", policy_person(s->policy, job->command.user));
	(void)text_clean(r.attribute, sizeof(r.attribute), job->command.name);
	r.name[0] = '\0';
	(void)snprintf(duty.kind, sizeof(duty.kind), "%s", DUTY_EXCUSED);
	(void)snprintf(duty.name, sizeof(duty.name), "%s", r.attribute);
	(void)snprintf(duty.person, sizeof(duty.person), "%s", r.user);
	(void)snprintf(duty.by, sizeof(duty.by), "%s", r.by);
	(void)snprintf(duty.text, sizeof(duty.text), "%s", r.text);
	if ((e = command_decide(s, job, &r, &f, put_year, &duty, &d)) != SKS_OK)
		return e;
	if (d.reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED,
		    _("The policy has no training \"%s\": a section [attribute %s] with fiscal_year = "
		      "yes."),
		    r.attribute, r.attribute);
	else if (d.reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s", _("Say why, with --reason."));
	if (d.verdict != VERDICT_ALLOW)
		return SKS_OK;
	if ((e = store_duty_put(s->store, &duty)) != SKS_OK)
		return e;
	command_say(job, STATUS_DONE,
	    _("%s is excused from \"%s\" in the fiscal year %lld. What rules and roles require of them "
	      "stays."),
	    r.user, r.attribute, (long long)duty.year);
	return SKS_OK;
}

/* ---- the yearly plan --------------------------------------------------------------------- */

static const struct plan_item *
plan_item(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->plan_count; i++) {
		if (strcmp(p->plan[i].name, name) == 0)
			return &p->plan[i];
	}
	return NULL;
}

static json_t *
plan_json(const struct plan_item *item, const struct store_duty *done, int64_t date_ms)
{
	const char *state = done != NULL		      ? "done"
			    : date_ms >= item->date_wall_ms ? "overdue"
							      : "due";

	return json_pack("{s:s,s:s,s:s,s:s,s:I,s:s,s:I,s:s,s:s}", "name", item->name, "kind",
	    plan_kind_words[item->kind], "text", item->text != NULL ? item->text : "", "officer",
	    item->officer != NULL ? item->officer : "", "date", (json_int_t)item->date_wall_ms,
	    "state", state, "at", (json_int_t)(done != NULL ? done->wall_ms : 0), "by",
	    done != NULL ? done->by : "", "result", done != NULL ? done->text : "");
}

int
command_plan_list(struct server *s, struct job *job)
{
	static struct store_duty done;
	json_t *list = json_array();
	int64_t date_ms, year;
	int e = date_and_year(s, job, &date_ms, &year);

	for (size_t i = 0; e == SKS_OK && i < s->policy->plan_count; i++) {
		const struct plan_item *item = &s->policy->plan[i];

		if (duties_year(s->policy, item->date_wall_ms - 1) != year)
			continue;
		e = store_duty_get(s->store, DUTY_DONE, item->name, "", year, &done);
		if (e == SKS_OK || e == SKS_NOT_FOUND)
			(void)json_array_append_new(
			    list, plan_json(item, e == SKS_OK ? &done : NULL, date_ms));
		e = e == SKS_NOT_FOUND ? SKS_OK : e;
	}
	if (e == SKS_OK)
		return command_json(job, list);
	json_decref(list);
	return e;
}

int
command_plan_done(struct server *s, struct job *job)
{
	const struct plan_item *item = plan_item(s->policy, job->command.name);
	static struct store_duty duty;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	if ((e = command_facts(s, job, &r, &f)) != SKS_OK)
		return e;
	f.auditor = job->auditor;
	f.found = item != NULL;
	memset(&duty, 0, sizeof(duty));
	if (item != NULL) {
		int64_t year = duties_year(s->policy, item->date_wall_ms - 1);

		e = store_duty_get(s->store, DUTY_DONE, item->name, "", year, &duty);
		f.exists = e == SKS_OK;
		if (e != SKS_OK && e != SKS_NOT_FOUND)
			return e;
		memset(&duty, 0, sizeof(duty));
		duty.year = year;
	}
	(void)snprintf(duty.kind, sizeof(duty.kind), "%s", DUTY_DONE);
	(void)snprintf(duty.name, sizeof(duty.name), "%s", job->command.name);
	(void)snprintf(duty.by, sizeof(duty.by), "%s", r.by);
	(void)snprintf(duty.text, sizeof(duty.text), "%s", r.text);
	if ((e = command_decide(s, job, &r, &f, put_year, &duty, &d)) != SKS_OK)
		return e;
	if (d.reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED,
		    _("The yearly plan has no item \"%s\": a section [plan %s] of the policy."),
		    r.name, r.name);
	else if (d.reason == REASON_WRONG_STATE)
		command_say(job, STATUS_REFUSED, _("\"%s\" is done already."), r.name);
	else if (d.reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s", _("Say what came of it, with --text."));
	if (d.verdict != VERDICT_ALLOW)
		return SKS_OK;
	if ((e = store_duty_put(s->store, &duty)) != SKS_OK)
		return e;
	command_say(job, STATUS_DONE, _("\"%s\" is done."), r.name);
	return SKS_OK;
}

/* ---- self-check sheets ------------------------------------------------------------------- */

/* A sheet is of an office that somebody has. */
static bool
is_office(const struct policy *p, const char *role)
{
	for (size_t i = 0; i < p->officer_count; i++) {
		if (p->officer[i].role != NULL && strcmp(p->officer[i].role, role) == 0)
			return true;
	}
	return false;
}

struct sheet {
	const struct store_duty *duty;
	const json_t *answers;
};

static void
put_answers(struct record *record, void *context)
{
	const struct sheet *sheet = context;
	static char line[SHEET_ANSWERS_MAX][SHEET_LINE_SIZE];
	const char *item[SHEET_ANSWERS_MAX];
	const json_t *one;
	size_t i;

	json_array_foreach(sheet->answers, i, one) item[i] = sheet_line(one, line[i]);
	record_put_int(record, "sekisho.fiscal.year", sheet->duty->year);
	record_put_list(record, "sekisho.self-check", item, json_array_size(sheet->answers));
}

static int
keep_sheet(struct server *s, struct store_duty *duty, const json_t *answers)
{
	char *text = json_dumps(answers, JSON_COMPACT);
	int e = SKS_NOMEM;

	if (text != NULL && strlen(text) >= sizeof(duty->text))
		e = SKS_TOO_BIG;
	else if (text != NULL) {
		(void)snprintf(duty->text, sizeof(duty->text), "%s", text);
		e = store_duty_put(s->store, duty);
	}
	free(text);
	return e;
}

int
command_self_check(struct server *s, struct job *job)
{
	static struct store_duty duty;
	json_t *answers = sheet_parse(job->payload.data, job->payload.len);
	struct sheet sheet = {.duty = &duty, .answers = answers};
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int64_t date_ms;
	int e;

	memset(&duty, 0, sizeof(duty));
	if ((e = command_facts(s, job, &r, &f)) != SKS_OK ||
	    (e = request_identify(s, job, &f)) != SKS_OK ||
	    (e = date_and_year(s, job, &date_ms, &duty.year)) != SKS_OK)
		goto out;
	(void)text_clean(r.role, sizeof(r.role), job->command.name);
	f.found = answers != NULL && is_office(s->policy, r.role);
	r.name[0] = '\0';
	(void)snprintf(duty.kind, sizeof(duty.kind), "%s", DUTY_SELF_CHECK);
	(void)snprintf(duty.name, sizeof(duty.name), "%s", r.role);
	(void)snprintf(duty.person, sizeof(duty.person), "%s", policy_person(s->policy, r.by));
	(void)snprintf(duty.by, sizeof(duty.by), "%s", r.by);
	if ((e = command_decide(s, job, &r, &f, put_answers, &sheet, &d)) != SKS_OK)
		goto out;
	if (d.reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s",
		    _("That is no self-check sheet of an office of the policy with all its answers: "
		      "yes, no or own."));
	if (d.verdict != VERDICT_ALLOW)
		goto out;
	if ((e = keep_sheet(s, &duty, answers)) == SKS_OK)
		command_say(job, STATUS_DONE,
		    _("Your self-check as %s for the fiscal year %lld is kept, with %zu answers."),
		    r.role, (long long)duty.year, json_array_size(answers));
out:
	json_decref(answers);
	return e;
}

int
command_self_check_list(struct server *s, struct job *job)
{
	static struct store_duty d;
	char name[NAME_SIZE] = "", person[NAME_SIZE] = "";
	json_t *list = json_array();
	int64_t date_ms, year;
	int e = date_and_year(s, job, &date_ms, &year);

	while (e == SKS_OK && (e = store_duty_next(s->store, DUTY_SELF_CHECK, year, name, person,
				   &d)) == SKS_OK) {
		json_t *answers = json_loads(d.text, 0, NULL);

		memcpy(name, d.name, sizeof(name));
		memcpy(person, d.person, sizeof(person));
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:s,s:s,s:I,s:I,s:o?}", "role", d.name, "person", d.person,
			"by", d.by, "year", (json_int_t)d.year, "at", (json_int_t)d.wall_ms,
			"answers", answers));
	}
	if (e == SKS_NOT_FOUND)
		return command_json(job, list);
	json_decref(list);
	return e;
}
