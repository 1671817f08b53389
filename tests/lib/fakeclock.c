/*
 * Loaded into every program of the sandbox by its private /etc/ld.so.preload: moves the wall
 * clock and the boot clock by what the shared page says, at once and in running processes too.
 *
 * CLOCK_MONOTONIC stays real, because sleeping, polling and deadlines inside a process are
 * built on it; what tells time awake from time asleep is CLOCK_MONOTONIC_RAW, which goes along
 * with steps of at most a minute. Only reading is changed: timers armed for an absolute time, the kernel's own
 * stamps (files, processes, /proc/uptime) and libc's private calls (syslog's own time) stay
 * real.
 *
 * The page is mapped once, before main, so that a program that later sits in a chroot or under
 * seccomp (sshd's network child) goes on seeing the clock; a program that finds no page sees
 * the real time.
 */
#define _GNU_SOURCE
#include "fakeclock.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static const struct fakeclock *page;
/* libc's own, which asks no kernel: benchmarks read the clock too. */
static int (*libc_clock)(clockid_t, struct timespec *);

__attribute__((constructor)) static void
fakeclock_find(void)
{
	void *found = dlsym(RTLD_NEXT, "clock_gettime");

	memcpy(&libc_clock, &found, sizeof(libc_clock));
}

__attribute__((constructor)) static void
fakeclock_map(void)
{
	int fd = open(FAKECLOCK_PATH, O_RDONLY | O_CLOEXEC);
	void *map;

	if (fd < 0)
		return;
	map = mmap(NULL, sizeof(*page), PROT_READ, MAP_SHARED, fd, 0);
	if (map != MAP_FAILED)
		page = map;
	(void)close(fd);
}

static int64_t
fakeclock_shift(clockid_t clock)
{
	int64_t shift;

	if (page == NULL)
		return 0;
	shift = __atomic_load_n(&page->shift_s, __ATOMIC_RELAXED);
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI:
		return shift + __atomic_load_n(&page->start_s, __ATOMIC_RELAXED) +
		       __atomic_load_n(&page->jump_s, __ATOMIC_RELAXED);
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		return shift;
	case CLOCK_MONOTONIC_RAW:
		return __atomic_load_n(&page->awake_s, __ATOMIC_RELAXED);
	default:
		return 0;
	}
}

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	/* Before libc's is found, the system call. */
	long r = libc_clock != NULL ? libc_clock(clock, ts)
				    : syscall(SYS_clock_gettime, clock, ts);

	if (r == 0)
		ts->tv_sec += fakeclock_shift(clock);
	return (int)r;
}

time_t
time(time_t *out)
{
	struct timespec ts = {0};

	/* time() is the coarse clock: it must not run ahead of a stamp taken just before. */
	(void)clock_gettime(CLOCK_REALTIME_COARSE, &ts);
	if (out != NULL)
		*out = ts.tv_sec;
	return ts.tv_sec;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts = {0};

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

int
timespec_get(struct timespec *ts, int base)
{
	if (base != TIME_UTC || clock_gettime(CLOCK_REALTIME, ts) != 0)
		return 0;
	return base;
}

/* Asking only. The host below may have nothing that keeps its clock; here something does, unless
 * the page says otherwise. */
int
adjtimex(struct timex *t)
{
	if (t->modes != 0)
		return -1;
	memset(t, 0, sizeof(*t));
	if (page != NULL && __atomic_load_n(&page->unsynchronised, __ATOMIC_RELAXED) != 0) {
		t->status = STA_UNSYNC;
		return TIME_ERROR;
	}
	t->maxerror = 20000;
	return TIME_OK;
}
