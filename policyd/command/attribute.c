/* Attributes of people: set with their evidence, taken away, listed with who lacks one. */
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "keeper/retention.h"
#include "people.h"
#include "store/terms.h"
#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 64, LIST_FACT = 2048 };

/* An account stands for its person. */
static int
attribute_request(struct server *s, struct job *job, struct store_attribute *a,
    struct admin_request *r, struct admin_facts *f)
{
	int e = command_facts(s, job, r, f);

	if (e != SKS_OK)
		return e;
	(void)snprintf(r->user, sizeof(r->user), "%s", policy_person(s->policy, job->command.user));
	(void)text_clean(r->attribute, sizeof(r->attribute), job->command.name);
	r->name[0] = '\0'; /* of a device, in records */
	r->until_ms = job->command.until_ms;
	*a = (struct store_attribute){
	    .set_wall_ms = f->wall_ms, .until_wall_ms = r->until_ms};
	(void)snprintf(a->person, sizeof(a->person), "%s", r->user);
	(void)snprintf(a->name, sizeof(a->name), "%s", r->attribute);
	(void)snprintf(a->by, sizeof(a->by), "%s", r->by);
	(void)snprintf(a->evidence, sizeof(a->evidence), "%s", r->text);
	return SKS_OK;
}

static int
find_attribute(struct server *s, const struct store_attribute *a, bool *found)
{
	static struct store_attribute have[ATTRIBUTES_MAX];
	size_t n = 0;
	int e = store_attributes(s->store, a->person, have, ATTRIBUTES_MAX, &n);

	for (size_t i = 0; e == SKS_OK && i < n; i++)
		*found |= strcmp(have[i].name, a->name) == 0;
	return e;
}

static void
say_attribute_refused(struct job *job, const struct admin_request *r, const struct decision *d)
{
	if (d->reason == REASON_NOT_FOUND && r->verb == VERB_ATTRIBUTE_SET)
		command_say(job, STATUS_REFUSED,
		    _("The policy describes no attribute \"%s\". A section [attribute %s] makes it "
		      "known."),
		    r->attribute, r->attribute);
	else if (d->reason == REASON_NOT_FOUND)
		command_say(job, STATUS_REFUSED, _("%s does not have the attribute \"%s\"."),
		    r->user, r->attribute);
	else if (d->reason == REASON_INVALID_VALUE && r->verb == VERB_ATTRIBUTE_SET)
		command_say(job, STATUS_REFUSED, "%s",
		    _("Say what proves it, with --evidence; --until takes a time to come."));
	else if (d->reason == REASON_INVALID_VALUE)
		command_say(job, STATUS_REFUSED, "%s", _("Say why, with --reason."));
}

