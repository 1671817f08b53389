/*
 * Any bytes as sudoers, a file that it includes and sudo.conf (in this order, behind 0x1e):
 * read within bounds, the same at a second look, and whoever is given everything is named.
 */
#include <dirent.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"

/* ---- the files --------------------------------------------------------------------------- */

/* Every directory holds "a". */
static int
fuzz_scandir(struct dirent ***entry)
{
	*entry = calloc(1, sizeof(**entry));
	if (*entry == NULL || ((*entry)[0] = calloc(1, sizeof(***entry))) == NULL)
		abort();
	(void)strcpy((*entry)[0]->d_name, "a");
	return 1;
}

#define fopen(path, mode)                    fuzz_fopen(path)
#define scandir(dir, entry, filter, compare) ((void)(filter), fuzz_scandir(entry))
#define access(path, mode)                   (-1)
#define sudo_lines_read                      whole_lines_read
#include "../../cli/check_sudo_file.c"
#undef sudo_lines_read
#undef fopen

/* Each line ends where its memory ends. */
struct fuzz_taking {
	sudo_take *take;
	void *context;
};

static void
fuzz_take(void *context, const char *file, int line, const char *text)
{
	const struct fuzz_taking *t = context;
	char *copy = strdup(text);

	if (copy == NULL || line < 1)
		abort();
	t->take(t->context, file, line, copy);
	free(copy);
}

bool
sudo_lines_read(const char *sudoers, sudo_take *take, void *context)
{
	struct fuzz_taking t = {take, context};

	return whole_lines_read(sudoers, fuzz_take, &t);
}

/* ---- the readers ------------------------------------------------------------------------- */

bool role_gives_everything(const char *command);

bool
role_gives_everything(const char *command)
{
	return strcmp(command, "ALL") == 0 || strncmp(command, "/bin/sh", 7) == 0;
}

#define innetgr(group, host, user, domain) (strcmp(group, "net") == 0)
#include "../../cli/sudo_paths.c"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[FUZZ_FILES] = {"/d/sudoers", "/d/a", "/d/sudo.conf"};
	static const char *const groups[] = {"adm", "sudo"};
	static struct sudo_paths paths, again;
	struct sudo_settings settings;

	if (size > FUZZ_MAX)
		return 0;
	fuzz_name_files(names);
	fuzz_split_files(data, size);
	sudo_settings_read(&settings, "/d/sudoers", "/d/sudo.conf");
	expect(settings.seen == (files[0].size > 0));
	sudo_paths_read(&paths, "/d/sudoers", "bob", 1001, groups, 2);
	sudo_paths_read(&again, "/d/sudoers", "bob", 1001, groups, 2);
	expect(memcmp(&paths, &again, sizeof(paths)) == 0);
	expect(paths.count <= SUDO_PATHS_MAX && (settings.seen || !paths.whole));
	for (size_t i = 0; i < paths.count; i++)
		expect(paths.path[i].line > 0 && paths.path[i].text[0] != '\0');
	return 0;
}
