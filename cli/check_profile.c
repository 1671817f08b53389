/* Is a shipped profile of the source documents in force, and whole? Its lines each name the row
 * that they serve; another value is whoever administers' to choose, a line left out is not. */
#include "buf.h"
#include "call.h"
#include "check.h"
#include "error.h"
#include "i18n.h"
#include "policy/bundle.h"
#include "safeopen.h"
#include <stdio.h>
#include <string.h>

#define PROFILE_DIR  "/usr/share/sekisho/profiles/"
#define PROFILE_FILE "policy.d/10-profile.conf"

enum { LINE_SIZE = 512, WORD_SIZE = 128 };

/* One line of a profile: the section it stands in, its key and the rows behind it. */
struct profile_line {
	const char *at, *end; /* what is not read yet */
	char section[WORD_SIZE], key[WORD_SIZE], rows[WORD_SIZE];
};

static void
copy_trimmed(char *out, size_t size, const char *from, size_t len)
{
	while (len > 0 && (from[len - 1] == ' ' || from[len - 1] == '\t'))
		len--;
	(void)snprintf(out, size, "%.*s", (int)len, from);
}

/* The next "key = value"; false: there is none. */
static bool
next_line(struct profile_line *p)
{
	while (p->at < p->end) {
		const char *line = p->at;
		size_t len = (size_t)(p->end - line);
		const char *newline = memchr(line, '\n', len), *equals, *mark;

		len = newline != NULL ? (size_t)(newline - line) : len;
		p->at = line + len + (newline != NULL);
		if (len > 2 && line[0] == '[' && memchr(line, ']', len) != NULL) {
			copy_trimmed(p->section, sizeof(p->section), line,
			    (size_t)((const char *)memchr(line, ']', len) - line) + 1);
			continue;
		}
		equals = memchr(line, '=', len);
		if (len == 0 || strchr("# \t", line[0]) != NULL || equals == NULL)
			continue;
		copy_trimmed(p->key, sizeof(p->key), line, (size_t)(equals - line));
		mark = memchr(line, '#', len);
		p->rows[0] = '\0';
		if (mark != NULL)
			copy_trimmed(p->rows, sizeof(p->rows), mark + 1 + (mark[1] == ' '),
			    len - (size_t)(mark - line) - 1 - (mark[1] == ' '));
		return true;
	}
	return false;
}

static bool
has_line(const char *text, size_t len, const struct profile_line *wanted)
{
	struct profile_line x = {.at = text, .end = text + len};

	while (next_line(&x))
		if (strcmp(x.section, wanted->section) == 0 && strcmp(x.key, wanted->key) == 0)
			return true;
	return false;
}

/* "# Profile "NAME": …" in its first line, of letters only: it becomes part of a path. */
static bool
read_name(const struct bundle_file *file, char *name, size_t size)
{
	static const char begin[] = "# Profile \"";
	size_t skip = strlen(begin), len;

	if (file->len <= skip || memcmp(file->text, begin, skip) != 0)
		return false;
	for (len = 0; len < file->len - skip && len + 1 < size; len++) {
		char c = file->text[skip + len];

		if (c == '"')
			break;
		if (c < 'a' || c > 'z')
			return false;
		name[len] = c;
	}
	name[len] = '\0';
	return len > 0;
}

static void
judge_profile(struct check *c, const char *name, const struct bundle_file *file)
{
	char path[sizeof(PROFILE_DIR) + WORD_SIZE + 8], left_out[256] = "";
	struct profile_line x = {0};
	struct buf shipped;
	size_t lines = 0;

	(void)snprintf(path, sizeof(path), PROFILE_DIR "%s.conf", name);
	buf_init(&shipped, POLICY_BUNDLE_MAX);
	if (safeopen_slurp(path, 0, 0644, &shipped, NULL, 0) != SKS_OK) {
		check_unknown(c, "profile-followed", _("Look whether it is there, and root's."),
		    _("the profile as it is shipped cannot be read: %s"), path);
		buf_clear(&shipped);
		return;
	}
	x.at = (const char *)shipped.data;
	x.end = x.at + shipped.len;
	while (next_line(&x)) {
		lines++;
		if (!has_line(file->text, file->len, &x))
			check_add_name(
			    left_out, sizeof(left_out), x.rows[0] != '\0' ? x.rows : x.key);
	}
	buf_clear(&shipped);
	if (left_out[0] != '\0')
		check_failed(c, "profile-followed",
		    _("The profile is one standard, to be applied as a whole."),
		    _("Put the lines back into /etc/sekisho/policy.d/10-profile.conf, or have "
		      "an "
		      "exception from them approved."),
		    _("lines of the profile \"%s\" are left out, which serve: %s"), name,
		    left_out);
	else
		check_ok(c, "profile-followed",
		    _("the profile \"%s\" is in force with all its %zu lines"), name, lines);
}

void
check_profile(struct check *c)
{
	struct bundle_file file;
	struct bundle bundle;
	struct call call;
	char name[WORD_SIZE];
	bool found = false, asked;

	call_init(&call, VERB_POLICY_SHOW);
	asked = c->in_force != NULL && call_send(&call, NULL, 0, NULL) == STATUS_DONE &&
		bundle_open(&bundle, call.payload.data, call.payload.len) == SKS_OK;
	while (asked && !found && bundle_next(&bundle, &file) == SKS_OK)
		found = strcmp(file.name, PROFILE_FILE) == 0 &&
			read_name(&file, name, sizeof(name));
	if (!asked)
		check_unknown(c, "profile-followed",
		    _("Run \"sekisho check\" as root or as an auditor, with the daemon "
		      "running."),
		    "%s", _("the daemon does not tell the policy in force"));
	else if (!found)
		check_left_out(c, "profile-followed",
		    _("Nobody can say which standard this host is held to."),
		    _("Choose one: sekisho setup --profile contractor, basic or strengthened"),
		    "%s", _("no profile of the source documents is in force"));
	else
		judge_profile(c, name, &file);
	call_clear(&call);
}
