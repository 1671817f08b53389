#include "export_bundle.h"

#include "call.h"
#include "clock.h"
#include "error.h"
#include "hex.h"
#include "i18n.h"
#include "log_line.h"
#include "paper/paper.h"
#include "show.h"
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char TIMELINE[] = "timeline.txt";

/* ---- the time line ----------------------------------------------------------------------- */

int
evidence_begin(struct export *x)
{
	return export_out_open(&x->timeline, x->dir, TIMELINE, &x->to);
}

int
evidence_record(struct export *x, uint64_t seq, const void *body, size_t len)
{
	char *line = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&line, &size);
	int r;

	if (out == NULL)
		return SKS_NOMEM;
	log_line_print(out, seq, body, len, false);
	r = fclose(out) == 0 ? export_out_put(&x->timeline, line, size) : SKS_NOMEM;
	free(line);
	return r;
}

/* ---- files of one piece ------------------------------------------------------------------ */

static int
bundle_file(struct export *x, const char *name, const void *data, size_t len)
{
	struct export_out out;
	int r = export_out_whole(&out, x->dir, name, &x->to, data, len);

	if (r == SKS_OK)
		export_list_file(x, &out);
	export_out_close(&out);
	return r;
}

static int
bundle_json(struct export *x, const char *name, const json_t *json)
{
	char *text = json_dumps(json, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	int r = text != NULL ? bundle_file(x, name, text, strlen(text)) : SKS_NOMEM;

	free(text);
	return r;
}

/* ---- policies ---------------------------------------------------------------------------- */

static int
bundle_one_policy(struct export *x, const char *digest)
{
	char name[80];
	struct call call;
	int status;

	call_init(&call, VERB_POLICY_SHOW);
	status = call_set_text(call.request.name, sizeof(call.request.name), digest, "DIGEST");
	if (status == STATUS_DONE)
		status = call_run(&call, x->args);
	(void)snprintf(name, sizeof(name), "policy-%.12s.conf", digest);
	if (status == STATUS_DONE)
		status =
		    export_say(bundle_file(x, name, call.payload.data, call.payload.len));
	call_clear(&call);
	return status;
}

/* Those that came into force in the period, and the one that was before. */
static int
bundle_policies(struct export *x)
{
	json_t *history = NULL, *p;
	struct call call;
	size_t i;
	int status;

	call_init(&call, VERB_POLICY_HISTORY);
	status = call_run_json(&call, x->args, &history);
	call_clear(&call);
	if (status == STATUS_DONE)
		status = export_say(bundle_json(x, "policies.json", history));
	json_array_foreach(history, i, p)
	{
		int64_t applied = show_number(p, "applied");
		bool twice = false;

		if (status != STATUS_DONE)
			break;
		if (x->request.until_ms != 0 && applied >= x->request.until_ms)
			continue;
		for (size_t j = 0; j < i; j++)
			twice |= strcmp(show_text(json_array_get(history, j), "digest"),
				     show_text(p, "digest")) == 0;
		if (!twice)
			status = bundle_one_policy(x, show_text(p, "digest"));
		if (applied < x->request.since_ms) /* newest first: this one was in force then */
			break;
	}
	json_decref(history);
	return status;
}

/* ---- grants ------------------------------------------------------------------------------ */

static int
bundle_grants(struct export *x)
{
	json_t *all = json_array();
	uint64_t next = 0;
	int status;

	do {
		struct call call;
		json_t *page;

		call_init(&call, VERB_GRANT_LIST);
		call.request.number = next;
		call.request.newest_first = true; /* those that are over too */
		status = call_run_json(&call, x->args, &page);
		if (status == STATUS_DONE) {
			(void)json_array_extend(all, page);
			json_decref(page);
		}
		next = call.reply.next;
		call_clear(&call);
	} while (status == STATUS_DONE && next != 0);
	if (status == STATUS_DONE)
		status = export_say(bundle_json(x, "grants.json", all));
	json_decref(all);
	return status;
}

/* ---- what people read -------------------------------------------------------------------- */

static void
bundle_put_span(struct buf *b, const struct command *q)
{
	char since[SHOW_TIME_SIZE], until[SHOW_TIME_SIZE];

	buf_printf(b, _("Period: %s to %s\n"),
	    q->since_ms != 0 ? show_time(q->since_ms, since) : _("the beginning of the log"),
	    show_time(q->until_ms != 0 ? q->until_ms : clock_now().wall_ms, until));
	buf_printf(b, _("Person: %s\n"), q->verified_by[0] != '\0' ? q->verified_by : _("all"));
}

static int
bundle_index(struct export *x)
{
	char host[256] = "";
	struct buf b;
	int r;

	(void)gethostname(host, sizeof(host) - 1);
	buf_init(&b, EXPORT_LINE_MAX);
	buf_printf(&b, _("Evidence from %s\n\n"), host);
	buf_printf(&b, _("For: %s\nPurpose: %s\n"), x->request.name, x->request.text);
	bundle_put_span(&b, &x->request);
	buf_printf(&b, _("Rating: %s\nHandling: %s\n"), show_text(x->terms, "rating"),
	    show_text(x->terms, "limits"));
	buf_printf(&b, _("Records: %llu, of which %llu have only their header left\n\n"),
	    (unsigned long long)(x->count + x->deleted), (unsigned long long)x->deleted);
	buf_printf(&b, "%s",
	    _("timeline.txt     what happened, a line a record, in order\n"
	      "records.jsonl    the records themselves, word by word\n"
	      "proofs.jsonl     for each of them the proof that it is in the log\n"
	      "head-N           the signed head that the proofs lead to\n"
	      "policies.json    which policy came into force when, and by whom\n"
	      "policy-*.conf    those of the period\n"
	      "grants.json      who asked for which role, who approved it, until when\n"
	      "report-form.txt  to be filled in by the officer in charge\n"
	      "report-form.html the same, for print on A4\n"
	      "manifest         the digest of each file, signed with the key of the log\n\n"
	      "On any host with sekisho, without the one it came from:\n"
	      "  sekisho audit verify DIRECTORY --trust KEY\n"
	      "KEY is what `sekisho audit head --vkey` printed there and somebody noted. What a "
	      "proof cannot tell: whether root told the truth when a record was made.\n"));
	r = buf_error(&b);
	if (r == SKS_OK)
		r = bundle_file(x, "index.txt", b.data, b.len);
	buf_clear(&b);
	return export_say(r);
}

static int
bundle_form(struct export *x)
{
	struct buf b;
	int r;

	buf_init(&b, EXPORT_LINE_MAX);
	buf_printf(&b, "%s", _("Report of an incident\n\n"));
	bundle_put_span(&b, &x->request);
	buf_printf(&b, _("Rating: %s\nRecord of this bundle: %lld\n\n"),
	    show_text(x->terms, "rating"), (long long)show_number(x->terms, "record"));
	buf_printf(&b, "%s",
	    _("Number:                    ____________________\n"
	      "Noticed on, by, how:       ____________________\n"
	      "What happened:             ____________________\n"
	      "What is affected:          ____________________\n"
	      "Done at once:              ____________________\n"
	      "Cause:                     ____________________\n"
	      "Against a repetition:      ____________________\n"
	      "Owner and date of that:    ____________________\n"
	      "Reported to, on:           ____________________\n"
	      "Officer (name, role, unit, contact), signature:\n"
	      "                           ____________________\n"));
	r = buf_error(&b);
	if (r == SKS_OK)
		r = bundle_file(x, "report-form.txt", b.data, b.len);
	buf_clear(&b);
	return export_say(r);
}

/* The same as a sheet for print, with the rating and the number of this bundle's record. */
static int
bundle_sheet(struct export *x)
{
	json_t *terms = json_deep_copy(x->terms);
	const struct passwd *pw = getpwuid(getuid());
	char root[2 * MERKLE_HASH_SIZE + 1] = "";
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int r = SKS_NOMEM;

	if (x->proving.have_head)
		(void)hex_put(root, x->proving.head.checkpoint.root.bytes, MERKLE_HASH_SIZE);
	(void)json_object_set_new(terms, "origin", json_string(x->proving.head.chain.origin));
	(void)json_object_set_new(terms, "root", json_string(root));
	(void)json_object_set_new(
	    terms, "size", json_integer((json_int_t)x->proving.head.checkpoint.size));
	(void)json_object_set_new(terms, "by", json_string(pw != NULL ? pw->pw_name : ""));
	if (out != NULL) {
		r = paper_incident_sheet(terms, out);
		if (fclose(out) != 0)
			r = SKS_NOMEM;
	}
	if (r == SKS_OK)
		r = bundle_file(x, "report-form.html", text, size);
	free(text);
	json_decref(terms);
	return export_say(r);
}

int
evidence_end(struct export *x)
{
	int r = export_out_finish(&x->timeline), status = export_say(r);

	if (status == STATUS_DONE)
		export_list_file(x, &x->timeline);
	if (status == STATUS_DONE)
		status = bundle_policies(x);
	if (status == STATUS_DONE)
		status = bundle_grants(x);
	if (status == STATUS_DONE)
		status = bundle_form(x);
	if (status == STATUS_DONE)
		status = bundle_sheet(x);
	return status == STATUS_DONE ? bundle_index(x) : status;
}
