/*
 * Any bytes as sshd_config, a file that it includes and what "sshd -T" prints (in this order,
 * behind 0x1e): read within bounds, and every hole that is named is in a block that is there.
 */
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

/* Whatever is asked for is there twice, as itself and as "a". */
static int
fuzz_glob(char *pattern, glob_t *found)
{
	static char *path[2], other[] = "/d/a";

	path[0] = pattern;
	path[1] = other;
	*found = (glob_t){.gl_pathc = 2, .gl_pathv = path};
	return 0;
}

#define fopen(path, mode)                  fuzz_fopen(path)
#define glob(pattern, flags, error, found) fuzz_glob(pattern, found)
#define globfree(found)                    ((void)(found))
#include "../../cli/check_sshd_match.c"
#include "../../cli/check_sshd_settings.c"

static void
try_matches(void)
{
	static struct sshd_matches m;

	sshd_matches_read(&m, "/d/sshd_config", "/d");
	expect(m.count <= SSHD_MATCHES_MAX);
	for (size_t i = 0; i < m.count; i++) {
		const char *criteria = m.item[i].criteria;
		size_t len = strlen(criteria);

		expect(m.item[i].hole <= SSHD_HOST_BASED && len < sizeof(m.item[i].criteria));
		expect(len > 0);
		expect(memmem(files[0].data, files[0].size, criteria, len) != NULL ||
		       memmem(files[1].data, files[1].size, criteria, len) != NULL);
	}
}

static void
try_settings(void)
{
	static struct sshd_settings s;
	FILE *in = fuzz_fopen("-T");
	char line[1024];

	if (in == NULL)
		return;
	memset(&s, 0, sizeof(s));
	while (fgets(line, sizeof(line), in) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		sshd_settings_take(&s, line);
	}
	(void)fclose(in);
	expect(s.seen || !s.pam);
	/* a list is named by its words: what has none of ours asks nothing of us */
	if (s.methods[0] != '\0' && strstr(s.methods, "keyboard-interactive") == NULL &&
	    s.methods[strspn(s.methods, " ")] != '\0')
		expect(sshd_settings_allow_without_prompt(&s));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[FUZZ_FILES] = {"/d/sshd_config", "/d/a", "-T"};
	if (size > FUZZ_MAX)
		return 0;
	fuzz_name_files(names);
	fuzz_split_files(data, size);
	try_matches();
	try_settings();
	return 0;
}
