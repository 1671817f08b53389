/* The files of an export: in clear, or each sealed for the recipients; their digests either
 * way. */
#ifndef SEKISHO_CLI_EXPORT_OUT_H
#define SEKISHO_CLI_EXPORT_OUT_H

#include "seal_to.h"
#include <limits.h>
#include <openssl/evp.h>

#define EXPORT_KIND   "export" /* of the containers */
#define EXPORT_SEALED ".sealed"

struct export_out {
	char name[64]; /* without EXPORT_SEALED */
	char path[PATH_MAX];
	int fd;
	struct container_writer *sealed; /* NULL: in clear */
	EVP_MD_CTX *hash;
	uint64_t bytes; /* of what is inside */
	char digest[65];
	size_t len;
	uint8_t pending[8192];
};

/* STATUS_DONE when nobody but root and we can change DIR or what leads there; else said and
 * refused: a link put there would take what root writes to any place. */
int export_out_directory(const char *dir);
/* Makes DIR/NAME, or DIR/NAME.sealed when "to" has anybody in it; it must not be there yet. 0
 * or an error; export_out_close() in any case. */
int export_out_open(
    struct export_out *o, const char *dir, const char *name, const struct seal_to *to);
/* Errors stay: the last one is told by export_out_finish(). */
int export_out_put(struct export_out *o, const void *data, size_t len);
int export_out_text(struct export_out *o, const char *text);
/* On disk, with its digest. */
int export_out_finish(struct export_out *o);
/* Open, put and finish, for a file of exactly these bytes; export_out_close() in any case. */
int export_out_whole(struct export_out *o, const char *dir, const char *name,
    const struct seal_to *to, const void *data, size_t len);
/* What is not finished is removed. */
void export_out_close(struct export_out *o);

#endif
