/*
 * What a survey says of one file: enough to see that it changed and how much, never what is in
 * it. Between the warden, who looks, and the daemon, who compares.
 */
#ifndef SEKISHO_SURVEY_ENTRY_H
#define SEKISHO_SURVEY_ENTRY_H

#include "buf.h"
#include <stdint.h>

/* Numbers are kept in the store: add at the end. */
enum survey_area {
	AREA_PAM,
	AREA_SUDO,
	AREA_SSHD,
	AREA_NSS,
	AREA_ACCOUNTS,
	AREA_UNITS,
	AREA_PACKAGES,
	AREA_SEKISHO,
	AREA_KEYS,  /* authorized_keys of administrators: text = their accounts, a line each */
	AREA_WATCH, /* text = patterns of the policy, a line each */
	AREA_SETUID, /* setuid, setgid and file capabilities; a slice at a time */
	AREA_COUNT,
};
extern const char *const survey_area_words[];

enum {
	ENTRY_UNREADABLE = 1,
	ENTRY_HUGE = 2,     /* its content was not looked at, only its size */
	ENTRY_CHANGING = 4, /* it changed each time while it was read: compare nothing */
	ENTRY_TEXT = 8,     /* lines are counted */
	ENTRY_PATH_SIZE = 4096,
	ENTRY_DIGEST_SIZE = 32,
};

struct survey_entry {
	char *path;   /* valid UTF-8 without control characters; owned */
	uint8_t kind; /* as ls shows it: - d l p s b c */
	uint8_t flags;
	uint32_t mode; /* permission bits, setuid, setgid and sticky */
	uint32_t uid, gid;
	uint64_t size;
	uint32_t lines;
	uint64_t caps; /* of file capabilities, 0: none; else a digest of them */
	uint8_t digest[ENTRY_DIGEST_SIZE]; /* of the content; of a link: of where it points */
};

void survey_put(struct buf *out, const struct survey_entry *e);
/* Allocates the path. 0, SKS_NOMEM, or why it is none. */
int survey_get(struct buf *in, struct survey_entry *out);
void survey_entry_clear(struct survey_entry *e);

/* What differs between two entries of one path; 0: nothing that counts. */
enum {
	DIFFERS_KIND = 1,
	DIFFERS_CONTENT = 2,
	DIFFERS_MODE = 4,
	DIFFERS_OWNER = 8,
	DIFFERS_CAPABILITY = 16,
	DIFFERS_READABLE = 32,
};
unsigned survey_compare(const struct survey_entry *before, const struct survey_entry *after);

#endif
