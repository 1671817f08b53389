/*
 * sekisho password filter: lists of passwords that must not be used, made into files that are
 * looked up without loading them. Needs no daemon and no rights but those over the files.
 */
#include "cli.h"
#include "clock.h"
#include "error.h"
#include "i18n.h"
#include "password/filter.h"
#include "password/filter_build.h"
#include "password/list.h"
#include "protocol.h"
#include "show.h"
#include "words.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINES_PER_LOOK = 1 << 16, BAR_WIDTH = 30 };

struct making {
	struct filter_build *build;
	struct filter_result result;
	uint64_t min_count, taken, too_rare, too_long;
	uint64_t size, read; /* bytes of all files; 0: not known */
	bool bar;
	unsigned int shown; /* of the bar, in 1/1000 */
};

/* ---- the bar ----------------------------------------------------------------------------- */

static void
show_bar(struct making *m, const char *what, uint64_t done, uint64_t total)
{
	unsigned int part = total == 0 ? 1000 : (unsigned int)(done * 1000 / total);
	char bar[BAR_WIDTH + 1];

	if (!m->bar || part == m->shown)
		return;
	m->shown = part;
	for (unsigned int i = 0; i < BAR_WIDTH; i++)
		bar[i] = i * 1000 < part * BAR_WIDTH ? '#' : '.';
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r%-8s [%s] %3u.%u%%", what, bar, part / 10, part % 10);
	fflush(stderr);
}

static void
end_bar(const struct making *m)
{
	if (m->bar)
		fputs("\r\033[K", stderr);
}

static void
progress(void *ctx, enum filter_step step, unsigned int done, unsigned int total)
{
	show_bar(ctx, step == FILTER_STEP_SORT ? _("sorting") : _("writing"), done, total);
}

/* ---- reading lists ----------------------------------------------------------------------- */

static int
take_line(struct making *m, enum list_kind *kind, const char *line, size_t len)
{
	struct list_entry entry;
	int r = list_parse(kind, line, len, &entry);

	if (r == SKS_TOO_BIG) { /* nobody could type it: it is said, and no reason to stop */
		m->too_long++;
		return SKS_OK;
	}
	if (r == SKS_OK && m->min_count > 1 && entry.keys > 0 && !entry.counted)
		return SKS_NOT_FOUND;
	if (entry.count < m->min_count && entry.keys > 0) {
		m->too_rare++;
		return r;
	}
	m->taken += entry.keys > 0;
	for (size_t i = 0; i < entry.keys && r == SKS_OK; i++)
		r = filter_build_add(m->build, entry.key[i]);
	return r;
}

static void
explain_list(const char *path, uint64_t line, int error)
{
	if (error == SKS_INVALID)
		fprintf(stderr,
		    _("sekisho: %s, line %" PRIu64
		      ": this list has SHA-1 hashes, and this line is none. Nothing was "
		      "written.\n"),
		    path, line);
	else if (error == SKS_NOT_FOUND)
		fprintf(stderr,
		    _("sekisho: %s, line %" PRIu64
		      ": --min-count needs a list that says how often each was seen "
		      "(HASH:COUNT). Nothing was written.\n"),
		    path, line);
	else
		fprintf(stderr,
		    _("sekisho: %s cannot be read to its end (%s). Nothing was written.\n"),
		    path, _(error_text(error)));
}

static int
read_list(struct making *m, const char *path)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	enum list_kind kind = LIST_UNKNOWN;
	char *line = NULL;
	size_t room = 0;
	uint64_t number = 0;
	ssize_t n;
	int r = SKS_OK;

	if (in == NULL) {
		fprintf(stderr, _("sekisho: %s cannot be opened: %s\n"), path, strerror(errno));
		return SKS_IO;
	}
	errno = 0;
	while (r == SKS_OK && (n = getline(&line, &room, in)) > 0) {
		number++;
		m->read += (uint64_t)n;
		if (line[n - 1] == '\n')
			n--;
		r = take_line(m, &kind, line, (size_t)n);
		if (number % LINES_PER_LOOK == 0)
			show_bar(m, _("reading"), m->read, m->size);
	}
	if (r == SKS_OK && ferror(in))
		r = SKS_IO;
	m->result.lines += number;
	free(line);
	if (in != stdin)
		fclose(in);
	if (r != SKS_OK) {
		end_bar(m);
		explain_list(path, number, r);
	}
	return r;
}

/* ---- build ------------------------------------------------------------------------------- */

static int
directory_of(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);

	if (len >= size)
		return SKS_TOO_BIG;
	memcpy(out, slash == NULL ? "." : path, len);
	out[len] = '\0';
	return SKS_OK;
}

static void
measure(struct making *m, const struct args *args)
{
	struct stat st;

	m->bar = isatty(STDERR_FILENO) == 1;
	for (size_t i = 1; i < args->word_count; i++) {
		if (stat(args->word[i], &st) != 0 || !S_ISREG(st.st_mode)) {
			m->bar = false; /* of what comes through a pipe nobody knows the end */
			return;
		}
		m->size += (uint64_t)st.st_size;
	}
}

