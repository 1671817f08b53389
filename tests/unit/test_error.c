/* Each error has a text of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include <limits.h>
#include <string.h>

static void
test_texts_differ(void **state)
{
	const char *unknown = error_text(INT_MIN);

	(void)state;
	for (int a = SKS_NEWER; a <= SKS_OK; a++) {
		assert_true(strlen(error_text(a)) > 0);
		assert_string_not_equal(error_text(a), unknown);
		for (int b = SKS_NEWER; b < a; b++)
			assert_string_not_equal(error_text(a), error_text(b));
	}
}

static void
test_unknown_codes(void **state)
{
	static const int code[] = {1, INT_MAX, INT_MIN, SKS_NEWER - 1};

	(void)state;
	for (size_t i = 0; i < sizeof(code) / sizeof(code[0]); i++)
		assert_string_equal(error_text(code[i]), "unknown error");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_texts_differ),
	    cmocka_unit_test(test_unknown_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
