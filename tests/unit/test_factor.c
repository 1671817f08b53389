/*
 * Codes against what a person has, on a real store: which device, which step, spent or not,
 * what drift is learnt, recovery codes, and the same work for people without a device.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "factor/factor.h"
#include "factor/totp.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { UID = 1001, STEP = 58800000 };

/* 10 s into a step of half a minute */
static const int64_t NOW_MS = (int64_t)STEP * 30000 + 10000;

static char dir[64];
static struct store *store;
static struct seal *seal;
static struct policy policy;
static struct facts facts;

/* ---- counting ---------------------------------------------------------------------------- */

static int codes_computed;

int oath_totp_generate2(const char *secret, size_t secret_length, time_t now,
    unsigned int time_step_size, time_t start_offset, unsigned int digits, int flags,
    char *output_otp);

/* Stands before liboath's and calls it. */
int
oath_totp_generate2(const char *secret, size_t secret_length, time_t now,
    unsigned int time_step_size, time_t start_offset, unsigned int digits, int flags,
    char *output_otp)
{
	static int (*real)(
	    const char *, size_t, time_t, unsigned int, time_t, unsigned int, int, char *);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "oath_totp_generate2");
	codes_computed++;
	return real(secret, secret_length, now, time_step_size, start_offset, digits, flags,
	    output_otp);
}

/* ---- a store with a person --------------------------------------------------------------- */

static int
setup(void **state)
{
	struct store_options options = {.dir = dir, .boot_id = {1}};
	char path[96], why[256];
	enum store_start start;

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/test_factor.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/key", dir);
	policy = (struct policy){.window_steps = 1, .drift_max_steps = 4};
	memset(&facts, 0, sizeof(facts));
	snprintf(facts.principal, sizeof(facts.principal), "alice");
	facts.principal_uid = UID;
	facts.wall_ms = NOW_MS;
	facts.boot_ms = 1000;
	if (seal_open(path, true, &seal, why, sizeof(why)) != SKS_OK ||
	    store_open(&options, &store, &start) != SKS_OK)
		return -1;
	return store_begin(store, (struct instant){NOW_MS, 1000});
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	store_rollback(store);
	store_close(store);
	seal_close(seal);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) == 0 ? 0 : -1;
}

/* An active device of alice's, and its key. */
static struct device
new_device(const char *name, const struct totp_params *p, struct secret *key)
{
	struct device d = {
	    .uid = UID, .state = DEVICE_ACTIVE, .last_step = -1, .floor_step = -1};

	snprintf(d.user, sizeof(d.user), "alice");
	snprintf(d.name, sizeof(d.name), "%s", name);
	memcpy(d.algorithm, p->algorithm, sizeof(d.algorithm));
	d.digits = p->digits;
	d.period_s = p->period_s;
	assert_int_equal(store_device_reserve_id(store, &d.id), SKS_OK);
	assert_int_equal(factor_make(seal, &d, key), SKS_OK);
	return d;
}

static const struct totp_params USUAL = {"SHA1", 6, 30};

static struct device
add_device(const char *name, struct secret *key)
{
	struct device d = new_device(name, &USUAL, key);

	assert_int_equal(store_device_add(store, &d), SKS_OK);
	return d;
}

static int
check(const char *typed)
{
	struct secret code;

	assert_int_equal(secret_set_str(&code, typed), SKS_OK);
	return factor_check(store, seal, &policy, &code, &facts);
}

static int
check_step(const struct secret *key, int64_t step)
{
	char code[16];

	assert_int_equal(totp_generate(key, &USUAL, step, code), SKS_OK);
	return check(code);
}

static void
expect_code(enum code_result code)
{
	if (facts.code != code)
		fail_msg("%s, not %s", code_result_words[facts.code], code_result_words[code]);
}

/* Carries out what a decision would: the code, or the recovery code, is spent. */
static void
spend(bool recovery)
{
	static struct request request;
	struct changes changes = {.code_spend = !recovery, .recovery_spend = recovery};

	assert_int_equal(store_apply(store, &request, &facts, &changes), SKS_OK);
}

/* ---- devices ----------------------------------------------------------------------------- */

