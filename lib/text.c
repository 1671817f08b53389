#include "text.h"

#include "error.h"
#include <limits.h>
#include <stdint.h>
#include <string.h>

enum { REPLACEMENT_LEN = 3 };
static const char REPLACEMENT[] = "\xef\xbf\xbd"; /* U+FFFD */

/* The range that the byte after "lead" must lie in, and how many bytes follow; 0 if none can.
 */
static size_t
text_lead(uint8_t lead, uint8_t *low, uint8_t *high)
{
	*low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	*high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 1;
	if (lead >= 0xe0 && lead <= 0xef)
		return 2;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 3;
	return 0;
}

size_t
text_next(const char *s, size_t len, uint32_t *code)
{
	uint8_t lead = (uint8_t)s[0];
	uint8_t low, high;
	size_t follow, i;
	uint32_t c;

	if (lead < 0x80) {
		*code = lead;
		return 1;
	}
	*code = UINT32_MAX;
	follow = text_lead(lead, &low, &high);
	if (follow == 0)
		return 1;
	c = lead & (0x3fu >> follow);
	for (i = 1; i <= follow; i++) {
		uint8_t byte;

		if (i >= len)
			return i;
		byte = (uint8_t)s[i];
		if (byte < low || byte > high)
			return i;
		c = c << 6 | (byte & 0x3f);
		low = 0x80;
		high = 0xbf;
	}
	*code = c;
	return i;
}

bool
text_is_utf8(const char *s, size_t len)
{
	uint32_t code;

	for (size_t i = 0; i < len;) {
		i += text_next(s + i, len - i, &code);
		if (code == UINT32_MAX)
			return false;
	}
	return true;
}

/* What turns text around, or is not seen at all, lets a name pretend to be another one. */
bool
text_is_plain(uint32_t code)
{
	static const struct {
		uint32_t from, to;
	} hidden[] = {
	    {0x0000, 0x001f}, {0x007f, 0x009f}, /* C0, DEL and C1 */
	    {0x00ad, 0x00ad}, /* soft hyphen */
	    {0x034f, 0x034f}, /* joins, and is not seen */
	    {0x061c, 0x061c}, /* Arabic letter mark */
	    {0x115f, 0x1160}, /* Hangul fillers: letters that are shown as a blank */
	    {0x17b4, 0x17b5}, /* Khmer vowels that are not written */
	    {0x180e, 0x180e}, /* Mongolian separator */
	    {0x200b, 0x200f}, /* of no width; marks of direction */
	    {0x2028, 0x202e}, /* separators, overrides */
	    {0x2060, 0x206f}, /* joiners, isolates */
	    {0x3164, 0x3164}, /* Hangul filler */
	    {0xfeff, 0xfeff}, /* byte order mark */
	    {0xffa0, 0xffa0}, /* Hangul filler, narrow */
	    {0xfff9, 0xfffb}, /* annotations */
	    {0xe0000, 0xe007f}, /* tags */
	    {UINT32_MAX, UINT32_MAX}, /* ill-formed */
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		if (code <= hidden[i].to)
			return code < hidden[i].from;
	}
	return true;
}

static size_t
text_clean_any(char *dst, size_t size, const char *src, bool lines)
{
	size_t left = strlen(src);
	size_t len = 0;

	if (size == 0)
		return 0;
	while (left > 0) {
		uint32_t code;
		size_t taken = text_next(src, left, &code);
		bool plain = text_is_plain(code) || (lines && (code == '\n' || code == '\t'));
		const char *from = plain ? src : REPLACEMENT;
		size_t add = plain ? taken : REPLACEMENT_LEN;

		if (add >= size - len)
			break;
		memcpy(dst + len, from, add);
		len += add;
		src += taken;
		left -= taken;
	}
	dst[len] = '\0';
	return len;
}

size_t
text_clean(char *dst, size_t size, const char *src)
{
	return text_clean_any(dst, size, src, false);
}

size_t
text_clean_lines(char *dst, size_t size, const char *src)
{
	return text_clean_any(dst, size, src, true);
}

/* Spaces and what stands for a hyphen, U+30FC included: the minus key of a kana keyboard. */
static bool
text_is_filler(uint32_t code)
{
	switch (code) {
	case ' ':
	case '-':
	case 0x00a0: /* no-break space */
	case 0x2010: /* hyphen */
	case 0x2011: /* non-breaking hyphen */
	case 0x2212: /* minus sign */
	case 0x3000: /* ideographic space */
	case 0x30fc: /* prolonged sound mark */
	case 0xff0d: /* full-width hyphen-minus */
		return true;
	default:
		return false;
	}
}

/* The ASCII digit or upper-case letter that is meant, or 0. */
static char
text_fold(uint32_t code)
{
	if (code >= 0xff01 && code <= 0xff5e)
		code -= 0xff01 - 0x21;
	if (code >= '0' && code <= '9')
		return (char)code;
	if (code >= 'A' && code <= 'Z')
		return (char)code;
	if (code >= 'a' && code <= 'z')
		return (char)(code - 'a' + 'A');
	return 0;
}

int
text_fold_code(const char *typed, char *out, size_t size)
{
	size_t left = strlen(typed);
	size_t len = 0;
	int r = SKS_INVALID;

	if (size == 0 || size > INT_MAX)
		return SKS_TOO_BIG;
	while (left > 0) {
		uint32_t code;
		size_t taken = text_next(typed, left, &code);
		char c = text_fold(code);

		typed += taken;
		left -= taken;
		if (text_is_filler(code))
			continue;
		if (c == 0)
			goto out;
		if (len + 1 >= size) {
			r = SKS_TOO_BIG;
			goto out;
		}
		out[len++] = c;
	}
	out[len] = '\0';
	r = (int)len;
out:
	if (r < 0)
		explicit_bzero(out, size);
	return r;
}
