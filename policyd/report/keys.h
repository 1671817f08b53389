/*
 * Names, each kept once and known by a number from 0: so that tables of any log take bounded
 * memory. What finds no room any more has the number KEYS_OTHER.
 */
#ifndef SEKISHO_REPORT_KEYS_H
#define SEKISHO_REPORT_KEYS_H

#include <stdint.h>

#define KEYS_OTHER UINT32_MAX

struct keys {
	char **text; /* owned */
	uint32_t count, max;
	uint32_t *slot; /* number + 1; 0: free */
	uint32_t slots;
};

/* At most max names. 0 or SKS_NOMEM; call keys_clear() in any case. */
int keys_init(struct keys *k, uint32_t max);
void keys_clear(struct keys *k);
/* The number of a name, given to it now if need be; KEYS_OTHER when there is no room. */
uint32_t keys_add(struct keys *k, const char *text);
/* KEYS_OTHER when it has none. */
uint32_t keys_find(const struct keys *k, const char *text);

#endif
