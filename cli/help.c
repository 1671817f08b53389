#include "help.h"

#include "audit/event.h"
#include "cli.h"
#include "error.h"
#include "i18n.h"
#include "paper/paper.h"
#include "policy/nearest.h"
#include "table.h"
#include <stdbool.h>
#include <string.h>

enum { HELP_COLUMN = 28, HELP_WIDTH = 96, WORDS_MAX = 64 };

const char *
help_name(const struct subcommand *command, char *out, size_t size)
{
	if (command->verb == NULL)
		snprintf(out, size, "sekisho %s", command->noun);
	else
		snprintf(out, size, "sekisho %s %s", command->noun, command->verb);
	return out;
}

/* "  label      text", the text folded and indented below itself. */
static void
help_print_item(FILE *out, const char *label, const char *text)
{
	size_t column = table_width(label) + 2;

	fprintf(out, "  %s", label);
	if (column + 2 > HELP_COLUMN) {
		fputc('\n', out);
		column = 0;
	}
	fprintf(out, "%*s", (int)(HELP_COLUMN - column), "");
	table_fold(out, text, HELP_COLUMN, HELP_WIDTH);
}

static void
help_print_options(FILE *out, const struct subcommand *command)
{
	OPTION_SET options = command->options | OPTION(JSON) | OPTION(HELP);
	char label[64];

	fprintf(out, "\n%s\n", _("Options:"));
	for (int i = 0; i < OPT_COUNT; i++) {
		const struct option_info *o = &option_table[i];

		if ((options >> i & 1) == 0)
			continue;
		snprintf(label, sizeof(label), o->value == NULL ? "--%s" : "--%s %s", o->name,
		    o->value);
		help_print_item(out, label, _(o->help));
	}
}

void
help_print_usage(FILE *out, const struct subcommand *command)
{
	char name[64];

	fprintf(out, _("Usage: %s%s%s [OPTION…]"), help_name(command, name, sizeof(name)),
	    command->words[0] == '\0' ? "" : " ", command->words);
	fputc('\n', out);
}

/* Paragraphs are separated by newlines; lines that begin with two spaces stay as they are and
 * together. */
static void
help_print_more(FILE *out, const char *more)
{
	bool before = false;

	while (*more != '\0') {
		size_t len = strcspn(more, "\n");
		bool as_it_is = strncmp(more, "  ", 2) == 0;
		char paragraph[2048];

		snprintf(paragraph, sizeof(paragraph), "%.*s", (int)len, more);
		if (!as_it_is || !before)
			fputc('\n', out);
		if (as_it_is)
			fprintf(out, "%s\n", paragraph);
		else
			table_fold(out, paragraph, 0, HELP_WIDTH);
		before = as_it_is;
		more += len;
		if (*more == '\n')
			more++;
	}
}

void
help_print_command(FILE *out, const struct subcommand *command)
{
	help_print_usage(out, command);
	fputc('\n', out);
	table_fold(out, _(command->summary), 0, HELP_WIDTH);
	if (command->more != NULL)
		help_print_more(out, _(command->more));
	help_print_options(out, command);
}

static void
help_print_row(FILE *out, const struct subcommand *command)
{
	char label[96];

	snprintf(label, sizeof(label), "%s%s%s%s%s", command->noun,
	    command->verb == NULL ? "" : " ", command->verb == NULL ? "" : command->verb,
	    command->words[0] == '\0' ? "" : " ", command->words);
	help_print_item(out, label, _(command->summary));
}

void
help_print_noun(FILE *out, const char *noun)
{
	fprintf(out, _("Usage: sekisho %s COMMAND [OPTION…]"), noun);
	fputs("\n\n", out);
	for (size_t i = 0; i < subcommand_count; i++) {
		if (strcmp(subcommand_table[i].noun, noun) == 0)
			help_print_row(out, &subcommand_table[i]);
	}
	fprintf(out, "\n");
	fprintf(out, _("\"sekisho %s COMMAND --help\" says more about one."), noun);
	fputc('\n', out);
}

void
help_print_all(FILE *out)
{
	fprintf(out, "%s\n\n", _("Usage: sekisho COMMAND [OPTION…]"));
	for (size_t i = 0; i < subcommand_count; i++)
		help_print_row(out, &subcommand_table[i]);
	fputs("\n", out);
	table_fold(out,
	    _("Each takes --json (for programs) and --help (all its options). Exit status: 0 "
	      "done, "
	      "1 refused, 2 wrong usage, 3 the daemon cannot be reached, 4 tampered with, 5 "
	      "incomplete, 6 stale, 7 unreadable."),
	    0, HELP_WIDTH);
}

/* ---- suggestions ------------------------------------------------------------------------ */

/* Each noun once, or the verbs of one. */
static size_t
help_words(const char *noun, const char *words[WORDS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < subcommand_count && n < WORDS_MAX; i++) {
		const struct subcommand *c = &subcommand_table[i];

		if (noun != NULL && (strcmp(c->noun, noun) != 0 || c->verb == NULL))
			continue;
		if (noun == NULL && n > 0 && strcmp(words[n - 1], c->noun) == 0)
			continue;
		words[n++] = noun == NULL ? c->noun : c->verb;
	}
	return n;
}

