/*
 * Any bytes as the file of break-glass codes and, behind 0x1e, as the list of burned ones: all
 * of it or nothing; what is written again is read as the same; what was burned stays burned.
 * SOURCES: lib/buf.c lib/error.c lib/hex.c lib/hmac.c lib/secret.c
 */
#include "buf.h"
#include "error.h"
#include "safeopen.h"
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static const uint8_t *codes, *burned;
static size_t codes_len, burned_len;
static struct buf written;

/* The file is what was written, or the input. */
static int
fuzz_slurp(const char *path, struct buf *out)
{
	if (path[0] == 'b' && burned == NULL)
		return SKS_NOT_FOUND;
	if (path[0] == 'b')
		buf_put_bytes(out, burned, burned_len);
	else if (written.len > 0)
		buf_put_bytes(out, written.data, written.len);
	else
		buf_put_bytes(out, codes, codes_len);
	return buf_error(out);
}

static int
fuzz_replace(const void *data, size_t len)
{
	buf_init(&written, 1 << 17);
	buf_put_bytes(&written, data, len);
	return buf_error(&written);
}

#define safeopen_slurp(path, owner, mode, out, why, size) fuzz_slurp(path, out)
#define safeopen_replace(path, mode, data, len)           fuzz_replace(data, len)
#include "../../lib/breakglass_file.c"

static void
check(const struct breakglass_file *file)
{
	expect(file->count <= BREAKGLASS_MAX && file->ttys[0] != '\0');
	expect(memchr(file->ttys, '\0', sizeof(file->ttys)) != NULL);
	for (size_t i = 0; i < file->count; i++) {
		const struct breakglass_entry *e = &file->entry[i];

		expect(e->index > 0 && e->index <= BREAKGLASS_MAX);
		expect(memchr(e->used, '\0', sizeof(e->used)) != NULL);
	}
}

/* No word of the list can make a burned code good, or hinder that it is kept. */
static void
try_again(const struct breakglass *place, const struct breakglass_file *file)
{
	static struct breakglass_file again;

	expect(breakglass_file_save(place, file) == SKS_OK);
	burned = NULL;
	expect(breakglass_file_load(place, &again) == SKS_OK);
	expect(again.count == file->count && strcmp(again.ttys, file->ttys) == 0);
	for (size_t i = 0; i < file->count; i++) {
		const struct breakglass_entry *a = &file->entry[i], *b = &again.entry[i];

		expect(a->index == b->index && memcmp(a->salt, b->salt, sizeof(a->salt)) == 0);
		expect(memcmp(a->hash, b->hash, sizeof(a->hash)) == 0);
		expect(strcmp(a->used, b->used) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct breakglass place = {.file = "codes", .burned = "burned"};
	static struct breakglass_file file, empty;
	const uint8_t *end = memchr(data, 0x1e, size);

	codes = data;
	codes_len = end != NULL ? (size_t)(end - data) : size;
	burned = end != NULL ? end + 1 : NULL;
	burned_len = end != NULL ? size - codes_len - 1 : 0;
	written = (struct buf){0};
	if (breakglass_file_load(&place, &file) == SKS_OK) {
		check(&file);
		try_again(&place, &file);
	} else {
		expect(memcmp(&file, &empty, sizeof(file)) == 0);
	}
	buf_clear(&written);
	return 0;
}
