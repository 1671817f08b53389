/*
 * sekisho audit verify DIR: an export, held against its manifest, its proofs and a key that is
 * trusted. Needs neither a daemon nor the host that it came from.
 */
#include "audit/export.h"

#include "audit/checkpoint.h"
#include "audit/record.h"
#include "backup.h"
#include "base64.h"
#include "cli.h"
#include "error.h"
#include "export_in.h"
#include "i18n.h"
#include "protocol.h"
#include "show.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MANIFEST_MAX = 1 << 20, CHAINS_MAX = 64, TRUSTED_MAX = 32 };

struct checked_head {
	uint64_t chain;
	struct checkpoint head;
};

struct checking {
	const struct args *args;
	const char *dir;
	struct note_vkey trusted[TRUSTED_MAX];
	size_t trusts; /* 0: the manifest's own key is all there is */
	bool own; /* trusted is this host's log key of now, which may have followed another */
	json_t *manifest;
	struct checked_head head[CHAINS_MAX];
	size_t heads;
	uint64_t records, deleted, unproved;
	size_t derived; /* files that the command of an auditor wrote */
	size_t other_keys; /* chains whose heads another key signed */
};

static int __attribute__((format(printf, 1, 2))) check_tampered(const char *fmt, ...)
{
	va_list list;

	fputs("sekisho: ", stderr);
	va_start(list, fmt);
	(void)vfprintf(stderr, fmt, list);
	va_end(list);
	fputc('\n', stderr);
	return STATUS_TAMPERED;
}

/* ---- the key -------------------------------------------------------------------------------
 */

static int
check_add_key(struct checking *c, const char *text)
{
	if (c->trusts < TRUSTED_MAX &&
	    note_vkey_parse(text, &c->trusted[c->trusts]) == SKS_OK) {
		c->trusts++;
		return STATUS_DONE;
	}
	fprintf(stderr,
	    _("sekisho: \"%s\" is no key that can be trusted. `sekisho audit head "
	      "--vkey` "
	      "prints one as it is written.\n"),
	    text);
	return STATUS_USAGE;
}

static int
check_find_key(struct checking *c)
{
	struct note_skey own;
	int status = STATUS_DONE;

	for (size_t i = 0; status == STATUS_DONE && i < c->args->given_count; i++) {
		if (c->args->given[i].option == OPT_TRUST)
			status = check_add_key(c, c->args->given[i].value);
	}
	if (status == STATUS_DONE && c->trusts == 0 && geteuid() == 0 &&
	    backup_log_key(&own) == SKS_OK) {
		c->trusted[c->trusts++] = own.vkey;
		c->own = true;
		note_skey_clear(&own);
	}
	return status;
}

/* A chain that came later has the same key under a name of its own. */
static bool
check_is_trusted(const struct checking *c, const struct note_vkey *key)
{
	for (size_t i = 0; i < c->trusts; i++) {
		if (memcmp(c->trusted[i].key, key->key, sizeof(key->key)) == 0)
			return true;
	}
	return c->trusts == 0;
}

/* That the key of now did not sign says nothing against an export of before. */
static int
check_not_signed(const struct checking *c, const char *name, int why)
{
	if (!c->own || why != SKS_NOT_FOUND)
		return check_tampered(_("%s is not signed by the key of the log"), name);
	fprintf(stderr,
	    _("sekisho: %s is not signed by the key that this host's log has now. Where the "
	      "key "
	      "was changed since (sekisho log --event log.key) or the export is of another "
	      "host, "
	      "give the key of then: --trust KEY. With that one it must verify.\n"),
	    name);
	return STATUS_INCOMPLETE;
}

/* ---- the manifest ---------------------------------------------------------------------------
 */

static int
check_read_all(struct checking *c, const char *name, struct buf *out)
{
	struct export_in in;
	int status = export_in_open(&in, c->dir, name, c->args);

	if (status == STATUS_DONE && export_in_all(&in, out) != SKS_OK)
		status = check_tampered(_("%s cannot be read to its end"), name);
	export_in_close(&in);
	return status;
}

