/*
 * What ends with an account that is suspended: what the daemon and the warden say to each other
 * about it, and the warden's judgement, which is pure so that it can be tested.
 */
#ifndef SEKISHO_SWEEP_H
#define SEKISHO_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* warden_call.limit of WARDEN_SWEEP */
enum sweep_flag {
	/* Processes of the account that belong to no login are a service's: they stay. */
	SWEEP_SPARE_SERVICES = 1,
	/* Who asks (call.pid) stays in any case; with this what it runs in does too. */
	SWEEP_SPARE_ANCESTORS = 2,
};

/* warden_answer.number; the answer's text names what was left: "PID NAME, PID NAME". */
struct sweep_done {
	uint32_t ended; /* processes, at most 65535 */
	uint32_t
	    at_jobs;  /* that are there still, at most 65535; each is refused when it is due */
	bool linger;  /* services that run without a login were allowed, and are no more */
	bool ticket;  /* sudo remembered a password */
	bool crontab; /* is there still; each run is refused */
};

static inline uint64_t
sweep_pack(const struct sweep_done *d)
{
	uint64_t ended = d->ended < 65535 ? d->ended : 65535;
	uint64_t at = d->at_jobs < 65535 ? d->at_jobs : 65535;

	return ended | at << 16 | (uint64_t)d->linger << 32 | (uint64_t)d->ticket << 33 |
	       (uint64_t)d->crontab << 34;
}

static inline struct sweep_done
sweep_unpack(uint64_t n)
{
	return (struct sweep_done){.ended = (uint32_t)(n & 65535),
	    .at_jobs = (uint32_t)(n >> 16 & 65535),
	    .linger = (n >> 32 & 1) != 0,
	    .ticket = (n >> 33 & 1) != 0,
	    .crontab = (n >> 34 & 1) != 0};
}

#endif
