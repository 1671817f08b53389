/*
 * Random sequences of buffer calls against a plain array as the model. The input is a
 * program: first the kind and size of the buffer, then one byte a call and its arguments.
 */
#include "../../lib/buf.c"

#include "../../lib/error.c"

enum { MODEL_MAX = 4096 };

struct input {
	const uint8_t *at;
	size_t left;
};

struct model {
	uint8_t bytes[MODEL_MAX];
	size_t len, pos, max;
	int failed;
};

#include "fuzz.h"

static uint8_t
take(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->at++;
}

static size_t
take_len(struct input *in)
{
	size_t v = take(in);

	if (v == 0xff) /* now and then a length that wraps */
		return SIZE_MAX - take(in);
	return v * (take(in) % 4 == 0 ? 16 : 1);
}

static void
model_put(struct model *m, const void *data, size_t len)
{
	if (m->failed != 0 || len == 0)
		return;
	if (len > m->max - m->len) {
		m->failed = SKS_TOO_BIG;
		return;
	}
	memcpy(m->bytes + m->len, data, len);
	m->len += len;
}

static bool
model_get(struct model *m, size_t len)
{
	if (m->failed == 0 && len > m->len - m->pos)
		m->failed = SKS_TRUNCATED;
	if (m->failed != 0)
		return false;
	m->pos += len;
	return true;
}

static void
put_something(struct buf *b, struct model *m, struct input *in, uint8_t op)
{
	uint8_t bytes[MODEL_MAX];
	size_t len = take_len(in);
	uint8_t fill = take(in);
	uint8_t *at;

	if (len > sizeof(bytes)) {
		if (m->failed == 0) {
			expect(buf_reserve(b, len) == NULL);
			m->failed = SKS_TOO_BIG;
		}
		return;
	}
	memset(bytes, fill, sizeof(bytes));
	switch (op) {
	case 0:
		buf_put_bytes(b, bytes, len);
		model_put(m, bytes, len);
		break;
	case 1:
		buf_put_u32(b, fill * 0x01010101u);
		model_put(m, bytes, sizeof(uint32_t));
		break;
	case 2:
		buf_printf(b, "%0*d", (int)len + 1, 0);
		memset(bytes, '0', sizeof(bytes));
		model_put(m, bytes, len + 1);
		break;
	default:
		at = buf_reserve(b, len + 1);
		memset(bytes, 0, sizeof(bytes));
		model_put(m, bytes, len + 1);
		expect((at != NULL) == (m->failed == 0));
		break;
	}
}

static void
get_something(struct buf *b, struct model *m, struct input *in, uint8_t op)
{
	const uint8_t *from = m->bytes + m->pos;
	uint8_t bytes[MODEL_MAX];
	char text[64];
	size_t len = take_len(in);
	uint64_t v;
	bool good;

	switch (op) {
	case 4:
		if (len > sizeof(bytes))
			return;
		good = model_get(m, len);
		buf_get_bytes(b, bytes, len);
		for (size_t i = 0; i < len; i++)
			expect(bytes[i] == (good ? from[i] : 0));
		break;
	case 5:
		good = model_get(m, sizeof(uint32_t));
		v = buf_get_u32(b);
		expect(v == (good ? (uint64_t)from[0] << 24 | (uint64_t)from[1] << 16 |
					(uint64_t)from[2] << 8 | from[3]
				  : 0));
		break;
	case 6:
		good = model_get(m, len);
		expect((buf_get_ptr(b, len) != NULL) == good);
		break;
	default:
		buf_get_str(b, text, len % sizeof(text) + 1);
		expect(memchr(text, '\0', sizeof(text)) != NULL);
		expect(strlen(text) <= len % sizeof(text));
		expect(m->failed == 0 || text[0] == '\0');
		if (m->failed == 0) { /* its own rules are the unit test's: follow it */
			m->failed = buf_error(b);
			m->pos = b->pos;
		}
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model m;
	static uint8_t fixed[MODEL_MAX];
	struct input in = {data, size};
	uint8_t kind = take(&in) % 3;
	struct buf b;

	memset(&m, 0, sizeof(m));
	m.max = take_len(&in) % (MODEL_MAX + 1);
	if (kind == 0) {
		buf_init(&b, m.max);
	} else if (kind == 1) {
		buf_init_fixed(&b, fixed, m.max);
	} else {
		m.max = in.left < MODEL_MAX ? in.left : MODEL_MAX;
		m.len = m.max;
		memcpy(m.bytes, in.at, m.len);
		buf_init_read(&b, in.at, m.len);
	}
	while (in.left > 0) {
		uint8_t op = take(&in) % 9;

		if (op == 8 && kind != 2) {
			buf_reset(&b);
			m.len = m.pos = 0;
			m.failed = 0;
		} else if (op < 4) {
			put_something(&b, &m, &in, op);
		} else if (op < 8) {
			get_something(&b, &m, &in, op);
		}
		expect(buf_error(&b) == m.failed);
		expect(b.pos <= b.len);
		expect(buf_left(&b) == m.len - m.pos);
		expect(b.len == m.len && (m.len == 0 || memcmp(b.data, m.bytes, m.len) == 0));
	}
	buf_clear(&b);
	return 0;
}
