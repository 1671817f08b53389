/*
 * sekisho audit paper: a register or form for print. The command fills it from records that the
 * peer may read; that it is made is decided and recorded here, before, and the record's number is
 * the paper's. It is told the rating and limits that the paper carries on, the head of the log that
 * stands on it, and, for chosen records, their proofs.
 */
#include "command/handing.h"
#include "command/receipt.h"
#include "error.h"
#include "hex.h"
#include "i18n.h"
#include <stdlib.h>
#include <string.h>

enum { PAPER_RECORDS_MAX = 64 };

/* "17,23", which is how they stand in the record too. */
static int
take_records(const struct job *job, uint64_t seq[PAPER_RECORDS_MAX], size_t *count)
{
	const char *at = job->command.measure;
	char *end;

	for (*count = 0; *at != '\0'; at = end + (*end == ',')) {
		if (*count == PAPER_RECORDS_MAX || *at < '1' || *at > '9')
			return SKS_INVALID;
		seq[(*count)++] = strtoull(at, &end, 10);
		if (*end != '\0' && *end != ',')
			return SKS_INVALID;
	}
	return SKS_OK;
}

/* The head over all that is committed, as the paper shows it. */
static int
put_head(struct server *s, json_t *o)
{
	char root[2 * MERKLE_HASH_SIZE + 1];
	struct log_head head;
	int e = command_head_now(s, &head);

	if (e == SKS_OK) {
		const struct merkle_hash *hash = &head.checkpoint.root;

		(void)hex_put(root, hash->bytes, sizeof(hash->bytes));
		(void)json_object_set_new(o, "origin", json_string(head.chain.origin));
		(void)json_object_set_new(o, "vkey", json_string(head.chain.vkey));
		(void)json_object_set_new(
		    o, "size", json_integer((json_int_t)head.checkpoint.size));
		(void)json_object_set_new(o, "root", json_string(root));
	}
	log_head_clear(&head);
	return e;
}

static int
put_proofs(struct server *s, const uint64_t *seq, size_t count, json_t *o, uint64_t *missing)
{
	json_t *list = json_array();

	(void)json_object_set_new(o, "proofs", list);
	for (size_t i = 0; i < count; i++) {
		json_t *one = NULL;
		int e = receipt_make(s, seq[i], NULL, &one);

		if (e == SKS_NOT_FOUND)
			*missing = seq[i];
		if (e != SKS_OK)
			return e;
		(void)json_object_set_new(one, "record", json_integer((json_int_t)seq[i]));
		(void)json_array_append_new(list, one);
	}
	return SKS_OK;
}

static void
put_terms(const struct handing *h, const struct job *job, json_t *o)
{
	const struct policy *p = h->server->policy;
	char told[HANDING_TOLD_SIZE];

	handing_told(h, told);
	(void)json_object_set_new(o, "record", json_integer((json_int_t)job->command_reply.record));
	(void)json_object_set_new(o, "by", json_string(h->by[0] != '\0' ? h->by : job->who));
	(void)json_object_set_new(
	    o, "person", json_string(h->person[0] != '\0' ? h->person : job->who));
	(void)json_object_set_new(o, "rating", json_string(p->rating != NULL ? p->rating : ""));
	(void)json_object_set_new(o, "limits", json_string(p->limits != NULL ? p->limits : ""));
	(void)json_object_set_new(
	    o, "encrypt", json_boolean(policy_rating_reaches(p, p->export_encrypt_from)));
	(void)json_object_set_new(o, "text", json_string(told));
}

int
command_paper(struct server *s, struct job *job)
{
	static struct handing h;
	uint64_t seq[PAPER_RECORDS_MAX], missing = 0;
	json_t *o = json_object();
	bool allowed = false;
	size_t count;
	int e = take_records(job, seq, &count);

	memset(&h, 0, sizeof(h));
	h.records = job->command.measure;
	if (e == SKS_INVALID) {
		json_decref(o);
		command_say(job, STATUS_USAGE, "%s",
		    _("A value is not one of those allowed. See the --help of the command."));
		return SKS_OK;
	}
	/* what cannot be shown is not recorded as made */
	if (e == SKS_OK)
		e = put_head(s, o);
	if (e == SKS_OK)
		e = put_proofs(s, seq, count, o, &missing);
	if (missing != 0) {
		json_decref(o);
		command_say(job, STATUS_REFUSED, _("The log has no record %llu."),
		    (unsigned long long)missing);
		return SKS_OK;
	}
	if (e == SKS_OK)
		e = handing_judge(s, job, &h, &allowed);
	if (e == SKS_OK && allowed) {
		put_terms(&h, job, o);
		return command_json(job, o);
	}
	json_decref(o);
	return e;
}
