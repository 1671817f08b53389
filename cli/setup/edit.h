/*
 * Sekisho's lines in a PAM service file: from its text and that of common-auth to a new text.
 * Pure: reads and writes no file. What it does not understand it refuses, with the line.
 */
#ifndef SEKISHO_CLI_SETUP_EDIT_H
#define SEKISHO_CLI_SETUP_EDIT_H

#include "buf.h"
#include <stdbool.h>
#include <stddef.h>

/* Modules of others that "setup --from" takes the place of: their lines are taken out. */
enum edit_from {
	EDIT_FROM_GOOGLE = 1,
	EDIT_FROM_OATH = 2,
	EDIT_FROM_FAILLOCK = 4,
	EDIT_FROM_PWQUALITY = 8,
};
/* The bit of "pam_google_authenticator" and so on, with or without "pam_" and ".so"; 0: none.
 */
unsigned int edit_from_word(const char *word);

enum { EDIT_FACTORS_MAX = 6, EDIT_LINE_MAX = 1024, EDIT_LINES_MAX = 400 };

/* One line of a PAM file in words; empty strings where it has fewer. */
struct edit_line {
	char type[32], control[256], module[256], options[EDIT_LINE_MAX];
};
/* Without the comment. False for an empty line or a comment. */
bool edit_line_read(const char *text, size_t len, struct edit_line *out);

/* How this host checks a password: the modules of common-auth, in order. */
struct edit_host {
	char factor[EDIT_FACTORS_MAX][EDIT_LINE_MAX]; /* "pam_unix.so", with options kept */
	size_t factor_count;
	char optional[EDIT_FACTORS_MAX][EDIT_LINE_MAX]; /* whole lines that bind nothing */
	size_t optional_count;
};

/* 0, or SKS_INVALID with one sentence in why[]. */
int edit_host_read(const char *common_auth, size_t len, unsigned int from,
    struct edit_host *out, char *why, size_t why_size);
/* The lines of sekisho-auth for that host; with_key: those of sshd, which may jump over them.
 */
void edit_host_write(const struct edit_host *host, bool with_key, struct buf *out);

/*
 * The text of a service with our lines in it. 0; SKS_CONFLICT when it has them already;
 * SKS_INVALID with one sentence in why[].
 */
int edit_service(const char *service, const char *text, size_t len,
    const struct edit_host *host, unsigned int from, struct buf *out, char *why,
    size_t why_size);

/* sudo.conf with the lines of both plugins at its end; sudoers' own are sudo's default. 0;
 * SKS_CONFLICT when it is so already. */
int edit_sudo_conf(const char *text, size_t len, struct buf *out);

/* sshd_config with its drop-in directory read first. 0; SKS_CONFLICT when it is so already. */
int edit_sshd_config(const char *text, size_t len, struct buf *out);

#endif
