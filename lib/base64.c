#include "base64.h"

#include "error.h"
#include <limits.h>
#include <string.h>

/* All ones when low <= c <= high, else 0: a mask, so that no branch tells a key's letters. */
static uint32_t
base64_in(uint32_t c, uint32_t low, uint32_t high)
{
	uint32_t outside = ((c - low) | (high - c)) >> 31; /* 1 when a difference is negative */

	return outside - 1;
}

static char
base64_letter(uint32_t v)
{
	return (char)((base64_in(v, 0, 25) & (v + 'A')) |
		      (base64_in(v, 26, 51) & (v - 26 + 'a')) |
		      (base64_in(v, 52, 61) & (v - 52 + '0')) | (base64_in(v, 62, 62) & '+') |
		      (base64_in(v, 63, 63) & '/'));
}

/* The value of a letter plus 1, or 0 for a character outside the alphabet. */
static uint32_t
base64_value(uint32_t c)
{
	return (base64_in(c, 'A', 'Z') & (c - 'A' + 1)) |
	       (base64_in(c, 'a', 'z') & (c - 'a' + 27)) |
	       (base64_in(c, '0', '9') & (c - '0' + 53)) | (base64_in(c, '+', '+') & 63) |
	       (base64_in(c, '/', '/') & 64);
}

int
base64_encode(const void *data, size_t len, char *out, size_t size)
{
	const uint8_t *in = data;
	size_t n = 0;

	if (len > INT_MAX / 2 || BASE64_LEN(len) >= size)
		return SKS_TOO_BIG;
	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)in[i] << 16;

		if (have > 1)
			bits |= (uint32_t)in[i + 1] << 8;
		if (have > 2)
			bits |= in[i + 2];
		out[n++] = base64_letter(bits >> 18 & 63);
		out[n++] = base64_letter(bits >> 12 & 63);
		out[n++] = have > 1 ? base64_letter(bits >> 6 & 63) : '=';
		out[n++] = have > 2 ? base64_letter(bits & 63) : '=';
	}
	out[n] = '\0';
	return (int)n;
}

int
base64_decode(const char *text, size_t text_len, void *out, size_t size)
{
	uint8_t *to = out;
	size_t padding = 0, len;
	uint32_t bits = 0, wrong = 0;
	int r = SKS_INVALID;

	while (padding < 2 && padding < text_len && text[text_len - 1 - padding] == '=')
		padding++;
	if (text_len % 4 != 0 || text_len > INT_MAX)
		goto out;
	len = text_len / 4 * 3 - padding;
	r = SKS_TOO_BIG;
	if (len > size)
		goto out;
	for (size_t i = 0, n = 0; i < text_len; i++) {
		uint32_t v = i < text_len - padding ? base64_value((unsigned char)text[i]) : 1;

		wrong |= base64_in(v, 0, 0);
		bits = bits << 6 | ((v - 1) & 63);
		if (i % 4 != 3)
			continue;
		for (unsigned shift = 24; shift > 0; shift -= 8) {
			uint8_t byte = (uint8_t)(bits >> (shift - 8) & 0xff);

			if (n < len)
				to[n++] = byte;
			else
				wrong |= byte; /* beyond the end only zeros are canonical */
		}
	}
	r = wrong == 0 ? (int)len : SKS_INVALID;
out:
	explicit_bzero(&bits, sizeof(bits));
	if (r < 0 && size > 0)
		explicit_bzero(out, size);
	return r;
}
