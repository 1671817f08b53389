#include "show.h"

#include "table.h"
#include "text.h"
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SHOW_WIDTH = 80 };

const char *
show_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

int64_t
show_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

int64_t
show_count(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (json_is_array(value))
		return (int64_t)json_array_size(value);
	return json_integer_value(value);
}

const char *
show_time(int64_t wall_ms, char out[SHOW_TIME_SIZE])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	out[0] = '\0';
	if (wall_ms == 0)
		return out;
	if (localtime_r(&seconds, &tm) == NULL ||
	    strftime(out, SHOW_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(out, SHOW_TIME_SIZE, "%lld", (long long)wall_ms);
	return out;
}

const char *
show_time_of(const json_t *object, const char *key, char out[SHOW_TIME_SIZE])
{
	return show_time(show_number(object, key), out);
}

const char *
show_last_day(int64_t end_wall_ms, char out[SHOW_TIME_SIZE])
{
	time_t last = (time_t)((end_wall_ms - 1) / 1000);
	struct tm tm;

	if (gmtime_r(&last, &tm) == NULL || strftime(out, SHOW_TIME_SIZE, "%Y-%m-%d", &tm) == 0)
		out[0] = '\0';
	return out;
}

const char *
show_digits(int64_t number, char out[SHOW_TIME_SIZE])
{
	snprintf(out, SHOW_TIME_SIZE, "%lld", (long long)number);
	return out;
}

void
show_sentence(FILE *out, const char *text)
{
	char line[2048], clean[4096];

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		text_clean(clean, sizeof(clean), line);
		/* programs get the sentence in one piece */
		if (isatty(fileno(out)))
			table_fold(out, clean, 0, SHOW_WIDTH);
		else
			fprintf(out, "%s\n", clean);
		text += len;
		if (*text == '\n')
			text++;
	}
}

void
show_json(const json_t *json)
{
	json_dumpf(json, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
	fputc('\n', stdout);
	/* A program at the other end of a pipe may wait for this line before it goes on. */
	fflush(stdout);
}

void
show_result_json(int status, const char *text, uint64_t record)
{
	json_t *object = json_pack("{s:i}", "status", status);

	if (object == NULL)
		return;
	if (text[0] != '\0')
		json_object_set_new(object, "text", json_string(text));
	if (record != 0)
		json_object_set_new(object, "record", json_integer((json_int_t)record));
	show_json(object);
	json_decref(object);
}

static void
show_wipe_and_free(void *memory)
{
	if (memory != NULL)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

void
show_wipe_json_memory(void)
{
	json_set_alloc_funcs(malloc, show_wipe_and_free);
}
