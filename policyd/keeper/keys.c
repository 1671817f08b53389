/* What the log knows of the keys: each that appears, comes into use, is exposed or goes. */
#include "audit/controls.h"
#include "error.h"
#include "factor/algorithm.h"
#include "keeper/keeper.h"
#include "keeper/keys.h"
#include "log.h"
#include "origin.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KNOWN_SIZE = 1024, OWNERS_MAX = 512 };

/* Names in the store's meta table. */
static const char known_name[] = "keys.known";     /* "sealing:1a2b3c4d:current ..." */
static const char exposed_name[] = "keys.exposed"; /* device id: all up to it */

/* ---- what the log knows ------------------------------------------------------------------ */

static void
known_label(const struct ring_key *k, char out[64])
{
	char id[2 * KEYRING_ID_SIZE + 1];

	keyring_id_text(k->id, id);
	(void)snprintf(out, 64, " %s:%s:", ring_purpose_words[k->purpose], id);
}

/* The state that the log knows this key in; -1: it does not know it. */
static int
known_state(const char *known, const struct ring_key *k)
{
	char label[64];
	const char *at;

	known_label(k, label);
	at = strstr(known, label);
	if (at == NULL)
		return -1;
	at += strlen(label);
	for (int i = 0; ring_state_words[i] != NULL; i++) {
		size_t len = strlen(ring_state_words[i]);

		if (strncmp(at, ring_state_words[i], len) == 0 && at[len] == ' ')
			return i;
	}
	return -1;
}

static void
known_make(const struct keyring *ring, char out[KNOWN_SIZE])
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < ring->count; i++) {
		char label[64];
		int n;

		known_label(&ring->key[i], label);
		n = snprintf(out + used, KNOWN_SIZE - used, "%s%s", label,
		    ring_state_words[ring->key[i].state]);
		used += (size_t)n;
	}
	(void)snprintf(out + used, KNOWN_SIZE - used, " ");
}

_Static_assert(KEYRING_MAX *(1 + 10 + 1 + 8 + 1 + 7) + 2 < KNOWN_SIZE, "all keys fit");

/* ---- records ----------------------------------------------------------------------------- */

static void
put_key(struct record *r, const struct ring_key *k)
{
	char id[2 * KEYRING_ID_SIZE + 1];

	keyring_id_text(k->id, id);
	record_put_str(r, "sekisho.key.purpose", ring_purpose_words[k->purpose]);
	record_put_str(r, "sekisho.key.id", id);
	record_put_str(r, "sekisho.key.algorithm", algorithm_by_id(k->algorithm)->name);
	record_put_int(r, "sekisho.key.made", k->made_ms);
}

static const char *
how(const struct job *job)
{
	return job != NULL ? "asked" : "found";
}

static int
notice_made(struct server *s, const struct ring_key *k, struct job *job)
{
	struct record r;

	keeper_record(s, &r, ACTION_KEY_MAKE, OUTCOME_SUCCESS, how(job));
	put_key(&r, k);
	return origin_append(s, job, &r);
}

static int
notice_rotated(
    struct server *s, const struct ring_key *k, const struct ring_key *before, struct job *job)
{
	char id[2 * KEYRING_ID_SIZE + 1];
	struct record r;

	keyring_id_text(before->id, id);
	keeper_record(s, &r, ACTION_KEY_ROTATE, OUTCOME_SUCCESS, how(job));
	put_key(&r, k);
	record_put_str(&r, "sekisho.key.previous", id);
	return origin_append(s, job, &r);
}

static int
notice_retired(struct server *s, const struct ring_key *k, struct job *job)
{
	struct record r;

	keeper_record(s, &r, ACTION_KEY_RETIRE, OUTCOME_SUCCESS, how(job));
	put_key(&r, k);
	return origin_append(s, job, &r);
}

/* Every device of now was sealed under it, or lay in one file with it. */
static int
notice_exposed(struct server *s, const struct ring_key *k, struct job *job)
{
	static struct store_device_owner owner[OWNERS_MAX];
	static const char *name[OWNERS_MAX];
	uint64_t bound = 0, devices = 0;
	size_t n = 0;
	struct record r;
	char text[32];
	int e = store_device_last(s->store, &bound);

	if (e == SKS_OK)
		e = store_device_owners(s->store, bound, "", owner, OWNERS_MAX, &n, &devices);
	(void)snprintf(text, sizeof(text), "%" PRIu64, bound);
	if (e == SKS_OK)
		e = store_meta_set(s->store, exposed_name, text);
	if (e != SKS_OK)
		return e;
	for (size_t i = 0; i < n; i++)
		name[i] = owner[i].user;
	keeper_record(s, &r, ACTION_KEY_EXPOSED, OUTCOME_SUCCESS, how(job));
	put_key(&r, k);
	record_put_int(&r, "sekisho.devices", (int64_t)devices);
	if (n > 0)
		record_put_list(&r, "sekisho.users", name, n);
	return origin_append(s, job, &r);
}

