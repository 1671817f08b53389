#include "keeper/host.h"

#include "error.h"
#include "log.h"
#include "text.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASK_WITHIN_MS = 25000, WHY_SIZE = 256, SOURCE_TEXT = 256 };

static struct value {
	char name[HOST_NAME_SIZE + 1], source[SOURCE_TEXT];
	int64_t next_ms; /* boot clock */
	bool asking, known;
	int64_t value, at_wall_ms;
	char why[WHY_SIZE]; /* not */
} kept[HOST_ATTRIBUTES_MAX];
static size_t kept_count;
static char kept_digest[POLICY_DIGEST_SIZE];
static uintptr_t generation; /* of kept: an answer to an older question is dropped */
static uint64_t news;

/* ---- what is asked for ------------------------------------------------------------------- */

static const char *
source_of(const struct host_attribute *a)
{
	return a->file != NULL ? a->file : a->command != NULL ? a->command : "";
}

static struct value *
value_of(struct value *list, size_t count, const struct host_attribute *a)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i].name, a->name) == 0 &&
		    strcmp(list[i].source, source_of(a)) == 0)
			return &list[i];
	}
	return NULL;
}

/* Another policy: what it asks for as the one before stays known. */
static void
take_policy(const struct policy *p)
{
	static struct value before[HOST_ATTRIBUTES_MAX];
	size_t before_count = kept_count;

	if (strcmp(kept_digest, p->digest) == 0)
		return;
	memcpy(before, kept, sizeof(before));
	memset(kept, 0, sizeof(kept));
	kept_count = 0;
	generation++;
	for (size_t i = 0; i < p->host_attribute_count && i < HOST_ATTRIBUTES_MAX; i++) {
		const struct host_attribute *a = &p->host_attribute[i];
		const struct value *old = value_of(before, before_count, a);
		struct value *v = &kept[kept_count++];

		if (old != NULL)
			*v = *old;
		(void)snprintf(v->name, sizeof(v->name), "%s", a->name);
		(void)snprintf(v->source, sizeof(v->source), "%s", source_of(a));
		v->next_ms = 0;
		v->asking = false;
		if (old == NULL)
			(void)snprintf(v->why, sizeof(v->why), "it was not read yet");
	}
	(void)snprintf(kept_digest, sizeof(kept_digest), "%s", p->digest);
}

static void
take_answer(struct value *v, int error, const struct warden_answer *a)
{
	bool was = v->known;
	int64_t before = v->value;

	v->known = error == SKS_OK && a->status == SKS_OK;
	if (v->known) {
		v->value = (int64_t)a->number;
		v->at_wall_ms = strtoll(a->text, NULL, 10);
		v->why[0] = '\0';
	} else {
		(void)text_clean(v->why, sizeof(v->why),
		    error == SKS_OK && a->text[0] != '\0'
			? a->text
			: error_text(error == SKS_OK ? (int)a->status : error));
		if (was)
			log_warn("%s of this host is not known any more: %s", v->name, v->why);
	}
	news += was != v->known || before != v->value;
}

static void
answered(void *ctx, int error, const void *answer, const void *payload, size_t payload_len)
{
	uintptr_t which = (uintptr_t)ctx;
	struct value *v = &kept[which % HOST_ATTRIBUTES_MAX];

	(void)payload;
	(void)payload_len;
	if (which / HOST_ATTRIBUTES_MAX != generation)
		return;
	v->asking = false;
	take_answer(v, error, answer);
}

static void
ask(struct server *s, size_t i, const struct host_attribute *a)
{
	static struct warden_call call;
	bool command = a->command != NULL;
	void *ctx = (void *)(generation * HOST_ATTRIBUTES_MAX + i);
	int e;

	memset(&call, 0, sizeof(call));
	call.number = a->file != NULL ? WARDEN_HOST_FILE : WARDEN_HOST_UPDATES;
	(void)snprintf(call.name, sizeof(call.name), "%s", source_of(a));
	e = helper_send(command ? s->courier : s->warden,
	    command ? WARDEN_HOST_COMMAND : WARDEN_HOST, &warden_call_fields, &call, NULL, 0,
	    answered, ctx, clock_monotonic_ms() + ASK_WITHIN_MS);
	kept[i].asking = e == SKS_OK;
	if (e != SKS_OK)
		take_answer(&kept[i], e, NULL);
}

void
host_tick(struct server *s)
{
	int64_t now_ms = clock_now().boot_ms;

	take_policy(s->policy);
	for (size_t i = 0; i < kept_count; i++) {
		const struct host_attribute *a = &s->policy->host_attribute[i];

		if (kept[i].asking || now_ms < kept[i].next_ms)
			continue;
		kept[i].next_ms = now_ms + a->every_ms;
		ask(s, i, a);
	}
}

/* ---- what is known ----------------------------------------------------------------------- */

/* NULL: not known; *stale: only because it is too old, or from a day to come. */
static const struct value *
known_of(const struct host_attribute *a, int64_t wall_ms, bool *stale)
{
	const struct value *v = value_of(kept, kept_count, a);

	*stale = false;
	if (v == NULL || !v->known)
		return NULL;
	*stale = v->at_wall_ms < wall_ms - a->stale_ms || v->at_wall_ms > wall_ms + a->stale_ms;
	return *stale ? NULL : v;
}

uint64_t
host_news(void)
{
	return news;
}

void
host_facts(const struct policy *p, int64_t wall_ms, char out[HOST_LIST_SIZE])
{
	size_t used = 0;
	bool stale;

	out[0] = '\0';
	for (size_t i = 0; p->host_used && i < p->host_attribute_count; i++) {
		const struct host_attribute *a = &p->host_attribute[i];
		const struct value *v = known_of(a, wall_ms, &stale);

		if (!a->used)
			continue;
		used += (size_t)snprintf(
		    out + used, HOST_LIST_SIZE - used, "%s%s=", used > 0 ? "," : "", a->name);
		used += v == NULL ? (size_t)snprintf(out + used, HOST_LIST_SIZE - used, "?")
				  : (size_t)snprintf(out + used, HOST_LIST_SIZE - used,
					"%" PRId64, v->value);
	}
}

json_t *
host_status(const struct policy *p, int64_t wall_ms)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->host_attribute_count; i++) {
		const struct host_attribute *a = &p->host_attribute[i];
		const struct value *v = value_of(kept, kept_count, a);
		bool stale, known = known_of(a, wall_ms, &stale) != NULL;

		(void)json_array_append_new(
		    list, json_pack("{s:s,s:b,s:b,s:b,s:I,s:I,s:s}", "name", a->name, "used",
			      (int)a->used, "known", (int)known, "stale", (int)stale, "value",
			      (json_int_t)(v == NULL ? 0 : v->value), "at",
			      (json_int_t)(v == NULL ? 0 : v->at_wall_ms), "why",
			      v == NULL ? "it was not read yet" : v->why));
	}
	return list;
}