static void
test_match_and_replay(void **state)
{
	struct secret key;
	struct device d = add_device("phone", &key);

	(void)state;
	assert_int_equal(check_step(&key, STEP), SKS_OK);
	expect_code(CODE_MATCH);
	assert_int_equal(facts.device, d.id);
	assert_string_equal(facts.device_name, "phone");
	assert_int_equal(facts.step, STEP);
	assert_int_equal(facts.drift, 0);
	assert_int_equal(facts.code_retry_ms, 0);
	/* looking spends nothing */
	assert_int_equal(check_step(&key, STEP), SKS_OK);
	expect_code(CODE_MATCH);
	spend(false);
	assert_int_equal(check_step(&key, STEP), SKS_OK);
	expect_code(CODE_REPLAYED);
	assert_int_equal(facts.device, d.id);
	assert_int_equal(facts.step, STEP);
	assert_int_equal(facts.code_retry_ms, 20000);
	/* one before it never counts again; one after it does */
	assert_int_equal(check_step(&key, STEP - 1), SKS_OK);
	expect_code(CODE_REPLAYED);
	assert_int_equal(check_step(&key, STEP + 1), SKS_OK);
	expect_code(CODE_MATCH);
	assert_int_equal(check_step(&key, STEP + 2), SKS_OK);
	expect_code(CODE_WRONG);
}

static void
test_ways_of_typing(void **state)
{
	static const char *const shapes[] = {
	    "%.3s %.3s",
	    "%.3s-%.3s",
	    " %.3s%.3s ",
	    "%.3s\xe3\x80\x80%.3s",
	    "%.3s\xe2\x80\x90%.3s",
	};
	struct secret key;
	char code[16], typed[64] = "";

	(void)state;
	add_device("phone", &key);
	assert_int_equal(totp_generate(&key, &USUAL, STEP, code), SKS_OK);
	for (size_t i = 0; i < 6; i++) { /* full-width digits */
		char wide[4] = {'\xef', '\xbc', (char)(0x90 + code[i] - '0'), '\0'};

		strcat(typed, wide);
	}
	assert_int_equal(check(typed), SKS_OK);
	expect_code(CODE_MATCH);
	assert_int_equal(facts.step, STEP);
	spend(false);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(typed, sizeof(typed), shapes[i], code, code + 3);
#pragma GCC diagnostic pop
		assert_int_equal(check(typed), SKS_OK);
		expect_code(CODE_REPLAYED); /* another spelling is not another code */
	}
}

static void
test_what_is_no_code(void **state)
{
	static const char *const typed[] = {
	    "",
	    " ",
	    "-",
	    "12345",
	    "1234567",
	    "123456789012345678",
	    "hunter2",
	    "12345x",
	    "\xff\xff",
	};
	struct secret key, code;
	char right[16];

	(void)state;
	add_device("phone", &key);
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		facts.device = 77; /* of an earlier request */
		facts.step = facts.drift = 7;
		facts.code_retry_ms = 7;
		strcpy(facts.device_name, "old");
		assert_int_equal(check(typed[i]), SKS_OK);
		expect_code(CODE_WRONG);
		assert_int_equal(facts.device, 0);
		assert_int_equal(facts.step, 0);
		assert_int_equal(facts.drift, 0);
		assert_int_equal(facts.code_retry_ms, 0);
		assert_string_equal(facts.device_name, "");
	}
	/* a NUL inside hides nothing, and the longest secret is just wrong */
	assert_int_equal(totp_generate(&key, &USUAL, STEP, right), SKS_OK);
	assert_int_equal(secret_set(&code, "000000\0", 8), SKS_OK);
	memcpy(code.bytes, right, 6);
	assert_int_equal(factor_check(store, seal, &policy, &code, &facts), SKS_OK);
	expect_code(CODE_WRONG);
	code.len = SECRET_MAX;
	memset(code.bytes, '1', SECRET_MAX);
	assert_int_equal(factor_check(store, seal, &policy, &code, &facts), SKS_OK);
	expect_code(CODE_WRONG);
}

