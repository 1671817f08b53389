/* 監査調書: chosen records word by word, each with the proof that it is in the log. */
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "paper/kinds.h"
#include "protocol.h"
#include "receipt.h"
#include "words.h"
#include <inttypes.h>
#include <string.h>

/* Nothing is handed on that does not lead to its head. */
static int
check(const json_t *proof)
{
	uint64_t number = (uint64_t)paper_number(proof, "record");
	struct checkpoint head;
	const char *wrong = receipt_wrong(proof, number, NULL, &head);

	if (wrong == NULL)
		return STATUS_DONE;
	fprintf(stderr, _("sekisho: record %llu: %s. `sekisho audit verify` says more.\n"),
	    (unsigned long long)number, wrong);
	return STATUS_TAMPERED;
}

static void
put_pairs(struct paper *p, const json_t *body)
{
	static const struct {
		const char *label, *key;
		bool word;
	} pairs[] = {{N_("Event"), "event.action", false}, {N_("Outcome"), "event.outcome", false},
	    {N_("Reason"), "event.reason", true}, {N_("Account"), "user.name", false},
	    {N_("Acting account"), "user.effective.name", false},
	    {N_("Person"), "sekisho.person", false}, {N_("Source"), "source.ip", false},
	    {N_("Service"), "service.name", false}, {N_("Role"), "sekisho.role", false},
	    {N_("Request"), "sekisho.request", false}, {N_("What was said"), "message", false},
	    {N_("Rating"), "sekisho.rating", false}};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const char *text = paper_get(body, pairs[i].key);

		if (text[0] != '\0')
			paper_pair(p, _(pairs[i].label), pairs[i].word ? words_shown(text) : text);
	}
}

void
paper_put_record(struct paper *p, const json_t *proof)
{
	const char *text = json_string_value(json_object_get(proof, "body"));
	json_t *body = text != NULL ? json_loads(text, 0, NULL) : NULL;
	int64_t at_ms = 0;
	char title[64];

	(void)snprintf(title, sizeof(title), _("Record %lld"),
	    (long long)paper_number(proof, "record"));
	paper_heading(p, title);
	(void)clock_parse(paper_get(body, "@timestamp"), 0, &at_ms);
	paper_pair_time(p, _("Time"), at_ms);
	if (body != NULL)
		put_pairs(p, body);
	else
		paper_pair(p, _("Body"), _("deleted when its period ended; the header stays"));
	json_decref(body);
}

static void
put_proof(struct paper *p, const json_t *proof)
{
	const char *body = json_string_value(json_object_get(proof, "body"));

	if (body != NULL) {
		paper_text(p, _("Body, word by word:"));
		paper_verbatim(p, body);
	}
	paper_text(p, _("Header (the leaf) and its proof (C2SP tlog-proof):"));
	paper_verbatim(p, paper_get(proof, "header"));
	paper_verbatim(p, paper_get(proof, "proof"));
}

int
records_fill(struct paper *p, json_t *entries)
{
	const json_t *proofs = json_object_get(p->terms, "proofs"), *proof;
	const char *const seals[] = {_("Person who audits"), _("Audit officer"), NULL};
	int status = STATUS_DONE;
	size_t i;

	(void)entries;
	if (json_array_size(proofs) == 0) {
		fputs(_("sekisho: name the records, by their numbers; the daemon of the host gives "
			"their proofs. Of a copy: sekisho audit prove.\n"),
		    stderr);
		return STATUS_USAGE;
	}
	paper_pair(p, _("Aim of the audit"), args_text(p->args, OPT_PURPOSE));
	paper_space(p, _("Procedure"), 18);
	paper_space(p, _("Result and opinion"), 28);
	json_array_foreach(proofs, i, proof)
	{
		if ((status = check(proof)) != STATUS_DONE)
			return status;
		paper_put_record(p, proof);
		put_proof(p, proof);
	}
	paper_heading(p, _("How to check it"));
	paper_text(p,
	    _("The SHA-256 of the body, with its salt in it, stands in the header; the header is a leaf "
	      "of the log's tree; the proof leads from it to the signed head, whose signature the key "
	      "below verifies. Compare that key with one that was noted elsewhere."));
	paper_verbatim(p, paper_get(p->terms, "vkey"));
	paper_seals(p, seals);
	return STATUS_DONE;
}
