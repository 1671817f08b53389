#include "factor/keyring.h"

#include "error.h"
#include "hex.h"
#include "secret.h"
#include <openssl/evp.h>
#include <string.h>

const char *const ring_purpose_words[] = {
    [RING_SEALING] = "sealing",
    [RING_DERIVATION] = "derivation",
    NULL,
};

const char *const ring_state_words[] = {
    [RING_CURRENT] = "current",
    [RING_OLD] = "old",
    [RING_EXPOSED] = "exposed",
    [RING_RETIRED] = "retired",
    NULL,
};

/* ---- ids --------------------------------------------------------------------------------- */

void
keyring_id_text(const uint8_t id[KEYRING_ID_SIZE], char out[2 * KEYRING_ID_SIZE + 1])
{
	(void)hex_put(out, id, KEYRING_ID_SIZE);
}

bool
keyring_id_read(const char *text, uint8_t id[KEYRING_ID_SIZE])
{
	return hex_read(text, id, KEYRING_ID_SIZE);
}

int
keyring_set_id(struct ring_key *k)
{
	uint8_t digest[32];
	bool made =
	    EVP_Q_digest(NULL, "SHA256", NULL, k->bytes, sizeof(k->bytes), digest, NULL) == 1;

	memcpy(k->id, digest, sizeof(k->id));
	explicit_bzero(digest, sizeof(digest));
	return made ? SKS_OK : SKS_INTERNAL;
}

/* ---- asking ------------------------------------------------------------------------------ */

const struct ring_key *
keyring_current(const struct keyring *ring, enum ring_purpose purpose)
{
	for (size_t i = 0; i < ring->count; i++)
		if (ring->key[i].purpose == purpose && ring->key[i].state == RING_CURRENT)
			return &ring->key[i];
	return NULL;
}

const struct ring_key *
keyring_find(
    const struct keyring *ring, enum ring_purpose purpose, const uint8_t id[KEYRING_ID_SIZE])
{
	for (size_t i = 0; i < ring->count; i++)
		if (ring->key[i].purpose == purpose &&
		    memcmp(ring->key[i].id, id, KEYRING_ID_SIZE) == 0)
			return &ring->key[i];
	return NULL;
}

/* ---- making and changing ----------------------------------------------------------------- */

/* Room for one more: what was retired longest ago is forgotten first. */
static int
ring_make_room(struct keyring *ring)
{
	size_t oldest = KEYRING_MAX;

	if (ring->count < KEYRING_MAX)
		return SKS_OK;
	for (size_t i = 0; i < ring->count; i++) {
		if (ring->key[i].state != RING_RETIRED)
			continue;
		if (oldest == KEYRING_MAX || ring->key[i].ended_ms < ring->key[oldest].ended_ms)
			oldest = i;
	}
	if (oldest == KEYRING_MAX)
		return SKS_FULL;
	ring->count--;
	memmove(&ring->key[oldest], &ring->key[oldest + 1],
	    (ring->count - oldest) * sizeof(ring->key[0]));
	explicit_bzero(&ring->key[ring->count], sizeof(ring->key[0]));
	return SKS_OK;
}

/* An id that another key of the ring has would make the two one: draw again. */
static int
ring_add(struct keyring *ring, enum ring_purpose purpose, uint8_t algorithm, int64_t now_ms)
{
	struct ring_key *k;
	int r = ring_make_room(ring);

	if (r != SKS_OK)
		return r;
	k = &ring->key[ring->count];
	do {
		*k = (struct ring_key){
		    .purpose = purpose, .algorithm = algorithm, .made_ms = now_ms};
		r = secret_random(k->bytes, sizeof(k->bytes));
		if (r == SKS_OK)
			r = keyring_set_id(k);
		if (r != SKS_OK) {
			explicit_bzero(k, sizeof(*k));
			return r;
		}
	} while (keyring_find(ring, purpose, k->id) != NULL);
	ring->count++;
	return SKS_OK;
}

int
keyring_make(struct keyring *ring, uint8_t algorithm, int64_t now_ms)
{
	int r;

	keyring_clear(ring);
	r = ring_add(ring, RING_SEALING, algorithm, now_ms);
	if (r == SKS_OK)
		r = ring_add(ring, RING_DERIVATION, ALGORITHM_HMAC_SHA_256, now_ms);
	if (r != SKS_OK)
		keyring_clear(ring);
	return r;
}

int
keyring_rotate(struct keyring *ring, uint8_t algorithm, enum ring_state then, int64_t now_ms)
{
	const struct algorithm_info *info = algorithm_by_id(algorithm);
	int r;

	if (info == NULL || !info->seals || (then != RING_OLD && then != RING_EXPOSED))
		return SKS_INVALID;
	r = ring_add(ring, RING_SEALING, algorithm, now_ms);
	for (size_t i = 0; r == SKS_OK && i + 1 < ring->count; i++) {
		struct ring_key *k = &ring->key[i];

		if (k->purpose != RING_SEALING || k->state == RING_RETIRED)
			continue;
		if (k->state == RING_CURRENT)
			k->ended_ms = now_ms;
		if (k->state == RING_CURRENT || then == RING_EXPOSED)
			k->state = then;
	}
	return r;
}

int
keyring_retire(struct keyring *ring, const uint8_t id[KEYRING_ID_SIZE], int64_t now_ms)
{
	for (size_t i = 0; i < ring->count; i++) {
		struct ring_key *k = &ring->key[i];

		if (k->purpose != RING_SEALING || memcmp(k->id, id, KEYRING_ID_SIZE) != 0)
			continue;
		if (k->state != RING_OLD && k->state != RING_EXPOSED)
			return SKS_CONFLICT;
		k->state = RING_RETIRED;
		k->ended_ms = now_ms;
		explicit_bzero(k->bytes, sizeof(k->bytes));
		return SKS_OK;
	}
	return SKS_NOT_FOUND;
}

void
keyring_clear(struct keyring *ring)
{
	explicit_bzero(ring, sizeof(*ring));
}
