#include "report/gather.h"

#include "error.h"
#include "report/gather_parts.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tables ------------------------------------------------------------------------------ */

int
gather_init(struct gather *g)
{
	if (keys_init(&g->names, GATHER_NAMES_MAX) != SKS_OK ||
	    keys_init(&g->use_keys, GATHER_USES_MAX) != SKS_OK ||
	    keys_init(&g->grant_ids, GATHER_GRANTS_MAX) != SKS_OK ||
	    keys_init(&g->source_keys, GATHER_SOURCES_MAX) != SKS_OK ||
	    keys_init(&g->volume_keys, GATHER_VOLUMES_MAX) != SKS_OK)
		return SKS_NOMEM;
	g->use = calloc(GATHER_USES_MAX, sizeof(*g->use));
	g->grant = calloc(GATHER_GRANTS_MAX, sizeof(*g->grant));
	g->source = calloc(GATHER_SOURCES_MAX, sizeof(*g->source));
	g->volume = calloc(GATHER_VOLUMES_MAX, sizeof(*g->volume));
	g->login = calloc(GATHER_LOGINS_MAX, sizeof(*g->login));
	g->audit = calloc(GATHER_LOGINS_MAX, sizeof(*g->audit));
	g->unexplained_list.line = calloc(GATHER_LIST_MAX, sizeof(struct gather_line));
	g->health_list.line = calloc(GATHER_LIST_MAX, sizeof(struct gather_line));
	g->review_list.line = calloc(GATHER_LIST_MAX, sizeof(struct gather_line));
	return g->use != NULL && g->grant != NULL && g->source != NULL && g->volume != NULL && g->login != NULL && g->audit != NULL &&
		       g->unexplained_list.line != NULL && g->health_list.line != NULL &&
		       g->review_list.line != NULL
		   ? SKS_OK
		   : SKS_NOMEM;
}

void
gather_clear(struct gather *g)
{
	for (uint32_t i = 0; g->grant != NULL && i < g->grant_ids.count; i++)
		free(g->grant[i].why);
	keys_clear(&g->names);
	keys_clear(&g->use_keys);
	keys_clear(&g->grant_ids);
	keys_clear(&g->source_keys);
	keys_clear(&g->volume_keys);
	free(g->use);
	free(g->grant);
	free(g->source);
	free(g->volume);
	free(g->login);
	free(g->audit);
	free(g->unexplained_list.line);
	free(g->health_list.line);
	free(g->review_list.line);
}

const char *
gather_name(const struct gather *g, uint32_t name)
{
	return name == KEYS_OTHER ? "" : g->names.text[name];
}

uint32_t
gather_name_of(struct gather *g, const struct view *v, enum view_member m)
{
	char text[NAME_SIZE];

	return view_text(v, m, text, sizeof(text))[0] != '\0' ? keys_add(&g->names, text)
							      : KEYS_OTHER;
}

void
gather_who_add(struct gather_who *w, uint32_t name)
{
	for (uint32_t i = 0; i < w->count; i++) {
		if (w->name[i] == name)
			return;
	}
	if (name == KEYS_OTHER || w->count == GATHER_WHO_MAX)
		w->more |= w->count == GATHER_WHO_MAX;
	else
		w->name[w->count++] = name;
}

struct gather_line *
gather_list_add(struct gather_list *list, const struct view *v)
{
	struct gather_line *line = &list->line[list->count++ % GATHER_LIST_MAX];

	memset(line, 0, sizeof(*line));
	line->seq = v->header.seq;
	line->wall_ms = v->header.wall_ms;
	line->action = v->header.action;
	(void)view_text(v, VIEW_REASON, line->reason, sizeof(line->reason));
	return line;
}

/* ---- one record -------------------------------------------------------------------------- */

/* Commands are told beside the sessions that they ran in; those that were refused count. */
static void
gather_sudo(struct gather *g, const struct view *v)
{
	if (v->header.action == ACTION_SUDO_COMMAND && view_is(v, VIEW_OUTCOME, "success"))
		gather_audit(g, v, true);
	if (v->header.action == ACTION_SUDO_REFUSED || view_is(v, VIEW_OUTCOME, "failure"))
		gather_refused(g, v);
	else if (v->header.action == ACTION_SUDO_COMMAND && gather_is_about(g, v))
		pick_add(&g->pick,
		    view_has(v, VIEW_REQUEST) ? PICK_EXPLAINED : PICK_UNEXPLAINED,
		    v->header.seq, v->len);
}

