/*
 * sekisho audit head, sekisho audit prove: what leaves the host so that others can tell later
 * whether anything before it was changed.
 */
#include "audit/proof.h"
#include "audit/tree.h"
#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "log_store.h"
#include "protocol.h"
#include "qr.h"
#include "show.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
head_print(const struct args *args, const struct log_head *h)
{
	json_t *o;

	if (args_has(args, OPT_JSON)) {
		o = json_pack("{s:s, s:I, s:s, s:s}", "origin", h->checkpoint.origin, "size",
		    (json_int_t)h->checkpoint.size, "vkey", h->chain.vkey, "note",
		    (const char *)h->note.data);
		show_json(o);
		json_decref(o);
	} else if (args_has(args, OPT_VKEY)) {
		printf("%s\n", h->chain.vkey);
	} else {
		fwrite(h->note.data, 1, h->note.len, stdout);
	}
	if (args_has(args, OPT_QR) && !args_has(args, OPT_JSON))
		qr_print(args_has(args, OPT_VKEY) ? h->chain.vkey : (const char *)h->note.data,
		    _("(This terminal is too narrow for the QR code, or does not show UTF-8.)\n"));
}

int
run_audit_head(const struct args *args)
{
	struct store *s = NULL;
	struct log_head head = {0};
	int r;

	log_store_sign(args);
	r = log_store_open(args, &s);
	if (r == STATUS_DONE)
		r = log_head_read(s, UINT64_MAX, &head);
	if (r == STATUS_DONE)
		head_print(args, &head);
	log_head_clear(&head);
	store_close(s);
	return r;
}

/* ---- one record ---------------------------------------------------------------------------- */

static int
prove_sequence(const struct args *args, uint64_t *seq)
{
	const char *word = args_word(args, 0);
	char *end;

	errno = 0;
	*seq = strtoull(word, &end, 10);
	if (errno == 0 && *end == '\0' && word[0] >= '1' && word[0] <= '9')
		return STATUS_DONE;
	fprintf(stderr,
	    _("sekisho: \"%s\" is no number of a record. `sekisho log` shows it at the end of "
	      "each line.\n"),
	    word);
	return STATUS_USAGE;
}

static int
keep_header(void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE])
{
	(void)seq;
	memcpy(context, header, RECORD_HEADER_SIZE);
	return SKS_OK;
}

/* The proof, with the record's header beside it, checked as its reader will check it. */
static int
prove(struct store *s, const struct log_head *h, uint64_t seq, struct buf *out)
{
	struct tree_source source = {.store = s, .chain = h->chain};
	uint8_t header[RECORD_HEADER_SIZE];
	struct proof p = {.index = seq - h->chain.first,
	    .extra = header,
	    .extra_len = sizeof(header),
	    .head = (const char *)h->note.data,
	    .head_len = h->note.len};
	struct checkpoint checked;
	struct merkle_hash leaf;
	struct proof read;
	int r;

	if ((r = store_headers(s, seq, seq, keep_header, header)) != SKS_OK ||
	    (r = merkle_prove_inclusion(
		 h->checkpoint.size, p.index, tree_subtree, &source, &p.path)) != SKS_OK ||
	    (r = merkle_leaf(header, sizeof(header), &leaf)) != SKS_OK ||
	    (r = proof_format(&p, out)) != SKS_OK ||
	    (r = proof_parse(out->data, out->len, &read)) != SKS_OK)
		return r;
	return proof_verify(&read, &leaf, &h->vkey, &checked);
}

static int
prove_write(const struct args *args, const struct buf *proof)
{
	const char *path = args_word(args, 1);
	FILE *out = path == NULL ? stdout : fopen(path, "wxe");
	bool whole;

	if (out == NULL) {
		fprintf(stderr, _("sekisho: cannot make %s: %s. It must not be there yet.\n"), path,
		    strerror(errno));
		return STATUS_REFUSED;
	}
	whole = fwrite(proof->data, 1, proof->len, out) == proof->len;
	if (path == NULL)
		return STATUS_DONE; /* what could not be printed is said at the end */
	if (fclose(out) == 0 && whole)
		return STATUS_DONE;
	fprintf(stderr, _("sekisho: %s could not be written: %s.\n"), path, strerror(errno));
	(void)unlink(path);
	return STATUS_INCOMPLETE;
}

int
run_audit_prove(const struct args *args)
{
	struct store *s = NULL;
	struct log_head head = {0};
	struct buf proof;
	uint64_t seq;
	int r = prove_sequence(args, &seq), e;

	if (r != STATUS_DONE)
		return r;
	buf_init(&proof, PROOF_MAX);
	log_store_sign(args);
	r = log_store_open(args, &s);
	if (r == STATUS_DONE)
		r = log_head_read(s, seq, &head);
	if (r == STATUS_DONE &&
	    (seq < head.chain.first || seq - head.chain.first >= head.checkpoint.size)) {
		fprintf(stderr,
		    _("sekisho: the newest head covers the records %llu to %llu, not %llu.\n"),
		    (unsigned long long)head.chain.first,
		    (unsigned long long)(head.chain.first + head.checkpoint.size - 1),
		    (unsigned long long)seq);
		r = STATUS_REFUSED;
	}
	if (r == STATUS_DONE && (e = prove(s, &head, seq, &proof)) != SKS_OK) {
		fprintf(stderr,
		    _("sekisho: the record does not lead to the signed head (%s): something in the "
		      "log was changed or is damaged. `sekisho audit verify` says what.\n"),
		    _(error_text(e)));
		r = STATUS_TAMPERED;
	}
	if (r == STATUS_DONE)
		r = prove_write(args, &proof);
	buf_clear(&proof);
	log_head_clear(&head);
	store_close(s);
	return r;
}
