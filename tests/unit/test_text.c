/* Text from strangers: UTF-8 or not, shown safely, and codes as people type them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "text.h"
#include <stdlib.h>
#include <string.h>

#define FFFD "\xef\xbf\xbd"

static void
test_is_utf8(void **state)
{
	static const struct {
		const char *name, *s;
		size_t len;
		bool valid;
	} cases[] = {
	    {"empty", "", 0, true},
	    {"ASCII", "root", 4, true},
	    {"NUL is a character", "a\0b", 3, true},
	    {"two bytes, first", "\xc2\x80", 2, true},
	    {"two bytes, last", "\xdf\xbf", 2, true},
	    {"Japanese", "関所", 6, true},
	    {"three bytes, first", "\xe0\xa0\x80", 3, true},
	    {"below the surrogates", "\xed\x9f\xbf", 3, true},
	    {"above the surrogates", "\xee\x80\x80", 3, true},
	    {"three bytes, last", "\xef\xbf\xbf", 3, true},
	    {"four bytes, first", "\xf0\x90\x80\x80", 4, true},
	    {"U+10FFFF", "\xf4\x8f\xbf\xbf", 4, true},
	    {"beyond U+10FFFF", "\xf4\x90\x80\x80", 4, false},
	    {"lead byte F5", "\xf5\x80\x80\x80", 4, false},
	    {"overlong slash, two bytes", "\xc0\xaf", 2, false},
	    {"overlong, C1", "\xc1\xbf", 2, false},
	    {"overlong slash, three bytes", "\xe0\x80\xaf", 3, false},
	    {"overlong, last of three", "\xe0\x9f\xbf", 3, false},
	    {"overlong slash, four bytes", "\xf0\x80\x80\xaf", 4, false},
	    {"overlong, last of four", "\xf0\x8f\xbf\xbf", 4, false},
	    {"first surrogate", "\xed\xa0\x80", 3, false},
	    {"last surrogate", "\xed\xbf\xbf", 3, false},
	    {"continuation alone", "\x80", 1, false},
	    {"Latin-1", "caf\xe9", 4, false},
	    {"cut after one of two", "\xc3", 1, false},
	    {"cut after two of three", "\xe9\x96", 2, false},
	    {"cut after three of four", "\xf0\x9f\x98", 3, false},
	    {"lead, then ASCII", "\xe9\x96 ", 3, false},
	    {"FE", "\xfe", 1, false},
	    {"FF", "\xff", 1, false},
	    {"bad at the end", "関所\xff", 7, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *exact = malloc(cases[i].len + (cases[i].len == 0)); /* ASan watches */

		assert_non_null(exact);
		memcpy(exact, cases[i].s, cases[i].len);
		if (text_is_utf8(exact, cases[i].len) != cases[i].valid)
			fail_msg("%s", cases[i].name);
		free(exact);
	}
}

/* All code points by an encoder of our own; all pairs of bytes against the definition. */
static void
test_is_utf8_whole_range(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < 0x110000; c++) {
		char s[4];
		size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		uint32_t rest = c;

		for (size_t i = len; i-- > 1; rest >>= 6)
			s[i] = (char)(0x80 | (rest & 0x3f));
		s[0] = (char)(len == 1 ? rest : (0xf00u >> len & 0xff) | rest);
		if (text_is_utf8(s, len) != (c < 0xd800 || c > 0xdfff))
			fail_msg("U+%04X", c);
	}
	for (unsigned int pair = 0; pair < 0x10000; pair++) {
		unsigned int a = pair >> 8, b = pair & 0xff;
		char s[2] = {(char)a, (char)b};
		bool valid = (a < 0x80 && b < 0x80) ||
			     (a >= 0xc2 && a <= 0xdf && b >= 0x80 && b <= 0xbf);

		if (text_is_utf8(s, 2) != valid)
			fail_msg("%02x %02x", a, b);
	}
}

