#include "error.h"
#include "hex.h"
#include "keeper/changes.h"
#include "keeper/keeper.h"
#include "log.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	START_MS = 120 * 1000, /* a start has other things to do */
	SLICE_MS = 200,
	PAUSE_MS = 2000, /* between slices: a tenth of one processor, at the lowest priority */
	SLICE_NOW_MS = 2000,
	AREA_MS = 15000,
	ANSWER_MS = 30000,
	STEPS_NOW = 50,
	SETUID_MAX = 100000, /* entries of one survey; more is no host */
};

static const char at_name[] = "survey.at", sums_name[] = "survey.sums";

static struct {
	bool read, running, asked, applying, now;
	int64_t began_ms, next_ms; /* monotonic */
	int64_t started_wall_ms;
	uint32_t area;
	char cursor[4096];
	bool partly;
	struct entries entries;
	struct comparison comparison;
	uint64_t files, changes, unsettled, failed; /* of this one */
	int64_t at_wall_ms;                         /* of the last one that ended */
	uint64_t last_files, last_changes, last_unsettled, last_failed;
} survey;

/* ---- one survey -------------------------------------------------------------------------- */

static void
survey_begin(bool now)
{
	entries_clear(&survey.entries);
	compare_clear(&survey.comparison);
	survey.running = true;
	survey.applying = survey.partly = false;
	survey.now = now;
	survey.area = 0;
	survey.next_ms = 0;
	survey.cursor[0] = '\0';
	survey.files = survey.changes = survey.unsettled = survey.failed = 0;
	survey.started_wall_ms = clock_now().wall_ms;
}

static int
keep_end(struct server *s, void *context)
{
	char at[32], sums[128];
	int e;

	(void)context;
	(void)snprintf(at, sizeof(at), "%lld", (long long)survey.started_wall_ms);
	(void)snprintf(sums, sizeof(sums), "%llu %llu %llu %llu",
	    (unsigned long long)survey.files, (unsigned long long)survey.changes,
	    (unsigned long long)survey.unsettled, (unsigned long long)survey.failed);
	if ((e = store_meta_set(s->store, at_name, at)) != SKS_OK)
		return e;
	return store_meta_set(s->store, sums_name, sums);
}

static void
recall_end(struct server *s)
{
	char text[128];
	unsigned long long n[4];

	survey.read = true;
	survey.began_ms = clock_monotonic_ms();
	if (store_meta_get(s->store, at_name, text, sizeof(text)) == SKS_OK)
		survey.at_wall_ms = strtoll(text, NULL, 10);
	if (store_meta_get(s->store, sums_name, text, sizeof(text)) == SKS_OK &&
	    sscanf(text, "%llu %llu %llu %llu", &n[0], &n[1], &n[2], &n[3]) == 4) {
		survey.last_files = n[0];
		survey.last_changes = n[1];
		survey.last_unsettled = n[2];
		survey.last_failed = n[3];
	}
}

static int
survey_end(struct server *s)
{
	survey.running = false;
	if (survey.unsettled != 0)
		log_info("%llu files changed while they were looked at: they are compared the "
			 "next time",
		    (unsigned long long)survey.unsettled);
	survey.at_wall_ms = survey.started_wall_ms;
	survey.last_files = survey.files;
	survey.last_changes = survey.changes;
	survey.last_unsettled = survey.unsettled;
	survey.last_failed = survey.failed;
	return turn_own(s, keep_end, NULL);
}

static void
next_area(void)
{
	entries_clear(&survey.entries);
	compare_clear(&survey.comparison);
	survey.applying = survey.partly = false;
	survey.cursor[0] = '\0';
	survey.area++;
}

/* ---- what the policy says of an area ----------------------------------------------------- */

static void
put_line(char *text, size_t size, const char *line)
{
	size_t used = strlen(text), len = strlen(line);

	if (len + 2 > size - used)
		return;
	memcpy(text + used, line, len);
	memcpy(text + used + len, "\n", 2);
}

static void
area_text(const struct policy *p, uint32_t area, char *text, size_t size)
{
	text[0] = '\0';
	if (area == AREA_KEYS) {
		put_line(text, size, "root");
		for (size_t i = 0; i < p->administrators.count; i++)
			put_line(text, size, p->administrators.item[i]);
		for (size_t i = 0; i < p->account_count; i++) {
			if (p->account[i].class == CLASS_ADMIN)
				put_line(text, size, p->account[i].name);
		}
	} else if (area == AREA_WATCH) {
		for (size_t i = 0; i < p->changes_watch.count; i++)
			put_line(text, size, p->changes_watch.item[i]);
	} else if (area == AREA_SETUID) {
		put_line(text, size, survey.cursor);
		for (size_t i = 0; i < p->changes_ignore.count; i++)
			put_line(text, size, p->changes_ignore.item[i]);
	}
}

/* Where the policy names other files than before, those did not appear just now. */
static void
area_basis(const struct policy *p, uint32_t area, char out[65])
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	char text[4096] = "";

	if (area == AREA_WATCH || area == AREA_KEYS)
		area_text(p, area, text, sizeof(text));
	if (EVP_Digest(text, strlen(text), hash, &len, EVP_sha256(), NULL) != 1)
		len = 0;
	(void)hex_put(out, hash, len);
}

/* ---- looking ----------------------------------------------------------------------------- */

static int survey_go_on(struct server *s);

