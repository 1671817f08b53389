/* sekisho run: hands over to the program that has the file capabilities for it. */
#include "cli.h"
#include "i18n.h"
#include "protocol.h"
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM SEKISHO_LIBEXEC "/sekisho-run"

int
run_with_role(char *const *argv)
{
	(void)execv(PROGRAM, argv);
	fprintf(stderr, "sekisho: " PROGRAM ": %s\n", strerror(errno));
	return STATUS_UNREACHABLE;
}

int
run_run(const struct args *args)
{
	char *argv[ARGS_WORDS_MAX + 3] = {NULL};
	static char name[] = "sekisho-run", end[] = "--";
	size_t n = 0;

	argv[n++] = name;
	argv[n++] = end;
	for (size_t i = 0; i < args->word_count; i++)
		argv[n++] = (char *)(uintptr_t)args->word[i];
	return run_with_role(argv);
}
