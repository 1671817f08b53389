/*
 * The file behind lib/breakglass.h: reading, writing, and the list of what was burned while it
 * could not be written. Only breakglass.c calls this.
 */
#ifndef SEKISHO_BREAKGLASS_FILE_H
#define SEKISHO_BREAKGLASS_FILE_H

#include "breakglass.h"

enum { BREAKGLASS_SALT_SIZE = 16, BREAKGLASS_HASH_SIZE = 32 };

struct breakglass_entry {
	unsigned int index;
	uint8_t salt[BREAKGLASS_SALT_SIZE];
	uint8_t hash[BREAKGLASS_HASH_SIZE];
	char used[32]; /* when, RFC 3339; empty: unused */
};

struct breakglass_file {
	char ttys[BREAKGLASS_TTYS_SIZE];
	struct breakglass_entry entry[BREAKGLASS_MAX];
	size_t count;
};

int breakglass_hash(const uint8_t salt[BREAKGLASS_SALT_SIZE], const struct secret *code,
    uint8_t hash[BREAKGLASS_HASH_SIZE]);

/* Reads the file and marks as used what the list in /run names. 0, SKS_NOT_FOUND,
 * SKS_UNTRUSTED, SKS_CORRUPT, SKS_IO; on error out is empty. */
int breakglass_file_load(const struct breakglass *place, struct breakglass_file *out);
/* Durably replaces the file. */
int breakglass_file_save(const struct breakglass *place, const struct breakglass_file *file);
/* Adds one burned code to the list in /run. */
int breakglass_file_note_burned(
    const struct breakglass *place, const struct breakglass_entry *entry);
/* SKS_INVALID when empty, too long or not one plain line. Empties the rest of the file. */
int breakglass_file_set_ttys(struct breakglass_file *file, const char *ttys);

#endif
