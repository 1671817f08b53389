#include "password/shape.h"

#include <stdint.h>
#include <string.h>

enum { WORD_LETTERS = 3, WORDS_MAX = 64, WALK_MIN = 3, WALK_LONG = 6, REPEATED_MIN = 6 };

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
shape_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

size_t
shape_read(const char *word, size_t len, int reading, char *out)
{
	static const char from[] = "4@301!|5$78926+";
	static const char *const to[2] = {"aaeoiiisstbgzgt", "aaeolllsstbgzgt"};
	size_t letters = 0;

	for (size_t i = 0; i < len; i++) {
		const char *at = word[i] == '\0' ? NULL : strchr(from, word[i]);

		out[i] = at == NULL ? lower(word[i]) : to[reading][at - from];
		letters += shape_is_letter(out[i]);
	}
	out[len] = '\0';
	return letters;
}

void
shape_make(struct shape *s, const char *password, size_t len)
{
	*s = (struct shape){.len = len};
	for (size_t i = 0; i < len; i++)
		s->lower[i] = lower(password[i]);
	(void)shape_read(password, len, 0, s->read[0]);
	(void)shape_read(password, len, 1, s->read[1]);
}

void
shape_clear(struct shape *s)
{
	explicit_bzero(s, sizeof(*s));
}

void
shape_reverse(char *word, size_t len)
{
	for (size_t i = 0; i < len / 2; i++) {
		char c = word[i];

		word[i] = word[len - 1 - i];
		word[len - 1 - i] = c;
	}
}

/* ---- does it contain --------------------------------------------------------------------- */

static bool
stands_in(const char *text, size_t text_len, const char *word, size_t len)
{
	for (size_t at = 0; at + len <= text_len; at++) {
		bool forwards = true, backwards = true;

		for (size_t i = 0; i < len && (forwards || backwards); i++) {
			forwards &= text[at + i] == lower(word[i]);
			backwards &= text[at + i] == lower(word[len - 1 - i]);
		}
		if (forwards || backwards)
			return true;
	}
	return false;
}

bool
shape_contains(const struct shape *s, const char *word, size_t len)
{
	return len > 0 && (stands_in(s->lower, s->len, word, len) ||
			      stands_in(s->read[0], s->len, word, len) ||
			      stands_in(s->read[1], s->len, word, len));
}

/* ---- walks ------------------------------------------------------------------------------- */

/* Columns as fingers know them: 1 q a z stand in one. */
static bool
key_of(char c, int *row, int *column)
{
	static const char *const plain[] = {
	    "`1234567890-=", " qwertyuiop[]\\", " asdfghjkl;'", " zxcvbnm,./"};
	static const char *const shifted[] = {
	    "~!@#$%^&*()_+", " qwertyuiop{}|", " asdfghjkl:\"", " zxcvbnm<>?"};

	if (c == ' ' || c == '\0')
		return false;
	for (int i = 0; i < 4; i++) {
		const char *at = strchr(plain[i], c);

		if (at == NULL && (at = strchr(shifted[i], c)) != NULL)
			*column = (int)(at - shifted[i]);
		else if (at != NULL)
			*column = (int)(at - plain[i]);
		else
			continue;
		*row = i;
		return true;
	}
	return false;
}

/* The direction from one key to the next, 0 when they are no neighbours in a row or column. */
static int
step_between(char a, char b)
{
	int ra, ca, rb, cb;

	if (!key_of(a, &ra, &ca) || !key_of(b, &rb, &cb))
		return 0;
	if (ra == rb && (cb - ca == 1 || cb - ca == -1))
		return cb - ca;
	if (ca == cb && (rb - ra == 1 || rb - ra == -1))
		return 2 * (rb - ra);
	return 0;
}

bool
shape_is_walk(const struct shape *s)
{
	size_t covered = 0, longest = 0, run = 1;
	int direction = 0;

	for (size_t i = 1; i <= s->len; i++) {
		int step = i < s->len ? step_between(s->lower[i - 1], s->lower[i]) : 0;

		if (step != 0 && (step == direction || run == 1)) {
			run++;
			direction = step;
			continue;
		}
		if (run >= WALK_MIN) {
			covered += run;
			longest = run > longest ? run : longest;
			run = 1;
		} else {
			run = step != 0 ? 2 : 1;
		}
		direction = step;
	}
	return s->len > 0 &&
	       (3 * covered >= 2 * s->len || (longest >= WALK_LONG && 2 * covered >= s->len));
}

/* ---- repetitions ------------------------------------------------------------------------- */

static bool
has_period(const char *text, size_t len)
{
	for (size_t p = 1; len >= REPEATED_MIN && p <= len / 2; p++)
		if (memcmp(text, text + p, len - p) == 0)
			return true;
	return false;
}

bool
shape_is_repeated(const struct shape *s)
{
	size_t from = 0, to = s->len;

	if (has_period(s->lower, s->len))
		return true;
	while (from < to && !shape_is_letter(s->lower[from]))
		from++;
	while (to > from && !shape_is_letter(s->lower[to - 1]))
		to--;
	return 2 * (to - from) >= s->len && has_period(s->lower + from, to - from);
}

/* ---- words ------------------------------------------------------------------------------- */

static bool
is_separator(char c)
{
	return c != '\0' && strchr(" \t-_.,/", c) != NULL;
}

size_t
shape_words(const char *password, size_t len)
{
	struct {
		size_t at, len;
	} word[WORDS_MAX];
	size_t words = 0, from = 0;

	for (size_t i = 0; i <= len; i++) {
		bool known = false, letters = true;

		if (i < len && !is_separator(password[i]))
			continue;
		for (size_t k = from; k < i; k++)
			letters &= shape_is_letter(password[k]);
		for (size_t w = 0; w < words && !known; w++) {
			known = word[w].len == i - from;
			for (size_t k = 0; k < i - from && known; k++)
				known = lower(password[word[w].at + k]) ==
					lower(password[from + k]);
		}
		if (letters && !known && i - from >= WORD_LETTERS && words < WORDS_MAX) {
			word[words].at = from;
			word[words++].len = i - from;
		}
		from = i + 1;
	}
	return words;
}