static int
take_entries(const struct policy *p, const void *payload, size_t len)
{
	struct survey_entry e;
	struct buf in;
	int r = SKS_OK;

	buf_init_read(&in, payload, len);
	while (r == SKS_OK && buf_left(&in) > 0) {
		if ((r = survey_get(&in, &e)) != SKS_OK)
			break;
		if (survey.entries.count >= SETUID_MAX || policy_ignores(p, e.path))
			survey_entry_clear(&e);
		else
			r = entries_add(&survey.entries, &e);
	}
	return r;
}

static int
take_answer(
    struct server *s, int error, const struct warden_answer *a, const void *payload, size_t len)
{
	char basis[65];
	int e = error != SKS_OK ? error : (int)a->status;

	if (e == SKS_OK)
		e = take_entries(s->policy, payload, len);
	if (e != SKS_OK) {
		log_warn(
		    "a survey of %s failed: %s", survey_area_words[survey.area], error_text(e));
		survey.failed++;
		next_area();
		return SKS_OK;
	}
	survey.files += a->number;
	survey.partly |= a->untrusted;
	if (survey.area == AREA_SETUID && a->text[0] != '\0') {
		(void)snprintf(survey.cursor, sizeof(survey.cursor), "%s", a->text);
		survey.next_ms = clock_monotonic_ms() + (survey.now ? 0 : PAUSE_MS);
		return SKS_OK;
	}
	if (survey.partly)
		log_warn(
		    "not all of %s could be looked at: there is too much of it, or it took "
		    "too long",
		    survey_area_words[survey.area]);
	area_basis(s->policy, survey.area, basis);
	e = compare_begin(
	    s, &survey.comparison, survey.area, &survey.entries, survey.partly, basis);
	survey.applying = e == SKS_OK;
	survey.changes += survey.comparison.loud;
	survey.unsettled += survey.comparison.unsettled;
	if (e == SKS_NOMEM) {
		survey.failed++;
		next_area();
		e = SKS_OK;
	}
	return e;
}

static void
survey_answered(
    void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	struct server *s = ctx;

	survey.asked = false;
	if (!survey.running)
		return;
	/* a failing disk is seen, and said, by the next turn */
	if (take_answer(s, error, answer, payload, payload_len) == SKS_OK && survey.now)
		(void)survey_go_on(s);
}

static void
survey_ask(struct server *s)
{
	static struct warden_call call;
	bool walk = survey.area == AREA_SETUID;

	call = (struct warden_call){.number = survey.area};
	call.limit = !walk ? AREA_MS : survey.now ? SLICE_NOW_MS : SLICE_MS;
	area_text(s->policy, survey.area, call.text, sizeof(call.text));
	survey.asked = helper_send(s->warden, WARDEN_SURVEY, &warden_call_fields, &call, NULL,
			   0, survey_answered, s, clock_monotonic_ms() + ANSWER_MS) == SKS_OK;
}

/* ---- step by step ------------------------------------------------------------------------ */

static int
survey_apply(struct server *s)
{
	int e = SKS_OK;

	for (int i = 0; survey.applying && i < (survey.now ? STEPS_NOW : 1); i++) {
		if ((e = turn_own(s, compare_step, &survey.comparison)) != SKS_OK)
			return e;
		if (compare_done(&survey.comparison))
			next_area();
	}
	return e;
}

static int
survey_go_on(struct server *s)
{
	int e;

	if (s->space >= STORE_SPACE_LOW)
		return SKS_OK;
	if (survey.applying && (e = survey_apply(s)) != SKS_OK)
		return e == SKS_FULL || e == SKS_CONFLICT ? SKS_OK : e;
	if (survey.applying || survey.asked || clock_monotonic_ms() < survey.next_ms)
		return SKS_OK;
	if (survey.area == AREA_COUNT)
		return survey_end(s);
	survey_ask(s);
	return SKS_OK;
}

static bool
survey_is_due(const struct policy *p, int64_t now_ms)
{
	int64_t wall_ms = clock_now().wall_ms;

	if (now_ms - survey.began_ms < START_MS)
		return false;
	return survey.at_wall_ms == 0 || survey.at_wall_ms > wall_ms ||
	       wall_ms - survey.at_wall_ms >= p->changes_every_ms;
}

int
changes_tick(struct server *s)
{
	if (!survey.read)
		recall_end(s);
	if (!s->policy->changes_detect) {
		survey.running = false;
		return SKS_OK;
	}
	if (!survey.running && !survey.asked && survey_is_due(s->policy, clock_monotonic_ms()))
		survey_begin(false);
	return survey.running ? survey_go_on(s) : SKS_OK;
}

int
changes_now(struct server *s)
{
	if (!s->policy->changes_detect)
		return SKS_DENIED;
	survey.next_ms = 0;
	if (survey.running) {
		survey.now = true;
		return SKS_OK;
	}
	survey_begin(true);
	if (!survey.asked)
		survey_ask(s);
	return SKS_OK;
}

json_t *
changes_status(struct server *s)
{
	return json_pack("{s:b,s:b,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "on",
	    (int)s->policy->changes_detect, "running", (int)survey.running, "area",
	    survey.running && survey.area < AREA_COUNT ? survey_area_words[survey.area] : "",
	    "looked", (json_int_t)survey.files, "at", (json_int_t)survey.at_wall_ms, "every",
	    (json_int_t)s->policy->changes_every_ms, "files", (json_int_t)survey.last_files,
	    "changes", (json_int_t)survey.last_changes, "unsettled",
	    (json_int_t)survey.last_unsettled, "failed", (json_int_t)survey.last_failed);
}