/* Before a key is known: the one that the manifest names for its newest chain. */
static bool
check_key_of(const json_t *manifest, struct note_vkey *key)
{
	const json_t *heads = json_object_get(manifest, "heads");
	size_t n = json_array_size(heads);

	return n > 0 &&
	       note_vkey_parse(show_text(json_array_get(heads, n - 1), "vkey"), key) == SKS_OK;
}

/* By one of the keys, under the log key's own name, whatever chain the records are in. */
static int
check_note(const struct note *note, const struct note_vkey *key, size_t keys)
{
	struct note_vkey named = {.name = ""};
	int r = SKS_NOT_FOUND;

	for (size_t i = 0; note->count > 0 && r == SKS_NOT_FOUND && i < keys; i++) {
		(void)note_vkey_make(
		    note->signature[0].name, NOTE_ED25519, key[i].key, &named);
		r = note_verify(note, &named, NULL);
	}
	return r;
}

static int
check_manifest(struct checking *c)
{
	static struct note note;
	const size_t first = strlen(EXPORT_FIRST_LINE "\n");
	struct note_vkey key;
	struct buf text;
	int status, r;

	buf_init(&text, MANIFEST_MAX);
	status = check_read_all(c, EXPORT_MANIFEST, &text);
	if (status == STATUS_DONE &&
	    (note_parse(text.data, text.len, &note) != SKS_OK || note.text_len <= first ||
		memcmp(note.text, EXPORT_FIRST_LINE "\n", first) != 0))
		status = check_tampered(_("the manifest is not one"));
	if (status == STATUS_DONE) {
		c->manifest = json_loadb(note.text + first, note.text_len - first, 0, NULL);
		if (c->manifest == NULL)
			status = check_tampered(_("the manifest is not one"));
	}
	if (status == STATUS_DONE && c->trusts == 0 && !check_key_of(c->manifest, &key))
		status = check_tampered(_("the manifest names no key"));
	if (status == STATUS_DONE) {
		r = check_note(&note, c->trusts > 0 ? c->trusted : &key,
		    c->trusts > 0 ? c->trusts : 1);
		if (r != SKS_OK)
			status = check_not_signed(c, EXPORT_MANIFEST, r);
	}
	buf_clear(&text);
	return status;
}

static int
check_files(struct checking *c)
{
	const json_t *file;
	size_t i;

	json_array_foreach(json_object_get(c->manifest, "files"), i, file)
	{
		const char *name = show_text(file, "name");
		struct export_in in;
		int status;

		if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
			return check_tampered(_("the manifest is not one"));
		status = export_in_open(&in, c->dir, name, c->args);
		if (status == STATUS_DONE &&
		    (export_in_rest(&in) != SKS_OK ||
			in.bytes != (uint64_t)show_number(file, "bytes") ||
			strcmp(in.digest, show_text(file, "sha256")) != 0))
			status = check_tampered(
			    _("%s is not the file that the manifest names"), name);
		export_in_close(&in);
		if (status != STATUS_DONE)
			return status;
		c->derived += json_is_true(json_object_get(file, "derived"));
	}
	return STATUS_DONE;
}

