#include "check_pam_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 16, LINE_SIZE = 2048 };

enum pam_kind { KIND_ALL, KIND_AUTH, KIND_ACCOUNT, KIND_SESSION, KIND_OTHER };

struct pam_line {
	enum pam_kind kind;
	char control[256];
	char module[256];
	char options[LINE_SIZE];
};

static bool pam_read_file(
    const char *dir, const char *name, enum pam_kind only, int depth, struct pam_lines *out);

static enum pam_kind
pam_kind_of(const char *word)
{
	if (*word == '-')
		word++;
	if (strcasecmp(word, "auth") == 0)
		return KIND_AUTH;
	if (strcasecmp(word, "account") == 0)
		return KIND_ACCOUNT;
	if (strcasecmp(word, "session") == 0)
		return KIND_SESSION;
	return KIND_OTHER;
}

/* Joins continued lines and takes comments off. false at the end of the file. */
static bool
pam_next_line(FILE *in, char line[LINE_SIZE])
{
	size_t used = 0;

	line[0] = '\0';
	while (fgets(line + used, (int)(LINE_SIZE - used), in) != NULL) {
		used += strcspn(line + used, "#\n");
		line[used] = '\0';
		if (used == 0 || line[used - 1] != '\\' || used >= LINE_SIZE - 2)
			return true;
		line[used - 1] = ' ';
	}
	return used > 0;
}

/* The next word, or what stands in brackets; returns what follows. */
static const char *
pam_word(const char *at, char *out, size_t size)
{
	size_t len;

	at += strspn(at, " \t");
	len = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, " \t");
	if (len > strlen(at))
		len = strlen(at);
	snprintf(out, size, "%.*s", (int)len, at);
	return at + len;
}

static bool
pam_has_option(const char *options, const char *wanted)
{
	char word[LINE_SIZE];

	while (options += strspn(options, " \t"), *options != '\0') {
		options = pam_word(options, word, sizeof(word));
		if (strcmp(word, wanted) == 0)
			return true;
	}
	return false;
}

/* Does nothing but its success let the stack succeed? In brackets: whatever is not listed is
 * "default", and success may not jump over lines. */
static bool
pam_binds(const char *control)
{
	if (strcasecmp(control, "required") == 0 || strcasecmp(control, "requisite") == 0)
		return true;
	return control[0] == '[' &&
	       (strstr(control, "default=die") != NULL ||
		   strstr(control, "default=bad") != NULL) &&
	       strstr(control, "ignore=ignore") == NULL;
}

static bool
pam_is_ours(const char *module)
{
	const char *slash = strrchr(module, '/');

	return strcmp(slash == NULL ? module : slash + 1, "pam_sekisho.so") == 0;
}

static void
pam_note(const struct pam_line *l, struct pam_lines *out)
{
	if (!pam_is_ours(l->module))
		return;
	out->observe = out->observe || pam_has_option(l->options, "observe");
	out->fail_open = out->fail_open || pam_has_option(l->options, "fail=open");
	if (l->kind == KIND_ACCOUNT) {
		out->account = true;
		out->account_binds = out->account_binds || pam_binds(l->control);
	} else if (l->kind == KIND_SESSION) {
		out->session = true;
	} else if (l->kind == KIND_AUTH && pam_has_option(l->options, "preauth")) {
		out->preauth = true;
	} else if (l->kind == KIND_AUTH && pam_has_option(l->options, "authfail")) {
		out->authfail = true;
	} else if (l->kind == KIND_AUTH && !pam_has_option(l->options, "keyproof")) {
		out->factor = true;
		out->factor_binds = out->factor_binds || pam_binds(l->control);
	}
}

static void
pam_read_line(
    const char *dir, const char *text, enum pam_kind only, int depth, struct pam_lines *out)
{
	struct pam_line l = {.kind = KIND_OTHER};
	char word[256];
	const char *at = pam_word(text, word, sizeof(word));

	if (strcmp(word, "@include") == 0) {
		pam_word(at, word, sizeof(word));
		if (!pam_read_file(dir, word, only, depth + 1, out))
			out->missing_file = true;
		return;
	}
	l.kind = pam_kind_of(word);
	if (l.kind == KIND_OTHER || (only != KIND_ALL && l.kind != only))
		return;
	at = pam_word(at, l.control, sizeof(l.control));
	at = pam_word(at, l.module, sizeof(l.module));
	snprintf(l.options, sizeof(l.options), "%s", at);
	if (strcasecmp(l.control, "include") == 0 || strcasecmp(l.control, "substack") == 0) {
		if (!pam_read_file(dir, l.module, l.kind, depth + 1, out))
			out->missing_file = true;
		return;
	}
	pam_note(&l, out);
}

static bool
pam_read_file(
    const char *dir, const char *name, enum pam_kind only, int depth, struct pam_lines *out)
{
	char path[PATH_MAX], line[LINE_SIZE];
	FILE *in;

	if (depth > DEPTH_MAX)
		return false;
	if (name[0] == '/')
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "%s/%s", dir, name);
	in = fopen(path, "re");
	if (in == NULL)
		return false;
	while (pam_next_line(in, line))
		pam_read_line(dir, line, only, depth, out);
	fclose(in);
	return true;
}

bool
pam_lines_read(const char *dir, const char *service, struct pam_lines *out)
{
	memset(out, 0, sizeof(*out));
	return pam_read_file(dir, service, KIND_ALL, 0, out);
}
