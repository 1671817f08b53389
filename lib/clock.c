#include "clock.h"

#include "error.h"
#include <ctype.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	MS_PER_SECOND = 1000,
	SECONDS_PER_DAY = 86400,
	RFC3339_SIZE = sizeof("2026-11-22T05:03:11.042Z"),
};

/* Days from 1970-01-01 to 0000-01-01 and to 10000-01-01: what four digits can write. */
#define FIRST_DAY INT64_C(-719528)
#define END_DAY   INT64_C(2932897)
#define DAY_MS    ((int64_t)SECONDS_PER_DAY * MS_PER_SECOND)
#define YEAR_MS   (365 * DAY_MS)

static int64_t
clock_read_ms(clockid_t id)
{
	struct timespec ts;

	/* Without a clock nothing can be decided, and zero would make what expired valid. */
	if (clock_gettime(id, &ts) != 0)
		abort();
	return (int64_t)ts.tv_sec * MS_PER_SECOND + ts.tv_nsec / 1000000;
}

struct instant
clock_now(void)
{
	return (struct instant){
	    .wall_ms = clock_read_ms(CLOCK_REALTIME),
	    .boot_ms = clock_read_ms(CLOCK_BOOTTIME),
	};
}

int64_t
clock_monotonic_ms(void)
{
	return clock_read_ms(CLOCK_MONOTONIC);
}

int64_t
clock_monotonic_us(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
		abort();
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
clock_awake_ms(void)
{
	return clock_read_ms(CLOCK_MONOTONIC_RAW);
}

int
clock_boot_id(char out[BOOT_ID_SIZE + 1])
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = -1;

	memset(out, 0, BOOT_ID_SIZE + 1);
	if (fd >= 0) {
		n = read(fd, out, BOOT_ID_SIZE);
		close(fd);
	}
	for (int i = 0; n == BOOT_ID_SIZE && i < BOOT_ID_SIZE; i++) {
		bool fits =
		    form[i] == '-' ? out[i] == '-' : isxdigit((unsigned char)out[i]) != 0;

		if (!fits)
			n = -1;
	}
	if (n != BOOT_ID_SIZE) {
		memset(out, 0, BOOT_ID_SIZE + 1);
		return SKS_IO;
	}
	return SKS_OK;
}

/*
 * The calendar by arithmetic instead of gmtime_r and timegm: those read TZ and
 * /etc/localtime, which a sandboxed daemon cannot and a decision must not. A year starts in
 * March here, so that the leap day is its last; 400 such years are an era of 146,097 days.
 */
static int64_t
clock_days(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t month_from_march = (month + 9) % 12;
	int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;

	/* 719,468 days lie between 0000-03-01 and 1970-01-01 */
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719468;
}

