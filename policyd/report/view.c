#include "report/view.h"

#include "error.h"
#include <string.h>

static const char *const member_key[] = {
#define X(symbol, key) key,
    VIEW_MEMBERS(X)
#undef X
};

static void
view_take(struct view *v, const struct flat_item *item)
{
	for (size_t m = 0; m < VIEW_COUNT_OF; m++) {
		if (flat_is(item, member_key[m])) {
			v->item[m] = *item;
			return;
		}
	}
}

int
view_init(
    struct view *v, const uint8_t header[RECORD_HEADER_SIZE], const void *body, size_t len)
{
	enum { BEGIN = 6 }; /* salt, time, action, outcome, reason stand first */
	struct flat_item item;
	struct flat f;

	memset(v, 0, sizeof(*v));
	v->body = body;
	v->len = len;
	if (record_header_decode(header, &v->header) != SKS_OK)
		return SKS_INVALID;
	if (body == NULL)
		return SKS_OK;
	flat_init(&f, body, len);
	for (int i = 0; i < BEGIN && flat_next(&f, &item) == 1; i++)
		view_take(v, &item);
	return SKS_OK;
}

void
view_read(struct view *v)
{
	struct flat_item item;
	struct flat f;

	if (v->read || v->body == NULL)
		return;
	v->read = true;
	flat_init(&f, v->body, v->len);
	while (flat_next(&f, &item) == 1)
		view_take(v, &item);
}

bool
view_is(const struct view *v, enum view_member m, const char *text)
{
	const struct flat_item *item = &v->item[m];

	return item->type == FLAT_STRING && !item->escaped && item->len == strlen(text) &&
	       memcmp(item->text, text, item->len) == 0;
}

bool
view_has(const struct view *v, enum view_member m)
{
	return v->item[m].type != FLAT_NONE;
}

const char *
view_text(const struct view *v, enum view_member m, char *dst, size_t size)
{
	dst[0] = '\0';
	if (v->item[m].type == FLAT_STRING)
		(void)flat_string(&v->item[m], dst, size);
	return dst;
}

int64_t
view_number(const struct view *v, enum view_member m)
{
	return v->item[m].type == FLAT_NUMBER ? v->item[m].number : 0;
}
