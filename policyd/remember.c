/*
 * No password a second time: what was accepted is remembered in the commit that accepts it,
 * before the host's own module stores it, so that none that was stored is missing, whatever
 * happens in between. The newest one of an account does not count against it: a person who
 * mistyped its repetition types it again.
 */
#include "error.h"
#include "hex.h"
#include "log.h"
#include "password/judge.h"
#include "server.h"
#include <stdio.h>
#include <string.h>

struct salting {
	const char *person;
	uint8_t salt[PASSWORD_SALT_SIZE];
};

static int
find_salt(struct server *s, void *context)
{
	struct salting *c = context;
	int r = store_password_salt(s->store, c->person, c->salt);

	if (r != SKS_NOT_FOUND)
		return r;
	r = secret_random(c->salt, sizeof(c->salt));
	return r == SKS_OK ? store_password_salt_put(s->store, c->person, c->salt) : r;
}

int
remember_salt(struct server *s, const struct request *r, char out[2 * PASSWORD_SALT_SIZE + 1])
{
	struct salting c = {.person = policy_person(s->policy, r->user)};
	int e;

	out[0] = '\0';
	if (s->policy->password.remember == 0 || !r->known)
		return SKS_OK;
	e = turn_own(s, find_salt, &c);
	if (e == SKS_OK)
		(void)hex_put(out, c.salt, sizeof(c.salt));
	return e;
}

void
remember_hashes(struct server *s, struct job *job, const char *hashes)
{
	job->password_macs = 0;
	while (*hashes != '\0' && job->password_macs < 2) {
		size_t len = strcspn(hashes, " ");

		if (seal_mac(s->seal, "password-history", hashes, len,
			job->password_mac[job->password_macs++]) != SKS_OK) {
			job->password_macs = 0;
			job->password_failed |= PASSWORD_FAILED(UNCHECKED);
			log_warn("a password could not be compared with earlier ones");
			return;
		}
		hashes += len + (hashes[len] != '\0');
	}
}

int
remember_compare(struct server *s, const struct job *job, struct facts *f)
{
	const struct request *r = &job->request;
	enum password_known known;
	int e;

	if (job->password_macs == 0)
		return SKS_OK;
	e = store_password_known(
	    s->store, policy_person(s->policy, r->user), r->user, job->password_mac[0], &known);
	if (e == SKS_OK && known == PASSWORD_USED_BEFORE)
		f->password_failed |= PASSWORD_FAILED(USED);
	if (e == SKS_OK && known == PASSWORD_OF_OTHER_ACCOUNT)
		f->password_failed |= PASSWORD_FAILED(SHARED);
	return e;
}

/* The old one first, which may be from before Sekisho. */
int
remember_accepted(struct server *s, const struct job *job, int64_t wall_ms)
{
	const struct request *r = &job->request;
	const char *person = policy_person(s->policy, r->user);

	for (size_t i = job->password_macs; i-- > 0;) {
		enum password_known known;
		int e = store_password_known(
		    s->store, person, r->user, job->password_mac[i], &known);

		if (e == SKS_OK &&
		    (known == PASSWORD_NEW || (i == 0 && known != PASSWORD_NEWEST)))
			e = store_password_add(s->store, person, r->user, job->password_mac[i],
			    s->policy->password.remember + 1, wall_ms);
		if (e != SKS_OK)
			return e;
	}
	return SKS_OK;
}
