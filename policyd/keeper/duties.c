#include "keeper/duties.h"
#include "error.h"
#include "keeper/keeper.h"
#include "keeper/retention.h"
#include "store/duties.h"
#include "store/terms.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SURVEY_EVERY_MS = 3600 * 1000, A_LOOK = 32 };
#define DAY_MS   (INT64_C(24) * 60 * 60 * 1000)
#define URGE_MS  (30 * DAY_MS) /* so long before it is due */

const char *const training_state_words[] = {"done", "excused", "due", "overdue", NULL};

/* ---- years ------------------------------------------------------------------------------- */

static int64_t
calendar_year(int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm = {0};

	return gmtime_r(&t, &tm) != NULL ? tm.tm_year + 1900 : 1970;
}

int64_t
duties_year_start(const struct policy *p, int64_t year)
{
	/* within two days of the end of the calendar year before, whatever the leap days */
	int64_t day = (year - 1970) * 1461 / 4 - 2;
	int64_t start_ms = policy_fiscal_year_end(p, day * DAY_MS);

	return calendar_year(start_ms) < year ? policy_fiscal_year_end(p, start_ms) : start_ms;
}

int64_t
duties_year(const struct policy *p, int64_t wall_ms)
{
	int64_t year = calendar_year(wall_ms);

	return duties_year_start(p, year) <= wall_ms ? year : year - 1;
}

/* ---- trainings --------------------------------------------------------------------------- */

static int64_t
appointed(const struct policy *p, const char *person)
{
	for (size_t i = 0; i < p->person_count; i++) {
		if (strcmp(p->person[i].name, person) == 0)
			return p->person[i].appointed_wall_ms;
	}
	return 0;
}

/* By the end of the time to renew it, or of the year; for who came since, of their grace. */
static int64_t
due_of(const struct policy *p, const struct attribute *a, const char *person, int64_t year)
{
	int64_t start_ms = duties_year_start(p, year), came_ms = appointed(p, person);
	int64_t due_ms = a->renewal_ms > 0 ? start_ms + a->renewal_ms : duties_year_start(p, year + 1);

	return came_ms + a->grace_ms > due_ms && came_ms > 0 ? came_ms + a->grace_ms : due_ms;
}

/* The evidence of that year. Only the newest is kept: of an earlier year the log says more. */
static int
find_evidence(struct server *s, const char *person, int64_t year, struct training *t)
{
	static struct store_attribute a[ATTRIBUTES_MAX];
	size_t n = 0;
	int e = store_attributes(s->store, person, a, ATTRIBUTES_MAX, &n);

	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		if (strcmp(a[i].name, t->what->name) != 0 ||
		    duties_year(s->policy, a[i].set_wall_ms) != year)
			continue;
		t->state = TRAINING_DONE;
		t->at_wall_ms = a[i].set_wall_ms;
		(void)snprintf(t->by, sizeof(t->by), "%s", a[i].by);
		(void)snprintf(t->text, sizeof(t->text), "%s", a[i].evidence);
	}
	return e;
}

static int
find_excuse(struct server *s, const char *person, int64_t year, struct training *t)
{
	static struct store_duty d;
	int e = store_duty_get(s->store, DUTY_EXCUSED, t->what->name, person, year, &d);

	if (e == SKS_OK && t->state != TRAINING_DONE) {
		t->state = TRAINING_EXCUSED;
		t->at_wall_ms = d.wall_ms;
		(void)snprintf(t->by, sizeof(t->by), "%s", d.by);
		(void)snprintf(t->text, sizeof(t->text), "%.255s", d.text);
	}
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	e = store_duty_get(s->store, DUTY_URGED, t->what->name, person, year, &d);
	if (e == SKS_OK)
		t->urged_wall_ms = d.wall_ms;
	return e == SKS_NOT_FOUND ? SKS_OK : e;
}

