/* INI as we read it: what reaches the parser, with its line, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buf.h"
#include "error.h"
#include "policy/ini_reader.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DUMP_MAX = 1 << 20 };

/* One line of text for each that is handed on: "4 [host] language=ja", "5 [host] +x". */
static int
dump_take(void *ctx, const struct ini_line *line)
{
	struct buf *out = ctx;

	buf_printf(out, "%d [%s]", line->line, line->section);
	if (line->key == NULL)
		buf_printf(out, "\n");
	else if (line->continued)
		buf_printf(out, " +%s\n", line->value);
	else
		buf_printf(out, " %s=%s\n", line->key, line->value);
	return SKS_OK;
}

static struct policy_problems problems;

static int
dump_read(struct buf *out, const char *text, size_t len)
{
	struct ini_reader *r;
	int error;

	memset(&problems, 0, sizeof(problems));
	buf_init(out, DUMP_MAX);
	r = ini_reader_new(dump_take, out, &problems);
	assert_non_null(r);
	error = ini_reader_read(r, "a.conf", text, len);
	ini_reader_free(r);
	return error;
}

static void
test_lines(void **state)
{
	static const struct {
		const char *text, *dump;
	} cases[] = {
	    {"", ""},
	    {"\n\n# nothing\n ; more of it\n", ""},
	    {"[host]\n", "1 [host]\n"},
	    {"[host]", "1 [host]\n"},
	    {"[a]\n[b]\n", "1 [a]\n2 [b]\n"},
	    {"[ account \t alice ]\n", "1 [account alice]\n"},
	    {"[a]\nk = v\n", "1 [a]\n2 [a] k=v\n"},
	    {"[a]\nk=v", "1 [a]\n2 [a] k=v\n"},
	    {"[a]\r\nk = v\r\n", "1 [a]\n2 [a] k=v\n"},
	    {"\xef\xbb\xbf[a]\nk = v\n", "1 [a]\n2 [a] k=v\n"},
	    {"[a] # why\nk = v # why\n", "1 [a]\n2 [a] k=v\n"},
	    {"[a]\nk = v ; why\nl = a;b#c\n", "1 [a]\n2 [a] k=v\n3 [a] l=a;b#c\n"},
	    {"[a]\nk = # empty\n", "1 [a]\n2 [a] k=\n"},
	    {"[a]\nk = a = b\n", "1 [a]\n2 [a] k=a = b\n"},
	    {"[a]\nk = fe80::1\n", "1 [a]\n2 [a] k=fe80::1\n"},
	    {"[a]\nk = a\n\n  b, # one\n# two\n\tc\nl = d\n",
		"1 [a]\n2 [a] k=a\n4 [a] +b,\n6 [a] +c\n7 [a] l=d\n"},
	    {"[a]\nk =\n b = c\n", "1 [a]\n2 [a] k=\n3 [a] +b = c\n"},
	    {"[a]\nk = 関所\n", "1 [a]\n2 [a] k=関所\n"},
	    {"[a]\nk = \"x\ty\"\n", "1 [a]\n2 [a] k=\"x y\"\n"},
	    {"[a-section-with-a-name-that-is-longer-than-the-49-bytes-of-inih x]\n"
	     "a_key_with_a_name_that_is_longer_than_the_49_bytes_of_inih = v\n w\n",
		"1 [a-section-with-a-name-that-is-longer-than-the-49-bytes-of-inih x]\n"
		"2 [a-section-with-a-name-that-is-longer-than-the-49-bytes-of-inih x] "
		"a_key_with_a_name_that_is_longer_than_the_49_bytes_of_inih=v\n"
		"3 [a-section-with-a-name-that-is-longer-than-the-49-bytes-of-inih x] +w\n"},
	};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = strlen(cases[i].dump);
		int r = dump_read(&out, cases[i].text, strlen(cases[i].text));

		if (r != SKS_OK || problems.total != 0 || out.len != len ||
		    (len > 0 && memcmp(out.data, cases[i].dump, len) != 0))
			fail_msg("case %zu: %d, %zu problems (%s)\n%.*s", i, r, problems.total,
			    problems.item[0].text, (int)out.len, (const char *)out.data);
		buf_clear(&out);
	}
}

static void
test_problems(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *says;
	} cases[] = {
	    {"k = v\n", 1, "before the first key"},
	    {"[a]\nk\n", 2, "key = value"},
	    {"[a]\nk: v\n", 2, "key = value"},
	    {"[a]\nk:x = v\n", 2, "key = value"},
	    {"[a]\n= v\n", 2, "key = value"},
	    {"[a]\n=\n", 2, "key = value"},
	    {"[a\nk = v\n", 1, "section"},
	    {"[]\nk = v\n", 1, "section"},
	    {"[ ]\nk = v\n", 1, "section"},
	    {"[a] b\nk = v\n", 1, "section"},
	    {"[a]]\n", 1, "section"},
	    {"[a[b]\n", 1, "section"},
	    {"[a #b]\n", 1, "section"},
	    {"[a]\n k = v\n", 2, "at the start of the line"},
	    {"[a]\nk = v\nk = w\n", 3, "k: given before, in a.conf line 2"},
	    {"[a]\nk = v\nl = v\nk  = w\n", 4, "given before"},
	    {"[a]\n[b]\n[a]\nk = v\n", 3, "[a]: given before, in a.conf line 1"},
	    {"[x a]\n[x  a ]\n", 2, "given before"},
	    {"[a]\nk = \x01\n", 2, "control"},
	    {"[a]\nk = a\x7f\n", 2, "control"},
	    {"[a]\nk = a\rb\n", 2, "control"},
	    {"[a]\nk = \xc2\x9b\n", 2, "control"},
	    {"[a]\n# \xe2\x80\xae fdp\n", 2, "control"},
	    {"[a]\nk = \xff\n", 2, "UTF-8"},
	    {"[a]\n# \xc0\xaf\n", 2, "UTF-8"},
	};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int r = dump_read(&out, cases[i].text, strlen(cases[i].text));

		if (r != SKS_OK || problems.total != 1 || problems.count != 1 ||
		    problems.item[0].line != cases[i].line ||
		    strcmp(problems.item[0].file, "a.conf") != 0 ||
		    strstr(problems.item[0].text, cases[i].says) == NULL)
			fail_msg("case %zu: %d, %zu problems, line %d: %s", i, r,
			    problems.total, problems.item[0].line, problems.item[0].text);
		buf_clear(&out);
	}
}

