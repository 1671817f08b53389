/*
 * Sealing anew: every secret that lies under another key than the current one, a few at a time,
 * each batch in one transaction between the turns of the logins. What is interrupted goes on at
 * the next start, because each secret names its key.
 */
#include "error.h"
#include "factor/factor.h"
#include "keeper/keeper.h"
#include "keeper/keys.h"
#include "log.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 32 };

/* How many secrets this rotation has sealed anew: in the store, because it outlives a start. */
static const char done_name[] = "keys.resealed";

struct step {
	uint64_t after;
	uint64_t failed; /* devices whose secret does not open */
	bool finished;
};

static int
count_done(struct server *s, uint64_t more, uint64_t *done)
{
	char text[32];
	int e = store_meta_get(s->store, done_name, text, sizeof(text));

	*done = e == SKS_OK ? strtoull(text, NULL, 10) : 0;
	if (e != SKS_OK && e != SKS_NOT_FOUND)
		return e;
	if (more == 0)
		return SKS_OK;
	*done += more;
	(void)snprintf(text, sizeof(text), "%" PRIu64, *done);
	return store_meta_set(s->store, done_name, text);
}

/* SKS_CORRUPT: it does not open, and stays as it is. */
static int
seal_anew(struct server *s, const struct device *before)
{
	static struct device after;
	struct secret key = SECRET_INIT;
	int e = factor_unseal(s->seal, before, &key);

	after = *before;
	if (e == SKS_OK)
		e = factor_seal(s->seal, &after, &key);
	secret_clear(&key);
	return e == SKS_OK ? store_sealed_replace(s->store, before, &after) : e;
}

static int
record_finished(struct server *s, const struct step *step)
{
	const struct ring_key *k = keyring_current(seal_ring(s->seal), RING_SEALING);
	char id[2 * KEYRING_ID_SIZE + 1];
	uint64_t done = 0;
	struct record r;
	int e = count_done(s, 0, &done);

	if (e != SKS_OK || done == 0)
		return e;
	keyring_id_text(k->id, id);
	keeper_record(s, &r, ACTION_KEY_ROTATE,
	    step->failed == 0 ? OUTCOME_SUCCESS : OUTCOME_FAILURE, "sealed-anew");
	record_put_str(&r, "sekisho.key.purpose", ring_purpose_words[RING_SEALING]);
	record_put_str(&r, "sekisho.key.id", id);
	record_put_int(&r, "sekisho.devices", (int64_t)done);
	if (step->failed != 0)
		record_put_int(&r, "sekisho.devices.unopened", (int64_t)step->failed);
	e = keeper_append(s, &r);
	if (e == SKS_OK)
		e = store_meta_set(s->store, done_name, "0");
	if (e == SKS_OK)
		log_info("%" PRIu64 " secrets are sealed under the key %s now", done, id);
	return e;
}

static int
seal_batch(struct server *s, void *context)
{
	static struct device d[BATCH];
	struct step *step = context;
	uint8_t head[SEAL_HEAD_SIZE];
	uint64_t done = 0, sealed = 0;
	size_t n = 0;
	int e;

	seal_head(s->seal, head);
	e = store_sealed_batch(s->store, &step->after, head, d, BATCH, &n);
	if (e == SKS_NOT_FOUND) {
		step->finished = true;
		return record_finished(s, step);
	}
	for (size_t i = 0; e == SKS_OK && i < n; i++) {
		e = seal_anew(s, &d[i]);
		sealed += e == SKS_OK;
		if (e == SKS_CORRUPT) {
			step->failed += d[i].state <= DEVICE_ACTIVE;
			log_error("the secret of device %" PRIu64 " of %s does not open, so it "
				  "is not sealed anew: end that device and enrol another",
			    d[i].id, d[i].user);
			e = SKS_OK;
		}
	}
	return e == SKS_OK && sealed > 0 ? count_done(s, sealed, &done) : e;
}

void
keys_begin(struct server *s)
{
	s->resealing = true;
	s->resealed_to = 0;
	s->reseal_failed = 0;
}

bool
keys_busy(const struct server *s)
{
	return s->resealing;
}

int
keys_step(struct server *s)
{
	struct step step = {.after = s->resealed_to, .failed = s->reseal_failed};
	int e;

	if (!s->resealing || s->space >= STORE_SPACE_RESERVE)
		return SKS_OK;
	e = turn_own(s, seal_batch, &step);
	if (e == SKS_FULL || e == SKS_CONFLICT)
		return SKS_OK; /* again when there is room */
	if (e != SKS_OK)
		return e;
	s->resealed_to = step.after;
	s->reseal_failed = step.failed;
	s->resealing = !step.finished;
	return SKS_OK;
}
