/* The command: finds the subcommand that the words name, and runs it. */
#include "cli.h"
#include "error.h"
#include "help.h"
#include "i18n.h"
#include "protocol.h"
#include "show.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static int
main_refuse(const char *what)
{
	fprintf(stderr, "sekisho: %s\n", what);
	fputs(_("\"sekisho --help\" lists the commands.\n"), stderr);
	return STATUS_USAGE;
}

static bool
main_noun_exists(const char *noun)
{
	for (size_t i = 0; i < subcommand_count; i++) {
		if (strcmp(subcommand_table[i].noun, noun) == 0)
			return true;
	}
	return false;
}

static int
main_unknown_noun(const char *word)
{
	const char *nearest = help_nearest_noun(word);
	char what[256];

	if (nearest == NULL)
		snprintf(what, sizeof(what), _("there is no command \"%s\"."), word);
	else
		snprintf(what, sizeof(what),
		    _("there is no command \"%s\". Do you mean \"%s\"?"), word, nearest);
	return main_refuse(what);
}

static int
main_unknown_verb(const char *noun, const char *word)
{
	const char *nearest = help_nearest_verb(noun, word);
	char what[256];

	if (nearest == NULL)
		snprintf(what, sizeof(what), _("there is no command \"%s %s\"."), noun, word);
	else
		snprintf(what, sizeof(what),
		    _("there is no command \"%s %s\". Do you mean \"%s %s\"?"), noun, word,
		    noun, nearest);
	return main_refuse(what);
}

static bool
main_is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
	       strcmp(word, "help") == 0;
}

/* The row for noun and verb; *used words name it. NULL after saying why, with *status. */
static const struct subcommand *
main_find(int argc, char *const *argv, int *used, int *status)
{
	const char *noun = argv[0];

	for (size_t i = 0; i < subcommand_count; i++) {
		const struct subcommand *c = &subcommand_table[i];

		if (strcmp(c->noun, noun) != 0)
			continue;
		*used = c->verb == NULL ? 1 : 2;
		if (c->verb == NULL || (argc > 1 && strcmp(argv[1], c->verb) == 0))
			return c;
	}
	if (!main_noun_exists(noun)) {
		*status = main_unknown_noun(noun);
	} else if (argc > 1 && !main_is_help(argv[1])) {
		*status = main_unknown_verb(noun, argv[1]);
	} else {
		*status = argc > 1 ? STATUS_DONE : STATUS_USAGE;
		help_print_noun(argc > 1 ? stdout : stderr, noun);
	}
	return NULL;
}

/* What did not reach the paper or the disk was not done: codes are shown only once. */
static int
main_finish(int status)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return status;
	fputs(_("sekisho: the output could not be written, so it is not complete.\n"), stderr);
	return status == STATUS_DONE ? STATUS_INCOMPLETE : status;
}

static int
main_run(const struct subcommand *command, int argc, char *const *argv, bool json)
{
	struct args args = {.command = command};
	char why[512];

	if (json)
		args.given[args.given_count++].option = OPT_JSON;
	if (args_parse(&args, argc, argv, why, sizeof(why)) != SKS_OK ||
	    (!args_has(&args, OPT_HELP) &&
		args_check_words(&args, why, sizeof(why)) != SKS_OK)) {
		char name[64];

		fprintf(stderr, "sekisho: %s\n", why);
		help_print_usage(stderr, command);
		fprintf(stderr, _("\"%s --help\" says more.\n"),
		    help_name(command, name, sizeof(name)));
		return STATUS_USAGE;
	}
	if (args_has(&args, OPT_HELP)) {
		help_print_command(stdout, command);
		return STATUS_DONE;
	}
	if (args_has(&args, OPT_LANG))
		i18n_init(args_value(&args, OPT_LANG));
	return main_finish(command->run(&args));
}

/* "sekisho help NOUN VERB" is "sekisho NOUN VERB --help". */
static int
main_help(int argc, char *const *argv)
{
	static char help[] = "--help";
	char *const alone[] = {help};
	const struct subcommand *command;
	int used, status = STATUS_DONE;

	if (argc == 0) {
		help_print_all(stdout);
		return STATUS_DONE;
	}
	if (argc == 1 && main_noun_exists(argv[0])) {
		char *const words[] = {argv[0], help};

		command = main_find(2, words, &used, &status);
	} else {
		command = main_find(argc, argv, &used, &status);
	}
	return command == NULL ? status : main_run(command, 1, alone, false);
}

int
main(int argc, char **argv)
{
	const struct subcommand *command;
	int used = 0, status = STATUS_USAGE;
	bool json = false;

	/* What is typed here must not end up in a core file. */
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGPIPE, SIG_DFL);
	show_wipe_json_memory();
	i18n_init(NULL);
	argc--;
	argv++;
	if (argc > 0 && strcmp(argv[0], "--complete") == 0) {
		help_complete(stdout, argc - 1, argv + 1);
		return STATUS_DONE;
	}
	while (argc > 0 && strcmp(argv[0], "--json") == 0) {
		json = true;
		argc--;
		argv++;
	}
	if (argc == 0) {
		help_print_all(stderr);
		return STATUS_USAGE;
	}
	if (main_is_help(argv[0]))
		return main_help(argc - 1, argv + 1);
	if (argv[0][0] == '-')
		return main_refuse(_("a command comes first, its options after it."));
	/* the words behind it are another program's */
	if (argc > 2 && strcmp(argv[0], "run") == 0 && strcmp(argv[1], "--") == 0)
		return run_with_role(argv);
	command = main_find(argc, argv, &used, &status);
	if (command == NULL)
		return status;
	return main_run(command, argc - used, argv + used, json);
}
