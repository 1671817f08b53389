#include "audit/proof.h"

#include "base64.h"
#include "error.h"
#include <stdlib.h>
#include <string.h>

static const char proof_title[] = "c2sp.org/tlog-proof@v1\n";
static const char proof_word_extra[] = "extra ", proof_word_index[] = "index ";

/* ---- writing ----------------------------------------------------------------------------- */

static int
proof_put_extra(const struct proof *p, struct buf *out)
{
	size_t size = BASE64_LEN(p->extra_len) + 1;
	char *text = malloc(size);

	if (text == NULL)
		return SKS_NOMEM;
	(void)base64_encode(p->extra, p->extra_len, text, size);
	buf_printf(out, "%s", proof_word_extra);
	buf_put_bytes(out, text, size - 1);
	buf_put_u8(out, '\n');
	free(text);
	return buf_error(out);
}

int
proof_format(const struct proof *p, struct buf *out)
{
	int r = SKS_OK;

	if (p->extra_len > PROOF_EXTRA_MAX || p->index >= MERKLE_SIZE_MAX || p->head == NULL ||
	    p->path.count > MERKLE_LEVELS)
		return SKS_INVALID;
	buf_printf(out, "%s", proof_title);
	if (p->extra != NULL)
		r = proof_put_extra(p, out);
	if (r != SKS_OK)
		return r;
	buf_printf(out, "%s%llu\n", proof_word_index, (unsigned long long)p->index);
	for (size_t i = 0; i < p->path.count; i++) {
		char text[BASE64_LEN(MERKLE_HASH_SIZE) + 1];

		(void)base64_encode(
		    p->path.hash[i].bytes, MERKLE_HASH_SIZE, text, sizeof(text));
		buf_printf(out, "%s\n", text);
	}
	buf_put_u8(out, '\n');
	buf_put_bytes(out, p->head, p->head_len);
	return buf_error(out);
}

/* ---- reading ----------------------------------------------------------------------------- */

struct lines {
	const char *at, *end;
};

/* The next line without its newline, which must be there. */
static bool
lines_next(struct lines *l, const char **line, size_t *len)
{
	const char *newline =
	    l->at < l->end ? memchr(l->at, '\n', (size_t)(l->end - l->at)) : NULL;

	if (newline == NULL)
		return false;
	*line = l->at;
	*len = (size_t)(newline - l->at);
	l->at = newline + 1;
	return true;
}

static bool
lines_skip_word(const char *word, const char **line, size_t *len)
{
	size_t n = strlen(word);

	if (*len < n || memcmp(*line, word, n) != 0)
		return false;
	*line += n;
	*len -= n;
	return true;
}

static int
proof_parse_index(const char *text, size_t len, uint64_t *index)
{
	*index = 0;
	if (len == 0 || (len > 1 && text[0] == '0'))
		return SKS_INVALID;
	for (size_t i = 0; i < len; i++) {
		uint64_t digit = (uint64_t)(unsigned char)text[i] - '0';

		if (digit > 9 || *index > (MERKLE_SIZE_MAX - 1 - digit) / 10)
			return SKS_INVALID;
		*index = *index * 10 + digit;
	}
	return SKS_OK;
}

static int
proof_parse_lines(struct lines *l, struct proof *out)
{
	const char *line;
	size_t n;

	if (!lines_next(l, &line, &n))
		return SKS_INVALID;
	if (lines_skip_word(proof_word_extra, &line, &n)) {
		out->extra_base64 = line;
		out->extra_base64_len = n;
		if (n % 4 != 0 || n > BASE64_LEN(PROOF_EXTRA_MAX) || !lines_next(l, &line, &n))
			return SKS_INVALID;
	}
	if (!lines_skip_word(proof_word_index, &line, &n) ||
	    proof_parse_index(line, n, &out->index) != SKS_OK)
		return SKS_INVALID;
	for (;;) {
		if (!lines_next(l, &line, &n))
			return SKS_INVALID;
		if (n == 0)
			break;
		if (out->path.count == MERKLE_LEVELS ||
		    base64_decode(line, n, out->path.hash[out->path.count].bytes,
			MERKLE_HASH_SIZE) != MERKLE_HASH_SIZE)
			return SKS_INVALID;
		out->path.count++;
	}
	out->head = l->at;
	out->head_len = (size_t)(l->end - l->at);
	return out->head_len > 0 ? SKS_OK : SKS_INVALID;
}

int
proof_parse(const void *data, size_t len, struct proof *out)
{
	struct lines l = {.at = data, .end = (const char *)data + len};
	size_t title = sizeof(proof_title) - 1;
	int r;

	*out = (struct proof){0};
	if (len > PROOF_MAX)
		return SKS_TOO_BIG;
	if (len < title || memcmp(data, proof_title, title) != 0)
		return SKS_INVALID;
	l.at += title;
	r = proof_parse_lines(&l, out);
	if (r != SKS_OK)
		*out = (struct proof){0};
	return r;
}

int
proof_extra(const struct proof *p, void *out, size_t size)
{
	if (p->extra_base64 == NULL)
		return 0;
	return base64_decode(p->extra_base64, p->extra_base64_len, out, size);
}

int
proof_verify(const struct proof *p, const struct merkle_hash *leaf, const struct note_vkey *key,
    struct checkpoint *head)
{
	int r = checkpoint_open(p->head, p->head_len, key, head);

	if (r != SKS_OK)
		return r;
	r = merkle_verify_inclusion(&p->path, head->size, p->index, leaf, &head->root);
	return r == SKS_INVALID ? SKS_CORRUPT : r;
}