static void
show_made(const struct making *m, const struct args *args, const char *path)
{
	double each =
	    m->result.entries == 0 ? 0 : (double)m->result.bytes / (double)m->result.entries;
	json_t *json;

	if (args_has(args, OPT_JSON)) {
		json = json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:f}", "file", path, "entries",
		    (json_int_t)m->result.entries, "bytes", (json_int_t)m->result.bytes,
		    "lines", (json_int_t)m->result.lines, "too_rare", (json_int_t)m->too_rare,
		    "too_long", (json_int_t)m->too_long, "bytes_per_entry", each);
		show_json(json);
		json_decref(json);
		return;
	}
	printf(_("%s: %" PRIu64 " entries in %" PRIu64 " bytes (%.2f each), from %" PRIu64
		 " lines\n"),
	    path, m->result.entries, m->result.bytes, each, m->result.lines);
	if (m->too_rare > 0)
		printf(
		    _("%" PRIu64 " were seen less often than %" PRIu64 " times and left out\n"),
		    m->too_rare, m->min_count);
	if (m->too_long > 0)
		printf(_("%" PRIu64 " lines are longer than any password and were left out\n"),
		    m->too_long);
}

/* A package that is built again is to be the same bytes: reproducible-builds.org has the variable. */
static int64_t
filter_built_ms(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *end;
	long long seconds = epoch != NULL ? strtoll(epoch, &end, 10) : 0;

	if (epoch != NULL && *epoch != '\0' && *end == '\0' && seconds > 0 && seconds < 253402300800LL)
		return seconds * 1000;
	return clock_now().wall_ms;
}

static int
build_from(struct making *m, const struct args *args, const char *path)
{
	int r = SKS_OK;

	for (size_t i = 1; i < args->word_count && r == SKS_OK; i++)
		r = read_list(m, args->word[i]);
	if (r != SKS_OK)
		return STATUS_UNREADABLE;
	if (m->taken == 0) {
		fputs(
		    _("sekisho: there is nothing in the list. Nothing was written.\n"), stderr);
		return STATUS_REFUSED;
	}
	m->result.min_count = m->min_count;
	m->result.built_wall_ms = filter_built_ms();
	r = filter_build_finish(m->build, path, &m->result, progress, m);
	end_bar(m);
	if (r == SKS_INVALID || r == SKS_TOO_BIG)
		fprintf(stderr,
		    _("sekisho: %s was not written: the list is too long, or what it has are "
		      "no "
		      "SHA-1 hashes.\n"),
		    path);
	else if (r != SKS_OK)
		fprintf(stderr, _("sekisho: %s was not written: %s\n"), path, _(error_text(r)));
	else
		show_made(m, args, path);
	return r == SKS_OK ? STATUS_DONE : STATUS_REFUSED;
}

static int
filter_make(const struct args *args)
{
	const char *path = args_value(args, OPT_OUTPUT);
	struct making m = {.shown = 1001};
	char directory[PATH_MAX];
	int r, status;

	if (args->word_count < 2 || path == NULL || path[0] == '\0') {
		fputs(
		    _("sekisho: name the list, and with --output the filter to be written.\n"),
		    stderr);
		return STATUS_USAGE;
	}
	if (args_number(args, OPT_MIN_COUNT, 1, INT64_MAX, 1, &m.min_count) != SKS_OK) {
		fputs(_("sekisho: --min-count takes a whole number from 1 on.\n"), stderr);
		return STATUS_USAGE;
	}
	r = directory_of(path, directory, sizeof(directory));
	if (r == SKS_OK)
		r = filter_build_begin(directory, &m.build);
	if (r != SKS_OK) {
		fprintf(stderr, _("sekisho: %s was not written: %s\n"), path, _(error_text(r)));
		return STATUS_REFUSED;
	}
	measure(&m, args);
	status = build_from(&m, args, path);
	filter_build_free(&m.build);
	return status;
}

/* ---- show -------------------------------------------------------------------------------- */

static int
open_any(const char *path, struct filter *f, char *why, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r;

	if (fd < 0) {
		(void)snprintf(why, size, "%s: %s", path, strerror(errno));
		return SKS_NOT_FOUND;
	}
	r = filter_open_fd(f, fd, path, true, why, size);
	if (r != SKS_OK)
		close(fd);
	return r;
}

static int
filter_show(const struct args *args)
{
	struct filter f;
	char why[PATH_MAX + 128], when[SHOW_TIME_SIZE];
	json_t *json;
	int r;

	if (args->word_count != 2) {
		fputs(_("sekisho: name one filter.\n"), stderr);
		return STATUS_USAGE;
	}
	r = open_any(args->word[1], &f, why, sizeof(why));
	if (r != SKS_OK) {
		fprintf(stderr, "sekisho: %s\n", why);
		return r == SKS_CORRUPT ? STATUS_TAMPERED : STATUS_UNREADABLE;
	}
	if (args_has(args, OPT_JSON)) {
		json = json_pack("{s:s,s:I,s:I,s:I,s:I}", "file", args->word[1], "entries",
		    (json_int_t)f.entries, "lines", (json_int_t)f.lines, "min_count",
		    (json_int_t)f.min_count, "built_ms", (json_int_t)f.built_wall_ms);
		show_json(json);
		json_decref(json);
	} else {
		printf(_("%s is whole: %" PRIu64 " entries from %" PRIu64 " lines, built %s\n"),
		    args->word[1], f.entries, f.lines, show_time(f.built_wall_ms, when));
		if (f.min_count > 1)
			printf(
			    _("only what was seen %" PRIu64 " times or more\n"), f.min_count);
		printf(
		    _("one password in %d is found without being in the list\n"), FILTER_SPAN);
	}
	filter_close(&f);
	return STATUS_DONE;
}

int
run_password_filter(const struct args *args)
{
	const char *what = args_word(args, 0);

	if (strcmp(what, "build") == 0)
		return filter_make(args);
	if (strcmp(what, "show") == 0)
		return filter_show(args);
	fprintf(stderr, _("sekisho: password filter build or show, not \"%s\"\n"), what);
	return STATUS_USAGE;
}