static void
test_floor(void **state)
{
	struct secret key, fresh;
	struct device d = add_device("phone", &key);

	(void)state;
	assert_int_equal(store_floor_raise(store, NOW_MS, policy.window_steps), SKS_OK);
	for (int64_t step = STEP - 1; step <= STEP + 1; step++) {
		assert_int_equal(check_step(&key, step), SKS_OK);
		expect_code(CODE_FLOOR);
		assert_int_equal(facts.device, d.id);
		assert_int_equal(facts.code_retry_ms, 20000 + 30000);
	}
	/* a minute and a half later the next one is there */
	facts.wall_ms += 20000 + 30000;
	assert_int_equal(check_step(&key, STEP + 2), SKS_OK);
	expect_code(CODE_MATCH);
	/* an old code is above no floor, but also spent: say the latter */
	spend(false);
	assert_int_equal(check_step(&key, STEP + 1), SKS_OK);
	expect_code(CODE_REPLAYED);
	/* what came after the start is not bound by its floor */
	facts.wall_ms = NOW_MS;
	add_device("new phone", &fresh);
	assert_int_equal(check_step(&fresh, STEP), SKS_OK);
	expect_code(CODE_MATCH);
}

static void
test_drift_is_learnt(void **state)
{
	static const struct {
		int32_t drift; /* so far */
		int64_t typed; /* against the host's step */
		uint32_t max, window;
		bool found;
		int32_t learnt;
	} cases[] = {
	    {0, 0, 4, 1, true, 0},
	    {0, 1, 4, 1, true, 1},
	    {0, -1, 4, 1, true, -1},
	    {3, 2, 4, 1, true, 2},
	    {3, 3, 4, 1, true, 3},
	    {3, 4, 4, 1, true, 4},
	    {4, 5, 4, 1, true, 4}, /* no further */
	    {-4, -5, 4, 1, true, -4},
	    {-4, -3, 4, 1, true, -3},
	    {3, 0, 4, 1, false, 0},
	    {9, 9, 4, 1, false, 0}, /* learnt under a policy that allowed more */
	    {9, 5, 4, 1, true, 4},
	    {0, 3, 4, 3, true, 1}, /* far off: still one step at a time */
	    {0, -3, 4, 3, true, -1},
	    {2, 1, 0, 1, true, 0},
	    {2, 2, 0, 1, false, 0},
	    {0, 1, 0, 1, true, 0},
	};
	struct secret key;
	struct device d;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[16];

		policy.drift_max_steps = cases[i].max;
		policy.window_steps = cases[i].window;
		snprintf(name, sizeof(name), "phone %zu", i);
		d = new_device(name, &USUAL, &key);
		d.drift = cases[i].drift;
		assert_int_equal(store_device_add(store, &d), SKS_OK);
		assert_int_equal(check_step(&key, STEP + cases[i].typed), SKS_OK);
		if ((facts.code == CODE_MATCH) != cases[i].found)
			fail_msg("case %zu: %s", i, code_result_words[facts.code]);
		assert_int_equal(facts.drift, cases[i].learnt);
		d.state = DEVICE_REVOKED;
		assert_int_equal(store_device_update(store, &d), SKS_OK);
	}
}

/* A clock that is five steps fast, learnt in five logins, and not a step outside the window. */
static void
test_drift_over_time(void **state)
{
	struct secret key;

	(void)state;
	policy.drift_max_steps = 8;
	add_device("phone", &key);
	for (int64_t login = 0; login < 8; login++) {
		int64_t ahead = login < 5 ? login + 1 : 5;

		facts.wall_ms = NOW_MS + login * 3600000;
		assert_int_equal(check_step(&key, STEP + login * 120 + ahead), SKS_OK);
		expect_code(CODE_MATCH);
		assert_int_equal(facts.drift, ahead);
		spend(false);
	}
	/* what the phone shows next is known with its drift */
	facts.wall_ms = NOW_MS + 7 * 3600000;
	assert_int_equal(check_step(&key, STEP + 7 * 120 + 5), SKS_OK);
	expect_code(CODE_REPLAYED);
	assert_int_equal(facts.drift, 5);
	assert_int_equal(facts.code_retry_ms, 20000);
	/* the step before was shown before the one that was spent */
	assert_int_equal(check_step(&key, STEP + 7 * 120 + 4), SKS_OK);
	expect_code(CODE_REPLAYED);
}

