/*
 * sekisho audit export: selected records with proofs, for somebody outside.
 *
 * The daemon says whether it may be (and records that it was), what the host's rating asks of
 * it, and signs a head over everything. Then the log is read here, page by page.
 */
#include "audit/export.h"

#include "audit/proof.h"
#include "audit/tree.h"
#include "backup.h"
#include "call.h"
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "export_format.h"
#include "export_out.h"
#include "i18n.h"
#include "log_filter.h"
#include "log_store.h"
#include "safeopen.h"
#include "seal_to.h"
#include "show.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1 << 20, BLOCK_LEAVES = 256, BLOCK_BITS = 8, FILES_MAX = 40 };

/* The leaves of one block of 256: neighbours in an export share them. */
struct export_block {
	struct tree_source source;
	uint64_t number; /* UINT64_MAX: none */
	size_t count;
	struct merkle_hash leaf[BLOCK_LEAVES];
};

struct export
{
	const struct args *args;
	const struct export_format *format;
	struct command request;
	struct seal_to to;
	json_t *terms; /* the daemon's answer */
	struct store *store;
	struct log_head head; /* of the chain that the last record was in */
	bool have_head;
	uint64_t chain_end; /* the first record behind that chain */
	struct export_block block;
	struct export_out records, proofs;
	json_t *files, *heads;
	uint64_t count, deleted, unproved;
	char dir[PATH_MAX];
	struct buf line;
};

/* ---- what is asked for, and whether it may be ----------------------------------------------
 */

static int
export_ask(struct export *x)
{
	struct call call;
	int status;

	call_init(&call, VERB_EXPORT);
	x->request.verb = VERB_EXPORT;
	memcpy(x->request.language, call.request.language, sizeof(call.request.language));
	call.request = x->request;
	status = call_run(&call, x->args);
	if (status == STATUS_DONE) {
		x->terms = call_json(&call);
		status = x->terms != NULL ? STATUS_DONE : STATUS_UNREADABLE;
	}
	call_clear(&call);
	return status;
}

static int
export_set_request(struct export *x)
{
	struct command *q = &x->request;
	const char *id = args_text(x->args, OPT_REQUEST);
	int status = log_filter_set(q, x->args);

	if (status == STATUS_DONE && (args_text(x->args, OPT_FOR)[0] == '\0' ||
					 args_text(x->args, OPT_PURPOSE)[0] == '\0' ||
					 args_text(x->args, OPT_TO)[0] == '\0')) {
		fputs(_("sekisho: an export says whom it is for, what for, and where it goes: "
			"--for "
			"WHO --purpose WHY --to DIR\n"),
		    stderr);
		status = STATUS_USAGE;
	}
	if (status == STATUS_DONE)
		status = call_set_text(
		    q->name, sizeof(q->name), args_text(x->args, OPT_FOR), "--for");
	if (status == STATUS_DONE)
		status = call_set_text(
		    q->text, sizeof(q->text), args_text(x->args, OPT_PURPOSE), "--purpose");
	if (status == STATUS_DONE)
		status =
		    call_set_text(q->verified_how, sizeof(q->verified_how), id, "--request");
	(void)snprintf(q->service, sizeof(q->service), "%s", x->format->name);
	/* "user" is whom a command is about; here nobody */
	memcpy(q->verified_by, q->user, sizeof(q->verified_by));
	q->user[0] = '\0';
	return status;
}

/* Where the rating asks for it, nothing is written in clear. */
static int
export_seal_to(struct export *x)
{
	bool must = json_is_true(json_object_get(x->terms, "encrypt"));
	bool given = args_has(x->args, OPT_RECIPIENT) || args_has(x->args, OPT_PASSPHRASE_FILE);

	memset(&x->to, 0, sizeof(x->to));
	if (given)
		return seal_to_collect(&x->to, x->args, NULL);
	if (!must)
		return STATUS_DONE;
	fprintf(stderr,
	    _("sekisho: what leaves a host that is rated %s has to be encrypted: --recipient "
	      "LINE. Nothing was written.\n"),
	    show_text(x->terms, "rating"));
	return STATUS_REFUSED;
}

