/*
 * Which lines of sudoers give an account rights, and which of them lead to root. A reading of our
 * own, on the careful side: what it cannot resolve counts.
 */
#ifndef SEKISHO_CLI_SUDO_PATHS_H
#define SEKISHO_CLI_SUDO_PATHS_H

#include <stdbool.h>
#include <stddef.h>

enum { SUDO_PATHS_MAX = 64, SUDO_ALIASES_MAX = 256 };

struct sudo_path {
	char file[256], text[512];
	int line;
	bool root;
};

struct sudo_paths {
	struct sudo_path path[SUDO_PATHS_MAX];
	size_t count;
	bool whole; /* all files could be read, and nothing had to be left out */
};

/* groups: names, group_count of them. */
void sudo_paths_read(struct sudo_paths *out, const char *sudoers, const char *user, unsigned uid,
    const char *const *groups, size_t group_count);

#endif
