/*
 * What libpwquality and its dictionary (cracklib) say about a password, under the names that
 * its configuration has.
 */
#ifndef SEKISHO_PASSWORD_QUALITY_H
#define SEKISHO_PASSWORD_QUALITY_H

#include "password/judge.h"

/*
 * A bit per enum password_failure, all at once: the library names the first rule that fails, so
 * it is asked again without that one. PASSWORD_FAILS_UNCHECKED when the dictionary or the
 * library cannot be used; why[] then says so for the log, without anything of the password.
 * *strength: the library's own figure, 0 to 100, of one that fails nothing; 0 otherwise.
 * Opens and reads the dictionary's files, nothing else; asks no name service.
 */
uint32_t quality_check(const struct password_rules *rules,
    const struct password_subject *subject, char *why, size_t size, uint32_t *strength);

#endif