/* ---- proofs ---------------------------------------------------------------------------------
 */

static int
block_take(void *context, uint64_t seq, const uint8_t header[RECORD_HEADER_SIZE])
{
	struct export_block *b = context;

	(void)seq;
	return merkle_leaf(header, RECORD_HEADER_SIZE, &b->leaf[b->count++]);
}

static int
block_load(struct export *x, uint64_t number)
{
	struct export_block *b = &x->block;
	uint64_t from = number << BLOCK_BITS, left = x->head.checkpoint.size - from;
	uint64_t count = left < BLOCK_LEAVES ? left : BLOCK_LEAVES;
	uint64_t first = b->source.chain.first + from;

	b->number = number;
	b->count = 0;
	return store_headers(b->source.store, first, first + count - 1, block_take, b);
}

/* merkle_subtree: small ones from the block at hand, large ones from the stored nodes. */
static int
block_subtree(void *arg, unsigned level, uint64_t index, struct merkle_hash *out)
{
	struct export *x = arg;
	struct merkle_frontier f = {.size = 0};
	uint64_t from = index << level, number = from >> BLOCK_BITS;
	int r = SKS_OK;

	if (level >= BLOCK_BITS)
		return tree_subtree(&x->block.source, level, index, out);
	if (x->block.number != number)
		r = block_load(x, number);
	from &= BLOCK_LEAVES - 1;
	for (uint64_t i = 0; r == SKS_OK && i < (UINT64_C(1) << level); i++)
		r = from + i < x->block.count ? merkle_push(&f, &x->block.leaf[from + i])
					      : SKS_CORRUPT;
	return r == SKS_OK ? merkle_root(&f, out) : r;
}

static int
export_say(int r)
{
	if (r == SKS_CORRUPT) {
		fputs(_("sekisho: a record does not lead to the signed head: something in the "
			"log "
			"was changed or is damaged. `sekisho audit verify` says what.\n"),
		    stderr);
		return STATUS_TAMPERED;
	}
	if (r == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr, _("sekisho: the export is not complete: %s.\n"), _(error_text(r)));
	return STATUS_INCOMPLETE;
}

/* The head of the chain that the record is in, as a file of its own. */
static int
export_begin_chain(struct export *x, uint64_t seq)
{
	struct store_chain next;
	struct export_out out;
	char name[64];
	int status, r;

	if (x->have_head)
		log_head_clear(&x->head);
	memset(&x->head, 0, sizeof(x->head));
	x->have_head = true;
	status = log_head_read(x->store, seq, &x->head);
	if (status != STATUS_DONE)
		return status;
	r = store_chain(x->store, x->head.chain.id + 1, &next);
	if (r != SKS_OK && r != SKS_NOT_FOUND)
		return export_say(r);
	x->chain_end = r == SKS_OK ? next.first : UINT64_MAX;
	x->block.source = (struct tree_source){.store = x->store, .chain = x->head.chain};
	x->block.number = UINT64_MAX;
	(void)snprintf(name, sizeof(name), EXPORT_HEAD, (unsigned long long)x->head.chain.id);
	r = export_out_open(&out, x->dir, name, &x->to);
	if (r == SKS_OK)
		r = export_out_put(&out, x->head.note.data, x->head.note.len);
	if (r == SKS_OK)
		r = export_out_finish(&out);
	if (r == SKS_OK) {
		json_array_append_new(
		    x->files, json_pack("{s:s,s:I,s:s}", "name", name, "bytes",
				  (json_int_t)out.bytes, "sha256", out.digest));
		json_array_append_new(x->heads,
		    json_pack("{s:I,s:s,s:s,s:I,s:I}", "chain", (json_int_t)x->head.chain.id,
			"origin", x->head.chain.origin, "vkey", x->head.chain.vkey, "first",
			(json_int_t)x->head.chain.first, "size",
			(json_int_t)x->head.checkpoint.size));
	}
	export_out_close(&out);
	return export_say(r);
}

