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

enum { RECORDS_A_STEP = 512, BYTES_A_STEP = 1 << 20, KEPT_MS = 60000, DIGEST_SIZE = 32 };

/* ---- answers to the daemon ---------------------------------------------------------------- */

/* What the step that is done was asked by. An error only when the daemon has gone. */
static int
making_answer(struct making *m, uint32_t status, const char *text)
{
	static struct command_reply reply;
	uint32_t id = m->asked.id;

	if (id == 0)
		return SKS_OK;
	m->asked.id = 0;
	reply = (struct command_reply){.status = status};
	(void)snprintf(reply.text, sizeof(reply.text), "%s", text);
	return helper_answer(
	    HELPER_FD, id, m->asked.type, &command_reply_fields, &reply, NULL, 0);
}

static void
making_ask(struct making *m, const struct helper_message *message)
{
	m->asked.id = message->id;
	m->asked.type = message->type;
}

/* There is nobody of that name: no failure of ours, and said to whoever fetches. */
static int
making_fail_unknown(struct making *m)
{
	enum known_kind unknown = m->report->unknown;
	char like[KNOWN_LIKE_SIZE];
	int r = making_answer(m, STATUS_REFUSED, "");

	memcpy(like, m->report->like, sizeof(like));
	making_end(m);
	m->error = SKS_NOT_FOUND;
	m->unknown = unknown;
	memcpy(m->like, like, sizeof(like));
	return r;
}

static int
making_fail(struct making *m, int error)
{
	int r;

	if (m->report != NULL && m->report->unknown != KNOWN_ALL)
		return making_fail_unknown(m);
	log_error("making a report: %s: %s", error_text(error),
	    m->report != NULL && m->report->store != NULL ? store_error(m->report->store) : "");
	r = making_answer(m, STATUS_UNREADABLE, "");
	making_end(m);
	m->error = error;
	return r;
}

/* ---- steps -------------------------------------------------------------------------------- */

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
	int e;

	if (message->more || message->payload.len != 0 ||
	    fields_decode(&command_fields, &message->fields, &command) != SKS_OK ||
	    command.verb != VERB_AUDIT_REPORT)
		return SKS_PROTOCOL;
	e = making_answer(m, STATUS_REFUSED, "");
	making_end(m);
	making_ask(m, message);
	if (e == SKS_OK)
		e = making_open(m, dir, &command);
	fields_clear(&command_fields, &command);
	return e == SKS_OK ? SKS_OK : making_fail(m, e);
}

/* Their run is what was handed over last, or nothing was. */
int
making_logs(struct making *m, struct helper_message *message)
{
	static struct command command;
	int e;

	if (message->more || fields_decode(&command_fields, &message->fields, &command) != SKS_OK)
		return SKS_PROTOCOL;
	making_ask(m, message);
	if (m->report == NULL || m->state != MAKING_WAITS)
		return making_answer(m, STATUS_REFUSED, "");
	buf_put_bytes(&m->report->groups, message->payload.data, message->payload.len);
	if (command.number != 0) {
		e = hostlogs_receive(
		    HELPER_SHARED_FD, (uint32_t)command.number, &m->report->logs);
		if (e != SKS_OK)
			log_warn("the host's logs did not come for a report: %s", error_text(e));
	}
	m->state = MAKING_COMPARES;
	return SKS_OK;
}

/* The last step: the store is needed no more then. */
int
making_names(struct making *m, struct helper_message *message)
{
	int e;

	if (message->more)
		return SKS_PROTOCOL;
	making_ask(m, message);
	if (m->report == NULL || m->state != MAKING_WAITS)
		return making_answer(m, STATUS_REFUSED, "");
	report_names(m->report, &message->payload);
	e = report_write(m->report);
	if (e != SKS_OK)
		return making_fail(m, e);
	gather_clear(&m->report->gather);
	memset(&m->report->gather, 0, sizeof(m->report->gather));
	store_close(m->report->store);
	m->report->store = NULL;
	m->state = MAKING_DONE;
	m->until_ms = clock_monotonic_ms() + KEPT_MS;
	return making_answer(m, STATUS_DONE, "");
}

/* The numbers that the kernel's audit has and the page would tell with a name. */
static void
put_numbers(const struct kaudit *k, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < k->rows && used < size; i++)
		used += (size_t)snprintf(
		    out + used, size - used, "%s%u", used > 0 ? "," : "", k->row[i].auid);
}

static int
making_stepped(struct making *m)
{
	char text[KAUDIT_ROWS_MAX * 11 + 1] = "";

	if (m->state == MAKING_COMPARES)
		put_numbers(&m->report->kaudit, text, sizeof(text));
	m->state = MAKING_WAITS;
	m->until_ms = clock_monotonic_ms() + KEPT_MS;
	return making_answer(m, STATUS_DONE, text);
}

int
making_wait_ms(const struct making *m)
{
	if (m->report == NULL)
		return -1;
	return m->state == MAKING_COUNTS || m->state == MAKING_COMPARES ? 0 : KEPT_MS;
}

int
making_step(struct making *m)
{
	int e;

	if (m->report == NULL)
		return SKS_OK;
	if (m->state == MAKING_WAITS || m->state == MAKING_DONE) {
		if (clock_monotonic_ms() >= m->until_ms)
			making_end(m);
		return SKS_OK;
	}
	e = m->state == MAKING_COUNTS ? report_step(m->report, RECORDS_A_STEP)
				      : report_compare(m->report, BYTES_A_STEP);
	if (e > 0)
		return SKS_OK;
	return e == SKS_OK ? making_stepped(m) : making_fail(m, e);
}

void
making_end(struct making *m)
{
	struct store *store = m->report != NULL ? m->report->store : NULL;

	if (m->report != NULL)
		report_clear(m->report);
	store_close(store);
	free(m->report);
	*m = (struct making){.asked = m->asked};
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
	if (m->report == NULL && m->unknown != KNOWN_ALL) {
		/* the daemon says it, in its language */
		reply->status = STATUS_REFUSED;
		reply->record = m->unknown;
		(void)snprintf(reply->text, sizeof(reply->text), "%s", m->like);
		return;
	}
	if (m->report == NULL) {
		making_say_failed(m->error, reply);
		return;
	}
	if (m->state != MAKING_DONE)
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
