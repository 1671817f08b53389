#include "policy/nearest.h"

#include <stdint.h>
#include <string.h>

enum { NEAREST_MAX = 40 }; /* longer ones are no typing mistakes of ours */

/* ASCII only: the locale of the process must not change what a policy check says. */
static char
nearest_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t
nearest_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Restricted Damerau-Levenshtein distance, three rows of the matrix at a time. */
static size_t
nearest_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][NEAREST_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *now = rows[i % 3];
		const size_t *last = rows[(i - 1) % 3];
		const size_t *before = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			char x = nearest_lower(a[i - 1]), y = nearest_lower(b[j - 1]);

			now[j] = last[j - 1] + (x == y ? 0 : 1);
			now[j] = nearest_min(now[j], nearest_min(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && x == nearest_lower(b[j - 2]) &&
			    y == nearest_lower(a[i - 2]))
				now[j] = nearest_min(now[j], before[j - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

const char *
nearest_word(const char *word, const char *const *words, size_t count)
{
	size_t len = strlen(word);
	size_t best = SIZE_MAX;
	const char *nearest = NULL;

	if (len == 0 || len > NEAREST_MAX)
		return NULL;
	for (size_t i = 0; i < count && words[i] != NULL; i++) {
		size_t word_len = strlen(words[i]);
		size_t longer = len > word_len ? len : word_len;
		size_t distance;

		if (word_len == 0 || word_len > NEAREST_MAX)
			continue;
		distance = nearest_distance(word, len, words[i], word_len);
		if (distance < best && distance <= longer / 2) {
			best = distance;
			nearest = words[i];
		}
	}
	return nearest;
}
