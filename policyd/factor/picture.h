/*
 * A key on its way to a device: as a QR code of half blocks, two modules a character, and in
 * groups of four for who types it.
 */
#ifndef SEKISHO_FACTOR_PICTURE_H
#define SEKISHO_FACTOR_PICTURE_H

#include "buf.h"
#include "secret.h"
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

/* A text as such a picture. SKS_NOMEM, SKS_TOO_BIG. */
int picture_draw(const char *text, bool colours, struct buf *out);
/* The key in base32, in groups of four. SKS_TOO_BIG. */
int picture_groups(const struct secret *key, struct secret *out);

#endif
