#include "keeper/checked.h"

#include "error.h"
#include "keeper/keeper.h"
#include "origin.h"
#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_MAX = 16384, NAME_MAX_BYTES = 64 };

/* Names in the store's meta table. */
static const char run_name[] = "check.last", sign_off_name[] = "check.sign-off";

struct finding {
	const char *check, *state, *severity, *what; /* of the payload */
};

struct tally {
	int64_t ok, advice, failed, unknown;
	char failing[CHECKED_NAMES_MAX]; /* names, each once */
};

/* ---- what was sent ----------------------------------------------------------------------- */

static bool
is_name(const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	return len > 0 && len <= NAME_MAX_BYTES &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static bool
read_finding(const json_t *item, struct finding *f)
{
	*f = (struct finding){.check = json_string_value(json_object_get(item, "check")),
	    .state = json_string_value(json_object_get(item, "state")),
	    .severity = json_string_value(json_object_get(item, "severity")),
	    .what = json_string_value(json_object_get(item, "what"))};
	return is_name(f->check) && is_name(f->state) && f->what != NULL &&
	       (f->severity == NULL || is_name(f->severity));
}

static bool
is_weighty(const struct finding *f)
{
	return strcmp(f->state, "failed") == 0;
}

static void
add_name(char *list, size_t size, const char *name)
{
	size_t used = strlen(list), len = strlen(name);

	for (const char *at = list; (at = strstr(at, name)) != NULL; at++) {
		if ((at == list || at[-1] == ' ') && (at[len] == ',' || at[len] == '\0'))
			return;
	}
	if (used + len + sizeof(", …") + 2 < size)
		(void)snprintf(list + used, size - used, "%s%s", used == 0 ? "" : ", ", name);
	else if (strstr(list, "…") == NULL)
		(void)snprintf(list + used, size - used, ", …");
}

static int
count_findings(const json_t *list, struct tally *t)
{
	const json_t *item;
	struct finding f;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) == 0 ||
	    json_array_size(list) > CHECKED_FINDINGS_MAX)
		return SKS_INVALID;
	json_array_foreach(list, i, item)
	{
		if (!read_finding(item, &f))
			return SKS_INVALID;
		if (strcmp(f.state, "ok") == 0)
			t->ok++;
		else if (strcmp(f.state, "advice") == 0)
			t->advice++;
		else if (strcmp(f.state, "unknown") == 0)
			t->unknown++;
		else if (is_weighty(&f))
			t->failed++;
		else
			return SKS_INVALID;
		if (is_weighty(&f))
			add_name(t->failing, sizeof(t->failing), f.check);
	}
	return SKS_OK;
}

/* ---- records ----------------------------------------------------------------------------- */

static int
append(struct server *s, struct job *job, struct record *r, uint64_t *seq)
{
	int e = origin_put_doer(s, job, r);

	if (e == SKS_OK)
		e = turn_append(s, r, seq);
	record_clear(r);
	return e;
}

static int
record_run(struct server *s, struct job *job, const struct tally *t)
{
	struct record r;

	keeper_record(s, &r, ACTION_CHECK_RUN,
	    t->failed == 0 ? OUTCOME_SUCCESS : OUTCOME_FAILURE,
	    t->failed == 0 ? "sound" : "findings");
	record_put_int(&r, "sekisho.check.ok", t->ok);
	record_put_int(&r, "sekisho.check.advice", t->advice);
	record_put_int(&r, "sekisho.check.failed", t->failed);
	record_put_int(&r, "sekisho.check.unknown", t->unknown);
	record_put_str(&r, "sekisho.check.failing", t->failing);
	return append(s, job, &r, &job->command_reply.record);
}

static int
record_findings(struct server *s, struct job *job, const json_t *list)
{
	size_t i, written = 0;
	const json_t *item;
	struct finding f;
	int e = SKS_OK;

	json_array_foreach(list, i, item)
	{
		struct record r;
		char what[1024];
		uint64_t seq;

		if (!read_finding(item, &f) || !is_weighty(&f))
			continue;
		if (written++ == CHECKED_RECORDS_MAX)
			break;
		keeper_record(s, &r, ACTION_CHECK_FINDING, OUTCOME_FAILURE, f.check);
		record_put_str(&r, "sekisho.check.name", f.check);
		record_put_str(&r, "sekisho.check.severity", f.severity);
		(void)text_clean(what, sizeof(what), f.what);
		record_put_str(&r, "sekisho.check.what", what);
		if ((e = append(s, job, &r, &seq)) != SKS_OK)
			break;
	}
	return e;
}

