/*
 * sandbox-clock: moves the sandbox's clock (see fakeclock.h).
 *
 *	sandbox-clock +30s | +15m | +1h | +2d	time passes: wall and boot clock go forward; in
 *						more than a minute at once the host slept
 *	sandbox-clock jump -1h			the wall clock alone is set
 *	sandbox-clock reset			both are as if nothing had moved them
 *	sandbox-clock begin SECONDS		it is SECONDS after the epoch: once, at the start
 *	sandbox-clock unsynced | synced		what the kernel says of who keeps it in step
 *	sandbox-clock show			prints the time and what was moved
 */
#include "fakeclock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SPAN_MAX_S ((int64_t)100 * 366 * 86400)

static int
usage(void)
{
	fputs(
	    "usage: sandbox-clock +N[s|m|h|d] | jump [+-]N[s|m|h|d] | reset | unsynced | synced | show\n", stderr);
	return 2;
}

/* "+15m" or "-1h" in seconds; the sign is required. Returns 0, or -1 for anything else. */
static int
span_parse(const char *text, int64_t *out_s)
{
	int64_t unit = 1, n;
	char *end;

	if (text[0] != '+' && text[0] != '-')
		return -1;
	if (text[1] < '0' || text[1] > '9')
		return -1;
	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno != 0)
		return -1;
	switch (*end) {
	case 'd':
		unit = 86400;
		break;
	case 'h':
		unit = 3600;
		break;
	case 'm':
		unit = 60;
		break;
	case 's':
	case '\0':
		break;
	default:
		return -1;
	}
	if (*end != '\0' && end[1] != '\0')
		return -1;
	if (n > SPAN_MAX_S / unit || n < -SPAN_MAX_S / unit)
		return -1;
	*out_s = n * unit;
	return 0;
}

static int
show(const struct fakeclock *clock)
{
	struct timespec now;
	struct tm tm;
	char text[64];
	time_t wall;

	/* Already moved: this program has the fake clock loaded like every other. */
	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return 1;
	wall = now.tv_sec;
	if (gmtime_r(&wall, &tm) == NULL || strftime(text, sizeof(text), "%FT%TZ", &tm) == 0)
		return 1;
	printf(
	    "%s shift=%" PRId64 "s jump=%" PRId64 "s\n", text, clock->shift_s, clock->jump_s);
	return 0;
}

/* What "reset" leaves as it is. */
static int
begin(struct fakeclock *clock, const char *text)
{
	char *end;
	int64_t at_s = strtoll(text, &end, 10);

	if (*text == '\0' || *end != '\0' || at_s < 0)
		return usage();
	__atomic_add_fetch(&clock->start_s, at_s - (int64_t)time(NULL), __ATOMIC_SEQ_CST);
	return 0;
}

static int
change(struct fakeclock *clock, int argc, char **argv)
{
	int64_t span_s;

	if (argc == 2 && strcmp(argv[1], "reset") == 0) {
		__atomic_store_n(&clock->shift_s, 0, __ATOMIC_SEQ_CST);
		__atomic_store_n(&clock->jump_s, 0, __ATOMIC_SEQ_CST);
		__atomic_store_n(&clock->awake_s, 0, __ATOMIC_SEQ_CST);
		return 0;
	}
	if (argc == 2 && (strcmp(argv[1], "unsynced") == 0 || strcmp(argv[1], "synced") == 0)) {
		__atomic_store_n(
		    &clock->unsynchronised, argv[1][0] == 'u', __ATOMIC_SEQ_CST);
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "begin") == 0)
		return begin(clock, argv[2]);
	if (argc == 3 && strcmp(argv[1], "jump") == 0 && span_parse(argv[2], &span_s) == 0) {
		__atomic_add_fetch(&clock->jump_s, span_s, __ATOMIC_SEQ_CST);
		return 0;
	}
	/* The boot clock never runs back, so neither does time that passes. */
	if (argc == 2 && span_parse(argv[1], &span_s) == 0 && span_s >= 0) {
		__atomic_add_fetch(&clock->shift_s, span_s, __ATOMIC_SEQ_CST);
		if (span_s <= FAKECLOCK_AWAKE_MAX_S)
			__atomic_add_fetch(&clock->awake_s, span_s, __ATOMIC_SEQ_CST);
		return 0;
	}
	return usage();
}

int
main(int argc, char **argv)
{
	struct fakeclock *clock;
	int fd, reading = argc == 2 && strcmp(argv[1], "show") == 0;

	fd = open(FAKECLOCK_PATH, (reading ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "sandbox-clock: %s: %s\n", FAKECLOCK_PATH, strerror(errno));
		return 1;
	}
	clock = mmap(
	    NULL, sizeof(*clock), PROT_READ | (reading ? 0 : PROT_WRITE), MAP_SHARED, fd, 0);
	(void)close(fd);
	if (clock == MAP_FAILED) {
		fprintf(stderr, "sandbox-clock: %s: %s\n", FAKECLOCK_PATH, strerror(errno));
		return 1;
	}
	return reading ? show(clock) : change(clock, argc, argv);
}
