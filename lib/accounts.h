/*
 * What the host's name services say about accounts and groups, as text that others can take
 * apart: a name with a character that would end it there is left out. These calls may hang as
 * long as a name service does.
 */
#ifndef SEKISHO_ACCOUNTS_H
#define SEKISHO_ACCOUNTS_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

/* A name that could be taken for two, or for something else, is no fact. */
bool accounts_is_sound(const char *name);
/* "GROUP:a,b\n": the accounts that the group names, and those whose own group it is, as far as
 * the name services list accounts. Nothing where there is no such group. */
void accounts_put_members(struct buf *out, const char *group);
/* "UID:NAME\n". Nothing where nobody has that number. */
void accounts_put_name(struct buf *out, uint32_t uid);

/* In lines of either: is there one for "name", and where is what stands behind its colon, which
 * goes on for *len bytes? NULL: none. */
const char *accounts_find(const struct buf *lines, const char *name, unsigned *len);

#endif
