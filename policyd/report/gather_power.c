/* Privilege that was used, and the roles that were asked for and given. */
#include "report/gather_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- privilege that is used -------------------------------------------------------------- */

static void
gather_use(struct gather *g, const struct view *v, uint32_t person, uint32_t role)
{
	unsigned bucket = period_bucket(g->period, v->header.wall_ms);
	struct gather_use *use;
	char key[32];
	uint32_t at;

	(void)snprintf(key, sizeof(key), "%u/%u", (unsigned)person, (unsigned)role);
	at = keys_add(&g->use_keys, key);
	if (at == KEYS_OTHER) {
		g->uses_other++;
		return;
	}
	use = &g->use[at];
	use->person = person;
	use->role = role;
	use->n[bucket]++;
	if (use->total++ == 0)
		use->first_ms = v->header.wall_ms;
	use->last_ms = v->header.wall_ms;
}

/* One of "R-1,R-7": the role that it is for, as far as the period tells. */
static void
gather_use_grant(struct gather *g, const struct view *v, uint32_t person, const char *id)
{
	uint32_t at = keys_add(&g->grant_ids, id);
	struct gather_grant *grant = at != KEYS_OTHER ? &g->grant[at] : NULL;

	if (grant != NULL && grant->seq == 0) {
		*grant = (struct gather_grant){.role = KEYS_OTHER,
		    .person = person,
		    .asked_by = KEYS_OTHER,
		    .ended_by = KEYS_OTHER,
		    .use_unknown = true,
		    .seq = v->header.seq};
	}
	if (grant != NULL)
		grant->uses++;
	gather_use(g, v, person,
	    grant != NULL && grant->role != KEYS_OTHER ? grant->role : keys_add(&g->names, id));
}

static void
gather_unexplained(struct gather *g, const struct view *v, uint32_t person)
{
	struct gather_line *line = gather_list_add(&g->unexplained_list, v);

	(void)snprintf(line->name, sizeof(line->name), "%s", gather_name(g, person));
	(void)view_text(v, VIEW_SERVICE, line->service, sizeof(line->service));
	gather_where(v, line->where, sizeof(line->where));
	g->unexplained[period_bucket(g->period, v->header.wall_ms)]++;
	pick_add(&g->pick, PICK_UNEXPLAINED, v->header.seq, v->len);
	if (g->role[0] == '\0')
		gather_use(g, v, person, KEYS_OTHER);
}

/* Power over other accounts: sudo and su, and a login as root by whatever way. */
static bool
gather_is_privileged(const struct gather *g, const struct view *v)
{
	char service[64];
	enum service_class class;

	class = policy_service_class(
	    g->policy, view_text(v, VIEW_SERVICE, service, sizeof(service)));
	if (class == SERVICE_ELEVATION)
		return true;
	return v->item[VIEW_USER_ID].type == FLAT_NUMBER && view_number(v, VIEW_USER_ID) == 0 &&
	       (class == SERVICE_REMOTE || class == SERVICE_CONSOLE);
}

static void
gather_login(struct gather *g, const struct view *v)
{
	if (g->login_count == GATHER_LOGINS_MAX) {
		g->login_more = true;
		return;
	}
	g->login[g->login_count].user = gather_name_of(g, v, VIEW_USER);
	g->login[g->login_count++].wall_ms = v->header.wall_ms;
}

void
gather_session(struct gather *g, const struct view *v)
{
	unsigned bucket = period_bucket(g->period, v->header.wall_ms);
	char grants[GRANTS_SIZE], name[NAME_SIZE], *rest = grants;
	bool elevated = gather_is_privileged(g, v), explained = false;
	bool inside = policy_service_class(g->policy,
			  view_text(v, VIEW_SERVICE, name, sizeof(name))) == SERVICE_ELEVATION;
	uint32_t person;

	if (!inside)
		gather_login(g, v);
	gather_audit(g, v, inside);
	if (!gather_is_about(g, v))
		return;
	g->logins[bucket] += !elevated;
	if (!elevated)
		return;
	person = keys_add(
	    &g->names, policy_person(g->policy, view_text(v, VIEW_ACTOR, name, sizeof(name))));
	(void)view_text(v, VIEW_GRANTS, grants, sizeof(grants));
	for (char *id; (id = strsep(&rest, ",")) != NULL;) {
		if (id[0] == '\0')
			continue;
		gather_use_grant(g, v, person, id);
		explained = true;
	}
	g->sessions[bucket]++;
	if (!explained)
		gather_unexplained(g, v, person);
	else
		pick_add(&g->pick, PICK_EXPLAINED, v->header.seq, v->len);
}

/* ---- roles that are given ---------------------------------------------------------------- */

