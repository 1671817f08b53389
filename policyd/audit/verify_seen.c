#include "audit/verify_seen.h"

#include "base64.h"
#include "error.h"
#include <stdlib.h>
#include <string.h>

#define DASH "\xe2\x80\x94 "

enum { LINE_MAX_BYTES = 1 << 20, HEAD_TEXT_MAX = 4096 };

void
verify_seen_init(struct verify_seen *seen)
{
	*seen = (struct verify_seen){.count = 0};
}

void
verify_seen_clear(struct verify_seen *seen)
{
	free(seen->head);
	free(seen->origin);
	verify_seen_init(seen);
}

int
verify_seen_origin(const struct verify_seen *seen, const char *origin)
{
	for (size_t i = 0; i < seen->origin_count; i++) {
		if (strcmp(seen->origin[i], origin) == 0)
			return (int)i;
	}
	return -1;
}

static int
seen_room(struct verify_seen *seen)
{
	size_t room = seen->room == 0 ? 64 : 2 * seen->room;
	struct verify_seen_head *more;

	if (seen->count < seen->room)
		return SKS_OK;
	more = reallocarray(seen->head, room, sizeof(*more));
	if (more == NULL)
		return SKS_NOMEM;
	seen->head = more;
	seen->room = room;
	return SKS_OK;
}

static int
seen_origin(struct verify_seen *seen, const char *origin, uint32_t *index)
{
	int at = verify_seen_origin(seen, origin);
	size_t room = seen->origin_room == 0 ? 4 : 2 * seen->origin_room;
	void *more;

	if (at >= 0) {
		*index = (uint32_t)at;
		return SKS_OK;
	}
	if (seen->origin_count == VERIFY_SEEN_ORIGINS)
		return SKS_TOO_BIG;
	if (seen->origin_count == seen->origin_room) {
		more = reallocarray(seen->origin, room, sizeof(*seen->origin));
		if (more == NULL)
			return SKS_NOMEM;
		seen->origin = more;
		seen->origin_room = room;
	}
	memcpy(seen->origin[seen->origin_count], origin, NOTE_NAME_SIZE);
	*index = (uint32_t)seen->origin_count++;
	return SKS_OK;
}

static int
seen_add(struct verify_seen *seen, const struct checkpoint *c, uint32_t key_id,
    const uint8_t signature[ED25519_SIGNATURE_SIZE], uint64_t line)
{
	struct verify_seen_head head = {
	    .root = c->root, .size = c->size, .line = line, .key_id = key_id};
	int r;

	if (seen->count == VERIFY_SEEN_MAX) {
		seen->left_out++;
		return SKS_OK;
	}
	memcpy(head.signature, signature, sizeof(head.signature));
	r = seen_origin(seen, c->origin, &head.origin);
	if (r == SKS_TOO_BIG) {
		seen->left_out++;
		return SKS_OK;
	}
	if (r == SKS_OK)
		r = seen_room(seen);
	if (r == SKS_OK)
		seen->head[seen->count++] = head;
	return r;
}

/* ---- one note, somewhere in the text ----------------------------------------------------- */

/* The last lines before a signature line: [4] the newest. Within a line of a log the first of a
 * note has something before it. */
struct seen_lines {
	char text[5][HEAD_TEXT_MAX];
	uint64_t number;
};

static void
lines_push(struct seen_lines *l, const char *text, size_t len)
{
	memmove(l->text[0], l->text[1], 4 * sizeof(l->text[0]));
	/* of a long one its end counts: that is where a head begins */
	if (len >= HEAD_TEXT_MAX) {
		text += len - (HEAD_TEXT_MAX - 1);
		len = HEAD_TEXT_MAX - 1;
	}
	memcpy(l->text[4], text, len);
	l->text[4][len] = '\0';
}

