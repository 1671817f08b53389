/*
 * sekisho audit export: selected records with proofs, for somebody outside.
 *
 * The daemon says whether it may be (and records that it was), what the host's rating asks of
 * it, and signs a head over everything. Then the log is read here, page by page.
 */
#include "call.h"
#include "cli.h"
#include "error.h"
#include "export.h"
#include "export_bundle.h"
#include "i18n.h"
#include "log_filter.h"
#include "root.h"
#include "show.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what is asked for, and whether it may be -------------------------------------------- */

static int
export_ask(struct export *x)
{
	struct call call;
	int status;

	call_init(&call, x->remote ? VERB_AUDIT_BUNDLE : VERB_EXPORT);
	x->request.verb = call.request.verb;
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

/* ---- the whole --------------------------------------------------------------------------- */

int
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

static int
export_directory(struct export *x)
{
	const char *to = args_value(x->args, OPT_TO);

	if (mkdir(to, 0700) != 0 || realpath(to, x->dir) == NULL) {
		fprintf(stderr, _("sekisho: cannot make %s: %s. It must not be there yet.\n"),
		    to, strerror(errno));
		return STATUS_REFUSED;
	}
	return export_out_directory(x->dir);
}

static int
export_write(struct export *x)
{
	int status = STATUS_DONE, r;

	if (!x->remote) {
		log_store_sign(x->args);
		status = log_store_open(x->args, &x->store);
	}
	if (status != STATUS_DONE)
		return status;
	r = export_out_open(&x->records, x->dir, x->format->file, &x->to);
	if (r == SKS_OK)
		r = export_out_open(&x->proofs, x->dir, EXPORT_PROOFS, &x->to);
	if (r == SKS_OK && x->bundle)
		r = evidence_begin(x);
	if (r == SKS_OK && x->format->head != NULL)
		r = export_out_text(&x->records, x->format->head);
	if (r != SKS_OK)
		return export_say(r);
	status = x->remote ? export_fetch(x) : export_all(x);
	if (status == STATUS_DONE && x->bundle)
		status = evidence_end(x);
	if (status != STATUS_DONE)
		return status;
	return x->remote ? export_finish_remote(x) : export_finish(x);
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
	if (x->count + x->deleted == 0)
		fputs(_("No record matches: look at the names and times that you gave. An empty export shows "
			"nothing about anybody.\n"),
		    stdout);
	if (x->unproved > 0)
		printf(
		    _("%llu of them are in an old chain and came after its last head: nothing "
		      "proves those.\n"),
		    (unsigned long long)x->unproved);
	if (x->to.count > 0 || x->to.passphrase.len > 0)
		fputs(_("Each file is sealed.\n"), stdout);
	show_sentence(stdout, show_text(x->terms, "text"));
}

static int
export_run(const struct args *args, bool bundle, const char *format)
{
	static struct export x;
	int status;

	x.args = args;
	x.bundle = bundle;
	x.remote = bundle && geteuid() != 0 && !args_has(args, OPT_STATE_DIR);
	status = x.remote ? STATUS_DONE : root_need();
	x.format = export_format_find(format != NULL ? format : "json");
	x.records.fd = x.proofs.fd = x.timeline.fd = -1;
	x.files = json_array();
	x.heads = json_array();
	buf_init(&x.line, EXPORT_LINE_MAX);
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
	export_out_close(&x.timeline);
	if (status != STATUS_DONE && x.dir[0] != '\0')
		(void)rmdir(x.dir); /* where nothing was written yet */
	proving_clear(&x.proving);
	store_close(x.store);
	seal_to_clear(&x.to);
	buf_clear(&x.line);
	json_decref(x.terms);
	json_decref(x.files);
	json_decref(x.heads);
	return status;
}

int
run_audit_export(const struct args *args)
{
	return args_has(args, OPT_TILES) ? run_audit_tiles(args)
					 : export_run(args, false, args_value(args, OPT_FORMAT));
}

/* The whole of what speaks for or against somebody, of which people can make use at once. */
int
run_audit_bundle(const struct args *args)
{
	return export_run(args, true, NULL);
}
