/*
 * JSON that stands inside a script element of a page: whatever text it holds, it can neither
 * end that element nor be taken for a tag or a line by any reader.
 */
#ifndef SEKISHO_REPORT_WRITE_H
#define SEKISHO_REPORT_WRITE_H

#include "buf.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct write {
	struct buf *out; /* its sticky error tells */
	bool comma;
};

void write_open(struct write *w, char bracket); /* '{' or '[' */
void write_close(struct write *w, char bracket);
void write_key(struct write *w, const char *key); /* our own constant */
/* Bytes that are not UTF-8 become U+FFFD. */
void write_text(struct write *w, const char *text, size_t len);
void write_str(struct write *w, const char *text);
void write_int(struct write *w, int64_t value);
void write_bool(struct write *w, bool value);
void write_null(struct write *w);
void write_base64(struct write *w, const void *data, size_t len);
/* Members of an object. */
void write_key_str(struct write *w, const char *key, const char *text);
void write_key_int(struct write *w, const char *key, int64_t value);
/* A list of numbers. */
void write_key_counts(struct write *w, const char *key, const uint64_t *n, size_t count);

#endif
