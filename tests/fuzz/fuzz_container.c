/*
 * Containers. The first byte says what the rest is: a file as it stands; or changes to a sound
 * one (pairs of place and byte), which must then read back unchanged or not at all.
 */
// SOURCES: policyd/container/writer.c policyd/container/recipient.c policyd/container/crypt.c
// SOURCES: policyd/container/head.c lib/buf.c lib/secret.c lib/error.c lib/hmac.c
#include "../../policyd/container/reader.c"

#include "container/container.h"
#include <sys/mman.h>

#include "fuzz.h"

enum { PLAIN = 3000, FILE_MAX = 8192 };

static struct identity identity;
static uint8_t sound[FILE_MAX];
static size_t sound_len;

static int
fuzz_sign(void *ctx, const char *text, size_t len, struct buf *note)
{
	(void)ctx;
	buf_put_bytes(note, text, len);
	return SKS_OK;
}

static void
fuzz_prepare(int fd)
{
	struct recipient to;
	struct container_to options = {
	    .kind = "fuzz", .meta = "{\"a\":1}", .recipient = &to, .recipient_count = 1};
	struct container_writer *w;
	uint8_t plain[PLAIN];

	memset(plain, 'x', sizeof(plain));
	if (identity_make("fuzz", &identity) != SKS_OK ||
	    identity_recipient(&identity, &to) != SKS_OK ||
	    container_create(fd, &options, &w) != SKS_OK ||
	    container_write(w, plain, sizeof(plain)) != SKS_OK ||
	    container_finish(w, fuzz_sign, NULL, NULL) != SKS_OK)
		abort();
	container_writer_free(w);
	sound_len = (size_t)pread(fd, sound, sizeof(sound), 0);
}

static int
fuzz_file(int fd, const uint8_t *data, size_t size)
{
	if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	return lseek(fd, 0, SEEK_SET) == 0;
}

/* Without its note: that one is for whoever has the signer's key. */
static void
fuzz_read(int fd, bool whole)
{
	struct container_reader *r;
	uint8_t out[PLAIN + 1];
	size_t len = 1, total = 0;
	int e = container_open(fd, &r);

	if (e != SKS_OK)
		return;
	if (strlen(container_info(r)->kind) >= CONTAINER_KIND_SIZE)
		abort();
	e = container_unlock(r, &identity, NULL);
	while (e == SKS_OK && len > 0) {
		e = container_read(r, out, sizeof(out), &len);
		for (size_t i = 0; e == SKS_OK && i < len; i++) {
			if (out[i] != 'x')
				abort();
		}
		total += len;
	}
	if (e == SKS_OK && (!whole || total != PLAIN))
		abort(); /* nobody else has that key */
	container_reader_free(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	uint8_t changed[FILE_MAX];
	struct container_sum sum;
	struct buf note;

	if (fd < 0) {
		fd = memfd_create("fuzz", 0);
		fuzz_prepare(fd);
	}
	if (size == 0 || size > FILE_MAX)
		return 0;
	if ((data[0] & 1) == 0) {
		fuzz_file(fd, data + 1, size - 1);
		fuzz_read(fd, false);
	} else {
		memcpy(changed, sound, sound_len);
		for (size_t i = 1; i + 3 <= size; i += 3)
			changed[(size_t)(data[i] << 8 | data[i + 1]) % sound_len] ^=
			    data[i + 2];
		fuzz_file(fd, changed, sound_len);
		fuzz_read(fd, true);
	}
	lseek(fd, 0, SEEK_SET);
	buf_init(&note, CONTAINER_NOTE_MAX);
	(void)container_scan(fd, &sum, &note);
	buf_clear(&note);
	return 0;
}
