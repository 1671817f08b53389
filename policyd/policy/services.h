/*
 * The PAM services that are known without being named in the policy.
 */
#ifndef SEKISHO_SERVICES_H
#define SEKISHO_SERVICES_H

#include "policy/policy.h"

/* The shipped class of a service, SERVICE_UNKNOWN when the table does not have it. */
enum service_class services_class(const char *service);
/* The i-th service of the table; NULL behind the last. */
const char *services_name(size_t i);
/* The nearest service of the table, NULL when none is near. */
const char *services_nearest(const char *service);

/* Is it one that the shipped table takes for daily work? */
bool services_is_everyday(const char *service);

#endif
