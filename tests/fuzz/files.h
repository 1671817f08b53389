/*
 * Files that are made of the input: parts behind each other, 0x1e between them. Where a reader is
 * included behind "#define fopen(path, mode) fuzz_fopen(path)" it reads these and no others.
 */
#ifndef SEKISHO_TESTS_FUZZ_FILES_H
#define SEKISHO_TESTS_FUZZ_FILES_H

#include "fuzz.h"
#include <stdio.h>
#include <string.h>

enum { FUZZ_FILES = 3, FUZZ_MAX = 4096 };

/* The fuzzer gives the names, the input the rest. */
static struct {
	const char *path;
	const uint8_t *data;
	size_t size;
} files[FUZZ_FILES];

static inline void
fuzz_name_files(const char *const path[FUZZ_FILES])
{
	for (size_t i = 0; i < FUZZ_FILES; i++)
		files[i].path = path[i];
}

static inline void
fuzz_split_files(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < FUZZ_FILES; i++) {
		const uint8_t *end = memchr(data, 0x1e, size);
		size_t len = end != NULL ? (size_t)(end - data) : size;

		files[i].data = data;
		files[i].size = len;
		data += end != NULL ? len + 1 : len;
		size -= end != NULL ? len + 1 : len;
	}
}

/* NULL: there is none of that name, or it is empty. */
static inline FILE *
fuzz_fopen(const char *path)
{
	for (size_t i = 0; i < FUZZ_FILES; i++) {
		if (files[i].size > 0 && strcmp(path, files[i].path) == 0)
			return fmemopen((void *)(uintptr_t)files[i].data, files[i].size, "r");
	}
	return NULL;
}

#endif