static struct gather_grant *
gather_grant_of(struct gather *g, const struct view *v)
{
	struct gather_grant *grant;
	char id[24];
	uint32_t at;

	if (view_text(v, VIEW_REQUEST, id, sizeof(id))[0] == '\0')
		return NULL;
	at = keys_add(&g->grant_ids, id);
	if (at == KEYS_OTHER) {
		g->grants_other++;
		return NULL;
	}
	grant = &g->grant[at];
	if (grant->seq == 0 || grant->use_unknown) {
		*grant = (struct gather_grant){.person = KEYS_OTHER,
		    .asked_by = KEYS_OTHER,
		    .ended_by = KEYS_OTHER,
		    .uses = grant->uses};
	}
	grant->role = gather_name_of(g, v, VIEW_ROLE);
	grant->seq = v->header.seq;
	return grant;
}

static void
gather_why(struct gather_grant *grant, const struct view *v)
{
	char text[1024];

	if (grant->why == NULL && view_text(v, VIEW_MESSAGE, text, sizeof(text))[0] != '\0')
		grant->why = strdup(text);
	if (view_number(v, VIEW_DURATION) != 0)
		grant->for_ms = view_number(v, VIEW_DURATION);
}

/* A role that needs nobody's approval is given by the request itself. */
static void
gather_asked(struct gather *g, struct gather_grant *grant, const struct view *v)
{
	char name[NAME_SIZE];

	grant->asked_ms = v->header.wall_ms;
	grant->asked_by = gather_name_of(g, v, VIEW_ACTOR);
	grant->person = gather_name_of(g, v, VIEW_PERSON);
	if (grant->person == KEYS_OTHER)
		grant->person = keys_add(&g->names,
		    policy_person(g->policy, view_text(v, VIEW_USER, name, sizeof(name))));
	gather_why(grant, v);
}

static void
gather_approved(struct gather *g, struct gather_grant *grant, const struct view *v)
{
	gather_who_add(&grant->approved_by, gather_name_of(g, v, VIEW_ACTOR));
	if (grant->person == KEYS_OTHER)
		grant->person = gather_name_of(g, v, VIEW_REQUEST_PERSON);
	if (grant->asked_by == KEYS_OTHER)
		grant->asked_by = gather_name_of(g, v, VIEW_REQUEST_BY);
	if (grant->for_ms == 0)
		grant->for_ms = view_number(v, VIEW_DURATION);
}

static void
gather_ended(struct gather *g, struct gather_grant *grant, const struct view *v, bool refused)
{
	grant->end_ms = v->header.wall_ms;
	grant->refused = refused;
	grant->ended_by = gather_name_of(g, v, refused ? VIEW_ACTOR : VIEW_REQUEST_BY);
	if (grant->ended_by == KEYS_OTHER)
		grant->ended_by = gather_name_of(g, v, VIEW_ACTOR);
	if (grant->person == KEYS_OTHER)
		grant->person = gather_name_of(g, v, VIEW_PERSON);
	(void)view_text(v, VIEW_REASON, grant->end_reason, sizeof(grant->end_reason));
}

/* An answer that was refused to its giver ("same-person") ends nothing; these do. */
static bool
gather_answer_ends(const struct view *v)
{
	return view_is(v, VIEW_REASON, "declined") || view_is(v, VIEW_REASON, "withdrawn") ||
	       view_is(v, VIEW_REASON, "expired");
}

void
gather_role(struct gather *g, const struct view *v)
{
	bool success = view_is(v, VIEW_OUTCOME, "success");
	struct gather_grant *grant;
	char role[64];

	if (!gather_is_about(g, v) ||
	    !gather_is_role(g, view_text(v, VIEW_ROLE, role, sizeof(role))))
		return;
	pick_add(&g->pick, PICK_GRANT, v->header.seq, v->len);
	if (!success && !(v->header.action == ACTION_ROLE_ANSWER && gather_answer_ends(v)))
		return;
	grant = gather_grant_of(g, v);
	if (grant == NULL)
		return;
	switch (v->header.action) {
	case ACTION_ROLE_REQUEST:
		gather_asked(g, grant, v);
		break;
	case ACTION_ROLE_ANSWER:
		if (success)
			gather_approved(g, grant, v);
		else
			gather_ended(g, grant, v, true);
		break;
	case ACTION_GRANT_START:
		if (view_is(v, VIEW_VERB, "request"))
			gather_asked(g, grant, v);
		else
			gather_approved(g, grant, v);
		grant->from_ms = v->header.wall_ms;
		g->grants[period_bucket(g->period, v->header.wall_ms)]++;
		break;
	default:
		gather_ended(g, grant, v, false);
	}
}
