#include "breakglass_file.h"

#include "buf.h"
#include "error.h"
#include "hex.h"
#include "hmac.h"
#include "safeopen.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_MAX = 65536,
	HEX_SALT = 2 * BREAKGLASS_SALT_SIZE,
};
static const char VERSION[] = "sekisho-break-glass 1";

int
breakglass_hash(const uint8_t salt[BREAKGLASS_SALT_SIZE], const struct secret *code,
    uint8_t hash[BREAKGLASS_HASH_SIZE])
{
	_Static_assert(
	    (int)BREAKGLASS_HASH_SIZE == (int)HMAC_SHA256_SIZE, "as hmac_sha256 makes it");
	return hmac_sha256(salt, BREAKGLASS_SALT_SIZE, code->bytes, code->len, hash);
}

static void
breakglass_put_hex(struct buf *out, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_printf(out, "%02x", data[i]);
}

static int
breakglass_get_hex(const char *word, uint8_t *out, size_t len)
{
	return word != NULL && hex_read(word, out, len) ? SKS_OK : SKS_CORRUPT;
}

int
breakglass_file_set_ttys(struct breakglass_file *file, const char *ttys)
{
	size_t len = strlen(ttys);

	memset(file, 0, sizeof(*file));
	if (len == 0 || len >= sizeof(file->ttys))
		return SKS_INVALID;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)ttys[i] < ' ' || ttys[i] == 0x7f)
			return SKS_INVALID;
	}
	memcpy(file->ttys, ttys, len + 1);
	return SKS_OK;
}

static int
breakglass_parse_entry(char *line, struct breakglass_file *file)
{
	struct breakglass_entry *e;
	char *save = NULL;
	char *word = strtok_r(line, " ", &save);
	char *end;
	unsigned long index;

	if (word == NULL || file->count == BREAKGLASS_MAX)
		return SKS_CORRUPT;
	e = &file->entry[file->count];
	index = strtoul(word, &end, 10);
	if (*end != '\0' || index == 0 || index > BREAKGLASS_MAX)
		return SKS_CORRUPT;
	e->index = (unsigned int)index;
	if (breakglass_get_hex(strtok_r(NULL, " ", &save), e->salt, sizeof(e->salt)) !=
		SKS_OK ||
	    breakglass_get_hex(strtok_r(NULL, " ", &save), e->hash, sizeof(e->hash)) != SKS_OK)
		return SKS_CORRUPT;
	word = strtok_r(NULL, " ", &save);
	if (word != NULL && strcmp(word, "used") == 0) {
		word = strtok_r(NULL, " ", &save);
		if (word == NULL || strlen(word) >= sizeof(e->used))
			return SKS_CORRUPT;
		memcpy(e->used, word, strlen(word) + 1);
	} else if (word == NULL || strcmp(word, "unused") != 0) {
		return SKS_CORRUPT;
	}
	if (strtok_r(NULL, " ", &save) != NULL)
		return SKS_CORRUPT;
	file->count++;
	return SKS_OK;
}

/* Strict: a line that is not understood might be a code that was burned. */
static int
breakglass_parse(char *text, struct breakglass_file *file)
{
	static const char tty[] = "tty = ";
	char *save = NULL;
	char *line = strtok_r(text, "\n", &save);

	if (line == NULL || strcmp(line, VERSION) != 0)
		return SKS_CORRUPT;
	line = strtok_r(NULL, "\n", &save);
	if (line == NULL || strncmp(line, tty, sizeof(tty) - 1) != 0 ||
	    breakglass_file_set_ttys(file, line + sizeof(tty) - 1) != SKS_OK)
		return SKS_CORRUPT;
	while ((line = strtok_r(NULL, "\n", &save)) != NULL) {
		if (breakglass_parse_entry(line, file) != SKS_OK)
			return SKS_CORRUPT;
	}
	return SKS_OK;
}

/* The text of a root-only file, NUL-terminated in "out". */
static int
breakglass_slurp(const char *path, struct buf *out)
{
	int r = safeopen_slurp(path, geteuid(), 0600, out, NULL, 0);

	if (r != SKS_OK)
		return r;
	if (out->len > 0 && memchr(out->data, '\0', out->len) != NULL)
		return SKS_CORRUPT;
	buf_put_u8(out, '\0');
	return buf_error(out);
}

