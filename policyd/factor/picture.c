#include "factor/picture.h"

#include "base32.h"
#include "error.h"
#include <qrencode.h>
#include <string.h>

enum { QR_MARGIN = 4, QR_DARK = 1 };

/* By light above and light below; what is light is drawn. */
static const char *const qr_blocks[2][2] = {
    {" ", "\xe2\x96\x84"},            /* lower half */
    {"\xe2\x96\x80", "\xe2\x96\x88"}, /* upper half, full */
};

size_t
qr_columns(size_t width)
{
	return width + 2 * QR_MARGIN;
}

/* Coordinates begin in the margin; what is outside the symbol is light. */
static bool
qr_is_light(const unsigned char *modules, size_t width, size_t row, size_t column)
{
	if (row < QR_MARGIN || column < QR_MARGIN)
		return true;
	row -= QR_MARGIN;
	column -= QR_MARGIN;
	if (row >= width || column >= width)
		return true;
	return (modules[row * width + column] & QR_DARK) == 0;
}

void
qr_render(const unsigned char *modules, size_t width, bool colours, struct buf *out)
{
	size_t side = qr_columns(width);

	for (size_t row = 0; row < side; row += 2) {
		if (colours)
			buf_printf(out, "\033[97;40m");
		for (size_t column = 0; column < side; column++) {
			bool above = qr_is_light(modules, width, row, column);
			bool below = qr_is_light(modules, width, row + 1, column);

			buf_printf(out, "%s", qr_blocks[above][below]);
		}
		buf_printf(out, "%s\n", colours ? "\033[0m" : "");
	}
}

int
picture_draw(const char *text, bool colours, struct buf *out)
{
	QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);

	if (code == NULL)
		return SKS_NOMEM;
	qr_render(code->data, (size_t)code->width, colours, out);
	explicit_bzero(code->data, (size_t)code->width * (size_t)code->width);
	QRcode_free(code);
	return buf_error(out);
}

int
picture_groups(const struct secret *key, struct secret *out)
{
	char text[BASE32_LEN(SECRET_MAX) + 1], spaced[2 * sizeof(text)];
	size_t n = 0;
	int e = SKS_TOO_BIG;

	if (base32_encode(key->bytes, key->len, text, sizeof(text)) >= 0) {
		for (size_t i = 0; text[i] != '\0'; i++) {
			if (i > 0 && i % 4 == 0)
				spaced[n++] = ' ';
			spaced[n++] = text[i];
		}
		spaced[n] = '\0';
		e = secret_set_str(out, spaced);
	}
	explicit_bzero(text, sizeof(text));
	explicit_bzero(spaced, sizeof(spaced));
	return e;
}
