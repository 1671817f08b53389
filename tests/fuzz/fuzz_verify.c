/*
 * Any text as records that the verifier believes nothing of, one a line: "S 100 90 {body}" is a
 * seal, T a deletion, R a redaction, B a backup that was put back, D a start, U a suspend, with
 * the time of both clocks; in small letters of another boot. Each finding names the record that
 * was read; a seal that is there twice is none; and what allows that a body is gone covers it.
 *
 * SOURCES: lib/base64.c lib/error.c lib/fields.c lib/buf.c lib/hex.c lib/text.c
 * SOURCES: lib/log.c lib/safeopen.c lib/secret.c policyd/audit/ed25519.c
 * SOURCES: policyd/audit/event.c policyd/audit/epoch.c policyd/audit/flat.c
 */
#include "audit/verify_internal.h"

#include "audit/ed25519.h"
#include "error.h"
#include "fuzz.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ROWS_MAX = 48 };

/* Which signature is right the fuzzer says, by its first bit: it could find none. */
#define ed25519_verify(key, data, len, signature) \
	((signature)[0] & 1 ? SKS_OK : SKS_INVALID)
#include "../../policyd/audit/verify_clock.c"
#include "../../policyd/audit/verify_deleted.c"
#include "../../policyd/audit/verify_read.c"
#include "../../policyd/audit/verify_seal.c"

static struct row {
	struct header h;
	char letter, *body; /* NULL: destroyed */
	size_t len;
} rows[ROWS_MAX];
static size_t row_count;
static uint64_t now_seq, findings;
static bool reading;

/* ---- what the verifier is given ----------------------------------------------------------- */

int
record_body_hash(const void *body, size_t len, uint8_t out[32])
{
	(void)body;
	memset(out, 0, 32);
	memcpy(out, &len, sizeof(len));
	return SKS_OK;
}

int
store_row_get(struct store *s, uint64_t seq, struct store_row *row)
{
	(void)s;
	expect(!reading && seq > 0 && seq <= row_count);
	*row = (struct store_row){
	    .seq = seq, .body = rows[seq - 1].body, .body_len = rows[seq - 1].len};
	reading = true;
	return SKS_OK;
}

void
store_row_done(struct store *s)
{
	(void)s;
	reading = false;
}

const char *
store_error(const struct store *s)
{
	(void)s;
	return "";
}

void
verify_find(struct verify *v, enum verify_kind kind, uint64_t seq, uint64_t to, const char *detail, ...)
{
	char text[sizeof(((struct verify_finding *)0)->detail)];
	va_list list;

	(void)v;
	va_start(list, detail);
	expect(vsnprintf(text, sizeof(text), detail, list) >= 0);
	va_end(list);
	/* a jump and a start that is missing are told of once it is clear that nothing explains them */
	expect(kind < VERIFY_KIND_COUNT && seq == to && seq > 0);
	expect(seq == now_seq || ((kind == VERIFY_CLOCK_STEP || kind == VERIFY_NO_START) && seq < now_seq));
	findings++;
}

void
verify_head_row(struct verify *v, uint64_t seq, bool sealed)
{
	(void)v;
	expect(seq == now_seq && sealed);
}

bool
verify_signed_root(
    struct verify *v, enum verify_kind kind, const struct merkle_hash *root, const char *what)
{
	(void)v;
	(void)kind;
	(void)what;
	return (root->bytes[0] & 1) != 0;
}

/* ---- the records -------------------------------------------------------------------------- */

static void
add_row(const char *line, size_t len)
{
	static uint8_t boots[2][16] = {{1}, {2}};
	static uint8_t hashes[ROWS_MAX][32];
	struct row *r = &rows[row_count];
	char text[64], *at;

	(void)snprintf(text, sizeof(text), "%.*s", (int)len, line);
	*r = (struct row){.letter = text[0]};
	r->h.wall_ms = strtoll(text + (text[0] != '\0'), &at, 10);
	r->h.boot_ms = strtoll(at, &at, 10);
	if (!header_times_are_possible(&r->h))
		return; /* no header has them */
	r->h.seq = row_count + 1;
	r->h.retention = (uint8_t)(r->h.seq % RETAIN_COUNT);
	r->h.boot_id = boots[r->letter >= 'a' && r->letter <= 'z'];
	r->letter = (char)(r->letter & ~0x20);
	r->h.body_hash = hashes[row_count];
	if ((at = memchr(line, '{', len)) != NULL) {
		r->len = len - (size_t)(at - line);
		expect((r->body = malloc(r->len)) != NULL); /* ends where its memory ends */
		memcpy(r->body, at, r->len);
		(void)record_body_hash(r->body, r->len, hashes[row_count]);
	}
	row_count++;
}

static void
read_seal(struct verify *v, const struct header *h)
{
	uint64_t seals = v->out->seals, before;

	verify_seal(v, h);
	if (v->out->seals == seals)
		return;
	before = findings;
	verify_seal(v, h);
	expect(findings > before);
}

static void
read_row(struct verify *v, const struct row *r)
{
	now_seq = r->h.seq;
	v->chain.tree.size = now_seq - 1;
	verify_clock(v, &r->h);
	if (r->letter == 'S')
		read_seal(v, &r->h);
	else if (r->letter == 'T')
		verify_retention(v, &r->h);
	else if (r->letter == 'R')
		verify_redaction(v, &r->h);
	else if (r->letter == 'B')
		verify_restored(v, &r->h);
	else if (r->letter == 'D')
		verify_start(v, &r->h);
	else if (r->letter == 'U')
		verify_suspend(v, &r->h);
	expect(v->fatal == SKS_OK && !reading);
}

static bool
covers(const struct deleted_range *range, const struct header *h)
{
	return range->from <= h->seq && h->seq <= range->to && range->to < range->by &&
	       (range->retention == RETAIN_COUNT || range->retention == h->retention) &&
	       h->wall_ms <= range->cutoff_ms;
}

static void
ask_row(struct deleted *d, const struct header *h)
{
	const struct deleted_range *found = verify_deleted_find(d, h);
	bool any = false;

	for (size_t i = 0; i < d->count; i++)
		any |= covers(&d->range[i], h);
	expect(found == NULL || covers(found, h));
	/* more at a time than the verifier holds: it may say too much, never too little */
	expect((found != NULL) == any || d->count > sizeof(d->active) / sizeof(d->active[0]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct verify v;
	static struct verify_result out;
	static struct verify_chain chain;
	const char *at = (const char *)data, *end = at + size, *stop;

	memset(&v, 0, sizeof(v));
	memset(&out, 0, sizeof(out));
	memset(&chain, 0, sizeof(chain));
	(void)snprintf(chain.origin, sizeof(chain.origin), "example.org/log");
	v.out = &out;
	v.chain.out = &chain;
	v.chain.id = 1;
	v.chain.epochs_known = true;
	row_count = 0;
	for (; at < end && row_count < ROWS_MAX; at = stop + 1) {
		stop = memchr(at, '\n', (size_t)(end - at));
		stop = stop != NULL ? stop : end;
		add_row(at, (size_t)(stop - at));
		if (stop == end)
			break;
	}
	for (size_t i = 0; i < row_count; i++)
		read_row(&v, &rows[i]);
	verify_deleted_sort(&v.deleted);
	for (size_t i = 0; i < row_count; i++)
		ask_row(&v.deleted, &rows[i].h);
	free(v.deleted.range);
	while (row_count > 0)
		free(rows[--row_count].body);
	return 0;
}
