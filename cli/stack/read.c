#include "read.h"

#include "control.h"
#include "lines.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	DEPTH_MAX = 64, /* libpam itself stops when it has no descriptor left */
	FILES_MAX = 4096,
};

const char *const stack_type_words[] = {"auth", "account", "session", "password", NULL};

const struct stack_source stack_system = {.dir = {"/etc/pam.d", "/usr/lib/pam.d", NULL},
    .include_dir = "/etc/pam.d",
    .conf = "/etc/pam.conf"};

struct reading {
	const struct stack_source *source;
	struct stack_service *out;
	size_t lines, files;
};

/* What is asked for by a file that includes another. */
struct wanted {
	const char *service; /* NULL: the first word of each line names it */
	enum stack_type type;
	unsigned int level;
	int depth;
};

static bool read_file(struct reading *r, const char *name, const struct wanted *wanted);

static void *
read_or_abort(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

/* ---- files ---------------------------------------------------------------------------- */

/* The name under which lines of the file are remembered. */
static const char *
read_intern(struct stack_service *s, const char *path)
{
	for (size_t i = 0; i < s->file_count; i++) {
		if (strcmp(s->file[i], path) == 0)
			return s->file[i];
	}
	s->file = read_or_abort(reallocarray(s->file, s->file_count + 1, sizeof(*s->file)));
	s->file[s->file_count] = read_or_abort(strdup(path));
	return s->file[s->file_count++];
}

static bool
read_open(struct reading *r, const char *const *dir, const char *name, struct lines *t)
{
	static const char *const nowhere[] = {"", NULL};
	char path[PATH_MAX];

	for (dir = name[0] == '/' ? nowhere : dir; *dir != NULL; dir++) {
		if (snprintf(path, sizeof(path), "%s%s%s", *dir, **dir == '\0' ? "" : "/",
			name) < (int)sizeof(path) &&
		    lines_open(t, path)) {
			t->path = read_intern(r->out, path);
			return true;
		}
	}
	return false;
}

static void
read_give_up(struct reading *r, const char *file, unsigned int number)
{
	if (r->out->why_file != NULL)
		return;
	r->out->why_file = file;
	r->out->why_line = number;
}

/* ---- from lines to handlers ------------------------------------------------------------- */

static struct stack_line *
read_add(struct reading *r, bool other, enum stack_type type)
{
	struct stack *s = other ? &r->out->other[type] : &r->out->own[type];

	s->line = read_or_abort(reallocarray(s->line, s->count + 1, sizeof(*s->line)));
	memset(&s->line[s->count], 0, sizeof(*s->line));
	r->lines++;
	return &s->line[s->count++];
}

static char *
read_copy(const char *text)
{
	return text == NULL ? NULL : read_or_abort(strdup(text));
}

static void
read_args(struct stack_line *l, char *rest)
{
	char *word;

	while ((word = control_token(&rest)) != NULL) {
		l->arg = read_or_abort(reallocarray(l->arg, l->arg_count + 1, sizeof(*l->arg)));
		l->arg[l->arg_count++] = read_copy(word);
	}
}

/* The kind of line; STACK_TYPES: none that libpam knows. */
static enum stack_type
read_type(const char *word)
{
	for (int i = 0; i < STACK_TYPES; i++) {
		if (strcasecmp(word, stack_type_words[i]) == 0)
			return (enum stack_type)i;
	}
	return STACK_TYPES;
}

struct line_words {
	const struct lines *text;
	unsigned int number;
	bool other;
	enum stack_type type;
	enum stack_handler handler;
	const char *control;
	char *next;
};

static struct stack_line *
read_add_line(struct reading *r, const struct line_words *w, const struct wanted *wanted,
    enum stack_handler handler, const char *module)
{
	struct stack_line *l = read_add(r, w->other, w->type);

	l->handler = handler;
	l->level = wanted->level;
	l->control = read_copy(w->control);
	l->module = read_copy(module);
	l->file = w->text->path;
	l->number = w->number;
	for (int i = 0; i < STACK_RETURNS; i++)
		l->action[i] = ACTION_BAD;
	return l;
}

/* An include that names nothing, an @include in an included file that cannot be read: Debian's
 * libpam dies of the first and reads actions that it never set for the second. */
static bool
read_undefined(struct reading *r, const struct line_words *w)
{
	read_give_up(r, w->text->path, w->number);
	r->out->undefined = r->out->refused = true;
	return false;
}

/* include and substack. What cannot be read becomes a line that refuses. */
static bool
read_include(struct reading *r, const struct line_words *w, const struct wanted *wanted,
    bool substack, const char *service)
{
	char *words = w->next;
	const char *name = control_token(&words);
	struct wanted inner = {.service = service,
	    .type = w->type,
	    .level = wanted->level + substack,
	    .depth = wanted->depth + 1};

	if (name == NULL)
		return read_undefined(r, w);
	if (substack)
		read_add_line(r, w, wanted, HANDLER_SUBSTACK, name);
	if (inner.level < STACK_LEVELS && read_file(r, name, &inner))
		return true;
	if (r->out->refused)
		return false;
	read_add_line(r, w, wanted, HANDLER_MUST_FAIL, name);
	return true;
}

/* Debian's @include takes the lines of all kinds, and is fatal where it fails. */
static bool
read_at_include(struct reading *r, const struct line_words *w, const struct wanted *wanted,
    const char *service)
{
	char *words = w->next;
	const char *name = control_token(&words);
	struct wanted inner = {.service = service,
	    .type = wanted->type,
	    .level = wanted->level,
	    .depth = wanted->depth + 1};

	if (name == NULL)
		return read_undefined(r, w);
	if (read_file(r, name, &inner))
		return true;
	if (wanted->type != STACK_TYPES)
		return read_undefined(r, w);
	read_give_up(r, w->text->path, w->number);
	return false;
}

static void
read_module(struct reading *r, struct line_words *w, const struct wanted *wanted)
{
	struct stack_line *l;
	const char *module = w->control == NULL ? NULL : control_token(&w->next);

	l = read_add_line(r, w, wanted,
	    w->control == NULL || module == NULL ? HANDLER_MUST_FAIL : w->handler, module);
	if (w->control != NULL)
		control_parse(l->action, w->control);
	if (w->next != NULL)
		read_args(l, w->next);
}

/* One line. false: libpam gives up on the whole file. */
static bool
read_line(struct reading *r, const struct lines *t, unsigned int number, char *line,
    const struct wanted *wanted)
{
	struct line_words w = {.text = t, .number = number, .next = line};
	const char *service =
	    wanted->service != NULL ? wanted->service : control_token(&w.next);
	const char *word;

	w.other = strcasecmp(service, "other") == 0;
	if (!w.other && strcasecmp(service, r->out->name) != 0)
		return true;
	word = control_token(&w.next);
	if (word != NULL && strcasecmp(word, "@include") == 0)
		return read_at_include(r, &w, wanted, service);
	if (word != NULL && *word == '-')
		word++;
	w.type = word == NULL ? STACK_TYPES : read_type(word);
	if (w.type == STACK_TYPES) { /* refuses where it hurts most */
		w.handler = HANDLER_MUST_FAIL;
		w.type = wanted->type != STACK_TYPES ? wanted->type : STACK_AUTH;
	}
	if (wanted->type != STACK_TYPES && w.type != wanted->type)
		return true;
	w.control = control_token(&w.next);
	if (w.control != NULL && strcasecmp(w.control, "include") == 0)
		return read_include(r, &w, wanted, false, service);
	if (w.control != NULL && strcasecmp(w.control, "substack") == 0)
		return read_include(r, &w, wanted, true, service);
	read_module(r, &w, wanted);
	return true;
}

static bool
read_text(struct reading *r, struct lines *t, const struct wanted *wanted)
{
	char line[LINES_SIZE];
	unsigned int number = 1;
	int got;

	while ((got = lines_next(t, line, &number)) > 0) {
		if (r->lines >= STACK_LINES_MAX) {
			read_give_up(r, t->path, number);
			r->out->refused = true;
		}
		if (r->out->refused || !read_line(r, t, number, line, wanted))
			return false;
	}
	if (got < 0)
		read_give_up(r, t->path, number);
	return got == 0;
}

/* An included file. */
static bool
read_file(struct reading *r, const char *name, const struct wanted *wanted)
{
	const char *const dir[] = {r->source->include_dir, NULL};
	struct lines t;
	bool whole;

	/* in a circle, or files that include each other over and over */
	if (wanted->depth > DEPTH_MAX || ++r->files > FILES_MAX) {
		r->out->refused = true;
		return false;
	}
	if (!read_open(r, dir, name, &t))
		return false;
	whole = read_text(r, &t, wanted);
	lines_close(&t);
	return whole;
}

/* ---- a service -------------------------------------------------------------------------- */

static bool
read_has_directory(const struct stack_source *source)
{
	struct stat st;

	for (const char *const *dir = source->dir; *dir != NULL; dir++) {
		if (stat(*dir, &st) == 0 && S_ISDIR(st.st_mode))
			return true;
	}
	return false;
}

/* The service's file or that of "other"; true: it was read whole. */
static bool
read_top(struct reading *r, const char *name, bool *found)
{
	const struct wanted all = {.service = name, .type = STACK_TYPES};
	struct lines t;
	bool whole;

	*found = read_open(r, r->source->dir, name, &t);
	if (!*found)
		return false;
	whole = read_text(r, &t, &all);
	lines_close(&t);
	return whole;
}

static void
read_conf(struct reading *r)
{
	const struct wanted all = {.service = NULL, .type = STACK_TYPES};
	struct lines t;

	if (r->source->conf == NULL || !lines_open(&t, r->source->conf)) {
		r->out->refused = true;
		return;
	}
	t.path = read_intern(r->out, r->source->conf);
	if (!read_text(r, &t, &all))
		r->out->refused = true;
	lines_close(&t);
	for (int i = 0; i < STACK_TYPES; i++)
		r->out->found = r->out->found || r->out->own[i].count > 0;
}

void
stack_read(const struct stack_source *source, const char *name, struct stack_service *out)
{
	struct reading r = {.source = source, .out = out};
	bool found, other;

	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "%s", name);
	if (!read_has_directory(source)) {
		read_conf(&r);
		return;
	}
	if (!read_top(&r, out->name, &found) && found) {
		out->found = true;
		out->refused = true;
		return;
	}
	out->found = found;
	if (!read_top(&r, "other", &other) && (other || !found))
		out->refused = true;
}

void
stack_free(struct stack_service *s)
{
	for (int i = 0; i < 2 * STACK_TYPES; i++) {
		struct stack *stack = i < STACK_TYPES ? &s->own[i] : &s->other[i - STACK_TYPES];

		for (size_t k = 0; k < stack->count; k++) {
			struct stack_line *l = &stack->line[k];

			for (size_t a = 0; a < l->arg_count; a++)
				free(l->arg[a]);
			free(l->arg);
			free(l->control);
			free(l->module);
		}
		free(stack->line);
	}
	for (size_t i = 0; i < s->file_count; i++)
		free(s->file[i]);
	free(s->file);
	memset(s, 0, sizeof(*s));
}

const struct stack *
stack_lines(const struct stack_service *s, enum stack_type type)
{
	return s->own[type].count > 0 ? &s->own[type] : &s->other[type];
}

bool
stack_line_has(const struct stack_line *line, const char *arg)
{
	for (size_t i = 0; i < line->arg_count; i++) {
		if (strcmp(line->arg[i], arg) == 0)
			return true;
	}
	return false;
}