static void
clock_civil(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t of_era = z - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t day_of_year = of_era - (365 * y + y / 4 - y / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;

	*day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
	*month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
	*year = (int)(y + era * 400 + (*month <= 2 ? 1 : 0));
}

const char *
clock_rfc3339(int64_t wall_ms, char *out, size_t size)
{
	int64_t days, ms;
	int year, month, day;
	unsigned int second;

	if (size < RFC3339_SIZE) {
		if (size > 0)
			out[0] = '\0';
		return out;
	}
	if (wall_ms < FIRST_DAY * DAY_MS)
		wall_ms = FIRST_DAY * DAY_MS;
	if (wall_ms >= END_DAY * DAY_MS)
		wall_ms = END_DAY * DAY_MS - 1;
	days = wall_ms / DAY_MS;
	ms = wall_ms % DAY_MS;
	if (ms < 0) {
		ms += DAY_MS;
		days--;
	}
	clock_civil(days, &year, &month, &day);
	second = (unsigned int)(ms / MS_PER_SECOND);
	snprintf(out, size, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", (unsigned int)year % 10000,
	    (unsigned int)month % 100, (unsigned int)day % 100, second / 3600 % 24,
	    second / 60 % 60, second % 60, (unsigned int)(ms % MS_PER_SECOND));
	return out;
}

/* Exactly "width" digits at *at, which moves behind them. */
static bool
clock_digits(const char **at, int width, int min, int max, int64_t *value)
{
	int64_t v = 0;

	for (int i = 0; i < width; i++) {
		char c = (*at)[i];

		if (c < '0' || c > '9')
			return false;
		v = v * 10 + (c - '0');
	}
	*at += width;
	*value = v;
	return v >= min && v <= max;
}

static bool
clock_char(const char **at, const char *set)
{
	if (**at == '\0' || strchr(set, **at) == NULL)
		return false;
	(*at)++;
	return true;
}

static bool
clock_parse_date(const char **at, int64_t *days)
{
	static const int length[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t year, month, day;

	if (!clock_digits(at, 4, 0, 9999, &year) || !clock_char(at, "-"))
		return false;
	if (!clock_digits(at, 2, 1, 12, &month) || !clock_char(at, "-"))
		return false;
	if (!clock_digits(at, 2, 1, length[month - 1], &day))
		return false;
	if (month == 2 && day == 29 && (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0)))
		return false;
	*days = clock_days(year, month, day);
	return true;
}

/* A second of 60 is allowed in RFC 3339; POSIX time counts it as the next second. */
static bool
clock_parse_time(const char **at, int64_t *ms)
{
	int64_t hour, minute, second;
	int scale = 100;

	if (!clock_digits(at, 2, 0, 23, &hour) || !clock_char(at, ":"))
		return false;
	if (!clock_digits(at, 2, 0, 59, &minute) || !clock_char(at, ":"))
		return false;
	if (!clock_digits(at, 2, 0, 60, &second))
		return false;
	*ms = (hour * 3600 + minute * 60 + second) * MS_PER_SECOND;
	if (!clock_char(at, "."))
		return true;
	if (**at < '0' || **at > '9')
		return false;
	for (; **at >= '0' && **at <= '9'; (*at)++, scale /= 10)
		*ms += (**at - '0') * scale; /* digits below a millisecond add nothing */
	return true;
}

static bool
clock_parse_zone(const char **at, int64_t *offset_ms)
{
	int64_t hour, minute;
	bool west = **at == '-';

	*offset_ms = 0;
	if (clock_char(at, "Zz"))
		return true;
	if (!clock_char(at, "+-") || !clock_digits(at, 2, 0, 23, &hour))
		return false;
	if (!clock_char(at, ":") || !clock_digits(at, 2, 0, 59, &minute))
		return false;
	*offset_ms = (hour * 60 + minute) * 60 * MS_PER_SECOND * (west ? -1 : 1);
	return true;
}

static int
clock_parse_stamp(const char *text, int64_t *wall_ms)
{
	int64_t days, ms = 0, offset_ms = 0;

	if (!clock_parse_date(&text, &days))
		return SKS_INVALID;
	if (*text != '\0') {
		if (!clock_char(&text, "Tt ") || !clock_parse_time(&text, &ms))
			return SKS_INVALID;
		if (!clock_parse_zone(&text, &offset_ms) || *text != '\0')
			return SKS_INVALID;
	}
	*wall_ms = days * DAY_MS + ms - offset_ms;
	return SKS_OK;
}

int
clock_parse(const char *text, int64_t now_ms, int64_t *wall_ms)
{
	size_t digits = strspn(text, "0123456789");
	int64_t age_ms;
	int error;

	if (digits == 4 && text[digits] == '-')
		return clock_parse_stamp(text, wall_ms);
	/* A bare number could be a year, a day or seconds: an age needs its unit. */
	if (text[digits] == '\0')
		return SKS_INVALID;
	error = clock_parse_duration(text, &age_ms);
	if (error != SKS_OK)
		return error;
	if (now_ms < INT64_MIN + age_ms)
		return SKS_INVALID;
	*wall_ms = now_ms - age_ms;
	return SKS_OK;
}

static int64_t
clock_unit_ms(const char *unit)
{
	if (unit[0] == '\0')
		return MS_PER_SECOND;
	if (unit[1] != '\0')
		return 0;
	switch (unit[0]) {
	case 's':
		return MS_PER_SECOND;
	case 'm':
		return INT64_C(60) * MS_PER_SECOND;
	case 'h':
		return INT64_C(3600) * MS_PER_SECOND;
	case 'd':
		return DAY_MS;
	case 'y':
		return YEAR_MS;
	default:
		return 0;
	}
}

int
clock_parse_duration(const char *text, int64_t *ms)
{
	size_t digits = strspn(text, "0123456789");
	int64_t unit = clock_unit_ms(text + digits);
	int64_t n = 0;

	if (digits == 0 || unit == 0)
		return SKS_INVALID;
	for (size_t i = 0; i < digits; i++) {
		if (n > (INT64_MAX / unit - 9) / 10)
			return SKS_INVALID;
		n = n * 10 + (text[i] - '0');
	}
	*ms = n * unit;
	return SKS_OK;
}

int
clock_boot_bytes(uint8_t out[16])
{
	char text[BOOT_ID_SIZE + 1];
	size_t n = 0;
	int e = clock_boot_id(text);

	memset(out, 0, 16);
	for (size_t i = 0; e == SKS_OK && text[i] != '\0' && n < 32; i++) {
		char hex[2] = {text[i], '\0'};

		if (text[i] == '-')
			continue;
		out[n / 2] = (uint8_t)(out[n / 2] << 4 | (uint8_t)strtoul(hex, NULL, 16));
		n++;
	}
	return e;
}
