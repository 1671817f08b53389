/*
 * Giving up root, and proving that it is gone.
 *
 * The kernel's answer to each step is checked, then every way back that we know is tried. A
 * process that finds one ends on the spot: it must not serve anybody.
 */
#ifndef SEKISHO_PRIVILEGE_H
#define SEKISHO_PRIVILEGE_H

#include <stddef.h>

/*
 * Becomes "user" for good: no supplementary groups, real, effective and saved ids, all
 * capability sets empty (the bounding set too), no_new_privs, not dumpable, no core files.
 * Started as somebody else than root: the same without changing ids and bounding set, which
 * then nobody can regain anything from. 0; SKS_NOT_FOUND (no such user), SKS_INVALID (the user
 * is root, or the real and effective ids differ), SKS_IO; on error why[] (may be NULL) says
 * in English what failed, and the caller has to end. Ends the process when a way back is open.
 */
int privilege_drop(const char *user, char *why, size_t why_size)
    __attribute__((warn_unused_result));

/*
 * Stays root, with nothing but the capabilities in keep[count] (CAP_KILL, ...): permitted,
 * effective and bounding; the inheritable and ambient sets are empty. no_new_privs, not
 * dumpable, no core files, no supplementary groups. For the warden. Errors as above; SKS_DENIED
 * when not started as root.
 */
int privilege_limit(const int *keep, size_t count, char *why, size_t why_size)
    __attribute__((warn_unused_result));

#endif
