#include "base32.h"

#include "error.h"
#include <limits.h>
#include <stdbool.h>
#include <string.h>

/* All ones when low <= c <= high, else 0: a mask, so that no branch tells a key's letters. */
static uint32_t
base32_in(uint32_t c, uint32_t low, uint32_t high)
{
	uint32_t outside = ((c - low) | (high - c)) >> 31; /* 1 when a difference is negative */

	return outside - 1;
}

static char
base32_letter(uint32_t v)
{
	return (
	    char)((base32_in(v, 0, 25) & (v + 'A')) | (base32_in(v, 26, 31) & (v - 26 + '2')));
}

/* The value of a letter plus 1, or 0 for a character outside the alphabet. */
static uint32_t
base32_value(uint32_t c)
{
	return (base32_in(c, 'A', 'Z') & (c - 'A' + 1)) |
	       (base32_in(c, 'a', 'z') & (c - 'a' + 1)) |
	       (base32_in(c, '2', '7') & (c - '2' + 27));
}

int
base32_encode(const void *data, size_t len, char *out, size_t size)
{
	const uint8_t *in = data;
	uint32_t bits = 0;
	unsigned int held = 0;
	size_t n = 0;

	if (len > INT_MAX / 8 || BASE32_LEN(len) >= size)
		return SKS_TOO_BIG;
	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | in[i];
		for (held += 8; held >= 5; held -= 5)
			out[n++] = base32_letter(bits >> (held - 5) & 31);
	}
	if (held > 0)
		out[n++] = base32_letter(bits << (5 - held) & 31);
	out[n] = '\0';
	return (int)n;
}

/* Letters and padding fit together: no rest of 1, 3 or 6 letters, and '=' up to eight. */
static bool
base32_is_whole(size_t letters, size_t padding)
{
	size_t rest = letters % 8;

	if (rest == 1 || rest == 3 || rest == 6)
		return false;
	return padding == 0 || (rest > 0 && padding == 8 - rest);
}

int
base32_decode(const char *text, uint8_t *out, size_t size)
{
	uint32_t bits = 0;
	unsigned int held = 0;
	size_t n = 0, letters = 0, padding = 0;
	int r = SKS_INVALID;

	for (; *text != '\0'; text++) {
		uint32_t v = base32_value((unsigned char)*text);

		if (*text == ' ' || *text == '-')
			continue;
		if (*text == '=') {
			padding++;
			continue;
		}
		if (v == 0 || padding > 0)
			goto out;
		letters++;
		bits = bits << 5 | (v - 1);
		held += 5;
		if (held < 8)
			continue;
		held -= 8;
		if (n >= size || n >= INT_MAX) {
			r = SKS_TOO_BIG;
			goto out;
		}
		out[n++] = (uint8_t)(bits >> held & 0xff);
	}
	if (!base32_is_whole(letters, padding))
		goto out;
	r = (int)n;
out:
	explicit_bzero(&bits, sizeof(bits));
	if (r < 0 && size > 0)
		explicit_bzero(out, size);
	return r;
}
