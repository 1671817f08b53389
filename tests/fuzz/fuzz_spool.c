/*
 * One spooled file. The first byte says how the MAC comes about: left as the input has it, or
 * made right, so that the fields behind it are reached too. What is accepted must be exactly
 * what spool_encode would write: no two files mean the same event.
 */
#include "../../lib/spool.c"

#include "../../lib/buf.c"
#include "../../lib/error.c"
#include "../../lib/fields.c"
#include "../../lib/hmac.c"
#include "../../lib/protocol.c"
#include "../../lib/safeopen.c"
#include "../../lib/secret.c"

#include "fuzz.h"

static const uint8_t fuzz_key[KEY_SIZE] = {1, 2, 3};

static void
fuzz_check(const uint8_t *file, size_t len)
{
	struct spool_event e, back;
	bool authenticated = true;
	uint8_t again[SPOOL_EVENT_MAX];
	struct buf out;
	int r = spool_read(file, len, fuzz_key, &e, &authenticated);

	if (r != SKS_OK) {
		if (authenticated || e.kind != SPOOL_NONE || e.user[0] != '\0')
			abort();
		return;
	}
	if (e.kind == SPOOL_NONE)
		abort();
	buf_init_fixed(&out, again, sizeof(again));
	spool_encode(&out, &e, "/nonexistent/key");
	if (buf_error(&out) != SKS_OK || out.len > len ||
	    spool_read(again, out.len, fuzz_key, &back, &authenticated) != SKS_OK ||
	    authenticated || memcmp(&back, &e, sizeof(e)) != 0)
		abort();
}

/* A whole file around the input's fields: magic, length and MAC are right. */
static void
fuzz_wrap(const uint8_t *fields, size_t len)
{
	uint8_t file[SPOOL_EVENT_MAX], mac[MAC_SIZE];
	struct buf out;

	buf_init_fixed(&out, file, sizeof(file));
	buf_put_bytes(&out, MAGIC, MAGIC_SIZE);
	buf_put_u32(&out, (uint32_t)len);
	buf_put_bytes(&out, fields, len);
	if (buf_error(&out) != SKS_OK ||
	    hmac_sha256(fuzz_key, KEY_SIZE, file, out.len, mac) != SKS_OK)
		return;
	buf_put_bytes(&out, mac, sizeof(mac));
	if (buf_error(&out) == SKS_OK)
		fuzz_check(file, out.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] & 1)
		fuzz_wrap(data + 1, size - 1);
	else
		fuzz_check(data + 1, size - 1);
	return 0;
}
