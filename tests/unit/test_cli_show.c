/* What the command shows: columns by their width on a terminal, records as lines, QR codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../cli/log_line.c"
#include "../../cli/show.c"
#include "../../cli/table.c"
#include "../../policyd/factor/picture.c"

/* What "print" writes to a stream; the caller frees. */
struct capture {
	char *text;
	size_t len;
	FILE *out;
};

static FILE *
capture_open(struct capture *c)
{
	c->text = NULL;
	c->out = open_memstream(&c->text, &c->len);
	assert_non_null(c->out);
	return c->out;
}

static void
assert_captured(struct capture *c, const char *wanted)
{
	assert_int_equal(fclose(c->out), 0);
	assert_string_equal(c->text, wanted);
	free(c->text);
}

static void
test_width(void **state)
{
	static const struct {
		const char *text;
		size_t width;
	} widths[] = {
	    {"", 0}, {"abc", 3}, {"\xe9\x96\xa2\xe6\x89\x80", 4}, /* two kanji */
	    {"e\xcc\x81", 1},                                     /* e and a combining acute */
	    {"\xef\xbd\xb1", 1},                                  /* half-width katakana */
	    {"\xef\xbc\xa1", 2},                                  /* full-width A */
	    {"\xe2\x96\x80", 1},                                  /* half block */
	    {"\xff\xfe", 2},                                      /* not UTF-8 */
	    {"\xe9\x96", 2},                                      /* cut off */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++)
		assert_int_equal(table_width(widths[i].text), widths[i].width);
}

static void
test_table_columns(void **state)
{
	struct capture c;
	struct table t;

	(void)state;
	table_init(&t, 2, "NAME", "X");
	table_add(&t, "\xe9\x96\xa2\xe6\x89\x80");
	table_add(&t, "1");
	table_add(&t, "a\033[31m");
	table_add(&t, NULL);
	table_print(&t, capture_open(&c));
	table_clear(&t);
	/* "a?[31m" is the widest; the escape became U+FFFD */
	assert_captured(&c, "NAME    X\n"
			    "\xe9\x96\xa2\xe6\x89\x80    1\n"
			    "a\xef\xbf\xbd[31m  -\n");
}

static void
test_fold(void **state)
{
	struct capture c;

	(void)state;
	table_fold(capture_open(&c), "one two  three", 2, 9);
	assert_captured(&c, "one two\n  three\n");
	table_fold(capture_open(&c), "averylongword x", 0, 5);
	assert_captured(&c, "averylongword\nx\n");
	/* Japanese has no blanks and may be broken anywhere */
	table_fold(capture_open(&c), "\xe9\x96\xa2\xe6\x89\x80\xe9\x96\xa2", 0, 4);
	assert_captured(&c, "\xe9\x96\xa2\xe6\x89\x80\n\xe9\x96\xa2\n");
	/* but not before a comma, nor behind an opening bracket */
	table_fold(capture_open(&c), "関所、関所", 0, 4);
	assert_captured(&c, "関\n所、\n関所\n");
	table_fold(capture_open(&c), "関「所」a", 0, 4);
	assert_captured(&c, "関\n「所」\na\n");
	/* nor within a word of katakana */
	table_fold(capture_open(&c), "関所コード", 0, 6);
	assert_captured(&c, "関所\nコード\n");
	table_fold(capture_open(&c), "ab関cd", 0, 2);
	assert_captured(&c, "ab\n関\ncd\n");
	table_fold(capture_open(&c), "", 4, 10);
	assert_captured(&c, "\n");
}

static void
assert_line(const char *body, bool colours, const char *wanted)
{
	struct capture c;

	log_line_print(capture_open(&c), 7, body, body == NULL ? 0 : strlen(body), colours);
	assert_captured(&c, wanted);
}

static void
test_log_lines(void **state)
{
	(void)state;
	assert_line("{\"@timestamp\":\"2026-11-22T05:03:11.042Z\",\"event.action\":"
		    "\"authentication.code\",\"event.outcome\":\"failure\",\"event.reason\":"
		    "\"wrong-code\",\"user.name\":\"alice\",\"source.ip\":\"192.0.2.7\","
		    "\"service.name\":\"sshd\"}",
	    false,
	    "2026-11-22 14:03:11  authentication.code         failure/wrong-code        "
	    "alice         192.0.2.7        sshd #7\n");
	assert_line("{\"@timestamp\":\"2026-11-22T05:03:11Z\",\"event.action\":\"user.unlock\","
		    "\"event.outcome\":\"success\",\"user.name\":\"alice\","
		    "\"user.effective.name\":\"root\",\"message\":\"by phone\"}",
	    false,
	    "2026-11-22 14:03:11  user.unlock                 success                   "
	    "alice         -                - by=root text=\"by phone\" #7\n");
	assert_line("{\"message\":\"x\\\" by=root text=\\\"y\\\\\"}", false,
	    "-                    -                           -                         "
	    "-             -                - text=\"x\\\" by=root text=\\\"y\\\\\" #7\n");
	assert_line("{}", false,
	    "-                    -                           -                         "
	    "-             -                - #7\n");
	assert_line("{\"event.outcome\":\"failure\"}", true,
	    "-                    -                           \033[31mfailure                  "
	    " "
	    "\033[0m-             -                - #7\n");
}

