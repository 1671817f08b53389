/*
 * The bundle: "sekisho policy bundle 1\n", then for each file "file NAME LENGTH\n", its bytes
 * and "\n". One policy has one bundle, byte for byte: no leading zeros, no other blanks, no
 * name twice. NAME is policy.conf or policy.d/….
 */
#ifndef SEKISHO_BUNDLE_H
#define SEKISHO_BUNDLE_H

#include "policy/policy.h"

enum { BUNDLE_NAME_MAX = 200, BUNDLE_FILES_MAX = 1024 };

struct bundle {
	const char *at; /* what is not read yet; the caller's memory */
	size_t left;
};

struct bundle_file {
	char name[BUNDLE_NAME_MAX + 1];
	const char *text; /* inside the bundle */
	size_t len;
};

/* Begins to read. 0, or SKS_INVALID when it is no bundle of this version. */
int bundle_open(struct bundle *b, const void *data, size_t len);
/* The next file. 0, SKS_NOT_FOUND at the proper end, SKS_INVALID. */
int bundle_next(struct bundle *b, struct bundle_file *file);
/* Writes one from texts: begin, then each file in its order (policy.conf, then the drop-ins by
 * name). The sticky error of out tells. */
void bundle_begin(struct buf *out);
void bundle_put(struct buf *out, const struct bundle_file *file);

#endif
