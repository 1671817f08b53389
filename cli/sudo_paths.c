#include "sudo_paths.h"

#include "check_sudo_file.h"
#include "policy/role.h"
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIAS_DEPTH_MAX = 8, WORD_SIZE = 512, STEPS_MAX = 100000 };

struct alias { /* of users or of commands: their names never meet */
	char name[64];
	char *list;
};

struct search {
	struct sudo_paths *out;
	const char *user;
	unsigned uid;
	const char *const *groups;
	size_t group_count;
	struct alias *alias;
	size_t alias_count;
	size_t steps; /* aliases that name each other, or themselves, have no end */
	bool specs; /* the second pass: aliases may stand behind their use */
};

/* ---- aliases ----------------------------------------------------------------------------- */

/* The ":" between two aliases; not that of "%:group", nor one that is escaped. */
static size_t
alias_length(const char *text)
{
	size_t len = 0;

	while (text[len] != '\0' &&
	       (text[len] != ':' || (len > 0 && strchr("%\\", text[len - 1]) != NULL)))
		len++;
	return len;
}

/* "NAME = a, b : OTHER = c" */
static void
keep_aliases(struct search *s, const char *text)
{
	while (*(text += strspn(text, " \t:")) != '\0') {
		size_t len = alias_length(text), name = strcspn(text, " \t=");
		const char *is = memchr(text, '=', len);
		struct alias *a = &s->alias[s->alias_count];

		if (is == NULL || s->alias_count == SUDO_ALIASES_MAX || name >= sizeof(a->name)) {
			s->out->whole = false;
			return;
		}
		memcpy(a->name, text, name);
		a->list = strndup(is + 1, len - (size_t)(is + 1 - text));
		s->alias_count += a->list != NULL;
		text += len;
	}
}

static const char *
alias_list(const struct search *s, const char *name)
{
	for (size_t i = 0; i < s->alias_count; i++) {
		if (strcmp(s->alias[i].name, name) == 0)
			return s->alias[i].list;
	}
	return NULL;
}

/* ---- who --------------------------------------------------------------------------------- */

static bool
is_in_group(const struct search *s, const char *name)
{
	for (size_t i = 0; i < s->group_count; i++) {
		if (strcmp(s->groups[i], name) == 0)
			return true;
	}
	return false;
}

/* The next of a list with commas, without blanks and quotes around it; NULL at the end. */
static const char *
next_of(const char *list, char word[WORD_SIZE])
{
	size_t len;

	list += strspn(list, " \t,");
	if (*list == '\0')
		return NULL;
	len = strcspn(list, ",");
	(void)snprintf(word, WORD_SIZE, "%.*s", (int)len, list);
	for (size_t n = strlen(word); n > 0 && strchr(" \t\"", word[n - 1]) != NULL; n--)
		word[n - 1] = '\0';
	return list + len;
}

/* One more word of a list was looked at; false when these are enough, and the rest counts. */
static bool
may_go_on(struct search *s)
{
	if (s->steps == STEPS_MAX) {
		s->out->whole = false;
		return false;
	}
	s->steps++;
	return true;
}

static bool names_user(struct search *s, const char *list, int depth);

static bool
is_user(struct search *s, const char *word, int depth)
{
	const char *list;

	word += *word == '"';
	if (strcmp(word, "ALL") == 0 || strcmp(word, s->user) == 0)
		return true;
	if (word[0] == '#')
		return strtoul(word + 1, NULL, 10) == s->uid;
	if (word[0] == '%')
		return is_in_group(s, word + 1 + (word[1] == ':'));
	if (word[0] == '+')
		return innetgr(word + 1, NULL, s->user, NULL) != 0;
	list = alias_list(s, word);
	return list != NULL && depth < ALIAS_DEPTH_MAX && names_user(s, list, depth + 1);
}

/* The last that names the user decides, as in sudo. */
static bool
names_user(struct search *s, const char *list, int depth)
{
	char word[WORD_SIZE];
	bool named = false;

	while ((list = next_of(list, word)) != NULL) {
		size_t no = strspn(word, "!");

		if (!may_go_on(s))
			return true;
		if (is_user(s, word + no, depth))
			named = no % 2 == 0;
	}
	return named;
}

/* ---- what -------------------------------------------------------------------------------- */

