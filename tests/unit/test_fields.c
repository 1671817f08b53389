/* Tagged fields: what is encoded is decoded, and only one spelling of it is accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"
#include "fields.h"
#include "secret.h"
#include <stdlib.h>
#include <string.h>

static const char *const colour_words[] = {"none", "red", "green", NULL};

struct sample {
	uint32_t number;
	uint64_t big;
	int64_t offset;
	bool flag;
	char name[8];
	char text[16];
	struct secret code;
	uint32_t colour;
	char extra[4];
};

static const struct field sample_rows[] = {
    FIELD(struct sample, number, FIELD_U32, 1, "number"),
    FIELD(struct sample, big, FIELD_U64, 2, "big"),
    FIELD(struct sample, offset, FIELD_I64, 3, "offset"),
    FIELD(struct sample, flag, FIELD_BOOL, 5, "flag"),
    FIELD(struct sample, name, FIELD_STR, 6, "name"),
    FIELD(struct sample, text, FIELD_TEXT, 7, "text"),
    FIELD(struct sample, code, FIELD_SECRET, 8, NULL),
    FIELD_ENUM(struct sample, colour, colour_words, 9, "colour"),
    FIELD(struct sample, extra, FIELD_STR, 0x8002, "extra"),
};
static const struct fields sample_fields = FIELDS(struct sample, sample_rows);

static void
sample_fill(struct sample *s)
{
	memset(s, 0, sizeof(*s));
	s->number = UINT32_MAX;
	s->big = UINT64_MAX;
	s->offset = INT64_MIN;
	s->flag = true;
	memcpy(s->name, "1234567", 8);
	memcpy(s->text, "two\n\tlines", 11);
	assert_int_equal(secret_set(&s->code, "a\0b", 3), SKS_OK);
	s->colour = 2;
	memcpy(s->extra, "abc", 4);
}

static void
test_round_trip(void **state)
{
	struct sample in, out;
	struct buf b;

	(void)state;
	sample_fill(&in);
	memset(&out, 0xff, sizeof(out));
	buf_init(&b, 4096);
	fields_encode(&sample_fields, &in, &b);
	assert_int_equal(buf_error(&b), SKS_OK);
	assert_int_equal(fields_decode(&sample_fields, &b, &out), SKS_OK);
	assert_memory_equal(&in, &out, sizeof(in));
	buf_clear(&b);
	fields_clear(&sample_fields, &out);
	memset(&in, 0, sizeof(in));
	assert_memory_equal(&in, &out, sizeof(in));
}

static void
test_wire_form(void **state)
{
	static const uint8_t wire[] = {
	    0, 1, 0, 4, 0, 0, 1, 2, 0, 5, 0, 1, 1, 0, 6, 0, 2, 'a', 'b', 0x80, 2, 0, 1, 'x'};
	struct sample in = {.number = 258, .flag = true, .name = "ab", .extra = "x"};
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	fields_encode(&sample_fields, &in, &b);
	assert_int_equal(buf_error(&b), SKS_OK);
	assert_int_equal(b.len, sizeof(wire));
	assert_memory_equal(b.data, wire, sizeof(wire));
	buf_reset(&b);
	memset(&in, 0, sizeof(in)); /* nothing but zeros: nothing on the wire */
	fields_encode(&sample_fields, &in, &b);
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_error(&b), SKS_OK);
	assert_int_equal(fields_decode(&sample_fields, &b, &in), SKS_OK);
	buf_clear(&b);
}

struct decode_case {
	const char *name;
	const char *wire;
	size_t len;
	int error;
};

#define ROW(name, wire, error)                                                                 \
	{                                                                                      \
		name, wire, sizeof(wire) - 1, error                                            \
	}

