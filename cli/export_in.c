#include "export_in.h"

#include "error.h"
#include "export_out.h"
#include "hex.h"
#include "i18n.h"
#include "protocol.h"
#include "seal_to.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
export_in_open(struct export_in *in, const char *dir, const char *name, const struct args *args)
{
	char path[PATH_MAX];
	int e;

	memset(in, 0, sizeof(*in));
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	in->fd = -1;
	in->hash = EVP_MD_CTX_new();
	if (in->hash == NULL || EVP_DigestInit_ex(in->hash, EVP_sha256(), NULL) != 1)
		return STATUS_UNREADABLE;
	in->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (in->fd >= 0)
		return STATUS_DONE;
	/* only one that is not there can be sealed instead */
	if (errno == ENOENT) {
		(void)snprintf(path, sizeof(path), "%s/%s" EXPORT_SEALED, dir, name);
		in->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	if (in->fd < 0 && errno == ENOENT) {
		fprintf(stderr,
		    _("sekisho: %s is no export or bundle, or not all of it: there is no file %s, "
		      "nor %s%s.\n"),
		    dir, name, name, EXPORT_SEALED);
		return STATUS_UNREADABLE;
	}
	if (in->fd < 0) {
		fprintf(stderr, _("sekisho: %s cannot be read: %s\n"), path, strerror(errno));
		return STATUS_UNREADABLE;
	}
	e = container_open(in->fd, &in->sealed);
	if (e != SKS_OK) {
		seal_explain(path, e);
		return STATUS_TAMPERED;
	}
	return seal_unlock(in->sealed, args);
}

/* Fills the block; in->ended without bytes is the end. */
static int
in_fill(struct export_in *in)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	size_t len = 0;
	ssize_t n;
	int e = SKS_OK;

	if (in->pos < in->len || in->ended)
		return SKS_OK;
	if (in->sealed != NULL) {
		e = container_read(in->sealed, in->block, sizeof(in->block), &len);
	} else {
		do {
			n = read(in->fd, in->block, sizeof(in->block));
		} while (n < 0 && errno == EINTR);
		e = n < 0 ? SKS_IO : SKS_OK;
		len = n > 0 ? (size_t)n : 0;
	}
	if (e == SKS_OK && EVP_DigestUpdate(in->hash, in->block, len) != 1)
		e = SKS_INTERNAL;
	in->pos = 0;
	in->len = e == SKS_OK ? len : 0;
	in->bytes += in->len;
	in->ended = e == SKS_OK && len == 0;
	if (in->ended && EVP_DigestFinal_ex(in->hash, hash, NULL) != 1)
		e = SKS_INTERNAL;
	if (in->ended)
		(void)hex_put(in->digest, hash, 32);
	return e;
}

int
export_in_rest(struct export_in *in)
{
	int e = SKS_OK;

	while (e == SKS_OK && !in->ended) {
		in->pos = in->len;
		e = in_fill(in);
	}
	return e;
}

int
export_in_all(struct export_in *in, struct buf *out)
{
	int e = SKS_OK;

	while (e == SKS_OK && !in->ended) {
		e = in_fill(in);
		buf_put_bytes(out, in->block + in->pos, in->len - in->pos);
		in->pos = in->len;
		if (e == SKS_OK)
			e = buf_error(out);
	}
	return e;
}

/* The next byte, -1 at the end, -2 on an error. */
static int
in_byte(struct export_in *in)
{
	if (in_fill(in) != SKS_OK)
		return -2;
	return in->pos < in->len ? in->block[in->pos++] : -1;
}

int
export_in_line(struct export_in *in, struct buf *out)
{
	int c;

	buf_reset(out);
	while ((c = in_byte(in)) >= 0 && c != '\n')
		buf_put_u8(out, (uint8_t)c);
	if (c == -2)
		return SKS_IO;
	if (buf_error(out) != SKS_OK)
		return buf_error(out);
	return c == '\n' ? 1 : out->len == 0 ? 0 : SKS_TRUNCATED;
}

/* One row of RFC 4180: out is its last cell. */
static int
in_csv_row(struct export_in *in, struct buf *out)
{
	bool quoted = false;
	int c, any = 0;

	buf_reset(out);
	while ((c = in_byte(in)) >= 0) {
		any = 1;
		if (c == '"')
			quoted = !quoted; /* a doubled one leaves and comes back ... */
		if (c == '\n' && !quoted)
			break;
		if (c == ',' && !quoted)
			buf_reset(out);
		else
			buf_put_u8(out, (uint8_t)c);
	}
	if (c == -2 || buf_error(out) != SKS_OK)
		return c == -2 ? SKS_IO : buf_error(out);
	return c == '\n' ? 1 : any ? SKS_TRUNCATED : 0;
}

/* ... and is one here. The cell has quotes around it and a return behind. */
static int
in_csv_unquote(struct buf *cell)
{
	size_t to = 0;

	if (cell->len < 3 || cell->data[0] != '"' || cell->data[cell->len - 1] != '\r' ||
	    cell->data[cell->len - 2] != '"')
		return SKS_INVALID;
	for (size_t i = 1; i < cell->len - 2; i++) {
		if (cell->data[i] == '"' && cell->data[++i] != '"')
			return SKS_INVALID;
		cell->data[to++] = cell->data[i];
	}
	cell->len = to;
	return 1;
}

static int
in_raw_data(struct buf *line)
{
	json_t *o = json_loadb((const char *)line->data, line->len, 0, NULL);
	const json_t *raw = json_object_get(o, "raw_data");
	int r = SKS_INVALID;

	if (json_is_string(raw)) {
		buf_reset(line);
		buf_put_bytes(line, json_string_value(raw), json_string_length(raw));
		r = buf_error(line) == SKS_OK ? 1 : buf_error(line);
	}
	json_decref(o);
	return r;
}

int
export_in_body(struct export_in *in, const char *format, struct buf *out)
{
	bool csv = strcmp(format, "csv") == 0;
	size_t max = out->max;
	int r = 1;

	out->max = max * 8; /* as it is written */
	if (csv && !in->begun)
		r = in_csv_row(in, out);
	in->begun = true;
	if (r == 1)
		r = csv ? in_csv_row(in, out) : export_in_line(in, out);
	if (r == 1 && csv)
		r = in_csv_unquote(out);
	else if (r == 1 && strcmp(format, "ocsf") == 0)
		r = in_raw_data(out);
	out->max = max;
	return r;
}

void
export_in_close(struct export_in *in)
{
	if (in->fd >= 0)
		(void)close(in->fd);
	in->fd = -1;
	container_reader_free(in->sealed);
	in->sealed = NULL;
	EVP_MD_CTX_free(in->hash);
	in->hash = NULL;
}
