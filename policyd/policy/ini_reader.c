#include "policy/ini_reader.h"

#include "error.h"
#include "i18n.h"
#include "policy/problem.h"
#include "text.h"
#include <ini.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INI_BUFFER = POLICY_LINE_MAX + 3 }; /* newline and NUL, and one to spare */

/* What an indented line would continue. */
enum ini_open {
	INI_NOTHING, /* no key yet in this section */
	INI_KEY,
	INI_REFUSED, /* a line that is a problem already: one message is enough */
};

struct ini_seen {
	char *name;
	char *file;
	int line;
};

struct ini_reader {
	int (*take)(void *ctx, const struct ini_line *line);
	void *ctx;
	struct policy_problems *problems;
	void *sections; /* tsearch trees of struct ini_seen */
	void *keys;     /* with their sections */
	int error; /* sticky */

	const char *file; /* being read */
	const char *text;
	size_t left;
	int line;
	char work[INI_BUFFER];
	char section[INI_BUFFER];
	bool section_ok;
	bool heading; /* inih still has to hear of the section */
	bool continued;
	enum ini_open open;
};

static int
ini_seen_compare(const void *a, const void *b)
{
	const struct ini_seen *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
ini_seen_free(void *node)
{
	struct ini_seen *seen = node;

	if (seen != NULL) {
		free(seen->name);
		free(seen->file);
	}
	free(seen);
}

/* Remembers a name. False when it was there before (a problem) or memory ran out. */
static bool
ini_reader_remember(struct ini_reader *r, void **tree, const char *name, const char *what)
{
	struct ini_seen *seen = calloc(1, sizeof(*seen));
	struct ini_seen **found;

	if (seen != NULL) {
		seen->name = strdup(name);
		seen->file = strdup(r->file);
		seen->line = r->line;
	}
	if (seen == NULL || seen->name == NULL || seen->file == NULL)
		goto nomem;
	found = tsearch(seen, tree, ini_seen_compare);
	if (found == NULL)
		goto nomem;
	if (*found == seen)
		return true;
	problem_add(r->problems, r->file, r->line, _("%s: given before, in %s line %d"), what,
	    (*found)->file, (*found)->line);
	ini_seen_free(seen);
	return false;
nomem:
	ini_seen_free(seen);
	r->error = SKS_NOMEM;
	return false;
}

static bool
ini_reader_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes the next line into work[]. False at the end of the text. */
static bool
ini_reader_next(struct ini_reader *r, size_t *len)
{
	const char *end;

	if (r->left == 0)
		return false;
	end = memchr(r->text, '\n', r->left);
	*len = end == NULL ? r->left : (size_t)(end - r->text);
	if (*len <= POLICY_LINE_MAX) {
		memcpy(r->work, r->text, *len);
		r->work[*len] = '\0';
	}
	r->text += *len;
	r->left -= *len;
	if (end != NULL) {
		r->text++;
		r->left--;
	}
	r->line++;
	return true;
}

/* What the line must not hold, or NULL. Tabs become blanks. */
static const char *
ini_reader_fault(char *line, size_t len)
{
	char clean[INI_BUFFER];

	if (memchr(line, '\0', len) != NULL)
		return _("holds a NUL byte");
	if (!text_is_utf8(line, len))
		return _("is not UTF-8");
	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\t')
			line[i] = ' ';
	}
	/* An override of direction would show another policy than the one that is in force. */
	text_clean(clean, sizeof(clean), line);
	return strcmp(clean, line) == 0 ? NULL : _("holds a control character");
}

/* Cuts the comment and trailing blanks off. */
static void
ini_reader_strip(char *line)
{
	size_t len;

	for (size_t i = 0; line[i] != '\0'; i++) {
		if ((line[i] == '#' || line[i] == ';') &&
		    (i == 0 || ini_reader_is_blank(line[i - 1]))) {
			line[i] = '\0';
			break;
		}
	}
	len = strlen(line);
	while (len > 0 && ini_reader_is_blank(line[len - 1]))
		line[--len] = '\0';
}

/* The text in the brackets, blanks squeezed; false when the line is no proper heading. */
static bool
ini_reader_heading(const char *line, char *section)
{
	size_t len = strlen(line), n = 0;

	if (len < 2 || line[len - 1] != ']')
		return false;
	for (size_t i = 1; i < len - 1; i++) {
		if (line[i] == '[' || line[i] == ']')
			return false;
		if (!ini_reader_is_blank(line[i]))
			section[n++] = line[i];
		else if (n > 0 && section[n - 1] != ' ')
			section[n++] = ' ';
	}
	if (n > 0 && section[n - 1] == ' ')
		n--;
	section[n] = '\0';
	return n > 0;
}

static bool
ini_reader_refuse(struct ini_reader *r, const char *text)
{
	problem_add(r->problems, r->file, r->line, "%s", text);
	r->open = INI_REFUSED;
	return false;
}

/* The three kinds of lines; each says whether inih shall have it. */
/* A section without a name may stand in several files, once in each: a profile sets some of its
 * keys, and the host others. */
static bool
ini_reader_is_shared(const struct ini_reader *r)
{
	return strchr(r->section, ' ') == NULL;
}

