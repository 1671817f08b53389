#include "manifest.h"

#include "error.h"
#include "hex.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 2048, WORDS_MAX = 8 };

static const char manifest_first[] = "sekisho-setup 1";
static const char pending_first[] = "sekisho-pending 1";
static const char *const pending_words[] = {"applying", "applied"};
const char *const undo_words[UNDO_WHYS + 1] = {
    "none", "deadline", "interrupted", "reboot", "asked", NULL};

/* ---- writing ----------------------------------------------------------------------------- */

static bool
word_is_whole(const char *word)
{
	if (word[0] == '\0')
		return false;
	for (; *word != '\0'; word++) {
		if ((unsigned char)*word <= ' ' || *word == 0x7f)
			return false;
	}
	return true;
}

static void
format_state(const char *which, const struct state *s, struct buf *out)
{
	char hex[2 * STATE_VALUE_MAX + 1];

	if (!s->present) {
		buf_printf(out, "%s absent\n", which);
		return;
	}
	buf_printf(out, "%s %04o %u %u %" PRIu64 " %" PRId64 " %s\n", which, s->mode, s->uid,
	    s->gid, s->size, s->mtime_ns, s->sha256);
	for (size_t i = 0; i < s->attribute_count; i++)
		buf_printf(out, "attribute %s %s\n", s->attribute[i].name,
		    s->attribute[i].len == 0
			? "-"
			: hex_put(hex, s->attribute[i].value, s->attribute[i].len));
}

static void
format_close(struct buf *out)
{
	char sum[SHA256_HEX_SIZE];

	if (buf_error(out) == SKS_OK)
		buf_printf(out, "sum %s\n", sha256_hex(out->data, out->len, sum));
}

int
manifest_format(const struct manifest *m, struct buf *out)
{
	buf_printf(out, "%s\nid %" PRIu64 "\nmade %" PRId64 "\nservices %s\n", manifest_first,
	    m->id, m->made_wall_ms, m->services[0] == '\0' ? "-" : m->services);
	if (m->services[0] != '\0' && !word_is_whole(m->services))
		return SKS_INVALID;
	for (size_t i = 0; i < m->count; i++) {
		if (m->file[i].path[0] != '/' || !word_is_whole(m->file[i].path))
			return SKS_INVALID;
		buf_printf(out, "file %s\n", m->file[i].path);
		format_state("before", &m->file[i].before, out);
		format_state("after", &m->file[i].after, out);
	}
	format_close(out);
	return buf_error(out);
}

int
pending_format(const struct pending *p, struct buf *out)
{
	buf_printf(out,
	    "%s\nid %" PRIu64 "\nstate %s\nboot %s\nwall_ms %" PRId64 "\nboot_ms %" PRId64 "\n",
	    pending_first, p->id, pending_words[p->state], p->boot_id, p->deadline.wall_ms,
	    p->deadline.boot_ms);
	format_close(out);
	return buf_error(out);
}

/* ---- reading ----------------------------------------------------------------------------- */

struct reader {
	const char *at, *end;
	char line[LINE_MAX_BYTES];
	char *word[WORDS_MAX];
	size_t words;
};

/* The last line holds the hash of those before it; they are what is left to read. */
static bool
reader_open(struct reader *r, const void *data, size_t len)
{
	static const char sum[] = "sum ";
	const size_t tail = sizeof(sum) - 1 + SHA256_HEX_SIZE; /* with the newline */
	char digest[SHA256_HEX_SIZE];
	const char *text = data;

	*r = (struct reader){.at = text, .end = text};
	if (len <= tail || text[len - 1] != '\n' || memchr(data, '\0', len) != NULL)
		return false;
	r->end = text + len - tail;
	sha256_hex(data, len - tail, digest);
	return memcmp(r->end, sum, sizeof(sum) - 1) == 0 &&
	       memcmp(r->end + sizeof(sum) - 1, digest, SHA256_HEX_SIZE - 1) == 0;
}

/* The next line in words, divided by single blanks. */
static bool
reader_next(struct reader *r)
{
	const char *newline;
	char *save = NULL;
	size_t len;

	r->words = 0;
	if (r->at == r->end)
		return false;
	newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
	if (newline == NULL)
		return false;
	len = (size_t)(newline - r->at);
	if (len >= sizeof(r->line))
		return false;
	memcpy(r->line, r->at, len);
	r->line[len] = '\0';
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)r->line[i] < ' ' || r->line[i] == 0x7f)
			return false;
	}
	r->at = newline + 1;
	for (char *w = strtok_r(r->line, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save)) {
		if (r->words == WORDS_MAX)
			return false;
		r->word[r->words++] = w;
	}
	return r->words > 0;
}

static bool
reader_is(const struct reader *r, const char *name, size_t words)
{
	return r->words == words && strcmp(r->word[0], name) == 0;
}

static bool
read_number(const char *word, int base, int64_t max, int64_t *out)
{
	char *end;
	long long n = strtoll(word, &end, base);

	if (end == word || *end != '\0' || n < -INT64_MAX || n > max)
		return false;
	*out = n;
	return true;
}

static bool
read_unsigned(const char *word, int base, int64_t max, int64_t *out)
{
	return read_number(word, base, max, out) && *out >= 0;
}

/* "NAME NUMBER" */
static bool
reader_number(struct reader *r, const char *name, int64_t *out)
{
	return reader_next(r) && reader_is(r, name, 2) &&
	       read_number(r->word[1], 10, INT64_MAX, out);
}