const char *
help_nearest_noun(const char *word)
{
	const char *words[WORDS_MAX];
	size_t n = help_words(NULL, words);

	return nearest_word(word, words, n);
}

const char *
help_nearest_verb(const char *noun, const char *word)
{
	const char *words[WORDS_MAX];
	size_t n = help_words(noun, words);

	return nearest_word(word, words, n);
}

/* ---- completion -------------------------------------------------------------------------- */

static void
help_complete_paper(FILE *out)
{
	for (size_t i = 0; i < paper_kind_count; i++)
		fprintf(out, "%s\n", paper_kinds[i].word);
}

/* What the i-th positional word may be: the i-th of "words", the last one for those behind. */
static void
help_complete_word(FILE *out, const struct subcommand *command, size_t i)
{
	const char *at = command->words, *last = command->words;
	size_t len;

	if (i >= command->max_words)
		return;
	for (size_t n = 0; *at != '\0' && n <= i; n++) {
		last = at;
		at += strcspn(at, " ");
		at += strspn(at, " ");
	}
	last += strspn(last, "[");
	len = strcspn(last, "]. ");
	if (len == 4 && strncmp(last, "USER", len) == 0)
		fputs("@user\n", out);
	else if (len == 4 && strncmp(last, "FILE", len) == 0)
		fputs("@file\n", out);
	else if (len == 4 && strncmp(last, "KIND", len) == 0)
		help_complete_paper(out);
	for (; strchr(last, '|') != NULL && *last != '\0'; last += len) {
		last += strspn(last, "|]");
		len = strcspn(last, "|] ");
		fprintf(out, "%.*s\n", (int)len, last);
		if (last[len] != '|')
			break;
	}
}

static void
help_complete_value(FILE *out, enum option option)
{
	const struct option_info *o = &option_table[option];

	if (o->choices != NULL) {
		for (size_t i = 0; o->choices[i] != NULL; i++)
			fprintf(out, "%s\n", o->choices[i]);
	} else if (option == OPT_EVENT) {
#define X(symbol, number, name, retention, sentence) fputs(name "\n", out);
		EVENT_CATALOGUE(X)
#undef X
	} else if (strcmp(o->value, "USER") == 0) {
		fputs("@user\n", out);
	} else if (strcmp(o->value, "FILE") == 0) {
		fputs("@file\n", out);
	}
}

static void
help_complete_options(FILE *out, const struct args *args)
{
	OPTION_SET options = args->command->options | OPTION(JSON) | OPTION(HELP);

	for (int i = 0; i < OPT_COUNT; i++) {
		if ((options >> i & 1) != 0)
			fprintf(out, "--%s\n", option_table[i].name);
	}
}

static const struct subcommand *
help_find(const char *noun, const char *verb)
{
	for (size_t i = 0; i < subcommand_count; i++) {
		const struct subcommand *c = &subcommand_table[i];

		if (strcmp(c->noun, noun) != 0)
			continue;
		if (c->verb == NULL || (verb != NULL && strcmp(c->verb, verb) == 0))
			return c;
	}
	return NULL;
}

/* Is argv[argc - 1] an option that waits for its value? */
static enum option
help_open_option(const struct subcommand *command, int argc, char *const *argv)
{
	const char *last = argc > 0 ? argv[argc - 1] : "";

	if (strncmp(last, "--", 2) != 0)
		return OPT_COUNT;
	for (int i = 0; i < OPT_COUNT; i++) {
		if ((command->options >> i & 1) != 0 && option_table[i].value != NULL &&
		    strcmp(option_table[i].name, last + 2) == 0)
			return (enum option)i;
	}
	return OPT_COUNT;
}

void
help_complete(FILE *out, int argc, char *const *argv)
{
	const struct subcommand *command;
	const char *words[WORDS_MAX];
	struct args args = {0};
	enum option open;
	char why[256];
	size_t n;

	for (; argc > 0 && strcmp(argv[0], "--json") == 0; argc--)
		argv++;
	command = argc == 0 ? NULL : help_find(argv[0], argc > 1 ? argv[1] : NULL);
	if (command == NULL) {
		n = help_words(argc == 0 ? NULL : argv[0], words);
		for (size_t i = 0; i < n && argc < 2; i++)
			fprintf(out, "%s\n", words[i]);
		return;
	}
	argc -= command->verb == NULL ? 1 : 2;
	argv += command->verb == NULL ? 1 : 2;
	open = help_open_option(command, argc, argv);
	if (open != OPT_COUNT) {
		help_complete_value(out, open);
		return;
	}
	args.command = command;
	if (args_parse(&args, argc, argv, why, sizeof(why)) != SKS_OK)
		return;
	help_complete_word(out, command, args.word_count);
	help_complete_options(out, &args);
}
