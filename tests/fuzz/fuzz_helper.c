/*
 * Messages of the helpers. The first byte chooses: one message, which when accepted must be
 * exactly what helper_encode makes of its parts; or a row of messages (u16 length each) as an
 * answering helper would send them, of which every call must come to exactly one end.
 */
#include "../../policyd/helper.c"
#include "../../policyd/helper_wire.c"

#include "../../lib/buf.c"
#include "../../lib/clock.c"
#include "../../lib/error.c"
#include "../../lib/fields.c"
#include "../../lib/protocol.c"
#include "../../lib/secret.c"

enum { FUZZ_CALLS = 3 };

#include "fuzz.h"

/* Each end of a helper would go to syslog, thousands of times a second. */
void
log_error(const char *fmt, ...)
{
	(void)fmt;
}

static int fuzz_ended[FUZZ_CALLS];

static void
fuzz_check_fields(const struct fields *f, const struct helper_message *m, void *obj)
{
	struct buf in = m->fields, again;

	if (fields_decode(f, &in, obj) != SKS_OK)
		return;
	buf_init(&again, HELPER_MESSAGE_MAX);
	helper_encode(&again, m->id, m->type, f, obj, m->payload.data, m->payload.len);
	/* Fields from the future are skipped, so what comes back can be shorter, never longer.
	 */
	if (buf_error(&again) != SKS_OK ||
	    again.len > HEAD_SIZE + m->fields.len + m->payload.len)
		abort();
	buf_clear(&again);
	fields_clear(f, obj);
}

static void
fuzz_message(const uint8_t *data, size_t size)
{
	static struct warden_call call;
	static struct warden_answer answer;
	static struct command command;
	struct helper_message m;
	int r = helper_decode(data, size, &m);

	if (r != SKS_OK) {
		if (m.fields.data != NULL || m.payload.data != NULL)
			abort();
		return;
	}
	if (m.id == 0 || m.type == 0 || m.type >= HELPER_MORE ||
	    HEAD_SIZE + m.fields.len + m.payload.len != size)
		abort();
	fuzz_check_fields(&warden_call_fields, &m, &call);
	fuzz_check_fields(&warden_answer_fields, &m, &answer);
	fuzz_check_fields(&command_fields, &m, &command);
}

static void
fuzz_done(void *ctx, int error, const void *said, const void *payload, size_t payload_len)
{
	int *ended = ctx;

	++*ended;
	if ((error == SKS_OK) != (said != NULL) || (error != SKS_OK && payload_len != 0) ||
	    payload_len > HELPER_PAYLOAD_MAX)
		abort();
	if (payload_len != 0 && ((const uint8_t *)payload)[payload_len - 1] > 0xff)
		abort(); /* reads the last byte */
}

static void
fuzz_conversation(const uint8_t *data, size_t size)
{
	static struct helper h;
	static struct warden_answer answer;
	int end[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, end) != 0)
		abort();
	h = (struct helper){.fd = end[0], .answer = &answer};
	h.options = (struct helper_options){.name = "fuzz", .answer = &warden_answer_fields};
	memset(fuzz_ended, 0, sizeof(fuzz_ended));
	for (size_t i = 0; i < FUZZ_CALLS; i++)
		(void)helper_send(&h, (uint16_t)(i + 1), NULL, NULL, NULL, 0, fuzz_done,
		    &fuzz_ended[i], (int64_t)i);
	helper_expire(&h, 0); /* the first is answered late, if at all */
	while (size >= 2 && !h.dead) {
		size_t len = (size_t)(data[0] << 8 | data[1]);

		data += 2;
		size -= 2;
		len = len < size ? len : size;
		(void)!send(end[1], data, len, MSG_NOSIGNAL);
		helper_readable(&h);
		data += len;
		size -= len;
	}
	close(end[1]);
	helper_readable(&h);
	for (size_t i = 0; i < FUZZ_CALLS; i++) {
		if (!h.dead || fuzz_ended[i] != 1)
			abort();
	}
	close(end[0]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] % 2 == 0)
		fuzz_message(data + 1, size - 1);
	else
		fuzz_conversation(data + 1, size - 1);
	return 0;
}
