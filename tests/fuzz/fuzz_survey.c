/*
 * Any bytes as the entries of a survey: whole entries with a path that may stand in a record,
 * and the same bytes when they are written again; comparing them does not depend on which came
 * first.
 */
#include "../../policyd/survey/entry.c"

#include "../../lib/buf.c"
#include "../../lib/error.c"
#include "../../lib/secret.c"
#include "../../lib/text.c"

#include "fuzz.h"

static void
check(const struct survey_entry *e, const uint8_t *bytes, size_t len)
{
	struct buf again;

	expect(e->path[0] == '/' && text_is_utf8(e->path, strlen(e->path)));
	for (const char *at = e->path; *at != '\0'; at++)
		expect((unsigned char)*at >= ' ' && *at != 0x7f);
	buf_init(&again, 1 << 16);
	survey_put(&again, e);
	expect(buf_error(&again) == SKS_OK && again.len == len &&
	       memcmp(again.data, bytes, len) == 0);
	buf_clear(&again);
	expect(survey_compare(e, e) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct survey_entry before = {0};
	struct buf in;

	buf_init_read(&in, data, size);
	while (buf_left(&in) > 0) {
		struct survey_entry e;
		size_t at = in.pos;

		if (survey_get(&in, &e) != SKS_OK) {
			expect(e.path == NULL);
			break;
		}
		check(&e, data + at, in.pos - at);
		if (before.path != NULL)
			expect(survey_compare(&before, &e) == survey_compare(&e, &before));
		survey_entry_clear(&before);
		before = e;
	}
	survey_entry_clear(&before);
	return 0;
}