/* ---- kept -------------------------------------------------------------------------------- */

static int
keep(struct server *s, const char *name, json_t *taken)
{
	char *text = taken != NULL ? json_dumps(taken, JSON_COMPACT) : NULL;
	int e = text == NULL ? SKS_NOMEM : SKS_OK;

	if (e == SKS_OK && strlen(text) >= KEPT_MAX)
		e = SKS_TOO_BIG;
	if (e == SKS_OK)
		e = store_meta_set(s->store, name, text);
	json_decref(taken);
	free(text);
	return e;
}

static json_t *
recall(struct server *s, const char *name)
{
	static char text[KEPT_MAX];

	if (store_meta_get(s->store, name, text, sizeof(text)) != SKS_OK)
		return NULL;
	return json_loads(text, 0, NULL);
}

int
checked_run(struct server *s, struct job *job)
{
	json_t *list = json_loadb(
	    (const char *)job->payload.data, job->payload.len, JSON_REJECT_DUPLICATES, NULL);
	struct tally t = {0};
	int e = count_findings(list, &t);

	if (e == SKS_OK && (e = record_findings(s, job, list)) == SKS_OK &&
	    (e = record_run(s, job, &t)) == SKS_OK)
		e = keep(s, run_name,
		    json_pack("{s:I,s:I,s:I,s:I,s:I,s:s}", "at",
			(json_int_t)clock_now().wall_ms, "ok", (json_int_t)t.ok, "advice",
			(json_int_t)t.advice, "failed", (json_int_t)t.failed, "unknown",
			(json_int_t)t.unknown, "failing", t.failing));
	json_decref(list);
	return e;
}

/* ---- signed off -------------------------------------------------------------------------- */

static int
record_sign_off(struct server *s, struct job *job, const json_t *list, const char *comment)
{
	const char *name[CHECKED_FINDINGS_MAX];
	size_t count = json_array_size(list);
	struct record r;

	for (size_t i = 0; i < count; i++)
		name[i] = json_string_value(json_array_get(list, i));
	keeper_record(s, &r, ACTION_CHECK_SIGN_OFF, OUTCOME_SUCCESS, "signed-off");
	record_put_str(&r, "sekisho.comment", comment);
	record_put_int(&r, "sekisho.until", job->command.until_ms);
	if (count > 0)
		record_put_list(&r, "sekisho.check.unrecorded", name, count);
	return append(s, job, &r, &job->command_reply.record);
}

static bool
is_list_of_names(const json_t *list)
{
	const json_t *item;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > CHECKED_FINDINGS_MAX)
		return false;
	json_array_foreach(list, i, item)
	{
		char clean[NAME_MAX_BYTES + 1];
		const char *text = json_string_value(item);

		if (text == NULL || text[0] == '\0' || strlen(text) > NAME_MAX_BYTES)
			return false;
		(void)text_clean(clean, sizeof(clean), text);
		if (strcmp(clean, text) != 0)
			return false;
	}
	return true;
}

int
checked_sign_off(struct server *s, struct job *job)
{
	json_t *list = json_loadb(
	    (const char *)job->payload.data, job->payload.len, JSON_REJECT_DUPLICATES, NULL);
	char comment[1024];
	int e = is_list_of_names(list) ? SKS_OK : SKS_INVALID;

	(void)text_clean(comment, sizeof(comment), job->command.text);
	if (e == SKS_OK && (e = record_sign_off(s, job, list, comment)) == SKS_OK)
		e = keep(s, sign_off_name,
		    json_pack("{s:I,s:I,s:s,s:s,s:O}", "at", (json_int_t)clock_now().wall_ms,
			"until", (json_int_t)job->command.until_ms, "by", job->who, "comment",
			comment, "unrecorded", list));
	json_decref(list);
	return e;
}

json_t *
checked_status(struct server *s)
{
	json_t *run = recall(s, run_name), *sign_off = recall(s, sign_off_name);

	if (run == NULL)
		run = json_object();
	if (run != NULL && sign_off != NULL)
		(void)json_object_set(run, "sign_off", sign_off);
	json_decref(sign_off);
	return run;
}