static void
test_clean(void **state)
{
	static const struct {
		const char *src;
		size_t size;
		const char *dst;
	} cases[] = {
	    {"", 1, ""},
	    {"alice", 16, "alice"},
	    {"alice", 6, "alice"},
	    {"alice", 5, "alic"},
	    {"alice", 1, ""},
	    {"関所", 7, "関所"},
	    {"関所", 6, "関"}, /* never half a character */
	    {"関所", 4, "関"},
	    {"関所", 3, ""},
	    {"a\nb", 16, "a" FFFD "b"},
	    {"\x1b[2J", 16, FFFD "[2J"},
	    {"a\tb\r", 16, "a" FFFD "b" FFFD},
	    {"\x7f", 16, FFFD},
	    {"\xc2\x9b[m", 16, FFFD "[m"},         /* CSI as one C1 character */
	    {"\xc2\xa0", 16, "\xc2\xa0"},          /* the first beyond C1 */
	    {"\xe2\x80\xa8x", 16, FFFD "x"},       /* line separator */
	    {"\xe2\x80\xaetoor", 16, FFFD "toor"}, /* right-to-left override */
	    {"\xe2\x81\xa6x", 16, FFFD "x"},       /* isolate */
	    {"\xe2\x80\x8fx", 16, FFFD "x"},       /* right-to-left mark */
	    {"\xd8\x9cx", 16, FFFD "x"},           /* Arabic letter mark */
	    {"al\xe2\x80\x8bice", 16, "al" FFFD "ice"}, /* space of no width */
	    {"al\xc2\xadice", 16, "al" FFFD "ice"},     /* soft hyphen */
	    {"alice\xe3\x85\xa4", 16, "alice" FFFD},   /* Hangul filler: shown as a blank, or not at all */
	    {"alice\xef\xbe\xa0", 16, "alice" FFFD},
	    {"\xe1\x85\x9f\xe1\x85\xa0", 16, FFFD FFFD},
	    {"al\xcd\x8fice", 16, "al" FFFD "ice"},   /* joins, and is not seen */
	    {"\xe1\x85\xa1\xe3\x85\xa3\xe3\x85\xa5", 16, "\xe1\x85\xa1\xe3\x85\xa3\xe3\x85\xa5"}, /* beside them */
	    {"\xef\xbb\xbfx", 16, FFFD "x"},       /* byte order mark */
	    {"\xf3\xa0\x80\xa1x", 16, FFFD "x"},   /* a tag */
	    {"\xe2\x80\xa7\xe2\x80\xaf", 16, "\xe2\x80\xa7\xe2\x80\xaf"}, /* beside them */
	    {"\xe2\x81\x9f\xe2\x81\xb0", 16, "\xe2\x81\x9f\xe2\x81\xb0"},
	    {"\xe2\x80\x8a\xe2\x80\x90", 16, "\xe2\x80\x8a\xe2\x80\x90"},
	    {"caf\xe9", 16, "caf" FFFD},
	    {"\xe9\x96", 16, FFFD}, /* one for a character that breaks off */
	    {"\xe9\x96 ", 16, FFFD " "},
	    {"\xff\xfe", 16, FFFD FFFD},
	    {"\xed\xa0\x80", 16, FFFD FFFD FFFD},
	    {"\xff", 3, ""},
	    {"\xff", 4, FFFD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *dst = malloc(cases[i].size);
		size_t len;

		assert_non_null(dst);
		memset(dst, 'x', cases[i].size);
		len = text_clean(dst, cases[i].size, cases[i].src);
		if (strcmp(dst, cases[i].dst) != 0 || len != strlen(cases[i].dst))
			fail_msg("case %zu: \"%s\"", i, dst);
		assert_true(text_is_utf8(dst, len));
		free(dst);
	}
	assert_int_equal(text_clean(NULL, 0, "x"), 0);
}

static void
test_fold_code(void **state)
{
	static const struct {
		const char *typed;
		size_t size;
		int r;
		const char *out;
	} cases[] = {
	    {"123456", 16, 6, "123456"},
	    {"", 16, 0, ""},
	    {"   ", 16, 0, ""},
	    {"123 456", 16, 6, "123456"},
	    {" 123-456 ", 16, 6, "123456"},
	    {"１２３４５６", 16, 6, "123456"},
	    {"０９", 16, 2, "09"},
	    {"１２３　４５６", 16, 6, "123456"},
	    {"１２３－４５６", 16, 6, "123456"},
	    {"１２３ー４５６", 16, 6, "123456"},
	    {"‐‑−\xc2\xa0 1", 16, 1, "1"}, /* U+2010, 2011, 2212, 00A0 */
	    {"abcd-WXYZ", 16, 8, "ABCDWXYZ"},
	    {"ＡＺａｚ", 16, 4, "AZAZ"},
	    {"123456", 7, 6, "123456"},
	    {"123456", 6, SKS_TOO_BIG, ""},
	    {"1", 1, SKS_TOO_BIG, ""},
	    {"-", 1, 0, ""},
	    {"12345x!", 16, SKS_INVALID, ""},
	    {"123456\n", 16, SKS_INVALID, ""},
	    {"12\x7f", 16, SKS_INVALID, ""},
	    {"12@", 16, SKS_INVALID, ""}, /* beside the ASCII ranges */
	    {"12[", 16, SKS_INVALID, ""},
	    {"12`", 16, SKS_INVALID, ""},
	    {"12{", 16, SKS_INVALID, ""},
	    {"12/", 16, SKS_INVALID, ""},
	    {"12:", 16, SKS_INVALID, ""},
	    {"12＠", 16, SKS_INVALID, ""}, /* and the full-width ones */
	    {"12：", 16, SKS_INVALID, ""},
	    {"12／", 16, SKS_INVALID, ""},
	    {"12｛", 16, SKS_INVALID, ""},
	    {"12\xef\xbc", 16, SKS_INVALID, ""},   /* a full-width digit cut short */
	    {"\xef\xbc\x31", 16, SKS_INVALID, ""}, /* and broken off by a digit */
	    {"\xc0\xb1", 16, SKS_INVALID, ""},     /* overlong "1" */
	    {"١٢٣", 16, SKS_INVALID, ""},          /* other digits are not guessed at */
	    {"関", 16, SKS_INVALID, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *out = malloc(cases[i].size);
		int r;

		assert_non_null(out);
		memset(out, 'x', cases[i].size);
		r = text_fold_code(cases[i].typed, out, cases[i].size);
		if (r != cases[i].r || strcmp(out, cases[i].out) != 0)
			fail_msg("case %zu (%s): %d \"%s\"", i, cases[i].typed, r, out);
		for (size_t j = 0; r < 0 && j < cases[i].size; j++)
			assert_int_equal(out[j], 0); /* no digit of it is left behind */
		free(out);
	}
	assert_int_equal(text_fold_code("1", NULL, 0), SKS_TOO_BIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_is_utf8),
	    cmocka_unit_test(test_is_utf8_whole_range),
	    cmocka_unit_test(test_clean),
	    cmocka_unit_test(test_fold_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