static bool
ini_reader_begin(struct ini_reader *r)
{
	char what[INI_BUFFER + 2], name[2 * INI_BUFFER];

	r->section_ok = false;
	r->open = INI_REFUSED;
	if (!ini_reader_heading(r->work, r->section)) {
		strcpy(r->section, "?"); /* its keys are not lost for want of any section */
		return ini_reader_refuse(
		    r, _("expected a section such as [host] or [rule NAME]"));
	}
	what[0] = '[';
	strcpy(what + 1, r->section);
	strcat(what, "]");
	(void)snprintf(name, sizeof(name), "%s\n%.*s", r->section,
	    ini_reader_is_shared(r) ? INI_BUFFER - 2 : 0, r->file);
	if (!ini_reader_remember(r, &r->sections, name, what))
		return false;
	r->section_ok = true;
	r->open = INI_NOTHING;
	r->heading = true;
	return true;
}

static bool
ini_reader_continue(struct ini_reader *r)
{
	r->continued = r->open == INI_KEY;
	if (r->open == INI_NOTHING)
		return ini_reader_refuse(
		    r, _("an indented line continues the key above it, and here is none; begin "
			 "keys at the start of the line"));
	return r->continued;
}

static bool
ini_reader_key(struct ini_reader *r)
{
	char key[INI_BUFFER], name[2 * INI_BUFFER];
	size_t len = strcspn(r->work, "=:"); /* inih would take a colon for "=" */

	if (r->work[len] != '=' || len == 0)
		return ini_reader_refuse(r, _("expected \"key = value\" or [section]"));
	if (r->section[0] == '\0')
		return ini_reader_refuse(r, _("expected a [section] before the first key"));
	if (!r->section_ok)
		return false;
	memcpy(key, r->work, len);
	while (len > 0 && ini_reader_is_blank(key[len - 1]))
		len--;
	key[len] = '\0';
	r->open = INI_REFUSED;
	(void)snprintf(name, sizeof(name), "%s\n%s", r->section, key);
	if (!ini_reader_remember(r, &r->keys, name, key))
		return false;
	r->open = INI_KEY;
	return true;
}

static bool
ini_reader_accept(struct ini_reader *r, size_t len)
{
	const char *fault;

	r->continued = false;
	if (len > POLICY_LINE_MAX)
		return ini_reader_refuse(
		    r, _("the line is too long; a list may continue on indented lines"));
	if (len > 0 && r->work[len - 1] == '\r') /* written on another system */
		r->work[--len] = '\0';
	fault = ini_reader_fault(r->work, len);
	if (fault != NULL)
		return ini_reader_refuse(r, fault);
	ini_reader_strip(r->work);
	if (r->work[0] == '\0')
		return false;
	if (ini_reader_is_blank(r->work[0]))
		return ini_reader_continue(r);
	if (r->work[0] == '[')
		return ini_reader_begin(r);
	return ini_reader_key(r);
}

/* inih's fgets. Behind each heading stands a line "=", which no file can have: inih calls its
 * handler for keys only, and a section without keys has to be seen too. */
static char *
ini_reader_gets(char *out, int size, void *ctx)
{
	struct ini_reader *r = ctx;
	size_t len;

	if (r->heading) {
		r->heading = false;
		strcpy(out, "=\n");
		return out;
	}
	while (r->error == SKS_OK && ini_reader_next(r, &len)) {
		if (!ini_reader_accept(r, len))
			continue;
		len = strlen(r->work);
		if (size < INI_BUFFER || len > (size_t)size - 2) {
			r->error = SKS_INTERNAL; /* inih would cut it */
			return NULL;
		}
		memcpy(out, r->work, len);
		memcpy(out + len, "\n", 2);
		return out;
	}
	return NULL;
}

/* inih cuts names of sections, and of continued keys, at 49 bytes: both are ours. */
static int
ini_reader_hand_on(void *ctx, const char *section, const char *name, const char *value)
{
	struct ini_reader *r = ctx;
	struct ini_line line = {
	    .file = r->file,
	    .line = r->line,
	    .section = r->section,
	    .key = name[0] == '\0' ? NULL : name,
	    .value = value,
	    .continued = r->continued,
	};

	(void)section;
	if (r->error == SKS_OK)
		r->error = r->take(r->ctx, &line);
	return 1;
}

struct ini_reader *
ini_reader_new(int (*take)(void *ctx, const struct ini_line *line), void *ctx,
    struct policy_problems *problems)
{
	struct ini_reader *r = calloc(1, sizeof(*r));

	if (r != NULL) {
		r->take = take;
		r->ctx = ctx;
		r->problems = problems;
	}
	return r;
}

int
ini_reader_read(struct ini_reader *r, const char *file, const char *text, size_t len)
{
	int line;

	r->file = file;
	r->text = text;
	r->left = len;
	r->line = 0;
	r->section[0] = '\0';
	r->section_ok = false;
	r->open = INI_NOTHING;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		r->text += 3;
		r->left -= 3;
	}
	/* inih's settings are variables of the library, hence set at each use. */
	ini_use_stack = false;
	ini_max_line = INI_BUFFER;
	ini_initial_alloc = INI_BUFFER;
	ini_allow_realloc = false;
	ini_allow_multiline = true;
	ini_allow_inline_comments = false;
	ini_stop_on_first_error = false;
	ini_allow_no_value = false;
	line = ini_parse_stream(ini_reader_gets, r, ini_reader_hand_on, r);
	if (r->error == SKS_OK && line < 0)
		r->error = SKS_NOMEM;
	/* inih read otherwise than we did: nothing may rest on such a file. */
	if (r->error == SKS_OK && line > 0)
		r->error = SKS_INTERNAL;
	return r->error;
}

void
ini_reader_free(struct ini_reader *r)
{
	if (r == NULL)
		return;
	tdestroy(r->sections, ini_seen_free);
	tdestroy(r->keys, ini_seen_free);
	free(r);
}
