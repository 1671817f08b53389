/* The manifest of an export: what was handed to whom, and the digest of each file; signed. */
#include "backup.h"
#include "error.h"
#include "export.h"
#include "i18n.h"
#include "report/manifest.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
export_list_file(struct export *x, const struct export_out *out)
{
	json_array_append_new(x->files, json_pack("{s:s,s:I,s:s}", "name", out->name, "bytes",
					    (json_int_t)out->bytes, "sha256", out->digest));
}

json_t *
export_manifest(const struct export *x)
{
	json_t *o = manifest_begin(&x->request, x->format->name);

	(void)json_object_set(o, "rating", json_object_get(x->terms, "rating"));
	(void)json_object_set(o, "limits", json_object_get(x->terms, "limits"));
	(void)json_object_set(o, "record", json_object_get(x->terms, "record"));
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

	buf_init(&note, EXPORT_LINE_MAX);
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

int
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
	buf_init(&note, EXPORT_LINE_MAX);
	manifest = export_manifest(x);
	r = export_sign(manifest, &note);
	json_decref(manifest);
	if (r == SKS_NOT_FOUND)
		fprintf(stderr, _("sekisho: there is no log key in %s to sign with.\n"),
		    LOGKEY_FILE);
	if (r == SKS_OK) {
		r = export_out_whole(
		    &out, x->dir, EXPORT_MANIFEST, &x->to, note.data, note.len);
		export_out_close(&out);
	}
	buf_clear(&note);
	return export_say(r);
}