static const struct decode_case decode_cases[] = {
    ROW("nothing", "", SKS_OK),
    ROW("a number", "\0\1\0\4\0\0\0\1", SKS_OK),
    ROW("longest name",
	"\0\6\0\7"
	"1234567",
	SKS_OK),
    ROW("name one too long",
	"\0\6\0\10"
	"12345678",
	SKS_TOO_BIG),
    ROW("bytes that are not UTF-8", "\0\6\0\2\xff\x80", SKS_OK),
    ROW("last colour", "\0\11\0\4\0\0\0\2", SKS_OK),
    ROW("no such colour", "\0\11\0\4\0\0\0\3", SKS_INVALID),
    ROW("colour beyond int", "\0\11\0\4\xff\xff\xff\xff", SKS_INVALID),
    ROW("half a tag", "\0", SKS_TRUNCATED),
    ROW("no length", "\0\1", SKS_TRUNCATED),
    ROW("half a length", "\0\1\0", SKS_TRUNCATED),
    ROW("no value", "\0\1\0\4", SKS_TRUNCATED),
    ROW("half a number", "\0\1\0\4\0\0", SKS_TRUNCATED),
    ROW("half a name",
	"\0\6\0\4"
	"ab",
	SKS_TRUNCATED),
    ROW("half a secret",
	"\0\10\0\4"
	"ab",
	SKS_TRUNCATED),
    ROW("length of 65535",
	"\0\6\xff\xff"
	"ab",
	SKS_TRUNCATED),
    ROW("u32 in two bytes", "\0\1\0\2\0\1", SKS_INVALID),
    ROW("u32 in eight bytes", "\0\1\0\10\0\0\0\0\0\0\0\1", SKS_INVALID),
    ROW("u64 in four bytes", "\0\2\0\4\0\0\0\1", SKS_INVALID),
    ROW("number in no bytes", "\0\1\0\0", SKS_INVALID),
    ROW("zero number", "\0\1\0\4\0\0\0\0", SKS_INVALID),
    ROW("zero big", "\0\2\0\10\0\0\0\0\0\0\0\0", SKS_INVALID),
    ROW("false", "\0\5\0\1\0", SKS_INVALID),
    ROW("truer than true", "\0\5\0\1\2", SKS_INVALID),
    ROW("truth of 256", "\0\5\0\2\1\0", SKS_INVALID),
    ROW("empty name", "\0\6\0\0", SKS_INVALID),
    ROW("empty secret", "\0\10\0\0", SKS_INVALID),
    ROW("NUL in a name",
	"\0\6\0\3"
	"a\0b",
	SKS_INVALID),
    ROW("NUL at its end",
	"\0\6\0\2"
	"a\0",
	SKS_INVALID),
    ROW("newline in a name",
	"\0\6\0\2"
	"a\n",
	SKS_INVALID),
    ROW("tab in a name", "\0\6\0\1\t", SKS_INVALID),
    ROW("escape in a name", "\0\6\0\2\33[", SKS_INVALID),
    ROW("unit separator", "\0\6\0\1\37", SKS_INVALID),
    ROW("space", "\0\6\0\1 ", SKS_OK),
    ROW("tilde", "\0\6\0\1~", SKS_OK),
    ROW("DEL in a name", "\0\6\0\1\177", SKS_INVALID),
    ROW("newline in a text", "\0\7\0\1\n", SKS_OK),
    ROW("escape in a text", "\0\7\0\2\33[", SKS_INVALID),
    ROW("carriage return in a text", "\0\7\0\1\r", SKS_INVALID),
    ROW("NUL in a text",
	"\0\7\0\2"
	"a\0",
	SKS_INVALID),
    ROW("the same tag twice", "\0\5\0\1\1\0\5\0\1\1", SKS_INVALID),
    ROW("descending", "\0\5\0\1\1\0\1\0\4\0\0\0\1", SKS_INVALID),
    ROW("tag 0", "\0\0\0\1x", SKS_INVALID),
    ROW("unknown between", "\0\4\0\1x", SKS_INVALID),
    ROW("unknown after", "\0\12\0\1x", SKS_INVALID),
    ROW("last that must be known", "\x7f\xff\0\1x", SKS_INVALID),
    ROW("first optional", "\x80\0\0\1x", SKS_OK),
    ROW("optional, then known", "\x80\1\0\3xyz\x80\2\0\1a", SKS_OK),
    ROW("known, then optional", "\x80\2\0\1a\x80\3\0\0", SKS_OK),
    ROW("last tag", "\xff\xff\0\1\33", SKS_OK),
    ROW("after the last tag", "\xff\xff\0\1x\0\1\0\4\0\0\0\1", SKS_INVALID),
    ROW("last tag twice", "\xff\xff\0\1x\xff\xff\0\1x", SKS_INVALID),
    ROW("optional twice", "\x80\0\0\1x\x80\0\0\1x", SKS_INVALID),
    ROW("optional cut short", "\x80\0\0\2x", SKS_TRUNCATED),
    ROW("good, then bad", "\0\1\0\4\0\0\0\1\0\10\0\1s\0\7\0\1x", SKS_INVALID),
};

