#include "allowance.h"
#include "clock.h"

/* Sixty at once, then one in five seconds: more than a person needs, about 20 MB a day. */
enum { ALLOWANCE_MAX = 60, REFILL_MS = 5000, SLOTS = 1024 };

/* A fixed table: uids that fall together share, and nobody can make it grow. */
static struct {
	int64_t used_until_ms; /* the allowance is full again by then */
} slot[SLOTS];

bool
allowance_take(uint32_t uid)
{
	int64_t now = clock_monotonic_ms();
	int64_t *until = &slot[uid % SLOTS].used_until_ms;

	if (uid == 0)
		return true;
	if (*until < now)
		*until = now;
	if (*until - now > (int64_t)(ALLOWANCE_MAX - 1) * REFILL_MS)
		return false;
	*until += REFILL_MS;
	return true;
}
