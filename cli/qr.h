/*
 * QR codes on standard output.
 */
#ifndef SEKISHO_CLI_QR_H
#define SEKISHO_CLI_QR_H

#include "factor/picture.h"

/* Prints it as a QR code, or "instead" where the terminal is too narrow or shows no UTF-8. */
void qr_print(const char *text, const char *instead);

#endif
