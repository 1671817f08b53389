/*
 * Any text as a place where heads were seen: whatever stands around them, what is taken for a
 * head is one, and none is found that is not in the text.
 */
#include "../../policyd/audit/verify_seen.c"

#include "../../lib/base64.c"
#include "../../lib/buf.c"
#include "../../lib/error.c"
#include "../../lib/hex.c"
#include "../../lib/secret.c"
#include "../../lib/text.c"
#include "../../policyd/audit/ed25519.c"
#include "../../policyd/audit/merkle.c"
#include "../../policyd/audit/note_key.c"

/*
 * SOURCES: policyd/audit/checkpoint.c policyd/audit/note.c
 */

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct verify_seen seen;
	FILE *file;
	int r;

	verify_seen_init(&seen);
	if (size == 0)
		return 0;
	file = fmemopen((void *)(uintptr_t)data, size, "r");
	expect(file != NULL);
	r = verify_seen_read(&seen, file);
	(void)fclose(file);
	expect((r == SKS_OK) == (seen.count > 0));
	verify_seen_sort(&seen);
	for (size_t i = 0; i < seen.count; i++) {
		const struct verify_seen_head *head = &seen.head[i];

		expect(head->origin < seen.origin_count && head->size <= MERKLE_SIZE_MAX);
		expect(
		    verify_seen_origin(&seen, seen.origin[head->origin]) == (int)head->origin);
		expect(memmem(data, size, seen.origin[head->origin],
			   strlen(seen.origin[head->origin])) != NULL);
		expect(i == 0 || compare_heads(head - 1, head) <= 0);
	}
	verify_seen_clear(&seen);
	return 0;
}