int
duties_training(struct server *s, const struct attribute *a, const char *person, int64_t year,
    int64_t date_ms, struct training *out)
{
	int e;

	memset(out, 0, sizeof(*out));
	out->what = a;
	out->due_wall_ms = due_of(s->policy, a, person, year);
	out->state = date_ms < out->due_wall_ms ? TRAINING_DUE : TRAINING_OVERDUE;
	if ((e = find_evidence(s, person, year, out)) != SKS_OK)
		return e;
	return find_excuse(s, person, year, out);
}

int
duties_people(struct server *s, json_t *people)
{
	const struct policy *p = s->policy;
	static struct store_staff staff[A_LOOK];
	char after[NAME_SIZE] = "";
	size_t n = 0;
	int e;

	for (size_t i = 0; i < p->person_count; i++)
		(void)json_object_set_new(people, p->person[i].name, json_true());
	for (size_t i = 0; i < p->account_count; i++) {
		if (p->account[i].class == CLASS_PERSON || p->account[i].class == CLASS_ADMIN)
			(void)json_object_set_new(people, p->account[i].person, json_true());
	}
	do {
		e = store_staff_list(s->store, after, staff, A_LOOK, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			(void)json_object_set_new(people, staff[i].person, json_true());
			memcpy(after, staff[i].person, sizeof(after));
		}
	} while (e == SKS_OK && n == A_LOOK);
	return e;
}

/* ---- looking ----------------------------------------------------------------------------- */

struct look {
	struct server *server;
	int64_t date_ms, year;
	bool urge; /* else only counted */
	int64_t due, overdue;
};

static int
record_training(
    struct look *k, uint16_t action, const char *person, const struct training *t)
{
	bool late = action == ACTION_TRAINING_OVERDUE;
	static struct store_duty d;
	struct record r;
	int e;

	memset(&d, 0, sizeof(d));
	(void)snprintf(d.kind, sizeof(d.kind), "%s", late ? DUTY_OVERDUE : DUTY_URGED);
	(void)snprintf(d.name, sizeof(d.name), "%s", t->what->name);
	(void)snprintf(d.person, sizeof(d.person), "%s", person);
	d.year = k->year;
	if ((e = store_duty_put(k->server->store, &d)) != SKS_OK)
		return e;
	keeper_record(k->server, &r, action, late ? OUTCOME_FAILURE : OUTCOME_SUCCESS,
	    late ? "overdue" : "ok");
	record_put_str(&r, "sekisho.person", person);
	record_put_str(&r, "sekisho.attribute", t->what->name);
	record_put_int(&r, "sekisho.fiscal.year", k->year);
	record_put_int(&r, "sekisho.due", t->due_wall_ms);
	return keeper_append(k->server, &r);
}

/* Urged once before, said once after. */
static int
urge(struct look *k, const char *person, const struct training *t)
{
	static struct store_duty d;
	int e = SKS_OK;

	if (t->urged_wall_ms == 0 && k->date_ms >= t->due_wall_ms - URGE_MS)
		e = record_training(k, ACTION_TRAINING_URGE, person, t);
	if (e != SKS_OK || t->state != TRAINING_OVERDUE)
		return e;
	e = store_duty_get(k->server->store, DUTY_OVERDUE, t->what->name, person, k->year, &d);
	return e == SKS_NOT_FOUND ? record_training(k, ACTION_TRAINING_OVERDUE, person, t) : e;
}

static int
look_at_person(struct look *k, const char *person)
{
	const struct policy *p = k->server->policy;
	struct training t;
	int e = SKS_OK;

	for (size_t i = 0; e == SKS_OK && i < p->attribute_count; i++) {
		if (!p->attribute[i].fiscal_year)
			continue;
		e = duties_training(
		    k->server, &p->attribute[i], person, k->year, k->date_ms, &t);
		k->due += e == SKS_OK && t.state == TRAINING_DUE;
		k->overdue += e == SKS_OK && t.state == TRAINING_OVERDUE;
		if (e == SKS_OK && k->urge && t.state >= TRAINING_DUE)
			e = urge(k, person, &t);
	}
	return e;
}