static bool
reader_word(struct reader *r, const char *name, char *out, size_t size)
{
	if (!reader_next(r) || !reader_is(r, name, 2) || strlen(r->word[1]) >= size)
		return false;
	memcpy(out, r->word[1], strlen(r->word[1]) + 1);
	return true;
}

static bool
read_state(const struct reader *r, const char *which, struct state *s)
{
	int64_t mode, uid, gid, size;

	if (reader_is(r, which, 2))
		return strcmp(r->word[1], "absent") == 0;
	if (!reader_is(r, which, 7) || !read_unsigned(r->word[1], 8, 07777, &mode) ||
	    !read_unsigned(r->word[2], 10, UINT32_MAX, &uid) ||
	    !read_unsigned(r->word[3], 10, UINT32_MAX, &gid) ||
	    !read_unsigned(r->word[4], 10, STATE_BYTES_MAX, &size) ||
	    !read_number(r->word[5], 10, INT64_MAX, &s->mtime_ns) ||
	    strlen(r->word[6]) != SHA256_HEX_SIZE - 1)
		return false;
	s->present = true;
	s->mode = (mode_t)mode;
	s->uid = (uid_t)uid;
	s->gid = (gid_t)gid;
	s->size = (uint64_t)size;
	memcpy(s->sha256, r->word[6], SHA256_HEX_SIZE);
	return true;
}

static bool
read_attribute(const struct reader *r, struct state *s)
{
	struct state_attribute *a = &s->attribute[s->attribute_count];
	size_t len;

	if (!reader_is(r, "attribute", 3) || !s->present ||
	    s->attribute_count == STATE_ATTRIBUTES || strlen(r->word[1]) >= sizeof(a->name))
		return false;
	len = strcmp(r->word[2], "-") == 0 ? 0 : strlen(r->word[2]);
	if (len / 2 > sizeof(a->value) || len % 2 != 0 ||
	    (len > 0 && !hex_read(r->word[2], a->value, len / 2)))
		return false;
	memcpy(a->name, r->word[1], strlen(r->word[1]) + 1);
	a->len = len / 2;
	s->attribute_count++;
	return true;
}

static bool
read_file_line(struct reader *r, struct manifest *m, struct state **current)
{
	struct manifest_file *f = m->count > 0 ? &m->file[m->count - 1] : NULL;

	if (reader_is(r, "file", 2)) {
		if (m->count == MANIFEST_FILES_MAX || r->word[1][0] != '/' ||
		    strlen(r->word[1]) >= STATE_PATH_SIZE ||
		    (f != NULL && *current != &f->after))
			return false;
		f = &m->file[m->count++];
		memcpy(f->path, r->word[1], strlen(r->word[1]) + 1);
		*current = NULL;
		return true;
	}
	if (f == NULL)
		return false;
	if (strcmp(r->word[0], "before") == 0 && *current == NULL)
		return read_state(r, "before", *current = &f->before);
	if (strcmp(r->word[0], "after") == 0 && *current == &f->before)
		return read_state(r, "after", *current = &f->after);
	return *current != NULL && read_attribute(r, *current);
}

int
manifest_parse(const void *data, size_t len, struct manifest *out)
{
	struct state *current = NULL;
	struct reader r;
	int64_t id;

	memset(out, 0, sizeof(*out));
	if (!reader_open(&r, data, len) || !reader_next(&r) ||
	    !reader_is(&r, "sekisho-setup", 2) || strcmp(r.word[1], "1") != 0 ||
	    !reader_number(&r, "id", &id) || id <= 0 ||
	    !reader_number(&r, "made", &out->made_wall_ms) ||
	    !reader_word(&r, "services", out->services, sizeof(out->services)))
		return SKS_CORRUPT;
	out->id = (uint64_t)id;
	if (strcmp(out->services, "-") == 0)
		out->services[0] = '\0';
	while (r.at < r.end) {
		if (!reader_next(&r) || !read_file_line(&r, out, &current))
			return SKS_CORRUPT;
	}
	if (out->count > 0 && current != &out->file[out->count - 1].after)
		return SKS_CORRUPT;
	return SKS_OK;
}

int
pending_parse(const void *data, size_t len, struct pending *out)
{
	char state[16];
	struct reader r;
	int64_t id;

	memset(out, 0, sizeof(*out));
	if (!reader_open(&r, data, len) || !reader_next(&r) ||
	    !reader_is(&r, "sekisho-pending", 2) || strcmp(r.word[1], "1") != 0 ||
	    !reader_number(&r, "id", &id) || id <= 0 ||
	    !reader_word(&r, "state", state, sizeof(state)) ||
	    !reader_word(&r, "boot", out->boot_id, sizeof(out->boot_id)) ||
	    !reader_number(&r, "wall_ms", &out->deadline.wall_ms) ||
	    !reader_number(&r, "boot_ms", &out->deadline.boot_ms) || r.at != r.end)
		return SKS_CORRUPT;
	out->id = (uint64_t)id;
	if (strcmp(state, pending_words[PENDING_APPLIED]) == 0)
		out->state = PENDING_APPLIED;
	else if (strcmp(state, pending_words[PENDING_APPLYING]) != 0)
		return SKS_CORRUPT;
	return SKS_OK;
}

enum undo_why
pending_due(const struct pending *p, struct instant now, const char *boot_id, bool applying)
{
	if (strcmp(p->boot_id, boot_id) != 0)
		return UNDO_REBOOT;
	if (p->state == PENDING_APPLYING && !applying)
		return UNDO_INTERRUPTED;
	if (now.wall_ms >= p->deadline.wall_ms || now.boot_ms >= p->deadline.boot_ms)
		return UNDO_DEADLINE;
	return UNDO_NOT;
}