/* ---- the difference ---------------------------------------------------------------------- */

/* The sealing key that the log knows as the current one, while the ring still remembers it. */
static const struct ring_key *
known_current(const struct keyring *ring, const char *known)
{
	for (size_t i = 0; i < ring->count; i++)
		if (ring->key[i].purpose == RING_SEALING &&
		    known_state(known, &ring->key[i]) == RING_CURRENT)
			return &ring->key[i];
	return NULL;
}

static int
notice_key(struct server *s, const struct keyring *ring, const struct ring_key *k,
    const char *known, struct job *job)
{
	const struct ring_key *before = known_current(ring, known);
	int was = known_state(known, k), e = SKS_OK;

	if (was < 0)
		e = notice_made(s, k, job);
	if (e == SKS_OK && k->purpose == RING_SEALING && k->state == RING_CURRENT &&
	    was != RING_CURRENT && before != NULL)
		e = notice_rotated(s, k, before, job);
	if (e == SKS_OK && k->state == RING_EXPOSED && was != RING_EXPOSED)
		e = notice_exposed(s, k, job);
	if (e == SKS_OK && k->state == RING_RETIRED && was != RING_RETIRED && was >= 0)
		e = notice_retired(s, k, job);
	return e;
}

int
keys_notice(struct server *s, const struct keyring *ring, struct job *job)
{
	char known[KNOWN_SIZE], now[KNOWN_SIZE];
	int e = store_meta_get(s->store, known_name, known, sizeof(known));

	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	known_make(ring, now);
	if (e == SKS_OK && strcmp(known, now) == 0)
		return SKS_OK;
	for (size_t i = 0; i < ring->count; i++)
		if ((e = notice_key(s, ring, &ring->key[i], known, job)) != SKS_OK)
			return e;
	return store_meta_set(s->store, known_name, now);
}

uint64_t
keys_exposed_bound(struct server *s)
{
	char text[32];

	if (store_meta_get(s->store, exposed_name, text, sizeof(text)) != SKS_OK)
		return 0;
	return strtoull(text, NULL, 10);
}

/* ---- the start --------------------------------------------------------------------------- */

/* A head that names no cipher was damaged, or nobody sealed it: one person's trouble, and no
 * key would open it. */
static bool
is_sealed(const uint8_t head[SEAL_HEAD_SIZE])
{
	const struct algorithm_info *a = algorithm_by_id(head[0]);

	return a != NULL && a->seals;
}

int
keys_check(struct server *s, const struct keyring *ring, uint8_t head[SEAL_HEAD_SIZE])
{
	static struct store_sealed_head sealed[KEYRING_MAX * 4];
	size_t n = 0;
	int e = store_sealed_heads(s->store, sealed, sizeof(sealed) / sizeof(sealed[0]), &n);

	if (e != SKS_OK)
		return e;
	for (size_t i = 0; i < n; i++) {
		if (sealed[i].live == 0 || !is_sealed(sealed[i].head) ||
		    seal_ring_opens(ring, sealed[i].head))
			continue;
		memcpy(head, sealed[i].head, SEAL_HEAD_SIZE);
		return SKS_NOT_FOUND;
	}
	return SKS_OK;
}

static int
notice_at_start(struct server *s, void *context)
{
	(void)context;
	return keys_notice(s, seal_ring(s->seal), NULL);
}

int
keys_start(struct server *s)
{
	uint8_t head[SEAL_HEAD_SIZE];
	char id[2 * KEYRING_ID_SIZE + 1];
	int e;

	keys_settle_log(s);
	e = keys_check(s, seal_ring(s->seal), head);

	if (e == SKS_NOT_FOUND) {
		keyring_id_text(head + 1, id);
		log_error("secrets in %s are sealed under the key %s, which %s does not hold. "
			  "Put the file back from its backup",
		    s->options.state_dir, id, s->options.key_file);
		return SKS_INVALID;
	}
	if (e == SKS_OK)
		e = turn_own(s, notice_at_start, NULL);
	if (e == SKS_OK)
		keys_begin(s);
	return e;
}
