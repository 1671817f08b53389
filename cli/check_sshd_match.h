/*
 * Match blocks of sshd_config: "sshd -T" shows what holds outside of them only.
 */
#ifndef SEKISHO_CLI_CHECK_SSHD_MATCH_H
#define SEKISHO_CLI_CHECK_SSHD_MATCH_H

#include <stddef.h>

enum { SSHD_MATCHES_MAX = 32 };
enum sshd_hole { SSHD_EMPTY_PASSWORDS, SSHD_NO_QUESTION, SSHD_METHOD_NONE, SSHD_HOST_BASED };

struct sshd_match {
	enum sshd_hole hole;
	char criteria[128]; /* "user bob"; "" outside of a block */
};

struct sshd_matches {
	struct sshd_match item[SSHD_MATCHES_MAX];
	size_t count; /* those that found room */
};

/* file: /etc/ssh/sshd_config; what it includes is read too, relative to "dir". */
void sshd_matches_read(struct sshd_matches *out, const char *file, const char *dir);

#endif
