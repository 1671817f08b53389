#include "i18n.h"
#include "paper/paper.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const int64_t clocks_ms = 2000; /* two looks at a clock, one event */

const char *
paper_get(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text != NULL ? text : "";
}

int64_t
paper_number(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return json_is_true(v) ? 1 : (int64_t)json_integer_value(v);
}

bool
paper_is(const json_t *o, const char *key, const char *text)
{
	return strcmp(paper_get(o, key), text) == 0;
}

void
paper_set(json_t *o, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		(void)json_object_set_new(o, key, json_string(text));
	else
		(void)json_object_del(o, key);
}

void
paper_set_number(json_t *o, const char *key, int64_t number)
{
	if (number != 0)
		(void)json_object_set_new(o, key, json_integer((json_int_t)number));
	else
		(void)json_object_del(o, key);
}

json_t *
paper_entry(json_t *entries, const char *id)
{
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		if (paper_is(entry, "id", id))
			return entry;
	}
	entry = json_pack("{s:s}", "id", id);
	(void)json_array_append_new(entries, entry);
	return entry;
}

void
paper_copy(json_t *entry, const char *to, const json_t *record, const char *from)
{
	const json_t *v = json_object_get(record, from);

	if (json_is_string(v))
		paper_set(entry, to, json_string_value(v));
	else
		paper_set_number(entry, to, paper_number(record, from));
}

/* ---- comparing ----------------------------------------------------------------------------- */

static bool
is_time(const char *key)
{
	size_t n = strlen(key);

	return n > 3 && strcmp(key + n - 3, "_at") == 0;
}

static void
value_text(const json_t *v, char *out, size_t size)
{
	if (json_is_string(v))
		(void)snprintf(out, size, "%s", json_string_value(v));
	else if (v != NULL)
		(void)snprintf(out, size, "%" PRId64, (int64_t)json_integer_value(v));
	else
		out[0] = '\0';
}

static bool
same(const char *key, const json_t *a, const json_t *b)
{
	if (is_time(key) && a != NULL && b != NULL)
		return llabs((long long)(json_integer_value(a) - json_integer_value(b))) <=
		       clocks_ms;
	return a == b || (a != NULL && b != NULL && json_equal(a, b));
}

static void
differ(json_t *out, const char *id, const char *key, const json_t *log, const json_t *table)
{
	char x[1024], y[1024];

	value_text(log, x, sizeof(x));
	value_text(table, y, sizeof(y));
	(void)json_array_append_new(
	    out, json_pack("{s:s,s:s,s:s,s:s}", "id", id, "key", key, "log", x, "table", y));
}

static json_t *
find(const json_t *entries, const char *id)
{
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry)
	{
		if (paper_is(entry, "id", id))
			return entry;
	}
	return NULL;
}

static void
compare_one(json_t *out, json_t *log, json_t *table)
{
	const char *id = paper_get(log, "id"), *key;
	json_t *v;

	json_object_foreach(log, key, v)
	{
		/* whose it was then: the tables know accounts, the policy of today their persons */
		if (strcmp(key, "person") == 0 && json_object_get(table, key) == NULL)
			continue;
		if (!same(key, v, json_object_get(table, key)))
			differ(out, id, key, v, json_object_get(table, key));
	}
	json_object_foreach(table, key, v)
	{
		if (json_object_get(log, key) == NULL)
			differ(out, id, key, NULL, v);
	}
}

json_t *
paper_compare(const json_t *from_log, const json_t *from_tables)
{
	json_t *out = json_array(), *entry, *other;
	size_t i;

	json_array_foreach(from_log, i, entry)
	{
		other = find(from_tables, paper_get(entry, "id"));
		if (other != NULL)
			compare_one(out, entry, other);
		else
			differ(out, paper_get(entry, "id"), "", json_object_get(entry, "id"), NULL);
	}
	json_array_foreach(from_tables, i, entry)
	{
		if (find(from_log, paper_get(entry, "id")) == NULL)
			differ(out, paper_get(entry, "id"), "", NULL, json_object_get(entry, "id"));
	}
	return out;
}
