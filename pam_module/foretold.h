/*
 * Account management that was decided along with the code. sshd, login, su and sudo ask for it at once
 * behind an accepted code; where the answer to the code already says that it is allowed, there is
 * nothing to wait for: it is enough to tell the daemon, over the connection that stood since, that use
 * was made of it. Only the daemon knows whether something came between, and it closes that
 * connection before it tells anybody of it: as long as the message can be sent, nothing did.
 */
#ifndef SEKISHO_FORETOLD_H
#define SEKISHO_FORETOLD_H

#include "ask.h"

/* Behind an answer that allows: what it foretells, with the question that is answered by it. "since" is when
 * its own question was sent: whoever stops us in between wins no time. */
void foretold_keep(struct ask *a, struct instant since);
/*
 * Before PHASE_ACCOUNT is asked: true where just this question is answered already, within its time,
 * and the daemon was told that we go by it. What was foretold is used up either way.
 */
bool foretold_allows(struct ask *a);

#endif
