#include "report/gather.h"

#include "error.h"
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
	    keys_init(&g->source_keys, GATHER_SOURCES_MAX) != SKS_OK)
		return SKS_NOMEM;
	g->use = calloc(GATHER_USES_MAX, sizeof(*g->use));
	g->grant = calloc(GATHER_GRANTS_MAX, sizeof(*g->grant));
	g->source = calloc(GATHER_SOURCES_MAX, sizeof(*g->source));
	g->login = calloc(GATHER_LOGINS_MAX, sizeof(*g->login));
	g->unexplained_list.line = calloc(GATHER_LIST_MAX, sizeof(struct gather_line));
	g->health_list.line = calloc(GATHER_LIST_MAX, sizeof(struct gather_line));
	g->review_list.line = calloc(GATHER_LIST_MAX, sizeof(struct gather_line));
	return g->use != NULL && g->grant != NULL && g->source != NULL && g->login != NULL &&
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
	free(g->use);
	free(g->grant);
	free(g->source);
	free(g->login);
	free(g->unexplained_list.line);
	free(g->health_list.line);
	free(g->review_list.line);
}

const char *
gather_name(const struct gather *g, uint32_t name)
{
	return name == KEYS_OTHER ? "" : g->names.text[name];
}

static uint32_t
gather_name_of(struct gather *g, const struct view *v, enum view_member m)
{
	char text[NAME_SIZE];

	return view_text(v, m, text, sizeof(text))[0] != '\0' ? keys_add(&g->names, text)
							      : KEYS_OTHER;
}

static void
who_add(struct gather_who *w, uint32_t name)
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

static struct gather_line *
list_add(struct gather_list *list, const struct view *v)
{
	struct gather_line *line = &list->line[list->count++ % GATHER_LIST_MAX];

	memset(line, 0, sizeof(*line));
	line->seq = v->header.seq;
	line->wall_ms = v->header.wall_ms;
	line->action = v->header.action;
	(void)view_text(v, VIEW_REASON, line->reason, sizeof(line->reason));
	return line;
}

/* ---- whose it is ------------------------------------------------------------------------- */

static bool
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

static bool
gather_is_role(const struct gather *g, const char *role)
{
	return g->role[0] == '\0' || strcmp(g->role, role) == 0;
}

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
gather_where(const struct view *v, char *out, size_t size)
{
	char source[SOURCE_SIZE];

	if (view_text(v, VIEW_SOURCE, source, sizeof(source))[0] == '\0')
		(void)view_text(v, VIEW_SESSION_SOURCE, source, sizeof(source));
	if (source[0] == '\0')
		(void)view_text(v, VIEW_TTY, source, sizeof(source));
	(void)snprintf(out, size, "%s", source);
}