/* Behind "(root) NOPASSWD: SETENV:"; *as_root stays as it is where no user is named. */
static const char *
skip_tags(const char *text, bool *as_root)
{
	for (;;) {
		size_t tag = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

		if (*text == '(') {
			size_t len = strcspn(text, ":)");

			*as_root = len == 1 || memmem(text, len, "root", 4) != NULL ||
				   memmem(text, len, "ALL", 3) != NULL ||
				   memmem(text, len, "#0", 2) != NULL;
			text += strcspn(text, ")");
			text += *text == ')';
		} else if (tag > 0 && text[tag] == ':') {
			text += tag + 1;
		} else if (strchr(" \t", *text) != NULL && *text != '\0') {
			text++;
		} else {
			return text;
		}
	}
}

/* sudo's lists of users that it runs as hold commas too: "(root, bob) ALL". */
static void
hide_commas(char *text)
{
	bool inside = false;

	for (; *text != '\0'; text++) {
		inside = *text == '(' || (inside && *text != ')');
		if (inside && *text == ',')
			*text = ' ';
	}
}

static bool
leads_to_root(struct search *s, const char *commands, bool as_root, int depth)
{
	char word[WORD_SIZE];

	while ((commands = next_of(commands, word)) != NULL) {
		const char *command = skip_tags(word, &as_root), *list;

		if (!may_go_on(s))
			return true;
		if (!as_root || *command == '!')
			continue;
		if (role_gives_everything(command))
			return true;
		list = alias_list(s, command);
		if (list != NULL && depth < ALIAS_DEPTH_MAX && leads_to_root(s, list, true, depth + 1))
			return true;
	}
	return false;
}

/* ---- lines ------------------------------------------------------------------------------- */

/* Where the list of users ends: at a blank that no comma stands beside. */
static size_t
length_of_users(const char *text)
{
	size_t at = 0;

	for (;;) {
		size_t blanks;

		if (text[at] == '"') {
			at += 1 + strcspn(text + at + 1, "\"");
			at += text[at] == '"'; /* one that nobody closes goes to the end */
		} else {
			at += strcspn(text + at, " \t,");
		}
		blanks = strspn(text + at, " \t");
		if (text[at + blanks] != ',')
			return at;
		at += blanks + 1;
		at += strspn(text + at, " \t");
	}
}

static void
take_spec(struct search *s, const char *file, int line, const char *text)
{
	struct sudo_paths *out = s->out;
	size_t len = length_of_users(text);
	const char *is = strchr(text + len, '=');
	struct sudo_path *path = &out->path[out->count];
	char users[WORD_SIZE], *commands;

	if (is == NULL || len >= sizeof(users)) {
		out->whole = false;
		return;
	}
	(void)snprintf(users, sizeof(users), "%.*s", (int)len, text);
	if (!names_user(s, users, 0))
		return;
	if (out->count == SUDO_PATHS_MAX) {
		out->whole = false;
		return;
	}
	(void)snprintf(path->file, sizeof(path->file), "%s", file);
	(void)snprintf(path->text, sizeof(path->text), "%s", text);
	path->line = line;
	path->root = true;
	out->count++;
	if ((commands = strdup(is + 1)) == NULL) {
		out->whole = false;
		return;
	}
	hide_commas(commands);
	path->root = leads_to_root(s, commands, true, 0);
	free(commands);
}

static void
take_line(void *context, const char *file, int line, const char *text)
{
	static const char *const kinds[] = {
	    "User_Alias", "Cmnd_Alias", "Cmd_Alias", "Runas_Alias", "Host_Alias"};
	struct search *s = context;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t len = strlen(kinds[i]);

		if (strncmp(text, kinds[i], len) != 0 || strchr(" \t", text[len]) == NULL)
			continue;
		if (i < 3 && !s->specs)
			keep_aliases(s, text + len);
		return;
	}
	if (s->specs)
		take_spec(s, file, line, text);
}

void
sudo_paths_read(struct sudo_paths *out, const char *sudoers, const char *user, unsigned uid,
    const char *const *groups, size_t group_count)
{
	struct search s = {.out = out,
	    .user = user,
	    .uid = uid,
	    .groups = groups,
	    .group_count = group_count};

	memset(out, 0, sizeof(*out));
	out->whole = true;
	s.alias = calloc(SUDO_ALIASES_MAX + 1, sizeof(*s.alias));
	if (s.alias == NULL || !sudo_lines_read(sudoers, take_line, &s))
		out->whole = false;
	s.specs = true;
	if (s.alias != NULL && out->whole && !sudo_lines_read(sudoers, take_line, &s))
		out->whole = false;
	for (size_t i = 0; i < s.alias_count; i++)
		free(s.alias[i].list);
	free(s.alias);
}
