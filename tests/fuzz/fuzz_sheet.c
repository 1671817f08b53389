/*
 * Any bytes as an answered self-check sheet: a list of whole answers whose record has room and
 * whose row is not longer than what came, or none.
 * SOURCES: lib/error.c lib/text.c policyd/command/sheet.c
 */
#include "command/sheet.h"
#include "text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { PERSON_SENDS_MAX = 32 * 1024, RECORD_ROOM = 56000 /* of RECORD_BODY_MAX, for the rest */ };

/* The words of a line are those of the answer, whatever the comment is. */
static size_t
check_line(const json_t *one)
{
	const char *control = json_string_value(json_object_get(one, "control"));
	char line[SHEET_LINE_SIZE], *json;
	json_t *text;
	size_t len;

	memset(line, 'x', sizeof(line));
	expect(sheet_line(one, line) == line);
	len = strnlen(line, sizeof(line));
	expect(len < sizeof(line) && text_is_utf8(line, len) && strpbrk(line, "\n\r\x1b\x7f") == NULL);
	expect(strncmp(line, control, strlen(control)) == 0 && line[strlen(control)] == ' ');
	text = json_string(line);
	json = json_dumps(text, JSON_ENCODE_ANY);
	expect(json != NULL);
	len = strlen(json) + 1;
	free(json);
	json_decref(text);
	return len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room = 0, i;
	json_t *list, *one, *again;
	char *text, *copy;

	if (size > PERSON_SENDS_MAX)
		return 0;
	copy = malloc(size > 0 ? size : 1); /* ends where the sheet ends */
	expect(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	list = sheet_parse(copy, size);
	free(copy);
	if (list == NULL)
		return 0;
	expect(json_array_size(list) > 0 && json_array_size(list) <= SHEET_ANSWERS_MAX);
	json_array_foreach(list, i, one) room += check_line(one);
	expect(room <= RECORD_ROOM);
	text = json_dumps(list, JSON_COMPACT);
	expect(text != NULL && strlen(text) <= size);
	again = sheet_parse(text, strlen(text)); /* what is kept is a sheet */
	expect(again != NULL && json_equal(again, list));
	json_decref(again);
	json_decref(list);
	free(text);
	return 0;
}
