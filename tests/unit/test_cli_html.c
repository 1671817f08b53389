/* What a page or table of the command makes of anybody's text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../cli/csv.c"
#include "../../cli/html.c"
#include <stdlib.h>

static char *
text_of(const char *text)
{
	char *out = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&out, &len);

	assert_non_null(file);
	html_text(file, text);
	assert_int_equal(fclose(file), 0);
	return out;
}

static void
test_text(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {{"", ""}, {"plain 関所", "plain 関所"},
	    {"<script>\"&amp;\"</script>",
		"&lt;script&gt;&quot;&amp;amp;&quot;&lt;/script&gt;"},
	    {"a\tb\nc", "a\tb\nc"},
	    {"\x01"
	     "a\x1b[1mb\r",
		"a[1mb"},
	    {"\x7f" "a\xc2\x9b[1mb", "a\ufffd[1mb"},
	    {"\u202eroot\u2069 \u200fx", "\ufffdroot\ufffd \ufffdx"},
	    {"a\xff\xe9\x96", "a\ufffd\ufffd\ufffd"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *out = text_of(cases[i].in);

		assert_string_equal(out, cases[i].out);
		free(out);
	}
}

static void
test_css_string(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	html_css_string(&out, "a1 \"</style>\\関");
	buf_put_u8(&out, 0);
	assert_string_equal((char *)out.data, "\"a1\\20 \\22 \\3c \\2f style\\3e \\5c 関\"");
	buf_clear(&out);
}

static char *
page(const char *script)
{
	char *out = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&out, &len);
	struct buf style;

	assert_non_null(file);
	buf_init(&style, 100);
	buf_put_bytes(&style, "b{}", 3);
	html_begin(file, "<t>", &style, script, script == NULL ? 0 : strlen(script));
	buf_clear(&style);
	assert_int_equal(fclose(file), 0);
	return out;
}

/* The hashes are those of printf "b{}" | openssl dgst -sha256 -binary | base64. */
static void
test_begin(void **state)
{
	const char *const style =
	    "style-src 'sha256-7yqHVAesot11p6HczDsgKRipvI5UPgs97z80zNXlans='; ";
	const char *const script =
	    "script-src 'sha256-AvyuiL0SD1mVY3NNxR+V2uo+lhk6RMFrytWmRt6CrJQ='; ";
	char *none = page(NULL), *one = page("run()");

	(void)state;
	assert_non_null(strstr(none, "default-src 'none'; style-src"));
	assert_non_null(strstr(none, style));
	assert_non_null(strstr(none, "<title>&lt;t&gt;</title>"));
	assert_non_null(strstr(none, "<style>b{}</style>\n</head>\n"));
	assert_null(strstr(none, "script"));
	assert_non_null(strstr(one, style));
	assert_non_null(strstr(one, script));
	assert_null(strstr(one, "run()"));
	free(none);
	free(one);
}

static void
test_csv(void **state)
{
	static const struct {
		const char *in;
		bool last;
		const char *out;
	} cases[] = {{"", false, "\"\","}, {"a,b", true, "\"a,b\"\r\n"},
	    {"say \"x\"", false, "\"say \"\"x\"\"\","}, {"=1+1", false, "\"'=1+1\","},
	    {"-1", true, "\"'-1\"\r\n"}, {"@x", false, "\"'@x\","},
	    {"\uff1dcmd", false, "\"'\uff1dcmd\","}, {"\uff20x", false, "\"'\uff20x\","},
	    {"\n=1", false, "\"'\n=1\","}, {"\uff1cx", false, "\"\uff1cx\","}, {"1=", false, "\"1=\","}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *out = NULL;
		size_t len = 0;
		FILE *file = open_memstream(&out, &len);

		assert_non_null(file);
		csv_cell(file, cases[i].in, cases[i].last);
		assert_int_equal(fclose(file), 0);
		assert_string_equal(out, cases[i].out);
		free(out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_css_string),
	    cmocka_unit_test(test_begin),
	    cmocka_unit_test(test_csv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
