/*
 * The notice before login (LOG-2) as the daemon lays it out for the module and for everybody:
 * a file in the run directory, there only while the policy in force has a notice. So showing it
 * asks nobody, works while the daemon is away, and depends on no account.
 *
 * Lines, each with a word and what it says:
 *
 *	sekisho-notice 1
 *	version 2026-1
 *	language ja		the host's; "en" where it is not given
 *	banner			sshd shows it itself, as its Banner
 *	except sudo		a service where nobody begins a login; any number
 *	en TEXT			a line of the text; "en" alone is an empty one
 *	ja TEXT
 */
#ifndef SEKISHO_NOTICE_H
#define SEKISHO_NOTICE_H

#include <stdbool.h>
#include <stddef.h>

#define NOTICE_NAME   "notice" /* in the run directory */
#define NOTICE_PATH   "/run/sekisho/" NOTICE_NAME
#define NOTICE_BANNER "/etc/sekisho/banner" /* where sshd's copy is looked for */

enum { NOTICE_VERSION_SIZE = 64, NOTICE_TEXT_MAX = 4000, NOTICE_FILE_MAX = 32768 };

struct notice {
	char version[NOTICE_VERSION_SIZE];
	bool japanese; /* the host's language */
	bool banner;
	bool excepted;			  /* the service asked about is one of "except" */
	char en[NOTICE_TEXT_MAX + 1];	  /* lines, each with its newline */
	char ja[NOTICE_TEXT_MAX + 1];
};

/* Reads the file's bytes; service may be NULL. SKS_INVALID, SKS_TOO_BIG; *out is then empty. */
int notice_parse(const void *data, size_t len, const char *service, struct notice *out);
/* The file. SKS_NOT_FOUND where there is none; SKS_UNTRUSTED when it is no regular file or
 * others may write it. */
int notice_read(const char *path, const char *service, struct notice *out);
/* In the host's language; in English where the terminal shows ASCII alone. */
const char *notice_text(const struct notice *n, bool ascii);
/* A console of the kernel or a serial line: nothing there shows Japanese. */
bool notice_terminal_is_ascii(const char *tty);

#endif
