/*
 * A reply as the module reads it from the socket, byte for byte from the input. The first byte
 * says what is asked for: with a payload or without, behind a right header or the input's own.
 */
#include "../../lib/client.c"

#include "../../lib/buf.c"
#include "../../lib/clock.c"
#include "../../lib/dial.c"
#include "../../lib/error.c"
#include "../../lib/fields.c"
#include "../../lib/protocol.c"
#include "../../lib/safeopen.c"
#include "../../lib/secret.c"
#include <stdlib.h>

enum { INPUT_MAX = 16384, PAYLOAD_LIMIT = 64 };

#include "fuzz.h"

static size_t
fuzz_message(const uint8_t *data, size_t size, bool header, uint8_t out[INPUT_MAX + 64])
{
	struct buf b;

	buf_init_fixed(&b, out, INPUT_MAX + 64);
	if (header) {
		buf_put_u32(&b, PROTOCOL_MAGIC);
		buf_put_u16(&b, MSG_PAM | MSG_REPLY);
		buf_put_u16(&b, 0);
		buf_put_u32(&b, (uint32_t)size);
		buf_put_u32(&b, 0);
	}
	buf_put_bytes(&b, data, size);
	return b.len;
}

static void
fuzz_check(const uint8_t *message, size_t len, bool with_payload)
{
	static const struct pam_reply empty;
	struct dial c = {.deadline_ms = clock_monotonic_ms() + 5000};
	struct pam_reply reply = {0};
	struct buf payload;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		abort();
	if (send(pair[1], message, len, 0) != (ssize_t)len)
		abort();
	close(pair[1]);
	c.fd = pair[0];
	buf_init(&payload, PAYLOAD_LIMIT);
	r = client_read_reply(
	    &c, MSG_PAM, &pam_reply_fields, &reply, with_payload ? &payload : NULL);
	close(pair[0]);
	/* the other end is closed: nothing may wait */
	if (r == SKS_TIMEOUT)
		abort();
	if (r != SKS_OK && memcmp(&reply, &empty, sizeof(empty)) != 0 && r != SKS_TOO_BIG)
		abort();
	if (memchr(reply.prompt, '\0', sizeof(reply.prompt)) == NULL ||
	    memchr(reply.text, '\0', sizeof(reply.text)) == NULL || payload.len > PAYLOAD_LIMIT)
		abort();
	buf_clear(&payload);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t message[INPUT_MAX + 64];
	size_t len;

	if (size < 1 || size > INPUT_MAX)
		return 0;
	len = fuzz_message(data + 1, size - 1, (data[0] & 2) != 0, message);
	if (len > 0)
		fuzz_check(message, len, (data[0] & 1) != 0);
	return 0;
}