static void
test_several_devices(void **state)
{
	static const struct totp_params modes[] = {
	    {"SHA1", 6, 30},
	    {"SHA256", 8, 30},
	    {"SHA512", 6, 60},
	    {"SHA1", 8, 60},
	};
	struct secret key[4];
	struct device d[4];
	char code[16];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char name[16];

		snprintf(name, sizeof(name), "device %zu", i);
		d[i] = new_device(name, &modes[i], &key[i]);
		assert_int_equal(store_device_add(store, &d[i]), SKS_OK);
	}
	for (size_t i = 0; i < 4; i++) {
		int64_t step = totp_step(NOW_MS, modes[i].period_s);

		assert_int_equal(totp_generate(&key[i], &modes[i], step, code), SKS_OK);
		assert_int_equal(check(code), SKS_OK);
		expect_code(CODE_MATCH);
		assert_int_equal(facts.device, d[i].id);
		assert_string_equal(facts.device_name, d[i].name);
		assert_int_equal(facts.step, step);
		spend(false);
		assert_int_equal(check(code), SKS_OK);
		expect_code(CODE_REPLAYED);
		assert_int_equal(facts.device, d[i].id);
		assert_int_equal(
		    facts.code_retry_ms, (step + 1) * modes[i].period_s * 1000 - NOW_MS);
	}
	/* a lost one is out, the others are not */
	d[1].state = DEVICE_LOST;
	assert_int_equal(store_device_update(store, &d[1]), SKS_OK);
	assert_int_equal(totp_generate(&key[1], &modes[1], STEP + 1, code), SKS_OK);
	assert_int_equal(check(code), SKS_OK);
	expect_code(CODE_WRONG);
	assert_int_equal(totp_generate(&key[0], &modes[0], STEP + 1, code), SKS_OK);
	assert_int_equal(check(code), SKS_OK);
	expect_code(CODE_MATCH);
}

/* One key imported under two names is one key: its codes count once. */
static void
test_twins(void **state)
{
	struct secret key, other;
	struct device first = new_device("first", &USUAL, &key);
	struct device second = new_device("second", &USUAL, &other);

	(void)state;
	assert_int_equal(factor_seal(seal, &second, &key), SKS_OK);
	assert_int_equal(store_device_add(store, &first), SKS_OK);
	assert_int_equal(store_device_add(store, &second), SKS_OK);
	for (int64_t step = STEP - 1; step <= STEP + 1; step++) {
		assert_int_equal(check_step(&key, step), SKS_OK);
		expect_code(CODE_MATCH);
		spend(false);
		assert_int_equal(check_step(&key, step), SKS_OK);
		expect_code(CODE_REPLAYED);
	}
}

static void
test_sealed_secret_damaged(void **state)
{
	struct secret key, good;
	struct device d = new_device("phone", &USUAL, &key);
	struct device moved;

	(void)state;
	d.sealed[20] ^= 1;
	assert_int_equal(store_device_add(store, &d), SKS_OK);
	assert_int_equal(check_step(&key, STEP), SKS_UNTRUSTED);
	expect_code(CODE_WRONG);
	/* a secret that was sealed for another device does not open here */
	moved = new_device("tablet", &USUAL, &good);
	memcpy(moved.sealed, d.sealed, d.sealed_len);
	moved.sealed[20] ^= 1;
	assert_int_equal(store_device_add(store, &moved), SKS_OK);
	assert_int_equal(check_step(&key, STEP), SKS_UNTRUSTED);
	/* a good device beside them still works, and its wrong codes are the person's */
	add_device("watch", &good);
	assert_int_equal(check_step(&good, STEP), SKS_OK);
	expect_code(CODE_MATCH);
	assert_int_equal(check_step(&key, STEP), SKS_OK);
	expect_code(CODE_WRONG);
}

