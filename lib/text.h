/*
 * Text from strangers: is it UTF-8, how is it shown safely, what code did a person type.
 */
#ifndef SEKISHO_TEXT_H
#define SEKISHO_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Well-formed UTF-8 (Unicode 15, table 3-7): no overlong form, no surrogate, at most U+10FFFF.
 */
bool text_is_utf8(const char *s, size_t len);

/* Reads one character of s[len], len > 0. Returns how many bytes it takes; *code is the code point, or
 * UINT32_MAX for an ill-formed sequence: the longest beginning of a possible character, at least one
 * byte. */
size_t text_next(const char *s, size_t len, uint32_t *code);
/* May it be shown? False for what text_clean() replaces. */
bool text_is_plain(uint32_t code);

/*
 * Copies src into dst[size] as valid UTF-8 that is safe on a terminal and on one line: each
 * ill-formed sequence, control character (C0, DEL, C1, line and paragraph separator), bidirectional
 * mark or override and character that is not seen becomes U+FFFD. What does not fit is left out, a
 * character at a time. dst is NUL-terminated unless size is 0. Returns the length of dst.
 */
size_t text_clean(char *dst, size_t size, const char *src);
/* The same for a text of several lines: its newlines and tabs stay. */
size_t text_clean_lines(char *dst, size_t size, const char *src);

/*
 * Normalises a one-time or recovery code as people type it, so that each way of typing gives
 * the same code: full-width digits and letters become ASCII, letters upper case; spaces
 * (ASCII, no-break, U+3000) and hyphens (also those of input methods) are dropped. Returns the
 * length of out, 0 when nothing but spaces was typed; SKS_INVALID for any other character,
 * SKS_TOO_BIG when out[size] cannot hold it with its NUL. On error all of out is wiped. out
 * is a secret of the caller's.
 */
int text_fold_code(const char *typed, char *out, size_t size);

#endif
