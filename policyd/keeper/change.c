/* What is kept of a pending change, and when it is due: see change.h. */
#include "keeper/change.h"

#include "audit/controls.h"
#include "error.h"
#include "hex.h"
#include "i18n.h"
#include "keeper/keeper.h"
#include "log.h"
#include "origin.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 32 << 10, OUTCOME_MAX = 64 << 10, CONFLICTS_MAX = 20 };

static const char meta_name[] = "change.pending";

/* ---- kept ----------------------------------------------------------------------------------
 */

static void
take_text(const json_t *o, const char *key, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(o, key));

	(void)snprintf(out, size, "%s", text == NULL ? "" : text);
}

static int64_t
take_number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void
take_sessions(const json_t *list, struct change *c)
{
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
	{
		struct change_session *n = &c->session[c->session_count];

		if (c->session_count == CHANGE_SESSIONS)
			return;
		n->audit_session = (uint32_t)take_number(o, "audit");
		n->pid = (uint32_t)take_number(o, "pid");
		n->pid_start = (uint64_t)take_number(o, "start");
		take_text(o, "service", n->service, sizeof(n->service));
		take_text(o, "tty", n->tty, sizeof(n->tty));
		c->session_count++;
	}
}

int
change_load(struct server *s, struct change *c)
{
	static char text[TEXT_MAX];
	json_t *o;
	int e;

	memset(c, 0, sizeof(*c));
	e = store_meta_get(s->store, meta_name, text, sizeof(text));
	if (e == SKS_NOT_FOUND || (e == SKS_OK && text[0] == '\0'))
		return SKS_OK;
	if (e != SKS_OK)
		return e;
	o = json_loads(text, 0, NULL);
	if (o == NULL)
		return SKS_CORRUPT;
	c->any = true;
	c->id = (uint64_t)take_number(o, "id");
	c->applied = json_is_true(json_object_get(o, "applied"));
	c->confirmed = json_is_true(json_object_get(o, "confirmed"));
	c->policy_back = json_is_true(json_object_get(o, "policy_back"));
	take_text(o, "boot", c->boot, sizeof(c->boot));
	c->applied_boot_ms = take_number(o, "applied_boot");
	c->deadline.wall_ms = take_number(o, "wall");
	c->deadline.boot_ms = take_number(o, "boot_ms");
	take_text(o, "from", c->from, sizeof(c->from));
	take_text(o, "to", c->to, sizeof(c->to));
	take_text(o, "services", c->services, sizeof(c->services));
	take_text(o, "user", c->user, sizeof(c->user));
	take_text(o, "person", c->person, sizeof(c->person));
	take_sessions(json_object_get(o, "sessions"), c);
	json_decref(o);
	return SKS_OK;
}

static json_t *
sessions_json(const struct change *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->session_count; i++) {
		const struct change_session *n = &c->session[i];

		(void)json_array_append_new(
		    list, json_pack("{s:I,s:I,s:I,s:s,s:s}", "audit",
			      (json_int_t)n->audit_session, "pid", (json_int_t)n->pid, "start",
			      (json_int_t)n->pid_start, "service", n->service, "tty", n->tty));
	}
	return list;
}

int
change_keep(struct server *s, const struct change *c)
{
	json_t *o;
	char *text;
	int e;

	s->change_pending = c->any;
	if (!c->any)
		return store_meta_set(s->store, meta_name, "");
	o = json_pack("{s:I,s:b,s:b,s:b,s:s,s:I,s:I,s:I,s:s,s:s,s:s,s:s,s:s,s:o}", "id",
	    (json_int_t)c->id, "applied", (int)c->applied, "confirmed", (int)c->confirmed,
	    "policy_back", (int)c->policy_back, "boot", c->boot, "applied_boot",
	    (json_int_t)c->applied_boot_ms, "wall", (json_int_t)c->deadline.wall_ms, "boot_ms",
	    (json_int_t)c->deadline.boot_ms, "from", c->from, "to", c->to, "services",
	    c->services, "user", c->user, "person", c->person, "sessions", sessions_json(c));
	text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (text == NULL)
		return SKS_NOMEM;
	e = strlen(text) < TEXT_MAX ? store_meta_set(s->store, meta_name, text) : SKS_TOO_BIG;
	free(text);
	return e;
}

void
change_begin(struct server *s, struct change *c)
{
	memset(c, 0, sizeof(*c));
	c->any = true;
	(void)hex_put(c->boot, s->boot_id, sizeof(s->boot_id));
}

