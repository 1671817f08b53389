#include "policy/bundle.h"

#include "error.h"
#include "i18n.h"
#include "policy/problem.h"
#include "safeopen.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[] = "sekisho policy bundle 1\n";
static const char suffix[] = ".conf";
static const char prefix[] = "file ";

enum { BUNDLE_MODE = 0755, BUNDLE_WHY = 256, BUNDLE_CHUNK = 4096 };

/* Letters, digits and "._-", by parts: what a header line can carry without quotes. */
static bool
bundle_name_is_valid(const char *name, size_t len)
{
	bool start = true;

	if (len == 0 || len > BUNDLE_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			      (c >= '0' && c <= '9') || c == '_';

		if (!letter && (start || (c != '.' && c != '-' && c != '/')))
			return false;
		start = c == '/';
	}
	return !start;
}

/* ---- reading a bundle ------------------------------------------------------------------- */

int
bundle_open(struct bundle *b, const void *data, size_t len)
{
	if (len < strlen(magic) || memcmp(data, magic, strlen(magic)) != 0)
		return SKS_INVALID;
	b->at = (const char *)data + strlen(magic);
	b->left = len - strlen(magic);
	return SKS_OK;
}

static bool
bundle_length(const char *digits, const char *end, size_t *len)
{
	size_t n = 0;

	if (end == digits || (digits[0] == '0' && end - digits > 1))
		return false;
	for (; digits < end; digits++) {
		if (*digits < '0' || *digits > '9' || n > POLICY_BUNDLE_MAX)
			return false;
		n = n * 10 + (size_t)(*digits - '0');
	}
	*len = n;
	return true;
}

int
bundle_next(struct bundle *b, struct bundle_file *file)
{
	const char *line = b->at, *end, *blank;
	size_t name_len;

	if (b->left == 0)
		return SKS_NOT_FOUND;
	end = memchr(line, '\n', b->left);
	if (end == NULL || (size_t)(end - line) <= strlen(prefix) ||
	    memcmp(line, prefix, strlen(prefix)) != 0)
		return SKS_INVALID;
	line += strlen(prefix);
	blank = memchr(line, ' ', (size_t)(end - line));
	if (blank == NULL || !bundle_length(blank + 1, end, &file->len))
		return SKS_INVALID;
	name_len = (size_t)(blank - line);
	if (!bundle_name_is_valid(line, name_len))
		return SKS_INVALID;
	memcpy(file->name, line, name_len);
	file->name[name_len] = '\0';
	b->left -= (size_t)(end + 1 - b->at);
	b->at = end + 1;
	if (b->left == 0 || file->len > b->left - 1 || b->at[file->len] != '\n')
		return SKS_INVALID;
	file->text = b->at;
	b->at += file->len + 1;
	b->left -= file->len + 1;
	return SKS_OK;
}

/* ---- writing one ------------------------------------------------------------------------ */

static void
bundle_write(struct buf *out, const char *name, const void *text, size_t len)
{
	buf_printf(out, "%s%s %zu\n", prefix, name, len);
	buf_put_bytes(out, text, len);
	buf_put_bytes(out, "\n", 1);
}

void
bundle_begin(struct buf *out)
{
	buf_put_bytes(out, magic, strlen(magic));
}

void
bundle_put(struct buf *out, const struct bundle_file *file)
{
	bundle_write(out, file->name, file->text, file->len);
}

/* ---- making one from files -------------------------------------------------------------- */