static void
export_put_base64(struct buf *out, const uint8_t *data, size_t len)
{
	uint8_t text[4 * ((RECORD_HEADER_SIZE + 2) / 3) + 1];

	(void)EVP_EncodeBlock(text, data, (int)len);
	buf_printf(out, "\"%s\"", (const char *)text);
}

static int
export_prove(struct export *x, const struct log_row *row)
{
	const struct log_head *h = &x->head;
	uint64_t index = row->seq - h->chain.first;
	struct merkle_proof path = {.count = 0};
	struct merkle_hash leaf;
	bool covered = index < h->checkpoint.size;
	int r = merkle_leaf(row->header, RECORD_HEADER_SIZE, &leaf);

	if (r == SKS_OK && covered)
		r = merkle_prove_inclusion(h->checkpoint.size, index, block_subtree, x, &path);
	/* what does not lead to the signed root is not handed out as if it did */
	if (r == SKS_OK && covered)
		r = merkle_verify_inclusion(
			&path, h->checkpoint.size, index, &leaf, &h->checkpoint.root) == SKS_OK
			? SKS_OK
			: SKS_CORRUPT;
	if (r != SKS_OK)
		return r;
	x->unproved += !covered;
	buf_reset(&x->line);
	buf_printf(&x->line,
	    "{\"seq\":%llu,\"chain\":%llu,\"index\":%llu,\"body\":%s,\"header\":",
	    (unsigned long long)row->seq, (unsigned long long)h->chain.id,
	    (unsigned long long)index, row->body != NULL ? "true" : "false");
	export_put_base64(&x->line, row->header, RECORD_HEADER_SIZE);
	if (covered)
		buf_printf(&x->line, ",\"path\":[");
	for (size_t i = 0; i < path.count; i++) {
		if (i > 0)
			buf_put_u8(&x->line, ',');
		export_put_base64(&x->line, path.hash[i].bytes, MERKLE_HASH_SIZE);
	}
	buf_printf(&x->line, covered ? "]}\n" : "}\n");
	r = buf_error(&x->line);
	return r == SKS_OK ? export_out_put(&x->proofs, x->line.data, x->line.len) : r;
}

/* ---- records
 * --------------------------------------------------------------------------------- */

static int
export_record(struct export *x, const struct log_row *row)
{
	struct record header;
	int r = record_header_decode(row->header, &header);

	if (r == SKS_OK && row->body != NULL) {
		buf_reset(&x->line);
		x->format->put(&x->line, row, &header);
		r = buf_error(&x->line);
		if (r == SKS_OK)
			r = export_out_put(&x->records, x->line.data, x->line.len);
		x->count++;
	} else if (r == SKS_OK) {
		x->deleted++;
	}
	return r == SKS_OK ? export_prove(x, row) : r;
}

static bool
export_is_in_chain(const struct export *x, uint64_t seq)
{
	return x->have_head && seq >= x->head.chain.first && seq < x->chain_end;
}

static int
export_all(struct export *x)
{
	const struct command *q = &x->request;
	const struct log_filter filter = {.user = q->verified_by,
	    .source = q->source,
	    .event = q->event,
	    .outcome = q->outcome,
	    .reason = q->reason,
	    .since_wall_ms = q->since_ms,
	    .until_wall_ms = q->until_ms};
	struct log_cursor *cursor = NULL;
	struct log_row row;
	int r = store_log_open(x->store, &filter, 0, &cursor), status = STATUS_DONE;

	while (
	    r == SKS_OK && status == STATUS_DONE && (r = store_log_step(cursor, &row)) == 1) {
		r = SKS_OK;
		if (!export_is_in_chain(x, row.seq))
			status = export_begin_chain(x, row.seq);
		if (status == STATUS_DONE)
			r = export_record(x, &row);
	}
	store_log_close(cursor);
	return r != SKS_OK ? export_say(r) : status;
}

