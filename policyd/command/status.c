/* What the daemon says of itself, and to a person of themselves. */
#include "alert/delivery.h"
#include "audit/reanchor.h"
#include "command/command.h"
#include "error.h"
#include "i18n.h"
#include "keeper/volume.h"
#include "keeper/change.h"
#include "keeper/checked.h"
#include "keeper/changes.h"
#include "keeper/contingency.h"
#include "keeper/exceptions.h"
#include "keeper/forwarding.h"
#include "keeper/keeper.h"
#include "keeper/host.h"
#include "keeper/kernel_audit.h"
#include "keeper/keys.h"
#include "keeper/duties.h"
#include "keeper/members.h"
#include "keeper/retention.h"
#include <stdlib.h>

static const char *
space_word(enum store_space space)
{
	static const char *const word[] = {"ok", "low", "reserve", "none"};

	return word[space];
}

static void
clock_hint(struct server *s, json_t *o)
{
	uint32_t used = 0, early = 0, late = 0;
	enum host_clock clock = HOST_CLOCK_FINE;

	if (store_drift_survey(s->store, &used, &early, &late) == SKS_OK)
		clock = drift_host_clock(used, early, late);
	if (clock != HOST_CLOCK_FINE)
		(void)json_object_set_new(o, "clock_hint",
		    json_string(clock == HOST_CLOCK_FAST
				    ? _("Most devices show codes from the past: the "
					"clock of this host seems fast.")
				    : _("Most devices show codes from the future: the "
					"clock of this host seems slow.")));
}

static void
put_until(json_t *list, const char *what, const char *scope, const char *name,
    const struct until *u, int64_t date_ms)
{
	if (u->on)
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:s,s:s,s:I,s:b}", "what", what, "scope", scope, "name",
			name, "until", (json_int_t)u->end_wall_ms, "over",
			(int)!until_holds(u, date_ms)));
}

/* Where refusals only become records, and who still gets in without a code: nobody may forget
 * that, nor when it ends. */
static void
put_for_a_time(const struct policy *p, int64_t date_ms, json_t *o)
{
	json_t *list = json_array();

	put_until(list, "observe", "host", "", &p->observe, date_ms);
	for (size_t i = 0; i < p->service_count; i++)
		put_until(list, "observe", "service", p->service[i].name,
		    &p->service[i].observe, date_ms);
	for (size_t i = 0; i < p->group_count; i++) {
		put_until(list, "observe", "group", p->group[i].name, &p->group[i].observe,
		    date_ms);
		put_until(
		    list, "grace", "group", p->group[i].name, &p->group[i].grace, date_ms);
	}
	(void)json_object_set_new(o, "for_a_time", list);
	(void)json_object_set_new(o, "date", json_integer((json_int_t)date_ms));
}

/* What goes back by itself when nobody confirms it. */
static int
put_change(struct server *s, json_t *o)
{
	static struct change c;
	int e = s->change_pending ? change_load(s, &c) : SKS_OK;

	if (e == SKS_OK && s->change_pending && c.any && !c.confirmed)
		(void)json_object_set_new(o, "change",
		    json_pack("{s:I,s:s,s:s,s:I}", "id", (json_int_t)c.id, "services",
			c.services, "by", c.user, "deadline", (json_int_t)c.deadline.wall_ms));
	return e;
}

static int
put_backup(struct server *s, json_t *o)
{
	struct backup_status b;
	int e = keeper_backup_status(s, &b);

	if (e == SKS_OK && (b.every_ms != 0 || b.last_wall_ms != 0))
		(void)json_object_set_new(o, "backup",
		    json_pack("{s:I,s:I,s:b}", "last", (json_int_t)b.last_wall_ms, "every",
			(json_int_t)b.every_ms, "overdue", (int)b.overdue));
	return e;
}

/* Who is told what besides: root asks for that. */
static void
put_outside(json_t *o)
{
	uint64_t given_up;
	size_t waiting;

	delivery_counts(&given_up, &waiting);
	(void)json_object_set_new(o, "kernel_audit", kernel_audit_json());
	(void)json_object_set_new(o, "alerts",
	    json_pack(
		"{s:I,s:I}", "given_up", (json_int_t)given_up, "waiting", (json_int_t)waiting));
}

/* A chain that this host alone vouches for. */
static void
put_anchor(struct server *s, json_t *o)
{
	static struct reanchor waits;
	int e = reanchor_find(s->store, &waits);

	if (e == SKS_OK || e == SKS_NOT_FOUND)
		(void)json_object_set_new(o, "unvouched", json_boolean(e == SKS_OK));
}

static int
put_exceptions(struct server *s, json_t *o)
{
	struct exceptions_summary x;
	size_t count = 0;
	const struct contingency_now *now = contingencies_now(&count);
	json_t *list = json_array();
	int e = exceptions_summary(s, &x);

	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(
		    list, json_pack("{s:s,s:I,s:I}", "name", now[i].name, "entry",
			      (json_int_t)now[i].number, "until",
			      (json_int_t)now[i].until_wall_ms));
	(void)json_object_set_new(o, CONTINGENCY_KEY, list);

	if (e == SKS_OK)
		(void)json_object_set_new(o, "exceptions",
		    json_pack("{s:i,s:i,s:i,s:i}", "active", (int)x.active, "unapproved",
			(int)x.unapproved, "overdue", (int)x.overdue, "reviews",
			(int)x.reviews));
	return e;
}