static int
look_at_people(struct look *k)
{
	json_t *people = json_object(), *unused;
	const char *person;
	int e = duties_people(k->server, people);

	json_object_foreach(people, person, unused)
	{
		(void)unused;
		if (e == SKS_OK)
			e = look_at_person(k, person);
	}
	json_decref(people);
	return e;
}

/* ---- the yearly plan --------------------------------------------------------------------- */

static int
record_late(struct look *k, const struct plan_item *item)
{
	const struct policy *p = k->server->policy;
	static struct store_duty d;
	struct record r;
	int e = store_duty_get(
	    k->server->store, DUTY_OVERDUE, item->name, "", duties_year(p, item->date_wall_ms - 1), &d);

	if (e != SKS_NOT_FOUND)
		return e;
	memset(&d, 0, sizeof(d));
	(void)snprintf(d.kind, sizeof(d.kind), "%s", DUTY_OVERDUE);
	(void)snprintf(d.name, sizeof(d.name), "%s", item->name);
	d.year = duties_year(p, item->date_wall_ms - 1);
	if ((e = store_duty_put(k->server->store, &d)) != SKS_OK)
		return e;
	keeper_record(k->server, &r, ACTION_PLAN_OVERDUE, OUTCOME_FAILURE, "overdue");
	record_put_str(&r, "sekisho.plan", item->name);
	record_put_str(&r, "sekisho.plan.officer", item->officer != NULL ? item->officer : "");
	record_put_int(&r, "sekisho.fiscal.year", d.year);
	record_put_int(&r, "sekisho.due", item->date_wall_ms);
	return keeper_append(k->server, &r);
}

/* Appends the names of those that are late to list. */
static int
look_at_plan(struct look *k, json_t *list)
{
	const struct policy *p = k->server->policy;
	static struct store_duty d;
	int e = SKS_OK;

	for (size_t i = 0; e == SKS_OK && i < p->plan_count; i++) {
		const struct plan_item *item = &p->plan[i];

		if (k->date_ms < item->date_wall_ms)
			continue;
		e = store_duty_get(k->server->store, DUTY_DONE, item->name, "",
		    duties_year(p, item->date_wall_ms - 1), &d);
		if (e != SKS_NOT_FOUND)
			continue;
		e = SKS_OK;
		if (list != NULL)
			(void)json_array_append_new(list, json_string(item->name));
		if (k->urge)
			e = record_late(k, item);
	}
	return e;
}

/* ---- outside ------------------------------------------------------------------------------ */

static bool
has_trainings(const struct policy *p)
{
	for (size_t i = 0; i < p->attribute_count; i++) {
		if (p->attribute[i].fiscal_year)
			return true;
	}
	return false;
}

static int
look(struct look *k, struct server *s, json_t *late)
{
	int e = retention_date(s, clock_now(), &k->date_ms);

	k->server = s;
	k->year = duties_year(s->policy, k->date_ms);
	if (e == SKS_OK && has_trainings(s->policy))
		e = look_at_people(k);
	return e == SKS_OK ? look_at_plan(k, late) : e;
}

int
duties_status(struct server *s, json_t **out)
{
	struct look k = {.urge = false};
	json_t *late = json_array();
	int e = look(&k, s, late);

	*out = json_pack("{s:I,s:I,s:o}", "training_due", (json_int_t)k.due, "training_overdue",
	    (json_int_t)k.overdue, "plan_overdue", late);
	return e;
}

static int
survey(struct server *s, void *context)
{
	struct look k = {.urge = true};

	(void)context;
	return look(&k, s, NULL);
}

int
duties_tick(struct server *s)
{
	static char noted[POLICY_DIGEST_SIZE];
	static int64_t next_boot_ms;
	int64_t now_ms = clock_now().boot_ms;
	int e;

	if (strcmp(noted, s->policy->digest) == 0 && now_ms < next_boot_ms)
		return SKS_OK;
	if ((e = turn_own(s, survey, NULL)) != SKS_OK)
		return e;
	(void)snprintf(noted, sizeof(noted), "%s", s->policy->digest);
	next_boot_ms = now_ms + SURVEY_EVERY_MS;
	return SKS_OK;
}