static int
check_heads(struct checking *c)
{
	const json_t *head;
	size_t i;

	json_array_foreach(json_object_get(c->manifest, "heads"), i, head)
	{
		struct checked_head *out = &c->head[c->heads];
		struct note_vkey key;
		struct buf note;
		char name[64];
		int status;

		if (c->heads == CHAINS_MAX)
			return check_tampered(_("the manifest is not one"));
		out->chain = (uint64_t)show_number(head, "chain");
		(void)snprintf(name, sizeof(name), EXPORT_HEAD, (unsigned long long)out->chain);
		buf_init(&note, MANIFEST_MAX);
		status = check_read_all(c, name, &note);
		if (status == STATUS_DONE &&
		    (note_vkey_parse(show_text(head, "vkey"), &key) != SKS_OK ||
			checkpoint_open(note.data, note.len, &key, &out->head) != SKS_OK ||
			strcmp(out->head.origin, show_text(head, "origin")) != 0))
			status =
			    check_tampered(_("%s is not signed by the key of the log"), name);
		buf_clear(&note);
		if (status != STATUS_DONE)
			return status;
		/* the log key was another one then: who signed the manifest says so */
		c->other_keys += !check_is_trusted(c, &key);
		c->heads++;
	}
	return STATUS_DONE;
}

/* ---- records and proofs
 * ---------------------------------------------------------------------- */

static int
check_path(const json_t *proof, struct merkle_proof *path)
{
	const json_t *list = json_object_get(proof, "path");

	path->count = json_array_size(list);
	if (path->count > MERKLE_LEVELS)
		return SKS_INVALID;
	for (size_t i = 0; i < path->count; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text == NULL || base64_decode(text, strlen(text), path->hash[i].bytes,
					MERKLE_HASH_SIZE) != MERKLE_HASH_SIZE)
			return SKS_INVALID;
	}
	return SKS_OK;
}

/* The header in its place in the tree; without a path nothing is claimed. */
static int
check_inclusion(struct checking *c, const json_t *proof, const uint8_t *header)
{
	uint64_t chain = (uint64_t)show_number(proof, "chain");
	struct merkle_proof path;
	struct merkle_hash leaf;

	if (json_object_get(proof, "path") == NULL) {
		c->unproved++;
		return SKS_OK;
	}
	if (check_path(proof, &path) != SKS_OK ||
	    merkle_leaf(header, RECORD_HEADER_SIZE, &leaf) != SKS_OK)
		return SKS_INVALID;
	for (size_t i = 0; i < c->heads; i++) {
		if (c->head[i].chain == chain)
			return merkle_verify_inclusion(&path, c->head[i].head.size,
			    (uint64_t)show_number(proof, "index"), &leaf,
			    &c->head[i].head.root);
	}
	return SKS_INVALID;
}

static int
check_record(struct checking *c, const json_t *proof, struct export_in *records)
{
	const char *text = show_text(proof, "header");
	uint8_t header[RECORD_HEADER_SIZE], hash[EVP_MAX_MD_SIZE];
	struct record r;
	struct buf body;
	int e = SKS_INVALID;

	if (base64_decode(text, strlen(text), header, sizeof(header)) != sizeof(header) ||
	    record_header_decode(header, &r) != SKS_OK ||
	    r.seq != (uint64_t)show_number(proof, "seq"))
		return SKS_INVALID;
	if (!json_is_true(json_object_get(proof, "body"))) {
		c->deleted++;
		return check_inclusion(c, proof, header);
	}
	c->records++;
	buf_init(&body, RECORD_BODY_MAX + 1);
	if (export_in_body(records, show_text(c->manifest, "format"), &body) == 1 &&
	    EVP_Digest(body.data, body.len, hash, NULL, EVP_sha256(), NULL) == 1 &&
	    memcmp(hash, r.body_hash, sizeof(r.body_hash)) == 0)
		e = check_inclusion(c, proof, header);
	buf_clear(&body);
	return e;
}

