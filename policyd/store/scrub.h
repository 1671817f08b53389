/*
 * What a page of the database still shows of cells that are gone.
 *
 * secure_delete overwrites a cell that is deleted, and pages that are freed. But when SQLite
 * moves cells between pages to balance a tree, the copies at the old place stay where they
 * were, in the space that the page does not use. So no page reaches the database file without
 * passing through here (walio.c).
 */
#ifndef SEKISHO_STORE_SCRUB_H
#define SEKISHO_STORE_SCRUB_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SCRUB_PAGE_SIZE = 4096,
	/* A page that is no tree's begins with the number of another page: below this many
	 * (128 GiB) that number cannot be taken for the type of a tree's page. */
	SCRUB_PAGES_MAX = 0x01ffffff,
};

/* Zeros what the page of a tree does not use. "first" is page 1, whose first 100 bytes are the
 * file's header. False and unchanged where it is none, or damaged: that is others' to find. */
bool scrub_page(uint8_t page[SCRUB_PAGE_SIZE], bool first);

#endif
