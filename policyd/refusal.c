#include "refusal.h"
#include "error.h"
#include <string.h>

/* 40 bits in two halves. The upper 8 are zero: that is what a mistyped code does not have. */
enum { HALF_BITS = 20, HALF_MASK = (1 << HALF_BITS) - 1, ROUNDS = 6, CODE_LETTERS = 8 };

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static int
refusal_round(struct seal *seal, uint8_t number, uint32_t half, uint32_t *out)
{
	uint8_t in[4] = {number, (uint8_t)(half >> 16), (uint8_t)(half >> 8), (uint8_t)half};
	uint8_t mac[32];
	int e = seal_mac(seal, "refusal-code", in, sizeof(in), mac);

	*out = ((uint32_t)mac[0] << 16 | (uint32_t)mac[1] << 8 | mac[2]) & HALF_MASK;
	return e;
}

/* A Feistel network, one way or the other. */
static int
refusal_permute(struct seal *seal, bool back, uint64_t *value)
{
	uint32_t left = (uint32_t)(*value >> HALF_BITS), right = (uint32_t)(*value & HALF_MASK);
	int e = SKS_OK;

	for (uint8_t i = 0; e == SKS_OK && i < ROUNDS; i++) {
		uint32_t mixed = 0, kept = back ? left : right;

		e = refusal_round(seal, back ? (uint8_t)(ROUNDS - 1 - i) : i, kept, &mixed);
		if (back) {
			left = right ^ mixed;
			right = kept;
		} else {
			right = left ^ mixed;
			left = kept;
		}
	}
	*value = (uint64_t)left << HALF_BITS | right;
	return e;
}

int
refusal_code(struct seal *seal, uint64_t record, char out[REFUSAL_CODE_SIZE])
{
	uint64_t value = record;
	int e;

	out[0] = '\0';
	if (record > UINT32_MAX)
		return SKS_TOO_BIG;
	if ((e = refusal_permute(seal, false, &value)) != SKS_OK)
		return e;
	for (size_t i = CODE_LETTERS; i-- > 0; value >>= 5)
		out[i < CODE_LETTERS / 2 ? i : i + 1] = alphabet[value & 31];
	out[CODE_LETTERS / 2] = '-';
	out[CODE_LETTERS + 1] = '\0';
	return SKS_OK;
}

static int
refusal_letter(char c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
	at = c != '\0' ? strchr(alphabet, c) : NULL;
	return at != NULL ? (int)(at - alphabet) : -1;
}

static bool
refusal_value(const char *text, uint64_t *value)
{
	*value = 0;
	if (strlen(text) != CODE_LETTERS + 1 || text[CODE_LETTERS / 2] != '-')
		return false;
	for (size_t i = 0; i < CODE_LETTERS + 1; i++) {
		int letter = i == CODE_LETTERS / 2 ? 0 : refusal_letter(text[i]);

		if (letter < 0)
			return false;
		if (i != CODE_LETTERS / 2)
			*value = *value << 5 | (uint64_t)letter;
	}
	return true;
}

bool
refusal_is_code(const char *text)
{
	uint64_t value;

	return refusal_value(text, &value);
}

int
refusal_read(struct seal *seal, const char *text, uint64_t *record)
{
	int e;

	if (!refusal_value(text, record))
		return SKS_INVALID;
	if ((e = refusal_permute(seal, true, record)) != SKS_OK)
		return e;
	return *record == 0 || *record > UINT32_MAX ? SKS_INVALID : SKS_OK;
}
