#include "password/judge.h"

#include "password/shape.h"
#include <stdio.h>
#include <string.h>

const char *const password_failure_words[] = {
#define X(symbol, word) [PASSWORD_FAILS_##symbol] = word,
    PASSWORD_FAILURES(X)
#undef X
	[PASSWORD_FAILURE_COUNT] = NULL,
};

enum {
	PART_MIN = 4, /* of a name, letters; a shorter one would be in everything */
	USER_MIN = 3,
	WORD_MIN = 3,        /* that is looked up without what stands around it */
	DECORATION_MAX = 12, /* more of that around a word is worth something by itself */
	DECORATION_EACH = 10,
};

/* ---- counting ---------------------------------------------------------------------------- */

struct counts {
	uint32_t characters, of[PASSWORD_CLASSES];
	bool control;
};

static void
count(const struct secret *p, struct counts *c)
{
	*c = (struct counts){0};
	for (size_t i = 0; i < p->len; i++) {
		uint8_t b = p->bytes[i];

		if ((b & 0xc0) == 0x80) /* inside a character of UTF-8 */
			continue;
		c->characters++;
		c->control |= b < ' ' || b == 0x7f;
		if (b >= 'A' && b <= 'Z')
			c->of[PASSWORD_UPPER]++;
		else if (b >= 'a' && b <= 'z')
			c->of[PASSWORD_LOWER]++;
		else if (b >= '0' && b <= '9')
			c->of[PASSWORD_DIGIT]++;
		else
			c->of[PASSWORD_SYMBOL]++;
	}
}

static uint32_t
judge_counts(const struct password_rules *r, const struct counts *c, bool passphrase)
{
	static const uint32_t bit[PASSWORD_CLASSES] = {PASSWORD_FAILED(UPPER),
	    PASSWORD_FAILED(LOWER), PASSWORD_FAILED(DIGIT), PASSWORD_FAILED(SYMBOL)};
	const uint32_t least[PASSWORD_CLASSES] = {r->uppers, r->lowers, r->digits, r->others};
	uint32_t failed = 0, classes = 0;

	if (c->control)
		failed |= PASSWORD_FAILED(CHARACTERS);
	if (c->characters < r->minlen)
		failed |= PASSWORD_FAILED(LENGTH);
	if (passphrase)
		return failed;
	for (size_t i = 0; i < PASSWORD_CLASSES; i++) {
		classes += c->of[i] > 0;
		if (((r->classes >> i & 1) && c->of[i] == 0) || c->of[i] < least[i])
			failed |= bit[i];
	}
	if (classes < r->minclass)
		failed |= PASSWORD_FAILED(CLASSES);
	return failed;
}

bool
judge_is_passphrase(const struct password_rules *r, const struct secret *password)
{
	struct counts c;

	count(password, &c);
	return r->passphrase && c.characters >= r->passphrase_length &&
	       shape_words((const char *)password->bytes, password->len) >= r->passphrase_words;
}

/* ---- what others know about the person --------------------------------------------------- */

static bool
is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (unsigned char)c >= 0x80;
}

/* Does one of the words of text, of at least "least" bytes, stand in the password? */
static bool
has_part_of(const struct shape *s, const char *text, size_t least)
{
	while (*text != '\0') {
		size_t len = 0;

		while (is_word_byte(text[len]))
			len++;
		if (len >= least && shape_contains(s, text, len))
			return true;
		text += len + (text[len] != '\0');
	}
	return false;
}

static uint32_t
judge_person(
    const struct password_rules *r, const struct password_subject *p, const struct shape *s)
{
	uint32_t failed = 0;
	size_t user = strlen(p->user);

	if (r->usercheck && ((user >= USER_MIN && shape_contains(s, p->user, user)) ||
				has_part_of(s, p->user, PART_MIN)))
		failed |= PASSWORD_FAILED(USER);
	if (r->usercheck && strncmp(p->host, "localhost", 9) != 0 &&
	    has_part_of(s, p->host, PART_MIN))
		failed |= PASSWORD_FAILED(HOST);
	if (r->gecoscheck && has_part_of(s, p->full_name, PART_MIN))
		failed |= PASSWORD_FAILED(NAME);
	if (has_part_of(s, r->organisation, USER_MIN))
		failed |= PASSWORD_FAILED(ORGANISATION);
	if (has_part_of(s, r->badwords, USER_MIN))
		failed |= PASSWORD_FAILED(FORBIDDEN);
	return failed;
}