static void
test_same_work_without_devices(void **state)
{
	struct secret key;
	int with;

	(void)state;
	for (policy.window_steps = 0; policy.window_steps < 4; policy.window_steps++) {
		strcpy(facts.principal, "nobody");
		facts.principal_uid = NO_UID;
		codes_computed = 0;
		assert_int_equal(check("123456"), SKS_OK);
		expect_code(CODE_WRONG);
		assert_int_equal(codes_computed, 2 * (int)policy.window_steps + 1);
	}
	policy.window_steps = 1;
	strcpy(facts.principal, "alice");
	facts.principal_uid = UID;
	add_device("phone", &key);
	codes_computed = 0;
	assert_int_equal(check("123456"), SKS_OK);
	with = codes_computed;
	assert_int_equal(with, 3);
	/* nor does a right code, or none at all, end the search early */
	codes_computed = 0;
	assert_int_equal(check_step(&key, STEP - 1), SKS_OK);
	expect_code(CODE_MATCH);
	assert_int_equal(codes_computed, with + 1); /* one is the test's own */
	codes_computed = 0;
	assert_int_equal(check("not a code"), SKS_OK);
	assert_int_equal(codes_computed, with);
	add_device("tablet", &key);
	codes_computed = 0;
	assert_int_equal(check_step(&key, STEP - 1), SKS_OK);
	assert_int_equal(codes_computed, 2 * with + 1);
}

static void
test_make(void **state)
{
	static const struct {
		const char *algorithm;
		size_t len;
	} cases[] = {{"SHA1", 20}, {"SHA256", 32}, {"SHA512", 64}, {"MD5", 0}, {"", 0}};
	struct secret key, back, last = SECRET_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct device d = {.id = 5, .uid = UID, .user = "alice"};

		snprintf(d.algorithm, sizeof(d.algorithm), "%s", cases[i].algorithm);
		assert_int_equal(
		    factor_make(seal, &d, &key), cases[i].len == 0 ? SKS_INVALID : SKS_OK);
		assert_int_equal(key.len, cases[i].len);
		if (key.len == 0)
			continue;
		assert_int_equal(d.sealed_len, key.len + SEAL_OVERHEAD);
		assert_int_equal(factor_unseal(seal, &d, &back), SKS_OK);
		assert_true(secret_equal(&key, &back));
		assert_false(secret_equal_bytes(key.bytes, last.bytes, 20));
		last = key;
		d.uid++;
		assert_int_equal(factor_unseal(seal, &d, &back), SKS_CORRUPT);
		d.uid--;
		d.id++;
		assert_int_equal(factor_unseal(seal, &d, &back), SKS_CORRUPT);
		d.id--;
		strcpy(d.user, "alicf");
		assert_int_equal(factor_unseal(seal, &d, &back), SKS_CORRUPT);
		d.sealed_len = SEALED_MAX + 1;
		assert_int_equal(factor_unseal(seal, &d, &back), SKS_CORRUPT);
	}
}

/* ---- recovery codes ---------------------------------------------------------------------- */

static void
add_recovery(struct secret code[RECOVERY_COUNT])
{
	uint8_t hash[RECOVERY_COUNT][RECOVERY_HASH_SIZE];

	assert_int_equal(factor_recovery_make(seal, "alice", UID, code, hash), SKS_OK);
	assert_int_equal(
	    store_recovery_replace(store, "alice", UID, hash, RECOVERY_COUNT), SKS_OK);
}