/* "— NAME BASE64": the name, and an Ed25519 signature; anything behind it is of no interest. */
static bool
line_is_signature(const char *line, char name[NOTE_NAME_SIZE], uint32_t *id,
    uint8_t signature[ED25519_SIGNATURE_SIZE])
{
	uint8_t raw[4 + ED25519_SIGNATURE_SIZE];
	const char *space;
	size_t len;

	if (strncmp(line, DASH, strlen(DASH)) != 0)
		return false;
	line += strlen(DASH);
	space = strchr(line, ' ');
	len = space != NULL ? (size_t)(space - line) : 0;
	if (len == 0 || len >= NOTE_NAME_SIZE)
		return false;
	memcpy(name, line, len);
	name[len] = '\0';
	len = strspn(
	    space + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");
	if (base64_decode(space + 1, len, raw, sizeof(raw)) != (int)sizeof(raw))
		return false;
	*id = (uint32_t)raw[0] << 24 | (uint32_t)raw[1] << 16 | (uint32_t)raw[2] << 8 | raw[3];
	memcpy(signature, raw + 4, ED25519_SIGNATURE_SIZE);
	return true;
}

/* Origin, size, root and an empty line stand before; the key's name is the origin's. */
static int
seen_signature(struct verify_seen *seen, const struct seen_lines *l)
{
	uint8_t signature[ED25519_SIGNATURE_SIZE];
	char name[NOTE_NAME_SIZE], text[HEAD_TEXT_MAX];
	size_t name_len, first_len = strlen(l->text[0]);
	struct checkpoint c;
	uint32_t id = 0;
	int n;

	if (!line_is_signature(l->text[4], name, &id, signature) || l->text[3][0] != '\0')
		return SKS_OK;
	name_len = strlen(name);
	if (first_len < name_len || strcmp(l->text[0] + first_len - name_len, name) != 0)
		return SKS_OK;
	n = snprintf(text, sizeof(text), "%s\n%s\n%s\n", name, l->text[1], l->text[2]);
	if (n < 0 || (size_t)n >= sizeof(text) ||
	    checkpoint_parse(text, (size_t)n, &c) != SKS_OK)
		return SKS_OK;
	return seen_add(seen, &c, id, signature, l->number);
}

/* How many bytes stand for a newline here, as logs write it; 0: none. */
static size_t
seen_newline(const char *at)
{
	if (*at == '\n')
		return 1;
	if (strncmp(at, "#012", 4) == 0)
		return 4;
	return strncmp(at, "\\n", 2) == 0 ? 2 : 0;
}

/* JSON may write the dash as an escape, and JSON within JSON each backslash twice. */
static void
seen_unescape(char *line)
{
	char *to = line;

	for (const char *at = line; *at != '\0';) {
		while (at[0] == '\\' && at[1] == '\\')
			at++;
		if (strncmp(at, "\\u2014", 6) == 0) {
			memcpy(to, "\xe2\x80\x94", 3);
			to += 3;
			at += 6;
		} else {
			*to++ = *at++;
		}
	}
	*to = '\0';
}

static int
seen_line(struct verify_seen *seen, struct seen_lines *l, char *line)
{
	const char *start = line, *at;
	int r = SKS_OK;

	seen_unescape(line);
	for (at = line; r == SKS_OK; at++) {
		size_t n = seen_newline(at);

		if (n == 0 && *at != '\0')
			continue;
		lines_push(l, start, (size_t)(at - start));
		r = seen_signature(seen, l);
		if (*at == '\0' || at[n] == '\0')
			break;
		start = at + n;
		at = start - 1;
	}
	return r;
}

int
verify_seen_read(struct verify_seen *seen, FILE *file)
{
	struct seen_lines *l = calloc(1, sizeof(*l));
	size_t room = 0, before = seen->count;
	char *line = NULL;
	int r = l != NULL ? SKS_OK : SKS_NOMEM;
	ssize_t len;

	while (r == SKS_OK && (len = getline(&line, &room, file)) >= 0) {
		l->number++;
		if (len > LINE_MAX_BYTES)
			continue;
		while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			line[--len] = '\0';
		r = seen_line(seen, l, line);
	}
	if (r == SKS_OK && ferror(file) != 0)
		r = SKS_IO;
	if (r == SKS_OK && seen->count == before && seen->left_out == 0)
		r = SKS_NOT_FOUND;
	free(line);
	free(l);
	return r;
}

static int
compare_heads(const void *a, const void *b)
{
	const struct verify_seen_head *x = a, *y = b;

	if (x->origin != y->origin)
		return x->origin < y->origin ? -1 : 1;
	return x->size < y->size ? -1 : x->size > y->size;
}

void
verify_seen_sort(struct verify_seen *seen)
{
	if (seen->count > 0)
		qsort(seen->head, seen->count, sizeof(*seen->head), compare_heads);
}
