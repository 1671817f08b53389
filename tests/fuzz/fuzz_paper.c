/*
 * Any bytes as pages of the log for a paper, from the daemon or out of a store: what is taken is a
 * JSON object with its number and time, in order, and nothing of what came behind the paper's own
 * record; a page that is cut short or lies about its lengths is refused.
 *
 * SOURCES: lib/buf.c lib/clock.c lib/error.c lib/i18n.c
 * SOURCES: policyd/audit/event.c
 */
#include "call.h"
#include "paper/paper.h"

#include "audit/record.h"
#include "fuzz.h"
#include <stdio.h>
#include <string.h>

/* Nothing is said 20,000 times a second. */
#define fprintf(...) ((void)0)
#include "../../cli/paper/read.c"
#undef fprintf

static const uint8_t *input;
static size_t input_size;
static unsigned pages;

/* ---- a daemon, and a store ---------------------------------------------------------------- */

void
call_init(struct call *c, enum verb verb)
{
	memset(c, 0, sizeof(*c));
	c->request.verb = verb;
	buf_init(&c->payload, 1 << 20);
}

void
call_clear(struct call *c)
{
	buf_clear(&c->payload);
}

/* The input's first byte is how long the first page is, in sixteenths. */
int
call_run(struct call *c, const struct args *args)
{
	size_t cut = input_size * (input_size > 0 ? input[0] % 17 : 0) / 16;

	(void)args;
	expect(c->request.event[0] != '\0' && c->request.limit == READ_PAGE && pages < 2);
	if (pages == 0)
		buf_put_bytes(&c->payload, input, cut);
	else
		buf_put_bytes(&c->payload, input + cut, input_size - cut);
	pages++;
	c->reply.next = 7; /* the second time it stands still */
	return STATUS_DONE;
}

int
store_log_open(struct store *s, const struct log_filter *f, uint64_t from, struct log_cursor **out)
{
	(void)s;
	(void)f;
	(void)from;
	*out = NULL;
	return SKS_OK;
}

/* Lines: two bytes of header, the rest its body. */
int
store_log_step(struct log_cursor *c, struct log_row *row)
{
	const uint8_t *end = memchr(input, '\n', input_size);
	size_t len = end != NULL ? (size_t)(end - input) : input_size;

	(void)c;
	if (input_size == 0)
		return 0;
	memset(row, 0, sizeof(*row));
	row->seq = ++pages;
	memcpy(row->header, input, len >= 2 ? 2 : len);
	row->body = len >= 2 ? input + 2 : NULL;
	row->body_len = len >= 2 ? len - 2 : 0;
	input += end != NULL ? len + 1 : len;
	input_size -= end != NULL ? len + 1 : len;
	return 1;
}

void
store_log_close(struct log_cursor *c)
{
	(void)c;
}

int
record_header_decode(const uint8_t header[RECORD_HEADER_SIZE], struct record *r)
{
	memset(r, 0, sizeof(*r));
	if (header[0] == '!')
		return SKS_INVALID;
	r->action = header[0] == 'e' ? ACTION_EXCEPTION_REQUEST : ACTION_LOG_SEAL;
	return SKS_OK;
}

const char *
paper_get(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text != NULL ? text : "";
}

int64_t
paper_number(const json_t *o, const char *key)
{
	return (int64_t)json_integer_value(json_object_get(o, key));
}

/* ---- the paper ---------------------------------------------------------------------------- */

static int
try_way(struct store *store, const uint8_t *data, size_t size, uint64_t own, size_t *taken)
{
	static const struct paper_kind kind = {.action = {ACTION_EXCEPTION_REQUEST}};
	struct paper p = {.kind = &kind, .store = store, .records = json_array()};
	json_t *one;
	size_t i;
	int status;

	input = data;
	input_size = size;
	pages = 0;
	p.terms = json_pack("{s:I}", "record", (json_int_t)own);
	status = paper_read(&p);
	expect(status == STATUS_DONE || status == STATUS_UNREADABLE);
	json_array_foreach(p.records, i, one)
	{
		expect(json_is_object(one) && json_is_integer(json_object_get(one, "seq")));
		expect(json_is_integer(json_object_get(one, "at")));
		expect(own == 0 || (uint64_t)paper_number(one, "seq") < own);
	}
	*taken = json_array_size(p.records);
	json_decref(p.records);
	json_decref(p.terms);
	return status;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int somewhere;
	size_t all, some;

	if (size < 1)
		return 0;
	(void)try_way(NULL, data, size, 0, &all);
	if (try_way((struct store *)&somewhere, data, size, 0, &all) == STATUS_DONE) {
		expect(try_way((struct store *)&somewhere, data, size, 3, &some) == STATUS_DONE);
		expect(some <= all && some <= 2);
	}
	return 0;
}
