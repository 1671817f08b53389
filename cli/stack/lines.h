/*
 * The lines of one PAM file as libpam puts them together: continued ones joined, comments off,
 * 1023 bytes at most.
 */
#ifndef SEKISHO_CLI_STACK_LINES_H
#define SEKISHO_CLI_STACK_LINES_H

#include <stdbool.h>
#include <stddef.h>

enum { LINES_SIZE = 1024 }; /* libpam's buffer */

struct lines {
	const char *path; /* the caller's */
	char *bytes;      /* owned */
	size_t size, at;
	unsigned int number; /* of the line that "at" is in */
};

/* Reads a regular file into memory; what is behind STACK_FILE_MAX is left out. false: there is
 * none. Close it when true. */
bool lines_open(struct lines *t, const char *path);
void lines_close(struct lines *t);
/* The next line that is not empty, and where it begins. 1; 0 at the end; -1: libpam gives up
 * here (a line that is continued into nothing, or is too long to be). */
int lines_next(struct lines *t, char line[LINES_SIZE], unsigned int *number);

#endif
