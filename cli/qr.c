#include "qr.h"

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
