#include "audit/checkpoint.h"

#include "base64.h"
#include "error.h"
#include <string.h>

/* The next line of [*at, end) without its newline, which must be there; NULL at the end. */
static const char *
checkpoint_line(const char **at, const char *end, size_t *len)
{
	const char *line = *at;
	const char *newline = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;

	if (newline == NULL)
		return NULL;
	*len = (size_t)(newline - line);
	*at = newline + 1;
	return line;
}

static int
checkpoint_parse_size(const char *text, size_t len, uint64_t *size)
{
	*size = 0;
	if (len == 0 || (len > 1 && text[0] == '0'))
		return SKS_INVALID;
	for (size_t i = 0; i < len; i++) {
		uint64_t digit = (uint64_t)(unsigned char)text[i] - '0';

		if (digit > 9 || *size > (MERKLE_SIZE_MAX - digit) / 10)
			return SKS_INVALID;
		*size = *size * 10 + digit;
	}
	return SKS_OK;
}

static int
checkpoint_parse_lines(const char *text, size_t len, struct checkpoint *out)
{
	const char *at = text, *end = text + len, *line;
	size_t n = 0;

	line = checkpoint_line(&at, end, &n);
	if (line == NULL || n == 0 || n >= sizeof(out->origin) || memchr(line, '\0', n) != NULL)
		return SKS_INVALID;
	memcpy(out->origin, line, n);
	line = checkpoint_line(&at, end, &n);
	if (line == NULL || checkpoint_parse_size(line, n, &out->size) != SKS_OK)
		return SKS_INVALID;
	line = checkpoint_line(&at, end, &n);
	if (line == NULL ||
	    base64_decode(line, n, out->root.bytes, MERKLE_HASH_SIZE) != MERKLE_HASH_SIZE)
		return SKS_INVALID;
	while (at < end) {
		line = checkpoint_line(&at, end, &n);
		if (line == NULL || n == 0)
			return SKS_INVALID;
	}
	return SKS_OK;
}

int
checkpoint_parse(const char *text, size_t len, struct checkpoint *out)
{
	int r;

	*out = (struct checkpoint){0};
	r = checkpoint_parse_lines(text, len, out);
	if (r != SKS_OK)
		*out = (struct checkpoint){0};
	return r;
}

int
checkpoint_format(const struct checkpoint *c, struct buf *out)
{
	char root[BASE64_LEN(MERKLE_HASH_SIZE) + 1];

	if (c->origin[0] == '\0' || strchr(c->origin, '\n') != NULL ||
	    c->size > MERKLE_SIZE_MAX)
		return SKS_INVALID;
	(void)base64_encode(c->root.bytes, MERKLE_HASH_SIZE, root, sizeof(root));
	buf_printf(out, "%s\n%llu\n%s\n", c->origin, (unsigned long long)c->size, root);
	return buf_error(out);
}

int
checkpoint_sign(const struct checkpoint *c, const struct note_skey *key, struct buf *out)
{
	uint8_t room[NOTE_NAME_SIZE + 96];
	struct buf text;
	int r;

	buf_init_fixed(&text, room, sizeof(room));
	r = checkpoint_format(c, &text);
	return r == SKS_OK ? note_sign(key, 0, text.data, text.len, out) : r;
}

int
checkpoint_open(
    const void *data, size_t len, const struct note_vkey *key, struct checkpoint *out)
{
	struct note n;
	int r = note_parse(data, len, &n);

	*out = (struct checkpoint){0};
	if (r == SKS_OK)
		r = checkpoint_parse(n.text, n.text_len, out);
	return r == SKS_OK ? note_verify(&n, key, NULL) : r;
}
