/* Whose a record is, and where somebody was refused. */
#include "report/gather_parts.h"

#include <stdio.h>
#include <string.h>

/* ---- whose it is ------------------------------------------------------------------------- */

bool
gather_is_about(const struct gather *g, const struct view *v)
{
	static const enum view_member members[] = {
	    VIEW_PERSON, VIEW_USER, VIEW_ACTOR, VIEW_REQUEST_PERSON, VIEW_REQUEST_BY};
	char text[NAME_SIZE];

	if (g->person[0] == '\0')
		return true;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		(void)view_text(v, members[i], text, sizeof(text));
		if (text[0] != '\0' &&
		    (strcmp(text, g->person) == 0 ||
			strcmp(policy_person(g->policy, text), g->person) == 0))
			return true;
	}
	return false;
}

bool
gather_is_role(const struct gather *g, const char *role)
{
	return g->role[0] == '\0' || strcmp(g->role, role) == 0;
}

void
gather_where(const struct view *v, char *out, size_t size)
{
	char source[SOURCE_SIZE];

	if (view_text(v, VIEW_SOURCE, source, sizeof(source))[0] == '\0')
		(void)view_text(v, VIEW_SESSION_SOURCE, source, sizeof(source));
	if (source[0] == '\0')
		(void)view_text(v, VIEW_TTY, source, sizeof(source));
	(void)snprintf(out, size, "%s", source);
}

/* ---- what was refused -------------------------------------------------------------------- */

void
gather_refused(struct gather *g, const struct view *v)
{
	uint64_t count =
	    view_number(v, VIEW_COUNT) > 0 ? (uint64_t)view_number(v, VIEW_COUNT) : 1;
	struct gather_source *source;
	char where[80], reason[40];
	uint32_t at;

	if (!gather_is_about(g, v))
		return;
	g->refused[period_bucket(g->period, v->header.wall_ms)] += count;
	pick_add(&g->pick, PICK_REFUSED, v->header.seq, v->len);
	gather_where(v, where, sizeof(where));
	at = keys_add(&g->source_keys, where);
	if (at == KEYS_OTHER) {
		g->sources_other += count;
		return;
	}
	source = &g->source[at];
	if (source->total == 0)
		source->first_ms = v->header.wall_ms;
	source->last_ms = v->header.wall_ms;
	source->total += count;
	gather_who_add(&source->account, gather_name_of(g, v, VIEW_USER));
	gather_who_add(&source->reason,
	    keys_add(&g->names, view_text(v, VIEW_REASON, reason, sizeof(reason))));
}
