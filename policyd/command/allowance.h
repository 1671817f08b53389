/*
 * How much a person may make the daemon write. Everything refused is a record, so whoever can
 * be refused without limit could fill the disk: each uid but root's has an allowance that
 * refills with time, and so has each lane for refusals that no lock ever ends. Lost at a
 * restart, which costs nothing.
 */
#ifndef SEKISHO_ALLOWANCE_H
#define SEKISHO_ALLOWANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes one request, and one more for each two kilobytes of what it brings to be kept; false when
 * the allowance of this uid is used up. payload: bytes. */
bool allowance_take(uint32_t uid, size_t payload);
/* Takes one record of a refusal that costs its lane nothing; false: count it instead. */
bool allowance_take_lane(const char *lane_key);

#endif
