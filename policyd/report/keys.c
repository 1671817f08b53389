#include "report/keys.h"

#include "error.h"
#include <stdlib.h>
#include <string.h>

int
keys_init(struct keys *k, uint32_t max)
{
	memset(k, 0, sizeof(*k));
	k->max = max;
	for (k->slots = 16; k->slots < max * 2; k->slots *= 2)
		;
	k->text = calloc(max, sizeof(*k->text));
	k->slot = calloc(k->slots, sizeof(*k->slot));
	return k->text != NULL && k->slot != NULL ? SKS_OK : SKS_NOMEM;
}

void
keys_clear(struct keys *k)
{
	for (uint32_t i = 0; i < k->count; i++)
		free(k->text[i]);
	free(k->text);
	free(k->slot);
	memset(k, 0, sizeof(*k));
}

/* FNV-1a. Names are chosen by strangers: the tables are small, so that many names of one hash
 * cost no more than reading the log does. */
static uint32_t
keys_hash(const char *text)
{
	uint32_t h = 2166136261U;

	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * 16777619U;
	return h;
}

static uint32_t *
keys_slot(const struct keys *k, const char *text)
{
	uint32_t at = keys_hash(text) & (k->slots - 1);

	while (k->slot[at] != 0 && strcmp(k->text[k->slot[at] - 1], text) != 0)
		at = (at + 1) & (k->slots - 1);
	return &k->slot[at];
}

uint32_t
keys_find(const struct keys *k, const char *text)
{
	return *keys_slot(k, text) - 1; /* 0 - 1 is KEYS_OTHER */
}

uint32_t
keys_add(struct keys *k, const char *text)
{
	uint32_t *slot = keys_slot(k, text);

	if (*slot != 0)
		return *slot - 1;
	if (k->count == k->max || (k->text[k->count] = strdup(text)) == NULL)
		return KEYS_OTHER;
	*slot = ++k->count;
	return k->count - 1;
}
