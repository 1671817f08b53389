/* The options and words of the command, by a table of command lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../cli/args.c"
#include "../../cli/options.c"
#include "policy/nearest.h"

static int
no_run(const struct args *args)
{
	(void)args;
	return 0;
}

/* "word" takes two words and every option, "flat" none of both. */
static const struct subcommand word = {
    "noun", "word", "USER FILE...", 1, 2, ~(OPTION_SET)0, "summary", NULL, no_run};
static const struct subcommand flat = {"flat", NULL, "", 0, 0, 0, "summary", NULL, no_run};

enum { LINE_MAX_WORDS = 8 };

static int
parse(const struct subcommand *command, struct args *args, char *why, const char *const *line)
{
	char *argv[LINE_MAX_WORDS];
	int argc = 0, r;

	for (; line[argc] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)line[argc];
	*args = (struct args){.command = command};
	why[0] = '\0';
	r = args_parse(args, argc, argv, why, 256);
	return r == SKS_OK ? args_check_words(args, why, 256) : r;
}

static const struct good {
	const struct subcommand *command;
	const char *line[LINE_MAX_WORDS];
	size_t words;
	enum option option;
	const char *value; /* NULL: not given */
} good[] = {
    {&word, {"a", NULL}, 1, OPT_NAME, NULL},
    {&word, {"a", "b", NULL}, 2, OPT_NAME, NULL},
    {&word, {"--name", "x", "a", NULL}, 1, OPT_NAME, "x"},
    {&word, {"a", "--name=x", NULL}, 1, OPT_NAME, "x"},
    {&word, {"a", "--name=", NULL}, 1, OPT_NAME, ""},
    {&word, {"a", "--name=x=y", NULL}, 1, OPT_NAME, "x=y"},
    {&word, {"a", "--name", "--json", NULL}, 1, OPT_NAME, "--json"},
    {&word, {"a", "--name", "x", "--name", "y", NULL}, 1, OPT_NAME, "y"},
    {&word, {"--", "--name", "b", NULL}, 2, OPT_NAME, NULL},
    {&word, {"-", NULL}, 1, OPT_NAME, NULL},
    {&word, {"a", "--uri", "-", NULL}, 1, OPT_URI, "-"},
    {&word, {"a", "--digits", "8", NULL}, 1, OPT_DIGITS, "8"},
    {&flat, {NULL}, 0, OPT_NAME, NULL},
    {&flat, {"--json", NULL}, 0, OPT_NAME, NULL},
};

static const struct bad {
	const struct subcommand *command;
	const char *line[LINE_MAX_WORDS];
	const char *said; /* in why[] */
} bad[] = {
    {&word, {NULL}, "USER FILE..."},
    {&word, {"a", "b", "c", NULL}, "\"c\" is one word too many"},
    {&flat, {"a", NULL}, "\"a\" is one word too many"},
    {&word, {"a", "--nam", "x", NULL}, "--name?"},
    {&word, {"a", "--algoritm=SHA1", NULL}, "--algorithm?"},
    {&word, {"a", "--zzzzzzzz", NULL}, "no option --zzzzzzzz here."},
    {&flat, {"--name", "x", NULL}, "no option --name"},
    {&word, {"a", "--name", NULL}, "--name needs a value"},
    {&word, {"a", "--json=yes", NULL}, "--json takes no value"},
    {&word, {"a", "--digits", "7", NULL}, "6, 8"},
    {&word, {"a", "--algorithm", "SHA257", NULL}, "Do you mean SHA256"},
    {&word, {"a", "-n", "x", NULL}, "two hyphens"},
};

static void
test_good_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct args args;
		char why[256];

		if (parse(good[i].command, &args, why, good[i].line) != SKS_OK)
			fail_msg("line %zu: %s", i, why);
		assert_int_equal(args.word_count, good[i].words);
		if (good[i].value == NULL) {
			assert_null(args_value(&args, good[i].option));
			assert_string_equal(args_text(&args, good[i].option), "");
		} else {
			assert_string_equal(args_value(&args, good[i].option), good[i].value);
		}
	}
}

static void
test_bad_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct args args;
		char why[256];

		if (parse(bad[i].command, &args, why, bad[i].line) != SKS_INVALID)
			fail_msg("line %zu was taken", i);
		if (strstr(why, bad[i].said) == NULL)
			fail_msg("line %zu: %s", i, why);
	}
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *text;
		int error;
		uint64_t number;
	} numbers[] = {
	    {"1", SKS_OK, 1}, {"64", SKS_OK, 64}, {"65", SKS_INVALID, 0}, {"0", SKS_INVALID, 0},
	    {"-1", SKS_INVALID, 0}, {"+1", SKS_INVALID, 0}, {" 1", SKS_INVALID, 0},
	    {"1x", SKS_INVALID, 0}, {"", SKS_INVALID, 0},
	    {"18446744073709551617", SKS_INVALID, 0}, /* 1, cut to 64 bits */
	};
	char why[256];

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const char *line[] = {"a", "--count", numbers[i].text, NULL};
		struct args args;
		uint64_t n = 99;

		assert_int_equal(parse(&word, &args, why, line), SKS_OK);
		assert_int_equal(
		    args_number(&args, OPT_COUNT_CODES, 1, 64, 10, &n), numbers[i].error);
		if (numbers[i].error == SKS_OK)
			assert_int_equal(n, numbers[i].number);
	}
}

static void
test_too_many(void **state)
{
	char x[] = "x", json[] = "--json";
	struct args args = {.command = &word};
	char *argv[ARGS_OPTIONS_MAX + 1];
	char why[256];

	(void)state;
	for (size_t i = 0; i < sizeof(argv) / sizeof(argv[0]); i++)
		argv[i] = x;
	assert_int_equal(args_parse(&args, ARGS_WORDS_MAX, argv, why, sizeof(why)), SKS_OK);
	assert_int_equal(args_parse(&args, 1, argv, why, sizeof(why)), SKS_INVALID);
	for (size_t i = 0; i < sizeof(argv) / sizeof(argv[0]); i++)
		argv[i] = json;
	assert_int_equal(args_parse(&args, ARGS_OPTIONS_MAX, argv, why, sizeof(why)), SKS_OK);
	assert_int_equal(args_parse(&args, 1, argv, why, sizeof(why)), SKS_INVALID);
}

/* Each has a name, a help, and a place in the bits of a row. */
static void
test_option_table(void **state)
{
	(void)state;
	assert_true(OPT_COUNT <= 128);
	for (int i = 0; i < OPT_COUNT; i++) {
		assert_non_null(option_table[i].name);
		assert_non_null(option_table[i].help);
		if (option_table[i].choices != NULL)
			assert_non_null(option_table[i].value);
		for (int k = 0; k < i; k++)
			if (i != OPT_FOR || k != OPT_DURATION) /* whom for; how long for */
				assert_string_not_equal(option_table[i].name, option_table[k].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good_lines),
	    cmocka_unit_test(test_bad_lines),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_too_many),
	    cmocka_unit_test(test_option_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