/* ---- lists ------------------------------------------------------------------------------- */

struct search {
	password_lookup *lookup;
	void *ctx;
};

/* The word itself, read backwards, and with its digits and symbols read as letters. */
static bool
is_listed(const struct search *q, const char *word, size_t len)
{
	char other[SECRET_MAX + 1];
	bool found = q->lookup(q->ctx, word, len);

	for (int reading = 0; reading < 2 && !found; reading++) {
		size_t letters = shape_read(word, len, reading, other);

		found = letters == len && memcmp(other, word, len) != 0 &&
			q->lookup(q->ctx, other, len);
		if (!found && letters == len) {
			shape_reverse(other, len);
			found = q->lookup(q->ctx, other, len);
		}
	}
	explicit_bzero(other, sizeof(other));
	return found;
}

/* Digits and symbols before and behind are taken off in every way: some of them may belong to
 * the word ("$unshine1"). */
static bool
is_decorated_word(const struct search *q, const struct shape *s)
{
	size_t front = 0, back = 0;

	while (front < s->len && front < DECORATION_EACH && !shape_is_letter(s->lower[front]))
		front++;
	while (back < s->len && back < DECORATION_EACH &&
	       !shape_is_letter(s->lower[s->len - 1 - back]))
		back++;
	for (size_t i = 0; i <= front; i++)
		for (size_t j = 0; j <= back; j++) {
			if (i + j > DECORATION_MAX || s->len < i + j + WORD_MIN)
				continue;
			if (is_listed(q, s->lower + i, s->len - i - j))
				return true;
		}
	return false;
}

static uint32_t
judge_lists(const struct password_subject *p, const struct shape *s, const struct search *q)
{
	if (q->lookup(q->ctx, (const char *)p->password->bytes, p->password->len))
		return PASSWORD_FAILED(LISTED);
	return is_decorated_word(q, s) ? PASSWORD_FAILED(LISTED_WORD) : 0;
}

/* ---- all of it --------------------------------------------------------------------------- */

uint32_t
judge_password(const struct password_rules *r, const struct password_subject *p,
    password_lookup *lookup, void *ctx)
{
	const struct search q = {.lookup = lookup, .ctx = ctx};
	struct counts c;
	struct shape s;
	uint32_t failed;

	count(p->password, &c);
	shape_make(&s, (const char *)p->password->bytes, p->password->len);
	failed = judge_counts(r, &c, judge_is_passphrase(r, p->password));
	failed |= judge_person(r, p, &s);
	if (r->walkcheck && shape_is_walk(&s))
		failed |= PASSWORD_FAILED(WALK);
	if (r->walkcheck && shape_is_repeated(&s))
		failed |= PASSWORD_FAILED(PATTERN);
	if (lookup != NULL)
		failed |= judge_lists(p, &s, &q);
	if (p->old != NULL && p->old->len > 0 && secret_equal(p->old, p->password))
		failed |= PASSWORD_FAILED(SAME);
	shape_clear(&s);
	explicit_bzero(&c, sizeof(c));
	return failed;
}

void
judge_words(uint32_t failed, char *out, size_t size)
{
	size_t at = 0;

	if (size > 0)
		out[0] = '\0';
	for (size_t i = 0; i < PASSWORD_FAILURE_COUNT && at < size; i++)
		if (failed >> i & 1) {
			int n = snprintf(out + at, size - at, "%s%s", at > 0 ? " " : "",
			    password_failure_words[i]);

			at += n > 0 ? (size_t)n : 0;
		}
}
