#include "origin.h"

#include "error.h"
#include <stdio.h>

int
origin_session(struct server *s, const struct peer *peer, struct session *out)
{
	if (peer->audit_session == NO_UID)
		return SKS_NOT_FOUND;
	return store_session_login(s->store, peer->audit_session, out);
}

void
origin_word(struct server *s, const struct peer *peer, char *out, size_t size)
{
	static struct session x;
	const char *word = "local";

	if (origin_session(s, peer, &x) == SKS_OK)
		word = x.source[0] != '\0' ? x.source : x.tty[0] != '\0' ? x.tty : word;
	(void)snprintf(out, size, "%s", word);
}

int
origin_put(struct server *s, const struct peer *peer, struct record *record)
{
	static struct session x;
	int e = origin_session(s, peer, &x);

	if (e != SKS_OK)
		return e == SKS_NOT_FOUND ? SKS_OK : e;
	record_put_int(record, "sekisho.login.session", peer->audit_session);
	record_put_int(record, "sekisho.session", (int64_t)x.id);
	record_put_str(record, "sekisho.session.user", x.user);
	record_put_str(record, "source.ip", x.source);
	record_put_str(record, "process.tty", x.tty);
	record_put_str(record, "sekisho.device.key", x.key);
	return SKS_OK;
}

void
origin_put_root(struct record *record, const char *key, uint32_t id)
{
	if (id == 0)
		record_put_int(record, key, 0);
}

int
origin_put_doer(struct server *s, const struct job *job, struct record *record)
{
	record_put_str(record, "user.effective.name", job->who);
	record_put_int(record, "user.effective.id", job->peer.uid);
	return origin_put(s, &job->peer, record);
}

int
origin_append(struct server *s, struct job *job, struct record *record)
{
	int e = job != NULL ? origin_put_doer(s, job, record) : SKS_OK;

	if (e == SKS_OK)
		e = turn_append(s, record, job != NULL ? &job->command_reply.record : NULL);
	record_clear(record);
	return e;
}
