/*
 * bench/lookup FILTER N: asks a filter for the N words "entry-0" … that it was built from, each
 * of which it must have, and for N others, of which it must have next to none. Prints, with
 * tabs: missed, found by mistake, and p50, p99 and p99.9 of one lookup in ns, of those that are
 * there and of those that are not.
 */
#include "password/filter.h"

#include "error.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { SLOT_NS = 10, SLOTS = 100000 }; /* up to 1 ms; the rest is in the last one */

static uint64_t slot[SLOTS];

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static uint64_t
percentile(uint64_t n, double part)
{
	uint64_t want = (uint64_t)((double)n * part), seen = 0;

	for (size_t i = 0; i < SLOTS; i++)
		if ((seen += slot[i]) > want)
			return (uint64_t)i * SLOT_NS;
	return (uint64_t)SLOTS * SLOT_NS;
}

/* How many of n words with this beginning are found; spread, so that neighbours lie apart. */
static uint64_t
ask(const struct filter *f, const char *beginning, uint64_t n)
{
	uint64_t hits = 0;

	for (size_t i = 0; i < SLOTS; i++)
		slot[i] = 0;
	for (uint64_t i = 0; i < n; i++) {
		char word[40];
		int len = snprintf(word, sizeof(word), "%s-%" PRIu64, beginning, i);
		uint64_t key = filter_key(word, (size_t)len), from = now_ns(), took;
		bool found;

		if (filter_has(f, key, &found) != SKS_OK)
			exit(1);
		took = (now_ns() - from) / SLOT_NS;
		slot[took < SLOTS ? took : SLOTS - 1]++;
		hits += found;
	}
	return hits;
}

int
main(int argc, char **argv)
{
	uint64_t n = argc == 3 ? strtoull(argv[2], NULL, 10) : 0, missed, wrong, at[3];
	static const double part[3] = {0.5, 0.99, 0.999};
	struct filter f;
	char why[512];

	if (n == 0)
		return 2;
	if (filter_open(&f, argv[1], geteuid(), true, why, sizeof(why)) != SKS_OK) {
		fprintf(stderr, "lookup: %s\n", why);
		return 1;
	}
	missed = n - ask(&f, "entry", n);
	for (int i = 0; i < 3; i++)
		at[i] = percentile(n, part[i]);
	wrong = ask(&f, "other", n);
	printf("%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
	       "\t%" PRIu64 "\t%" PRIu64 "\n",
	    missed, wrong, at[0], at[1], at[2], percentile(n, part[0]), percentile(n, part[1]),
	    percentile(n, part[2]));
	filter_close(&f);
	return 0;
}
