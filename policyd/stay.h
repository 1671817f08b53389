/*
 * A connection that stays: between the answer to an accepted code and the account management that the
 * same process asks for behind it.
 *
 * Account management follows an accepted code at once, so the connection waits for it, for a second, and
 * who the peer is stays known. What was decided ahead (ahead.h) waits with it, in connection.ahead, which
 * nothing but these functions touches. It comes to exactly one end, whatever the peer does:
 *
 *   TAKEN comes                        stay_taken()     it was made use of
 *   that question comes, in time       stay_answer()    answered from it
 *   another one, or too late           stay_asked()     decided anew; the log says that this one was not used
 *   news, before either                stay_overtake()  the connection ends
 *   the connection ends, or nothing    stay_drop()      nobody asked; a TAKEN that was sent by then counts
 *   is to be foretold any more
 *
 * A peer that hangs up instead of asking is nobody's fault: it is not counted among what was refused.
 */
#ifndef SEKISHO_STAY_H
#define SEKISHO_STAY_H

#include "loop.h"

enum { STAY_MS = 1000 }; /* between an answer and the question behind it */

/* Was an accepted code answered, to somebody who asks for account management next? */
bool stay_is_due(const struct connection *c);
/* Instead of its end: the job is freed, its peer and what it decided ahead are the connection's, which
 * reads a request again. The caller awaits it. */
void stay_begin(struct connection *c);

/* MSG_TAKEN came. Ends the connection; from a peer for whom nothing was decided it is malformed. */
void stay_taken(struct server *s, struct connection *c);
/* The request in c->in, by what was decided ahead: true where its reply is in c->out, to be sent. False:
 * it has to be decided now, and nothing has changed. */
bool stay_answer(struct server *s, struct connection *c);
/* The request became this job, to be decided now. */
void stay_asked(struct server *s, struct connection *c, const struct job *job);
/*
 * What was decided ahead comes to its end with nobody having asked; nothing where there is none. is_news:
 * because something else happened. Nothing can be sent to a connection any more for which something was
 * decided: the caller ends it, or the daemon is about to.
 */
void stay_drop(struct server *s, struct connection *c, bool is_news);

/* Something happened, perhaps: who holds an answer that was decided before it can make no use of it any
 * more, and has to ask. Before the news is told to anybody. */
void stay_overtake(struct server *s);
/* The end is near: nothing is answered any more by what was decided ahead. */
void stay_expect_none(struct server *s);

#endif
