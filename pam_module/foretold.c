#include "foretold.h"

#include "clock.h"
#include "error.h"
#include "protocol.h"
#include "shadow.h"
#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

_Static_assert(sizeof(((struct foretold *)0)->password_mark) ==
		   sizeof(((struct pam_request *)0)->password_mark),
    "copied as they are");

void
foretold_keep(struct ask *a, struct instant since)
{
	struct foretold *f = &a->txn->foretold;
	struct pam_request *q = &a->request;
	const uint32_t phase = q->phase, flags = q->flags;
	const size_t code_len = q->code.len;

	if (phase != PHASE_CODE || a->reply.then_ms == 0)
		return;
	q->phase = PHASE_ACCOUNT;
	q->flags = a->reply.then_flags;
	q->code.len = 0;
	buf_init(&f->question, PAM_FIELDS_MAX);
	fields_encode(&pam_request_fields, q, &f->question);
	f->valid = buf_error(&f->question) == SKS_OK;
	f->since = since;
	f->good_ms = a->reply.then_ms;
	f->shadow = a->shadow;
	memcpy(f->password_mark, q->password_mark, sizeof(f->password_mark));
	f->shadow_day = q->shadow_day;
	f->shadow_max = q->shadow_max;
	f->shadow_end = q->shadow_end;
	q->phase = phase;
	q->flags = flags;
	q->code.len = code_len;
}

/* On both clocks: a host may sleep, and a clock be set. */
static bool
foretold_is_good(const struct foretold *f)
{
	struct instant now = clock_now();
	int64_t wall = now.wall_ms - f->since.wall_ms, boot = now.boot_ms - f->since.boot_ms;

	return f->valid && wall >= 0 && wall < f->good_ms && boot >= 0 && boot < f->good_ms;
}

/* /etc/shadow is not read again where it is the same: it says what it said to the question before. */
static bool
foretold_is_this(const struct foretold *f, struct pam_request *q)
{
	struct buf question;
	bool same;

	q->phase = PHASE_ACCOUNT;
	memcpy(q->password_mark, f->password_mark, sizeof(q->password_mark));
	q->shadow_day = f->shadow_day;
	q->shadow_max = f->shadow_max;
	q->shadow_end = f->shadow_end;
	buf_init(&question, PAM_FIELDS_MAX);
	fields_encode(&pam_request_fields, q, &question);
	same = buf_error(&question) == SKS_OK && question.len == f->question.len &&
	       memcmp(question.data, f->question.data, question.len) == 0 &&
	       shadow_is_same(&f->shadow);
	buf_clear(&question);
	return same;
}

bool
foretold_allows(struct ask *a)
{
	const struct foretold *f = &a->txn->foretold;
	bool allows = foretold_is_good(f) && foretold_is_this(f, &a->request) &&
		      client_tell_line(&a->txn->line, MSG_TAKEN) == SKS_OK;

	transaction_forget(a->txn);
	if (allows && a->options->debug)
		pam_syslog(a->pamh, LOG_DEBUG, "phase account for %s: allowed along with the code",
		    a->request.user);
	return allows;
}
