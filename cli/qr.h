/*
 * QR codes in a terminal: two modules a character, by half blocks.
 */
#ifndef SEKISHO_CLI_QR_H
#define SEKISHO_CLI_QR_H

#include "buf.h"
#include <stdbool.h>
#include <stddef.h>

/* Characters that a symbol of "width" modules takes in a line, its margin included. */
size_t qr_columns(size_t width);

/*
 * Draws width * width modules (bit 0 of a byte: dark), with a margin of four light ones on each
 * side (ISO/IEC 18004), as UTF-8 lines. Light modules are drawn, dark ones left out: on a dark
 * terminal that is right as it stands; with "colours" each line also sets white on black, so
 * that it is right on any. The sticky error of out tells.
 */
void qr_render(const unsigned char *modules, size_t width, bool colours, struct buf *out);

/* Prints it as a QR code, or "instead" where the terminal is too narrow or shows no UTF-8. */
void qr_print(const char *text, const char *instead);

#endif
