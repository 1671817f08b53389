/*
 * A report for an auditor: the log is counted a little at a time, on a connection of its own, so
 * that whoever asks for records meanwhile is answered at once and from the newest state.
 */
#include "base64.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "log.h"
#include "report/report.h"
#include "worker.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RECORDS_A_STEP = 512, KEPT_MS = 60000, DIGEST_SIZE = 32 };

static int
making_fail(struct making *m, int error)
{
	log_error("making a report: %s: %s", error_text(error),
	    m->report != NULL && m->report->store != NULL ? store_error(m->report->store) : "");
	making_end(m);
	m->error = error;
	return SKS_OK;
}

/* The period as it was asked for, by months where it is a fiscal year here too: the day that it
 * begins with is that of all of them. */
static int
making_period(const struct command *c, struct period *out)
{
	int year = c->limit >= 1990 && c->limit <= 2999 ? (int)c->limit : 0;
	time_t from = (time_t)(c->since_ms / 1000);
	struct tm tm;

	if (year != 0 && localtime_r(&from, &tm) != NULL)
		period_fiscal_start((unsigned)((tm.tm_mon + 1) * 100 + tm.tm_mday));

	if (year != 0 && period_fiscal_year(year, out) == SKS_OK && out->from_ms == c->since_ms &&
	    out->until_ms == c->until_ms)
		return SKS_OK;
	return period_between(c->since_ms, c->until_ms, out);
}

static int
making_open(struct making *m, const char *dir, const struct command *c)
{
	const struct store_options options = {.dir = dir, .read_only = true};
	struct report *r = calloc(1, sizeof(*r));
	int e;

	if (r == NULL)
		return SKS_NOMEM;
	m->report = r;
	report_init(r);
	(void)snprintf(r->by, sizeof(r->by), "%s", c->user);
	(void)snprintf(r->person, sizeof(r->person), "%s", c->verified_by);
	(void)snprintf(r->role, sizeof(r->role), "%.63s", c->subject);
	r->made_ms = clock_now().wall_ms;
	r->live = true;
	e = making_period(c, &r->period);
	if (e == SKS_OK)
		e = store_open(&options, &r->store, NULL);
	return e == SKS_OK ? report_begin(r) : e;
}

int
making_begin(struct making *m, const char *dir, struct helper_message *message)
{
	static struct command command;
	static struct command_reply reply;
	int e;

	if (message->more || message->payload.len != 0 ||
	    fields_decode(&command_fields, &message->fields, &command) != SKS_OK ||
	    command.verb != VERB_AUDIT_REPORT)
		return SKS_PROTOCOL;
	making_end(m);
	e = making_open(m, dir, &command);
	fields_clear(&command_fields, &command);
	if (e != SKS_OK)
		(void)making_fail(m, e);
	reply = (struct command_reply){.status = STATUS_DONE};
	return helper_answer(HELPER_FD, message->id, WORKER_REPORT, &command_reply_fields, &reply,
	    NULL, 0);
}

int
making_wait_ms(const struct making *m)
{
	if (m->report == NULL)
		return -1;
	return m->done ? KEPT_MS : 0;
}

int
making_step(struct making *m)
{
	int e;

	if (m->report == NULL)
		return SKS_OK;
	if (m->done) {
		if (clock_monotonic_ms() >= m->until_ms)
			making_end(m);
		return SKS_OK;
	}
	e = report_step(m->report, RECORDS_A_STEP);
	if (e > 0)
		return SKS_OK;
	if (e == SKS_OK)
		e = report_write(m->report);
	if (e != SKS_OK)
		return making_fail(m, e);
	gather_clear(&m->report->gather);
	memset(&m->report->gather, 0, sizeof(m->report->gather));
	store_close(m->report->store);
	m->report->store = NULL;
	m->done = true;
	m->until_ms = clock_monotonic_ms() + KEPT_MS;
	return SKS_OK;
}

void
making_end(struct making *m)
{
	struct store *store = m->report != NULL ? m->report->store : NULL;

	if (m->report != NULL)
		report_clear(m->report);
	store_close(store);
	free(m->report);
	*m = (struct making){.report = NULL};
}

/* ---- what is fetched ---------------------------------------------------------------------- */

static int
making_digest(const struct buf *data, char *out, size_t size)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (EVP_Digest(data->data, data->len, digest, NULL, EVP_sha256(), NULL) != 1 ||
	    base64_encode(digest, DIGEST_SIZE, out, size) < 0)
		return SKS_INTERNAL;
	return SKS_OK;
}

static void
making_say_failed(int error, struct command_reply *reply)
{
	bool tampered = error == SKS_CORRUPT || error == SKS_INVALID;

	reply->status = tampered ? STATUS_TAMPERED : STATUS_UNREADABLE;
	(void)snprintf(reply->text, sizeof(reply->text), "%s",
	    tampered ? N_("A record does not lead to the signed head: something in the log was changed "
			  "or is damaged. No report was made. The system log says more.")
		     : N_("The log could not be read. The system log says why."));
}

void
making_part(struct making *m, uint64_t number, struct command_reply *reply, struct buf *payload)
{
	const struct buf *data;
	size_t from, len;

	*reply = (struct command_reply){.status = STATUS_DONE, .next = number};
	if (m->report == NULL) {
		making_say_failed(m->error, reply);
		return;
	}
	if (!m->done)
		return;
	data = &m->report->data;
	if (number == 0 || number - 1 > data->len) {
		making_say_failed(SKS_NOT_FOUND, reply);
		return;
	}
	from = (size_t)number - 1;
	len = data->len - from < HELPER_PAYLOAD_MAX ? data->len - from : HELPER_PAYLOAD_MAX;
	buf_put_bytes(payload, data->data + from, len);
	reply->next = from + len == data->len ? 0 : number + len;
	if (reply->next != 0)
		return;
	if (making_digest(data, reply->text, sizeof(reply->text)) != SKS_OK)
		making_say_failed(SKS_INTERNAL, reply);
	making_end(m);
}