static void
test_nul(void **state)
{
	static const char text[] = "[a]\nk = v\0w\n";
	struct buf out;

	(void)state;
	assert_int_equal(dump_read(&out, text, sizeof(text) - 1), SKS_OK);
	assert_int_equal(problems.total, 1);
	assert_int_equal(problems.item[0].line, 2);
	assert_non_null(strstr(problems.item[0].text, "NUL"));
	buf_clear(&out);
}

/* inih cuts lines at 200 bytes and hands on the rest as if it were whole. */
static void
test_length(void **state)
{
	char text[POLICY_LINE_MAX + 64];
	struct buf out;

	(void)state;
	for (size_t len = 4; len <= POLICY_LINE_MAX + 2; len++) {
		size_t n = (size_t)sprintf(text, "[a]\nk = ");
		size_t value = len - 4; /* "k = " */

		memset(text + n, 'v', value);
		strcpy(text + n + value, "\nl = w\n");
		assert_int_equal(dump_read(&out, text, strlen(text)), SKS_OK);
		if (len <= POLICY_LINE_MAX) {
			assert_int_equal(problems.total, 0);
			assert_int_equal(
			    out.len, strlen("1 [a]\n2 [a] k=\n3 [a] l=w\n") + value);
		} else {
			assert_int_equal(problems.total, 1);
			assert_int_equal(problems.item[0].line, 2);
			assert_non_null(strstr(problems.item[0].text, "too long"));
			assert_int_equal(out.len, strlen("1 [a]\n3 [a] l=w\n"));
		}
		buf_clear(&out);
	}
}

static void
test_two_files(void **state)
{
	static const char one[] = "[a]\nk = v\n[n x]\nk = v\n";
	static const char two[] = "\n[b]\nk = v\n[a]\nl = v\nk = w\n[n x]\nl = v\n";
	struct ini_reader *r;
	struct buf out;

	(void)state;
	memset(&problems, 0, sizeof(problems));
	buf_init(&out, DUMP_MAX);
	r = ini_reader_new(dump_take, &out, &problems);
	assert_non_null(r);
	assert_int_equal(ini_reader_read(r, "one.conf", one, strlen(one)), SKS_OK);
	assert_int_equal(problems.total, 0);
	assert_int_equal(ini_reader_read(r, "two.conf", two, strlen(two)), SKS_OK);
	assert_int_equal(problems.total, 2); /* [a] goes on in the second file, with other keys */
	assert_string_equal(problems.item[0].file, "two.conf");
	assert_int_equal(problems.item[0].line, 6);
	assert_string_equal(problems.item[0].text, "k: given before, in one.conf line 2");
	assert_int_equal(problems.item[1].line, 7);
	assert_string_equal(problems.item[1].text, "[n x]: given before, in one.conf line 3");
	ini_reader_free(r);
	buf_clear(&out);
}

static void
test_many_problems(void **state)
{
	struct buf text, out;

	(void)state;
	buf_init(&text, DUMP_MAX);
	for (int i = 0; i < 100; i++)
		buf_printf(&text, "nonsense\n");
	assert_int_equal(dump_read(&out, (const char *)text.data, text.len), SKS_OK);
	assert_int_equal(problems.count, POLICY_PROBLEMS_MAX);
	assert_int_equal(problems.total, 100);
	assert_int_equal(problems.item[POLICY_PROBLEMS_MAX - 1].line, POLICY_PROBLEMS_MAX);
	buf_clear(&text);
	buf_clear(&out);
}

static int
stop_take(void *ctx, const struct ini_line *line)
{
	int *calls = ctx;

	(void)line;
	(*calls)++;
	return SKS_NOMEM;
}

static void
test_stop(void **state)
{
	static const char text[] = "[a]\nk = v\n";
	int calls = 0;
	struct ini_reader *r = ini_reader_new(stop_take, &calls, NULL);

	(void)state;
	assert_non_null(r);
	assert_int_equal(ini_reader_read(r, "a.conf", text, strlen(text)), SKS_NOMEM);
	assert_int_equal(calls, 1);
	ini_reader_free(r);
	ini_reader_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_problems),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_length),
	    cmocka_unit_test(test_two_files),
	    cmocka_unit_test(test_many_problems),
	    cmocka_unit_test(test_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
