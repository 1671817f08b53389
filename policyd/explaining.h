/*
 * A case laid open for people who ask why: what is decided, which rules there are, where each
 * stands, which of them match and what they demand.
 */
#ifndef SEKISHO_EXPLAINING_H
#define SEKISHO_EXPLAINING_H

#include "decide/decide.h"
#include <jansson.h>

/* NULL without memory; else the caller's. */
json_t *explaining_login(
    const struct policy *p, const struct request *r, const struct facts *f);

#endif
