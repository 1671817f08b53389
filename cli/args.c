#include "args.h"

#include "error.h"
#include "i18n.h"
#include "policy/nearest.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int __attribute__((format(printf, 3, 4)))
args_refuse(char *why, size_t why_size, const char *fmt, ...)
{
	va_list list;

	va_start(list, fmt);
	vsnprintf(why, why_size, fmt, list);
	va_end(list);
	return SKS_INVALID;
}

static bool
args_allows(const struct args *args, enum option option)
{
	const OPTION_SET always = OPTION(HELP) | OPTION(JSON);

	return ((args->command->options | always) >> option & 1) != 0;
}

/* The option that this subcommand has under that name, or OPT_COUNT. */
static enum option
args_find(const struct args *args, const char *name, size_t len)
{
	for (int i = 0; i < OPT_COUNT; i++) {
		if (!args_allows(args, (enum option)i))
			continue;
		if (strlen(option_table[i].name) == len &&
		    memcmp(option_table[i].name, name, len) == 0)
			return (enum option)i;
	}
	return OPT_COUNT;
}

static int
args_unknown(const struct args *args, const char *name, size_t len, char *why, size_t why_size)
{
	const char *names[OPT_COUNT];
	const char *nearest;
	char word[64];
	size_t n = 0;

	for (int i = 0; i < OPT_COUNT; i++) {
		if (args_allows(args, (enum option)i))
			names[n++] = option_table[i].name;
	}
	if (len >= sizeof(word))
		len = sizeof(word) - 1;
	memcpy(word, name, len);
	word[len] = '\0';
	nearest = nearest_word(word, names, n);
	if (nearest != NULL)
		return args_refuse(why, why_size,
		    _("There is no option --%s here. Do you mean --%s?"), word, nearest);
	return args_refuse(why, why_size, _("There is no option --%s here."), word);
}

static int
args_check_choice(enum option option, const char *value, char *why, size_t why_size)
{
	const char *const *choices = option_table[option].choices;
	char list[128] = "";
	const char *nearest;
	size_t n = 0;

	if (choices == NULL)
		return SKS_OK;
	for (; choices[n] != NULL; n++) {
		size_t used = strlen(list);

		if (strcmp(choices[n], value) == 0)
			return SKS_OK;
		snprintf(list + used, sizeof(list) - used, n == 0 ? "%s" : ", %s", choices[n]);
	}
	nearest = nearest_word(value, choices, n);
	if (nearest != NULL)
		return args_refuse(why, why_size,
		    _("--%s takes %s, not \"%s\". Do you mean %s?"), option_table[option].name,
		    list, value, nearest);
	return args_refuse(why, why_size, _("--%s takes %s, not \"%s\"."),
	    option_table[option].name, list, value);
}

/* One option; *i stands on it and moves to its value where that is a word of its own. */
static int
args_parse_option(
    struct args *args, int argc, char *const *argv, int *i, char *why, size_t why_size)
{
	const char *name = argv[*i] + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals == NULL ? strlen(name) : (size_t)(equals - name);
	enum option option = args_find(args, name, len);
	const char *value = equals == NULL ? NULL : equals + 1;

	if (option == OPT_COUNT)
		return args_unknown(args, name, len, why, why_size);
	if (option_table[option].value == NULL && value != NULL)
		return args_refuse(
		    why, why_size, _("--%s takes no value."), option_table[option].name);
	if (option_table[option].value != NULL && value == NULL) {
		if (*i + 1 >= argc)
			return args_refuse(why, why_size, _("--%s needs a value: --%s %s"),
			    option_table[option].name, option_table[option].name,
			    option_table[option].value);
		value = argv[++*i];
	}
	if (value != NULL && args_check_choice(option, value, why, why_size) != SKS_OK)
		return SKS_INVALID;
	if (args->given_count == ARGS_OPTIONS_MAX)
		return args_refuse(why, why_size, _("There are too many options."));
	args->given[args->given_count].option = option;
	args->given[args->given_count++].value = value;
	return SKS_OK;
}

int
args_parse(struct args *args, int argc, char *const *argv, char *why, size_t why_size)
{
	bool options = true;

	for (int i = 0; i < argc; i++) {
		if (options && strcmp(argv[i], "--") == 0) {
			options = false;
			continue;
		}
		if (options && strcmp(argv[i], "-h") == 0) {
			static char help[] = "--help";
			char *const alone[] = {help};
			int zero = 0;

			if (args_parse_option(args, 1, alone, &zero, why, why_size) != SKS_OK)
				return SKS_INVALID;
			continue;
		}
		if (options && strncmp(argv[i], "--", 2) == 0) {
			if (args_parse_option(args, argc, argv, &i, why, why_size) != SKS_OK)
				return SKS_INVALID;
			continue;
		}
		if (options && argv[i][0] == '-' && argv[i][1] != '\0')
			return args_refuse(why, why_size,
			    _("There is no option %s here: options have two hyphens and a "
			      "whole name."),
			    argv[i]);
		if (args->word_count == ARGS_WORDS_MAX)
			return args_refuse(why, why_size, _("There are too many words."));
		args->word[args->word_count++] = argv[i];
	}
	return SKS_OK;
}

int
args_check_words(const struct args *args, char *why, size_t why_size)
{
	const struct subcommand *c = args->command;

	if (args->word_count < c->min_words)
		return args_refuse(
		    why, why_size, _("Something is missing: it takes %s."), c->words);
	if (args->word_count > c->max_words && c->max_words == 0)
		return args_refuse(
		    why, why_size, _("\"%s\" is one word too many."), args->word[0]);
	if (args->word_count > c->max_words)
		return args_refuse(why, why_size,
		    _("\"%s\" is one word too many: it takes %s."), args->word[c->max_words],
		    c->words);
	return SKS_OK;
}

const char *
args_word(const struct args *args, size_t i)
{
	return i < args->word_count ? args->word[i] : NULL;
}

bool
args_has(const struct args *args, enum option option)
{
	for (size_t i = 0; i < args->given_count; i++) {
		if (args->given[i].option == option)
			return true;
	}
	return false;
}

const char *
args_value(const struct args *args, enum option option)
{
	const char *value = NULL;

	for (size_t i = 0; i < args->given_count; i++) {
		if (args->given[i].option == option)
			value = args->given[i].value;
	}
	return value;
}

const char *
args_text(const struct args *args, enum option option)
{
	const char *value = args_value(args, option);

	return value == NULL ? "" : value;
}

int
args_number(const struct args *args, enum option option, uint64_t min, uint64_t max,
    uint64_t fallback, uint64_t *number)
{
	const char *value = args_value(args, option);
	unsigned long long n;
	char *end;

	*number = fallback;
	if (value == NULL)
		return SKS_OK;
	/* strtoull takes signs and spaces, which no number of ours has; 18 digits cannot
	 * overflow. */
	if (value[0] < '0' || value[0] > '9' || strlen(value) > 18)
		return SKS_INVALID;
	n = strtoull(value, &end, 10);
	if (*end != '\0' || n < min || n > max)
		return SKS_INVALID;
	*number = n;
	return SKS_OK;
}
