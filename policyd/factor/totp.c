#include "factor/totp.h"

#include "error.h"
#include <liboath/oath.h>
#include <string.h>

enum {
	CODE_SIZE = 16,
	MS_PER_SECOND = 1000,
	STACK_WIPE = 2048, /* deeper than liboath's hash contexts reach */
};

static const struct {
	const char *name;
	int flags; /* of oath_totp_generate2: 0 is SHA-1 */
} algorithms[] = {
    {"SHA1", 0},
    {"SHA256", OATH_TOTP_HMAC_SHA256},
    {"SHA512", OATH_TOTP_HMAC_SHA512},
};

/* The flags of oath_totp_generate2, or -1: liboath takes an unknown flag for SHA-1. */
static int
totp_flags(const struct totp_params *p)
{
	if ((p->digits != 6 && p->digits != 8) || p->period_s == 0)
		return -1;
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (strcmp(algorithms[i].name, p->algorithm) == 0)
			return algorithms[i].flags;
	}
	return -1;
}

/* liboath leaves its hash contexts, and with them the padded key, on the stack. */
static void __attribute__((noinline)) totp_wipe_stack(void)
{
	uint8_t area[STACK_WIPE];

	explicit_bzero(area, sizeof(area));
}

/* With a period of one second and no start offset the "time" is the step itself. */
static int
totp_compute(
    const struct secret *key, const struct totp_params *p, int flags, int64_t step, char *out)
{
	int r = oath_totp_generate2((const char *)key->bytes, key->len, (time_t)step, 1,
	    OATH_TOTP_DEFAULT_START_TIME, p->digits, flags, out);

	return r == OATH_OK ? SKS_OK : SKS_INTERNAL;
}

int
totp_generate(const struct secret *key, const struct totp_params *p, int64_t step, char out[16])
{
	int flags = totp_flags(p);
	int r;

	memset(out, 0, CODE_SIZE);
	if (flags < 0 || step < 0 || key->len == 0 || key->len > SECRET_MAX)
		return SKS_INVALID;
	if (oath_init() != OATH_OK)
		return SKS_INTERNAL;
	r = totp_compute(key, p, flags, step, out);
	totp_wipe_stack();
	if (r != SKS_OK)
		explicit_bzero(out, CODE_SIZE);
	return r;
}

int64_t
totp_step(int64_t wall_ms, uint32_t period_s)
{
	if (wall_ms < 0 || period_s == 0)
		return 0;
	return wall_ms / MS_PER_SECOND / period_s;
}

/* a where the condition holds, else b, without a branch. */
static int64_t
totp_select(bool condition, int64_t a, int64_t b)
{
	int64_t mask = -(int64_t)condition;

	return (a & mask) | (b & ~mask);
}

bool
totp_find(const struct secret *key, const struct totp_params *p, int64_t wall_ms, int32_t drift,
    uint32_t window, const char *code, int64_t *step)
{
	int64_t centre = totp_step(wall_ms, p->period_s) + drift;
	char typed[CODE_SIZE] = {0};
	char right[CODE_SIZE];
	size_t len = strlen(code);
	int flags = totp_flags(p);
	int64_t best = -1;
	bool failed = false;

	*step = 0;
	if (flags < 0 || key->len == 0 || key->len > SECRET_MAX || oath_init() != OATH_OK)
		return false;
	/* All of both arrays is compared: a longer text leaves no NUL where the code has one.
	 */
	memcpy(typed, code, len < sizeof(typed) ? len : sizeof(typed));
	/* Ascending: should a code be right for two steps, the later one is spent. A step
	 * before 1970 costs the same, and stays below 0. */
	for (int64_t s = centre - (int64_t)window; s <= centre + (int64_t)window; s++) {
		bool equal;

		memset(right, 0, sizeof(right));
		failed |= totp_compute(key, p, flags, s < 0 ? 0 : s, right) != SKS_OK;
		equal = secret_equal_bytes(typed, right, sizeof(right));
		best = totp_select(equal, s, best);
	}
	explicit_bzero(typed, sizeof(typed));
	explicit_bzero(right, sizeof(right));
	totp_wipe_stack();
	if (failed || best < 0)
		return false;
	*step = best;
	return true;
}