/* ---- the manifest
 * ------------------------------------------------------------------------------ */

static void
export_put_filter(json_t *o, const struct command *q)
{
	json_t *f = json_object();
	const char *const text[][2] = {{"user", q->verified_by}, {"source", q->source},
	    {"event", q->event}, {"outcome", q->outcome}, {"reason", q->reason}};

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		if (text[i][1][0] != '\0')
			(void)json_object_set_new(f, text[i][0], json_string(text[i][1]));
	}
	if (q->since_ms != 0)
		(void)json_object_set_new(f, "since", json_integer((json_int_t)q->since_ms));
	if (q->until_ms != 0)
		(void)json_object_set_new(f, "until", json_integer((json_int_t)q->until_ms));
	(void)json_object_set_new(o, "filter", f);
}

static json_t *
export_manifest(const struct export *x)
{
	char host[256] = "", time[32];
	json_t *o = json_object();

	(void)gethostname(host, sizeof(host) - 1);
	(void)json_object_set_new(
	    o, "time", json_string(clock_rfc3339(clock_now().wall_ms, time, sizeof(time))));
	(void)json_object_set_new(o, "host", json_string(host));
	(void)json_object_set_new(o, "for", json_string(x->request.name));
	(void)json_object_set_new(o, "purpose", json_string(x->request.text));
	(void)json_object_set(o, "rating", json_object_get(x->terms, "rating"));
	(void)json_object_set(o, "limits", json_object_get(x->terms, "limits"));
	(void)json_object_set(o, "record", json_object_get(x->terms, "record"));
	if (x->request.verified_how[0] != '\0')
		(void)json_object_set_new(o, "request", json_string(x->request.verified_how));
	(void)json_object_set_new(o, "format", json_string(x->format->name));
	export_put_filter(o, &x->request);
	(void)json_object_set_new(o, "records", json_integer((json_int_t)x->count));
	(void)json_object_set_new(o, "deleted", json_integer((json_int_t)x->deleted));
	(void)json_object_set_new(o, "unproved", json_integer((json_int_t)x->unproved));
	(void)json_object_set(o, "heads", x->heads);
	(void)json_object_set(o, "files", x->files);
	return o;
}

static int
export_sign(const json_t *manifest, struct buf *out)
{
	char *text = json_dumps(manifest, JSON_COMPACT);
	struct note_skey key;
	struct buf note;
	int r = text != NULL ? backup_log_key(&key) : SKS_NOMEM;

	buf_init(&note, LINE_MAX_BYTES);
	if (r == SKS_OK) {
		buf_printf(&note, EXPORT_FIRST_LINE "\n%s\n", text);
		r = buf_error(&note);
		if (r == SKS_OK)
			r = note_sign(&key, 0, note.data, note.len, out);
		note_skey_clear(&key);
	}
	buf_clear(&note);
	free(text);
	return r == SKS_OK ? buf_error(out) : r;
}

static void
export_list_file(struct export *x, const struct export_out *out)
{
	json_array_append_new(x->files, json_pack("{s:s,s:I,s:s}", "name", out->name, "bytes",
					    (json_int_t)out->bytes, "sha256", out->digest));
}

/* Last of all: without it the directory is no export. */
static int
export_finish(struct export *x)
{
	struct export_out out;
	json_t *manifest;
	struct buf note;
	int r = export_out_finish(&x->records);

	if (r == SKS_OK)
		r = export_out_finish(&x->proofs);
	if (r != SKS_OK)
		return export_say(r);
	export_list_file(x, &x->records);
	export_list_file(x, &x->proofs);
	buf_init(&note, LINE_MAX_BYTES);
	manifest = export_manifest(x);
	r = export_sign(manifest, &note);
	json_decref(manifest);
	if (r == SKS_NOT_FOUND)
		fprintf(stderr, _("sekisho: there is no log key in %s to sign with.\n"),
		    LOGKEY_FILE);
	if (r == SKS_OK)
		r = export_out_open(&out, x->dir, EXPORT_MANIFEST, &x->to);
	if (r == SKS_OK) {
		r = export_out_put(&out, note.data, note.len);
		if (r == SKS_OK)
			r = export_out_finish(&out);
		export_out_close(&out);
	}
	buf_clear(&note);
	return export_say(r);
}