int
change_note_session(struct server *s, const struct request *r, int64_t loaded_ms)
{
	static struct change c;
	struct change_session *n;
	int e;

	if (!s->change_pending)
		return SKS_OK;
	if ((e = change_load(s, &c)) != SKS_OK)
		return e;
	if (!c.any || !c.applied || loaded_ms == 0 || loaded_ms < c.applied_boot_ms)
		return SKS_OK;
	if (c.session_count == CHANGE_SESSIONS) /* the oldest makes room */
		memmove(
		    &c.session[0], &c.session[1], (--c.session_count) * sizeof(c.session[0]));
	n = &c.session[c.session_count++];
	*n = (struct change_session){
	    .audit_session = r->audit_session, .pid = r->pid, .pid_start = r->pid_start};
	(void)snprintf(n->service, sizeof(n->service), "%s", r->service);
	(void)snprintf(n->tty, sizeof(n->tty), "%s", r->tty);
	return change_keep(s, &c);
}

/* ---- records -------------------------------------------------------------------------------
 */

void
change_record(struct server *s, struct record *r, uint16_t action, enum outcome outcome,
    const char *reason, const struct change *c)
{
	keeper_record(s, r, action, outcome, reason);
	if (c->id != 0)
		record_put_int(r, "sekisho.change", (int64_t)c->id);
	record_put_str(r, "sekisho.change.services", c->services);
	record_put_str(r, "sekisho.change.by", c->user);
	record_put_str(r, "sekisho.policy.from", c->from);
	record_put_str(r, "sekisho.policy.to", c->to);
	controls_put(r, action);
}

