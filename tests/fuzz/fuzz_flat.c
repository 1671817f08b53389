/*
 * Any bytes as a record's body, read as fast as verifying does: what is accepted is JSON to
 * jansson too, with the same members and the same strings.
 */
#include "../../policyd/audit/flat.c"

#include "../../lib/error.c"
#include "../../lib/text.c"
#include <jansson.h>
#include <stdlib.h>

#include "fuzz.h"

static int
compare_listed(void *context, const struct flat_item *string)
{
	json_t **list = context;
	static char text[1 << 16];

	expect(json_array_size(*list) > 0);
	if (flat_string(string, text, sizeof(text)))
		expect(strcmp(text, json_string_value(json_array_get(*list, 0))) == 0);
	expect(json_array_remove(*list, 0) == 0);
	return 0;
}

/* Of members that are there twice both keep the last. */
static void
compare(json_t *root, const struct flat_item *item)
{
	static char text[1 << 16];
	json_t *value = json_object_getn(root, item->key, item->key_len);

	expect(value != NULL);
	if (item->type == FLAT_NUMBER)
		expect(json_is_integer(value) && json_integer_value(value) == item->number);
	else if (item->type == FLAT_BOOL)
		expect(json_is_boolean(value) && json_is_true(value) == item->truth);
	else if (item->type == FLAT_STRING && flat_string(item, text, sizeof(text)))
		expect(json_is_string(value) && strcmp(text, json_string_value(value)) == 0);
	else if (item->type == FLAT_LIST) {
		expect(flat_list(item, compare_listed, &value) == SKS_OK);
		expect(json_array_size(value) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size > 0 ? size : 1);
	struct flat_item item;
	struct flat f;
	json_t *root, *twice;
	int r;

	expect(bytes != NULL);
	if (size > 0)
		memcpy(bytes, data, size);
	flat_init(&f, bytes, size);
	while ((r = flat_next(&f, &item)) == 1)
		expect(item.key >= bytes && item.key + item.key_len <= bytes + size);
	root = json_loadb(bytes, size, JSON_ALLOW_NUL, NULL);
	twice = json_loadb(bytes, size, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
	if (r == 0)
		expect(json_is_object(root));
	if (r == 0 && twice != NULL) {
		flat_init(&f, bytes, size);
		while (flat_next(&f, &item) == 1)
			compare(root, &item);
	}
	json_decref(root);
	json_decref(twice);
	free(bytes);
	return 0;
}