/* ---- the whole
 * ---------------------------------------------------------------------------------- */

static int
export_directory(struct export *x)
{
	const char *to = args_value(x->args, OPT_TO);

	if (mkdir(to, 0700) != 0 || realpath(to, x->dir) == NULL) {
		fprintf(stderr, _("sekisho: cannot make %s: %s. It must not be there yet.\n"), to,
		    strerror(errno));
		return STATUS_REFUSED;
	}
	return export_out_directory(x->dir);
}

static int
export_write(struct export *x)
{
	int status, r;

	log_store_sign(x->args);
	status = log_store_open(x->args, &x->store);
	if (status != STATUS_DONE)
		return status;
	r = export_out_open(&x->records, x->dir, x->format->file, &x->to);
	if (r == SKS_OK)
		r = export_out_open(&x->proofs, x->dir, EXPORT_PROOFS, &x->to);
	if (r == SKS_OK && x->format->head != NULL)
		r = export_out_text(&x->records, x->format->head);
	if (r != SKS_OK)
		return export_say(r);
	status = export_all(x);
	return status == STATUS_DONE ? export_finish(x) : status;
}

static void
export_tell(const struct export *x)
{
	json_t *o;

	if (args_has(x->args, OPT_JSON)) {
		o = export_manifest(x);
		show_json(o);
		json_decref(o);
		return;
	}
	printf(_("%s: %llu records, %llu of which only the header is left.\n"), x->dir,
	    (unsigned long long)(x->count + x->deleted), (unsigned long long)x->deleted);
	if (x->unproved > 0)
		printf(
		    _("%llu of them are in an old chain and came after its last head: nothing "
		      "proves those.\n"),
		    (unsigned long long)x->unproved);
	if (x->to.count > 0 || x->to.passphrase.len > 0)
		fputs(_("Each file is sealed.\n"), stdout);
	show_sentence(stdout, show_text(x->terms, "text"));
}

int
run_audit_export(const struct args *args)
{
	static struct export x;
	const char *format = args_value(args, OPT_FORMAT);
	int status = backup_need_root();

	if (args_has(args, OPT_TILES))
		return run_audit_tiles(args);
	x.args = args;
	x.format = export_format_find(format != NULL ? format : "json");
	x.records.fd = x.proofs.fd = -1;
	x.files = json_array();
	x.heads = json_array();
	buf_init(&x.line, LINE_MAX_BYTES);
	if (status == STATUS_DONE && x.format == NULL)
		status = STATUS_USAGE;
	if (status == STATUS_DONE)
		status = export_set_request(&x);
	if (status == STATUS_DONE)
		status = export_directory(&x);
	if (status == STATUS_DONE)
		status = export_ask(&x);
	if (status == STATUS_DONE)
		status = export_seal_to(&x);
	if (status == STATUS_DONE)
		status = export_write(&x);
	if (status == STATUS_DONE)
		export_tell(&x);
	export_out_close(&x.records);
	export_out_close(&x.proofs);
	if (status != STATUS_DONE && x.dir[0] != '\0')
		(void)rmdir(x.dir); /* where nothing was written yet */
	if (x.have_head)
		log_head_clear(&x.head);
	store_close(x.store);
	seal_to_clear(&x.to);
	buf_clear(&x.line);
	json_decref(x.terms);
	json_decref(x.files);
	json_decref(x.heads);
	return status;
}
