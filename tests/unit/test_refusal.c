/* The code of a refusal: there and back, and nothing to be read off it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "refusal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct seal *seal, *other;

static int
open_one(const char *dir, const char *name, struct seal **out)
{
	char path[256], why[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return seal_open(path, true, out, why, sizeof(why));
}

static int
setup(void **state)
{
	char dir[] = "/tmp/sekisho-refusal-XXXXXX", command[64];
	int r;

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	r = open_one(dir, "one", &seal);
	if (r == SKS_OK)
		r = open_one(dir, "two", &other);
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) == 0 ? r : -1;
}

static int
teardown(void **state)
{
	(void)state;
	seal_close(seal);
	seal_close(other);
	return 0;
}

static void
test_there_and_back(void **state)
{
	static const uint64_t records[] = {1, 2, 3, 1000, 123456, 1u << 31, UINT32_MAX};
	char code[REFUSAL_CODE_SIZE], last[REFUSAL_CODE_SIZE] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		uint64_t record = 0;

		assert_int_equal(refusal_code(seal, records[i], code), SKS_OK);
		assert_int_equal(strlen(code), REFUSAL_CODE_SIZE - 1);
		assert_true(refusal_is_code(code));
		assert_int_equal(refusal_read(seal, code, &record), SKS_OK);
		assert_int_equal(record, records[i]);
		/* neighbours have nothing in common that would tell how far apart they are */
		assert_string_not_equal(code, last);
		memcpy(last, code, sizeof(last));
	}
	assert_int_equal(refusal_code(seal, (uint64_t)UINT32_MAX + 1, code), SKS_TOO_BIG);
}

static void
test_typed(void **state)
{
	char code[REFUSAL_CODE_SIZE], typed[REFUSAL_CODE_SIZE];
	uint64_t record = 0;

	(void)state;
	assert_int_equal(refusal_code(seal, 4711, code), SKS_OK);
	for (size_t i = 0; i <= strlen(code); i++)
		typed[i] = code[i] >= 'A'   ? (char)(code[i] + 32)
			   : code[i] == '0' ? 'o'
			   : code[i] == '1' ? 'l'
					    : code[i];
	assert_int_equal(refusal_read(seal, typed, &record), SKS_OK);
	assert_int_equal(record, 4711);
}

/* Of 8 * 31 codes that differ in one letter, one in 256 may be right by chance. */
static void
test_mistyped(void **state)
{
	static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char code[REFUSAL_CODE_SIZE], typed[REFUSAL_CODE_SIZE];
	uint64_t record;
	int taken = 0;

	(void)state;
	assert_int_equal(refusal_code(seal, 4711, code), SKS_OK);
	for (size_t i = 0; code[i] != '\0'; i++) {
		for (size_t j = 0; code[i] != '-' && letters[j] != '\0'; j++) {
			memcpy(typed, code, sizeof(typed));
			typed[i] = letters[j];
			taken += strcmp(typed, code) != 0 &&
				 refusal_read(seal, typed, &record) == SKS_OK;
		}
	}
	assert_in_range(taken, 0, 8);
}

static void
test_refused(void **state)
{
	static const char *const no[] = {"", "ABCD", "ABCDEFGH", "ABCD-EFG", "ABCD-EFGHJ",
	    "ABCD_EFGH", "ABCD-EFGU", "ABCD-EF\xc3\xa9", "alice"};
	uint64_t record;

	(void)state;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		assert_false(refusal_is_code(no[i]));
		assert_int_equal(refusal_read(seal, no[i], &record), SKS_INVALID);
	}
}

/* Another host's code names nothing here. */
static void
test_of_another_host(void **state)
{
	char code[REFUSAL_CODE_SIZE];
	uint64_t record;
	int taken = 0;

	(void)state;
	for (uint64_t i = 1; i <= 256; i++) {
		assert_int_equal(refusal_code(other, i, code), SKS_OK);
		taken += refusal_read(seal, code, &record) == SKS_OK;
	}
	assert_in_range(taken, 0, 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_there_and_back),
	    cmocka_unit_test(test_typed),
	    cmocka_unit_test(test_mistyped),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_of_another_host),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
