/* What comes out of a backup's container, as the process reads it that unpacks it: entries. */
// SOURCES: lib/buf.c lib/error.c policyd/container/writer.c policyd/container/recipient.c
// SOURCES: policyd/container/crypt.c policyd/container/head.c policyd/container/reader.c
// SOURCES: lib/secret.c lib/hmac.c
#include "../../policyd/backup/unpack.c"

#include <sys/mman.h>
#include <sys/stat.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int in = -1, image = -1;
	uint64_t made = 0;
	struct stat st;

	if (in < 0) {
		in = memfd_create("in", 0);
		image = memfd_create("image", 0);
	}
	if (ftruncate(in, 0) != 0 || pwrite(in, data, size, 0) != (ssize_t)size ||
	    ftruncate(image, 0) != 0 || lseek(in, 0, SEEK_SET) != 0)
		abort();
	if (backup_unpack(in, image, &made) != SKS_OK) {
		if (made != 0)
			abort();
		return 0;
	}
	if (fstat(image, &st) != 0 || (uint64_t)st.st_size != made)
		abort();
	return 0;
}
