/* The words of the daemon that people read: none may be missing from the command's table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../cli/words.c"
#include "audit/risk.h"
#include "decide/decide.h"
#include "store/store.h"

static bool
is_in_table(const char *word)
{
	for (size_t i = 0; i < sizeof(shown_words) / sizeof(shown_words[0]); i++) {
		if (strcmp(shown_words[i].word, word) == 0)
			return true;
	}
	return false;
}

static void
test_every_word_is_shown(void **state)
{
	const char *const *const lists[] = {reason_words, factor_words, account_class_words,
	    service_class_words, device_state_words};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		assert_non_null(lists[i][0]);
		for (size_t k = 0; lists[i][k] != NULL; k++) {
			if (!is_in_table(lists[i][k]))
				fail_msg("cli/words.c lacks \"%s\"", lists[i][k]);
		}
	}
}

static void
test_every_risk_is_shown(void **state)
{
	(void)state;
	for (unsigned i = RISK_NONE + 1; i < RISK_COUNT; i++)
		if (!is_in_table(risk_word(i)))
			fail_msg("cli/words.c lacks \"%s\"", risk_word(i));
	assert_string_equal(risk_word(RISK_COUNT), "");
}

static void
test_words_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shown_words) / sizeof(shown_words[0]); i++) {
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(shown_words[i].word, shown_words[k].word);
	}
}

static void
test_unknown_words_stay(void **state)
{
	const char *typed = "lost";

	(void)state;
	assert_string_equal(words_shown("from-a-newer-daemon"), "from-a-newer-daemon");
	/* what a person typed is not ours to translate */
	assert_ptr_equal(words_why(typed), typed);
	assert_string_equal(words_why("reported lost"), "reported lost");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_word_is_shown),
	    cmocka_unit_test(test_every_risk_is_shown),
	    cmocka_unit_test(test_words_once),
	    cmocka_unit_test(test_unknown_words_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