static void
breakglass_mark(struct breakglass_file *file, const uint8_t *salt, const char *when)
{
	for (size_t i = 0; i < file->count; i++) {
		struct breakglass_entry *e = &file->entry[i];

		if (memcmp(e->salt, salt, sizeof(e->salt)) == 0 && e->used[0] == '\0')
			(void)snprintf(e->used, sizeof(e->used), "%s", when);
	}
}

/* "SALT TIME" a line. One that cannot be read stops everything: it was somebody's burn. */
static int
breakglass_apply_burned(const char *path, struct breakglass_file *file)
{
	uint8_t salt[BREAKGLASS_SALT_SIZE];
	struct buf text;
	char *save = NULL;
	int r;

	buf_init(&text, FILE_MAX);
	r = breakglass_slurp(path, &text);
	if (r == SKS_NOT_FOUND)
		r = SKS_OK;
	else if (r == SKS_OK) {
		for (char *line = strtok_r((char *)text.data, "\n", &save);
		     line != NULL && r == SKS_OK; line = strtok_r(NULL, "\n", &save)) {
			/* the time is one word: as more it would not be read again in the file */
			if (strlen(line) < HEX_SALT + 2 || line[HEX_SALT] != ' ' ||
			    strchr(line + HEX_SALT + 1, ' ') != NULL) {
				r = SKS_CORRUPT;
				break;
			}
			line[HEX_SALT] = '\0';
			r = breakglass_get_hex(line, salt, sizeof(salt));
			if (r == SKS_OK)
				breakglass_mark(file, salt, line + HEX_SALT + 1);
		}
	}
	buf_clear(&text);
	return r;
}

int
breakglass_file_load(const struct breakglass *place, struct breakglass_file *out)
{
	struct buf text;
	int r;

	memset(out, 0, sizeof(*out));
	buf_init(&text, FILE_MAX);
	r = breakglass_slurp(place->file, &text);
	if (r == SKS_OK)
		r = breakglass_parse((char *)text.data, out);
	if (r == SKS_OK)
		r = breakglass_apply_burned(place->burned, out);
	buf_clear(&text);
	if (r != SKS_OK)
		memset(out, 0, sizeof(*out));
	return r;
}

int
breakglass_file_save(const struct breakglass *place, const struct breakglass_file *file)
{
	struct buf out;
	int r;

	buf_init(&out, FILE_MAX);
	buf_printf(&out, "%s\ntty = %s\n", VERSION, file->ttys);
	for (size_t i = 0; i < file->count; i++) {
		const struct breakglass_entry *e = &file->entry[i];

		buf_printf(&out, "%u ", e->index);
		breakglass_put_hex(&out, e->salt, sizeof(e->salt));
		buf_put_u8(&out, ' ');
		breakglass_put_hex(&out, e->hash, sizeof(e->hash));
		if (e->used[0] == '\0')
			buf_printf(&out, " unused\n");
		else
			buf_printf(&out, " used %s\n", e->used);
	}
	r = buf_error(&out);
	if (r == SKS_OK)
		r = safeopen_replace(place->file, 0600, out.data, out.len);
	buf_clear(&out);
	return r;
}

/* The spool directory may be missing when nothing was spooled since the start. */
static void
breakglass_make_parent(const char *path)
{
	char dir[256];
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);

	if (len == 0 || len >= sizeof(dir))
		return;
	memcpy(dir, path, len);
	dir[len] = '\0';
	(void)mkdir(dir, 0700);
}

int
breakglass_file_note_burned(
    const struct breakglass *place, const struct breakglass_entry *entry)
{
	struct buf out;
	int r;

	breakglass_make_parent(place->burned);
	buf_init(&out, FILE_MAX);
	r = safeopen_slurp(place->burned, geteuid(), 0600, &out, NULL, 0);
	if (r == SKS_NOT_FOUND)
		r = SKS_OK;
	if (r == SKS_OK) {
		breakglass_put_hex(&out, entry->salt, sizeof(entry->salt));
		buf_printf(&out, " %s\n", entry->used);
		r = buf_error(&out);
	}
	if (r == SKS_OK)
		r = safeopen_replace(place->burned, 0600, out.data, out.len);
	buf_clear(&out);
	return r;
}