/* A draft: any owner, links too, but nothing that could hang or has no end. */
static int
bundle_slurp_draft(const char *path, struct buf *text, char *why, size_t why_size)
{
	char chunk[BUNDLE_CHUNK];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	ssize_t n = -1;
	int r = SKS_IO;

	if (fd < 0 || fstat(fd, &st) != 0) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		r = errno == ENOENT || errno == ENOTDIR ? SKS_NOT_FOUND : SKS_IO;
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		snprintf(why, why_size, "%s is not a regular file", path);
		r = SKS_UNTRUSTED;
		goto out;
	}
	while (buf_error(text) == SKS_OK && (n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_put_bytes(text, chunk, (size_t)n);
	r = n < 0 ? SKS_IO : buf_error(text);
	if (r != SKS_OK)
		snprintf(why, why_size, "%s: %s", path, error_text(r));
out:
	if (fd >= 0)
		close(fd);
	return r;
}

static int
bundle_slurp_trusted(const char *path, struct buf *text, char *why, size_t why_size)
{
	int r = safeopen_path_is_secure(path, 0, why, why_size);

	if (r == SKS_OK)
		r = safeopen_slurp(path, 0, BUNDLE_MODE, text, why, why_size);
	return r;
}

/* Appends one file under its name. SKS_NOT_FOUND is the caller's to judge. */
static int
bundle_add(struct buf *bundle, const char *path, const char *name, bool check_owner,
    struct policy_problems *problems)
{
	char why[BUNDLE_WHY] = "";
	struct buf text;
	int r;

	buf_init(&text, POLICY_BUNDLE_MAX);
	if (!bundle_name_is_valid(name, strlen(name))) {
		r = SKS_INVALID;
		snprintf(why, sizeof(why), "%s",
		    _("names of policy files consist of letters, digits and . _ -"));
	} else if (check_owner) {
		r = bundle_slurp_trusted(path, &text, why, sizeof(why));
	} else {
		r = bundle_slurp_draft(path, &text, why, sizeof(why));
	}
	if (r == SKS_OK) {
		bundle_write(bundle, name, text.data, text.len);
		r = buf_error(bundle);
	}
	if (r != SKS_OK && r != SKS_NOT_FOUND)
		problem_add(problems, path, 0, "%s", why[0] != '\0' ? why : error_text(r));
	buf_clear(&text);
	return r;
}

static int
bundle_select(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > strlen(suffix) &&
	       strcmp(entry->d_name + len - strlen(suffix), suffix) == 0;
}

/* By bytes: the order of a policy does not depend on anybody's locale. */
static int
bundle_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static const char *
bundle_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static int
bundle_add_dropin(struct buf *bundle, const char *dir, const char *file, bool check_owner,
    struct policy_problems *problems)
{
	char path[PATH_MAX], name[NAME_MAX + sizeof("policy.d/")];
	int n = snprintf(path, sizeof(path), "%s/%s", dir, file);

	snprintf(name, sizeof(name), "%s/%s", bundle_basename(POLICY_DROPIN), file);
	if (n < 0 || (size_t)n >= sizeof(path))
		return SKS_TOO_BIG;
	return bundle_add(bundle, path, name, check_owner, problems);
}

/* *found counts the files. */
static int
bundle_add_dir(struct buf *bundle, const char *dir, bool check_owner, size_t *found,
    struct policy_problems *problems)
{
	struct dirent **entry = NULL;
	int n = scandir(dir, &entry, bundle_select, bundle_order);
	int r = SKS_OK;

	if (n < 0 && errno == ENOENT)
		return SKS_OK;
	if (n < 0) {
		problem_add(problems, dir, 0, "%s", strerror(errno));
		return SKS_IO;
	}
	if (n >= BUNDLE_FILES_MAX) {
		problem_add(problems, dir, 0, _("more than %d files"), BUNDLE_FILES_MAX - 1);
		r = SKS_TOO_BIG;
	}
	for (int i = 0; i < n; i++) {
		if (r == SKS_OK)
			r = bundle_add_dropin(
			    bundle, dir, entry[i]->d_name, check_owner, problems);
		if (r == SKS_NOT_FOUND) { /* half of a change is no policy */
			problem_add(problems, dir, 0, _("%s is listed and cannot be found"),
			    entry[i]->d_name);
			r = SKS_IO;
		}
		free(entry[i]);
	}
	free(entry);
	*found += (size_t)n;
	return r;
}

int
policy_bundle_read(const char *path, const char *dropin_dir, bool check_owner,
    struct buf *bundle, struct policy_problems *problems)
{
	size_t found = 0;
	int r = SKS_OK;

	bundle_begin(bundle);
	if (path != NULL) {
		r = bundle_add(bundle, path, bundle_basename(path), check_owner, problems);
		if (r != SKS_OK && r != SKS_NOT_FOUND)
			return r;
		found = r == SKS_OK ? 1 : 0;
	}
	r = dropin_dir == NULL
		? SKS_OK
		: bundle_add_dir(bundle, dropin_dir, check_owner, &found, problems);
	if (r != SKS_OK)
		return r;
	if (bundle->len > POLICY_BUNDLE_MAX)
		return SKS_TOO_BIG;
	return found == 0 ? SKS_NOT_FOUND : buf_error(bundle);
}