static int
check_records(struct checking *c, struct export_in *records, struct export_in *proofs)
{
	struct buf line;
	int r, status = STATUS_DONE;

	buf_init(&line, MANIFEST_MAX);
	while (status == STATUS_DONE && (r = export_in_line(proofs, &line)) != 0) {
		json_t *proof =
		    r == 1 ? json_loadb((const char *)line.data, line.len, 0, NULL) : NULL;

		if (proof == NULL || check_record(c, proof, records) != SKS_OK)
			status = check_tampered(_("record %lld is not the one that was "
						  "recorded, or not in the log"),
			    (long long)show_number(proof, "seq"));
		json_decref(proof);
	}
	if (status == STATUS_DONE &&
	    (export_in_body(records, show_text(c->manifest, "format"), &line) != 0 ||
		c->records != (uint64_t)show_number(c->manifest, "records") ||
		c->deleted != (uint64_t)show_number(c->manifest, "deleted") ||
		c->unproved != (uint64_t)show_number(c->manifest, "unproved")))
		status =
		    check_tampered(_("there are not as many records as the manifest says"));
	buf_clear(&line);
	return status;
}

static const char *
check_records_name(const struct checking *c)
{
	const char *format = show_text(c->manifest, "format");

	return strcmp(format, "csv") == 0    ? "records.csv"
	       : strcmp(format, "ocsf") == 0 ? "records.ocsf.jsonl"
					     : "records.jsonl";
}

static int
check_all(struct checking *c)
{
	struct export_in records, proofs;
	int status = check_find_key(c);

	if (status == STATUS_DONE)
		status = check_manifest(c);
	if (status == STATUS_DONE)
		status = check_files(c);
	if (status == STATUS_DONE)
		status = check_heads(c);
	if (status != STATUS_DONE)
		return status;
	status = export_in_open(&records, c->dir, check_records_name(c), c->args);
	if (status == STATUS_DONE) {
		status = export_in_open(&proofs, c->dir, EXPORT_PROOFS, c->args);
		if (status == STATUS_DONE)
			status = check_records(c, &records, &proofs);
		export_in_close(&proofs);
	}
	export_in_close(&records);
	return status;
}

/* ---- telling
 * ---------------------------------------------------------------------------------- */

static int
check_tell(const struct checking *c)
{
	printf(_("%llu records, all as they were recorded; of %llu only the header is left.\n"),
	    (unsigned long long)(c->records + c->deleted), (unsigned long long)c->deleted);
	if (c->unproved > 0)
		printf(
		    _("%llu of them are in an old chain and came after its last head: nothing "
		      "proves those.\n"),
		    (unsigned long long)c->unproved);
	if (c->derived > 0)
		printf(
		    _("%zu files beside them (the time line, policies, grants, forms) were written by "
		      "the command of %s; the host signed what it was told of those.\n"),
		    c->derived, show_text(c->manifest, "by"));
	if (c->other_keys > 0)
		printf(
		    _("%zu heads are signed by another key than the one that is trusted: the "
		      "log had another then, as the export says. --trust KEY, once more, says "
		      "whose.\n"),
		    c->other_keys);
	if (c->trusts > 0)
		return c->unproved + c->other_keys > 0 ? STATUS_INCOMPLETE : STATUS_DONE;
	fputs(_("By the key that the export names itself: whoever made it can have made that "
		"too. "
		"--trust KEY, from elsewhere, says more.\n"),
	    stdout);
	return STATUS_INCOMPLETE;
}

int
run_verify_export(const struct args *args)
{
	static struct checking c;
	int status;

	c.args = args;
	c.dir = args_word(args, 0);
	status = check_all(&c);
	if (args_has(args, OPT_JSON)) {
		json_t *o = json_pack("{s:i,s:I,s:I,s:I,s:b}", "status",
		    status == STATUS_DONE && (!c.trusts || c.unproved > 0) ? STATUS_INCOMPLETE
									   : status,
		    "records", (json_int_t)c.records, "deleted", (json_int_t)c.deleted,
		    "unproved", (json_int_t)c.unproved, "trusted", (int)c.trusts);

		show_json(o);
		json_decref(o);
		if (status == STATUS_DONE && (!c.trusts || c.unproved > 0))
			status = STATUS_INCOMPLETE;
	} else if (status == STATUS_DONE) {
		status = check_tell(&c);
	}
	json_decref(c.manifest);
	return status;
}
