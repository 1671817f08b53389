/*
 * Any bytes as the files and lines that hold keys: the key ring (as they are, and with the
 * digest that belongs to them), the log key, recipients and identities. What is read is what is
 * written again; what is refused leaves no key behind.
 *
 * SOURCES: lib/base64.c lib/buf.c lib/clock.c lib/error.c lib/hex.c lib/log.c lib/safeopen.c
 * SOURCES: lib/secret.c lib/text.c policyd/audit/ed25519.c policyd/audit/logkey.c
 * SOURCES: policyd/audit/note.c policyd/audit/note_key.c policyd/container/crypt.c
 * SOURCES: policyd/container/recipient.c policyd/factor/algorithm.c policyd/factor/keyring.c
 */
#include "../../policyd/factor/keyring_text.c"

#include "audit/logkey.h"
#include "container/recipient.h"
#include <stdlib.h>

#include "fuzz.h"

static bool
is_same_key(const struct ring_key *a, const struct ring_key *b)
{
	return a->purpose == b->purpose && a->state == b->state &&
	       a->algorithm == b->algorithm && memcmp(a->id, b->id, sizeof(a->id)) == 0 &&
	       a->made_ms == b->made_ms && a->ended_ms == b->ended_ms &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static void
try_ring(const void *data, size_t size)
{
	static struct keyring ring, again;
	struct buf out;

	if (keyring_parse(data, size, 17, &ring) != SKS_OK) {
		expect(ring.count == 0);
		return;
	}
	expect(ring.count >= 2 && ring.count <= KEYRING_MAX);
	expect(keyring_current(&ring, RING_SEALING) != NULL);
	expect(keyring_current(&ring, RING_DERIVATION) != NULL);
	buf_init(&out, KEYRING_FILE_MAX);
	keyring_encode(&ring, &out);
	expect(buf_error(&out) == SKS_OK);
	expect(
	    keyring_parse(out.data, out.len, 0, &again) == SKS_OK && again.count == ring.count);
	for (size_t i = 0; i < ring.count; i++)
		expect(is_same_key(&ring.key[i], &again.key[i]));
	buf_clear(&out);
}

/* Behind the lines of the input the end that they need. */
static void
try_closed_ring(const uint8_t *data, size_t size)
{
	char shown[2 * SHOWN_DIGEST + 1];
	uint8_t digest[DIGEST_SIZE];
	size_t lines = 0;
	struct buf text;

	buf_init(&text, 1 << 16);
	buf_put_bytes(&text, FIRST_LINE, sizeof(FIRST_LINE) - 1);
	buf_put_bytes(&text, data, size);
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	if (buf_error(&text) == SKS_OK && ring_digest(text.data, text.len, digest) == SKS_OK) {
		(void)hex_put(shown, digest, SHOWN_DIGEST);
		buf_printf(&text, "end %zu %s\n", lines, shown);
		try_ring(text.data, text.len);
	}
	buf_clear(&text);
}

static void
try_logkey(const uint8_t *data, size_t size)
{
	static struct logkey key, again, none;
	char machine[LOGKEY_MACHINE_SIZE], second[LOGKEY_MACHINE_SIZE];
	struct buf out;

	if (logkey_parse(data, size, &key, machine) != SKS_OK) {
		expect(memcmp(&key, &none, sizeof(key)) == 0);
		return;
	}
	(void)strcpy(key.machine, machine);
	buf_init(&out, 1 << 16);
	logkey_format(&key, &out);
	expect(buf_error(&out) == SKS_OK);
	expect(logkey_parse(out.data, out.len, &again, second) == SKS_OK);
	expect(again.has_next == key.has_next && strcmp(machine, second) == 0);
	expect(memcmp(again.key.vkey.key, key.key.vkey.key, sizeof(key.key.vkey.key)) == 0);
	expect(strcmp(again.key.vkey.name, key.key.vkey.name) == 0);
	buf_clear(&out);
	logkey_clear(&key);
	logkey_clear(&again);
}

static void
try_line(const char *line)
{
	char again[RECIPIENT_LINE_SIZE];
	struct recipient to, back;
	struct identity identity, other;

	if (recipient_parse(line, &to) == SKS_OK) {
		recipient_print(&to, again);
		expect(strstr(line, again) != NULL && recipient_parse(again, &back) == SKS_OK);
		expect(memcmp(to.key, back.key, sizeof(to.key)) == 0);
	}
	if (identity_parse(line, &identity) == SKS_OK) {
		identity_print(&identity, again);
		expect(strstr(line, again) != NULL && identity_parse(again, &other) == SKS_OK);
		expect(identity_recipient(&identity, &to) == SKS_OK);
		expect(identity_recipient(&other, &back) == SKS_OK);
		expect(memcmp(to.key, back.key, sizeof(to.key)) == 0);
		identity_clear(&other);
	}
	identity_clear(&identity);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = strndup((const char *)data, size);

	expect(line != NULL);
	try_ring(data, size);
	try_closed_ring(data, size);
	try_logkey(data, size);
	try_line(line);
	free(line);
	return 0;
}
