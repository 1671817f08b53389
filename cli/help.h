/*
 * What the table of subcommands says about itself: help texts, suggestions, and the words that
 * a shell can complete.
 */
#ifndef SEKISHO_CLI_HELP_H
#define SEKISHO_CLI_HELP_H

#include "args.h"
#include <stdio.h>

/* The list of all subcommands. */
void help_print_all(FILE *out);
/* The subcommands of one noun. */
void help_print_noun(FILE *out, const char *noun);
void help_print_command(FILE *out, const struct subcommand *command);
/* "sekisho factor list", written into out. */
const char *help_name(const struct subcommand *command, char *out, size_t size);
/* One line that names what it takes, for a wrong usage. */
void help_print_usage(FILE *out, const struct subcommand *command);
/* The noun that was meant, or NULL. */
const char *help_nearest_noun(const char *word);
const char *help_nearest_verb(const char *noun, const char *word);

/*
 * Prints, one a line, what can stand after the words typed so far. Words in @ stand for what
 * the shell knows better: @user, @file.
 */
void help_complete(FILE *out, int argc, char *const *argv);

#endif
