/* Numbers of bytes as people write and read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "size.h"

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes; /* -1: none */
	} cases[] = {{"0", 0}, {"1000", 1000}, {"64K", 65536}, {"500M", 524288000},
	    {"2G", INT64_C(2) << 30}, {"1T", INT64_C(1) << 40}, {"4095P", INT64_C(4095) << 50},
	    {"4096P", -1}, {"99999999999999999999", -1}, {"", -1}, {"M", -1}, {"1m", -1},
	    {"1MB", -1}, {"1 M", -1}, {"-1", -1}, {"+1", -1}, {"1.5G", -1}, {"0x10", -1}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t bytes = -1;

		assert_int_equal(size_parse(cases[i].text, &bytes), cases[i].bytes >= 0);
		assert_int_equal(bytes, cases[i].bytes);
	}
}

static void
test_print(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {{0, "0 B"}, {1023, "1023 B"}, {1024, "1.0 KiB"}, {5242880, "5.0 MiB"},
	    {5242879, "4.9 MiB"}, {1048575, "1023.9 KiB"}, {UINT64_C(3) << 30, "3.0 GiB"},
	    {UINT64_C(2048) << 50, "2048.0 PiB"}, {UINT64_MAX, "16383.9 PiB"}};
	char out[SIZE_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)

			assert_string_equal(size_print(cases[i].bytes, out), cases[i].text);

}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