/* A file of setup's below the state directory, which root wrote. */
static int
open_of_setup(struct server *s, uint64_t id, const char *name)
{
	char path[4096];

	if (id == 0)
		(void)snprintf(path, sizeof(path), "%s/setup/%s", s->options.state_dir, name);
	else
		(void)snprintf(path, sizeof(path), "%s/setup/%llu/%s", s->options.state_dir,
		    (unsigned long long)id, name);
	return open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

static bool
setup_has(struct server *s, uint64_t id, const char *name)
{
	int fd = open_of_setup(s, id, name);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno != ENOENT;
}

/* "" where there is none. */
static void
read_of_setup(struct server *s, uint64_t id, const char *name, char *text, size_t size)
{
	int fd = open_of_setup(s, id, name);
	size_t used = 0;
	ssize_t n;

	while (fd >= 0 && used < size - 1 && (n = read(fd, text + used, size - 1 - used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	if (fd >= 0)
		close(fd);
}

static int
record_conflict(struct server *s, const struct change *c, char *words)
{
	char *save = NULL, *path = strtok_r(words, " ", &save);
	char *kept = strtok_r(NULL, " ", &save);
	struct record r;

	change_record(s, &r, ACTION_CHANGE_CONFLICT, OUTCOME_UNKNOWN, "changed-by-others", c);
	record_put_str(&r, "file.path", path != NULL ? path : "");
	record_put_str(
	    &r, "sekisho.file.kept", kept != NULL && strcmp(kept, "-") != 0 ? kept : "");
	return keeper_append(s, &r);
}

/* "conflict PATH KEPT" and "taken-back WHY …": the last reason, and a record for each conflict.
 */
static int
record_outcome(struct server *s, const struct change *c, char why[32])
{
	static char text[OUTCOME_MAX];
	char *save = NULL;
	size_t conflicts = 0;
	int e = SKS_OK;

	read_of_setup(s, c->id, "outcome", text, sizeof(text));
	for (char *line = strtok_r(text, "\n", &save); line != NULL && e == SKS_OK;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "conflict ", 9) == 0 && conflicts++ < CONFLICTS_MAX)
			e = record_conflict(s, c, line + 9);
		if (strncmp(line, "taken-back ", 11) == 0)
			(void)snprintf(
			    why, 32, "%.*s", (int)strcspn(line + 11, " "), line + 11);
	}
	return e;
}

int
change_record_undo(
    struct server *s, const struct change *c, const char *reason, struct job *job)
{
	char why[32];
	struct record r;
	int e = SKS_OK;

	(void)snprintf(why, sizeof(why), "%s", reason);
	if (c->id != 0)
		e = record_outcome(s, c, why);
	if (e != SKS_OK)
		return e;
	change_record(s, &r, ACTION_CHANGE_UNDO, OUTCOME_SUCCESS, why, c);
	return origin_append(s, job, &r);
}

/* ---- due -----------------------------------------------------------------------------------
 */

static const char *
change_is_due(struct server *s, const struct change *c)
{
	char boot[CHANGE_BOOT_SIZE];
	struct instant now = clock_now();

	if (strcmp(c->boot, hex_put(boot, s->boot_id, sizeof(s->boot_id))) != 0)
		return "reboot";
	if (now.wall_ms >= c->deadline.wall_ms || now.boot_ms >= c->deadline.boot_ms)
		return "deadline";
	return NULL;
}

/* The policy of before, if the one of the change is (still) in force. */
static int
take_policy_back(struct server *s, struct change *c, struct policy **back)
{
	static struct policy_problems problems;
	struct buf bundle;
	int e;

	if (c->policy_back || c->from[0] == '\0' || strcmp(c->to, s->policy->digest) != 0)
		return SKS_OK;
	buf_init(&bundle, POLICY_BUNDLE_MAX);
	e = store_policy_bundle(s->store, c->from, &bundle);
	if (e == SKS_OK)
		e = policy_parse(bundle.data, bundle.len, back, &problems);
	if (e == SKS_OK)
		e = store_policy_activate(
		    s->store, c->from, bundle.data, bundle.len, "sekisho", "not confirmed");
	buf_clear(&bundle);
	if (e == SKS_OK) {
		c->policy_back = true;
		return SKS_OK;
	}
	policy_free(*back);
	*back = NULL;
	if (e != SKS_NOT_FOUND && e != SKS_INVALID && e != SKS_TOO_BIG)
		return e;
	log_error("the policy %.12s cannot be put in force again: %s", c->from, error_text(e));
	return SKS_OK;
}

/* Is setup's change over, and how? NULL: it still waits. */
static const char *
setup_is_over(struct server *s, const struct change *c)
{
	char text[1024], id[64];

	/* By now another one may be pending. */
	read_of_setup(s, 0, "pending", text, sizeof(text));
	(void)snprintf(id, sizeof(id), "\nid %llu\n", (unsigned long long)c->id);
	if (strstr(text, id) != NULL)
		return NULL;
	return setup_has(s, c->id, "confirmed") ? "confirmed" : "taken-back";
}

static int
record_confirmed_by_hand(struct server *s, const struct change *c)
{
	struct record r;

	change_record(s, &r, ACTION_CHANGE_CONFIRM, OUTCOME_UNKNOWN, "by-hand", c);
	return keeper_append(s, &r);
}

int
change_load_open(struct server *s, struct change *c)
{
	const char *over;
	int e = change_load(s, c);

	if (e != SKS_OK || !c->any || c->id == 0 || !c->confirmed)
		return e;
	over = setup_is_over(s, c);
	if (over == NULL || strcmp(over, "confirmed") != 0)
		return SKS_OK;
	memset(c, 0, sizeof(*c));
	return change_keep(s, c);
}

int
change_look(struct server *s, struct policy **back)
{
	static struct change c;
	const char *due, *over;
	int e;

	*back = NULL;
	e = change_load(s, &c);
	s->change_pending = e == SKS_OK && c.any;
	if (!s->change_pending)
		return e;
	due = change_is_due(s, &c);
	over = c.id != 0 ? setup_is_over(s, &c) : due != NULL ? "taken-back" : NULL;
	if (over == NULL && (due == NULL || c.policy_back))
		return SKS_OK;
	if (over != NULL && strcmp(over, "confirmed") == 0) {
		if (!c.confirmed && (e = record_confirmed_by_hand(s, &c)) != SKS_OK)
			return e;
		return change_keep(s, &(struct change){.any = false});
	}
	if ((e = take_policy_back(s, &c, back)) != SKS_OK)
		return e;
	if (over == NULL) /* the files follow within seconds */
		return c.policy_back ? change_keep(s, &c) : SKS_OK;
	if ((e = change_record_undo(s, &c, due != NULL ? due : "unknown", NULL)) != SKS_OK)
		return e;
	return change_keep(s, &(struct change){.any = false});
}

void
change_back(struct server *s, struct policy *back)
{
	struct policy *old = s->policy;

	if (back == NULL)
		return;
	s->policy = back;
	policy_free(old);
	i18n_init(s->policy->language);
	log_info(
	    "policy %.12s is in force again: the change was not confirmed", s->policy->digest);
}

static int
look(struct server *s, void *context)
{
	return change_look(s, context);
}

int
change_tick(struct server *s)
{
	struct policy *back = NULL;
	int e;

	if (!s->change_pending)
		return SKS_OK;
	e = turn_own(s, look, &back);
	if (e == SKS_OK)
		change_back(s, back);
	else
		policy_free(back);
	return e;
}

/* What an earlier daemon left: a reboot meanwhile takes it back. */
int
change_start(struct server *s)
{
	s->change_pending = true;
	return change_tick(s);
}
