#include "policy/difference.h"

#include "policy/policy.h"
#include "text.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS_MAX = 1 << 20 }; /* beyond that all that is not common at both ends differs */

struct line {
	const char *text, *section; /* into the bundle */
	size_t len, section_len;
};

struct lines {
	struct line *item;
	size_t count;
};

/* Of the bundle itself: its first line, and where each file begins. */
static bool
is_frame(const char *at, size_t n)
{
	static const char first[] = "sekisho policy bundle", file[] = "file ";

	if (memchr(at, '=', n) != NULL)
		return false;
	return (n >= sizeof(first) - 1 && memcmp(at, first, sizeof(first) - 1) == 0) ||
	       (n >= sizeof(file) - 1 && memcmp(at, file, sizeof(file) - 1) == 0);
}

/* The lines that say something, each with the section that it stands in. */
static bool
lines_read(const char *text, size_t len, struct lines *out)
{
	const char *end = text + len, *section = "";
	size_t section_len = 0, room = 1;

	for (size_t i = 0; i < len; i++)
		room += text[i] == '\n';
	out->count = 0;
	out->item = calloc(room, sizeof(*out->item));
	if (out->item == NULL)
		return false;
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((stop != NULL ? stop : end) - text);
		const char *at = text;

		text += n + 1;
		while (n > 0 && (*at == ' ' || *at == '\t')) {
			at++;
			n--;
		}
		while (n > 0 && (at[n - 1] == ' ' || at[n - 1] == '\t' || at[n - 1] == '\r'))
			n--;
		if (n == 0 || *at == '#' || *at == ';' || is_frame(at, n))
			continue;
		if (*at == '[') {
			section = at;
			section_len = n;
		}
		out->item[out->count++] = (struct line){at, section, n, section_len};
	}
	return true;
}

static bool
is_same(const struct line *a, const struct line *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0 &&
	       a->section_len == b->section_len &&
	       memcmp(a->section, b->section, a->section_len) == 0;
}

struct printer {
	struct buf *out;
	size_t left;
	const char *section;
	size_t section_len;
};

static void
print_text(struct printer *p, const char *mark, const char *text, size_t len)
{
	char line[POLICY_LINE_MAX + 1], clean[POLICY_LINE_MAX + 1];

	if (p->left == 0)
		return;
	/* it goes into records and onto terminals */
	(void)snprintf(line, sizeof(line), "%.*s", (int)len, text);
	len = text_clean(clean, sizeof(clean), line);
	if (p->left < len + 2) {
		buf_printf(p->out, "…\n");
		p->left = 0;
		return;
	}
	buf_printf(p->out, "%s%s\n", mark, clean);
	p->left -= len + 2;
}

static void
print_line(struct printer *p, const char *mark, const struct line *l)
{
	bool header = l->text == l->section;

	if (!header && (p->section_len != l->section_len ||
			   memcmp(p->section, l->section, l->section_len) != 0))
		print_text(p, " ", l->section, l->section_len);
	p->section = l->section;
	p->section_len = l->section_len;
	print_text(p, mark, l->text, l->len);
}

/* The longest common subsequence of what stands between common ends. */
static void
print_middle(struct printer *p, const struct line *a, size_t n, const struct line *b, size_t m)
{
	size_t i = 0, j = 0;
	uint16_t *common = NULL;

	if (n < UINT16_MAX && m < UINT16_MAX && (n + 1) * (m + 1) <= CELLS_MAX)
		common = calloc((n + 1) * (m + 1), sizeof(*common));
	for (size_t x = n; common != NULL && x-- > 0;) {
		for (size_t y = m; y-- > 0;) {
			uint16_t down = common[(x + 1) * (m + 1) + y],
				 right = common[x * (m + 1) + y + 1];

			if (is_same(&a[x], &b[y]))
				common[x * (m + 1) + y] =
				    (uint16_t)(common[(x + 1) * (m + 1) + y + 1] + 1);
			else
				common[x * (m + 1) + y] = down > right ? down : right;
		}
	}
	while (i < n || j < m) {
		if (common != NULL && i < n && j < m && is_same(&a[i], &b[j])) {
			i++;
			j++;
		} else if (j >= m || (i < n && (common == NULL ||
						   common[(i + 1) * (m + 1) + j] >=
						       common[i * (m + 1) + j + 1]))) {
			print_line(p, "-", &a[i++]);
		} else {
			print_line(p, "+", &b[j++]);
		}
	}
	free(common);
}

void
policy_difference(const void *from, size_t from_len, const void *to, size_t to_len,
    struct buf *out, size_t max)
{
	struct printer p = {.out = out, .left = max, .section = ""};
	struct lines a = {0}, b = {0};
	size_t head = 0, tail = 0;

	if (lines_read(from, from_len, &a) && lines_read(to, to_len, &b)) {
		while (head < a.count && head < b.count && is_same(&a.item[head], &b.item[head]))
			head++;
		while (tail < a.count - head && tail < b.count - head &&
		       is_same(&a.item[a.count - 1 - tail], &b.item[b.count - 1 - tail]))
			tail++;
		print_middle(&p, a.item + head, a.count - head - tail, b.item + head,
		    b.count - head - tail);
	}
	free(a.item);
	free(b.item);
}
