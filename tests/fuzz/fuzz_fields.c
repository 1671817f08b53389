/*
 * Any bytes as tagged fields: what is accepted obeys the table, and encodes again to the same
 * bytes but for skipped optional fields; what is refused leaves nothing behind.
 */
#include "../../lib/fields.c"

#include "../../lib/buf.c"
#include "../../lib/error.c"
#include "../../lib/secret.c"

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

static const char *const colour_words[] = {"none", "red", "green", NULL};

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

#include "fuzz.h"

static bool
is_zero(const void *data, size_t len)
{
	const uint8_t *at = data;

	for (size_t i = 0; i < len; i++) {
		if (at[i] != 0)
			return false;
	}
	return true;
}

static void
expect_sample(const struct sample *s)
{
	const char *end = memchr(s->name, '\0', sizeof(s->name));

	expect(end != NULL);
	for (const char *p = s->name; p < end; p++)
		expect((unsigned char)*p >= 0x20 && *p != 0x7f);
	expect(is_zero(end, (size_t)(s->name + sizeof(s->name) - end)));
	expect(memchr(s->text, '\0', sizeof(s->text)) != NULL);
	expect(memchr(s->extra, '\0', sizeof(s->extra)) != NULL);
	expect(s->colour <= 2);
	expect(s->code.len <= SECRET_MAX);
	expect(s->code.bytes[s->code.len] == 0);
}

/* Copies good input without the optional fields that the table does not know. */
static size_t
strip_unknown(const uint8_t *data, size_t size, uint8_t *out)
{
	size_t len = 0;

	for (size_t i = 0; i < size;) {
		size_t tag = (size_t)data[i] << 8 | data[i + 1];
		size_t whole = 4 + ((size_t)data[i + 2] << 8 | data[i + 3]);

		if (tag < FIELDS_OPTIONAL || tag == 0x8002) {
			memcpy(out + len, data + i, whole);
			len += whole;
		}
		i += whole;
	}
	return len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sample s, again;
	struct buf in, out;
	uint8_t *known;
	size_t len;

	memset(&s, 0xff, sizeof(s));
	buf_init_read(&in, data, size);
	if (fields_decode(&sample_fields, &in, &s) != SKS_OK) {
		expect(is_zero(&s, sizeof(s)));
		return 0;
	}
	expect_sample(&s);
	buf_init(&out, size + 1);
	fields_encode(&sample_fields, &s, &out);
	expect(buf_error(&out) == SKS_OK);
	known = malloc(size + 1);
	expect(known != NULL);
	len = strip_unknown(data, size, known);
	expect(out.len == len && (len == 0 || memcmp(out.data, known, len) == 0));
	expect(fields_decode(&sample_fields, &out, &again) == SKS_OK);
	expect(memcmp(&s, &again, sizeof(s)) == 0);
	free(known);
	buf_clear(&out);
	return 0;
}
