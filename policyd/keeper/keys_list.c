/* The keys as `sekisho key list` shows them, and which have been in use for too long. */
#include "error.h"
#include "keeper/keeper.h"
#include "keeper/keys.h"
#include "log.h"
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { OVERDUE_EVERY_TICKS = 3600, NAMED_MAX = 512 };

/* ---- lifetimes --------------------------------------------------------------------------- */

/* A key in use that has a lifetime. */
struct dated {
	const char *purpose;
	char id[16];
	int64_t made_ms, lifetime_ms;
};

enum { DATED = 2 };

/* "NAME+1a2b3c4d+BASE64": the middle of it. */
static void
vkey_id(const char *vkey, char out[16])
{
	const char *plus = strchr(vkey, '+');

	(void)snprintf(out, 16, "%.8s", plus != NULL ? plus + 1 : "");
}

static void
collect(struct server *s, struct dated out[DATED])
{
	const struct ring_key *k = keyring_current(seal_ring(s->seal), RING_SEALING);
	struct chain_status status = {0};

	out[0] = (struct dated){.purpose = ring_purpose_words[RING_SEALING],
	    .made_ms = k->made_ms,
	    .lifetime_ms = s->policy->sealing_lifetime_ms};
	keyring_id_text(k->id, out[0].id);
	if (s->chain != NULL)
		chain_status(s->chain, &status);
	out[1] = (struct dated){.purpose = "log",
	    .made_ms = s->log_made_ms,
	    .lifetime_ms = s->policy->log_lifetime_ms};
	vkey_id(status.vkey, out[1].id);
}

static bool
is_overdue(const struct dated *k)
{
	return k->made_ms != 0 && clock_now().wall_ms - k->made_ms > k->lifetime_ms;
}

void
keys_overdue_text(struct server *s, char *out, size_t size)
{
	struct dated k[DATED];
	size_t used = 0;

	out[0] = '\0';
	collect(s, k);
	for (size_t i = 0; i < DATED; i++) {
		time_t made = (time_t)(k[i].made_ms / 1000);
		char date[16];
		struct tm tm;
		int n;

		if (!is_overdue(&k[i]))
			continue;
		(void)strftime(date, sizeof(date), "%Y-%m-%d", localtime_r(&made, &tm));
		n = snprintf(out + used, size - used, "%s%s %s (%s)", used > 0 ? ", " : "",
		    k[i].purpose, k[i].id, date);
		if (n < 0 || (size_t)n >= size - used)
			return;
		used += (size_t)n;
	}
}

/* Once for each key: the record says since when, status and check say it for as long. */
static int
record_overdue(struct server *s, void *context)
{
	const struct dated *k = context;
	char name[64], told[64];
	struct record r;
	int e;

	(void)snprintf(name, sizeof(name), "keys.overdue.%s", k->purpose);
	e = store_meta_get(s->store, name, told, sizeof(told));
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	if (e == SKS_OK && strcmp(told, k->id) == 0)
		return SKS_OK;
	log_warn("the %s key %s is older than the policy allows: sekisho key rotate %s",
	    k->purpose, k->id, k->purpose);
	keeper_record(s, &r, ACTION_KEY_OVERDUE, OUTCOME_FAILURE, "lifetime");
	record_put_str(&r, "sekisho.key.purpose", k->purpose);
	record_put_str(&r, "sekisho.key.id", k->id);
	record_put_int(&r, "sekisho.key.made", k->made_ms);
	record_put_int(&r, "sekisho.key.lifetime", k->lifetime_ms);
	e = keeper_append(s, &r);
	return e == SKS_OK ? store_meta_set(s->store, name, k->id) : e;
}

int
keys_tick(struct server *s)
{
	static uint64_t tick;
	struct dated k[DATED];
	int e = SKS_OK;

	if (tick++ % OVERDUE_EVERY_TICKS != 0)
		return SKS_OK;
	collect(s, k);
	for (size_t i = 0; i < DATED && e == SKS_OK; i++)
		if (is_overdue(&k[i]))
			e = turn_own(s, record_overdue, &k[i]);
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
	return o;
}

/* A key that is not of the ring. */
static json_t *
other_json(const char *purpose, const char *id, const char *algorithm, int64_t made_ms,
    const char *where)
{
	const struct algorithm_info *a = algorithm_by_name(algorithm);

	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:s}", "purpose", purpose, "id", id,
	    "algorithm", a->name, "listing", listing_words[a->listing], "state",
	    ring_state_words[RING_CURRENT], "made", (json_int_t)made_ms, "where", where);
}

/* The log's keys, and that of the spool. */
static void
add_others(struct server *s, json_t *list)
{
	struct chain_status status = {0};
	char id[24], where[4200];
	uint8_t digest[32];

	if (s->chain != NULL) {
		chain_status(s->chain, &status);
		vkey_id(status.vkey, id);
		(void)json_array_append_new(
		    list, other_json("log", id, "ed25519", s->log_made_ms, s->options.log_key));
		(void)snprintf(id, sizeof(id), "%" PRIu64, status.epoch);
		(void)snprintf(where, sizeof(where), "%s/seal", s->options.state_dir);
		(void)json_array_append_new(
		    list, other_json("epoch", id, "ed25519", status.epoch_wall_ms, where));
	}
	if (EVP_Q_digest(
		NULL, "SHA256", NULL, s->spool_key, sizeof(s->spool_key), digest, NULL) != 1)
		return;
	keyring_id_text(digest, id);
	(void)json_array_append_new(list,
	    other_json("spool", id, "hmac-sha-256", s->spool_made_ms, s->options.spool_key));
}

/* Lifetimes, and which of them are over. */
static void
add_lifetimes(struct server *s, json_t *list)
{
	struct dated k[DATED];
	json_t *o;
	size_t i;

	collect(s, k);
	json_array_foreach(list, i, o)
	{
		const char *id = json_string_value(json_object_get(o, "id"));
		const char *purpose = json_string_value(json_object_get(o, "purpose"));

		for (size_t j = 0; j < DATED; j++) {
			if (strcmp(k[j].purpose, purpose) != 0 || strcmp(k[j].id, id) != 0)
				continue;
			(void)json_object_set_new(
			    o, "lifetime", json_integer((json_int_t)k[j].lifetime_ms));
			(void)json_object_set_new(
			    o, "overdue", json_boolean(is_overdue(&k[j])));
		}
	}
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
	add_others(s, list);
	add_lifetimes(s, list);
	*out = json_pack("{s:o,s:b,s:I,s:s,s:b,s:s,s:b}", "keys", list, "resealing",
	    (int)s->resealing, "unopened", (json_int_t)s->reseal_failed, "file",
	    s->options.key_file, "credential", (int)s->options.key_is_credential, "log_file",
	    s->options.log_key, "log_credential", (int)s->options.log_key_is_credential);
	return add_owners(s, *out);
}
