/* The files of an export, read back: in clear or sealed, with their digests. */
#ifndef SEKISHO_CLI_EXPORT_IN_H
#define SEKISHO_CLI_EXPORT_IN_H

#include "args.h"
#include "buf.h"
#include "container/container.h"
#include <openssl/evp.h>

struct export_in {
	int fd;
	struct container_reader *sealed; /* NULL: in clear */
	EVP_MD_CTX *hash;
	uint64_t bytes;
	char digest[65]; /* at the end */
	bool ended, begun;
	size_t len, pos;
	uint8_t block[65536];
};

/* DIR/NAME, else DIR/NAME.sealed, opened by --identity or a passphrase. 0, or a status after
 * saying why not; export_in_close() in any case. */
int export_in_open(
    struct export_in *in, const char *dir, const char *name, const struct args *args);
/* 0 or an error, which says that the file was changed or cannot be read. */
int export_in_all(struct export_in *in, struct buf *out);
/* To the end, for the digest. */
int export_in_rest(struct export_in *in);
/* The next line, without its end. 1; 0 at the end; an error. out is emptied first. */
int export_in_line(struct export_in *in, struct buf *out);
/* The stored body of the next record in a file of that format. As export_in_line(). */
int export_in_body(struct export_in *in, const char *format, struct buf *out);
void export_in_close(struct export_in *in);

#endif
