/* What of a command line is a secret, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sudo_mask.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The arguments as they are recorded, with | between them. */
static const char *
masked(const char *arguments, const struct strings *options)
{
	static char lines[8192], out[16384];
	const char *item[MASK_ARGUMENTS_MAX];
	bool more;
	size_t n;

	(void)snprintf(lines, sizeof(lines), "%s", arguments);
	n = mask_arguments(options, lines, item, &more);
	assert_false(more);
	out[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		(void)strcat(out, item[i]);
		(void)strcat(out, "|");
	}
	return out;
}

static void
test_by_name(void **state)
{
	static const struct {
		const char *given, *recorded;
	} table[] = {
	    {"", ""},
	    {"-u\nroot\n", "-u|root|"},
	    {"--password\nhunter2\nx\n", "--password|***|x|"},
	    {"--password=hunter2\nx\n", "--password=***|x|"},
	    {"PGPASSWORD=hunter2\n", "PGPASSWORD=***|"},
	    {"--db-password=x\n", "--db-password=*|"},
	    {"--db-password=\nx\n", "--db-password=|x|"},
	    {"--Api-Key\nabc\n", "--Api-Key|***|"},
	    {"-secret\nabc\n", "-secret|***|"},
	    {"password\nabc\n", "password|abc|"}, /* no option: a file of that name */
	    {"--token\n", "--token|"},
	    {"--token\n\n", "--token|***|"},
	    {"--token\n--secret\nx\n", "--token|***|x|"},
	    {"https://bob:hunter2@host/x\n", "https://bob:*******@host/x|"},
	    {"https://bob:hunter2@h@host/x\n", "https://bob:*********@host/x|"},
	    {"https://host:80/a@b\n", "https://host:80/a@b|"},
	    {"https://host/\n", "https://host/|"},
	    {"url=ftp://a:b@c\n", "url=ftp://a:*@c|"},
	    {"-p\nx\n-pabc\n", "-p|x|-pabc|"},
	    {"last", "last|"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(masked(table[i].given, NULL), table[i].recorded);
}

static void
test_by_role(void **state)
{
	char p[] = "-p", key[] = "--key";
	char *item[] = {p, key};
	const struct strings options = {.item = item, .count = 2};

	(void)state;
	assert_string_equal(masked("-p\nx\n", &options), "-p|***|");
	assert_string_equal(masked("-phunter\n", &options), "-p***|");
	assert_string_equal(masked("--key\nhunter\n--keys\na\n", &options), "--key|***|--keys|a|");
	assert_string_equal(masked("--key=hunter\n", &options), "--key=***|");
	assert_string_equal(masked("-q\np\n", &options), "-q|p|");
}

static void
test_more_than_fit(void **state)
{
	static char lines[8192];
	const char *item[MASK_ARGUMENTS_MAX];
	bool more;
	size_t used = 0;

	(void)state;
	for (size_t i = 0; i < MASK_ARGUMENTS_MAX + 1; i++)
		used += (size_t)snprintf(lines + used, sizeof(lines) - used, "%zu\n", i);
	assert_int_equal(mask_arguments(NULL, lines, item, &more), MASK_ARGUMENTS_MAX);
	assert_true(more);
	assert_string_equal(item[MASK_ARGUMENTS_MAX - 1], "127");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_by_name),
	    cmocka_unit_test(test_by_role),
	    cmocka_unit_test(test_more_than_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
