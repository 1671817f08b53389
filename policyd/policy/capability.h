/*
 * Linux capabilities by name: a bit each, as the kernel numbers them.
 */
#ifndef SEKISHO_POLICY_CAPABILITY_H
#define SEKISHO_POLICY_CAPABILITY_H

#include <stddef.h>
#include <stdint.h>

/* "cap_chown" … in the kernel's order; NULL-terminated. */
extern const char *const capability_words[];

/* "cap_net_raw,cap_sys_time"; cut where it does not fit. Returns out. */
const char *capability_print(uint64_t mask, char *out, size_t size);

#endif
