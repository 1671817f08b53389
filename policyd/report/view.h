/* One record as the report looks at it: the few members of its body that are asked for. */
#ifndef SEKISHO_REPORT_VIEW_H
#define SEKISHO_REPORT_VIEW_H

#include "audit/flat.h"
#include "audit/record.h"

/* X(symbol, key) */
#define VIEW_MEMBERS(X)                                                                        \
	X(OUTCOME, "event.outcome")                                                            \
	X(REASON, "event.reason")                                                              \
	X(USER, "user.name")                                                                   \
	X(USER_ID, "user.id")                                                                  \
	X(ACTOR, "user.effective.name")                                                        \
	X(ACTOR_ID, "user.effective.id")                                                       \
	X(SUSPENDED, "sekisho.fact.suspended")                                                 \
	X(PERSON, "sekisho.person")                                                            \
	X(SERVICE, "service.name")                                                             \
	X(SOURCE, "source.ip")                                                                 \
	X(SESSION_SOURCE, "sekisho.fact.session.source")                                       \
	X(TTY, "process.tty")                                                                  \
	X(GRANTS, "sekisho.grants")                                                            \
	X(LOGIN_UID, "sekisho.login.uid")                                                      \
	X(LOGIN_SESSION, "sekisho.login.session")                                              \
	X(VERB, "sekisho.verb")                                                                \
	X(ROLE, "sekisho.role")                                                                \
	X(REQUEST, "sekisho.request")                                                          \
	X(REQUEST_BY, "sekisho.request.by")                                                    \
	X(REQUEST_PERSON, "sekisho.request.person")                                            \
	X(DURATION, "sekisho.role.duration")                                                   \
	X(MESSAGE, "message")                                                                  \
	X(COUNT, "sekisho.count")                                                              \
	X(OBSERVED, "sekisho.observed")                                                        \
	X(COMMENT, "sekisho.comment")                                                          \
	X(UNTIL, "sekisho.until")                                                              \
	X(UNCLEAN, "sekisho.log.unclean")                                                      \
	X(SUSPEND, "sekisho.suspend.ms")                                                       \
	X(DOWNLOADED, "sekisho.download.bytes")                                                \
	X(REVIEW_FIRST, "sekisho.review.first")                                                \
	X(REVIEW_LAST, "sekisho.review.last")

enum view_member {
#define X(symbol, key) VIEW_##symbol,
	VIEW_MEMBERS(X)
#undef X
	    VIEW_COUNT_OF
};

struct view {
	struct record header; /* of its header alone: seq, wall_ms, action, retention */
	const void *body;     /* NULL: deleted */
	size_t len;
	bool read; /* item[] is all of it */
	struct flat_item item[VIEW_COUNT_OF];
};

/* Header, and the outcome from the begin of the body. 0 or SKS_INVALID: no header; a body that
 * is none has no members. */
int view_init(
    struct view *v, const uint8_t header[RECORD_HEADER_SIZE], const void *body, size_t len);
/* The rest of the members. */
void view_read(struct view *v);

bool view_is(const struct view *v, enum view_member m, const char *text);
bool view_has(const struct view *v, enum view_member m);
/* Without escapes, "" for none; cut where it does not fit. Returns dst. */
const char *view_text(const struct view *v, enum view_member m, char *dst, size_t size);
int64_t view_number(const struct view *v, enum view_member m); /* 0 for none */

#endif
