#include "audit/verify_resume.h"

#include "audit/chain.h"
#include "error.h"
#include "i18n.h"
#include "secret.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS_MAX = 3, SILENT_SLACK_MS = 5 * 60 * 1000 };

const struct verify_kind_info verify_kinds[VERIFY_KIND_COUNT] = {
#define X(symbol, word, status, sentence) {word, VERIFY_##status, sentence},
    VERIFY_KINDS(X)
#undef X
};

/* ---- findings ---------------------------------------------------------------------------- */

void
verify_find(
    struct verify *v, enum verify_kind kind, uint64_t seq, uint64_t to, const char *detail, ...)
{
	struct verify_result *out = v->out;
	struct verify_finding *last =
	    out->finding_count > 0 && out->finding_count <= VERIFY_FINDINGS_MAX
		? &out->finding[out->finding_count - 1]
		: NULL;
	struct verify_finding *f;
	va_list list;

	out->count[kind]++;
	/* neighbours with the same fault are one finding */
	if (last != NULL && last->kind == kind && seq != 0 && last->to + 1 == seq) {
		last->to = to;
		return;
	}
	if (out->finding_count++ >= VERIFY_FINDINGS_MAX)
		return;
	f = &out->finding[out->finding_count - 1];
	*f = (struct verify_finding){.kind = kind, .seq = seq, .to = to};
	va_start(list, detail);
	(void)vsnprintf(f->detail, sizeof(f->detail), detail, list);
	va_end(list);
}

void
verify_progress(struct verify *v, uint64_t done)
{
	uint64_t total = v->extent.last * (v->o->quick ? 1 : 1 + BODY_STEPS) +
			 (v->o->quick ? 0 : 2 * (v->extent.last / 4));

	if (v->o->progress == NULL)
		return;
	done += v->before;
	v->o->progress(v->o->context, done < total ? done : total, total);
}

/* ---- the verdict ------------------------------------------------------------------------- */

static int
finding_order(const void *a, const void *b)
{
	const struct verify_finding *x = a, *y = b;

	if (verify_kinds[x->kind].status != verify_kinds[y->kind].status)
		return verify_kinds[x->kind].status < verify_kinds[y->kind].status ? -1 : 1;
	/* the log as a whole comes last */
	if ((x->seq == 0) != (y->seq == 0))
		return x->seq == 0 ? 1 : -1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void
conclude(struct verify *v)
{
	struct verify_result *out = v->out;
	size_t kept =
	    out->finding_count < VERIFY_FINDINGS_MAX ? out->finding_count : VERIFY_FINDINGS_MAX;

	qsort(out->finding, kept, sizeof(out->finding[0]), finding_order);
	out->status = VERIFY_FINE;
	for (int kind = 0; kind < VERIFY_KIND_COUNT; kind++) {
		enum verify_status status = verify_kinds[kind].status;

		if (out->count[kind] > 0 &&
		    (out->status == VERIFY_FINE || status < out->status))
			out->status = status;
	}
}

/* An idle daemon still seals: silence that nothing explains is news where the log is in use. */
static void
look_for_silence(struct verify *v)
{
	struct verify_result *out = v->out;
	int64_t since = v->o->now_wall_ms - out->last_wall_ms;

	if (v->o->live && out->records > 0 && !out->clean_stop &&
	    since > EPOCH_AGE_MS + SILENT_SLACK_MS)
		verify_find(v, VERIFY_SILENT, v->extent.last, v->extent.last, "%lld s ago",
		    (long long)(since / 1000));
}

/* ---- a run ------------------------------------------------------------------------------- */

static void
run_passes(struct verify *v)
{
	char name[64] = "";
	int r = store_check_schema(v->store, name, sizeof(name));

	if (r != SKS_OK)
		verify_find(v, VERIFY_SCHEMA, 0, 0, "%s", name);
	v->next = v->extent.first > 1 ? 1 : v->extent.first;
	r = store_scan_headers(v->store, v->extent.first, v->extent.last, verify_header, v);
	if (r != SKS_OK && v->fatal == SKS_OK) {
		verify_find(
		    v, VERIFY_DAMAGED, v->next, v->extent.last, "%s", store_error(v->store));
		return;
	}
	if (v->fatal != SKS_OK)
		return;
	verify_headers_end(v);
	verify_heads_without_chain(v);
	v->before = v->extent.last;
	look_for_silence(v);
	if (v->o->quick)
		return;
	verify_bodies(v);
	if (v->fatal == SKS_OK && v->out->count[VERIFY_DAMAGED] == 0)
		verify_indexes(v);
	resume_end(v);
}

/* One run over what is there at its beginning. *changed: something was destroyed meanwhile. */
static int
run_once(struct store *s, const struct verify_options *o, struct verify_result *out,
    bool may_resume, bool *changed)
{
	struct verify *v = calloc(1, sizeof(*v));
	struct store_extent after = {0};
	uint64_t last = 0;
	int r = SKS_NOMEM;

	*changed = false;
	if (v == NULL)
		return r;
	v->store = s;
	v->o = o;
	v->out = out;
	*out = (struct verify_result){0};
	r = secret_random(v->salt, sizeof(v->salt));
	if (may_resume)
		resume_read(v);
	if (r == SKS_OK && store_extent(s, &v->extent) != SKS_OK)
		verify_find(v, VERIFY_DAMAGED, 0, 0, "%s", store_error(s));
	else if (r == SKS_OK)
		run_passes(v);
	if (r == SKS_OK)
		r = v->fatal;
	last = v->extent.last;
	if (o->live && store_extent(s, &after) == SKS_OK)
		*changed = after.last != last;
	conclude(v);
	free(v->deleted.range);
	free(v);
	return r;
}

int
verify_run(struct store *s, const struct verify_options *o, struct verify_result *out)
{
	bool changed, may_resume = true;
	int r = SKS_OK;

	if (o->seen != NULL)
		verify_seen_sort(o->seen);
	/* while a live log is read, records come and bodies go: a finding must stand twice */
	for (int i = 0; i < RUNS_MAX; i++) {
		r = run_once(s, o, out, may_resume, &changed);
		if (r != SKS_OK || out->status == VERIFY_FINE ||
		    (!changed && out->resumed == 0))
			break;
		may_resume = false;
	}
	return r;
}
