/* The b-tree page of https://www.sqlite.org/fileformat2.html, section 1.6. */
#include "store/scrub.h"
#include <stddef.h>
#include <string.h>

enum {
	FILE_HEADER = 100,
	LEAF_HEADER = 8,
	INTERIOR_HEADER = 12,
	INTERIOR_INDEX = 2,
	INTERIOR_TABLE = 5,
	LEAF_INDEX = 10,
	LEAF_TABLE = 13,
	BLOCK_HEADER = 4, /* of a free block: the next one, and its own size */
};

struct page_parts {
	size_t gap, content; /* between them nothing is in use */
	size_t block;        /* the first free block behind; 0: none */
};

static size_t
scrub_u16(const uint8_t *at)
{
	return (size_t)at[0] << 8 | at[1];
}

static bool
scrub_find_parts(const uint8_t *page, size_t at, struct page_parts *out)
{
	uint8_t type = page[at];
	bool interior = type == INTERIOR_INDEX || type == INTERIOR_TABLE;

	if (!interior && type != LEAF_INDEX && type != LEAF_TABLE)
		return false;
	out->block = scrub_u16(page + at + 1);
	out->gap =
	    at + (interior ? INTERIOR_HEADER : LEAF_HEADER) + 2 * scrub_u16(page + at + 3);
	out->content = scrub_u16(page + at + 5);
	return out->gap <= out->content && out->content <= SCRUB_PAGE_SIZE;
}

/* Blocks stand in ascending order. With "zero" they are overwritten; without, only looked at:
 * false when they lead nowhere. */
static bool
scrub_blocks(uint8_t *page, const struct page_parts *parts, bool zero)
{
	size_t least = parts->content;

	for (size_t at = parts->block; at != 0;) {
		size_t next, size;

		if (at < least || at > SCRUB_PAGE_SIZE - BLOCK_HEADER)
			return false;
		next = scrub_u16(page + at);
		size = scrub_u16(page + at + 2);
		if (size < BLOCK_HEADER || size > SCRUB_PAGE_SIZE - at)
			return false;
		if (zero)
			memset(page + at + BLOCK_HEADER, 0, size - BLOCK_HEADER);
		least = at + size;
		at = next;
	}
	return true;
}

bool
scrub_page(uint8_t page[SCRUB_PAGE_SIZE], bool first)
{
	struct page_parts parts;

	if (!scrub_find_parts(page, first ? FILE_HEADER : 0, &parts) ||
	    !scrub_blocks(page, &parts, false))
		return false;
	memset(page + parts.gap, 0, parts.content - parts.gap);
	return scrub_blocks(page, &parts, true);
}
