/*
 * Records in the forms that others read. In each the stored body stands as it was hashed, so
 * that it can be held against the header: the whole line (json), the last column (csv), the
 * member raw_data (ocsf).
 */
#ifndef SEKISHO_CLI_EXPORT_FORMAT_H
#define SEKISHO_CLI_EXPORT_FORMAT_H

#include "buf.h"
#include "store/store.h"

struct export_format {
	const char *name; /* of --format */
	const char *file;
	const char *head; /* what the file begins with; NULL: nothing */
	/* Appends one record with a body: one line. The sticky error of out tells. */
	void (*put)(struct buf *out, const struct log_row *row, const struct record *header);
};

/* NULL: there is none of that name. */
const struct export_format *export_format_find(const char *name);

#endif