static void
gather_unexplained(struct gather *g, const struct view *v, uint32_t person)
{
	struct gather_line *line = list_add(&g->unexplained_list, v);

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

static void
gather_session(struct gather *g, const struct view *v)
{
	unsigned bucket = period_bucket(g->period, v->header.wall_ms);
	char grants[1024], name[NAME_SIZE], *rest = grants;
	bool elevated = gather_is_privileged(g, v), explained = false;
	uint32_t person;

	if (policy_service_class(g->policy, view_text(v, VIEW_SERVICE, name, sizeof(name))) !=
	    SERVICE_ELEVATION)
		gather_login(g, v);
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
	who_add(&grant->approved_by, gather_name_of(g, v, VIEW_ACTOR));
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

static void
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

/* ---- what was refused -------------------------------------------------------------------- */

static void
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
	who_add(&source->account, gather_name_of(g, v, VIEW_USER));
	who_add(&source->reason,
	    keys_add(&g->names, view_text(v, VIEW_REASON, reason, sizeof(reason))));
}

/* ---- the recording itself ---------------------------------------------------------------- */

/* An epoch that is open for longer is a gap to `audit verify` too. */
static const int64_t epoch_limit_ms = 16 * 60 * 1000;

/* As `audit verify` counts it: not across a start, nor while the host slept. */
static void
gather_clock(struct gather *g, const struct view *v)
{
	bool same = memcmp(g->last_boot_id, v->header.boot_id, sizeof(g->last_boot_id)) == 0;
	int64_t ran = v->header.boot_ms - g->last_boot_ms;

	if (same && ran > 0 && v->header.action != ACTION_DAEMON_START &&
	    v->header.action != ACTION_LOG_BEGIN)
		g->epoch_ran_ms += ran;
	memcpy(g->last_boot_id, v->header.boot_id, sizeof(g->last_boot_id));
	g->last_boot_ms = v->header.boot_ms;
}

static void
gather_seal(struct gather *g)
{
	g->seals++;
	g->gaps += g->epoch_ran_ms > epoch_limit_ms;
	if (g->epoch_ran_ms > g->epoch_longest_ms)
		g->epoch_longest_ms = g->epoch_ran_ms;
	g->epoch_ran_ms = 0;
}

/* Starts and stops in the ordinary course are counted; a list of them would push out the
 * others. */
static bool
gather_is_routine(const struct view *v)
{
	return v->header.action == ACTION_DAEMON_STOP ||
	       (v->header.action == ACTION_DAEMON_START && !v->item[VIEW_UNCLEAN].truth);
}

static void
gather_health(struct gather *g, const struct view *v)
{
	struct gather_line *line;

	if (v->header.action == ACTION_LOG_SEAL) {
		gather_seal(g);
		return;
	}
	if (v->header.action == ACTION_SUSPEND) {
		g->suspends++;
		g->suspended_ms += (uint64_t)view_number(v, VIEW_SUSPEND);
		g->epoch_ran_ms -= view_number(v, VIEW_SUSPEND);
	}
	if (v->header.action == ACTION_DAEMON_START) {
		bool unclean = v->item[VIEW_UNCLEAN].truth;

		g->starts++;
		g->unclean += unclean;
	}
	if (gather_is_routine(v))
		return;
	line = list_add(&g->health_list, v);
	line->number = view_number(v, VIEW_SUSPEND);
	if (v->item[VIEW_UNCLEAN].truth)
		(void)snprintf(line->where, sizeof(line->where), "unclean");
	pick_add(&g->pick, PICK_LOG, v->header.seq, v->len);
}

static void
gather_change(struct gather *g, const struct view *v)
{
	if (v->header.action == ACTION_CHECK_SIGN_OFF) {
		g->sign_off.any = true;
		g->sign_off.seq = v->header.seq;
		g->sign_off.until_ms = view_number(v, VIEW_UNTIL);
		(void)view_text(
		    v, VIEW_COMMENT, g->sign_off.comment, sizeof(g->sign_off.comment));
	}
	if (gather_is_about(g, v))
		pick_add(&g->pick, PICK_CHANGE, v->header.seq, v->len);
}

/* ---- reviews and findings ---------------------------------------------------------------- */

static void
gather_signed(struct gather *g, const struct view *v)
{
	uint64_t last = (uint64_t)view_number(v, VIEW_REVIEW_LAST);

	if (view_is(v, VIEW_OUTCOME, "success") && last > g->reviewed_to)
		g->reviewed_to = last;
}

static bool
gather_is_review(uint16_t action)
{
	return action == ACTION_REVIEW_SIGN_OFF || action == ACTION_REVIEW_OVERDUE ||
	       action == ACTION_FINDING_OPEN || action == ACTION_FINDING_CLOSE ||
	       action == ACTION_FINDING_OVERDUE;
}

static void
gather_review(struct gather *g, const struct view *v)
{
	struct gather_line *line = list_add(&g->review_list, v);

	(void)view_text(v, VIEW_ACTOR, line->name, sizeof(line->name));
	(void)view_text(v, VIEW_REQUEST, line->service, sizeof(line->service));
	(void)view_text(v, VIEW_MESSAGE, line->text, sizeof(line->text));
	line->success = view_is(v, VIEW_OUTCOME, "success");
	if (view_number(v, VIEW_REVIEW_LAST) > 0)
		(void)snprintf(line->where, sizeof(line->where), "#%lld \xe2\x80\x93 #%lld",
		    (long long)view_number(v, VIEW_REVIEW_FIRST),
		    (long long)view_number(v, VIEW_REVIEW_LAST));
	if (v->header.action == ACTION_REVIEW_SIGN_OFF)
		gather_signed(g, v);
	pick_add(&g->pick, PICK_CHANGE, v->header.seq, v->len);
}

/* Commands are told beside the sessions that they ran in; those that were refused count. */
static void
gather_sudo(struct gather *g, const struct view *v)
{
	if (v->header.action == ACTION_SUDO_REFUSED || view_is(v, VIEW_OUTCOME, "failure"))
		gather_refused(g, v);
	else if (v->header.action == ACTION_SUDO_COMMAND && gather_is_about(g, v))
		pick_add(&g->pick,
		    view_has(v, VIEW_REQUEST) ? PICK_EXPLAINED : PICK_UNEXPLAINED,
		    v->header.seq, v->len);
}

/* ---- one record -------------------------------------------------------------------------- */

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

static bool
gather_is_health(uint16_t action)
{
	switch (action) {
	case ACTION_DAEMON_START:
	case ACTION_DAEMON_STOP:
	case ACTION_CLOCK_STEP:
	case ACTION_SPOOL:
	case ACTION_SPOOL_REFUSED:
	case ACTION_DISK:
	case ACTION_REWOUND:
	case ACTION_SUSPEND:
	case ACTION_FORWARD_BEHIND:
	case ACTION_FORWARD_RESUMED:
	case ACTION_BACKUP_OVERDUE:
	case ACTION_ALERT_UNDELIVERED:
		return true;
	default:
		return false;
	}
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
