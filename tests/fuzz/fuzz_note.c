/*
 * Any bytes as a signed note, and as a key: what is accepted has the form that is promised and
 * is the only spelling of itself; no signature of a known key passes that it did not make.
 */
#include "../../policyd/audit/note.c"

#include "../../lib/base64.c"
#include "../../lib/buf.c"
#include "../../lib/error.c"
#include "../../lib/hex.c"
#include "../../lib/secret.c"
#include "../../lib/text.c"
#include "../../policyd/audit/ed25519.c"
#include "../../policyd/audit/note_key.c"
#include <stdlib.h>

static const char peter[] =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char peter_text[] = "If you think cryptography is the answer to your problem,\n"
				 "then you don't know what your problem is.\n";

#include "fuzz.h"

static void
try_vkey(const char *text)
{
	struct note_vkey key;
	char again[NOTE_VKEY_SIZE];

	if (note_vkey_parse(text, &key) != SKS_OK)
		return;
	expect(note_name_is_valid(key.name));
	note_vkey_format(&key, again);
	expect(strcasecmp(again, text) == 0); /* the id may be in capitals */
}

static void
try_skey(const uint8_t *data, size_t size)
{
	struct secret text, again;
	struct note_skey key;

	if (secret_set(&text, data, size) != SKS_OK || note_skey_parse(&text, &key) != SKS_OK)
		return;
	expect(note_skey_format(&key, &again) == SKS_OK);
	expect(again.len <= text.len);
	note_skey_clear(&key);
}

static void
try_note(const uint8_t *data, size_t size)
{
	struct note_vkey known;
	struct note n;
	uint64_t time;

	expect(note_vkey_parse(peter, &known) == SKS_OK);
	if (note_parse(data, size, &n) != SKS_OK) {
		expect(n.text == NULL && n.text_len == 0);
		return;
	}
	expect(n.text == (const char *)data && n.text_len < size);
	expect(n.text_len > 0 && n.text[n.text_len - 1] == '\n');
	expect(n.count >= 1 && n.count <= NOTE_SIGNATURES_MAX);
	for (size_t i = 0; i < n.count; i++) {
		const struct note_signature *s = &n.signature[i];

		expect(note_name_is_valid(s->name));
		expect((const uint8_t *)s->base64 + s->base64_len <= data + size);
	}
	if (note_verify(&n, &known, &time) == SKS_OK)
		expect(n.text_len == sizeof(peter_text) - 1 &&
		       memcmp(n.text, peter_text, n.text_len) == 0);
	known.kind = NOTE_COSIGNATURE;
	expect(note_verify(&n, &known, &time) != SKS_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* copies of exactly their size, so that a step beyond the end is seen */
	char *text = malloc(size + 1);
	uint8_t *bytes = malloc(size > 0 ? size : 1);

	expect(text != NULL && bytes != NULL);
	if (size > 0) {
		memcpy(text, data, size);
		memcpy(bytes, data, size);
	}
	text[size] = '\0';
	try_vkey(text);
	try_skey(bytes, size);
	try_note(bytes, size);
	free(text);
	free(bytes);
	return 0;
}
