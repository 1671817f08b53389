/*
 * Any bytes as a file of the kernel's audit: what is taken out of a line carries a person's number and
 * lies within its room, a line says the same with words behind it, and the counts fit each other.
 */
#include "../../lib/hex.c"
#include "../../policyd/report/kaudit_line.c"

#include "../../policyd/report/gather_audit.c"
#include "../../policyd/report/kaudit.c"
#include "../../policyd/report/period.c"

#include "fuzz.h"
int64_t view_number(const struct view *v, enum view_member m);
bool view_has(const struct view *v, enum view_member m);

/* records of which there are none here */
int64_t
view_number(const struct view *v, enum view_member m)
{
	(void)v;
	(void)m;
	return 0;
}

bool
view_has(const struct view *v, enum view_member m)
{
	(void)v;
	(void)m;
	return false;
}

static void
try_line(const char *text, size_t len)
{
	struct kaudit_line one, two;
	char longer[512];
	int r = kaudit_parse(text, len, &one);

	expect(r == 0 || r == 1 || r == SKS_INVALID);
	if (r == 1)
		expect(one.kind < KAUDIT_KINDS && one.auid != 0 && one.auid != KAUDIT_UNSET &&
		       one.wall_ms >= 0 && memchr(one.what, '\0', sizeof(one.what)) != NULL);
	if (len + 10 > sizeof(longer) || memchr(text, '\x1d', len) != NULL)
		return;
	memcpy(longer, text, len);
	memcpy(longer + len, "\x1d" "AUID=\"x\"", 9);
	expect(kaudit_parse(longer, len + 9, &two) == r && memcmp(&one, &two, sizeof(one)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gather_audit known[2] = {{.ses = 7, .uid = 1000, .wall_ms = 1795340000000},
	    {.ses = 7, .uid = 1000, .wall_ms = 1795340100000, .use = true}};
	static struct kaudit_begin begin[KAUDIT_RECENT];
	static struct period period;
	static struct kaudit k;
	struct gather g = {.period = &period, .audit = known, .audit_count = 2};
	const char *at = (const char *)data, *end = at + size, *stop;
	uint64_t counted = 0;

	memset(&k, 0, sizeof(k));
	memset(begin, 0, sizeof(begin));
	k.begin = begin;
	(void)period_between(1, 4102444800000, &period);
	for (; at < end; at = stop + 1) {
		stop = memchr(at, '\n', (size_t)(end - at));
		stop = stop != NULL ? stop : end;
		try_line(at, (size_t)(stop - at));
		kaudit_take(&k, at, (size_t)(stop - at), &g);
		if (stop == end)
			break;
	}
	for (size_t i = 0; i < k.rows; i++)
		counted += k.row[i].count;
	expect(k.rows <= KAUDIT_ROWS_MAX && counted + k.beyond == k.unexplained &&
	       k.unexplained <= k.shows && k.execs <= k.shows && k.shows + k.odd <= k.lines);
	return 0;
}