static void
test_recovery_shape(void **state)
{
	struct secret code[RECOVERY_COUNT];
	uint8_t hash[RECOVERY_COUNT][RECOVERY_HASH_SIZE];

	(void)state;
	assert_int_equal(factor_recovery_make(seal, "alice", UID, code, hash), SKS_OK);
	for (size_t i = 0; i < RECOVERY_COUNT; i++) {
		const char *text = (const char *)code[i].bytes;

		assert_int_equal(code[i].len, 19);
		assert_int_equal(strlen(text), 19);
		for (size_t c = 0; c < 19; c++) {
			if (c % 5 == 4)
				assert_int_equal(text[c], '-');
			else
				assert_non_null(
				    strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", text[c]));
		}
		for (size_t k = 0; k < i; k++) {
			assert_false(secret_equal(&code[i], &code[k]));
			assert_memory_not_equal(hash[i], hash[k], RECOVERY_HASH_SIZE);
		}
	}
}

static void
test_recovery(void **state)
{
	struct secret code[RECOVERY_COUNT];
	struct secret key;
	uint64_t last = 0;

	(void)state;
	add_device("phone", &key);
	add_recovery(code);
	for (size_t i = 0; i < RECOVERY_COUNT; i++) {
		assert_int_equal(check((const char *)code[i].bytes), SKS_OK);
		expect_code(CODE_RECOVERY);
		assert_int_not_equal(facts.device, last);
		last = facts.device;
		assert_string_equal(facts.device_name, "");
		spend(true);
		assert_int_equal(check((const char *)code[i].bytes), SKS_OK);
		expect_code(CODE_RECOVERY_SPENT);
	}
	/* new ones end the old ones */
	add_recovery(code + 0);
	assert_int_equal(check((const char *)code[3].bytes), SKS_OK);
	expect_code(CODE_RECOVERY);
	add_recovery((struct secret[RECOVERY_COUNT]){0});
	assert_int_equal(check((const char *)code[3].bytes), SKS_OK);
	expect_code(CODE_WRONG);
}

static void
test_recovery_ways_of_typing(void **state)
{
	struct secret code[RECOVERY_COUNT];
	char typed[64] = "";

	(void)state;
	add_recovery(code);
	for (size_t i = 0, n = 0; i < 19; i++) { /* lower case, no hyphens */
		char c = (char)code[0].bytes[i];

		if (c != '-')
			typed[n++] = c >= 'A' ? (char)(c - 'A' + 'a') : c;
	}
	assert_int_equal(check(typed), SKS_OK);
	expect_code(CODE_RECOVERY);
	typed[0] = '\0';
	for (size_t i = 0; i < 19; i++) { /* full width */
		uint8_t c = (uint8_t)(code[0].bytes[i] - 0x20);
		char wide[4] = {
		    '\xef', (char)(0xbc + (c >> 6)), (char)(0x80 + (c & 0x3f)), '\0'};

		strcat(typed, wide);
	}
	assert_int_equal(check(typed), SKS_OK);
	expect_code(CODE_RECOVERY);
}

static void
test_recovery_of_others(void **state)
{
	struct secret code[RECOVERY_COUNT];
	uint8_t hash[RECOVERY_COUNT][RECOVERY_HASH_SIZE];
	static const struct {
		const char *name;
		uint32_t uid;
	} others[] = {{"bob", UID}, {"alice", UID + 1}, {"alic", UID}, {"nobody", NO_UID}};

	(void)state;
	assert_int_equal(factor_recovery_make(seal, "alice", UID, code, hash), SKS_OK);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		/* the very hashes of alice's, copied into another one's rows */
		assert_int_equal(store_recovery_replace(store, others[i].name, others[i].uid,
				     hash, RECOVERY_COUNT),
		    SKS_OK);
		strcpy(facts.principal, others[i].name);
		facts.principal_uid = others[i].uid;
		assert_int_equal(check((const char *)code[0].bytes), SKS_OK);
		expect_code(CODE_WRONG);
	}
}

/* What has the shape of one kind is never tried as the other. */
static void
test_shapes_do_not_mix(void **state)
{
	struct secret key;

	(void)state;
	add_device("phone", &key);
	codes_computed = 0;
	assert_int_equal(check("2345-6723-4567-2345"), SKS_OK);
	expect_code(CODE_WRONG);
	assert_int_equal(codes_computed, 0);
	assert_int_equal(check("2345-6723-4567-2341"), SKS_OK); /* no 1 in base32 */
	assert_int_equal(codes_computed, 3);
	assert_int_equal(check("ABCD-EFGH-IJKL-MNO"), SKS_OK);
	assert_int_equal(codes_computed, 6);
	assert_int_equal(check("ABCD-EFGH-IJKL-MNOP-Q"), SKS_OK);
	assert_int_equal(codes_computed, 9);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_match_and_replay),
	    TEST(test_ways_of_typing),
	    TEST(test_what_is_no_code),
	    TEST(test_floor),
	    TEST(test_drift_is_learnt),
	    TEST(test_drift_over_time),
	    TEST(test_several_devices),
	    TEST(test_twins),
	    TEST(test_sealed_secret_damaged),
	    TEST(test_same_work_without_devices),
	    TEST(test_make),
	    TEST(test_recovery_shape),
	    TEST(test_recovery),
	    TEST(test_recovery_ways_of_typing),
	    TEST(test_recovery_of_others),
	    TEST(test_shapes_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
