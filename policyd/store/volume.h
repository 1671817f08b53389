/*
 * How much was sent to the far end of each remote session that is open, and on a day to each
 * person. A row of a session stays behind it until the keeper has recorded its end.
 */
#ifndef SEKISHO_STORE_VOLUME_H
#define SEKISHO_STORE_VOLUME_H

#include "store/store.h"

#define VOLUME_SQL                                                                             \
	"CREATE TABLE IF NOT EXISTS volumes (session INTEGER PRIMARY KEY,"                     \
	" user TEXT NOT NULL, uid INTEGER NOT NULL, service TEXT NOT NULL,"                    \
	" source TEXT NOT NULL, audit_session INTEGER NOT NULL, opened_wall INTEGER NOT NULL," \
	" port INTEGER NOT NULL, cookie INTEGER NOT NULL, base INTEGER NOT NULL,"              \
	" sent INTEGER NOT NULL, counted INTEGER NOT NULL DEFAULT 0,"                          \
	" measured_wall INTEGER NOT NULL, warned INTEGER NOT NULL DEFAULT 0,"                  \
	" last INTEGER NOT NULL DEFAULT 0) STRICT;"                                            \
	"CREATE TABLE IF NOT EXISTS volume_days (day TEXT NOT NULL, person TEXT NOT NULL,"     \
	" bytes INTEGER NOT NULL, sessions INTEGER NOT NULL, unmeasured INTEGER NOT NULL,"     \
	" warned INTEGER NOT NULL, PRIMARY KEY (day, person)) STRICT, WITHOUT ROWID;"

enum { DAY_SIZE = 11 }; /* "2026-11-22" */

struct store_volume {
	uint64_t session;
	char user[NAME_SIZE], service[64], source[SOURCE_SIZE];
	uint32_t uid, audit_session;
	int64_t opened_wall_ms;
	int64_t measured_wall_ms; /* 0: not since it began */
	uint16_t port;	 /* of this host's end */
	uint64_t cookie; /* of the connection; 0: it cannot be measured */
	uint64_t base;	 /* acknowledged before the session began: the handshake */
	uint64_t sent;	 /* acknowledged since the connection began */
	uint64_t counted; /* of the session's bytes, those that are in a day's sum */
	bool warned;
	bool last; /* "sent" was read when the session closed */
};

/* Bytes of the session. */
static inline uint64_t
store_volume_bytes(const struct store_volume *v)
{
	return v->sent > v->base ? v->sent - v->base : 0;
}

/* ---- sessions, inside a turn ------------------------------------------------------------- */

/* For the newest session of the process r->pid. cookie 0: it is remote, and not measured. */
int store_volume_open(struct store *s, const struct request *r, uint16_t port, uint64_t cookie,
    uint64_t sent);
/* The last look, before that session's row goes. Another cookie than the first changes nothing. */
int store_volume_last(struct store *s, const struct request *r, uint64_t cookie, uint64_t sent);
/* By session, behind "after"; of sessions that are open, or of those that are over. */
int store_volumes(struct store *s, bool over, uint64_t after, struct store_volume *out, size_t max,
    size_t *count);
/* SKS_NOT_FOUND. */
int store_volume(struct store *s, uint64_t session, struct store_volume *out);
/* The ports of open sessions that are measured, each once. */
int store_volume_ports(struct store *s, uint16_t *port, size_t max, size_t *count);
/* Writes sent, counted, warned, and that it was measured now. */
int store_volume_put(struct store *s, const struct store_volume *v);
int store_volume_drop(struct store *s, uint64_t session);

/* ---- days -------------------------------------------------------------------------------- */

struct store_volume_day {
	char day[DAY_SIZE], person[NAME_SIZE];
	uint64_t bytes;
	uint32_t sessions;   /* that ended on it */
	uint32_t unmeasured; /* of these, without any figure */
	bool warned;
};

/* SKS_NOT_FOUND. */
int store_volume_day(
    struct store *s, const char *day, const char *person, struct store_volume_day *out);
/* Adds bytes, sessions, unmeasured and warned of *d, and makes *d what it is then. */
int store_volume_day_add(struct store *s, struct store_volume_day *d);
/* Of days before this one, the oldest first; day "": all. */
int store_volume_days(struct store *s, const char *before, struct store_volume_day *out, size_t max,
    size_t *count);
int store_volume_day_drop(struct store *s, const struct store_volume_day *d);

#endif