int
command_attribute_set(struct server *s, struct job *job)
{
	struct store_attribute a;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	if ((e = attribute_request(s, job, &a, &r, &f)) != SKS_OK ||
	    (e = command_decide(s, job, &r, &f, NULL, NULL, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_attribute_refused(job, &r, &d);
		return SKS_OK;
	}
	if ((e = store_attribute_set(s->store, &a)) != SKS_OK)
		return e;
	command_say(job, STATUS_DONE,
	    _("%s has the attribute \"%s\". `sekisho attribute list %s` shows until when."), r.user,
	    r.attribute, r.user);
	return SKS_OK;
}

int
command_attribute_revoke(struct server *s, struct job *job)
{
	struct store_attribute a;
	struct admin_request r;
	struct admin_facts f;
	struct decision d;
	int e;

	if ((e = attribute_request(s, job, &a, &r, &f)) != SKS_OK ||
	    (e = find_attribute(s, &a, &f.found)) != SKS_OK ||
	    (e = command_decide(s, job, &r, &f, NULL, NULL, &d)) != SKS_OK)
		return e;
	if (d.verdict != VERDICT_ALLOW) {
		say_attribute_refused(job, &r, &d);
		return SKS_OK;
	}
	if ((e = store_attribute_revoke(s->store, a.person, a.name)) != SKS_OK)
		return e;
	command_say(job, STATUS_DONE, _("%s does not have the attribute \"%s\" any more."), r.user,
	    r.attribute);
	return SKS_OK;
}

/* ---- the list ---------------------------------------------------------------------------- */

static json_t *
attribute_json(const struct policy *p, const char *person, const char *name,
    const struct store_attribute *a, const char *fact, int64_t date_ms)
{
	int64_t until_ms = policy_attribute_until(p, person, name, fact);
	json_t *o = json_pack("{s:s,s:s,s:b,s:I,s:b}", "person", person, "name", name, "holds",
	    date_ms < until_ms, "until", (json_int_t)(until_ms == INT64_MAX ? 0 : until_ms), "grace",
	    a == NULL && until_ms > 0);

	if (a != NULL) {
		/* before the store was put back: whether it was revoked since, nobody knows */
		(void)json_object_set_new(o, "unknown", json_boolean(a->set_wall_ms < 0));
		(void)json_object_set_new(
		    o, "set", json_integer((json_int_t)llabs((long long)a->set_wall_ms)));
		(void)json_object_set_new(o, "by", json_string(a->by));
		(void)json_object_set_new(o, "evidence", json_string(a->evidence));
	}
	return o;
}

/* Every attribute of the policy, had or not. */
static int
list_person(struct server *s, const char *person, json_t *list)
{
	static struct store_attribute a[ATTRIBUTES_MAX];
	char fact[LIST_FACT];
	int64_t date_ms = 0;
	size_t n = 0;
	int e;

	if ((e = store_attributes(s->store, person, a, ATTRIBUTES_MAX, &n)) != SKS_OK ||
	    (e = people_attributes(s, person, fact, sizeof(fact))) != SKS_OK ||
	    (e = retention_date(s, clock_now(), &date_ms)) != SKS_OK)
		return e;
	for (size_t i = 0; i < s->policy->attribute_count; i++) {
		const char *name = s->policy->attribute[i].name;
		const struct store_attribute *had = NULL;

		for (size_t j = 0; j < n; j++) {
			if (strcmp(a[j].name, name) == 0)
				had = &a[j];
		}
		(void)json_array_append_new(
		    list, attribute_json(s->policy, person, name, had, fact, date_ms));
	}
	return SKS_OK;
}

static void
name_person(json_t *people, const char *person)
{
	(void)json_object_set_new(people, person, json_true());
}

/* Whoever the policy names, and whoever has one. */
static int
name_people(struct server *s, json_t *people)
{
	static struct store_attribute a[PAGE];
	char after[NAME_SIZE] = "", after_name[ATTRIBUTE_NAME_SIZE] = "";
	size_t n = 0;
	int e;

	for (size_t i = 0; i < s->policy->person_count; i++)
		name_person(people, s->policy->person[i].name);
	for (size_t i = 0; i < s->policy->account_count; i++) {
		const struct account *x = &s->policy->account[i];

		if (x->class == CLASS_PERSON || x->class == CLASS_ADMIN)
			name_person(people, x->person);
	}
	do {
		e = store_attributes_all(s->store, after, after_name, a, PAGE, &n);
		for (size_t i = 0; e == SKS_OK && i < n; i++) {
			name_person(people, a[i].person);
			memcpy(after, a[i].person, sizeof(after));
			memcpy(after_name, a[i].name, sizeof(after_name));
		}
	} while (e == SKS_OK && n == PAGE);
	return e;
}

int
command_attribute_list(struct server *s, struct job *job)
{
	bool all = job->peer.uid == 0 && strcmp(job->command.user, job->who) == 0;
	json_t *list = json_array(), *people = json_object(), *unused;
	const char *person;
	int e = SKS_OK;

	if (all)
		e = name_people(s, people);
	else
		name_person(people, policy_person(s->policy, job->command.user));
	json_object_foreach(people, person, unused)
	{
		(void)unused;
		if (e == SKS_OK)
			e = list_person(s, person, list);
	}
	json_decref(people);
	if (e == SKS_OK)
		return command_json(job, list);
	json_decref(list);
	return e;
}
