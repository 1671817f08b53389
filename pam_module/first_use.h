/*
 * The part of a first login that comes before the new password: what is collected and why, and the
 * device that shows codes.
 */
#ifndef SEKISHO_FIRST_USE_H
#define SEKISHO_FIRST_USE_H

#include "ask.h"

/* Holds the dialogue that the last reply asked for. PAM_SUCCESS once a device is enrolled. */
int first_use_run(struct ask *a);

#endif
