/*
 * Who and where a request came from, as records name it: the login session behind it, its
 * address, terminal and key, and root's number, which the field tables leave out because it
 * is 0.
 */
#ifndef SEKISHO_ORIGIN_H
#define SEKISHO_ORIGIN_H

#include "server.h"

/* The login that this peer's audit session began with. SKS_NOT_FOUND: nobody logged in there
 * through us, or not in this boot. Inside a turn. */
int origin_session(struct server *s, const struct peer *peer, struct session *out);
/* "ADDRESS", "TTY" of that login, or "local": one word for the register of devices. */
void origin_word(struct server *s, const struct peer *peer, char *out, size_t size);
/* Session, address, terminal and key of the login behind a command. Inside a turn. */
int origin_put(struct server *s, const struct peer *peer, struct record *record);
/* The same, and who it is that asked. Inside a turn. */
int origin_put_doer(struct server *s, const struct job *job, struct record *record);
/* Who asked, then the record into the log as that of the answer; it is cleared in any case. job
 * NULL: nobody asked. Inside a turn. */
int origin_append(struct server *s, struct job *job, struct record *record);
/* An id that is 0, under the name that the table has for it; others are written by the table.
 */
void origin_put_root(struct record *record, const char *key, uint32_t id);

#endif
