/* The keys as `sekisho key list` shows them, and which have been in use for too long. */
#include "error.h"
#include "keeper.h"
#include "keys.h"
#include "log.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { OVERDUE_EVERY_TICKS = 3600, NAMED_MAX = 512, TOLD_SIZE = 512 };

/* ---- lifetimes --------------------------------------------------------------------------- */

static int64_t
overdue_ms(const struct server *s, const struct ring_key *k, int64_t now_ms)
{
	if (k->purpose != RING_SEALING || k->state != RING_CURRENT)
		return 0;
	return now_ms - k->made_ms - s->policy->sealing_lifetime_ms;
}

void
keys_overdue_text(struct server *s, char *out, size_t size)
{
	const struct ring_key *k = keyring_current(seal_ring(s->seal), RING_SEALING);
	char id[2 * KEYRING_ID_SIZE + 1], date[16];
	time_t made = (time_t)(k->made_ms / 1000);
	struct tm tm;

	out[0] = '\0';
	if (overdue_ms(s, k, clock_now().wall_ms) <= 0)
		return;
	keyring_id_text(k->id, id);
	(void)strftime(date, sizeof(date), "%Y-%m-%d", localtime_r(&made, &tm));
	(void)snprintf(out, size, "%s %s (%s)", ring_purpose_words[k->purpose], id, date);
}

/* Once for each key: the record says since when, status and check say it for as long. */
static int
record_overdue(struct server *s, void *context)
{
	const struct ring_key *k = context;
	char id[2 * KEYRING_ID_SIZE + 1], told[TOLD_SIZE];
	struct record r;
	int e = store_meta_get(s->store, "keys.overdue", told, sizeof(told));

	keyring_id_text(k->id, id);
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	if (e == SKS_OK && strcmp(told, id) == 0)
		return SKS_OK;
	log_warn("the %s key %s is older than the policy allows: sekisho key rotate %s",
	    ring_purpose_words[k->purpose], id, ring_purpose_words[k->purpose]);
	keeper_record(s, &r, ACTION_KEY_OVERDUE, OUTCOME_FAILURE, "lifetime");
	record_put_str(&r, "sekisho.key.purpose", ring_purpose_words[k->purpose]);
	record_put_str(&r, "sekisho.key.id", id);
	record_put_int(&r, "sekisho.key.made", k->made_ms);
	record_put_int(&r, "sekisho.key.lifetime", s->policy->sealing_lifetime_ms);
	e = keeper_append(s, &r);
	return e == SKS_OK ? store_meta_set(s->store, "keys.overdue", id) : e;
}

int
keys_tick(struct server *s)
{
	static uint64_t tick;
	struct ring_key k;
	int e;

	if (tick++ % OVERDUE_EVERY_TICKS != 0)
		return SKS_OK;
	k = *keyring_current(seal_ring(s->seal), RING_SEALING);
	explicit_bzero(k.bytes, sizeof(k.bytes));
	if (overdue_ms(s, &k, clock_now().wall_ms) <= 0)
		return SKS_OK;
	e = turn_own(s, record_overdue, &k);
	return e == SKS_FULL || e == SKS_CONFLICT ? SKS_OK : e;
}

/* ---- the list ---------------------------------------------------------------------------- */

static json_t *
key_json(struct server *s, const struct ring_key *k, const struct store_sealed_head *sealed,
    size_t count)
{
	const struct algorithm_info *a = algorithm_by_id(k->algorithm);
	char id[2 * KEYRING_ID_SIZE + 1];
	uint64_t total = 0, live = 0;
	json_t *o;

	keyring_id_text(k->id, id);
	for (size_t i = 0; i < count; i++) {
		if (sealed[i].head[0] != k->algorithm ||
		    memcmp(sealed[i].head + 1, k->id, KEYRING_ID_SIZE) != 0)
			continue;
		total = sealed[i].total;
		live = sealed[i].live;
	}
	o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:s}", "purpose",
	    ring_purpose_words[k->purpose], "id", id, "algorithm", a->name, "listing",
	    listing_words[a->listing], "state", ring_state_words[k->state], "made",
	    (json_int_t)k->made_ms, "ended", (json_int_t)k->ended_ms, "where",
	    k->state == RING_RETIRED ? "" : s->options.key_file);
	if (k->purpose != RING_SEALING)
		return o;
	(void)json_object_set_new(o, "sealed", json_integer((json_int_t)total));
	(void)json_object_set_new(o, "sealed_live", json_integer((json_int_t)live));
	if (k->state != RING_CURRENT)
		return o;
	(void)json_object_set_new(
	    o, "lifetime", json_integer((json_int_t)s->policy->sealing_lifetime_ms));
	(void)json_object_set_new(
	    o, "overdue", json_boolean(overdue_ms(s, k, clock_now().wall_ms) > 0));
	return o;
}

/* The people who have such devices, as [{user, uid, devices}]. */
static int
owners_json(struct server *s, uint64_t bound, const char *algorithm, json_t **out)
{
	static struct store_device_owner owner[NAMED_MAX];
	uint64_t devices = 0;
	size_t n = 0;
	json_t *list;
	int e = store_device_owners(s->store, bound, algorithm, owner, NAMED_MAX, &n, &devices);

	if (e != SKS_OK)
		return e;
	list = json_array();
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:I,s:I}", "user", owner[i].user, "uid",
			(json_int_t)owner[i].uid, "devices", (json_int_t)owner[i].devices));
	*out = json_pack("{s:I,s:o}", "devices", (json_int_t)devices, "users", list);
	return SKS_OK;
}

static int
add_owners(struct server *s, json_t *o)
{
	json_t *exposed = NULL, *sha1 = NULL;
	uint64_t last = 0;
	int e = store_device_last(s->store, &last);

	if (e == SKS_OK)
		e = owners_json(s, keys_exposed_bound(s), "", &exposed);
	if (e == SKS_OK)
		e = owners_json(s, last, "SHA1", &sha1);
	(void)json_object_set_new(o, "reenrol", exposed);
	(void)json_object_set_new(o, "sha1", sha1);
	return e;
}

int
keys_json(struct server *s, json_t **out)
{
	static struct store_sealed_head sealed[KEYRING_MAX * 4];
	const struct keyring *ring = seal_ring(s->seal);
	size_t n = 0;
	json_t *list;
	int e = store_sealed_heads(s->store, sealed, sizeof(sealed) / sizeof(sealed[0]), &n);

	*out = NULL;
	if (e != SKS_OK)
		return e;
	list = json_array();
	for (size_t i = 0; i < ring->count; i++)
		(void)json_array_append_new(list, key_json(s, &ring->key[i], sealed, n));
	*out = json_pack("{s:o,s:b,s:I,s:s,s:b}", "keys", list, "resealing", (int)s->resealing,
	    "unopened", (json_int_t)s->reseal_failed, "file", s->options.key_file, "credential",
	    (int)s->options.key_is_credential);
	return add_owners(s, *out);
}
