/* Seals and starts: what cannot be made again once its epoch is over. */
#include "audit/chain.h"
#include "audit/verify_internal.h"
#include "error.h"
#include <stdlib.h>
#include <string.h>

enum { EPOCH_SLACK_MS = 60 * 1000, SEAL_ROOM = 1024 };

struct seal {
	int64_t epoch, size, from_wall, from_boot, to_wall, to_boot;
	char root[48], from_id[40], to_id[40], next[48], signature[96];
	struct seal_statement s;
	uint8_t sig[ED25519_SIGNATURE_SIZE];
};

static bool
seal_decode(struct seal *x)
{
	struct seal_statement *s = &x->s;

	s->epoch = (uint64_t)x->epoch;
	s->size = (uint64_t)x->size;
	s->from.wall_ms = x->from_wall;
	s->from.boot_ms = x->from_boot;
	s->to.wall_ms = x->to_wall;
	s->to.boot_ms = x->to_boot;
	return x->epoch >= 0 && x->size >= 0 &&
	       verify_base64(x->root, s->root.bytes, sizeof(s->root.bytes)) &&
	       verify_base64(x->next, s->next, sizeof(s->next)) &&
	       verify_base64(x->signature, x->sig, sizeof(x->sig)) &&
	       verify_boot_id(x->from_id, s->from.boot_id) &&
	       verify_boot_id(x->to_id, s->to.boot_id);
}

static bool
seal_read(struct verify *v, const struct header *h, struct seal *x)
{
	struct place place[] = {
	    {.key = "sekisho.seal.epoch", .number = &x->epoch},
	    {.key = "sekisho.seal.size", .number = &x->size},
	    {.key = "sekisho.seal.from.wall", .number = &x->from_wall},
	    {.key = "sekisho.seal.from.boot", .number = &x->from_boot},
	    {.key = "sekisho.seal.to.wall", .number = &x->to_wall},
	    {.key = "sekisho.seal.to.boot", .number = &x->to_boot},
	    {.key = "sekisho.seal.root", .text = x->root, .size = sizeof(x->root)},
	    {.key = "sekisho.seal.from.boot_id",
		.text = x->from_id,
		.size = sizeof(x->from_id)},
	    {.key = "sekisho.seal.to.boot_id", .text = x->to_id, .size = sizeof(x->to_id)},
	    {.key = "sekisho.seal.next", .text = x->next, .size = sizeof(x->next)},
	    {.key = "sekisho.seal.signature",
		.text = x->signature,
		.size = sizeof(x->signature)},
	};
	const size_t count = sizeof(place) / sizeof(place[0]);
	bool gone;

	*x = (struct seal){0};
	if (!verify_read(v, h, place, count, &gone)) {
		if (gone)
			verify_find(v, VERIFY_DELETED, h->seq, h->seq, "a seal");
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (!place[i].found) {
			verify_find(v, VERIFY_SEAL, h->seq, h->seq, "no %s", place[i].key);
			return false;
		}
	}
	if (seal_decode(x))
		return true;
	verify_find(v, VERIFY_SEAL, h->seq, h->seq, "malformed");
	return false;
}

static bool
time_equal(const struct epoch_time *a, const struct epoch_time *b)
{
	return a->wall_ms == b->wall_ms && a->boot_ms == b->boot_ms &&
	       memcmp(a->boot_id, b->boot_id, sizeof(a->boot_id)) == 0;
}

/* It follows the one before in number, time and place. */
static const char *
seal_wrong_order(const struct vchain *c, const struct header *h, const struct seal_statement *s)
{
	struct epoch_time own = {.wall_ms = h->wall_ms, .boot_ms = h->boot_ms};

	memcpy(own.boot_id, h->boot_id, sizeof(own.boot_id));
	if (s->epoch != c->epoch)
		return "its epoch is not the next";
	if (!time_equal(&s->from, &c->from))
		return "its time does not begin where the one before ended";
	if (!time_equal(&s->to, &own))
		return "its time does not end when it was made";
	if (s->size != c->tree.size)
		return "it is not for the records before it";
	return NULL;
}

static bool
seal_is_signed(const struct vchain *c, const struct seal *x)
{
	struct buf text;
	bool is;

	buf_init(&text, SEAL_ROOM);
	seal_text(&x->s, &text);
	is = buf_error(&text) == SKS_OK &&
	     ed25519_verify(c->epoch_key, text.data, text.len, x->sig) == SKS_OK;
	buf_clear(&text);
	return is;
}

/* Longer than an epoch may be is only what spans a start, a sleep or a reboot. */
static void
seal_length(struct verify *v, const struct header *h, const struct seal_statement *s)
{
	if (v->chain.ran_ms > EPOCH_AGE_MS + EPOCH_SLACK_MS)
		verify_find(v, VERIFY_GAP, h->seq, h->seq, "%lld s of epoch %llu",
		    (long long)(v->chain.ran_ms / 1000), (unsigned long long)s->epoch);
}

void
verify_seal(struct verify *v, const struct header *h)
{
	struct vchain *c = &v->chain;
	struct seal x;
	const char *wrong;

	if (c->id == 0 || !seal_read(v, h, &x)) {
		c->epochs_known = false;
		return;
	}
	x.s.origin = c->out->origin;
	v->out->seals++;
	c->out->seals++;
	c->out->sealed_wall_ms = h->wall_ms;
	verify_head_row(v, h->seq, true);
	if (c->epochs_known) {
		wrong = seal_wrong_order(c, h, &x.s);
		if (wrong != NULL)
			verify_find(v, VERIFY_SEAL_ORDER, h->seq, h->seq, "epoch %llu: %s",
			    (unsigned long long)x.s.epoch, wrong);
		else if (!seal_is_signed(c, &x))
			verify_find(v, VERIFY_SEAL, h->seq, h->seq, "epoch %llu: its signature",
			    (unsigned long long)x.s.epoch);
		else if (verify_signed_root(v, VERIFY_ROOT, &x.s.root, "seal"))
			seal_length(v, h, &x.s);
	}
	c->epochs_known = true;
	c->ran_ms = 0;
	c->epoch = x.s.epoch + 1;
	c->from = x.s.to;
	memcpy(c->epoch_key, x.s.next, sizeof(c->epoch_key));
}

/* The host slept: for how long stands in the record, which others may have come before. One
 * whose body is gone excuses the whole epoch. */
void
verify_suspend(struct verify *v, const struct header *h)
{
	int64_t slept_ms = 0;
	struct place place[] = {{.key = "sekisho.suspend.ms", .number = &slept_ms}};
	bool gone;
	bool whole = verify_read(v, h, place, 1, &gone);

	if (gone || (whole && slept_ms > VERIFY_TIME_MAX))
		v->chain.ran_ms = INT64_MIN / 2;
	else if (whole && slept_ms > 0 && v->chain.ran_ms > INT64_MIN / 2)
		v->chain.ran_ms -= slept_ms;
}

/* ---- starts ------------------------------------------------------------------------------ */

void
verify_start(struct verify *v, const struct header *h)
{
	int64_t size = 0;
	struct place place[] = {{.key = "sekisho.log.size", .number = &size}};
	bool gone;

	v->out->starts++;
	if (!verify_read(v, h, place, 1, &gone))
		return; /* of a class that is not kept for ever: gone is judged later */
	if (place[0].found && (uint64_t)size != h->seq - 1)
		verify_find(
		    v, VERIFY_START, h->seq, h->seq, "it says %lld records", (long long)size);
}