static bool
gather_is_observed(const struct view *v)
{
	static const char observed[] = "\"sekisho.observed\":true";

	return memmem(v->body, v->len, observed, sizeof(observed) - 1) != NULL;
}

static void
gather_access(struct gather *g, struct view *v)
{
	bool failure = view_is(v, VIEW_OUTCOME, "failure");
	bool session = v->header.action == ACTION_SESSION_OPEN;

	if (!failure && gather_is_observed(v))
		g->observed[period_bucket(g->period, v->header.wall_ms)]++;
	/* most records are successes of which nothing more is counted: their bodies stay unread
	 */
	if (!failure && !session && v->header.action != ACTION_REFUSALS &&
	    v->header.action != ACTION_LOCKOUT_START)
		return;
	view_read(v);
	if (session && !failure)
		gather_session(g, v);
	else
		gather_refused(g, v);
}

int
gather_add(
    struct gather *g, const uint8_t header[RECORD_HEADER_SIZE], const void *body, size_t len)
{
	struct view v;
	int r = view_init(&v, header, body, len);

	if (r != SKS_OK)
		return r;
	if (g->first_wall_ms == 0)
		g->first_wall_ms = v.header.wall_ms;
	if (period_bucket(g->period, v.header.wall_ms) == g->period->count) {
		/* what is signed off later covers this period too */
		if (v.header.action == ACTION_REVIEW_SIGN_OFF) {
			view_read(&v);
			gather_signed(g, &v);
		}
		return SKS_OK;
	}
	if (g->records++ == 0)
		g->first_seq = v.header.seq;
	g->last_seq = v.header.seq;
	gather_clock(g, &v);
	if (body == NULL) {
		g->deleted++;
		return SKS_OK;
	}
	if (v.header.action >= ACTION_ROLE_REQUEST && v.header.action <= ACTION_GRANT_END) {
		view_read(&v);
		gather_role(g, &v);
	} else if (gather_is_review(v.header.action)) {
		view_read(&v);
		gather_review(g, &v);
	} else if (v.header.action >= ACTION_SUDO_COMMAND &&
		   v.header.action <= ACTION_SUDO_END) {
		view_read(&v);
		gather_sudo(g, &v);
	} else if (v.header.retention == RETAIN_LOG || gather_is_health(v.header.action)) {
		view_read(&v);
		gather_health(g, &v);
	} else if (gather_is_volume(v.header.action)) {
		view_read(&v);
		gather_volume(g, &v);
	} else if (v.header.retention == RETAIN_ACCESS) {
		gather_access(g, &v);
	} else if (v.header.retention == RETAIN_PRIVILEGE ||
		   v.header.retention == RETAIN_POLICY ||
		   v.header.action == ACTION_ALERT_RAISE) {
		view_read(&v);
		gather_change(g, &v);
	}
	return SKS_OK;
}

/* ---- asking ------------------------------------------------------------------------------ */

bool
gather_was_given(const struct gather *g, const char *person, const char *role)
{
	uint32_t p = keys_find(&g->names, person), r = keys_find(&g->names, role);

	for (uint32_t i = 0; p != KEYS_OTHER && r != KEYS_OTHER && i < g->grant_ids.count;
	     i++) {
		if (g->grant[i].person == p && g->grant[i].role == r &&
		    g->grant[i].from_ms != 0)
			return true;
	}
	return false;
}

static int
login_compare(const void *a, const void *b)
{
	const struct gather_login *x = a, *y = b;

	if (x->user != y->user)
		return x->user < y->user ? -1 : 1;
	return (x->wall_ms > y->wall_ms) - (x->wall_ms < y->wall_ms);
}

void
gather_finish(struct gather *g)
{
	qsort(g->login, g->login_count, sizeof(*g->login), login_compare);
	gather_audit_finish(g);
}

bool
gather_knows_login(const struct gather *g, const char *user, int64_t wall_ms, int64_t slack_ms)
{
	struct gather_login wanted = {
	    .user = keys_find(&g->names, user), .wall_ms = wall_ms - slack_ms};
	size_t low = 0, high = g->login_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (login_compare(&g->login[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return wanted.user != KEYS_OTHER && low < g->login_count &&
	       g->login[low].user == wanted.user && g->login[low].wall_ms <= wall_ms + slack_ms;
}
