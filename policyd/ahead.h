/*
 * Account management decided along with the code that it follows.
 *
 * sshd, login, su and sudo ask for account management at once behind an accepted code, over the
 * same connection and with the same words. Where a service has done so before, its account
 * management is decided in the turn that accepts the code, with a record of its own that says so
 * ("sekisho.ahead"): both decisions are on disk in one commit. The answer to the code says so
 * (pam_reply.then_ms), and who would ask just that sends MSG_TAKEN instead; who asks is answered from
 * it. Only that very question is, byte for byte, from that peer, while its connection stands, within
 * seconds on both clocks and in the same minute, and only while nothing but other logins was decided
 * since: a suspension, a new policy, an end of a grant, another value of the host, all that the daemon
 * does by itself make it be decided anew. For whoever does not ask, the connection is deaf from then on
 * (stay_overtake), before the news is told to anybody: what cannot be sent is not made use of.
 *
 * What was decided and then neither taken nor asked for, or not like that, is in the log too
 * ("account.unasked"); a service that does so three times on end is not decided ahead any more until it
 * asked as expected eight times on end.
 */
#ifndef SEKISHO_AHEAD_H
#define SEKISHO_AHEAD_H

#include "server.h"

/*
 * Inside the turn of a job that accepted a code over pam.sock, behind its record, with the facts that
 * this turn began with: the login's own transaction is all that the code changed of them. Keeps in
 * job->ahead what was decided or, for a service that is not known yet, what would have been asked.
 * Nothing where account management would not simply be allowed. A negative error undoes the job.
 */
int ahead_decide(struct server *s, struct job *job, const struct facts *before);
/* The turn was undone: what it decided is not. */
void ahead_forget(struct job *job);

/*
 * Between the commit and the answer to the code: says in it that account management is allowed, and for
 * how long that can be made use of without asking, where that is so and there is nothing to show. Never
 * for longer than the connection stays (stay.h).
 */
void ahead_say(const struct server *s, struct job *job);
/* It was made use of. "a" is freed. */
void ahead_taken(struct server *s, struct ahead *a);
bool ahead_is_decided(const struct ahead *a); /* "a" may be NULL */
/* Has anything but logins happened since the last time that this was asked? */
bool ahead_is_news(struct server *s);
/* Something happened before it was made use of. "a" was decided, and is freed. */
void ahead_outdated(struct server *s, struct ahead *a);

/* The reply to this question, by what was decided; NULL where it has to be decided now. The
 * reply lives as long as "a". */
const struct pam_reply *ahead_reply(
    const struct server *s, const struct ahead *a, const struct frame *frame, const struct buf *fields);
/* It was sent. "a" is freed. */
void ahead_answered(struct server *s, struct ahead *a, int64_t took_us);
/* Another question came in its place: whether it was as expected is learnt from it. "a" may be
 * NULL, and is freed. */
void ahead_overtaken(struct server *s, struct ahead *a, const struct job *job);
/* None came. "a" may be NULL, and is freed. */
void ahead_unasked(struct server *s, struct ahead *a);

/* Between turns: records those that were decided and not asked for. On a full disk they wait. */
int ahead_settle(struct server *s);
void ahead_close_all(struct server *s);

#endif
