/*
 * Any bytes as a head: what is accepted comes back from the bytes that we would write for it,
 * but for extension lines.
 */
#include "../../policyd/audit/checkpoint.c"

#include "../../lib/base64.c"
#include "../../lib/buf.c"
#include "../../lib/error.c"
#include "../../lib/hex.c"
#include "../../lib/secret.c"
#include "../../lib/text.c"
#include "../../policyd/audit/ed25519.c"
#include "../../policyd/audit/note.c"
#include "../../policyd/audit/note_key.c"
#include <stdlib.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct checkpoint none;
	static struct note_vkey key;
	char *text = malloc(size > 0 ? size : 1);
	struct checkpoint c, again;
	struct buf out;

	expect(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	if (key.name[0] == '\0')
		expect(note_vkey_parse("example.com/log/testdata+33d7b496+"
				       "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
			   &key) == SKS_OK);
	if (checkpoint_parse(text, size, &c) == SKS_OK) {
		buf_init(&out, 1 << 16);
		expect(c.origin[0] != '\0' && c.size <= MERKLE_SIZE_MAX);
		expect(checkpoint_format(&c, &out) == SKS_OK);
		expect(out.len <= size && memcmp(out.data, text, out.len) == 0);
		expect(checkpoint_parse((const char *)out.data, out.len, &again) == SKS_OK);
		expect(memcmp(&c, &again, sizeof(c)) == 0);
		buf_clear(&out);
	} else {
		expect(memcmp(&c, &none, sizeof(c)) == 0);
	}
	if (checkpoint_open(text, size, &key, &c) == SKS_OK)
		expect(c.size == 15 && strcmp(c.origin, "example.com/log/testdata") == 0);
	free(text);
	return 0;
}
