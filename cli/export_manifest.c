/* The manifest of an export: what was handed to whom, and the digest of each file; signed. */
#include "backup.h"
#include "clock.h"
#include "error.h"
#include "export.h"
#include "i18n.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
export_list_file(struct export *x, const struct export_out *out)
{
	json_array_append_new(x->files, json_pack("{s:s,s:I,s:s}", "name", out->name, "bytes",
					    (json_int_t)out->bytes, "sha256", out->digest));
}

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

json_t *
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