/* A record that is gone or damaged is no reason to be silent about it, nor to obey it. */
static void
test_log_lines_hostile(void **state)
{
	(void)state;
	assert_line(NULL, false, "(record 7: its body was deleted)\n");
	assert_line("not json", false, "(record 7: its body cannot be read)\n");
	assert_line("[1]", false, "(record 7: its body cannot be read)\n");
	assert_line("{\"@timestamp\":5,\"user.name\":\"a\\u001b[2Jb\\nc\"}", false,
	    "-                    -                           -                         "
	    "\"a\\u001b[2Jb\\u000ac\" -                - #7\n");
	/* no name fills the columns behind it, and no device is followed by what is not there
	 */
	assert_line("{\"user.name\":\"eve  10.0.0.9\",\"source.ip\":\"10.0.0.1\","
		    "\"sekisho.device.name\":\"x by=root\"}",
	    false,
	    "-                    -                           -                         "
	    "\"eve  10.0.0.9\" 10.0.0.1         - device=\"x by=root\" #7\n");
}

static void
test_times(void **state)
{
	char out[SHOW_TIME_SIZE];

	(void)state;
	assert_string_equal(show_time(0, out), "");
	assert_string_equal(show_time(1795323791042, out), "2026-11-22 14:03:11");
	show_time(INT64_MAX, out); /* a year beyond all calendars: some text, no crash */
	assert_true(strlen(out) < SHOW_TIME_SIZE);
}

static void
test_members(void **state)
{
	json_t *object = json_pack("{s:s,s:i,s:[i,i],s:n}", "t", "x", "n", 5, "a", 1, 2, "z");

	(void)state;
	assert_string_equal(show_text(object, "t"), "x");
	assert_string_equal(show_text(object, "n"), "");
	assert_string_equal(show_text(object, "z"), "");
	assert_string_equal(show_text(NULL, "t"), "");
	assert_int_equal(show_number(object, "n"), 5);
	assert_int_equal(show_number(object, "t"), 0);
	assert_int_equal(show_count(object, "a"), 2);
	assert_int_equal(show_count(object, "n"), 5);
	json_decref(object);
}

/* The drawing, read back module by module, is the symbol with its margin. */
static void
test_qr_modules(void **state)
{
	static const char *const blocks[] = {
	    " ", "\xe2\x96\x84", "\xe2\x96\x80", "\xe2\x96\x88"};
	const unsigned char modules[9] = {1, 0, 1, 0, 1, 0, 0x80, 1, 3};
	const size_t side = qr_columns(3);
	struct buf drawing;
	const char *at;

	(void)state;
	buf_init(&drawing, 1 << 16);
	qr_render(modules, 3, false, &drawing);
	buf_put_u8(&drawing, 0);
	assert_int_equal(buf_error(&drawing), 0);
	at = (const char *)drawing.data;
	for (size_t row = 0; row < side; row += 2) {
		for (size_t column = 0; column < side; column++) {
			size_t i = 0;

			for (; i < 4; i++) {
				if (strncmp(at, blocks[i], strlen(blocks[i])) == 0)
					break;
			}
			assert_true(i < 4);
			at += strlen(blocks[i]);
			for (size_t half = 0; half < 2; half++) {
				size_t r = row + half, c = column;
				bool light = ((i >> (1 - half)) & 1) != 0;
				bool inside = r >= 4 && r < 7 && c >= 4 && c < 7;
				bool dark = inside && (modules[(r - 4) * 3 + c - 4] & 1) != 0;

				assert_int_equal(light, !dark);
			}
		}
		assert_int_equal(*at++, '\n');
	}
	assert_int_equal(*at, '\0');
	buf_clear(&drawing);
}

static void
test_qr_colours(void **state)
{
	const unsigned char module[1] = {1};
	struct buf drawing;

	(void)state;
	buf_init(&drawing, 1 << 16);
	qr_render(module, 1, true, &drawing);
	assert_memory_equal(drawing.data, "\033[97;40m", 8);
	assert_memory_equal(drawing.data + drawing.len - 5, "\033[0m\n", 5);
	buf_clear(&drawing);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_width),
	    cmocka_unit_test(test_table_columns),
	    cmocka_unit_test(test_fold),
	    cmocka_unit_test(test_log_lines),
	    cmocka_unit_test(test_log_lines_hostile),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_members),
	    cmocka_unit_test(test_qr_modules),
	    cmocka_unit_test(test_qr_colours),
	};

	setenv("TZ", "JST-9", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
