#include "command/sheet.h"
#include "text.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* An id or the word of a state. */
static bool
is_id(const char *text)
{
	size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");

	return text[len] == '\0' && len > 0 && len <= SHEET_ID_MAX;
}

/* With nothing besides: it is kept as it came, and must not grow. */
static bool
is_answer(const json_t *one)
{
	static const char *const words[] = {"yes", "no", "own"};
	const char *control = json_string_value(json_object_get(one, "control"));
	const char *answer = json_string_value(json_object_get(one, "answer"));
	const char *evidence = json_string_value(json_object_get(one, "evidence"));
	const char *comment = json_string_value(json_object_get(one, "comment"));

	if (json_object_size(one) != 4 || control == NULL || answer == NULL || evidence == NULL ||
	    comment == NULL || !is_id(control) || !is_id(evidence) ||
	    strlen(comment) > SHEET_COMMENT_MAX)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], answer) == 0)
			return true;
	return false;
}

json_t *
sheet_parse(const void *data, size_t len)
{
	json_t *list = json_loadb(data, len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *one;
	size_t i;
	bool good = json_is_array(list) && json_array_size(list) > 0 &&
		    json_array_size(list) <= SHEET_ANSWERS_MAX;

	json_array_foreach(list, i, one) good = good && is_answer(one);
	if (good)
		return list;
	json_decref(list);
	return NULL;
}

const char *
sheet_line(const json_t *answer, char line[SHEET_LINE_SIZE])
{
	char comment[SHEET_COMMENT_MAX + 1];

	(void)text_clean(comment, sizeof(comment),
	    json_string_value(json_object_get(answer, "comment")));
	(void)snprintf(line, SHEET_LINE_SIZE, "%s %s %s %s",
	    json_string_value(json_object_get(answer, "control")),
	    json_string_value(json_object_get(answer, "answer")),
	    json_string_value(json_object_get(answer, "evidence")), comment);
	return line;
}
