/*
 * sekisho log --receipt NUMBER:HASH: is the record of that login in the log as it was written?
 *
 * The hash is that of the record's header, its leaf. The daemon gives header, body and proof;
 * that they fit the hash, each other and the signed head is found out here.
 */
#include "receipt.h"

#include "audit/merkle.h"
#include "audit/note.h"
#include "audit/proof.h"
#include "audit/record.h"
#include "call.h"
#include "cli.h"
#include "error.h"
#include "hex.h"
#include "i18n.h"
#include "log_line.h"
#include "show.h"
#include "table.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { RECEIPT_WIDTH = 96 };

struct receipt {
	uint64_t number;
	struct merkle_hash leaf;
};

static int
receipt_read(const char *text, struct receipt *out)
{
	char *end = NULL;

	errno = 0;
	out->number = strtoull(text, &end, 10);
	if (errno == 0 && text[0] >= '1' && text[0] <= '9' && *end == ':' &&
	    hex_read(end + 1, out->leaf.bytes, sizeof(out->leaf.bytes)))
		return STATUS_DONE;
	fprintf(stderr,
	    _("sekisho: \"%s\" is no receipt. It is a number, a colon and 64 hexadecimal "
	      "digits, "
	      "as it was shown after login.\n"),
	    text);
	return STATUS_USAGE;
}

const char *
receipt_wrong(const json_t *answer, uint64_t number, const struct merkle_hash *expected,
    struct checkpoint *head)
{
	const char *hex = show_text(answer, "header"), *proof_text = show_text(answer, "proof");
	const json_t *body = json_object_get(answer, "body");
	uint8_t header[RECORD_HEADER_SIZE], hash[32];
	struct record record = {0};
	struct note_vkey vkey;
	struct merkle_hash leaf;
	struct proof proof;

	if (!hex_read(hex, header, sizeof(header)) ||
	    record_header_decode(header, &record) != SKS_OK ||
	    merkle_leaf(header, sizeof(header), &leaf) != SKS_OK)
		return _("the record's header cannot be read");
	if ((expected != NULL && !merkle_equal(&leaf, expected)) || record.seq != number)
		return _("under this number there is another record than the receipt's");
	if (note_vkey_parse(show_text(answer, "vkey"), &vkey) != SKS_OK ||
	    proof_parse(proof_text, strlen(proof_text), &proof) != SKS_OK ||
	    proof_verify(&proof, &leaf, &vkey, head) != SKS_OK)
		return _("the record does not lead to the signed head of the log");
	if (strcmp(head->origin, show_text(answer, "origin")) != 0)
		return _("the signed head is of another log");
	if (body != NULL && (record_body_hash(json_string_value(body), json_string_length(body),
				 hash) != SKS_OK ||
				memcmp(hash, record.body_hash, sizeof(hash)) != 0))
		return _("the record's body is not what was written");
	return NULL;
}

static void
receipt_show(const struct receipt *receipt, const json_t *answer, const struct checkpoint *head)
{
	const json_t *body = json_object_get(answer, "body");
	char line[400];

	log_line_print(stdout, receipt->number, json_string_value(body),
	    body == NULL ? 0 : json_string_length(body), false);
	fputc('\n', stdout);
	puts(_("This record is in the log, as it was written."));
	table_print_pair(stdout, _("Log:"), head->origin);
	snprintf(line, sizeof(line), "%llu", (unsigned long long)head->size);
	table_print_pair(stdout, _("Records under the signed head:"), line);
	table_print_pair(stdout, _("Signed by:"), show_text(answer, "vkey"));
	fputc('\n', stdout);
	table_fold(stdout,
	    _("It proves that the log of that key still holds the record whose receipt you "
	      "have, "
	      "unchanged. It does not prove whose key that is: compare it with one that was "
	      "noted "
	      "elsewhere, such as by an auditor (sekisho audit head --vkey)."),
	    0, RECEIPT_WIDTH);
}

static void
receipt_show_json(
    const struct receipt *receipt, const json_t *answer, const struct checkpoint *head)
{
	json_t *o = json_pack("{s:b,s:I,s:s,s:I,s:s,s:b}", "included", 1, "record",
	    (json_int_t)receipt->number, "origin", head->origin, "size", (json_int_t)head->size,
	    "vkey", show_text(answer, "vkey"), "body_deleted",
	    (int)(json_object_get(answer, "body") == NULL));

	show_json(o);
	json_decref(o);
}

int
run_log_receipt(const struct args *args)
{
	struct checkpoint head;
	struct receipt receipt;
	json_t *answer = NULL;
	struct call call;
	const char *wrong;
	int r = receipt_read(args_value(args, OPT_RECEIPT), &receipt);

	if (r != STATUS_DONE)
		return r;
	call_init(&call, VERB_RECEIPT);
	call.request.number = receipt.number;
	r = call_run_json(&call, args, &answer);
	if (r == STATUS_DONE && (wrong = receipt_wrong(answer, receipt.number, &receipt.leaf, &head)) != NULL) {
		fprintf(stderr,
		    _("sekisho: %s. Keep the receipt and show it to an auditor: either it is "
		      "of "
		      "another host, or the log was changed.\n"),
		    wrong);
		r = STATUS_TAMPERED;
	} else if (r == STATUS_DONE && args_has(args, OPT_JSON)) {
		receipt_show_json(&receipt, answer, &head);
	} else if (r == STATUS_DONE) {
		receipt_show(&receipt, answer, &head);
	}
	json_decref(answer);
	call_clear(&call);
	return r;
}