static int
meta_number(struct server *s, const char *name, int64_t *out)
{
	char text[32] = "";
	int e = store_meta_get(s->store, name, text, sizeof(text));

	*out = strtoll(text, NULL, 10);
	return e == SKS_NOT_FOUND ? SKS_OK : e;
}

/* When the staff list was imported and compared last, and with what result. */
static int
put_staff(struct server *s, json_t *o)
{
	int64_t imported = 0, reconciled = 0, differences = 0, restored = 0;
	int e;

	if ((e = meta_number(s, "staff.imported", &imported)) != SKS_OK || imported == 0 ||
	    (e = meta_number(s, "staff.reconciled", &reconciled)) != SKS_OK ||
	    (e = meta_number(s, "staff.differences", &differences)) != SKS_OK ||
	    (e = meta_number(s, "members.restored", &restored)) != SKS_OK)
		return e;
	(void)json_object_set_new(o, "staff",
	    json_pack("{s:I,s:I,s:I,s:b}", "imported", (json_int_t)imported, "reconciled",
		(json_int_t)reconciled, "differences", (json_int_t)differences, "restored",
		(int)(restored > imported)));
	return SKS_OK;
}

/* Of everybody's host, and of whoever asks. */
static json_t *
status_of(const struct server *s, const struct job *job, const struct user_state *u,
    const struct stored_policy *active, uint64_t size, int64_t date_ms)
{
	json_t *o = json_pack("{s:s,s:s,s:I,s:I,s:I,s:s,s:b,s:s,s:i,s:i,s:b,s:I}", "version",
	    s->version, "policy", s->policy->digest, "policy_applied",
	    (json_int_t)active->applied_wall_ms, "started", (json_int_t)s->started_wall_ms,
	    "records", (json_int_t)size, "space", space_word(s->space), "observe",
	    (int)until_holds(&s->policy->observe, date_ms), "user", job->command.user, "devices",
	    (int)u->devices, "recovery_codes", (int)u->recovery_codes, "suspended",
	    (int)u->suspended, "fiscal_year_start", (json_int_t)s->policy->fiscal_start);

	if (u->last_success_wall_ms != 0)
		(void)json_object_set_new(o, "last_success",
		    json_pack("{s:I,s:s}", "at", (json_int_t)u->last_success_wall_ms, "source",
			u->last_success_source));
	put_for_a_time(s->policy, date_ms, o);
	if (s->policy->owner != NULL)
		(void)json_object_set_new(o, "owner", json_string(s->policy->owner));
	if (s->policy->review_wall_ms != 0)
		(void)json_object_set_new(
		    o, "review", json_integer((json_int_t)s->policy->review_wall_ms));
	return o;
}

/* What only root is told. */
static int
put_for_root(struct server *s, json_t *o)
{
	json_t *overdue_roles = json_array(), *duties = NULL;
	char overdue[256];
	int e = members_overdue(s, overdue_roles);

	(void)json_object_set_new(o, "role_reviews", overdue_roles);
	if (e == SKS_OK)
		e = duties_status(s, &duties);
	if (duties != NULL)
		(void)json_object_set_new(o, "duties", duties);
	if (e != SKS_OK || (e = put_staff(s, o)) != SKS_OK)
		return e;
	clock_hint(s, o);
	(void)json_object_set_new(o, "forward", forwarding_status(s));
	(void)json_object_set_new(o, "survey", changes_status(s));
	(void)json_object_set_new(o, "downloads", volume_status());
	(void)json_object_set_new(
	    o, "host_attributes", host_status(s->policy, clock_now().wall_ms));
	put_outside(o);
	(void)json_object_set_new(o, "check", checked_status(s));
	put_anchor(s, o);
	keys_overdue_text(s, overdue, sizeof(overdue));
	if (overdue[0] != '\0')
		(void)json_object_set_new(o, "keys_overdue", json_string(overdue));
	return SKS_OK;
}

int
command_status(struct server *s, struct job *job)
{
	static struct user_state u;
	struct stored_policy active = {0};
	uint64_t size = 0;
	int64_t date_ms = 0;
	size_t n = 0;
	json_t *o;
	int e;

	if ((e = store_user(s->store, job->command.user, job->command.uid, s->policy->deny,
		 s->policy->unlock_time_ms, &u)) != SKS_OK ||
	    (e = store_log_size(s->store, &size)) != SKS_OK ||
	    (e = retention_date(s, clock_now(), &date_ms)) != SKS_OK ||
	    (e = store_policy_history(s->store, &active, 1, &n)) != SKS_OK)
		return e;
	o = status_of(s, job, &u, &active, size, date_ms);
	if ((e = put_exceptions(s, o)) != SKS_OK || (e = put_backup(s, o)) != SKS_OK ||
	    (e = put_change(s, o)) != SKS_OK ||
	    (job->peer.uid == 0 && (e = put_for_root(s, o)) != SKS_OK)) {
		json_decref(o);
		return e;
	}
	return command_json(job, o);
}
