/*
 * One table describes a structure once: its wire form, its form in records, and back.
 *
 * Wire: for each field that is not zero or empty: u16 tag, u16 length, bytes; tags ascend.
 * A repeated or descending tag is SKS_INVALID. An unknown tag below FIELDS_OPTIONAL is
 * SKS_INVALID; from FIELDS_OPTIONAL on it is skipped, so that an older and a newer side can
 * talk while an upgrade runs.
 */
#ifndef SEKISHO_FIELDS_H
#define SEKISHO_FIELDS_H

#include "buf.h"
#include <stddef.h>
#include <stdint.h>

enum { FIELDS_OPTIONAL = 0x8000 };

enum field_type {
	FIELD_U32,    /* uint32_t */
	FIELD_U64,    /* uint64_t */
	FIELD_I64,    /* int64_t */
	FIELD_BOOL,   /* bool */
	FIELD_STR,    /* char[size], NUL-terminated; control characters are refused */
	FIELD_TEXT,   /* char[size], NUL-terminated; newline and tab allowed */
	FIELD_SECRET, /* struct secret; on the wire only, never in a record */
};

struct field {
	const char *name; /* its key in records, e.g. "source.ip"; NULL: wire only */
	const char *const *words; /* for a FIELD_U32 enum: words[value], NULL-terminated; else NULL */
	size_t offset;
	size_t size; /* of a FIELD_STR or FIELD_TEXT, NUL included */
	uint16_t tag;
	enum field_type type;
};

struct fields {
	const struct field *row; /* by ascending tag */
	size_t count;
	size_t struct_size;
};

/* row(s) of a table: FIELD(struct request, user, FIELD_STR, 3, "user.name") */
#define FIELD(strukt, member, kind, tag_, name_)                                               \
	{                                                                                      \
		.name = (name_), .words = NULL, .offset = offsetof(strukt, member),            \
		.size = sizeof(((strukt *)0)->member), .tag = (tag_), .type = (kind)           \
	}
#define FIELD_ENUM(strukt, member, words_, tag_, name_)                                        \
	{                                                                                      \
		.name = (name_), .words = (words_), .offset = offsetof(strukt, member),        \
		.size = sizeof(((strukt *)0)->member), .tag = (tag_), .type = FIELD_U32        \
	}
#define FIELDS(strukt, rows)                                                                   \
	{                                                                                      \
		.row = (rows), .count = sizeof(rows) / sizeof((rows)[0]),                      \
		.struct_size = sizeof(strukt)                                                  \
	}

/* Appends obj's fields to out; the sticky error of out tells. */
void fields_encode(const struct fields *f, const void *obj, struct buf *out);
/* Zeroes obj, then reads all of "in". 0 or a negative error; on error obj is wiped. */
int fields_decode(const struct fields *f, struct buf *in, void *obj);
/* Wipes obj (secrets included). */
void fields_clear(const struct fields *f, void *obj);
/* The word of an enum row's value, or "?" */
const char *fields_word(const char *const *words, uint32_t value);
/* The value of a word, or -1. */
int fields_value(const char *const *words, const char *word);

#endif
