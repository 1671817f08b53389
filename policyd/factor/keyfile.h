/*
 * The file of the key ring: root's alone, replaced as a whole, so that a crash leaves the ring
 * of before or the one of after.
 *
 * "space" is KEYRING_FILE_MAX bytes of the caller's, in locked memory where there is such: the
 * file's text passes through it and is wiped before each return. why[] gets one sentence.
 */
#ifndef SEKISHO_KEYFILE_H
#define SEKISHO_KEYFILE_H

#include "factor/keyring.h"

#define KEYFILE_PATH       "/etc/sekisho/key"
#define KEYFILE_CREDENTIAL "sekisho.key" /* its name in $CREDENTIALS_DIRECTORY */

/* Reads a file that belongs to root or us, at most 0600, below safe directories. SKS_NOT_FOUND,
 * SKS_UNTRUSTED, SKS_INVALID (not a key ring, or damaged), SKS_INTERNAL, SKS_IO. */
int keyfile_read(
    const char *path, struct keyring *ring, void *space, char *why, size_t why_size);
/* Puts a new ring at path, unless somebody else just did: then theirs stays. */
int keyfile_make(const char *path, int64_t now_ms, struct keyring *ring, void *space, char *why,
    size_t why_size);
/* Replaces the file, then overwrites what the one before held, and what others were killed over.
 * The caller sees to it that nobody else writes it. 0, or the error with the file as
 * it was. */
int keyfile_write(
    const char *path, const struct keyring *ring, void *space, char *why, size_t why_size);
/* The same for any file of keys: replaces it as a whole (0600), overwrites the one before. */
int keyfile_replace(
    const char *path, const void *data, size_t len, char *why, size_t why_size);
/* Overwrites a file's bytes and takes it away, both synced. What that means on a disk that
 * copies on write is for the manual to say. SKS_NOT_FOUND, SKS_IO, SKS_READONLY. */
int keyfile_destroy(const char *path, char *why, size_t why_size);

/* Where a key is to be read: $CREDENTIALS_DIRECTORY/name when the service manager put it there,
 * else path. True: a credential. */
bool keyfile_find(const char *name, const char *path, char *out, size_t size);

#endif
