/*
 * Going on where an earlier run of the second pass stopped. The file belongs to whoever
 * verifies: what it says is believed when the tree up to there still has the root that it
 * names.
 */
#ifndef SEKISHO_AUDIT_VERIFY_RESUME_H
#define SEKISHO_AUDIT_VERIFY_RESUME_H

#include "audit/verify_internal.h"

/* Before the first pass. */
void resume_read(struct verify *v);
/* In the first pass, where the tree has v->resume.size leaves. */
void resume_compare(struct verify *v);
/* True when *seq is where to go on, with the sums so far in place. */
bool resume_load(struct verify *v, uint64_t *seq);
/* At most every few seconds; not once something was found. */
void resume_save(struct verify *v, uint64_t done);
/* Nothing is left to go on with. */
void resume_end(struct verify *v);

#endif
