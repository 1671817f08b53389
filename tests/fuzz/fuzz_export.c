/*
 * The files of an export as whoever got them reads them: lines, rows of CSV, raw_data of OCSF.
 * The first byte says which. What is read is never more than the file, and reading ends.
 */
// SOURCES: lib/buf.c lib/error.c lib/secret.c lib/hmac.c policyd/container/reader.c
// SOURCES: policyd/container/writer.c policyd/container/recipient.c policyd/container/crypt.c
// SOURCES: policyd/container/head.c lib/hex.c lib/i18n.c
#include "../../cli/export_in.c"

#include <stdlib.h>
#include <sys/mman.h>

#include "fuzz.h"

int
seal_unlock(struct container_reader *r, const struct args *args)
{
	(void)r;
	(void)args;
	return STATUS_REFUSED;
}

void
seal_explain(const char *path, int error)
{
	(void)path;
	(void)error;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const format[] = {"json", "csv", "ocsf"};
	static struct export_in in;
	struct buf body;
	size_t total = 0;
	int r, fd;

	if (size == 0)
		return 0;
	fd = memfd_create("export", MFD_CLOEXEC);
	if (fd < 0 || pwrite(fd, data + 1, size - 1, 0) != (ssize_t)size - 1)
		abort();
	memset(&in, 0, sizeof(in));
	in.fd = fd;
	in.hash = EVP_MD_CTX_new();
	if (EVP_DigestInit_ex(in.hash, EVP_sha256(), NULL) != 1)
		abort();
	buf_init(&body, 4096);
	while ((r = export_in_body(&in, format[data[0] % 3], &body)) == 1) {
		total += body.len + 1;
		if (total > 2 * size + 2) /* raw_data may be empty on a line of its own */
			abort();
	}
	if (r == 0 && (!in.ended || in.bytes != size - 1))
		abort();
	buf_clear(&body);
	export_in_close(&in);
	return 0;
}
