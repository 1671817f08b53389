#include "difference.h"

#include "error.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CONTEXT = 3 };

/* With its newline, where it has one: a last line without it is another line. */
struct text_line {
	const char *at;
	size_t len;
};

struct text_lines {
	struct text_line *line;
	size_t count;
};

static bool
split(const char *text, size_t len, struct text_lines *out)
{
	size_t n = 0;

	*out = (struct text_lines){0};
	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n' || i + 1 == len;
	out->line = calloc(n + 1, sizeof(*out->line));
	if (out->line == NULL)
		return false;
	for (size_t start = 0; start < len;) {
		const char *end = memchr(text + start, '\n', len - start);
		size_t size = end == NULL ? len - start : (size_t)(end - text) - start + 1;

		out->line[out->count++] = (struct text_line){text + start, size};
		start += size;
	}
	return true;
}

static bool
same(const struct text_line *a, const struct text_line *b)
{
	return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

/* One step of the way from old to new: ' ' kept, '-' gone, '+' new. */
struct step {
	char kind;
	size_t line; /* in old for ' ' and '-', in new for '+' */
};

/* The longest common subsequence by its lengths from each place on; with files of a few hundred
 * lines that is nothing. */
static size_t
walk(const struct text_lines *a, const struct text_lines *b, struct step *out)
{
	size_t w = b->count + 1, i = 0, k = 0, n = 0;
	bool small = a->count <= DIFFERENCE_LINES_MAX && b->count <= DIFFERENCE_LINES_MAX;
	uint16_t *length = small ? calloc((a->count + 1) * w, sizeof(*length)) : NULL;

	for (size_t x = a->count; length != NULL && x-- > 0;) {
		for (size_t y = b->count; y-- > 0;) {
			uint16_t down = length[(x + 1) * w + y], right = length[x * w + y + 1];

			length[x * w + y] = same(&a->line[x], &b->line[y])
						? (uint16_t)(length[(x + 1) * w + y + 1] + 1)
					    : down > right ? down
							   : right;
		}
	}
	while (i < a->count || k < b->count) {
		if (length != NULL && i < a->count && k < b->count &&
		    same(&a->line[i], &b->line[k])) {
			out[n++] = (struct step){' ', i++};
			k++;
		} else if (i < a->count &&
			   (k == b->count || length == NULL ||
			       length[(i + 1) * w + k] >= length[i * w + k + 1])) {
			out[n++] = (struct step){'-', i++};
		} else {
			out[n++] = (struct step){'+', k++};
		}
	}
	free(length);
	return n;
}

/* The end of the hunk that begins with the change at "from": changes closer than twice the
 * context share one. */
static size_t
hunk_end(const struct step *step, size_t n, size_t from)
{
	size_t last = from;

	for (size_t i = from; i < n && i <= last + 2 * CONTEXT; i++) {
		if (step[i].kind != ' ')
			last = i;
	}
	return last + 1 + CONTEXT < n ? last + 1 + CONTEXT : n;
}

static void
hunk_print(const struct text_lines *a, const struct text_lines *b, const struct step *step,
    size_t from, size_t to, size_t old_at, size_t new_at, struct buf *out)
{
	size_t olds = 0, news = 0;

	for (size_t i = from; i < to; i++) {
		olds += step[i].kind != '+';
		news += step[i].kind != '-';
	}
	buf_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", olds == 0 ? old_at : old_at + 1, olds,
	    news == 0 ? new_at : new_at + 1, news);
	for (size_t i = from; i < to; i++) {
		const struct text_lines *t = step[i].kind == '+' ? b : a;
		const struct text_line *l = &t->line[step[i].line];

		buf_printf(out, "%c%.*s", step[i].kind, (int)l->len, l->at);
		if (l->at[l->len - 1] != '\n')
			buf_printf(out, "\n\\ No newline at end of file\n");
	}
}

static void
print_hunks(const struct text_lines *a, const struct text_lines *b, const struct step *step,
    size_t n, struct buf *out)
{
	size_t old_at = 0, new_at = 0, done = 0;

	for (size_t i = 0; i < n;) {
		size_t from, end;

		if (step[i].kind == ' ') {
			i++;
			continue;
		}
		from = i - done < CONTEXT ? done : i - CONTEXT;
		end = hunk_end(step, n, i);
		for (; done < from; done++) { /* all of it kept */
			old_at++;
			new_at++;
		}
		hunk_print(a, b, step, from, end, old_at, new_at, out);
		for (; done < end; done++) {
			old_at += step[done].kind != '+';
			new_at += step[done].kind != '-';
		}
		i = end;
	}
}

void
difference_unified(const char *path, const char *old, size_t old_len, const char *new,
    size_t new_len, struct buf *out)
{
	struct text_lines a = {0}, b = {0};
	struct step *step = NULL;

	if (old != NULL && old_len == new_len && memcmp(old, new, new_len) == 0)
		return;
	if (split(old == NULL ? "" : old, old == NULL ? 0 : old_len, &a) &&
	    split(new, new_len, &b))
		step = calloc(a.count + b.count + 1, sizeof(*step));
	if (step != NULL) {
		buf_printf(out, "--- %s\n+++ %s\n", old == NULL ? "/dev/null" : path, path);
		print_hunks(&a, &b, step, walk(&a, &b, step), out);
	} else {
		out->error = SKS_NOMEM;
	}
	free(step);
	free(a.line);
	free(b.line);
}
