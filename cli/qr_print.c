/* A text as a QR code on standard output, where the terminal can show it. */
#include "i18n.h"
#include "qr.h"
#include <langinfo.h>
#include <qrencode.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static size_t
terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

/* The C locale says nothing about the terminal; any other that is not UTF-8 does. */
static bool
shows_blocks(void)
{
	const char *codeset = nl_langinfo(CODESET);

	return strcmp(codeset, "UTF-8") == 0 || strcmp(codeset, "ANSI_X3.4-1968") == 0;
}

void
qr_print(const char *text, const char *instead)
{
	bool terminal = isatty(STDOUT_FILENO);
	QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
	struct buf drawing;

	if (code == NULL)
		return;
	if (!shows_blocks() ||
	    (terminal && qr_columns((size_t)code->width) > terminal_width())) {
		fputs(instead, stdout);
	} else {
		buf_init(&drawing, 1 << 20);
		qr_render(code->data, (size_t)code->width, terminal, &drawing);
		if (buf_error(&drawing) == 0)
			fwrite(drawing.data, 1, drawing.len, stdout);
		buf_clear(&drawing);
	}
	explicit_bzero(code->data, (size_t)code->width * (size_t)code->width);
	QRcode_free(code);
}
