#include "report/pick.h"

#include <stdlib.h>
#include <string.h>

void
pick_add(struct pick *p, enum pick_kind kind, uint64_t seq, size_t bytes)
{
	uint64_t at = p->kind[kind].count++ % PICK_EACH_MAX;

	p->kind[kind].seq[at] = seq;
	p->kind[kind].bytes[at] = (uint32_t)bytes;
}

static int
pick_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

size_t
pick_choose(
    const struct pick *p, size_t room, uint64_t *seq, size_t max, uint64_t shown[PICK_KINDS])
{
	size_t count = 0;

	memset(shown, 0, PICK_KINDS * sizeof(*shown));
	for (unsigned k = 0; k < PICK_KINDS; k++) {
		uint64_t ever = p->kind[k].count;
		uint64_t kept = ever < PICK_EACH_MAX ? ever : PICK_EACH_MAX;

		for (uint64_t i = 0; i < kept && count < max; i++) {
			uint64_t at = (ever - 1 - i) % PICK_EACH_MAX;

			if (p->kind[k].bytes[at] > room)
				break;
			room -= p->kind[k].bytes[at];
			seq[count++] = p->kind[k].seq[at];
			shown[k]++;
		}
	}
	qsort(seq, count, sizeof(*seq), pick_compare);
	return count;
}
