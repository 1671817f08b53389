/*
 * A receipt is checked: the record's header, its body, and the proof that the header is a leaf
 * under a signed head. The command does the checking; what is said here is of no weight by
 * itself.
 */
#include "audit/proof.h"
#include "audit/tree.h"
#include "command/receipt.h"
#include "error.h"
#include "hex.h"
#include "i18n.h"
#include <string.h>

/* The chain that the record belongs to. */
static int
receipt_chain(struct store *s, uint64_t seq, struct store_chain *chain)
{
	int e = store_chain(s, 0, chain);

	while (e == SKS_OK && chain->first > seq && chain->id > 1)
		e = store_chain(s, chain->id - 1, chain);
	return e == SKS_OK && chain->first > seq ? SKS_NOT_FOUND : e;
}

/* Its newest head, which covers the record: a record of just now waits for one no longer. */
static int
receipt_head(struct server *s, const struct store_chain *chain, uint64_t index, uint64_t *size,
    struct buf *note)
{
	struct store_chain newest;
	int e = store_head_newest(s->store, chain->id, size, note);

	if ((e == SKS_OK && index < *size) || (e != SKS_OK && e != SKS_NOT_FOUND))
		return e;
	if ((e = store_chain(s->store, 0, &newest)) != SKS_OK)
		return e;
	if (s->chain == NULL || newest.id != chain->id)
		return SKS_NOT_FOUND;
	buf_reset(note);
	if ((e = chain_sign(s->chain, s->store, clock_now())) != SKS_OK ||
	    (e = store_head_newest(s->store, chain->id, size, note)) != SKS_OK)
		return e;
	return index < *size ? SKS_OK : SKS_NOT_FOUND;
}

static int
receipt_proof(struct server *s, const struct store_chain *chain, uint64_t seq, struct buf *out)
{
	struct tree_source source = {.store = s->store, .chain = *chain};
	struct proof p = {.index = seq - chain->first};
	struct buf note;
	uint64_t size = 0;
	int e;

	buf_init(&note, PROOF_MAX);
	if ((e = receipt_head(s, chain, p.index, &size, &note)) == SKS_OK)
		e = merkle_prove_inclusion(size, p.index, tree_subtree, &source, &p.path);
	p.head = (const char *)note.data;
	p.head_len = note.len;
	if (e == SKS_OK)
		e = proof_format(&p, out);
	buf_put_u8(out, '\0');
	buf_clear(&note);
	return e == SKS_OK ? buf_error(out) : e;
}

static json_t *
receipt_json(const struct store_chain *chain, const uint8_t header[RECORD_HEADER_SIZE],
    const struct buf *body, const struct buf *proof)
{
	char hex[2 * RECORD_HEADER_SIZE + 1];
	json_t *o;

	(void)hex_put(hex, header, RECORD_HEADER_SIZE);
	o = json_pack("{s:s,s:s,s:I,s:s,s:s}", "origin", chain->origin, "vkey", chain->vkey,
	    "first", (json_int_t)chain->first, "header", hex, "proof",
	    (const char *)proof->data);
	if (o != NULL && body->len > 0)
		(void)json_object_set_new(
		    o, "body", json_stringn((const char *)body->data, body->len));
	return o;
}

int
receipt_make(struct server *s, uint64_t seq, const char *user, json_t **out)
{
	uint8_t header[RECORD_HEADER_SIZE];
	struct store_chain chain;
	char whose[NAME_SIZE];
	struct buf body, proof;
	int e;

	*out = NULL;
	buf_init(&body, RECORD_BODY_MAX + 1);
	buf_init(&proof, PROOF_MAX + 1);
	e = store_record(s->store, seq, header, whose, &body);
	if (e == SKS_OK && user != NULL && strcmp(whose, user) != 0)
		e = SKS_NOT_FOUND;
	if (e == SKS_OK)
		e = receipt_chain(s->store, seq, &chain);
	if (e == SKS_OK)
		e = receipt_proof(s, &chain, seq, &proof);
	if (e == SKS_OK && (*out = receipt_json(&chain, header, &body, &proof)) == NULL)
		e = SKS_NOMEM;
	buf_clear(&body);
	buf_clear(&proof);
	return e;
}

/* Of somebody else's record nothing is said, not even that it is there. */
int
command_receipt(struct server *s, struct job *job)
{
	json_t *o = NULL;
	int e = receipt_make(s, job->command.number,
	    job->peer.uid != 0 ? job->command.user : NULL, &o);

	if (e == SKS_OK)
		return command_json(job, o);
	if (e != SKS_NOT_FOUND)
		return e;
	command_say(job, STATUS_REFUSED,
	    _("The log has no record %llu of yours. If this receipt is of this host, "
	      "show it to an auditor: a record that was there is gone."),
	    (unsigned long long)job->command.number);
	return SKS_OK;
}
