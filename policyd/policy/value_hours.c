/* Hours of the week: "mon-fri 08:00-18:00, sat 09:00-12:00". */
#include "policy/value.h"

#include "error.h"
#include <string.h>

enum { MINUTES_PER_DAY = 24 * 60, WEEK = 7 };

const char *const weekday_words[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

static int
value_weekday(const char *text, size_t len)
{
	for (int i = 0; i < WEEK; i++) {
		if (strlen(weekday_words[i]) == len && memcmp(weekday_words[i], text, len) == 0)
			return i;
	}
	return -1;
}

/* "mon" or "fri-mon" (over the weekend) */
static bool
value_read_days(const char *text, uint8_t *days)
{
	size_t len = strcspn(text, "-");
	int from = value_weekday(text, len);
	int to =
	    text[len] == '-' ? value_weekday(text + len + 1, strlen(text + len + 1)) : from;

	if (from < 0 || to < 0)
		return false;
	for (int day = from;; day = (day + 1) % WEEK) {
		*days = (uint8_t)(*days | 1u << day);
		if (day == to)
			return true;
	}
}

static bool
value_read_clock(const char *text, uint16_t *minute)
{
	unsigned int hour, min;

	for (size_t i = 0; i < 5; i++) {
		if (i == 2 ? text[i] != ':' : text[i] < '0' || text[i] > '9')
			return false;
	}
	hour = (unsigned int)(text[0] - '0') * 10 + (unsigned int)(text[1] - '0');
	min = (unsigned int)(text[3] - '0') * 10 + (unsigned int)(text[4] - '0');
	*minute = (uint16_t)(hour * 60 + min);
	return min < 60 && *minute <= MINUTES_PER_DAY;
}

static bool
value_read_times(const char *text, struct hours *hours)
{
	if (strlen(text) != strlen("08:00-18:00") || text[5] != '-' ||
	    !value_read_clock(text, &hours->from_minute) ||
	    !value_read_clock(text + 6, &hours->to_minute))
		return false;
	if (hours->to_minute == 0) /* until midnight */
		hours->to_minute = MINUTES_PER_DAY;
	return hours->from_minute < MINUTES_PER_DAY && hours->from_minute != hours->to_minute;
}

/*
 * One entry: days, then hours. Days alone are refused: "mon, wed 08:00-18:00" would otherwise
 * mean all of Monday.
 */
static bool
value_read_hours(char *entry, struct hours *hours)
{
	char *rest = entry;
	char *word, *next = strtok_r(entry, " \t", &rest);

	memset(hours, 0, sizeof(*hours));
	while ((word = next) != NULL) {
		next = strtok_r(NULL, " \t", &rest);
		if (next != NULL && !value_read_days(word, &hours->weekdays))
			return false;
		if (next == NULL && !value_read_times(word, hours))
			return false;
	}
	if (hours->weekdays == 0)
		hours->weekdays = (1u << WEEK) - 1;
	return hours->to_minute != 0; /* times were there */
}

int
value_hours(struct value *v)
{
	struct hours_list *list = value_field(v);
	char line[POLICY_LINE_MAX + 1], shown[POLICY_LINE_MAX + 1];
	char *entry, *rest = NULL;

	strncpy(line, v->text, sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	for (entry = strtok_r(line, ",", &rest); entry != NULL;
	     entry = strtok_r(NULL, ",", &rest)) {
		struct hours hours;
		int r;

		entry += strspn(entry, " \t");
		if (*entry == '\0') /* "a, b," and on with the next line */
			continue;
		strcpy(shown, entry);
		if (!value_read_hours(entry, &hours)) {
			value_problem(v, shown);
			continue;
		}
		r = value_append(&list->item, &list->count, &hours, sizeof(hours));
		if (r != SKS_OK)
			return r;
	}
	return SKS_OK;
}
