/*
 * Looking at files for changes, in a child of the warden. Everything is bounded: files, bytes,
 * depth and time. No link is followed but where it stands for a file that was named; nothing
 * but regular files is opened.
 */
#ifndef SEKISHO_WARDEN_SURVEY_H
#define SEKISHO_WARDEN_SURVEY_H

#include "buf.h"
#include "survey/entry.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum {
	SURVEY_FILES_MAX = 5000,          /* in one answer */
	SURVEY_FILE_MAX = 64 << 20,       /* beyond it only the size is told */
	SURVEY_BYTES_MAX = 512 << 20,     /* read for one answer; then the size alone is told */
	SURVEY_DEPTH_MAX = 48,
	SURVEY_TIME_MS = 15000,
	SURVEY_TRIES = 3, /* at a file that changes while it is read */
};

struct survey {
	struct buf out; /* entries */
	size_t files, visited;
	uint64_t bytes;
	int64_t until_ms; /* monotonic */
	bool cut;	  /* not everything is in it */
	bool full;	  /* a bound was met: nothing more is to come */
};

/* One file, whatever it is: name within dir (a descriptor), path for people. follow: a link
 * that was named itself. */
void survey_file(struct survey *s, int dir, const char *name, const char *path,
    const struct stat *st, bool follow);
/* The digest of its file capabilities; 0: none. */
uint64_t survey_capabilities(int dir, const char *name);

/* walk.c: setuid, setgid and capabilities below all local file systems, from behind "cursor"
 * ("": the beginning) for some time. ignore: patterns, a line each. cursor[size] becomes where
 * to go on, "" at the end. */
void walk_slice(struct survey *s, char *cursor, size_t size, const char *ignore);

#endif
