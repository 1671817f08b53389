/* Login sessions by the kernel's numbers: when they began, and when privilege was used in them. */
#include "report/gather_parts.h"

#include "error.h"
#include <stdlib.h>
#include <string.h>

void
gather_audit(struct gather *g, const struct view *v, bool use)
{
	int64_t ses = view_number(v, VIEW_LOGIN_SESSION), uid = view_number(v, VIEW_LOGIN_UID);

	if (!view_has(v, VIEW_LOGIN_SESSION) || ses < 0 || ses >= UINT32_MAX || uid <= 0 ||
	    uid >= UINT32_MAX)
		return;
	if (g->audit_count == GATHER_LOGINS_MAX) {
		g->audit_more = true;
		return;
	}
	if (memcmp(g->audit_boot_id, v->header.boot_id, sizeof(g->audit_boot_id)) != 0) {
		memcpy(g->audit_boot_id, v->header.boot_id, sizeof(g->audit_boot_id));
		g->audit_boot++;
	}
	g->audit[g->audit_count++] = (struct gather_audit){.ses = (uint32_t)ses,
	    .uid = (uint32_t)uid,
	    .boot = g->audit_boot,
	    .wall_ms = v->header.wall_ms,
	    .use = use};
}

static int
audit_compare(const void *a, const void *b)
{
	const struct gather_audit *x = a, *y = b;

	if (x->ses != y->ses)
		return x->ses < y->ses ? -1 : 1;
	return (x->wall_ms > y->wall_ms) - (x->wall_ms < y->wall_ms);
}

void
gather_audit_finish(struct gather *g)
{
	qsort(g->audit, g->audit_count, sizeof(*g->audit), audit_compare);
}

/* The first one of the session that is not before "from". */
static size_t
audit_find(const struct gather *g, uint32_t ses, int64_t from_ms)
{
	const struct gather_audit wanted = {.ses = ses, .wall_ms = from_ms};
	size_t low = 0, high = g->audit_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (audit_compare(&g->audit[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
gather_audit_span(const struct gather *g, uint32_t ses, uint32_t uid, int64_t from_ms,
    int64_t until_ms, struct gather_span *out)
{
	uint32_t boot = 0;

	*out = (struct gather_span){0};
	for (size_t i = audit_find(g, ses, from_ms); i < g->audit_count; i++) {
		const struct gather_audit *a = &g->audit[i];

		if (a->ses != ses || a->wall_ms > until_ms)
			break;
		if (a->boot != boot)
			*out = (struct gather_span){0};
		boot = a->boot;
		if (a->uid != uid)
			continue;
		out->used |= a->use;
		if (!a->use)
			out->login_ms = a->wall_ms;
	}
}
