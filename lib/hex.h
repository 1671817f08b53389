/* Bytes as hexadecimal digits, lower case, two a byte. */
#ifndef SEKISHO_HEX_H
#define SEKISHO_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one digit is worth, a capital too; -1: it is none. */
int hex_digit(char c);
/* Into out[2 * len + 1], with its NUL. Returns out. No copy stays anywhere else. */
char *hex_put(char *out, const uint8_t *data, size_t len);
/* All of text into out[len]; false unless it is exactly 2 * len digits, none a capital. Then
 * out is undefined. */
bool hex_read(const char *text, uint8_t *out, size_t len);

#endif
