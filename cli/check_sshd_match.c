#include "check_sshd_match.h"

#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 16, LINE_MAX_BYTES = 4096, FILES_MAX = 256 };

struct reading {
	struct sshd_matches *out;
	const char *dir;
	size_t files;
};

static void
add(struct reading *r, enum sshd_hole hole, const char *criteria)
{
	struct sshd_match *m;

	if (r->out->count == SSHD_MATCHES_MAX)
		return;
	m = &r->out->item[r->out->count++];
	m->hole = hole;
	snprintf(m->criteria, sizeof(m->criteria), "%s", criteria);
}

/* "keyword value", "keyword=value", quotes around the value; comments at the end. */
static bool
split(char *line, char **keyword, char **value)
{
	char *at = line + strspn(line, " \t");

	at[strcspn(at, "\r\n")] = '\0';
	if (*at == '#' || *at == '\0')
		return false;
	*keyword = at;
	at += strcspn(at, " \t=");
	if (*at == '\0')
		return false;
	*at++ = '\0';
	at += strspn(at, " \t=");
	*value = at;
	if (strchr(at, '"') == NULL && strchr(at, '#') != NULL)
		*strchr(at, '#') = '\0';
	for (size_t n = strlen(at); n > 0 && strchr(" \t", at[n - 1]) != NULL;)
		at[--n] = '\0';
	return true;
}

static bool
is_word(const char *value, const char *word)
{
	size_t len = strlen(word);

	value += *value == '"';
	return strncasecmp(value, word, len) == 0 &&
	       (value[len] == '\0' || value[len] == '"' || value[len] == ' ');
}

static void
take(struct reading *r, const char *keyword, const char *value, const char *criteria)
{
	if (strcasecmp(keyword, "PermitEmptyPasswords") == 0 && is_word(value, "yes"))
		add(r, SSHD_EMPTY_PASSWORDS, criteria);
	else if ((strcasecmp(keyword, "KbdInteractiveAuthentication") == 0 ||
		     strcasecmp(keyword, "ChallengeResponseAuthentication") == 0) &&
		 is_word(value, "no"))
		add(r, SSHD_NO_QUESTION, criteria);
	else if (strcasecmp(keyword, "AuthenticationMethods") == 0 && is_word(value, "none"))
		add(r, SSHD_METHOD_NONE, criteria);
	else if (strcasecmp(keyword, "HostbasedAuthentication") == 0 && is_word(value, "yes"))
		add(r, SSHD_HOST_BASED, criteria);
}

static void read_file(struct reading *r, const char *path, const char *criteria, int depth);

static void
read_included(struct reading *r, const char *patterns, const char *criteria, int depth)
{
	char list[LINE_MAX_BYTES], *save = NULL;

	snprintf(list, sizeof(list), "%s", patterns);
	for (char *one = strtok_r(list, " \t\"", &save); one != NULL;
	     one = strtok_r(NULL, " \t\"", &save)) {
		char pattern[LINE_MAX_BYTES + 256];
		glob_t found;

		snprintf(pattern, sizeof(pattern), "%s%s%s", one[0] == '/' ? "" : r->dir,
		    one[0] == '/' ? "" : "/", one);
		if (glob(pattern, 0, NULL, &found) != 0)
			continue;
		for (size_t i = 0; i < found.gl_pathc; i++)
			read_file(r, found.gl_pathv[i], criteria, depth + 1);
		globfree(&found);
	}
}

/* A block ends with the file that it began in. */
static void
read_file(struct reading *r, const char *path, const char *criteria, int depth)
{
	char line[LINE_MAX_BYTES], block[128], *keyword, *value;
	FILE *in;

	if (depth > DEPTH_MAX || r->files++ > FILES_MAX || (in = fopen(path, "re")) == NULL)
		return;
	snprintf(block, sizeof(block), "%s", criteria);
	while (fgets(line, sizeof(line), in) != NULL) {
		if (!split(line, &keyword, &value))
			continue;
		if (strcasecmp(keyword, "Match") == 0)
			snprintf(block, sizeof(block), "%s",
			    strcasecmp(value, "all") == 0 ? "" : value);
		else if (strcasecmp(keyword, "Include") == 0)
			read_included(r, value, block, depth);
		else if (block[0] != '\0')
			take(r, keyword, value, block);
	}
	fclose(in);
}

void
sshd_matches_read(struct sshd_matches *out, const char *file, const char *dir)
{
	struct reading r = {.out = out, .dir = dir};

	memset(out, 0, sizeof(*out));
	read_file(&r, file, "", 0);
}
