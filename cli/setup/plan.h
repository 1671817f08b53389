/*
 * What setup would change, worked out before anything is: files with their new bytes, and what
 * a person should know about them. Reads the host, changes nothing.
 */
#ifndef SEKISHO_CLI_SETUP_PLAN_H
#define SEKISHO_CLI_SETUP_PLAN_H

#include "args.h"
#include "edit.h"
#include "rollback/transaction.h"
#include <stdio.h>

#define PAM_DIR "/etc/pam.d"

enum { PLAN_SERVICES_MAX = 16, PLAN_NOTES_MAX = 64 << 10 };

struct plan {
	struct change change[MANIFEST_FILES_MAX]; /* in the order of applying: PAM files last */
	struct buf old[MANIFEST_FILES_MAX];       /* what they hold now */
	size_t count;
	size_t pam_first;                      /* from this one on they are PAM files */
	char services[MANIFEST_SERVICES_SIZE]; /* those that change, with commas */
	const char *service[PLAN_SERVICES_MAX];
	size_t service_count;
	unsigned int from; /* enum edit_from */
	struct edit_host host;
	bool sshd, policy; /* sshd's settings, the policy's files change */
	struct buf notes;  /* sentences, a line each */
};

void plan_init(struct plan *p);
void plan_clear(struct plan *p);
/* Fills it from the options (parts.c). Status; a refusal is said. */
int plan_make(struct plan *p, const struct args *args);
/* A file that is to hold these bytes; nothing when it does already. Status; said. */
int plan_put(struct plan *p, const char *path, mode_t mode, const void *bytes, size_t len);
/* The whole of a file of the host, through a link too; the caller clears the text, after an error too.
 * SKS_NOT_FOUND where there is none; SKS_TOO_BIG, SKS_IO. */
int plan_slurp(const char *path, struct buf *text);
/* Says why, a sentence, and that nothing was changed. STATUS_REFUSED. */
int plan_refuse(const char *why);
/* Is it one of those that change? */
bool plan_has_service(const struct plan *p, const char *name);
/* A sentence for the person. */
void plan_note(struct plan *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* All of it as unified differences, then the notes. */
void plan_print(const struct plan *p, FILE *out);

#endif
