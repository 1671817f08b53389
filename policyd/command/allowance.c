#include "clock.h"
#include "command/allowance.h"

/* Sixty at once, then one in five seconds: more than a person needs, about 20 MB a day. */
enum { ALLOWANCE_MAX = 60, REFILL_MS = 5000, SLOTS = 1024, PAYLOAD_OF_A_REQUEST = 2048 };

/* Fixed tables: uids or lanes that fall together share, and nobody can make them grow. Each
 * says when the allowance will be full again. */
static int64_t uid_slot[SLOTS], lane_slot[SLOTS];

static bool
allowance_take_from(int64_t *full_at_ms, int64_t count)
{
	int64_t now = clock_monotonic_ms();

	if (*full_at_ms < now)
		*full_at_ms = now;
	if (*full_at_ms - now > (ALLOWANCE_MAX - count) * REFILL_MS)
		return false;
	*full_at_ms += count * REFILL_MS;
	return true;
}

bool
allowance_take(uint32_t uid, size_t payload)
{
	return uid == 0 ||
	       allowance_take_from(
		   &uid_slot[uid % SLOTS], 1 + (int64_t)(payload / PAYLOAD_OF_A_REQUEST));
}

bool
allowance_take_lane(const char *lane_key)
{
	uint32_t hash = 2166136261;

	for (; *lane_key != '\0'; lane_key++)
		hash = (hash ^ (uint8_t)*lane_key) * 16777619;
	return allowance_take_from(&lane_slot[hash % SLOTS], 1);
}
