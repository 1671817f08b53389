/* Bodies that the first pass needs: read whole, checked against their header, taken apart. */
#include "audit/record.h"
#include "audit/verify_internal.h"
#include "base64.h"
#include "error.h"
#include "hex.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

static bool
read_members(const struct store_row *row, struct place *place, size_t count)
{
	struct flat_item item;
	struct flat f;
	int r;

	flat_init(&f, row->body, row->body_len);
	while ((r = flat_next(&f, &item)) == 1) {
		for (size_t i = 0; i < count; i++) {
			if (!flat_is(&item, place[i].key))
				continue;
			place[i].found = place[i].text != NULL
					     ? flat_string(&item, place[i].text, place[i].size)
					     : item.type == FLAT_NUMBER;
			if (place[i].text == NULL)
				*place[i].number = item.number;
		}
	}
	return r == 0;
}

static bool
read_checked(
    struct verify *v, const struct header *h, struct place *place, size_t count, bool *gone)
{
	uint8_t hash[32];
	struct store_row row;
	int r = store_row_get(v->store, h->seq, &row);

	*gone = r == SKS_OK && row.body == NULL;
	if (*gone)
		return false;
	if (r != SKS_OK) {
		verify_find(v, r == SKS_NOT_FOUND ? VERIFY_MISSING : VERIFY_DAMAGED, h->seq,
		    h->seq, "%s", store_error(v->store));
		return false;
	}
	r = record_body_hash(row.body, row.body_len, hash);
	if (r != SKS_OK) {
		v->fatal = r;
	} else if (memcmp(hash, h->body_hash, sizeof(hash)) != 0) {
		verify_find(v, VERIFY_BODY, h->seq, h->seq, "%s", "");
	} else if (!read_members(&row, place, count)) {
		verify_find(v, VERIFY_BODY_FORM, h->seq, h->seq, "%s", "");
	} else {
		return true;
	}
	return false;
}

bool
verify_read(
    struct verify *v, const struct header *h, struct place *place, size_t count, bool *gone)
{
	bool whole;

	for (size_t i = 0; i < count; i++) {
		place[i].found = false;
		if (place[i].text != NULL)
			place[i].text[0] = '\0';
		else
			*place[i].number = 0;
	}
	whole = read_checked(v, h, place, count, gone);
	store_row_done(v->store);
	return whole;
}

bool
verify_base64(const char *text, void *out, size_t size)
{
	return base64_decode(text, strlen(text), out, size) == (int)size;
}

bool
verify_boot_id(const char *text, uint8_t out[16])
{
	return hex_read(text, out, 16);
}