static void
test_decode(void **state)
{
	static const struct sample zero;

	(void)state;
	for (size_t i = 0; i < sizeof(decode_cases) / sizeof(decode_cases[0]); i++) {
		const struct decode_case *c = &decode_cases[i];
		uint8_t *exact = malloc(c->len + (c->len == 0));
		struct sample out;
		struct buf b;

		assert_non_null(exact);
		memcpy(exact, c->wire, c->len);
		memset(&out, 0xff, sizeof(out));
		buf_init_read(&b, exact, c->len);
		if (fields_decode(&sample_fields, &b, &out) != c->error)
			fail_msg("%s: %d", c->name, buf_error(&b));
		assert_int_equal(buf_error(&b), c->error);
		if (c->error != SKS_OK) /* no secret of a refused message remains */
			assert_memory_equal(&out, &zero, sizeof(out));
		free(exact);
	}
}

/* Each prefix of a good message is refused or a shorter good message, never more. */
static void
test_every_prefix(void **state)
{
	struct sample in, out;
	struct buf b, again;
	size_t accepted = 0;

	(void)state;
	sample_fill(&in);
	buf_init(&b, 4096);
	fields_encode(&sample_fields, &in, &b);
	for (size_t len = 0; len <= b.len; len++) {
		uint8_t *exact = malloc(len + (len == 0));
		struct buf cut;

		assert_non_null(exact);
		memcpy(exact, b.data, len);
		buf_init_read(&cut, exact, len);
		if (fields_decode(&sample_fields, &cut, &out) == SKS_OK) {
			accepted++;
			buf_init(&again, 4096);
			fields_encode(&sample_fields, &out, &again);
			assert_int_equal(again.len, len);
			assert_memory_equal(again.data, exact, len);
			buf_clear(&again);
		} else {
			assert_int_equal(buf_error(&cut), SKS_TRUNCATED);
		}
		free(exact);
	}
	assert_int_equal(accepted, 1 + sizeof(sample_rows) / sizeof(sample_rows[0]));
	buf_clear(&b);
}

static void
test_secret_at_its_limit(void **state)
{
	uint8_t wire[4 + SECRET_MAX + 1] = {0, 8};
	struct sample out;

	(void)state;
	for (size_t len = SECRET_MAX - 1; len <= SECRET_MAX + 1; len++) {
		struct buf b;

		wire[2] = (uint8_t)(len >> 8);
		wire[3] = (uint8_t)(len & 0xff);
		buf_init_read(&b, wire, 4 + len);
		assert_int_equal(fields_decode(&sample_fields, &b, &out),
		    len <= SECRET_MAX ? SKS_OK : SKS_TOO_BIG);
		assert_int_equal(out.code.len, len <= SECRET_MAX ? len : 0);
	}
}

static void
test_encode_refuses(void **state)
{
	struct sample good, bad;
	struct buf b;

	(void)state;
	sample_fill(&good);
	buf_init(&b, 4096);

	bad = good;
	bad.name[2] = '\n';
	fields_encode(&sample_fields, &bad, &b);
	assert_int_equal(buf_error(&b), SKS_INVALID);

	bad = good;
	bad.name[7] = 'x'; /* no NUL in the array */
	buf_reset(&b);
	fields_encode(&sample_fields, &bad, &b);
	assert_int_equal(buf_error(&b), SKS_INTERNAL);

	bad = good;
	bad.colour = 3;
	buf_reset(&b);
	fields_encode(&sample_fields, &bad, &b);
	assert_int_equal(buf_error(&b), SKS_INVALID);

	bad = good;
	bad.code.len = SECRET_MAX + 1; /* damaged: must not read beyond the array */
	buf_reset(&b);
	fields_encode(&sample_fields, &bad, &b);
	assert_int_equal(buf_error(&b), SKS_INTERNAL);
	buf_clear(&b);

	buf_init(&b, 20);
	fields_encode(&sample_fields, &good, &b);
	assert_int_equal(buf_error(&b), SKS_TOO_BIG);
	buf_clear(&b);
}

static void
test_words(void **state)
{
	(void)state;
	assert_string_equal(fields_word(colour_words, 0), "none");
	assert_string_equal(fields_word(colour_words, 2), "green");
	assert_string_equal(fields_word(colour_words, 3), "?");
	assert_string_equal(fields_word(colour_words, UINT32_MAX), "?");
	assert_int_equal(fields_value(colour_words, "none"), 0);
	assert_int_equal(fields_value(colour_words, "green"), 2);
	assert_int_equal(fields_value(colour_words, "Green"), -1);
	assert_int_equal(fields_value(colour_words, "gree"), -1);
	assert_int_equal(fields_value(colour_words, ""), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_wire_form),
	    cmocka_unit_test(test_decode),
	    cmocka_unit_test(test_every_prefix),
	    cmocka_unit_test(test_secret_at_its_limit),
	    cmocka_unit_test(test_encode_refuses),
	    cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
