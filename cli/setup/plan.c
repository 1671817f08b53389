#include "plan.h"

#include "cli.h"
#include "difference.h"
#include "error.h"
#include "i18n.h"
#include "protocol.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the plan ------------------------------------------------------------------------------
 */

void
plan_init(struct plan *p)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->notes, PLAN_NOTES_MAX);
	for (size_t i = 0; i < MANIFEST_FILES_MAX; i++) {
		buf_init(&p->old[i], STATE_BYTES_MAX);
		buf_init(&p->change[i].bytes, STATE_BYTES_MAX);
	}
}

void
plan_clear(struct plan *p)
{
	buf_clear(&p->notes);
	for (size_t i = 0; i < MANIFEST_FILES_MAX; i++) {
		buf_clear(&p->old[i]);
		buf_clear(&p->change[i].bytes);
	}
}

void
plan_note(struct plan *p, const char *fmt, ...)
{
	char line[2048];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	buf_printf(&p->notes, "%s\n", line);
}

/* A link is followed once, here: what it names is what changes, and stays a file. */
static int
plan_resolve(const char *path, char out[STATE_PATH_SIZE])
{
	char *real = realpath(path, NULL);
	int n = snprintf(out, STATE_PATH_SIZE, "%s", real == NULL ? path : real);

	free(real);
	return n < STATE_PATH_SIZE ? STATUS_DONE : STATUS_REFUSED;
}

int
plan_put(struct plan *p, const char *path, mode_t mode, const void *bytes, size_t len)
{
	struct change *c = &p->change[p->count];
	struct buf *old = &p->old[p->count];
	int r;

	if (p->count == MANIFEST_FILES_MAX || plan_resolve(path, c->path) != STATUS_DONE) {
		fprintf(stderr, _("sekisho: %s: too many files at once.\n"), path);
		return STATUS_REFUSED;
	}
	buf_reset(old);
	r = state_read(c->path, &c->before, old);
	if (r != SKS_OK) {
		fprintf(stderr, "sekisho: %s: %s\n", c->path, _(error_text(r)));
		return STATUS_REFUSED;
	}
	if (c->before.present && old->len == len && memcmp(old->data, bytes, len) == 0)
		return STATUS_DONE;
	c->mode = mode;
	buf_reset(&c->bytes);
	buf_put_bytes(&c->bytes, bytes, len);
	p->count++;
	return STATUS_DONE;
}

void
plan_print(const struct plan *p, FILE *out)
{
	struct buf text;

	for (size_t i = 0; i < p->count; i++) {
		const struct change *c = &p->change[i];
		const char *old = p->old[i].len == 0 ? "" : (const char *)p->old[i].data;

		buf_init(&text, STATE_BYTES_MAX);
		difference_unified(c->path, c->before.present ? old : NULL, p->old[i].len,
		    (const char *)c->bytes.data, c->bytes.len, &text);
		fwrite(text.data, 1, text.len, out);
		buf_clear(&text);
	}
	if (p->notes.len > 0)
		fprintf(out, "\n%.*s", (int)p->notes.len, (const char *)p->notes.data);
}

/* ---- reading the host ----------------------------------------------------------------------
 */

int
plan_slurp(const char *path, struct buf *text)
{
	char real[STATE_PATH_SIZE];
	struct state s;
	int r;

	buf_init(text, STATE_BYTES_MAX);
	if (plan_resolve(path, real) != STATUS_DONE)
		return SKS_TOO_BIG;
	r = state_read(real, &s, text);
	return r == SKS_OK && !s.present ? SKS_NOT_FOUND : r;
}

int
plan_refuse(const char *why)
{
	fprintf(stderr, _("sekisho: %s Nothing was changed.\n"), why);
	return STATUS_REFUSED;
}

bool
plan_has_service(const struct plan *p, const char *name)
{
	for (size_t i = 0; i < p->service_count; i++) {
		if (strcmp(p->service[i], name) == 0)
			return true;
	}
	return false;
}
