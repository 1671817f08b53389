/* Numbers of bytes as people write and read them: 500M, 2G; powers of 1024. */
#ifndef SEKISHO_SIZE_H
#define SEKISHO_SIZE_H

#include <stdbool.h>
#include <stdint.h>

enum { SIZE_TEXT = 24 };

/* "500M", "2G", "64K", "1T", "1000"; false when it is none, or 2^62 and more. */
bool size_parse(const char *text, int64_t *bytes);
/* "1.4 GiB"; into the caller's array, which is returned. */
const char *size_print(uint64_t bytes, char out[SIZE_TEXT]);

#endif
