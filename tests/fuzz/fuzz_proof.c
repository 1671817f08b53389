/*
 * Any bytes as a proof file: what is accepted comes back from its own form, byte for byte.
 *
 * SOURCES: policyd/audit/checkpoint.c policyd/audit/note.c
 */
#include "../../policyd/audit/proof.c"

#include "../../lib/base64.c"
#include "../../lib/buf.c"
#include "../../lib/error.c"
#include "../../lib/hex.c"
#include "../../lib/secret.c"
#include "../../lib/text.c"
#include "../../policyd/audit/ed25519.c"
#include "../../policyd/audit/merkle.c"
#include "../../policyd/audit/note_key.c"

#include "fuzz.h"

static void
expect_again(struct proof *p, const uint8_t *data, size_t size)
{
	static uint8_t extra[PROOF_EXTRA_MAX];
	struct buf out;
	int n = proof_extra(p, extra, sizeof(extra));

	if (n < 0)
		return; /* only its length was looked at */
	if (p->extra_base64 != NULL)
		p->extra = extra;
	p->extra_len = (size_t)n;
	buf_init(&out, 2 * PROOF_MAX);
	expect(proof_format(p, &out) == SKS_OK);
	expect(out.len == size && memcmp(out.data, data, size) == 0);
	buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct note_vkey key;
	uint8_t *bytes = malloc(size > 0 ? size : 1);
	struct checkpoint head;
	struct merkle_hash leaf = {{0}};
	struct proof p;

	expect(bytes != NULL);
	if (size > 0)
		memcpy(bytes, data, size);
	if (key.name[0] == '\0')
		expect(note_vkey_parse("example.com/log/testdata+33d7b496+"
				       "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
			   &key) == SKS_OK);
	if (proof_parse(bytes, size, &p) == SKS_OK) {
		expect(p.path.count <= MERKLE_LEVELS && p.index < MERKLE_SIZE_MAX);
		expect((const uint8_t *)p.head + p.head_len == bytes + size);
		expect(proof_verify(&p, &leaf, &key, &head) != SKS_OK);
		expect_again(&p, bytes, size);
	}
	free(bytes);
	return 0;
}
