#include "export_out.h"

#include "error.h"
#include "hex.h"
#include "i18n.h"
#include "protocol.h"
#include "safeopen.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
export_out_directory(const char *dir)
{
	char inside[PATH_MAX], why[512];

	if (snprintf(inside, sizeof(inside), "%s/x", dir) >= (int)sizeof(inside))
		(void)snprintf(why, sizeof(why), "%s", _(error_text(SKS_TOO_BIG)));
	else if (safeopen_path_is_secure(inside, geteuid(), why, sizeof(why)) == SKS_OK)
		return STATUS_DONE;
	fprintf(stderr,
	    _("sekisho: nothing is written to %s, because somebody else could lead it "
	      "elsewhere: "
	      "%s. Take a directory that only you can change, and copy it from there.\n"),
	    dir, why);
	return STATUS_REFUSED;
}

int
export_out_open(
    struct export_out *o, const char *dir, const char *name, const struct seal_to *to)
{
	const struct container_to options = {.kind = EXPORT_KIND,
	    .recipient = to->recipient,
	    .recipient_count = to->count,
	    .passphrase = to->passphrase.len > 0 ? &to->passphrase : NULL};
	bool seal = to->count > 0 || options.passphrase != NULL;

	memset(o, 0, sizeof(*o));
	o->fd = -1;
	(void)snprintf(o->name, sizeof(o->name), "%s", name);
	if (snprintf(o->path, sizeof(o->path), "%s/%s%s", dir, name,
		seal ? EXPORT_SEALED : "") >= (int)sizeof(o->path))
		return SKS_TOO_BIG;
	o->hash = EVP_MD_CTX_new();
	if (o->hash == NULL || EVP_DigestInit_ex(o->hash, EVP_sha256(), NULL) != 1)
		return SKS_INTERNAL;
	o->fd = open(o->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (o->fd < 0)
		return errno == EEXIST ? SKS_CONFLICT : errno == ENOSPC ? SKS_FULL : SKS_IO;
	return seal ? container_create(o->fd, &options, &o->sealed) : SKS_OK;
}

static int
out_write(struct export_out *o, const uint8_t *data, size_t len)
{
	if (o->sealed != NULL)
		return container_write(o->sealed, data, len);
	while (len > 0) {
		ssize_t n = write(o->fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == ENOSPC || errno == EDQUOT ? SKS_FULL : SKS_IO;
		data += n;
		len -= (size_t)n;
	}
	return SKS_OK;
}

static int
out_flush(struct export_out *o)
{
	size_t len = o->len;

	o->len = 0;
	return out_write(o, o->pending, len);
}

int
export_out_put(struct export_out *o, const void *data, size_t len)
{
	int r = SKS_OK;

	if (EVP_DigestUpdate(o->hash, data, len) != 1)
		return SKS_INTERNAL;
	o->bytes += len;
	if (len > sizeof(o->pending) - o->len)
		r = out_flush(o);
	if (r != SKS_OK || len > sizeof(o->pending))
		return r != SKS_OK ? r : out_write(o, data, len);
	memcpy(o->pending + o->len, data, len);
	o->len += len;
	return SKS_OK;
}

int
export_out_text(struct export_out *o, const char *text)
{
	return export_out_put(o, text, strlen(text));
}

int
export_out_finish(struct export_out *o)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	int r = out_flush(o);

	if (r == SKS_OK && o->sealed != NULL)
		r = container_finish(o->sealed, NULL, NULL, NULL);
	if (r == SKS_OK && EVP_DigestFinal_ex(o->hash, hash, NULL) != 1)
		r = SKS_INTERNAL;
	if (r == SKS_OK)
		(void)hex_put(o->digest, hash, 32);
	if (r == SKS_OK && fsync(o->fd) != 0)
		r = SKS_IO;
	if (r == SKS_OK) {
		(void)close(o->fd);
		o->fd = -1;
	}
	return r;
}

int
export_out_whole(struct export_out *o, const char *dir, const char *name,
    const struct seal_to *to, const void *data, size_t len)
{
	int r = export_out_open(o, dir, name, to);

	if (r == SKS_OK)
		r = export_out_put(o, data, len);
	return r == SKS_OK ? export_out_finish(o) : r;
}

void
export_out_close(struct export_out *o)
{
	if (o->fd >= 0) {
		(void)close(o->fd);
		(void)unlink(o->path);
	}
	o->fd = -1;
	container_writer_free(o->sealed);
	o->sealed = NULL;
	EVP_MD_CTX_free(o->hash);
	o->hash = NULL;
	explicit_bzero(o->pending, sizeof(o->pending));
}
